//! A place that files are put to: a folder or a bucket. What is there already is not sent again.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use domain::delivery::ExportManifest;
use store::blobs::{self, BlobError, Blobs, local::LocalBlobs};
use tokio::{
    runtime::{Handle, Runtime},
    task::JoinSet,
};
use worker::delivery::{NotThere, Packed, carry, carry_file, papers};

use super::journal::Journal;
use crate::clock::SystemClock;

/// Files on the way at once.
const AT_ONCE: usize = 4;
/// Where a folder's unfinished files wait.
const UNFINISHED: &str = ".photogen-unfinished";

/// What was put.
pub(super) struct Carried {
    /// Where, without a key.
    pub(super) to: String,
    pub(super) delivered: usize,
    pub(super) there_already: usize,
    /// What is not there, and why.
    pub(super) missing: Vec<(String, String)>,
}

/// What came of a file.
enum Came {
    Put,
    Stood,
    Not(String),
}

/// A place that is open.
pub(super) struct Place {
    blobs: Arc<dyn Blobs>,
    runtime: Handle,
    journal: Journal,
    going: JoinSet<(String, String, Came)>,
    carried: Carried,
    /// Of a folder: removed at the end.
    scratch: Option<PathBuf>,
}

impl Place {
    pub(super) fn open(address: &str, state: &Path, runtime: &Runtime) -> anyhow::Result<Self> {
        let (blobs, scratch): (Arc<dyn Blobs>, _) = if address.contains("://") {
            (blobs::open(address, Arc::new(SystemClock))?, None)
        } else {
            let root = Path::new(address);
            let scratch = root.join(UNFINISHED);
            let blobs =
                LocalBlobs::open(root, &scratch).with_context(|| format!("cannot write to {address}"))?;
            (Arc::new(blobs), Some(scratch))
        };
        let place = Self {
            blobs,
            runtime: runtime.handle().clone(),
            journal: Journal::open(state, address)?,
            going: JoinSet::new(),
            carried: Carried {
                to: shown(address),
                delivered: 0,
                there_already: 0,
                missing: Vec::new(),
            },
            scratch,
        };
        place.check_is_ours()?;
        Ok(place)
    }

    /// Fails where something else than a delivery has its manifest: a catalogue, another program's files.
    fn check_is_ours(&self) -> anyhow::Result<()> {
        let found = self.runtime.block_on(self.blobs.get("manifest.json"));
        match found {
            Ok(text) if serde_json::from_slice::<ExportManifest>(&text).is_err() => bail!(
                "{} holds a manifest.json that is no delivery's; choose another folder",
                self.carried.to
            ),
            Ok(_) | Err(BlobError::NotFound(_)) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot look into {}", self.carried.to)),
        }
    }

    /// Puts a file, some at once.
    pub(super) fn put(&mut self, path: &str, sha256: &str, bytes: Vec<u8>) {
        while self.going.len() >= AT_ONCE {
            self.await_one();
        }
        let (blobs, path, sha256) = (Arc::clone(&self.blobs), path.to_owned(), sha256.to_owned());
        let is_known = self.journal.knows(&path, &sha256);
        let put = async move {
            let stands = is_known
                && blobs
                    .size(&path)
                    .await
                    .is_ok_and(|size| size == Some(bytes.len() as u64));
            let came = if stands {
                Came::Stood
            } else {
                came(carry(&*blobs, &path, bytes.into()).await)
            };
            (path, sha256, came)
        };
        self.going.spawn_on(put, &self.runtime);
    }

    /// Puts what tells of the delivery once everything is there: who finds the manifest finds every file.
    pub(super) fn finish(mut self, manifest: &ExportManifest) -> anyhow::Result<Carried> {
        self.await_all();
        if self.carried.missing.is_empty() {
            for paper in papers(manifest)? {
                let sha256 = paper.sha256();
                self.put(paper.path, &sha256, paper.bytes);
            }
            self.await_all();
        }
        Ok(self.end())
    }

    /// Puts the archive, under its own name.
    pub(super) fn put_archive(mut self, archive: &Path, packed: &Packed) -> Carried {
        let name = archive
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_known = self.journal.knows(&name, &packed.sha256);
        let blobs = Arc::clone(&self.blobs);
        let came = self.runtime.block_on(async {
            if is_known
                && blobs
                    .size(&name)
                    .await
                    .is_ok_and(|size| size == Some(packed.bytes))
            {
                return Came::Stood;
            }
            came(carry_file(&*blobs, &name, archive, packed.bytes).await)
        });
        self.tell(name, packed.sha256.clone(), came);
        self.end()
    }

    fn await_all(&mut self) {
        while !self.going.is_empty() {
            self.await_one();
        }
    }

    fn await_one(&mut self) {
        match self.runtime.block_on(self.going.join_next()) {
            Some(Ok((path, sha256, came))) => self.tell(path, sha256, came),
            Some(Err(panic)) => self
                .carried
                .missing
                .push(("a file".to_owned(), format!("putting broke down: {panic}"))),
            None => {}
        }
    }

    fn tell(&mut self, path: String, sha256: String, came: Came) {
        match came {
            Came::Stood => self.carried.there_already += 1,
            Came::Put => {
                self.carried.delivered += 1;
                // Without the line it is sent once more the next time.
                let _ = self.journal.tell(path, sha256);
            }
            Came::Not(why) => self.carried.missing.push((path, why)),
        }
    }

    fn end(mut self) -> Carried {
        if let Some(scratch) = &self.scratch {
            // Not ours to insist on: another program may put files there now.
            let _ = fs::remove_dir(scratch);
        }
        self.carried.missing.sort();
        self.carried
    }
}

fn came(put: Result<(), NotThere>) -> Came {
    match put {
        Ok(()) => Came::Put,
        Err(not) => Came::Not(not.why),
    }
}

/// An address without what may be a key in it.
fn shown(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let place = rest.split('?').next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    format!("{scheme}://{place}")
}
