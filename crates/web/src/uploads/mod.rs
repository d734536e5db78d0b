//! Files that arrive, at once or in parts. Their bytes are blobs from the first part on, so that any server goes on where another
//! stopped.

mod parts;

use std::path::Path;

use axum::http::StatusCode;
use domain::{
    ids::WorkspaceId,
    intake::names::{has_extension, is_archive},
};
use store::uploads::{Finished, Upload};

pub(crate) use self::parts::{Writing, append, copy};
use crate::{
    app::App,
    error::{Error, Result},
    intake::PhotoFacts,
    photos::{self, Arrived, Kept, Seen},
};

/// How long a file that did not become a photo is kept.
pub(crate) const KEPT_MS: i64 = 24 * 3_600_000;
/// What begins a ZIP archive, and with it a workbook.
const ZIP_SIGNATURE: &[u8] = b"PK\x03\x04";
const ZIP: &str = "application/zip";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv";

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

/// Announces a file.
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
    Ok(upload)
}

/// Takes a file that has arrived at once.
pub(crate) async fn take(
    app: &App,
    workspace: &WorkspaceId,
    name: &str,
    arrived: &Arrived,
) -> Result<Upload> {
    let upload = announce(app, workspace, name, arrived.seen().bytes).await?;
    let finished = if is_for_import(name) {
        take_for_import(app, workspace, &upload, arrived).await
    } else {
        finish_photo(app, workspace, &upload, arrived).await
    };
    or_forget(app, workspace, &upload, finished).await
}

async fn take_for_import(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    arrived: &Arrived,
) -> Result<Upload> {
    import_type(&upload.name, &arrived.seen().head)?;
    parts::keep(app, workspace, upload, 0, arrived.path(), arrived.seen().bytes).await?;
    finish_for_import(app, workspace, upload, arrived.seen()).await
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

/// An upload that is whole and known; one that is whole and was not looked at yet is looked at.
pub(crate) async fn whole(app: &App, workspace: &WorkspaceId, upload: &str) -> Result<Upload> {
    let upload = found(app, workspace, upload).await?;
    if upload.finished_ms.is_some() {
        return Ok(upload);
    }
    let here = upload.received;
    if here < upload.length {
        let detail = format!(
            "only {here} of {} bytes of this upload are here; send the rest first",
            upload.length
        );
        return Err(Error::conflict("upload_not_whole", detail));
    }
    finish(app, workspace, &upload).await
}

/// Looks at a file that is whole: a photo becomes a blob of its own, a table or an archive waits in its parts for its import. One that
/// cannot be used is forgotten.
///
/// It goes on in a task of its own: who hangs up while an archive is read finds it done.
pub(crate) async fn finish(app: &App, workspace: &WorkspaceId, upload: &Upload) -> Result<Upload> {
    let (app, workspace, upload) = (app.clone(), workspace.clone(), upload.clone());
    let finished = tokio::spawn(async move {
        let finished = look(&app, &workspace, &upload).await;
        or_forget(&app, &workspace, &upload, finished).await
    });
    finished.await.map_err(Error::internal)?
}

async fn look(app: &App, workspace: &WorkspaceId, upload: &Upload) -> Result<Upload> {
    if is_for_import(&upload.name) {
        let seen = parts::seen(app, workspace, upload).await?;
        finish_for_import(app, workspace, upload, &seen).await
    } else {
        let bytes = parts::bytes(app, workspace, upload).await?;
        let arrived = photos::to_file(app, bytes, upload.length as u64).await?;
        finish_photo(app, workspace, upload, &arrived).await
    }
}

/// A file that cannot be used is forgotten. Where another call has finished it meanwhile, and its parts have gone, that counts.
async fn or_forget(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    finished: Result<Upload>,
) -> Result<Upload> {
    if finished
        .as_ref()
        .is_err_and(|error| error.status().is_client_error())
    {
        let now = found(app, workspace, &upload.id).await?;
        if now.finished_ms.is_some() {
            return Ok(now);
        }
        forget(app, workspace, &upload.id).await?;
    }
    finished
}

async fn finish_for_import(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    seen: &Seen,
) -> Result<Upload> {
    let finished = Finished {
        media_type: import_type(&upload.name, &seen.head)?,
        sha256: &seen.sha256,
        source: None,
        size: None,
    };
    write_down(app, workspace, upload, &finished).await
}

async fn finish_photo(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    arrived: &Arrived,
) -> Result<Upload> {
    let kept = photos::keep(app, workspace, arrived).await?;
    let finished = Finished {
        media_type: kept.facts.media_type,
        sha256: &kept.sha256,
        source: Some(&kept.source),
        size: Some((kept.facts.width, kept.facts.height)),
    };
    write_down(app, workspace, upload, &finished).await
}

async fn write_down(
    app: &App,
    workspace: &WorkspaceId,
    upload: &Upload,
    finished: &Finished<'_>,
) -> Result<Upload> {
    let upload = app
        .store
        .finish_upload(workspace, &upload.id, finished, app.now_ms())
        .await?;
    upload.ok_or_else(|| Error::not_found("upload"))
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

/// Forgets an upload. A photo's blob stays: others may show it.
pub(crate) async fn forget(app: &App, workspace: &WorkspaceId, upload: &str) -> Result<bool> {
    Ok(app.store.delete_upload(workspace, upload, app.now_ms()).await?)
}

/// Forgets what did not become a photo within a day.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    Ok(app.store.forget_uploads(app.now_ms()).await?)
}
