//! Products and their photos.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{
    category::Category,
    ids::{ProductId, ProjectId},
    product::{Side, View, check_sku},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::catalogue::{CatalogueProduct, NewPhoto, PhotoFile, ProductFilter, ProductText};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp, media, projects::ListQuery};
use crate::{
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, etag, id, if_match, line},
    photos,
};

/// The most bytes of a product's attributes.
const ATTRIBUTES_MAX: usize = 16 << 10;

/// A product to make, or as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductInput {
    /// The stock keeping unit, of no other product of the workspace.
    #[schema(example = "TS-0042", max_length = 100)]
    sku: String,
    /// The name for people.
    name: Option<String>,
    /// The project that it belongs to.
    project_id: Option<String>,
    /// What kind of garment it is, in a shop's words (`Jeans`, `T-Shirts`, `coat`); measured when it is left out.
    category: Option<String>,
    /// The colour's name.
    colour: Option<String>,
    /// Anything else that is known of it: an object.
    #[serde(default)]
    attributes: Option<Value>,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its id.
    id: String,
    /// The stock keeping unit.
    sku: String,
    /// The name for people.
    name: Option<String>,
    /// The project that it belongs to.
    project_id: Option<String>,
    /// What kind of garment it is.
    #[schema(value_type = String)]
    category: Category,
    /// The colour's name.
    colour: Option<String>,
    /// Anything else that is known of it.
    attributes: Value,
    /// Its photos, by view.
    photos: Vec<Photo>,
    /// When it was made.
    created_ms: Stamp,
    /// When it was last changed.
    updated_ms: Stamp,
    /// When it was deleted; it comes back within 30 days.
    deleted_ms: Option<Stamp>,
    /// Counts its changes; also its ETag.
    version: i64,
}

/// A photo of a product or a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Photo {
    /// front, back, side, detail.
    pub(crate) view: &'static str,
    /// Which way a side view is turned: left, right, 45.
    pub(crate) side: Option<&'static str>,
    /// 1 for the only photo of a view.
    pub(crate) number: u32,
    /// What the file is called.
    pub(crate) name: String,
    /// By its content.
    pub(crate) media_type: String,
    /// Its size.
    pub(crate) bytes: i64,
    /// Columns, upright.
    pub(crate) width: i64,
    /// Rows, upright.
    pub(crate) height: i64,
    /// Of its bytes, in hex.
    pub(crate) sha256: String,
    /// Where it is read, for an hour.
    pub(crate) url: String,
    /// A small copy of at most 480 pixels a side, for an hour; with `?side=160`, `320` or `960` of as many.
    pub(crate) thumbnail_url: String,
}

impl Photo {
    pub(crate) fn of(app: &App, photo: domain::product::PhotoRef, file: PhotoFile) -> Self {
        Self {
            view: photo.view.name(),
            side: photo.side.map(Side::name),
            number: photo.number,
            url: media::url(app, &photo.source, &file.media_type, Some(&file.name)),
            thumbnail_url: media::thumbnail_url(app, &photo.source),
            name: file.name,
            media_type: file.media_type,
            bytes: file.bytes,
            width: file.width,
            height: file.height,
            sha256: photo.sha256,
        }
    }
}

impl Product {
    pub(crate) fn of(app: &App, row: CatalogueProduct) -> Self {
        let photos = row.product.photos.into_iter().zip(row.files);
        Self {
            id: row.id.0,
            sku: row.product.sku,
            name: row.product.name,
            project_id: row.project.map(|project| project.0),
            category: row.product.category,
            colour: row.product.colour,
            attributes: row.attributes,
            photos: photos.map(|(photo, file)| Photo::of(app, photo, file)).collect(),
            created_ms: row.created_ms,
            updated_ms: row.updated_ms,
            deleted_ms: row.deleted_ms,
            version: row.version,
        }
    }
}

/// Which products are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct ProductQuery {
    /// Those of a project.
    project_id: Option<String>,
    /// Those whose SKU or name holds this text.
    q: Option<String>,
    /// The deleted ones, which come back within 30 days.
    #[serde(default)]
    deleted: bool,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

struct Parsed {
    project: Option<ProjectId>,
    sku: String,
    name: Option<String>,
    category: Category,
    colour: Option<String>,
    attributes: Value,
}

