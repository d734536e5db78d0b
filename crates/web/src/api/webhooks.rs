//! Webhooks of a workspace, and the log of their calls.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::webhooks::{Delivery as DeliveryRow, KINDS, Webhook as Row, WebhookText};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Manage},
    error::{Error, FieldError, Result},
    extract::{Json, Page, PageQuery, Query, etag, id, if_match},
    webhooks::{address, new_secret, secret::sealed},
};

/// A webhook to make, or as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookInput {
    /// Where calls go.
    #[schema(example = "https://shop.example.com/hooks")]
    url: String,
    /// What it is told of: any of shoot.submitted, shoot.paused, shoot.resumed, shoot.cancelled, shoot.done, generation.ended,
    /// generation.reviewed, generation.redone; everything when it is left out.
    #[serde(default)]
    events: Vec<String>,
    /// Calls are sent to it.
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    id: String,
    /// Where calls go.
    url: String,
    /// What it is told of; empty: everything.
    events: Vec<String>,
    /// Calls are sent to it.
    enabled: bool,
    /// Why the service switched it off.
    disabled_why: Option<String>,
    /// Since when no call came through.
    failing_ms: Option<Stamp>,
    /// When it was made.
    created_ms: Stamp,
    /// Counts its changes; also its ETag.
    version: i64,
}

/// A webhook that was made: the only time its secret is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeWebhook {
    #[serde(flatten)]
    webhook: Webhook,
    /// Checks signatures (standardwebhooks.com). Keep it: it is not shown again.
    secret: String,
}

/// A secret: the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Secret {
    /// Checks signatures.
    secret: String,
}

/// One call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id: the header webhook-id, the same in every try.
    id: String,
    /// What it tells of.
    kind: String,
    /// waiting, delivered, failed.
    state: String,
    /// The message.
    #[schema(value_type = Object)]
    body: Value,
    /// How often it was tried.
    tries: i64,
    /// When it is tried next.
    next_ms: Option<Stamp>,
    /// What the receiver last answered.
    status_code: Option<i64>,
    /// Why the last try does not count.
    reason: Option<String>,
    /// How long the last try took.
    took_ms: Option<i64>,
    /// When it was written.
    created_ms: Stamp,
    /// When it was last tried.
    tried_ms: Option<Stamp>,
}

/// A call that was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct Written {
    /// Its id.
    id: String,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Self {
        Self {
            events: row.events(),
            enabled: row.is_enabled(),
            id: row.id,
            url: row.url,
            disabled_why: row.disabled_why,
            failing_ms: row.failing_ms,
            created_ms: row.created_ms,
            version: row.version,
        }
    }
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            next_ms: (row.state == "waiting").then_some(row.next_ms),
            body: serde_json::from_str(&row.body).unwrap_or_default(),
            id: row.id,
            kind: row.kind,
            state: row.state,
            tries: row.tries,
            status_code: row.status_code,
            reason: row.reason,
            took_ms: row.took_ms,
            created_ms: row.created_ms,
            tried_ms: row.tried_ms,
        }
    }
}

struct Parsed {
    url: String,
    events: Vec<String>,
    enabled: bool,
}

impl Parsed {
    fn text(&self) -> WebhookText<'_> {
        WebhookText {
            url: &self.url,
            events: &self.events,
            enabled: self.enabled,
        }
    }
}

fn parse(app: &App, body: WebhookInput) -> Result<Parsed> {
    let url = address::check(body.url.trim(), app.config.webhooks_to_private_networks)
        .map_err(|why| Error::field("url", why))?;
    let (mut events, mut wrong) = (Vec::new(), Vec::new());
    for (number, kind) in body.events.into_iter().enumerate() {
        if !KINDS.contains(&kind.as_str()) {
            wrong.push(FieldError {
                field: format!("events[{number}]"),
                message: format!("`{kind}` is not an event: use {}", KINDS.join(", ")),
            });
        } else if !events.contains(&kind) {
            events.push(kind);
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    Ok(Parsed {
        url: url.into(),
        events,
        enabled: body.enabled,
    })
}

async fn found(app: &App, caller: &Caller, webhook: &str) -> Result<Row> {
    let row = app.store.webhook(&caller.workspace, webhook).await?;
    row.ok_or_else(|| Error::not_found("webhook"))
}

/// The webhooks of the workspace.
#[utoipa::path(get, path = "/api/webhooks", tag = "webhooks", responses((status = 200, body = Vec<Webhook>), (status = 401), (status = 403)))]
pub async fn list(State(app): State<App>, caller: Allowed<Manage>) -> Result<Json<Vec<Webhook>>> {
    let rows = app.store.webhooks(&caller.workspace).await?;
    Ok(Json(rows.into_iter().map(Webhook::from).collect()))
}

/// Makes a webhook. Its secret is shown once.
#[utoipa::path(post, path = "/api/webhooks", tag = "webhooks", request_body = WebhookInput,
    responses((status = 201, body = MadeWebhook), (status = 401), (status = 403), (status = 409, description = "Too many"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Json(body): Json<WebhookInput>,
) -> Result<Response> {
    let parsed = parse(&app, body)?;
    let secret = new_secret()?;
    let sealed = sealed(&app, caller.workspace.as_str(), &secret)?;
    let made = app
        .store
        .add_webhook(&app.ids, &caller.workspace, parsed.text(), &sealed, app.now_ms())
        .await?;
    let row = found(&app, &caller, &made).await?;
    let tag = etag(row.version);
    let made = MadeWebhook {
        webhook: row.into(),
        secret,
    };
    Ok((StatusCode::CREATED, [tag], Json(made)).into_response())
}

/// A webhook.
#[utoipa::path(get, path = "/api/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Webhook), (status = 401), (status = 403), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(webhook): Path<String>,
) -> Result<Response> {
    let row = found(&app, &caller, &id(&webhook, "webhook")?).await?;
    Ok(([etag(row.version)], Json(Webhook::from(row))).into_response())
}

/// Changes a webhook. With `If-Match` only if nobody has meanwhile.
#[utoipa::path(put, path = "/api/webhooks/{id}", tag = "webhooks", request_body = WebhookInput, params(("id" = String, Path)),
    responses((status = 200, body = Webhook), (status = 401), (status = 403), (status = 404), (status = 412), (status = 422)))]
