//! Files that arrive in parts: their bytes wait in the scratch folder, so that a restart goes on where they stopped.
//!
//! How much of a file is here is how long its scratch file is: the row is written after the bytes.

use std::{
    collections::HashSet,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{body::Body, http::StatusCode};
use domain::{
    ids::WorkspaceId,
    intake::names::{has_extension, is_archive},
};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use store::uploads::{Finished, Upload};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::{
    app::App,
    error::{Error, Result},
    intake::PhotoFacts,
    photos::{self, Kept},
};

/// How long a file that did not become a photo is kept.
pub(crate) const KEPT_MS: i64 = 24 * 3_600_000;
/// What begins a ZIP archive, and with it a workbook.
const ZIP_SIGNATURE: &[u8] = b"PK\x03\x04";
const ZIP: &str = "application/zip";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv";

/// Uploads that somebody writes to now.
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

/// Where the bytes of an upload wait.
pub(crate) fn path(app: &App, upload: &str) -> PathBuf {
    app.config.scratch.join("uploads").join(upload)
}

/// The most bytes of a file of this name: archives and tables are for imports.
pub(crate) fn bytes_max(app: &App, name: &str) -> u64 {
    if is_for_import(name) {
        app.config.import_bytes_max
    } else {
        app.config.upload_bytes_max
    }
}

/// The file is an archive or a table by its name.
pub(crate) fn is_for_import(name: &str) -> bool {
    let name = Path::new(name);
    is_archive(name) || has_extension(name, &["csv", "xlsx"])
}

/// Announces a file, and makes the place where it will wait.
pub(crate) async fn announce(app: &App, workspace: &WorkspaceId, name: &str, length: u64) -> Result<Upload> {
    if length == 0 {
        return Err(Error::field("file", "the file is empty"));
    }
    let most = bytes_max(app, name);
    if length > most {
        return Err(too_large(most));
    }
    let now_ms = app.now_ms();
    let upload = app
        .store
        .add_upload(&app.ids, workspace, name, length as i64, now_ms, now_ms + KEPT_MS)
        .await?;
    let path = path(app, &upload.id);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(Error::internal)?;
    }
    tokio::fs::File::create_new(&path)
        .await
        .map_err(Error::internal)?;
    Ok(upload)
}

/// A file with more bytes than are taken.
pub(crate) fn too_large(most: u64) -> Error {
    let most = most >> 20;
    Error::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        format!("a file of this kind may have {most} MB; save it smaller, or send it in several"),
    )
}

/// An upload of the workspace that has not ended.
pub(crate) async fn found(app: &App, workspace: &WorkspaceId, upload: &str) -> Result<Upload> {
    let upload = crate::extract::id(upload, "upload")?;
    let found = app.store.upload(workspace, &upload).await?;
    let found = found.ok_or_else(|| Error::not_found("upload"))?;
    if found.source.is_none() && found.expires_ms <= app.now_ms() {
        let detail = "this upload has ended: files that are not used within a day are removed; send it again";
        return Err(Error::new(StatusCode::GONE, "upload_ended", detail));
    }
    Ok(found)
}

/// How much of an upload is here.
pub(crate) async fn offset(app: &App, upload: &Upload) -> Result<u64> {
    if upload.finished_ms.is_some() {
        return Ok(upload.length as u64);
    }
    match tokio::fs::metadata(path(app, &upload.id)).await {
        Ok(metadata) => Ok(metadata.len().min(upload.length as u64)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let detail = "what had arrived of this upload is not on this server (any more); send it again";
            Err(Error::new(StatusCode::GONE, "upload_ended", detail))
        }
        Err(error) => Err(Error::internal(error)),
    }
}

/// Writes a body at the end of what is here. How much is here then; what arrived before a fault is kept.
///
/// It goes on in a task of its own, so that a caller who hangs up cannot leave a half-written piece behind that nobody counts.
pub(crate) async fn append(app: &App, upload: &Upload, turn: Turn, from: u64, body: Body) -> Result<u64> {
    let (path, length) = (path(app, &upload.id), upload.length as u64);
    let written = tokio::spawn(async move {
        let written = write(&path, from, length, body).await;
        drop(turn);
        written
    });
    written.await.map_err(Error::internal)?
}

async fn write(path: &Path, from: u64, length: u64, body: Body) -> Result<u64> {
    let mut file = tokio::fs::OpenOptions::new()
        .write(true)
        .open(path)
        .await
        .map_err(Error::internal)?;
    file.seek(std::io::SeekFrom::Start(from))
        .await
        .map_err(Error::internal)?;
    let (mut at, mut stream) = (from, body.into_data_stream());
    let mut fault = None;
    while let Some(part) = stream.next().await {
        let part = match part {
            Ok(part) => part,
            Err(error) => {
                fault = Some(Error::bad_request(format!(
                    "the rest did not arrive: {error}; ask how much is here, and go on"
                )));
                break;
            }
        };
        if at + part.len() as u64 > length {
            fault = Some(Error::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("the upload was announced with {length} bytes, and more were sent"),
            ));
            break;
        }
        file.write_all(&part).await.map_err(Error::internal)?;
        at += part.len() as u64;
    }
    file.flush().await.map_err(Error::internal)?;
    file.sync_data().await.map_err(Error::internal)?;
    fault.map_or(Ok(at), Err)
}

