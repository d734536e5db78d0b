//! Packs deliveries of a service: every file rendered once and kept, then one archive of them.
//!
//! What was rendered lies in blobs by what decides its bytes. So a worker that takes an export up after a crash renders what is
//! missing, and the same pictures exported again are the same archive, signatures and all, while their files are kept.

mod archive;
mod aside;
mod deliver;
mod pulse;
mod render;

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{
    clock::Clock,
    delivery::{ExportRequest, Pictured, plan},
    manifest::Entry,
};
use engines::Budget;
use imaging::provenance::Seal;
use store::{
    Store, StoreError,
    blobs::{BlobError, Blobs},
    exports::{Export, ExportEnd, Selection, TRIES_MAX},
    ids::Ids,
    targets::Targets,
};
use thiserror::Error;

use self::{archive::Archive, pulse::Pulse};
use crate::{
    Stop,
    delivery::{PackError, Packed, Renders, RendersError, Terms},
};

/// An export is held this long without a sign of life.
const LEASE_MS: i64 = 300_000;
/// The wait before a passing fault is tried again, times the tries.
const BACKOFF_MS: i64 = 5_000;
/// How often the queue is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What packs.
pub struct Exporter {
    /// Rows.
    pub store: Store,
    /// Pictures, rendered files and archives.
    pub blobs: Arc<dyn Blobs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// Turns at the processor.
    pub cores: Arc<Budget>,
    /// Who signs.
    pub signer: Option<Arc<dyn Seal>>,
    /// Where exports may be put.
    pub targets: Arc<Targets>,
    /// Where an archive is written before it is stored.
    pub scratch: PathBuf,
    /// How long an archive is kept.
    pub keep_ms: i64,
    /// Pictures rendered at once.
    pub slots: usize,
}

/// Why an export stopped.
#[derive(Debug, Error)]
enum Trouble {
    /// Another worker has it, or it was called off.
    #[error("another worker has it, or it was called off")]
    Lost,
    /// The worker was asked to stop.
    #[error("the worker stops")]
    Stopped,
    /// The rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The archive.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Files could not be put where they are wanted, and may be later.
    #[error("{0} files could not be put where they are wanted")]
    Undelivered(usize),
    /// What can be said.
    #[error("{0}")]
    Broken(String),
}

impl Trouble {
    /// For who ordered it: nothing of where files and rows lie.
    fn told(&self) -> String {
        match self {
            Self::Blob(error) => error.told().to_owned(),
            Self::Store(_) => {
                "the service's database does not work as it should; its operator finds why in the log"
                    .to_owned()
            }
            other => other.to_string(),
        }
    }
}

impl From<RendersError> for Trouble {
    fn from(error: RendersError) -> Self {
        match error {
            RendersError::Store(error) => error.into(),
            RendersError::Blob(error) => error.into(),
            RendersError::Json(error) => PackError::from(error).into(),
        }
    }
}

/// A held export.
struct Held<'a> {
    export: &'a Export,
    token: &'a str,
    request: &'a ExportRequest,
    terms: Terms,
    renders: Renders,
}

