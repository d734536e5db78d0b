//! Bulk imports: a table, archives and photos in one call, worked off in the background, with a report of every row and file.

use std::path::PathBuf;

use axum::{
    extract::{FromRequest as _, Path, Request, State, multipart::Field},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ids::ProjectId,
    intake::{names::has_extension, parse_view, product_table},
};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use store::imports::{Import as Row, Outcome, ReportRow};
use tokio::io::AsyncWriteExt as _;
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp, uploads::form};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Edit, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id},
    imports::{
        self,
        sent::{Fix, Place, Sent, folder},
    },
    photos, uploads,
};

/// The most files of one call; an archive holds more.
const FILES_MAX: usize = 5_000;
/// The most that is put right by one call.
const FIXES_MAX: usize = 5_000;
/// The longest path of an archive.
const FIX_CHARS_MAX: usize = 500;

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

/// The folder of an import that is not written down yet: removed again when that does not come to pass.
struct Folder {
    id: String,
    path: PathBuf,
}

impl Folder {
    fn keep(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Takes in what is sent.
struct Receiver<'a> {
    app: &'a App,
    caller: &'a Caller,
    import: Folder,
    sent: Vec<Sent>,
    fixes: Vec<Sent>,
    bytes: u64,
}

impl<'a> Receiver<'a> {
    async fn new(app: &'a App, caller: &'a Caller) -> Result<Self> {
        let id = app.ids.next();
        let import = Folder {
            path: folder(app, &id),
            id,
        };
        tokio::fs::create_dir_all(&import.path)
            .await
            .map_err(Error::internal)?;
        Ok(Self {
            app,
            caller,
            import,
            sent: Vec::new(),
            fixes: Vec::new(),
            bytes: 0,
        })
    }

    async fn form(&mut self, request: Request) -> Result<()> {
        let mut form = form(request).await?;
        while let Some(field) = form
            .next_field()
            .await
            .map_err(|error| super::uploads::broken(&error))?
        {
            if let Some(name) = field.file_name().map(ToOwned::to_owned) {
                self.file(&name, field).await?;
            } else if matches!(field.name(), Some("upload" | "uploads")) {
                let upload = super::uploads::text(field).await?;
                self.upload(upload.trim()).await?;
            }
        }
        Ok(())
    }

    /// Streams a file into the folder. One that is too large for what it is stands in the report, and the rest goes on.
    async fn file(&mut self, name: &str, mut field: Field<'_>) -> Result<()> {
        let number = self.next()?;
        let name = photos::file_name(Some(name), "file");
        let most = bytes_max(self.app, &name);
        let path = self.import.path.join(&number);
        let mut file = tokio::fs::File::create_new(&path)
            .await
            .map_err(Error::internal)?;
        let mut own = 0;
        while let Some(part) = field.next().await {
            let part = part.map_err(|error| super::uploads::broken(&error))?;
            self.bytes += part.len() as u64;
            own += part.len() as u64;
            if self.bytes > self.app.config.import_bytes_max {
                return Err(uploads::too_large(self.app.config.import_bytes_max));
            }
            if own <= most {
                file.write_all(&part).await.map_err(Error::internal)?;
            }
        }
        file.flush().await.map_err(Error::internal)?;
        let place = if own > most {
            drop(file);
            tokio::fs::remove_file(&path).await.map_err(Error::internal)?;
            Place::Refused(format!(
                "a file of this kind may have {} MB; save it smaller, or split it",
                most >> 20
            ))
        } else {
            Place::File(number)
        };
        self.sent.push(Sent {
            name,
            place,
            upload: None,
        });
        Ok(())
    }

    /// Takes an upload along; it stays what it is, so that an import may follow its dry run.
    async fn upload(&mut self, upload: &str) -> Result<()> {
        let number = self.next()?;
        let upload = uploads::whole(self.app, &self.caller.workspace, upload).await?;
        let place = if let Some(kept) = uploads::photo(&upload) {
            Place::Kept(kept.into())
        } else {
            self.bytes += upload.length as u64;
            if self.bytes > self.app.config.import_bytes_max {
                return Err(uploads::too_large(self.app.config.import_bytes_max));
            }
            let (from, to) = (
                uploads::path(self.app, &upload.id),
                self.import.path.join(&number),
            );
            if tokio::fs::hard_link(&from, &to).await.is_err() {
                tokio::fs::copy(&from, &to).await.map_err(|_| gone())?;
            }
            Place::File(number)
        };
        self.sent.push(Sent {
            name: upload.name,
            place,
            upload: Some(upload.id),
        });
        Ok(())
    }

    fn fixes(&mut self, fixes: Vec<Fix>) -> Result<()> {
        if fixes.len() > FIXES_MAX {
            let message = format!("put {FIXES_MAX} right at once, or fewer, and the rest in the files");
            return Err(Error::field("fixes", message));
        }
        for fix in fixes {
            check(&fix)?;
            self.fixes.push(Sent {
                name: fix.file.clone(),
                place: Place::Fix(fix),
                upload: None,
            });
        }
        Ok(())
    }

    fn next(&self) -> Result<String> {
        if self.sent.len() >= FILES_MAX {
            let message = format!("send {FILES_MAX} files or fewer at once, or pack them in an archive");
            return Err(Error::field("file", message));
        }
        Ok(self.sent.len().to_string())
    }

    fn done(mut self) -> Result<(Folder, Vec<Sent>)> {
        if self.sent.is_empty() {
            return Err(Error::field("file", "send a table, an archive or photos"));
        }
        self.sent.append(&mut self.fixes);
        Ok((self.import, self.sent))
    }
}

fn check(fix: &Fix) -> Result<()> {
    let cells = [&fix.sku, &fix.view, &fix.photo].into_iter().flatten();
    if fix.file.is_empty()
        || cells
            .chain([&fix.file])
            .any(|text| text.chars().count() > FIX_CHARS_MAX)
    {
        let message = format!(
            "each names the file of the report, and no text is longer than {FIX_CHARS_MAX} characters"
        );
        return Err(Error::field("fixes", message));
    }
    let view = fix.view.as_deref().filter(|view| !view.is_empty());
    if let Some(view) = view.filter(|view| parse_view(view).is_none()) {
        let message = format!("`{view}` is no view; use front, back, side, left, right, 45 or detail");
        return Err(Error::field("fixes", message));
    }
    Ok(())
}

fn gone() -> Error {
    let detail = "the bytes of this upload are not on this server (any more); send it again";
    Error::new(StatusCode::GONE, "upload_ended", detail)
}

fn bytes_max(app: &App, name: &str) -> u64 {
    if has_extension(std::path::Path::new(name), &["csv", "xlsx"]) {
        product_table::BYTES_MAX
    } else {
        uploads::bytes_max(app, name)
    }
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
