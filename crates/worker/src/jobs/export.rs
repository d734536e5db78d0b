//! Packs deliveries of a service: every file rendered once and kept, then one archive of them.
//!
//! What was rendered lies in blobs by what decides its bytes. So a worker that takes an export up after a crash renders what is
//! missing, and the same pictures exported again are the same archive, signatures and all, while their files are kept.

use std::{fs::File, io::BufWriter, path::PathBuf, sync::Arc, time::Duration};

use domain::{
    clock::Clock,
    delivery::{EXPORT_VERSION, ExportManifest, ExportRequest, Pictured, Planned, plan},
    manifest::Entry,
};
use engines::Budget;
use imaging::provenance::Seal;
use store::{
    Store, StoreError,
    blobs::{BlobError, Blobs},
    exports::{Export, ExportEnd, Selection, TRIES_MAX, report_key},
    ids::Ids,
};
use thiserror::Error;
use tokio::{runtime::Handle, task::JoinSet};

use crate::{
    Stop,
    delivery::{Opened, PackError, Packed, Packer, Rendered, Terms, key},
};

/// An export is held this long without a sign of life. One picture for all channels takes seconds.
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
    /// Another worker has it.
    #[error("another worker has it")]
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
    /// What can be said.
    #[error("{0}")]
    Broken(String),
}

/// A file that goes into the archive.
struct Ready {
    planned: Planned,
    rendered: Result<Rendered, String>,
}

/// A held export.
struct Held<'a> {
    export: &'a Export,
    token: &'a str,
    request: &'a ExportRequest,
    terms: Terms,
}

