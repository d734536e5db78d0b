//! The parts of a file: they arrive in whatever pieces a caller sends, and are read as one.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use domain::ids::WorkspaceId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use store::uploads::Upload;
use tokio::{fs::File, io::AsyncWriteExt as _};

use crate::{
    app::App,
    error::{Error, Result},
    photos::{Passing, Seen},
};

/// About so many bytes are a part: no more of a long call is lost with its server.
const PART_BYTES: u64 = 8 << 20;

/// Uploads that somebody writes to now at this server. Those at others are told by what has arrived meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writing(Arc<Mutex<HashSet<String>>>);

/// The right to write to an upload, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(Writing, String);

impl Writing {
    /// `None` when somebody writes already.
    pub(crate) fn take(&self, upload: &str) -> Option<Turn> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(upload.to_owned())
            .then(|| Turn(self.clone(), upload.to_owned()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(&self.1);
    }
}

/// A part that arrives, in the scratch folder until it is dropped.
struct Part {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Part {
    async fn new(app: &App) -> Result<Self> {
        let folder = &app.config.scratch;
        tokio::fs::create_dir_all(folder).await.map_err(Error::internal)?;
        let path = folder.join(app.ids.next());
        let (file, bytes) = (File::create_new(&path).await.map_err(Error::internal)?, 0);
        Ok(Self { path, file, bytes })
    }

    async fn add(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).await.map_err(Error::internal)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Keeps it as the part that begins there. Where it ends.
    async fn keep(mut self, app: &App, workspace: &WorkspaceId, upload: &Upload, start: u64) -> Result<u64> {
        if self.bytes > 0 {
            self.file.flush().await.map_err(Error::internal)?;
            keep(app, workspace, upload, start, &self.path, self.bytes).await?;
        }
        Ok(start + self.bytes)
    }
}

/// Keeps a file as the part that begins there, and writes that down.
pub(super) async fn keep(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    start: u64,
    file: &Path,
    bytes: u64,
) -> Result<()> {
    // A name that nobody else writes to: two calls may bring the same part at once.
    let source = format!("uploads/{workspace}/{}", app.ids.next());
    app.blobs.put_file(&source, file).await?;
    let is_next = app
        .store
        .add_upload_part(workspace, &upload.id, start as i64, bytes as i64, &source)
        .await?;
    if is_next {
        return Ok(());
    }
    app.blobs.remove(&source).await?;
    let detail = "another call wrote to this upload meanwhile; ask how much is here, and go on from there";
    Err(Error::conflict("wrong_offset", detail))
}

/// Writes a body at the end of what is here. How much is here then; what arrived before a fault is kept.
///
/// It goes on in a task of its own, so that what a caller who hangs up has sent is kept too.
pub(crate) async fn append(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    turn: Turn,
    body: Body,
) -> Result<u64> {
    let (app, workspace, upload) = (app.clone(), workspace.clone(), upload.clone());
    let written = tokio::spawn(async move {
        let written = write(&app, &workspace, &upload, body).await;
        drop(turn);
        written
    });
    written.await.map_err(Error::internal)?
}

async fn write(app: &App, workspace: &WorkspaceId, upload: &Upload, body: Body) -> Result<u64> {
    let (mut at, length) = (upload.received as u64, upload.length as u64);
    let (mut part, mut stream) = (Part::new(app).await?, body.into_data_stream());
    let mut fault = None;
    while let Some(bytes) = stream.next().await {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                fault = Some(Error::bad_request(format!(
                    "the rest did not arrive: {error}; ask how much is here, and go on"
                )));
                break;
            }
        };
        if at + part.bytes + bytes.len() as u64 > length {
            fault = Some(Error::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("the upload was announced with {length} bytes, and more were sent"),
            ));
            break;
        }
        part.add(&bytes).await?;
        if part.bytes >= PART_BYTES {
            at = part.keep(app, workspace, upload, at).await?;
            part = Part::new(app).await?;
        }
    }
    at = part.keep(app, workspace, upload, at).await?;
    fault.map_or(Ok(at), Err)
}

/// The bytes of a file, from its first part to its last.
pub(super) async fn bytes(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let sources = app.store.upload_parts(workspace, &upload.id).await?;
    let blobs = Arc::clone(&app.blobs);
    let parts = stream::iter(sources).then(move |source| {
        let blobs = Arc::clone(&blobs);
        async move { blobs.read(&source, None).await }
    });
    let bytes = parts.map_ok(|part| part.bytes).try_flatten();
    Ok(bytes.map_err(Error::from).boxed())
}

/// What is known of a file that is whole.
pub(super) async fn seen(app: &App, workspace: &WorkspaceId, upload: &Upload) -> Result<Seen> {
    let (mut bytes, mut passing) = (bytes(app, workspace, upload).await?, Passing::default());
    while let Some(part) = bytes.try_next().await? {
        passing.add(&part);
    }
    Ok(passing.seen())
}

/// Copies a file that is whole to a place on this server, whole or not at all: it may be forgotten meanwhile.
pub(crate) async fn copy(app: &App, workspace: &WorkspaceId, upload: &Upload, to: &Path) -> Result<()> {
    let unfinished = to.with_extension("part");
    let mut file = File::create(&unfinished).await.map_err(Error::internal)?;
    let (mut bytes, mut missing) = (bytes(app, workspace, upload).await?, upload.length);
    while let Some(part) = bytes.try_next().await? {
        file.write_all(&part).await.map_err(Error::internal)?;
        missing -= part.len() as i64;
    }
    file.flush().await.map_err(Error::internal)?;
    if missing != 0 {
        return Err(Error::not_found("upload"));
    }
    tokio::fs::rename(&unfinished, to).await.map_err(Error::internal)
}
