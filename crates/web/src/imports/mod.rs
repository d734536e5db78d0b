//! Bulk imports at work: a task of this process over a durable row, taken up again after a restart.
//!
//! `plan` says what will be done, the same every time; here photos are looked at and batches written. A batch is whole or absent,
//! with its report, so an import that is cut off goes on with the batch that is missing.

mod archive;
mod plan;
pub(crate) mod sent;
mod workbook;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    intake::names::PHOTO_SIDE_MIN,
    product::{Side, View},
};
use futures_util::StreamExt as _;
use sha2::Digest as _;
use store::{
    catalogue::PhotoFile,
    imports::{Import, ImportPhoto, Item, NewRow, Outcome},
};
use tokio::sync::Semaphore;

use self::{
    archive::{Trouble, Unpacked},
    plan::{Plan, Planned, PlannedPhoto},
};
#[cfg(any(test, fuzzing))]
pub(crate) use self::{plan::plan, sent::Place};
pub(crate) use self::{
    plan::{Limits, PhotoFrom},
    sent::Sent,
};
use crate::{
    app::App,
    error::{Error, Result},
    photos::{self, Kept},
    uploads,
};

/// Imports that are worked on at once.
const AT_ONCE: usize = 2;
/// Photos of one import that are looked at at once.
const PHOTOS_AT_ONCE: usize = 2;
/// Report rows of one batch, about.
const BATCH_ROWS: usize = 400;
/// Photos of one batch, about.
const BATCH_PHOTOS: usize = 24;
/// How often a batch is tried that the database had no time for.
const TRIES_MAX: u32 = 5;
/// How often what nobody came back for is swept away.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How often a server says that it works on its imports.
const ALIVE_EVERY: Duration = Duration::from_mins(1);
const GONE: &str = "its files are not here any more; send them again";

/// The imports that are worked on in this process.
#[derive(Debug)]
pub(crate) struct Imports {
    here: Mutex<HashSet<String>>,
    turns: Arc<Semaphore>,
}

impl Default for Imports {
    fn default() -> Self {
        Self {
            here: Mutex::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

/// Takes up what an earlier process left unfinished, and sweeps away what nobody came back for, now and every hour. A service
/// calls it once when it starts.
pub async fn take_up(app: &App) -> Result<()> {
    for import in app.store.running_imports().await? {
        if tokio::fs::try_exists(sent::folder(app, &import.id))
            .await
            .unwrap_or(false)
        {
            start(app, import);
        } else if !app.store.is_shared() {
            app.store
                .end_import(
                    &import.workspace(),
                    &import.id,
                    "failed",
                    Some(GONE),
                    app.now_ms(),
                )
                .await?;
        }
    }
    uploads::sweep(app).await?;
    tokio::spawn({
        let app = app.clone();
        async move {
            loop {
                if let Err(error) = keep(&app).await {
                    tracing::warn!(?error, "imports at work were not told of");
                }
                tokio::time::sleep(ALIVE_EVERY).await;
            }
        }
    });
    let app = app.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            if let Err(error) = uploads::sweep(&app).await {
                tracing::warn!(?error, "uploads were not swept");
            }
        }
    });
    Ok(())
}

/// Says that this server works on its imports, and ends those whose server is gone, with the files that it had.
async fn keep(app: &App) -> Result<()> {
    let here: Vec<String> = {
        let here = app.imports().here.lock().unwrap_or_else(PoisonError::into_inner);
        here.iter().cloned().collect()
    };
    let now_ms = app.now_ms();
    app.store.keep_imports(&here, now_ms).await?;
    let ended = app.store.end_lost_imports(GONE, now_ms).await?;
    if ended > 0 {
        tracing::warn!(ended, "imports whose server is gone were ended");
    }
    Ok(())
}