impl Exporter {
    /// Packs what is ordered until a stop is asked.
    pub async fn run(&self, stop: &Stop) {
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
        for file in self.store.expire_exports(now_ms).await? {
            // One that stays is only space.
            let _ = self.blobs.remove(&report_key(&file)).await;
            let _ = self.blobs.remove(&file).await;
        }
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
            Err(trouble @ (Trouble::Store(_) | Trouble::Blob(_) | Trouble::Pack(_)))
                if export.tries < TRIES_MAX =>
            {
                eprintln!("export {} is tried again: {trouble}", export.id);
                let again_ms = self.clock.now_ms() + BACKOFF_MS * export.tries;
                let counts = [export.total, export.done, export.failing].map(|count| count as usize);
                self.store
                    .tell_export(&export.id, &token, counts, again_ms)
                    .await?;
                return Ok(true);
            }
            Err(trouble) => ExportEnd::Failed(trouble.to_string()),
        };
        self.store
            .end_export(&export.id, &token, &end, self.clock.now_ms())
            .await?;
        Ok(true)
    }

    async fn pack(&self, export: &Export, token: &str, stop: &Stop) -> Result<ExportEnd, Trouble> {
        let request: ExportRequest = serde_json::from_str(&export.request)
            .map_err(|error| Trouble::Broken(format!("what was asked for cannot be read: {error}")))?;
        let selection = Selection {
            generations: Some(request.generations.clone()),
            shoot: None,
        };
        let pictures = self
            .store
            .pictures_to_export(&export.workspace(), &selection)
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
        let held = Held {
            export,
            token,
            request: &request,
            terms: Terms {
                disclose: request.disclose,
                signer: self.signer.clone(),
            },
        };
        let ready = self.render(&held, &entries, planned, stop).await?;
        let packed = self.archive(&held, &entries, ready, remarks).await?;
        Ok(packed)
    }

    /// Renders every file that is missing, some pictures at once, and tells how far it is.
    async fn render(
        &self,
        held: &Held<'_>,
        entries: &[Arc<Entry>],
        planned: Vec<Planned>,
        stop: &Stop,
    ) -> Result<Vec<Ready>, Trouble> {
        let total = planned.len();
        let mut of_picture: Vec<Vec<(usize, Planned)>> = entries.iter().map(|_| Vec::new()).collect();
        for (place, planned) in planned.into_iter().enumerate() {
            of_picture[planned.picture].push((place, planned));
        }
        let mut waiting = entries.iter().cloned().zip(of_picture);
        let mut working = JoinSet::new();
        let mut ready: Vec<(usize, Ready)> = Vec::with_capacity(total);
        loop {
            while working.len() < self.slots.max(1) && !stop.is_asked() {
                let Some((entry, files)) = waiting.next() else {
                    break;
                };
                working.spawn(render_picture(
                    Arc::clone(&self.blobs),
                    Arc::clone(&self.cores),
                    held.export.workspace_id.clone(),
                    entry,
                    files,
                    held.terms.clone(),
                ));
            }
            let Some(done) = working.join_next().await else {
                break;
            };
            ready.extend(done.map_err(|panic| Trouble::Broken(format!("rendering broke down: {panic}")))??);
            let failing = ready.iter().filter(|(_, ready)| !ready.passes()).count();
            let until_ms = self.clock.now_ms() + LEASE_MS;
            let counts = [total, ready.len(), failing];
            if !self
                .store
                .tell_export(&held.export.id, held.token, counts, until_ms)
                .await?
            {
                return Err(Trouble::Lost);
            }
        }
        if ready.len() < total {
            return Err(Trouble::Stopped);
        }
        ready.sort_by_key(|(place, _)| *place);
        Ok(ready.into_iter().map(|(_, ready)| ready).collect())
    }

    async fn archive(
        &self,
        held: &Held<'_>,
        entries: &[Arc<Entry>],
        ready: Vec<Ready>,
        mut remarks: Vec<String>,
    ) -> Result<ExportEnd, Trouble> {
        let mut files = Vec::with_capacity(ready.len());
        let mut blobs = Vec::with_capacity(ready.len());
        for Ready { planned, rendered } in ready {
            let entry = &entries[planned.picture];
            match rendered {
                Ok(rendered) => {
                    let source = entry.file.as_ref().map_or("", |file| file.sha256.as_str());
                    let mut exported = rendered.exported(entry, &planned, &held.terms, source);
                    exported.notes = rendered.sentences();
                    blobs.push(file_key(
                        &held.export.workspace_id,
                        &rendered.sha256,
                        planned.profile.format.extension(),
                    ));
                    files.push(exported);
                }
                Err(why) => remarks.push(format!(
                    "{}: no file for {}: {why}",
                    planned.path, planned.profile.title
                )),
            }
        }
        if files.is_empty() {
            return Ok(ExportEnd::Failed(
                remarks
                    .first()
                    .cloned()
                    .unwrap_or_else(|| "there is no picture to pack".to_owned()),
            ));
        }
        let manifest = ExportManifest {
            version: EXPORT_VERSION,
            generator: concat!("photogen ", env!("CARGO_PKG_VERSION")).to_owned(),
            profiles: held.request.profiles.clone(),
            files,
            remarks,
        };
        let report = serde_json::to_vec(&manifest)
            .map_err(|error| Trouble::Broken(format!("the manifest cannot be written: {error}")))?;
        let path = self.scratch.join(format!("export-{}.zip", held.export.id));
        let (storage, scratch, to) = (Arc::clone(&self.blobs), self.scratch.clone(), path.clone());
        let packing = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&scratch).map_err(PackError::from)?;
            write(&storage, &Handle::current(), &manifest, &blobs, &to)
        });
        let packed = packing
            .await
            .map_err(|panic| Trouble::Broken(format!("packing broke down: {panic}")))
            .flatten();
        let stored = match &packed {
            Ok(packed) => self.put(held, packed, &path, report).await,
            Err(_) => Ok(String::new()),
        };
        let _ = std::fs::remove_file(&path);
        let (packed, file) = (packed?, stored?);
        Ok(ExportEnd::Done {
            file,
            bytes: packed.bytes,
            sha256: packed.sha256,
            expires_ms: self.clock.now_ms() + self.keep_ms,
        })
    }

    /// Stores the archive, and before it what pages tell of it.
    async fn put(
        &self,
        held: &Held<'_>,
        packed: &Packed,
        path: &std::path::Path,
        report: Vec<u8>,
    ) -> Result<String, Trouble> {
        let key = format!("exports/{}/{}.zip", held.export.workspace_id, packed.sha256);
        self.blobs.put(&report_key(&key), report.into()).await?;
        self.blobs.put_file(&key, path).await?;
        Ok(key)
    }
}

