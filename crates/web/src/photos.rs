//! Photos on their way in: streamed to a file, hashed, looked at, and kept as a blob that equal files of a workspace share.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::body::{Body, Bytes};
use domain::ids::WorkspaceId;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::{
    app::App,
    error::{Error, Result},
    intake::PhotoFacts,
};

/// The longest file name that is kept.
const NAME_MAX: usize = 200;

/// A file that has arrived, in the scratch folder until it is dropped.
#[derive(Debug)]
pub(crate) struct Arrived {
    path: PathBuf,
    sha256: String,
    bytes: u64,
}

impl Drop for Arrived {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A photo that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The blob.
    pub(crate) source: String,
    /// Of its bytes.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// What it is.
    pub(crate) facts: PhotoFacts,
}

impl Arrived {
    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Moves it to another place of the scratch folder, where it stays.
    pub(crate) async fn move_to(self, path: &Path) -> Result<()> {
        tokio::fs::rename(&self.path, path).await.map_err(Error::internal)
    }
}

/// The photo that a request brings: its body, or an upload that is whole.
pub(crate) async fn brought(
    app: &App,
    workspace: &WorkspaceId,
    upload: Option<&str>,
    body: Body,
) -> Result<(Kept, Option<String>)> {
    let Some(upload) = upload else {
        let arrived = receive(app, body).await?;
        return Ok((keep(app, workspace, arrived).await?, None));
    };
    let upload = crate::uploads::whole(app, workspace, upload).await?;
    if let Some(source) = &upload.source {
        app.store.spare(source).await?;
    }
    let kept =
        crate::uploads::photo(&upload).ok_or_else(|| Error::field("upload", "this upload is no photo"))?;
    Ok((kept, Some(upload.name)))
}

/// Streams a body into a file, no more of it than a photo may have.
pub(crate) async fn receive(app: &App, body: Body) -> Result<Arrived> {
    receive_up_to(app, body.into_data_stream(), app.config.upload_bytes_max).await
}

/// Streams a body or a part of a form into a file, no more of it than so many bytes.
pub(crate) async fn receive_up_to<S, E>(app: &App, mut stream: S, most: u64) -> Result<Arrived>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let folder = &app.config.scratch;
    tokio::fs::create_dir_all(folder).await.map_err(Error::internal)?;
    let path = folder.join(app.ids.next());
    let mut arrived = Arrived {
        path,
        sha256: String::new(),
        bytes: 0,
    };
    let mut file = tokio::fs::File::create_new(&arrived.path)
        .await
        .map_err(Error::internal)?;
    let mut hash = Sha256::new();
    while let Some(part) = stream.next().await {
        let part =
            part.map_err(|error| Error::bad_request(format!("the file did not arrive whole: {error}")))?;
        arrived.bytes += part.len() as u64;
        if arrived.bytes > most {
            return Err(crate::uploads::too_large(most));
        }
        hash.update(&part);
        file.write_all(&part).await.map_err(Error::internal)?;
    }
    file.flush().await.map_err(Error::internal)?;
    if arrived.bytes == 0 {
        return Err(Error::field("file", "the file is empty"));
    }
    arrived.sha256 = hex::encode(hash.finalize());
    Ok(arrived)
}

/// Looks at a file and keeps it. The same file of one workspace is kept once.
pub(crate) async fn keep(app: &App, workspace: &WorkspaceId, arrived: Arrived) -> Result<Kept> {
    keep_file(app, workspace, &arrived.path, &arrived.sha256, arrived.bytes).await
}

/// Looks at a file of the scratch folder and keeps it; the file stays.
pub(crate) async fn keep_file(
    app: &App,
    workspace: &WorkspaceId,
    path: &Path,
    sha256: &str,
    bytes: u64,
) -> Result<Kept> {
    let facts = look(app, path).await?.map_err(|why| Error::field("file", why))?;
    let kept = Kept {
        source: blob(workspace, sha256),
        sha256: sha256.to_owned(),
        bytes,
        facts,
    };
    put(app, &kept, path).await?;
    Ok(kept)
}

/// Puts a photo's file where it belongs, unless it is there.
pub(crate) async fn put(app: &App, kept: &Kept, path: &Path) -> Result<()> {
    app.store.spare(&kept.source).await?;
    if app.blobs.size(&kept.source).await? != Some(kept.bytes) {
        app.blobs.put_file(&kept.source, path).await?;
    }
    Ok(())
}

/// What a file is; the sentence says why it is no photo that can be used.
pub(crate) async fn look(app: &App, path: &Path) -> Result<std::result::Result<PhotoFacts, String>> {
    let (intake, path) = (Arc::clone(&app.intake), path.to_owned());
    tokio::task::spawn_blocking(move || intake.look(&path))
        .await
        .map_err(Error::internal)
}

/// Where a photo of a workspace is kept.
pub(crate) fn blob(workspace: &WorkspaceId, sha256: &str) -> String {
    format!("photos/{workspace}/{sha256}")
}

/// What a file is called: its last part, without what no file system takes.
pub(crate) fn file_name(given: Option<&str>, fallback: &str) -> String {
    let given = given.unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    let plain = plain.trim();
    if plain.is_empty() {
        fallback.to_owned()
    } else {
        plain.to_owned()
    }
}
