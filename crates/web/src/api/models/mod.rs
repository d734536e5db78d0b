//! Models: the persons who wear products, their photos and their consent.

mod faces;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{ids::ModelId, likeness::Likeness};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    catalogue::PhotoFile,
    models::{Consent as ConsentRow, Model as Row},
};
use utoipa::{IntoParams, ToSchema};

pub use self::faces::FACES;
pub(crate) use self::faces::likeness;

use self::faces::{Face, look, look_again, remember};
use super::{Done, Stamp, products::Photo, projects::ListQuery};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Edit, Read},
    error::{Error, Result},
    extract::{Json, Page, Query, etag, id, if_match, line, text},
    photos,
};

/// A shorter side shows no face worth keeping.
const SIDE_MIN: u32 = 256;

/// A model to make, or as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelInput {
    /// The name for people.
    #[schema(example = "Mara", max_length = 200)]
    name: String,
}

/// What a person agreed to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consent {
    /// For what, in words.
    #[schema(example = "web shop and marketplaces, European Union")]
    scope: String,
    /// When it was given, in epoch milliseconds; now when it is left out.
    given_ms: Option<Stamp>,
    /// Until when, in epoch milliseconds; without end when it is left out.
    expires_ms: Option<Stamp>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// The id.
    id: String,
    /// The name for people.
    name: String,
    /// What the person agreed to; none while there is none on record.
    consent: Option<Consent>,
    /// Why no picture of this person can be ordered now; none when one can.
    refusal: Option<String>,
    /// 1 to 8 photos.
    photos: Vec<ReferencePhoto>,
    /// When it was made.
    created_ms: Stamp,
    /// When it was last changed.
    updated_ms: Stamp,
    /// When it was deleted; it comes back within 30 days.
    deleted_ms: Option<Stamp>,
    /// Counts its changes; also its ETag.
    version: i64,
}

/// A photo of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferencePhoto {
    #[serde(flatten)]
    photo: Photo,
    /// The face in it; none where nobody could look: pictures of this person then go to a reviewer.
    #[schema(value_type = Option<Face>)]
    face: Option<Value>,
}

impl Model {
    fn of(app: &App, row: Row) -> Self {
        let refusal = row.refusal(app.now_ms());
        let photos = row.photos.into_iter().zip(row.files).zip(row.faces);
        Self {
            refusal,
            id: row.id.0,
            name: row.name,
            consent: row.consent.map(|consent| Consent {
                scope: consent.scope,
                given_ms: Some(consent.given_ms),
                expires_ms: consent.expires_ms,
            }),
            photos: photos
                .map(|((photo, file), face)| ReferencePhoto {
                    photo: Photo::of(app, photo, file),
                    face,
                })
                .collect(),
            created_ms: row.created_ms,
            updated_ms: row.updated_ms,
            deleted_ms: row.deleted_ms,
            version: row.version,
        }
    }
}

async fn answer(app: &App, caller: &Caller, status: StatusCode, model: &ModelId) -> Result<Response> {
    let row = app.store.model(&caller.workspace, model).await?;
    let row = row.ok_or_else(|| Error::not_found("model"))?;
    Ok((status, [etag(row.version)], Json(Model::of(app, row))).into_response())
}

/// The models of the workspace, the newest first.
#[utoipa::path(get, path = "/api/models", tag = "models", params(ListQuery),
    responses((status = 200, body = Page<Model>), (status = 401), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Model>>> {
    let page = query.page();
    let (limit, before, named) = (page.limit()?, page.after()?, query.text()?);
    let rows = app
        .store
        .models(
            &caller.workspace,
            before.as_deref(),
            named.as_deref(),
            query.deleted,
            limit + 1,
        )
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.0.clone(),
        |row| Model::of(&app, row),
    )))
}

/// Makes a model. Add photos and consent next.
#[utoipa::path(post, path = "/api/models", tag = "models", request_body = ModelInput,
    responses((status = 201, body = Model), (status = 401), (status = 403), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Json(body): Json<ModelInput>,
) -> Result<Response> {
    let name = line("name", &body.name, 200)?;
    let model = app
        .store
        .add_model(&app.ids, &caller.workspace, &name, app.now_ms())
        .await?;
    answer(&app, &caller, StatusCode::CREATED, &model).await
}

