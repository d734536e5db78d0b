//! Photos on their way in: streamed to a file, hashed, looked at, and kept as a blob that equal files of a workspace share.

use std::{path::PathBuf, sync::Arc};

use axum::body::Body;
use domain::ids::WorkspaceId;
use futures_util::StreamExt as _;
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

/// Streams a body into a file, no more of it than is allowed.
pub(crate) async fn receive(app: &App, body: Body) -> Result<Arrived> {
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
    let (mut hash, mut stream) = (Sha256::new(), body.into_data_stream());
    while let Some(part) = stream.next().await {
        let part =
            part.map_err(|error| Error::bad_request(format!("the file did not arrive whole: {error}")))?;
        arrived.bytes += part.len() as u64;
        if arrived.bytes > app.config.upload_bytes_max {
            return Err(too_large(app));
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

fn too_large(app: &App) -> Error {
    let most = app.config.upload_bytes_max >> 20;
    Error::new(
        axum::http::StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        format!("a file may have {most} MB; save it smaller, or as JPEG"),
    )
}

/// Looks at a file and keeps it. The same file of one workspace is kept once.
pub(crate) async fn keep(app: &App, workspace: &WorkspaceId, arrived: Arrived) -> Result<Kept> {
    let (intake, path) = (Arc::clone(&app.intake), arrived.path.clone());
    let looked = tokio::task::spawn_blocking(move || intake.look(&path))
        .await
        .map_err(Error::internal)?;
    let facts = looked.map_err(|why| Error::field("file", why))?;
    let source = format!("photos/{workspace}/{}", arrived.sha256);
    if app.blobs.size(&source).await? != Some(arrived.bytes) {
        app.blobs.put_file(&source, &arrived.path).await?;
    }
    Ok(Kept {
        source,
        sha256: arrived.sha256.clone(),
        bytes: arrived.bytes,
        facts,
    })
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