/// Works on an import, in a task of its own.
pub(crate) fn start(app: &App, import: Import) {
    let imports = app.imports();
    let mut here = imports.here.lock().unwrap_or_else(PoisonError::into_inner);
    if !here.insert(import.id.clone()) {
        return;
    }
    drop(here);
    let (app, turns) = (app.clone(), Arc::clone(&imports.turns));
    tokio::spawn(async move {
        let (id, workspace) = (import.id.clone(), import.workspace());
        if let Err(error) = app
            .store
            .keep_imports(std::slice::from_ref(&id), app.now_ms())
            .await
        {
            tracing::warn!(import = %id, ?error, "an import at work was not told of");
        }
        let _turn = turns.acquire_owned().await;
        let state = match run(&app, &import).await {
            Ok(true) => Some(("done", None)),
            Ok(false) => None,
            Err(error) if error.status().is_client_error() => Some(("failed", Some(GONE))),
            Err(error) => {
                tracing::error!(import = %id, ?error, "an import failed");
                Some((
                    "failed",
                    Some(
                        "something went wrong here; what is in the report was done, and sending it again is safe",
                    ),
                ))
            }
        };
        if let Some((state, reason)) = state {
            let ended = app
                .store
                .end_import(&workspace, &id, state, reason, app.now_ms())
                .await;
            if let Err(error) = ended {
                tracing::error!(import = %id, ?error, "the end of an import was not written down");
            }
        }
        let folder = sent::folder(&app, &id);
        if let Err(error) = tokio::fs::remove_dir_all(&folder).await {
            tracing::warn!(import = %id, %error, "the files of an import were not removed");
        }
        let mut here = app.imports().here.lock().unwrap_or_else(PoisonError::into_inner);
        here.remove(&id);
    });
}

/// Works an import off. `false` when it was cancelled.
async fn run(app: &App, import: &Import) -> Result<bool> {
    let sent: Vec<Sent> = serde_json::from_str(&import.source).map_err(Error::internal)?;
    let folder = sent::folder(app, &import.id);
    bring(app, import, &sent, &folder).await?;
    let limits = Limits {
        photo_bytes: app.config.upload_bytes_max,
        unpacked_bytes: app.config.import_bytes_max,
    };
    let planned = tokio::task::spawn_blocking({
        let folder = folder.clone();
        move || plan::plan(&folder, &sent, limits)
    });
    let plan = Arc::new(planned.await.map_err(Error::internal)?);
    app.store.set_import_total(import, plan.total()).await?;
    let work = Work {
        app,
        import,
        plan: &plan,
        folder,
        limits,
    };
    work.run().await
}

/// Brings the bytes of uploads into the folder, unless they are there.
async fn bring(app: &App, import: &Import, sent: &[Sent], folder: &Path) -> Result<()> {
    let workspace = import.workspace();
    for one in sent {
        let (sent::Place::File(name), Some(upload)) = (&one.place, &one.upload) else {
            continue;
        };
        let file = folder.join(name);
        if !tokio::fs::try_exists(&file).await.map_err(Error::internal)? {
            let upload = uploads::found(app, &workspace, upload).await?;
            uploads::copy(app, &workspace, &upload, &file).await?;
        }
    }
    Ok(())
}

struct Work<'a> {
    app: &'a App,
    import: &'a Import,
    plan: &'a Arc<Plan>,
    folder: PathBuf,
    limits: Limits,
}

