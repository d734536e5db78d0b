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
/// So many bytes say what a file is.
const HEAD_BYTES: usize = 16;

/// What is known of a file's bytes when all have passed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Of its bytes.
    pub(crate) sha256: String,
    /// How it begins.
    pub(crate) head: Vec<u8>,
    /// Its size.
    pub(crate) bytes: u64,
}

/// Bytes of a file that pass.
#[derive(Default)]
pub(crate) struct Passing {
    hash: Sha256,
    head: Vec<u8>,
    bytes: u64,
}

impl Passing {
    pub(crate) fn add(&mut self, part: &[u8]) {
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(part.iter().take(missing));
        self.hash.update(part);
        self.bytes += part.len() as u64;
    }

    pub(crate) fn seen(self) -> Seen {
        Seen {
            sha256: hex::encode(self.hash.finalize()),
            head: self.head,
            bytes: self.bytes,
        }
    }
}

/// A file that has arrived, in the scratch folder until it is dropped.
#[derive(Debug)]
pub(crate) struct Arrived {
    path: PathBuf,
    seen: Seen,
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
    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of its bytes.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
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
        return Ok((keep(app, workspace, &arrived).await?, None));
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
pub(crate) async fn receive_up_to<S, E>(app: &App, stream: S, most: u64) -> Result<Arrived>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let broken = |error: E| Error::bad_request(format!("the file did not arrive whole: {error}"));
    to_file(app, stream.map(move |part| part.map_err(broken)), most).await
}

/// Streams bytes into a file of the scratch folder, no more than so many.
pub(crate) async fn to_file<S>(app: &App, mut stream: S, most: u64) -> Result<Arrived>
where
    S: Stream<Item = Result<Bytes>> + Unpin,
{
    let folder = &app.config.scratch;
    tokio::fs::create_dir_all(folder).await.map_err(Error::internal)?;
    let mut arrived = Arrived {
        path: folder.join(app.ids.next()),
        seen: Seen::default(),
    };
    let mut file = tokio::fs::File::create_new(&arrived.path)
        .await
        .map_err(Error::internal)?;
    let mut passing = Passing::default();
    while let Some(part) = stream.next().await {
        let part = part?;
        passing.add(&part);
        if passing.bytes > most {
            return Err(crate::uploads::too_large(most));
        }
        file.write_all(&part).await.map_err(Error::internal)?;
    }
    file.flush().await.map_err(Error::internal)?;
    if passing.bytes == 0 {
        return Err(Error::field("file", "the file is empty"));
    }
    arrived.seen = passing.seen();
    Ok(arrived)
}

/// Looks at a file and keeps it. The same file of one workspace is kept once.
pub(crate) async fn keep(app: &App, workspace: &WorkspaceId, arrived: &Arrived) -> Result<Kept> {
    let (path, seen) = (arrived.path(), arrived.seen());
    let facts = look(app, path).await?.map_err(|why| Error::field("file", why))?;
    let kept = Kept {
        source: blob(workspace, &seen.sha256),
        sha256: seen.sha256.clone(),
        bytes: seen.bytes,
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