/// A model.
#[utoipa::path(get, path = "/api/models/{id}", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = Model), (status = 401), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(model): Path<String>,
) -> Result<Response> {
    answer(&app, &caller, StatusCode::OK, &ModelId(id(&model, "model")?)).await
}

/// How much the photos of a person are alike.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "callers know the matrix by this name")]
pub struct Similarity {
    /// Below it two photos look like two people; none where faces cannot be compared here.
    threshold: Option<f64>,
    /// From here on they show one; between the two a person has to look.
    sure: Option<f64>,
    /// The photos by their numbers, in the order of the rows and columns.
    photos: Vec<u32>,
    /// The cosine of each photo's face with each, 1 for the same; none where one of the two is not known.
    similarity: Vec<Vec<Option<f64>>>,
    /// The photos that look like another person than most of the others.
    odd: Vec<u32>,
}

impl Similarity {
    fn of(model: &Row, likeness: Option<Likeness>) -> Self {
        let photos: Vec<u32> = model.photos.iter().map(|photo| photo.number).collect();
        let odd = likeness.as_ref().map(Likeness::odd).unwrap_or_default();
        Self {
            threshold: likeness.as_ref().map(|likeness| likeness.threshold),
            sure: likeness.as_ref().map(|likeness| likeness.sure),
            similarity: likeness.map_or_else(
                || vec![vec![None; photos.len()]; photos.len()],
                |likeness| likeness.similarity,
            ),
            odd: odd.into_iter().map(|at| photos[at]).collect(),
            photos,
        }
    }
}

/// How much the photos of a model are alike, and which of them looks like somebody else. Nothing is compared without a consent that
/// holds, and of the faces themselves nothing is told.
#[utoipa::path(get, path = "/api/models/{id}/similarity", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = Similarity), (status = 401), (status = 404)))]
pub async fn similarity(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(model): Path<String>,
) -> Result<Json<Similarity>> {
    let model = ModelId(id(&model, "model")?);
    let found = app.store.model(&caller.workspace, &model).await?;
    let found = found.ok_or_else(|| Error::not_found("model"))?;
    let likeness = likeness(&app, &caller.workspace, &found).await?;
    Ok(Json(Similarity::of(&found, likeness)))
}

/// Gives a model another name. With `If-Match` only if nobody has changed it meanwhile.
#[utoipa::path(put, path = "/api/models/{id}", tag = "models", request_body = ModelInput, params(("id" = String, Path)),
    responses((status = 200, body = Model), (status = 401), (status = 403), (status = 404), (status = 412), (status = 422)))]
pub async fn change(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ModelInput>,
) -> Result<Response> {
    let model = ModelId(id(&model, "model")?);
    let (name, version) = (line("name", &body.name, 200)?, if_match(&headers)?);
    app.store
        .rename_model(&caller.workspace, &model, version, &name, app.now_ms())
        .await?;
    answer(&app, &caller, StatusCode::OK, &model).await
}

/// Writes down what the person agreed to.
#[utoipa::path(put, path = "/api/models/{id}/consent", tag = "models", request_body = Consent, params(("id" = String, Path)),
    responses((status = 200, body = Model), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn consent(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
    Json(body): Json<Consent>,
) -> Result<Response> {
    let model = ModelId(id(&model, "model")?);
    let scope = text("scope", body.scope.trim(), 2000)?;
    if scope.is_empty() {
        return Err(Error::field("scope", "say what the person agreed to"));
    }
    let now_ms = app.now_ms();
    let given_ms = body.given_ms.unwrap_or(now_ms);
    if body.expires_ms.is_some_and(|ends| ends <= given_ms) {
        return Err(Error::field("expiresMs", "consent ends after it was given"));
    }
    let row = ConsentRow {
        scope,
        given_ms,
        expires_ms: body.expires_ms,
    };
    app.store
        .set_consent(&caller.workspace, &model, Some(&row), now_ms)
        .await?;
    let again = look_again(app.clone(), caller.workspace.clone(), model.clone());
    tokio::spawn(async move {
        if let Err(error) = again.await {
            tracing::warn!(?error, "the photos of a person were not looked at again");
        }
    });
    answer(&app, &caller, StatusCode::OK, &model).await
}

/// Writes down that the person took the consent back: no more pictures can be ordered.
#[utoipa::path(delete, path = "/api/models/{id}/consent", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = Model), (status = 401), (status = 403), (status = 404)))]
pub async fn withdraw_consent(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
) -> Result<Response> {
    let model = ModelId(id(&model, "model")?);
    app.store
        .set_consent(&caller.workspace, &model, None, app.now_ms())
        .await?;
    answer(&app, &caller, StatusCode::OK, &model).await
}

/// How a photo is named.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct NameQuery {
    /// What the file is called.
    name: Option<String>,
    /// An upload that is whole, in place of the body.
    upload: Option<String>,
}