impl Work<'_> {
    async fn run(&self) -> Result<bool> {
        let mut done = self.import.done;
        let mut passed = 0;
        let mut batch: Vec<&Planned> = Vec::new();
        for item in &self.plan.items {
            passed += item.rows.len() as i64;
            if passed <= done {
                continue;
            }
            batch.push(item);
            if is_full(&batch) {
                match self.write(&batch, done).await? {
                    Some(now) => done = now,
                    None => return Ok(false),
                }
                batch.clear();
            }
        }
        Ok(batch.is_empty() || self.write(&batch, done).await?.is_some())
    }

    /// Looks at a batch's photos and writes it.
    async fn write(&self, batch: &[&Planned], done: i64) -> Result<Option<i64>> {
        let rows = batch.iter().flat_map(|item| &item.rows);
        let photos: Vec<Option<PlannedPhoto>> = rows.map(|line| line.photo.clone()).collect();
        let looked: Vec<Looked> = futures_util::stream::iter(photos)
            .map(|photo| self.look_if_any(photo))
            .buffered(PHOTOS_AT_ONCE)
            .collect()
            .await;
        let mut looked = looked.into_iter();
        let mut items = Vec::with_capacity(batch.len());
        for planned in batch {
            items.push(item(planned, &mut looked)?);
        }
        let mut tries = 0;
        loop {
            let now_ms = self.app.now_ms();
            match self
                .app
                .store
                .write_import(&self.app.ids, self.import, done, &items, now_ms)
                .await
            {
                Err(error) if error.may_pass() && tries < TRIES_MAX => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100) * tries).await;
                }
                written => return Ok(written?),
            }
        }
    }

    async fn look_if_any(&self, photo: Option<PlannedPhoto>) -> Looked {
        match photo {
            Some(photo) => self.look(&photo).await.map(Some),
            None => Ok(None),
        }
    }

    /// Opens a photo, and keeps it unless this only reports.
    async fn look(&self, photo: &PlannedPhoto) -> Result<std::result::Result<Kept, (Outcome, String)>> {
        let (file, unpacked) = match &photo.from {
            PhotoFrom::Kept(kept) => return Ok(measured(kept.clone())),
            PhotoFrom::File(path) => (path.clone(), hashed(path).await?),
            PhotoFrom::Archive(archive, index) => {
                let file = self.folder.join(format!("photo-{archive}-{index}"));
                match self.unpack(*archive, *index, &file).await? {
                    Ok(unpacked) => (file, unpacked),
                    Err(why) => return Ok(Err((Outcome::Unreadable, why))),
                }
            }
        };
        let seen = self.keep(&file, &unpacked).await;
        if matches!(photo.from, PhotoFrom::Archive(..)) {
            let _ = tokio::fs::remove_file(&file).await;
        }
        seen
    }

    async fn unpack(
        &self,
        archive: usize,
        index: usize,
        file: &Path,
    ) -> Result<std::result::Result<Unpacked, String>> {
        let (plan, path, most) = (Arc::clone(self.plan), file.to_owned(), self.limits.photo_bytes);
        let unpacked = tokio::task::spawn_blocking(move || {
            let _ = std::fs::remove_file(&path);
            let unpacked = plan.unpack(archive, index, &path, most);
            if unpacked.is_err() {
                let _ = std::fs::remove_file(&path);
            }
            unpacked
        });
        match unpacked.await.map_err(Error::internal)? {
            Ok(unpacked) => Ok(Ok(unpacked)),
            Err(Trouble::Entry(why)) => Ok(Err(why)),
            Err(Trouble::Disk(error)) => Err(Error::internal(error)),
        }
    }

    async fn keep(
        &self,
        file: &Path,
        unpacked: &Unpacked,
    ) -> Result<std::result::Result<Kept, (Outcome, String)>> {
        if unpacked.bytes == 0 {
            return Ok(Err((
                Outcome::Unreadable,
                "the file is empty; send it again".to_owned(),
            )));
        }
        let facts = match photos::look(self.app, file).await? {
            Ok(facts) => facts,
            Err(why) => return Ok(Err((Outcome::Unreadable, why))),
        };
        let kept = Kept {
            source: photos::blob(&self.import.workspace(), &unpacked.sha256),
            sha256: unpacked.sha256.clone(),
            bytes: unpacked.bytes,
            facts,
        };
        let measured = measured(kept);
        if let (Ok(kept), false) = (&measured, self.import.dry_run()) {
            photos::put(self.app, kept, file).await?;
        }
        Ok(measured)
    }
}

/// What looking at a row's photo gave; none where it has none.
type Looked = Result<Option<std::result::Result<Kept, (Outcome, String)>>>;

