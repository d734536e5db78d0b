//! What only who runs the platform sees and sets.

pub mod config;
pub mod metrics;
pub mod purchases;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::{
    generation::Status,
    ids::{UserId, WorkspaceId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::admin::{Grant, NewStatus, Person as PersonRow, Picture as PictureRow};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp, audit::AuditEntry, engines::EngineHealth};
use crate::{
    app::App,
    auth::caller::Admin,
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id, line, text},
    middleware::idempotency,
};

/// The most credits of one grant.
const CREDITS_MAX: u32 = 10_000_000;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminUser {
    /// The id.
    id: String,
    /// The address.
    email: String,
    /// The name.
    name: String,
    /// Runs the platform.
    admin: bool,
    /// active, disabled.
    status: String,
    /// When the address was shown to be theirs.
    verified_ms: Option<Stamp>,
    /// When they registered.
    created_ms: Stamp,
}

impl From<PersonRow> for AdminUser {
    fn from(row: PersonRow) -> Self {
        Self {
            admin: row.is_admin(),
            id: row.id,
            email: row.email,
            name: row.name,
            status: row.status,
            verified_ms: row.verified_ms,
            created_ms: row.created_ms,
        }
    }
}

/// Which people are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct UserQuery {
    /// Those whose address or name holds this text.
    q: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The people of the platform, the newest first.
#[utoipa::path(get, path = "/api/admin/users", tag = "admin", params(UserQuery),
    responses((status = 200, body = Page<AdminUser>), (status = 401), (status = 403), (status = 422)))]
pub async fn users(
    State(app): State<App>,
    _: Admin,
    Query(query): Query<UserQuery>,
) -> Result<Json<Page<AdminUser>>> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    let words = query
        .q
        .as_deref()
        .map(str::trim)
        .filter(|words| !words.is_empty());
    let words = words.map(|words| text("q", words, 200)).transpose()?;
    let rows = app
        .store
        .people(words.as_deref(), before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), AdminUser::from)))
}

/// How a person shall stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserStatus {
    /// active, disabled.
    status: String,
}

/// Lets a person sign in, or not any more: then all their sessions end now.
#[utoipa::path(put, path = "/api/admin/users/{id}/status", tag = "admin", request_body = UserStatus, params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "The last who runs the platform"), (status = 422)))]
pub async fn set_user_status(
    State(app): State<App>,
    admin: Admin,
    Path(user): Path<String>,
    Json(body): Json<UserStatus>,
) -> Result<Json<Done>> {
    let user = UserId(id(&user, "user")?);
    let active = match body.status.as_str() {
        "active" => true,
        "disabled" => false,
        _ => return Err(Error::field("status", "use active or disabled")),
    };
    let new = NewStatus {
        user: &user,
        active,
        actor: admin.0.user.as_str(),
    };
    let there = app.store.set_user_status(&app.ids, new, app.now_ms()).await?;
    Done::if_there(there, "user")
}

/// An engine, and how it stands here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminEngine {
    /// What it can do and what it costs.
    #[schema(value_type = Object)]
    card: Value,
    /// It can be asked.
    ready: bool,
    /// Why not.
    not_set_up: Option<String>,
    /// How its server is doing, as each process that calls it told last; the newest first.
    health: Vec<EngineHealth>,
}

/// Every engine.
#[utoipa::path(get, path = "/api/admin/engines", tag = "admin",
    responses((status = 200, body = Vec<AdminEngine>), (status = 401), (status = 403)))]
pub async fn engines(State(app): State<App>, _: Admin) -> Result<Json<Vec<AdminEngine>>> {
    let (told, now_ms) = (app.store.engine_health().await?, app.now_ms());
    let engine = |entry: &crate::catalog::EngineEntry| {
        let own = told.iter().filter(|told| told.engine == entry.card.name.0);
        Ok::<_, Error>(AdminEngine {
            health: own
                .map(|told| EngineHealth::of(told, &entry.card, now_ms))
                .collect(),
            card: serde_json::to_value(&entry.card).map_err(Error::internal)?,
            ready: entry.not_set_up.is_none(),
            not_set_up: entry.not_set_up.clone(),
        })
    };
    app.catalog
        .engines
        .iter()
        .map(engine)
        .collect::<Result<_>>()
        .map(Json)
}