/// Adds a photo of the person, who must be the only one whose face it shows in front. Where faces cannot be looked at here, the
/// photo is taken all the same, and pictures of the person go to a reviewer. The body is the file, or `upload` names one.
#[utoipa::path(post, path = "/api/models/{id}/photos", tag = "models", params(("id" = String, Path), NameQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Model), (status = 401), (status = 403), (status = 404), (status = 409, description = "Too many photos"), (status = 413), (status = 422, description = "No photo that can be used")))]
pub async fn add_photo(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
    Query(query): Query<NameQuery>,
    body: Body,
) -> Result<Response> {
    let model = ModelId(id(&model, "model")?);
    let found = app.store.model(&caller.workspace, &model).await?;
    let name = found.ok_or_else(|| Error::not_found("model"))?.name;
    let (kept, upload_name) = photos::brought(&app, &caller.workspace, query.upload.as_deref(), body).await?;
    let (width, height) = (kept.facts.width, kept.facts.height);
    if width.min(height) < SIDE_MIN {
        let detail =
            format!("{width}x{height} pixels are too few; use a photo of {SIDE_MIN} pixels a side or more");
        return Err(Error::field("file", detail));
    }
    let face = look(&app, &kept.source).await?;
    let file = PhotoFile {
        name: photos::file_name(query.name.or(upload_name).as_deref(), &name),
        media_type: kept.facts.media_type.to_owned(),
        bytes: kept.bytes as i64,
        width: i64::from(width),
        height: i64::from(height),
    };
    let added = app
        .store
        .add_model_photo(
            &caller.workspace,
            &model,
            &kept.source,
            &kept.sha256,
            &file,
            app.now_ms(),
        )
        .await?;
    let number = added.ok_or_else(|| Error::not_found("model"))?;
    if let Some(face) = face {
        remember(&app, &caller.workspace, &model, number, &kept.source, face).await?;
    }
    answer(&app, &caller, StatusCode::CREATED, &model).await
}

/// Removes a photo.
#[utoipa::path(delete, path = "/api/models/{id}/photos/{number}", tag = "models",
    params(("id" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn remove_photo(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path((model, number)): Path<(String, String)>,
) -> Result<Json<Done>> {
    let model = ModelId(id(&model, "model")?);
    let number = number.parse().map_err(|_| Error::not_found("photo"))?;
    let removed = app
        .store
        .remove_model_photo(&caller.workspace, &model, number, app.now_ms())
        .await?;
    Done::if_there(removed, "photo")
}

/// Deletes a model. It comes back within 30 days.
#[utoipa::path(delete, path = "/api/models/{id}", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
) -> Result<Json<Done>> {
    set_deleted(&app, &caller, &model, true).await
}

/// Brings a deleted model back.
#[utoipa::path(post, path = "/api/models/{id}/restoration", tag = "models", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn restore(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
) -> Result<Json<Done>> {
    set_deleted(&app, &caller, &model, false).await
}

async fn set_deleted(app: &App, caller: &Caller, model: &str, delete: bool) -> Result<Json<Done>> {
    let model = ModelId(id(model, "model")?);
    let done = app
        .store
        .delete_model(&caller.workspace, &model, delete, app.now_ms())
        .await?;
    Done::if_there(done, "model")
}