pub async fn change(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(webhook): Path<String>,
    headers: HeaderMap,
    Json(body): Json<WebhookInput>,
) -> Result<Response> {
    let webhook = id(&webhook, "webhook")?;
    let (parsed, version) = (parse(&app, body)?, if_match(&headers)?);
    let row = app
        .store
        .change_webhook(&caller.workspace, &webhook, version, parsed.text())
        .await?;
    let row = row.ok_or_else(|| Error::not_found("webhook"))?;
    Ok(([etag(row.version)], Json(Webhook::from(row))).into_response())
}

/// Removes a webhook: nothing is sent to it any more.
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn delete(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(webhook): Path<String>,
) -> Result<Json<Done>> {
    let webhook = id(&webhook, "webhook")?;
    let now_ms = app.now_ms();
    let there = app
        .store
        .delete_webhook(&caller.workspace, &webhook, now_ms)
        .await?;
    Done::if_there(there, "webhook")
}

/// Gives a webhook another secret, which is shown once. Calls are signed with it from now on.
#[utoipa::path(post, path = "/api/webhooks/{id}/secret", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = Secret), (status = 401), (status = 403), (status = 404)))]
pub async fn renew_secret(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(webhook): Path<String>,
) -> Result<Json<Secret>> {
    let webhook = id(&webhook, "webhook")?;
    let secret = new_secret()?;
    let sealed = sealed(&app, caller.workspace.as_str(), &secret)?;
    if app
        .store
        .set_webhook_secret(&caller.workspace, &webhook, &sealed)
        .await?
    {
        Ok(Json(Secret { secret }))
    } else {
        Err(Error::not_found("webhook"))
    }
}

/// Sends a call that only shows that calls come through. What came of it is in the log.
#[utoipa::path(post, path = "/api/webhooks/{id}/ping", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 202, body = Written), (status = 401), (status = 403), (status = 404), (status = 409, description = "It is switched off")))]
pub async fn ping(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(webhook): Path<String>,
) -> Result<(StatusCode, Json<Written>)> {
    let webhook = id(&webhook, "webhook")?;
    enabled(&app, &caller, &webhook).await?;
    let written = app
        .store
        .ping_webhook(&app.ids, &caller.workspace, &webhook, app.now_ms())
        .await?;
    let id = written.ok_or_else(|| Error::not_found("webhook"))?;
    Ok((StatusCode::ACCEPTED, Json(Written { id })))
}

async fn enabled(app: &App, caller: &Caller, webhook: &str) -> Result<()> {
    if found(app, caller, webhook).await?.is_enabled() {
        Ok(())
    } else {
        Err(Error::conflict(
            "disabled",
            "the webhook is switched off; enable it first",
        ))
    }
}

/// Which calls are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryQuery {
    /// waiting, delivered, failed.
    state: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The calls of a webhook, the newest first; kept for 30 days.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = String, Path), DeliveryQuery),
    responses((status = 200, body = Page<Delivery>), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn deliveries(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(webhook): Path<String>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<Page<Delivery>>> {
    let webhook = id(&webhook, "webhook")?;
    found(&app, &caller, &webhook).await?;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    let state = query.state.as_deref();
    if state.is_some_and(|state| !["waiting", "delivered", "failed"].contains(&state)) {
        return Err(Error::field("state", "use waiting, delivered or failed"));
    }
    let rows = app
        .store
        .deliveries(&caller.workspace, &webhook, state, before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), Delivery::from)))
}

/// Makes a call again, with the same id.
#[utoipa::path(post, path = "/api/webhooks/{id}/deliveries/{deliveryId}/replay", tag = "webhooks",
    params(("id" = String, Path), ("deliveryId" = String, Path)),
    responses((status = 202, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "The webhook is switched off")))]
pub async fn replay(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path((webhook, delivery)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Done>)> {
    let (webhook, delivery) = (id(&webhook, "webhook")?, id(&delivery, "delivery")?);
    enabled(&app, &caller, &webhook).await?;
    let now_ms = app.now_ms();
    if app
        .store
        .replay_delivery(&caller.workspace, &webhook, &delivery, now_ms)
        .await?
    {
        Ok((StatusCode::ACCEPTED, Done::yes()))
    } else {
        Err(Error::not_found("delivery"))
    }
}
