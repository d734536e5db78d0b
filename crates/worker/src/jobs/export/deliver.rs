//! The delivery of an export: its files, or its archive, put where the operator says it may be. What became of each is a row, so
//! whoever takes the export up goes on where it broke off.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::delivery::ExportManifest;
use store::{
    blobs::{BlobError, Blobs},
    exports::{DeliveryEnd, Export, Parcel, TRIES_MAX, report_key},
};
use tokio::{io::AsyncWriteExt as _, task::JoinSet};

use super::{
    Exporter, Held, Pulse, Trouble,
    archive::{Archive, blob_of},
    aside::{self, Aside, Why},
};
use crate::{
    Stop,
    delivery::{NotThere, PackError, carry, carry_file, papers},
};

/// What tells of every file that is put.
const MANIFEST: &str = "manifest.json";
/// Files on the way at once.
const AT_ONCE: usize = 4;

/// Where the bytes of a parcel come from.
#[derive(Clone)]
enum Contents {
    /// A blob of ours, in memory.
    Blob(String),
    /// The archive, by a file aside.
    Archive(String),
    /// What was written for the delivery.
    Paper(Arc<[u8]>),
}

impl Exporter {
    /// Puts what is not there yet. Tried again later as a whole while something may pass, and ended with what is missing then: the
    /// archive is told of and stays, whatever becomes of its delivery.
    pub(super) async fn deliver(
        &self,
        held: &Held<'_>,
        archive: &Archive,
        pulse: &Pulse,
        stop: &Stop,
    ) -> Result<(), Trouble> {
        let Some(target) = &held.export.target else {
            return Ok(());
        };
        match self.put_missing(held, target, archive, (pulse, stop)).await {
            Err(trouble) if is_final(&trouble, held.export.tries) => self.give_up(held, &trouble).await,
            ended => ended,
        }
    }

    /// Tells of every file that is not there that our own side could not give it.
    async fn give_up(&self, held: &Held<'_>, trouble: &Trouble) -> Result<(), Trouble> {
        let id = &held.export.id;
        eprintln!("export {id} ends without some of its files: {trouble}");
        let planned = self.store.parcels(&held.export.workspace(), id, None, 1).await?;
        if planned.is_empty() {
            // Which files there are stands in the manifest, which could not be read; it was to be put there too.
            let manifest = Parcel {
                path: MANIFEST.to_owned(),
                bytes: 0,
                sha256: String::new(),
            };
            if !self.store.plan_parcels(id, held.token, &[manifest]).await? {
                return Err(Trouble::Lost);
            }
        }
        let why = format!("a fault of the service's own storage: {}", trouble.told());
        self.end_untold(held, &why).await
    }

    /// Ends the files that are not there and of which nobody said why.
    async fn end_untold(&self, held: &Held<'_>, why: &str) -> Result<(), Trouble> {
        for (path, reason) in self.store.undelivered_parcels(&held.export.id).await? {
            if reason.is_none() {
                self.end_parcel(held, &path, &DeliveryEnd::Failed(why.to_owned()))
                    .await?;
            }
        }
        Ok(())
    }

    async fn put_missing(
        &self,
        held: &Held<'_>,
        name: &str,
        archive: &Archive,
        (pulse, stop): (&Pulse, &Stop),
    ) -> Result<(), Trouble> {
        let (pictures, papers) = self.parcels(held.export, held, archive).await?;
        let all: Vec<Parcel> = pictures
            .iter()
            .chain(&papers)
            .map(|(parcel, _)| parcel.clone())
            .collect();
        let (id, token) = (&held.export.id, held.token);
        if !self.store.plan_parcels(id, token, &all).await? {
            return Err(Trouble::Lost);
        }
        let missing: HashMap<String, Option<String>> =
            self.store.undelivered_parcels(id).await?.into_iter().collect();
        let target = match self.targets.open(name, &held.export.workspace()) {
            Ok(target) => target,
            Err(error) => {
                for path in missing.keys() {
                    self.end_parcel(held, path, &DeliveryEnd::Failed(error.to_string()))
                        .await?;
                }
                return Ok(());
            }
        };
        // Who finds the manifest there finds every file.
        for some in [pictures, papers] {
            let tried: HashSet<String> = some.iter().map(|(parcel, _)| parcel.path.clone()).collect();
            let mut open = some
                .into_iter()
                .filter(|(parcel, _)| missing.contains_key(&parcel.path));
            let may_pass = self.put_all(held, &target, &mut open, (pulse, stop)).await?;
            let left = self.store.undelivered_parcels(id).await?;
            if may_pass && held.export.tries < TRIES_MAX {
                return Err(Trouble::Undelivered(left.len()));
            }
            // Why others failed was said by an earlier try.
            let has_failed =
                |(path, reason): &(String, Option<String>)| reason.is_some() && tried.contains(path);
            if left.iter().any(has_failed) {
                break;
            }
        }
        self.end_untold(held, "other files could not be put there").await
    }

