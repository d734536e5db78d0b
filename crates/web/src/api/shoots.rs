//! Shoots: how far they are, and what people do to them.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{brief::Brief, generation::Status, ids::ShootId};
use serde::{Deserialize, Serialize};
use store::{
    StoreError,
    shoots::{Progress as ProgressRow, Shoot as Row},
};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Read, Shoot as MayShoot},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id},
    live,
};

/// A shoot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shoot {
    /// Its id.
    id: String,
    /// Its name for people.
    name: String,
    /// Its project.
    project_id: Option<String>,
    /// The person who wears the products.
    model_id: Option<String>,
    /// running, paused, done, cancelled.
    state: String,
    /// Higher is made first.
    priority: i64,
    /// What was asked.
    #[schema(value_type = Object)]
    brief: Brief,
    /// How far it is.
    progress: Progress,
    /// When it was ordered.
    created_ms: Stamp,
    /// When its last picture ended.
    finished_ms: Option<Stamp>,
}

/// How far a shoot is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Pictures that were ordered.
    ordered: i64,
    /// Pictures that have ended.
    ended: i64,
    /// Pictures at each status; SKIPPED are those that cannot truthfully be made.
    by_status: BTreeMap<&'static str, i64>,
    /// Delivered, and for a person to look at.
    to_review: i64,
    /// Approved by a person.
    approved: i64,
    /// What vendors charged so far, in dollars.
    cost_usd: f64,
    /// How long the rest takes at the pace so far, in milliseconds; none before the pace is known.
    left_ms: Option<i64>,
}

impl Progress {
    fn of(row: &ProgressRow, now_ms: Stamp) -> Self {
        let by_status = Status::ALL.iter().map(|status| (status.name(), row.at(*status)));
        Self {
            ordered: row.ordered(),
            ended: row.ended(),
            by_status: by_status.filter(|(_, count)| *count > 0).collect(),
            to_review: row.to_review,
            approved: row.approved,
            cost_usd: row.cost_microusd as f64 / 1e6,
            left_ms: row.left_ms(now_ms),
        }
    }
}

impl Shoot {
    fn of(row: Row, progress: &ProgressRow, now_ms: Stamp) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            project_id: row.project.map(|project| project.0),
            model_id: row.model.map(|model| model.0),
            state: row.state,
            priority: row.priority,
            brief: row.brief,
            progress: Progress::of(progress, now_ms),
            created_ms: row.created_ms,
            finished_ms: row.finished_ms,
        }
    }
}

/// Which shoots are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct ShootQuery {
    /// Those of a project.
    project_id: Option<String>,
    /// running, paused, done, cancelled.
    state: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

async fn found(app: &App, caller: &crate::auth::caller::Caller, shoot: &ShootId) -> Result<Row> {
    let row = app.store.shoot(&caller.workspace, shoot).await?;
    row.ok_or_else(|| Error::not_found("shoot"))
}

async fn told(app: &App, caller: &crate::auth::caller::Caller, row: Row) -> Result<Shoot> {
    let progress = app.store.progress(&caller.workspace, &row.id).await?;
    Ok(Shoot::of(row, &progress, app.now_ms()))
}

/// The shoots of the workspace, the newest first.
#[utoipa::path(get, path = "/api/shoots", tag = "shoots", params(ShootQuery),
    responses((status = 200, body = Page<Shoot>), (status = 401), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(query): Query<ShootQuery>,
) -> Result<Json<Page<Shoot>>> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    if let Some(state) = &query.state
        && !["running", "paused", "done", "cancelled"].contains(&state.as_str())
    {
        return Err(Error::field("state", "use running, paused, done or cancelled"));
    }
    let project = query
        .project_id
        .map(|project| id(&project, "project"))
        .transpose()?;
    let rows = app
        .store
        .shoots(
            &caller.workspace,
            project.as_deref(),
            query.state.as_deref(),
            before.as_deref(),
            limit + 1,
        )
        .await?;
    let page = Page::of(rows, limit, |row| row.id.0.clone(), |row| row);
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(told(&app, &caller, row).await?);
    }
    Ok(Json(Page {
        items,
        next_cursor: page.next_cursor,
    }))
}

/// A shoot.
#[utoipa::path(get, path = "/api/shoots/{id}", tag = "shoots", params(("id" = String, Path)),
    responses((status = 200, body = Shoot), (status = 401), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Result<Json<Shoot>> {
    let row = found(&app, &caller, &ShootId(id(&shoot, "shoot")?)).await?;
    Ok(Json(told(&app, &caller, row).await?))
}

/// Makes nothing more of a shoot until it is resumed. What is being made is finished.
#[utoipa::path(post, path = "/api/shoots/{id}/pause", tag = "shoots", params(("id" = String, Path)),
    responses((status = 200, body = Shoot), (status = 401), (status = 403), (status = 404), (status = 409, description = "It does not run")))]
