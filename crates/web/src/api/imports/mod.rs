//! Bulk imports: a table, archives and photos in one call, worked off in the background, with a report of every row and file.

mod receiver;

use axum::{
    extract::{FromRequest as _, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::ids::ProjectId;
use serde::{Deserialize, Serialize};
use store::imports::{Import as Row, Outcome, ReportRow};
use utoipa::{IntoParams, ToSchema};

use self::receiver::Receiver;
use super::{Done, Stamp};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Edit, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id},
    imports::{self, sent::Fix},
};

/// How an import is done.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct ImportQuery {
    /// Report what would be done, and do nothing.
    #[serde(default, alias = "dryRun")]
    dry_run: bool,
    /// The project of new products, and of those that have none.
    #[serde(alias = "projectId")]
    project_id: Option<String>,
}

/// What is sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body")]
pub struct ImportForm {
    /// Any number of files: tables (CSV, XLSX), archives (ZIP), photos.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
    /// Ids of uploads.
    upload: Vec<String>,
}

/// Uploads to import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportInput {
    /// Ids of uploads: tables (CSV, XLSX), archives (ZIP), photos.
    uploads: Vec<String>,
    /// What to put right of what a report of the same uploads named.
    #[serde(default)]
    fixes: Vec<Fix>,
}

/// Where an import can be followed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportAccepted {
    /// The import.
    import_id: String,
}

/// An import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// The id.
    id: String,
    /// running, done, failed, cancelled.
    state: String,
    /// It reports and does nothing.
    dry_run: bool,
    /// The project of its new products.
    project_id: Option<String>,
    /// Rows and files that it has; 0 until they are counted.
    total: i64,
    /// Rows and files that are worked off and reported.
    done: i64,
    /// Those that want a look.
    problems: i64,
    /// Why it failed.
    reason: Option<String>,
    /// How often each outcome stands in the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    /// When it was sent.
    created_ms: Stamp,
    /// When it ended.
    finished_ms: Option<Stamp>,
}

/// How often each outcome stands in a report.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Counts {
    created: i64,
    updated: i64,
    unchanged: i64,
    missing: i64,
    duplicate: i64,
    unreadable: i64,
    ambiguous: i64,
    too_small: i64,
    refused: i64,
}

/// What became of a row or a file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportRow {
    /// Its place in the report.
    number: i64,
    /// row: of a table; file.
    kind: String,
    /// The product.
    sku: Option<String>,
    /// The file, or the table that the row stands in.
    file: Option<String>,
    /// The line of that table.
    line: Option<i64>,
    /// The view that the photo shows.
    view: Option<String>,
    /// The product's id; of a dry run only where it stands already.
    product_id: Option<String>,
    /// created, updated and unchanged: done. missing: the product is there, and what the row speaks of was not sent. ambiguous: done
    /// as the message says; look at it. duplicate, unreadable, too_small, refused: not used.
    outcome: String,
    /// What is wrong and what to do, or what was assumed.
    message: Option<String>,
}

impl Import {
    fn of(row: Row, counts: Option<Counts>) -> Self {
        Self {
            dry_run: row.dry_run(),
            id: row.id,
            state: row.state,
            project_id: row.project_id,
            total: row.total,
            done: row.done,
            problems: row.problems,
            reason: row.reason,
            counts,
            created_ms: row.created_ms,
            finished_ms: row.finished_ms,
        }
    }
}

impl Counts {
    fn of(rows: Vec<(String, i64)>) -> Self {
        let mut counts = Self::default();
        for (outcome, count) in rows {
            let slot = match outcome.as_str() {
                "created" => &mut counts.created,
                "updated" => &mut counts.updated,
                "unchanged" => &mut counts.unchanged,
                "missing" => &mut counts.missing,
                "duplicate" => &mut counts.duplicate,
                "unreadable" => &mut counts.unreadable,
                "ambiguous" => &mut counts.ambiguous,
                "too_small" => &mut counts.too_small,
                _ => &mut counts.refused,
            };
            *slot += count;
        }
        counts
    }
}

impl From<ReportRow> for ImportRow {
    fn from(row: ReportRow) -> Self {
        Self {
            number: row.number,
            kind: row.kind,
            sku: row.sku,
            file: row.file,
            line: row.line,
            view: row.view,
            product_id: row.product_id,
            outcome: row.outcome,
            message: row.message,
        }
    }
}