impl Parsed {
    fn text(&self) -> ProductText<'_> {
        ProductText {
            project: self.project.as_ref(),
            sku: &self.sku,
            name: self.name.as_deref(),
            category: self.category,
            colour: self.colour.as_deref(),
            attributes: &self.attributes,
        }
    }
}

async fn parse(app: &App, caller: &Allowed<Edit>, body: ProductInput) -> Result<Parsed> {
    let optional = |field: &str, text: Option<&str>| {
        let given = text.filter(|text| !text.trim().is_empty());
        given.map(|text| line(field, text, 200)).transpose()
    };
    let category = match body.category.as_deref() {
        None | Some("") => Category::Unknown,
        Some(words) => Category::from_words(&line("category", words, 100)?),
    };
    let attributes = body
        .attributes
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if !attributes.is_object() {
        return Err(Error::field("attributes", "give an object"));
    }
    if attributes.to_string().len() > ATTRIBUTES_MAX || has_nul(&attributes) {
        return Err(Error::field(
            "attributes",
            "use 16 KB or fewer, without NUL characters",
        ));
    }
    let project = match body.project_id {
        None => None,
        Some(text) => {
            let project = ProjectId(id(&text, "project").map_err(|_| no_project())?);
            let found = app.store.project(&caller.workspace, &project).await?;
            Some(found.map(|_| project).ok_or_else(no_project)?)
        }
    };
    let sku = line("sku", &body.sku, 100)?;
    check_sku(&sku).map_err(|error| Error::field("sku", error))?;
    Ok(Parsed {
        project,
        sku,
        name: optional("name", body.name.as_deref())?,
        category,
        colour: optional("colour", body.colour.as_deref())?,
        attributes,
    })
}

/// PostgreSQL keeps no NUL in a text.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

fn no_project() -> Error {
    Error::field("projectId", "there is no such project")
}

async fn found(
    app: &App,
    caller: &crate::auth::caller::Caller,
    product: &ProductId,
) -> Result<CatalogueProduct> {
    let row = app.store.product(&caller.workspace, product).await?;
    row.ok_or_else(|| Error::not_found("product"))
}

fn answer(app: &App, status: StatusCode, row: CatalogueProduct) -> Response {
    (status, [etag(row.version)], Json(Product::of(app, row))).into_response()
}

/// The products of the workspace, the newest first.
#[utoipa::path(get, path = "/api/products", tag = "products", params(ProductQuery),
    responses((status = 200, body = Page<Product>), (status = 401), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(query): Query<ProductQuery>,
) -> Result<Json<Page<Product>>> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let text = ListQuery {
        q: query.q,
        ..ListQuery::default()
    };
    let (limit, before, text) = (page.limit()?, page.after()?, text.text()?);
    let project = query
        .project_id
        .map(|project| id(&project, "project"))
        .transpose()?;
    let filter = ProductFilter {
        project: project.as_deref(),
        text: text.as_deref(),
        deleted: query.deleted,
        before: before.as_deref(),
    };
    let rows = app.store.products(&caller.workspace, &filter, limit + 1).await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.0.clone(),
        |row| Product::of(&app, row),
    )))
}

/// Makes a product.
#[utoipa::path(post, path = "/api/products", tag = "products", request_body = ProductInput,
    responses((status = 201, body = Product), (status = 401), (status = 403), (status = 409, description = "The SKU is taken"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Json(body): Json<ProductInput>,
) -> Result<Response> {
    let parsed = parse(&app, &caller, body).await?;
    let product = app
        .store
        .add_product(&app.ids, &caller.workspace, &parsed.text(), app.now_ms())
        .await?;
    Ok(answer(
        &app,
        StatusCode::CREATED,
        found(&app, &caller, &product).await?,
    ))
}

/// A product.
#[utoipa::path(get, path = "/api/products/{id}", tag = "products", params(("id" = String, Path)),
    responses((status = 200, body = Product), (status = 401), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(product): Path<String>,
) -> Result<Response> {
    let product = ProductId(id(&product, "product")?);
    Ok(answer(
        &app,
        StatusCode::OK,
        found(&app, &caller, &product).await?,
    ))
}

/// Changes a product. With `If-Match` only if nobody has meanwhile.
#[utoipa::path(put, path = "/api/products/{id}", tag = "products", request_body = ProductInput, params(("id" = String, Path)),
    responses((status = 200, body = Product), (status = 401), (status = 403), (status = 404), (status = 409, description = "The SKU is taken"), (status = 412), (status = 422)))]
