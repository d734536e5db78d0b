//! Projects: made, changed, deleted and brought back.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::ids::ProjectId;
use serde::{Deserialize, Serialize};
use store::projects::{Project as Row, ProjectText};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp};
use crate::{
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, etag, id, if_match, line, text},
};

/// A project to make, or as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectInput {
    /// Its name.
    #[schema(example = "Spring 2027", max_length = 200)]
    name: String,
    /// What it is about.
    #[serde(default)]
    description: String,
    /// Two people approve every picture.
    #[serde(default)]
    second_review: bool,
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it is about.
    description: String,
    /// Two people approve every picture.
    second_review: bool,
    /// When it was made.
    created_ms: Stamp,
    /// When it was last changed.
    updated_ms: Stamp,
    /// When it was deleted; it comes back within 30 days.
    deleted_ms: Option<Stamp>,
    /// Counts its changes; also its ETag.
    version: i64,
}

impl From<Row> for Project {
    fn from(row: Row) -> Self {
        Self {
            second_review: row.second_review(),
            id: row.id,
            name: row.name,
            description: row.description,
            created_ms: row.created_ms,
            updated_ms: row.updated_ms,
            deleted_ms: row.deleted_ms,
            version: row.version,
        }
    }
}

/// Which items of a list are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct ListQuery {
    /// Those whose name holds this text.
    pub q: Option<String>,
    /// The deleted ones, which come back within 30 days.
    #[serde(default)]
    pub deleted: bool,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl ListQuery {
    pub(crate) fn page(&self) -> PageQuery {
        PageQuery {
            cursor: self.cursor.clone(),
            limit: self.limit,
        }
    }

    /// The text, where there is one.
    pub(crate) fn text(&self) -> Result<Option<String>> {
        let given = self.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        given.map(|given| text("q", given, 200)).transpose()
    }
}

fn parse(body: &ProjectInput) -> Result<(String, String)> {
    Ok((
        line("name", &body.name, 200)?,
        text("description", &body.description, 5000)?,
    ))
}

fn answer(status: StatusCode, row: Row) -> Response {
    (status, [etag(row.version)], Json(Project::from(row))).into_response()
}

/// The projects of the workspace, the newest first.
#[utoipa::path(get, path = "/api/projects", tag = "projects", params(ListQuery),
    responses((status = 200, body = Page<Project>), (status = 401), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Project>>> {
    let page = query.page();
    let (limit, after, named) = (page.limit()?, page.after()?, query.text()?);
    let rows = app
        .store
        .projects(
            &caller.workspace,
            after.as_deref(),
            named.as_deref(),
            query.deleted,
            limit + 1,
        )
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), Project::from)))
}

/// Makes a project.
#[utoipa::path(post, path = "/api/projects", tag = "projects", request_body = ProjectInput,
    responses((status = 201, body = Project), (status = 401), (status = 403), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Json(body): Json<ProjectInput>,
) -> Result<Response> {
    let (name, description) = parse(&body)?;
    let text = ProjectText {
        name: &name,
        description: &description,
        second_review: body.second_review,
    };
    let row = app
        .store
        .add_project(&app.ids, &caller.workspace, text, app.now_ms())
        .await?;
    Ok(answer(StatusCode::CREATED, row))
}

/// A project.
#[utoipa::path(get, path = "/api/projects/{id}", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = Project), (status = 401), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(project): Path<String>,
) -> Result<Response> {
    let project = ProjectId(id(&project, "project")?);
    let row = app.store.project(&caller.workspace, &project).await?;
    row.map(|row| answer(StatusCode::OK, row))
        .ok_or_else(|| Error::not_found("project"))
}

/// Changes a project. With `If-Match` only if nobody has meanwhile.
#[utoipa::path(put, path = "/api/projects/{id}", tag = "projects", request_body = ProjectInput, params(("id" = String, Path)),
    responses((status = 200, body = Project), (status = 401), (status = 403), (status = 404), (status = 412), (status = 422)))]
pub async fn change(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(project): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ProjectInput>,
) -> Result<Response> {
    let project = ProjectId(id(&project, "project")?);
    let (name, description) = parse(&body)?;
    let text = ProjectText {
        name: &name,
        description: &description,
        second_review: body.second_review,
    };
    let version = if_match(&headers)?;
    let row = app
        .store
        .change_project(&caller.workspace, &project, version, text, app.now_ms())
        .await?;
    row.map(|row| answer(StatusCode::OK, row))
        .ok_or_else(|| Error::not_found("project"))
}

/// Deletes a project with its products. Both come back within 30 days.
#[utoipa::path(delete, path = "/api/projects/{id}", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(project): Path<String>,
) -> Result<Json<Done>> {
    let project = ProjectId(id(&project, "project")?);
    let there = app
        .store
        .delete_project(&caller.workspace, &project, app.now_ms())
        .await?;
    Done::if_there(there, "project")
}

/// Brings a deleted project back with its products.
#[utoipa::path(post, path = "/api/projects/{id}/restoration", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "A SKU is used again")))]
pub async fn restore(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(project): Path<String>,
) -> Result<Json<Done>> {
    let project = ProjectId(id(&project, "project")?);
    let there = app
        .store
        .restore_project(&caller.workspace, &project, app.now_ms())
        .await?;
    Done::if_there(there, "project")
}