/// Imports products and photos: tables (CSV, XLSX) with a column `sku`, archives (ZIP) and photos, as a form or as ids of uploads.
/// Photos find their product by name (`SKU_front.jpg`, `SKU_back.jpg`) or by the table's file columns. It is worked off in the
/// background.
#[utoipa::path(post, path = "/api/products/import", tag = "imports", params(ImportQuery),
    request_body(content((ImportForm = "multipart/form-data"), (ImportInput = "application/json"))),
    responses((status = 202, body = ImportAccepted), (status = 400, description = "It did not arrive whole"), (status = 401), (status = 403), (status = 404, description = "No such upload"), (status = 409, description = "An upload is not whole"), (status = 410, description = "An upload has ended"), (status = 413), (status = 415), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Response> {
    let project = project(&app, &caller, query.project_id.as_deref()).await?;
    let mut receiver = Receiver::new(&app, &caller).await?;
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data")) {
        receiver.form(request).await?;
    } else {
        let Json(input): Json<ImportInput> = Json::from_request(request, &app).await?;
        for upload in &input.uploads {
            receiver.upload(upload).await?;
        }
        receiver.fixes(input.fixes)?;
    }
    let (import, sent) = receiver.done()?;
    let source = serde_json::to_string(&sent).map_err(Error::internal)?;
    let row = app
        .store
        .add_import(
            &import.id,
            &caller.workspace,
            project.as_ref(),
            query.dry_run,
            &source,
            caller.id(),
            app.now_ms(),
        )
        .await?;
    let import_id = row.id.clone();
    import.keep();
    imports::start(&app, row);
    let mut response = (
        StatusCode::ACCEPTED,
        Json(ImportAccepted {
            import_id: import_id.clone(),
        }),
    )
        .into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/imports/{import_id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn project(app: &App, caller: &Caller, given: Option<&str>) -> Result<Option<ProjectId>> {
    let none = || Error::field("project_id", "there is no such project");
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    let project = ProjectId(id(given, "project").map_err(|_| none())?);
    let found = app.store.project(&caller.workspace, &project).await?;
    found.map(|_| Some(project)).ok_or_else(none)
}

/// The imports of the workspace, the newest first.
#[utoipa::path(get, path = "/api/imports", tag = "imports", params(PageQuery),
    responses((status = 200, body = Page<Import>), (status = 401), (status = 403), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Import>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .imports(&caller.workspace, before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        |row| Import::of(row, None),
    )))
}

async fn found(app: &App, caller: &Caller, import: &str) -> Result<Row> {
    let import = id(import, "import")?;
    let row = app.store.import(&caller.workspace, &import).await?;
    row.ok_or_else(|| Error::not_found("import"))
}

/// An import, and how often each outcome stands in its report.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = Import), (status = 401), (status = 403), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(import): Path<String>,
) -> Result<Json<Import>> {
    let row = found(&app, &caller, &import).await?;
    let counts = Counts::of(app.store.import_counts(&row).await?);
    Ok(Json(Import::of(row, Some(counts))))
}

/// Which part of a report is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct RowsQuery {
    /// Those with this outcome alone.
    outcome: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The report of an import: what became of every row and file.
#[utoipa::path(get, path = "/api/imports/{id}/rows", tag = "imports", params(("id" = String, Path), RowsQuery),
    responses((status = 200, body = Page<ImportRow>), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn rows(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(import): Path<String>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<ImportRow>>> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let after = after.map(|after| after.parse::<i64>()).transpose();
    let after =
        after.map_err(|_| Error::field("cursor", "use the nextCursor of the page before as it is"))?;
    let outcome = query.outcome.as_deref().map(outcome).transpose()?;
    let row = found(&app, &caller, &import).await?;
    let rows = app
        .store
        .import_rows(&row, outcome, after.unwrap_or(0), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.number.to_string(),
        ImportRow::from,
    )))
}

fn outcome(word: &str) -> Result<Outcome> {
    let found = Outcome::ALL.into_iter().find(|outcome| outcome.name() == word);
    found.ok_or_else(|| {
        let known: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
        Error::field("outcome", format!("use {}", known.join(", ")))
    })
}

/// Stops an import. What its report says was done stays done.
#[utoipa::path(post, path = "/api/imports/{id}/cancellation", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "It has ended already")))]
pub async fn cancel(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(import): Path<String>,
) -> Result<Json<Done>> {
    let row = found(&app, &caller, &import).await?;
    let cancelled = app
        .store
        .end_import(&caller.workspace, &row.id, "cancelled", None, app.now_ms())
        .await?;
    if cancelled {
        Ok(Done::yes())
    } else {
        Err(Error::conflict("ended", "this import has ended already"))
    }
}
