//! Small copies of photos and pictures: all of a file are made at the first look at one of them, then kept.

use std::sync::Arc;

use bytes::Bytes;
use domain::thumbnail::{SIDES, key};
use store::blobs::BlobError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    app::App,
    error::{Error, Result},
};

/// Files that are read into pixels for it at once: a photo of 24 million takes 200 MB meanwhile.
const AT_ONCE: usize = 2;

/// The turns at making small copies in this process.
#[derive(Debug)]
pub(crate) struct Thumbnails(Arc<Semaphore>);

impl Default for Thumbnails {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The small copy of a blob with a longer side of [`SIDES`].
pub(crate) async fn of(app: &App, blob: &str, side: u32) -> Result<Bytes> {
    if let Some(copy) = kept(app, blob, side).await? {
        return Ok(copy);
    }
    let turns = Arc::clone(&app.thumbnails().0);
    let turn = turns.acquire_owned().await.map_err(Error::internal)?;
    // Whoever had the turn before may have made it.
    if let Some(copy) = kept(app, blob, side).await? {
        return Ok(copy);
    }
    // A task of its own: a browser that leaves ends the call, and neither this work nor its turn.
    let making = tokio::spawn(make(app.clone(), blob.to_owned(), turn));
    let copies = making.await.map_err(Error::internal)??;
    let copy = copies.into_iter().find(|(one, _)| *one == side);
    copy.map(|(_, bytes)| bytes)
        .ok_or_else(|| Error::not_found("file"))
}

async fn kept(app: &App, blob: &str, side: u32) -> Result<Option<Bytes>> {
    match app.blobs.get(&key(blob, side)).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(BlobError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Makes and keeps all copies of a blob.
async fn make(app: App, blob: String, _turn: OwnedSemaphorePermit) -> Result<Vec<(u32, Bytes)>> {
    let (intake, file) = (Arc::clone(&app.intake), app.blobs.get(&blob).await?);
    let work = tokio::task::spawn_blocking(move || intake.thumbnails(&file));
    let made = work.await.map_err(Error::internal)?;
    let mut copies = Vec::new();
    for (side, bytes) in made.map_err(Error::internal)? {
        let bytes = Bytes::from(bytes);
        app.blobs.put(&key(&blob, side), bytes.clone()).await?;
        copies.push((side, bytes));
    }
    // The sweep removes a blob and then its copies: these may have come after.
    if app.blobs.size(&blob).await?.is_none() {
        for side in SIDES {
            app.blobs.remove(&key(&blob, side)).await?;
        }
        return Err(Error::not_found("file"));
    }
    Ok(copies)
}
