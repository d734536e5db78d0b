//! Uploads: files that arrive at once. Those that arrive in parts come in by `tus`.

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State, multipart::Field},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use store::uploads::Upload as Row;
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Edit, Read},
    error::{Error, Result},
    extract::{Json, Query},
    photos, uploads,
};

/// The most bytes of a field that is no file.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// The most fields of a form that are no files.
const FIELDS_MAX: usize = 5_000;

/// A file that arrives, or has arrived.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The id: name it where a photo is wanted, or in an import.
    id: String,
    /// What people call it.
    name: String,
    /// Of its bytes, in hex; none until it is whole.
    sha256: Option<String>,
    /// By its content; none until it is whole.
    media_type: Option<String>,
    /// Columns of a photo, upright.
    width: Option<i64>,
    /// Rows of a photo, upright.
    height: Option<i64>,
    /// Its whole size.
    bytes: i64,
    /// How much of it is here.
    received: i64,
    /// It is whole, and can be used.
    finished: bool,
    /// When it is forgotten; a photo stays.
    expires_ms: Option<Stamp>,
}

impl From<Row> for Upload {
    fn from(row: Row) -> Self {
        Self {
            expires_ms: row.source.is_none().then_some(row.expires_ms),
            id: row.id,
            name: row.name,
            sha256: row.sha256,
            media_type: row.media_type,
            width: row.width,
            height: row.height,
            bytes: row.length,
            received: row.received,
            finished: row.finished_ms.is_some(),
        }
    }
}

/// How a file is named.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct UploadQuery {
    /// What the file is called; of a multipart body, its own name.
    name: Option<String>,
}

/// One file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body")]
pub struct UploadForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Sends a file whole: as the body, or as the one file of a form. Photos may have 50 MB; tables (CSV, XLSX) and archives (ZIP) are
/// for an import and may be larger.
#[utoipa::path(post, path = "/api/uploads", tag = "uploads", params(UploadQuery),
    request_body(content((Vec<u8> = "application/octet-stream"), (UploadForm = "multipart/form-data"))),
    responses((status = 201, body = Upload), (status = 400, description = "It did not arrive whole"), (status = 401), (status = 403), (status = 413), (status = 422, description = "No file that can be used")))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<Response> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    let upload = if is_form {
        from_form(&app, &caller, query.name, request).await?
    } else {
        let name = photos::file_name(query.name.as_deref(), "photo");
        receive(&app, &caller, &name, request.into_body().into_data_stream()).await?
    };
    Ok((StatusCode::CREATED, Json(Upload::from(upload))).into_response())
}

async fn from_form(app: &App, caller: &Caller, name: Option<String>, request: Request) -> Result<Row> {
    let mut form = form(request).await?;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let Some(own) = field.file_name().map(ToOwned::to_owned) else {
            continue;
        };
        let name = photos::file_name(name.as_deref().or(Some(&own)), "photo");
        return receive(app, caller, &name, field).await;
    }
    Err(Error::field("file", "the form has no file"))
}

/// What a form held: its files, an upload each, and its other fields.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) files: Vec<Row>,
    pub(crate) fields: Vec<(String, String)>,
}

/// Every file of a form as an upload of its own.
pub(crate) async fn create_many(app: &App, caller: &Caller, request: Request) -> Result<Received> {
    let mut form = form(request).await?;
    let mut received = Received::default();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.file_name().map(ToOwned::to_owned) {
            Some(own) if own.is_empty() => {}
            Some(own) => {
                let name = photos::file_name(Some(&own), "photo");
                received.files.push(receive(app, caller, &name, field).await?);
            }
            None if received.fields.len() >= FIELDS_MAX => {
                return Err(Error::bad_request(format!(
                    "the form has more than {FIELDS_MAX} fields"
                )));
            }
            None => {
                let name = field.name().unwrap_or_default().to_owned();
                received.fields.push((name, text(field).await?));
            }
        }
    }
    Ok(received)
}

/// The text of a field that is no file.
pub(crate) async fn text(mut field: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&part);
        if bytes.len() > TEXT_BYTES_MAX {
            let most = TEXT_BYTES_MAX >> 10;
            return Err(Error::bad_request(format!(
                "a field of the form that is no file is longer than {most} KB"
            )));
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::bad_request("a field of the form is no UTF-8 text"))
}

/// A form whose files are counted as they are read.
pub(crate) async fn form(mut request: Request) -> Result<Multipart> {
    DefaultBodyLimit::disable().apply(&mut request);
    Multipart::from_request(request, &())
        .await
        .map_err(|error| Error::bad_request(error.body_text()))
}

/// A form that cannot be read.
pub(crate) fn broken(error: &axum::extract::multipart::MultipartError) -> Error {
    Error::bad_request(format!("the form did not arrive whole: {}", error.body_text()))
}

/// Takes a whole file in. Its length is known when it is here, so it is written down then.
async fn receive<S, E>(app: &App, caller: &Caller, name: &str, stream: S) -> Result<Row>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let most = uploads::bytes_max(app, name);
    let arrived = photos::receive_up_to(app, stream, most).await?;
    uploads::take(app, &caller.workspace, name, &arrived).await
}

/// An upload.
#[utoipa::path(get, path = "/api/uploads/{id}", tag = "uploads", params(("id" = String, Path)),
    responses((status = 200, body = Upload), (status = 401), (status = 403), (status = 404), (status = 410, description = "It has ended")))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(upload): Path<String>,
) -> Result<Json<Upload>> {
    let row = uploads::found(&app, &caller.workspace, &upload).await?;
    Ok(Json(Upload::from(row)))
}

/// Forgets an upload. Where a photo was made of it, that stays.
#[utoipa::path(delete, path = "/api/uploads/{id}", tag = "uploads", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 410, description = "It has ended")))]
pub async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(upload): Path<String>,
) -> Result<Json<Done>> {
    let row = uploads::found(&app, &caller.workspace, &upload).await?;
    uploads::forget(&app, &caller.workspace, &row.id).await?;
    Ok(Done::yes())
}