impl Exporter {
    /// Packs what is ordered until a stop is asked. Before that, what killed workers left aside is cleared away.
    pub async fn run(&self, stop: &Stop) {
        aside::sweep(&self.scratch, self.clock.now_ms());
        while !stop.is_asked() {
            match self.run_one(stop).await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    eprintln!("exports wait: {error}");
                    tokio::time::sleep(LOOK * 10).await;
                }
            }
        }
    }

    /// Packs the next export, if there is one.
    ///
    /// # Errors
    /// Where the rows cannot be read or written. An export that cannot be packed is no error: its row says why.
    pub async fn run_one(&self, stop: &Stop) -> Result<bool, StoreError> {
        let now_ms = self.clock.now_ms();
        self.store.expire_exports(now_ms).await?;
        let token = self.ids.next();
        let Some(export) = self.store.claim_export(&token, now_ms + LEASE_MS, now_ms).await? else {
            return Ok(false);
        };
        let end = match self.pack(&export, &token, stop).await {
            Ok(end) => end,
            Err(Trouble::Lost) => return Ok(true),
            Err(Trouble::Stopped) => {
                self.store.put_back_export(&export.id, &token).await?;
                return Ok(true);
            }
            Err(
                trouble @ (Trouble::Store(_) | Trouble::Blob(_) | Trouble::Pack(_) | Trouble::Undelivered(_)),
            ) if export.tries < TRIES_MAX => {
                eprintln!("export {} is tried again: {trouble}", export.id);
                let again_ms = self.clock.now_ms() + BACKOFF_MS * export.tries;
                self.store.keep_export(&export.id, &token, again_ms).await?;
                return Ok(true);
            }
            Err(trouble) => {
                eprintln!("export {} cannot be packed: {trouble}", export.id);
                ExportEnd::Failed(trouble.told())
            }
        };
        self.store
            .end_export(&export.id, &token, &end, self.clock.now_ms())
            .await?;
        Ok(true)
    }

    async fn pack(&self, export: &Export, token: &str, stop: &Stop) -> Result<ExportEnd, Trouble> {
        let request: ExportRequest = serde_json::from_str(&export.request)
            .map_err(|error| Trouble::Broken(format!("what was asked for cannot be read: {error}")))?;
        let held = Held {
            export,
            token,
            request: &request,
            terms: Terms {
                disclose: request.disclose,
                signer: self.signer.clone(),
            },
            renders: Renders {
                store: self.store.clone(),
                blobs: Arc::clone(&self.blobs),
                workspace: export.workspace(),
            },
        };
        let pulse = Pulse::start(
            self.store.clone(),
            Arc::clone(&self.clock),
            export.id.clone(),
            token.to_owned(),
        );
        let archive = match self.packed_before(export).await? {
            Some(archive) => archive,
            None => self.packed_now(&held, &pulse, stop).await?,
        };
        self.deliver(&held, &archive, &pulse, stop).await?;
        Ok(ExportEnd::Done {
            file: archive.file,
            bytes: archive.packed.bytes,
            sha256: archive.packed.sha256,
            expires_ms: self.clock.now_ms() + self.keep_ms,
        })
    }

    /// The archive that an earlier try stored. The last try takes its word for it where our storage does not answer: it is not lost by
    /// that, and stays to be downloaded.
    async fn packed_before(&self, export: &Export) -> Result<Option<Archive>, Trouble> {
        let (Some(file), Some(bytes), Some(sha256)) = (&export.file, export.bytes, &export.sha256) else {
            return Ok(None);
        };
        let bytes = bytes as u64;
        let stands = match self.blobs.size(file).await {
            Ok(size) => size == Some(bytes),
            Err(_) if export.tries >= TRIES_MAX => true,
            Err(error) => return Err(error.into()),
        };
        Ok(stands.then(|| Archive {
            file: file.clone(),
            packed: Packed {
                bytes,
                sha256: sha256.clone(),
            },
        }))
    }

    async fn packed_now(&self, held: &Held<'_>, pulse: &Pulse, stop: &Stop) -> Result<Archive, Trouble> {
        let request = held.request;
        let selection = Selection {
            generations: Some(request.generations.clone()),
            shoot: None,
        };
        let pictures = self
            .store
            .pictures_to_export(&held.export.workspace(), &selection)
            .await?;
        let entries: Vec<Arc<Entry>> = pictures.into_iter().map(|(_, entry)| Arc::new(entry)).collect();
        let told: Vec<Pictured<'_>> = entries
            .iter()
            .map(|entry| Pictured {
                sku: &entry.sku,
                pose: entry.pose,
                take: entry.take,
            })
            .collect();
        let (planned, mut remarks) = plan(&told, &request.profiles, request.naming.as_deref());
        let gone = request.generations.len().saturating_sub(entries.len());
        if gone > 0 {
            remarks.push(format!(
                "{gone} of the pictures are not there any more, or were rejected since"
            ));
        }
        let ready = self.render(held, &entries, planned, stop).await?;
        let manifest = archive::manifest(held, &entries, ready, remarks)?;
        let archive = self.archive(held, manifest, pulse).await?;
        let Packed { bytes, sha256 } = &archive.packed;
        let told = self
            .store
            .tell_archive(&held.export.id, held.token, &archive.file, *bytes, sha256);
        if told.await? {
            Ok(archive)
        } else {
            Err(Trouble::Lost)
        }
    }
}