/// A picture of any workspace.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminGeneration {
    /// Its id.
    id: String,
    /// Whose.
    workspace_id: String,
    /// Its shoot.
    shoot_id: String,
    /// What it shows.
    pose: String,
    /// How it stands.
    status: String,
    /// Why it did not complete.
    reason: Option<String>,
    /// When it was ordered.
    created_ms: Stamp,
    /// When it ended.
    finished_ms: Option<Stamp>,
}

impl From<PictureRow> for AdminGeneration {
    fn from(row: PictureRow) -> Self {
        Self {
            id: row.id,
            workspace_id: row.workspace_id,
            shoot_id: row.shoot_id,
            pose: row.pose,
            status: row.status,
            reason: row.reason,
            created_ms: row.created_ms,
            finished_ms: row.finished_ms,
        }
    }
}

/// Which pictures are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct AdminGenerationQuery {
    /// PENDING, PROCESSING, COMPLETED, FAILED, REJECTED, CANCELLED, SKIPPED.
    status: Option<String>,
    /// Those of a workspace.
    workspace_id: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The pictures of all workspaces, the newest first.
#[utoipa::path(get, path = "/api/admin/generations", tag = "admin", params(AdminGenerationQuery),
    responses((status = 200, body = Page<AdminGeneration>), (status = 401), (status = 403), (status = 422)))]
pub async fn generations(
    State(app): State<App>,
    _: Admin,
    Query(query): Query<AdminGenerationQuery>,
) -> Result<Json<Page<AdminGeneration>>> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    let status = query.status.map(|word| word.to_ascii_uppercase());
    if status
        .as_deref()
        .is_some_and(|word| Status::from_name(word).is_none())
    {
        return Err(Error::field(
            "status",
            "use PENDING, PROCESSING, COMPLETED, FAILED, REJECTED, CANCELLED or SKIPPED",
        ));
    }
    let workspace = query
        .workspace_id
        .map(|text| id(&text, "workspace"))
        .transpose()?;
    let rows = app
        .store
        .pictures(
            status.as_deref(),
            workspace.as_deref(),
            before.as_deref(),
            limit + 1,
        )
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        AdminGeneration::from,
    )))
}

/// Credits to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// How many, 1 to 10,000,000.
    #[schema(minimum = 1, maximum = 10_000_000)]
    credits: u32,
    /// Why.
    note: String,
}

/// Gives credits to a workspace. With an `Idempotency-Key` it gives them once, however often it is sent and whenever.
#[utoipa::path(post, path = "/api/admin/workspaces/{id}/grants", tag = "admin", request_body = NewGrant, params(("id" = String, Path)),
    responses((status = 201, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "The key gave other credits before"), (status = 422)))]
pub async fn grant(
    State(app): State<App>,
    admin: Admin,
    Path(workspace): Path<String>,
    headers: HeaderMap,
    Json(body): Json<NewGrant>,
) -> Result<(StatusCode, Json<Done>)> {
    let workspace = WorkspaceId(id(&workspace, "workspace")?);
    if !(1..=CREDITS_MAX).contains(&body.credits) {
        return Err(Error::field(
            "credits",
            format!("give a number from 1 to {CREDITS_MAX}"),
        ));
    }
    let actor = admin.0.user.as_str();
    let request = idempotency::key(&headers)?.map(|key| format!("{actor}:{key}"));
    let grant = Grant {
        workspace: &workspace,
        credits: body.credits,
        note: &line("note", &body.note, 200)?,
        actor,
        request: request.as_deref(),
    };
    if app.store.grant_credits(&app.ids, grant, app.now_ms()).await? {
        Ok((StatusCode::CREATED, Done::yes()))
    } else {
        Err(Error::not_found("workspace"))
    }
}

/// What was done anywhere on the platform, the newest first.
#[utoipa::path(get, path = "/api/admin/audit", tag = "admin", params(PageQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = 401), (status = 403), (status = 422)))]
pub async fn audit(
    State(app): State<App>,
    _: Admin,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .audit_entries(None, before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        AuditEntry::from,
    )))
}