impl Ready {
    fn passes(&self) -> bool {
        self.rendered.as_ref().is_ok_and(Rendered::passes)
    }
}

/// Writes the archive, one file in memory at a time.
fn write(
    storage: &Arc<dyn Blobs>,
    handle: &Handle,
    manifest: &ExportManifest,
    blobs: &[String],
    path: &std::path::Path,
) -> Result<Packed, Trouble> {
    let file = File::create(path).map_err(PackError::from)?;
    let mut packer = Packer::new(BufWriter::with_capacity(1 << 20, file));
    for (file, blob) in manifest.files.iter().zip(blobs) {
        let bytes = handle.block_on(storage.get(blob))?;
        packer.add(&file.path, file.bytes, bytes.as_ref())?;
    }
    let (packed, to) = packer.finish(manifest)?;
    let file = to
        .into_inner()
        .map_err(|error| PackError::Io(error.into_error()))?;
    file.sync_all().map_err(PackError::from)?;
    Ok(packed)
}

/// The files of one picture: those that are kept, and the others rendered and kept.
async fn render_picture(
    blobs: Arc<dyn Blobs>,
    cores: Arc<Budget>,
    workspace: String,
    entry: Arc<Entry>,
    files: Vec<(usize, Planned)>,
    terms: Terms,
) -> Result<Vec<(usize, Ready)>, Trouble> {
    let Some(source) = entry.file.clone() else {
        return Ok(Vec::new());
    };
    let mut ready = Vec::with_capacity(files.len());
    let mut missing = Vec::new();
    for (place, planned) in files {
        let key = key(&source.sha256, &entry, planned.profile, planned.role, &terms);
        let extension = planned.profile.format.extension();
        let kept = match blobs.get(&record_key(&workspace, &key)).await {
            Ok(record) => serde_json::from_slice::<Rendered>(&record).ok(),
            Err(BlobError::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let stands = match &kept {
            Some(kept) => {
                let file = file_key(&workspace, &kept.sha256, extension);
                blobs.size(&file).await? == Some(kept.bytes)
            }
            None => false,
        };
        match kept.filter(|_| stands) {
            Some(rendered) => ready.push((
                place,
                Ready {
                    planned,
                    rendered: Ok(rendered),
                },
            )),
            None => missing.push((place, planned)),
        }
    }
    if missing.is_empty() {
        return Ok(ready);
    }
    let bytes = blobs.get(&source.path).await?;
    let rendering = tokio::task::spawn_blocking(move || {
        cores.with(1, || {
            let opened = Opened::open(bytes.to_vec());
            let render = |planned: &Planned| match &opened {
                Ok(opened) => opened.render(&entry, planned.profile, planned.role, &terms),
                Err(why) => Err(why.clone()),
            };
            missing
                .into_iter()
                .map(|(place, planned)| (place, render(&planned), planned))
                .collect::<Vec<_>>()
        })
    });
    let made = rendering
        .await
        .map_err(|panic| Trouble::Broken(format!("rendering broke down: {panic}")))?;
    for (place, rendered, planned) in made {
        let rendered = match rendered {
            Ok((rendered, file)) => {
                let extension = planned.profile.format.extension();
                blobs
                    .put(&file_key(&workspace, &rendered.sha256, extension), file.into())
                    .await?;
                let record = serde_json::to_vec(&rendered).map_err(PackError::from)?;
                blobs
                    .put(&record_key(&workspace, &rendered.key), record.into())
                    .await?;
                Ok(rendered)
            }
            Err(why) => Err(why),
        };
        ready.push((place, Ready { planned, rendered }));
    }
    Ok(ready)
}

/// By content: who renders the same at once, signed each with a chance of its own, writes over nobody's file.
fn file_key(workspace: &str, sha256: &str, extension: &str) -> String {
    format!("renders/{workspace}/{sha256}.{extension}")
}

fn record_key(workspace: &str, key: &str) -> String {
    format!("renders/{workspace}/{key}.json")
}