fn is_full(batch: &[&Planned]) -> bool {
    let rows = || batch.iter().flat_map(|item| &item.rows);
    rows().count() >= BATCH_ROWS || rows().filter(|line| line.photo.is_some()).count() >= BATCH_PHOTOS
}

/// Fewer pixels are no catalogue picture.
fn measured(kept: Kept) -> std::result::Result<Kept, (Outcome, String)> {
    let (width, height) = (kept.facts.width, kept.facts.height);
    if width.max(height) < PHOTO_SIDE_MIN {
        let message =
            format!("{width} x {height} pixels is too small for any catalogue picture; send the original");
        return Err((Outcome::TooSmall, message));
    }
    Ok(kept)
}

async fn hashed(path: &Path) -> Result<Unpacked> {
    let path = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || -> std::io::Result<Unpacked> {
        let mut hash = sha2::Sha256::new();
        let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut HashWriter(&mut hash))?;
        Ok(Unpacked {
            sha256: hex::encode(hash.finalize()),
            bytes,
        })
    });
    hashed.await.map_err(Error::internal)?.map_err(Error::internal)
}

struct HashWriter<'a>(&'a mut sha2::Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A product with what its photos showed: the first photo of a view and side is used, every detail is, and no picture twice.
fn item(planned: &Planned, looked: &mut impl Iterator<Item = Looked>) -> Result<Item> {
    let mut places: HashMap<(View, Option<Side>), String> = HashMap::new();
    let mut pictures: HashMap<String, (View, String)> = HashMap::new();
    let mut rows = Vec::with_capacity(planned.rows.len());
    for line in &planned.rows {
        let mut row = line.row.clone();
        let seen = looked.next().transpose()?.flatten();
        if let (Some(photo), Some(seen)) = (&line.photo, seen) {
            match seen {
                Ok(kept) => settle(&mut row, photo, &kept, &mut places, &mut pictures),
                Err((outcome, message)) => {
                    row.outcome = Some(outcome);
                    row.message = Some(message);
                }
            }
        }
        rows.push(row);
    }
    // A file that cannot be used makes no product by its name alone.
    let stands_for_one = rows.iter().any(|row| !row.is_file || row.photo.is_some());
    Ok(Item {
        product: planned.product.clone().filter(|_| stands_for_one),
        rows,
    })
}

fn settle(
    row: &mut NewRow,
    photo: &PlannedPhoto,
    kept: &Kept,
    places: &mut HashMap<(View, Option<Side>), String>,
    pictures: &mut HashMap<String, (View, String)>,
) {
    let file = row.file.clone().unwrap_or_default();
    let refuse = |row: &mut NewRow, message: String| {
        row.outcome = Some(Outcome::Duplicate);
        row.message = Some(message);
    };
    if let Some((view, other)) = pictures.get(&kept.sha256) {
        if *view == photo.view {
            return refuse(row, format!("the same picture as {other}: one of them is a copy"));
        }
        add(
            row,
            format!("the same picture as {other}: one of the names says the wrong view"),
        );
    }
    let place = (photo.view, photo.side);
    if let Some(used) = places.get(&place).filter(|_| photo.view != View::Detail) {
        let what = photo.side.map_or(photo.view.name(), Side::name);
        let sku = row.sku.clone().unwrap_or_default();
        return refuse(row, format!("a second {what} photo of {sku}; {used} is used"));
    }
    places.insert(place, file.clone());
    pictures.insert(kept.sha256.clone(), (photo.view, file.clone()));
    row.photo = Some(ImportPhoto {
        view: photo.view,
        side: photo.side,
        source: kept.source.clone(),
        sha256: kept.sha256.clone(),
        file: PhotoFile {
            name: photos::file_name(Some(&file), "photo"),
            media_type: kept.facts.media_type.to_owned(),
            bytes: kept.bytes as i64,
            width: i64::from(kept.facts.width),
            height: i64::from(kept.facts.height),
        },
    });
}

fn add(row: &mut NewRow, message: String) {
    row.message = Some(match row.message.take() {
        Some(before) => format!("{before}; {message}"),
        None => message,
    });
}