/// An upload that is whole and known; one that is whole and was not looked at yet is looked at.
pub(crate) async fn whole(app: &App, workspace: &WorkspaceId, upload: &str) -> Result<Upload> {
    let upload = found(app, workspace, upload).await?;
    if upload.finished_ms.is_some() {
        return Ok(upload);
    }
    let here = offset(app, &upload).await?;
    if here < upload.length as u64 {
        let detail = format!(
            "only {here} of {} bytes of this upload are here; send the rest first",
            upload.length
        );
        return Err(Error::conflict("upload_not_whole", detail));
    }
    finish(app, workspace, &upload).await
}

/// Looks at a file that is whole: a photo becomes a blob, a table or an archive waits for its import. One that cannot be used is
/// forgotten.
pub(crate) async fn finish(app: &App, workspace: &WorkspaceId, upload: &Upload) -> Result<Upload> {
    let finished = look(app, workspace, upload).await;
    if finished
        .as_ref()
        .is_err_and(|error| error.status().is_client_error())
    {
        forget(app, workspace, &upload.id).await?;
    }
    finished
}

async fn look(app: &App, workspace: &WorkspaceId, upload: &Upload) -> Result<Upload> {
    let path = path(app, &upload.id);
    let hashed = tokio::task::spawn_blocking({
        let path = path.clone();
        move || hash(&path)
    });
    let (sha256, head) = hashed.await.map_err(Error::internal)?.map_err(Error::internal)?;
    let now_ms = app.now_ms();
    let finished = if is_for_import(&upload.name) {
        let finished = Finished {
            media_type: import_type(&upload.name, &head)?,
            sha256: &sha256,
            source: None,
            size: None,
        };
        app.store
            .finish_upload(workspace, &upload.id, &finished, now_ms)
            .await?
    } else {
        let kept = photos::keep_file(app, workspace, &path, &sha256, upload.length as u64).await?;
        let finished = Finished {
            media_type: kept.facts.media_type,
            sha256: &sha256,
            source: Some(&kept.source),
            size: Some((kept.facts.width, kept.facts.height)),
        };
        let finished = app
            .store
            .finish_upload(workspace, &upload.id, &finished, now_ms)
            .await?;
        remove(&path).await;
        finished
    };
    finished.ok_or_else(|| Error::not_found("upload"))
}

/// What a table or an archive is, by its content.
fn import_type(name: &str, head: &[u8]) -> Result<&'static str> {
    let is_zip = head.starts_with(ZIP_SIGNATURE);
    let name = Path::new(name);
    match () {
        () if has_extension(name, &["csv"]) && !is_zip => Ok(CSV),
        () if has_extension(name, &["xlsx"]) && is_zip => Ok(XLSX),
        () if has_extension(name, &["zip"]) && is_zip => Ok(ZIP),
        () => Err(Error::field(
            "file",
            "its content is not what its name says; archives are read as ZIP, tables as CSV or XLSX",
        )),
    }
}

/// The hash of a file, and how it begins.
fn hash(path: &Path) -> std::io::Result<(String, Vec<u8>)> {
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut buffer, mut head) = (Sha256::new(), vec![0; 1 << 20], Vec::new());
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hex::encode(hash.finalize()), head));
        }
        if head.is_empty() {
            head = buffer[..read.min(16)].to_vec();
        }
        hash.update(&buffer[..read]);
    }
}

/// The photo that an upload became.
pub(crate) fn photo(upload: &Upload) -> Option<Kept> {
    Some(Kept {
        source: upload.source.clone()?,
        sha256: upload.sha256.clone()?,
        bytes: upload.length as u64,
        facts: PhotoFacts {
            media_type: media_type(upload.media_type.as_deref()?),
            width: u32::try_from(upload.width?).ok()?,
            height: u32::try_from(upload.height?).ok()?,
        },
    })
}

/// A photo's type, of those that are read.
pub(crate) fn media_type(text: &str) -> &'static str {
    ["image/jpeg", "image/png", "image/webp", "image/tiff"]
        .into_iter()
        .find(|known| *known == text)
        .unwrap_or("application/octet-stream")
}

/// Forgets an upload and what has arrived of it. A photo's blob stays: others may show it.
pub(crate) async fn forget(app: &App, workspace: &WorkspaceId, upload: &str) -> Result<bool> {
    let deleted = app.store.delete_upload(workspace, upload).await?;
    if deleted {
        remove(&path(app, upload)).await;
    }
    Ok(deleted)
}

/// Forgets what did not become a photo within a day.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    for upload in app.store.forget_uploads(app.now_ms()).await? {
        remove(&path(app, &upload)).await;
    }
    Ok(())
}

async fn remove(path: &Path) {
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "a scratch file was not removed");
        }
        _ => {}
    }
}