pub async fn pause(
    State(app): State<App>,
    caller: Allowed<MayShoot>,
    Path(shoot): Path<String>,
) -> Result<Json<Shoot>> {
    steer(&app, &caller, &shoot, "not_running", async |shoot| {
        let now_ms = app.now_ms();
        app.store
            .pause_shoot(&app.ids, &caller.workspace, shoot, now_ms)
            .await
    })
    .await
}

/// Goes on with a paused shoot.
#[utoipa::path(post, path = "/api/shoots/{id}/resume", tag = "shoots", params(("id" = String, Path)),
    responses((status = 200, body = Shoot), (status = 401), (status = 403), (status = 404), (status = 409, description = "It is not paused")))]
pub async fn resume(
    State(app): State<App>,
    caller: Allowed<MayShoot>,
    Path(shoot): Path<String>,
) -> Result<Json<Shoot>> {
    let resumed = steer(&app, &caller, &shoot, "not_paused", async |shoot| {
        let now_ms = app.now_ms();
        app.store
            .resume_shoot(&app.ids, &caller.workspace, shoot, now_ms)
            .await
    })
    .await?;
    app.work.notify_one();
    Ok(resumed)
}

/// Calls a shoot off. What is not made is cancelled and its credits come back; pictures that are made stay.
#[utoipa::path(post, path = "/api/shoots/{id}/cancellation", tag = "shoots", params(("id" = String, Path)),
    responses((status = 200, body = Shoot), (status = 401), (status = 403), (status = 404), (status = 409, description = "It has ended")))]
pub async fn cancel(
    State(app): State<App>,
    caller: Allowed<MayShoot>,
    Path(shoot): Path<String>,
) -> Result<Json<Shoot>> {
    steer(&app, &caller, &shoot, "ended", async |shoot| {
        let now_ms = app.now_ms();
        let cancelled = app
            .store
            .cancel_shoot(&app.ids, &caller.workspace, shoot, now_ms)
            .await?;
        Ok(cancelled.is_some())
    })
    .await
}

/// Does something to a shoot that only some states allow, and shows it as it is then; refused with this code where its state does
/// not allow it.
async fn steer(
    app: &App,
    caller: &Caller,
    shoot: &str,
    refusal: &'static str,
    change: impl AsyncFnOnce(&ShootId) -> std::result::Result<bool, StoreError>,
) -> Result<Json<Shoot>> {
    let shoot = ShootId(id(shoot, "shoot")?);
    let row = found(app, caller, &shoot).await?;
    if !change(&shoot).await? {
        return Err(Error::conflict(refusal, format!("the shoot is {}", row.state)));
    }
    Ok(Json(told(app, caller, found(app, caller, &shoot).await?).await?))
}

/// What comes first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Priority {
    /// Higher is made first, -10 to 10.
    #[schema(minimum = -10, maximum = 10)]
    priority: i64,
}

/// Makes what waits of a shoot before or after other shoots.
#[utoipa::path(put, path = "/api/shoots/{id}/priority", tag = "shoots", request_body = Priority, params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn set_priority(
    State(app): State<App>,
    caller: Allowed<MayShoot>,
    Path(shoot): Path<String>,
    Json(body): Json<Priority>,
) -> Result<Json<Done>> {
    let shoot = ShootId(id(&shoot, "shoot")?);
    if !(-10..=10).contains(&body.priority) {
        return Err(Error::field("priority", "give a number from -10 to 10"));
    }
    let there = app
        .store
        .set_shoot_priority(&caller.workspace, &shoot, body.priority, app.now_ms())
        .await?;
    Done::if_there(there, "shoot")
}

/// From where events are told.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct EventQuery {
    /// The number of the last event that was seen; `Last-Event-ID` comes before it.
    after: Option<i64>,
}

/// What happens in a shoot, as it happens: server-sent events, each with its number as id. Sent again from the number in
/// `Last-Event-ID`, so that nothing is missed when a connection breaks.
#[utoipa::path(get, path = "/api/shoots/{id}/events", tag = "shoots",
    params(("id" = String, Path), EventQuery, ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, description = "text/event-stream"), (status = 401), (status = 404), (status = 422)))]
pub async fn events(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(shoot): Path<String>,
    Query(query): Query<EventQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let shoot = ShootId(id(&shoot, "shoot")?);
    found(&app, &caller, &shoot).await?;
    let seen = match headers.get("last-event-id").and_then(|value| value.to_str().ok()) {
        Some(text) if !text.is_empty() => {
            let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
            Some(
                number
                    .ok_or_else(|| Error::field("Last-Event-ID", "send the id of an event of this shoot"))?,
            )
        }
        _ => query.after,
    };
    Ok(live::stream(app, caller.workspace.clone(), shoot, seen.unwrap_or(0)).into_response())
}