pub async fn change(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ProductInput>,
) -> Result<Response> {
    let product = ProductId(id(&product, "product")?);
    let parsed = parse(&app, &caller, body).await?;
    let version = if_match(&headers)?;
    let changed = app
        .store
        .change_product(&caller.workspace, &product, version, &parsed.text(), app.now_ms())
        .await?;
    if !changed {
        return Err(Error::not_found("product"));
    }
    Ok(answer(
        &app,
        StatusCode::OK,
        found(&app, &caller, &product).await?,
    ))
}

/// Deletes a product. It comes back within 30 days; its SKU is free at once.
#[utoipa::path(delete, path = "/api/products/{id}", tag = "products", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
) -> Result<Json<Done>> {
    let product = ProductId(id(&product, "product")?);
    let there = app
        .store
        .delete_product(&caller.workspace, &product, app.now_ms())
        .await?;
    Done::if_there(there, "product")
}

/// Brings a deleted product back.
#[utoipa::path(post, path = "/api/products/{id}/restoration", tag = "products", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "The SKU is used again")))]
pub async fn restore(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
) -> Result<Json<Done>> {
    let product = ProductId(id(&product, "product")?);
    let there = app
        .store
        .restore_product(&caller.workspace, &product, app.now_ms())
        .await?;
    Done::if_there(there, "product")
}

/// How a photo is named.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct PhotoQuery {
    /// What the file is called.
    name: Option<String>,
    /// Which way a side view is turned: left, right, 45.
    side: Option<String>,
    /// An upload that is whole, in place of the body.
    upload: Option<String>,
}

fn view(text: &str) -> Result<View> {
    text.parse().map_err(|error| Error::field("view", error))
}

fn side(word: &str) -> Result<Side> {
    match word {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        "45" => Ok(Side::FortyFive),
        other => Err(Error::field(
            "side",
            format!("`{other}` is not a side: use left, right or 45"),
        )),
    }
}

/// Gives a product a photo: in place of the photo of this view and side, or, of details, beside the others. The body is
/// the file, or `upload` names one.
#[utoipa::path(put, path = "/api/products/{id}/photos/{view}", tag = "products",
    params(("id" = String, Path), ("view" = String, Path, description = "front, back, side, detail"), PhotoQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Product), (status = 401), (status = 403), (status = 404), (status = 409, description = "Too many photos"), (status = 413), (status = 422, description = "No photo that can be used")))]
pub async fn put_photo(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path((product, view_word)): Path<(String, String)>,
    Query(query): Query<PhotoQuery>,
    body: Body,
) -> Result<Response> {
    let product = ProductId(id(&product, "product")?);
    let view = view(&view_word)?;
    let side = query.side.as_deref().map(side).transpose()?;
    let sku = found(&app, &caller, &product).await?.product.sku;
    let (kept, name) = photos::brought(&app, &caller.workspace, query.upload.as_deref(), body).await?;
    let file = PhotoFile {
        name: photos::file_name(query.name.or(name).as_deref(), &format!("{sku}_{view}")),
        media_type: kept.facts.media_type.to_owned(),
        bytes: kept.bytes as i64,
        width: i64::from(kept.facts.width),
        height: i64::from(kept.facts.height),
    };
    let photo = NewPhoto {
        view,
        side,
        source: &kept.source,
        sha256: &kept.sha256,
        file: &file,
    };
    let put = app
        .store
        .put_photo(&caller.workspace, &product, &photo, app.now_ms())
        .await?;
    put.ok_or_else(|| Error::not_found("product"))?;
    Ok(answer(
        &app,
        StatusCode::OK,
        found(&app, &caller, &product).await?,
    ))
}

/// Removes a photo.
#[utoipa::path(delete, path = "/api/products/{id}/photos/{view}/{number}", tag = "products",
    params(("id" = String, Path), ("view" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn remove_photo(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path((product, view_word, number)): Path<(String, String, String)>,
) -> Result<Json<Done>> {
    let product = ProductId(id(&product, "product")?);
    let view = view(&view_word).map_err(|_| Error::not_found("photo"))?;
    let number = number.parse().map_err(|_| Error::not_found("photo"))?;
    let removed = app
        .store
        .remove_photo(&caller.workspace, &product, view, number, app.now_ms())
        .await?;
    Done::if_there(removed, "photo")
}