    /// What is to be put: the pictures or the archive first, what tells of them last.
    async fn parcels(
        &self,
        export: &Export,
        held: &Held<'_>,
        archive: &Archive,
    ) -> Result<(Vec<(Parcel, Contents)>, Vec<(Parcel, Contents)>), Trouble> {
        if export.whole != 0 {
            let parcel = Parcel {
                path: format!("photogen-export-{}.zip", export.id),
                bytes: archive.packed.bytes,
                sha256: archive.packed.sha256.clone(),
            };
            return Ok((
                vec![(parcel, Contents::Archive(archive.file.clone()))],
                Vec::new(),
            ));
        }
        let told = self.blobs.get(&report_key(&archive.file)).await?;
        let manifest: ExportManifest = serde_json::from_slice(&told)
            .map_err(|error| Trouble::Broken(format!("the manifest cannot be read: {error}")))?;
        let pictures = manifest.files.iter().map(|file| {
            let parcel = Parcel {
                path: file.path.clone(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
            };
            (parcel, Contents::Blob(blob_of(&held.renders, file)))
        });
        let written = papers(&manifest)?.into_iter().map(|paper| {
            let parcel = Parcel {
                path: paper.path.to_owned(),
                bytes: paper.bytes.len() as u64,
                sha256: paper.sha256(),
            };
            (parcel, Contents::Paper(paper.bytes.into()))
        });
        Ok((pictures.collect(), written.collect()))
    }

    /// Whether something failed that may pass.
    async fn put_all(
        &self,
        held: &Held<'_>,
        target: &Arc<dyn Blobs>,
        parcels: &mut (dyn Iterator<Item = (Parcel, Contents)> + Send),
        (pulse, stop): (&Pulse, &Stop),
    ) -> Result<bool, Trouble> {
        let mut carrying = JoinSet::new();
        let mut may_pass = false;
        loop {
            while carrying.len() < AT_ONCE && !stop.is_asked() {
                let Some((parcel, contents)) = parcels.next() else {
                    break;
                };
                let (blobs, target) = (Arc::clone(&self.blobs), Arc::clone(target));
                let aside = aside::path(&self.scratch, Why::Deliver, held);
                carrying.spawn(async move {
                    let put = put(&*blobs, &*target, &parcel, contents, aside).await;
                    (parcel.path, put)
                });
            }
            let Some(done) = carrying.join_next().await else {
                break;
            };
            let (path, put) =
                done.map_err(|panic| Trouble::Broken(format!("delivering broke down: {panic}")))?;
            pulse.check()?;
            let end = match put? {
                None => DeliveryEnd::Delivered(self.clock.now_ms()),
                Some(not) => {
                    may_pass |= not.may_pass;
                    DeliveryEnd::Failed(not.why)
                }
            };
            self.end_parcel(held, &path, &end).await?;
        }
        if parcels.next().is_some() {
            return Err(Trouble::Stopped);
        }
        Ok(may_pass)
    }

    async fn end_parcel(&self, held: &Held<'_>, path: &str, end: &DeliveryEnd) -> Result<(), Trouble> {
        if self
            .store
            .end_parcel(&held.export.id, held.token, path, end)
            .await?
        {
            return Ok(());
        }
        Err(Trouble::Lost)
    }
}

/// Whether nothing is left to try. What is broken stays so; our own rows and files are asked again as often as an export is taken up.
fn is_final(trouble: &Trouble, tries: i64) -> bool {
    match trouble {
        Trouble::Broken(_) => true,
        Trouble::Store(_) | Trouble::Blob(_) | Trouble::Pack(_) => tries >= TRIES_MAX,
        Trouble::Lost | Trouble::Stopped | Trouble::Undelivered(_) => false,
    }
}

/// Of a file that our own storage does not give: an error where it may later; else the others go on, and this is told of.
fn not_ours(error: BlobError) -> Result<NotThere, Trouble> {
    match error {
        BlobError::NotFound(_) | BlobError::BadKey(_) => Ok(NotThere {
            why: "the service's own storage has it no more".to_owned(),
            may_pass: false,
        }),
        error => Err(error.into()),
    }
}

/// Nothing where it is there now, else why not. What we cannot read ourselves for now is an error.
async fn put(
    blobs: &dyn Blobs,
    target: &dyn Blobs,
    parcel: &Parcel,
    contents: Contents,
    aside: PathBuf,
) -> Result<Option<NotThere>, Trouble> {
    let put = match contents {
        Contents::Paper(bytes) => carry(target, &parcel.path, bytes.to_vec().into()).await,
        Contents::Blob(key) => match blobs.get(&key).await {
            Ok(bytes) => carry(target, &parcel.path, bytes).await,
            Err(error) => Err(not_ours(error)?),
        },
        Contents::Archive(key) => {
            let aside = Aside::at(aside).map_err(PackError::from)?;
            fetch(blobs, &key, aside.path()).await?;
            carry_file(target, &parcel.path, aside.path(), parcel.bytes).await
        }
    };
    Ok(put.err())
}

/// A blob as a file aside, a part in memory at a time.
async fn fetch(blobs: &dyn Blobs, key: &str, aside: &Path) -> Result<(), Trouble> {
    let mut reading = blobs.read(key, None).await?;
    let mut file = tokio::fs::File::create(aside).await.map_err(PackError::from)?;
    while let Some(part) = reading.next().await? {
        file.write_all(&part).await.map_err(PackError::from)?;
    }
    Ok(file.flush().await.map_err(PackError::from)?)
}
