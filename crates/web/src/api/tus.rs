//! Uploads in parts, as tus 1.0 says it: core, creation, termination and expiration (tus.io/protocols/resumable-upload).

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use store::uploads::Upload;

use crate::{
    app::App,
    auth::caller::{Allowed, Edit},
    error::{Error, Result},
    photos, uploads,
};

/// The version that both sides speak.
pub(crate) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
/// The versions that we speak.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("tus-version");
/// What we can do.
pub(crate) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
/// The most bytes of a file.
pub(crate) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
/// The size of the whole file.
pub(crate) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
/// Its name, and more.
pub(crate) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// How much of it is here.
pub(crate) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// When it is forgotten.
pub(crate) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");

const SPOKEN: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: HeaderValue = HeaderValue::from_static("creation,termination,expiration");
const PART: &[u8] = b"application/offset+octet-stream";
const PATH: &str = "/api/uploads/tus";

/// Whether a client asks what can be done here. It is looked for before what answers the questions of browsers (CORS), which would
/// take it for one.
pub(crate) fn is_discovery(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.uri().path().starts_with(PATH)
        && !request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What this server can do with uploads in parts.
#[utoipa::path(options, path = "/api/uploads/tus", tag = "uploads", security(()),
    responses((status = 204, description = "Tus-Version, Tus-Extension, Tus-Max-Size")))]
pub async fn options(State(app): State<App>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, SPOKEN);
    headers.insert(VERSION, SPOKEN);
    headers.insert(EXTENSION, EXTENSIONS);
    let most = app.config.upload_bytes_max.max(app.config.import_bytes_max);
    headers.insert(MAX_SIZE, HeaderValue::from(most));
    response
}

/// Announces a file. `Upload-Metadata` holds its `filename`: by that a table (CSV, XLSX) or an archive (ZIP) may be larger than a
/// photo.
#[utoipa::path(post, path = "/api/uploads/tus", tag = "uploads",
    params(("Tus-Resumable" = String, Header, description = "1.0.0"), ("Upload-Length" = u64, Header), ("Upload-Metadata" = Option<String>, Header, description = "filename and its value in base64")),
    responses((status = 201, description = "Location: where to send it"), (status = 400), (status = 401), (status = 403), (status = 412, description = "Another version of tus"), (status = 413), (status = 422)))]
pub async fn create(State(app): State<App>, caller: Allowed<Edit>, headers: HeaderMap) -> Result<Response> {
    spoken(&headers)?;
    let length = number(&headers, &LENGTH)?;
    let name = file_name(&headers)?;
    let name = photos::file_name(name.as_deref(), "photo");
    uploads::sweep(&app).await?;
    let upload = uploads::announce(&app, &caller.workspace, &name, length).await?;
    let mut response = StatusCode::CREATED.into_response();
    let address = format!("{}{PATH}/{}", app.config.public_url, upload.id);
    let location = HeaderValue::from_str(&address).map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(about(response, &upload, None))
}

/// Says how much of a file is here.
#[utoipa::path(head, path = "/api/uploads/tus/{id}", tag = "uploads",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0")),
    responses((status = 200, description = "Upload-Offset, Upload-Length"), (status = 401), (status = 403), (status = 404), (status = 410, description = "It has ended"), (status = 412)))]
pub async fn head(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(upload): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    spoken(&headers)?;
    let upload = uploads::found(&app, &caller.workspace, &upload).await?;
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(LENGTH, HeaderValue::from(upload.length));
    let name = format!("filename {}", STANDARD.encode(&upload.name));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(METADATA, name);
    }
    Ok(about(response, &upload, Some(upload.received as u64)))
}

/// Sends the next part of a file, from where the server stands. With the last part it is looked at: read it at
/// `/api/uploads/{id}`.
#[utoipa::path(patch, path = "/api/uploads/tus/{id}", tag = "uploads",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0"), ("Upload-Offset" = u64, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Upload-Offset"), (status = 400), (status = 401), (status = 403), (status = 404), (status = 409, description = "The offset is another"), (status = 410, description = "It has ended"), (status = 412), (status = 413), (status = 415), (status = 422, description = "It is whole, and no file that can be used"), (status = 423, description = "Another call writes to it")))]
pub async fn append(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(upload): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    spoken(&headers)?;
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind.as_bytes() != PART) {
        return Err(Error::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the part with Content-Type: application/offset+octet-stream",
        ));
    }
    let from = number(&headers, &OFFSET)?;
    let upload = uploads::found(&app, &caller.workspace, &upload).await?;
    let turn = app.uploads().take(&upload.id).ok_or_else(|| {
        let detail = "another call writes to this upload; ask how much is here when it is done";
        Error::new(StatusCode::LOCKED, "locked", detail)
    })?;
    let here = upload.received as u64;
    if from != here {
        let detail = format!("{here} bytes of this upload are here; go on from there");
        return Err(Error::conflict("wrong_offset", detail));
    }
    let offset = if upload.finished_ms.is_some() {
        here
    } else {
        uploads::append(&app, &caller.workspace, &upload, turn, body).await?
    };
    if offset == upload.length as u64 && upload.finished_ms.is_none() {
        uploads::finish(&app, &caller.workspace, &upload).await?;
    }
    Ok(about(
        StatusCode::NO_CONTENT.into_response(),
        &upload,
        Some(offset),
    ))
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/api/uploads/tus/{id}", tag = "uploads",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0")),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 410, description = "It has ended"), (status = 412), (status = 423, description = "Another call writes to it")))]
pub async fn terminate(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(upload): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    spoken(&headers)?;
    let upload = uploads::found(&app, &caller.workspace, &upload).await?;
    uploads::forget(&app, &caller.workspace, &upload.id).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(RESUMABLE, SPOKEN);
    Ok(response)
}

fn about(mut response: Response, upload: &Upload, offset: Option<u64>) -> Response {
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, SPOKEN);
    if let Some(offset) = offset {
        headers.insert(OFFSET, HeaderValue::from(offset));
    }
    if let Some(ends) = http_date(upload.expires_ms).filter(|_| upload.source.is_none()) {
        headers.insert(EXPIRES, ends);
    }
    response
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
fn http_date(ms: i64) -> Option<HeaderValue> {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(ms).ok()?);
    HeaderValue::from_str(&httpdate::fmt_http_date(time)).ok()
}

/// Both sides must speak one version.
fn spoken(headers: &HeaderMap) -> Result<()> {
    if headers.get(RESUMABLE) == Some(&SPOKEN) {
        return Ok(());
    }
    Err(Error::new(
        StatusCode::PRECONDITION_FAILED,
        "tus_version",
        "send the header Tus-Resumable: 1.0.0, the one version that is spoken here",
    ))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let number = value.and_then(|value| value.parse().ok());
    let number = number.filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| Error::bad_request(format!("the header {name} holds a number of bytes")))
}

/// `filename` of `Upload-Metadata`: keys and values in base64, apart by commas.
fn file_name(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(METADATA) else {
        return Ok(None);
    };
    let wrong = || Error::bad_request("Upload-Metadata holds keys and values in base64, apart by commas");
    let text = value.to_str().map_err(|_| wrong())?;
    for pair in text.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        if key == "filename" {
            let bytes = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
            return String::from_utf8(bytes).map(Some).map_err(|_| wrong());
        }
    }
    Ok(None)
}
