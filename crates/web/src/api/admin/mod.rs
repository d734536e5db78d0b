//! What only who runs the platform sees and sets.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{
    clock::day,
    engine::Preset,
    generation::Status,
    ids::{UserId, WorkspaceId},
    threshold::{Threshold, Thresholds},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    admin::{Grant, NewStatus, Person as PersonRow, Picture as PictureRow},
    settings::Version as VersionRow,
    thresholds::DEFAULTS,
};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Stamp, audit::AuditEntry};
use crate::{
    app::App,
    auth::caller::Admin,
    error::{Error, FieldError, Result},
    extract::{Json, Page, PageQuery, Query, etag, id, if_match, line, text},
};

/// The setting that holds presets.
const PRESETS: &str = "presets";
/// The versions of a setting that are shown.
const VERSIONS_MAX: u32 = 50;
/// The most credits of one grant.
const CREDITS_MAX: u32 = 10_000_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// How the service does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Since when pictures and calls are counted.
    since_ms: Stamp,
    /// People.
    users: i64,
    /// Of those, who may not sign in.
    users_disabled: i64,
    /// Tenants.
    workspaces: i64,
    /// Pictures by status.
    generations: BTreeMap<String, i64>,
    /// Of the pictures that ended, how many were delivered: 0 to 1.
    #[serde(rename = "yield")]
    yielded: Option<f64>,
    /// What vendors charged for everything, by delivered picture, in dollars.
    cost_per_accepted_usd: Option<f64>,
    /// Each lock.
    locks: Vec<LockMetrics>,
    /// Each engine.
    engines: Vec<EngineMetrics>,
    /// The queue, now.
    queue: QueueMetrics,
}

/// What a lock said.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LockMetrics {
    /// The lock.
    lock: String,
    /// Pictures that it measured.
    judged: i64,
    /// Of those, sent back: 0 to 1.
    rejection_rate: f64,
}

/// What an engine was asked and gave.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineMetrics {
    /// The engine.
    engine: String,
    /// Calls that ended.
    attempts: i64,
    /// Of the pictures that it made, sent back: 0 to 1.
    rejection_rate: Option<f64>,
    /// What it charged, in dollars.
    cost_usd: f64,
    /// By picture that was taken.
    cost_per_accepted_usd: Option<f64>,
}

/// The queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueMetrics {
    /// Jobs that are due.
    due: i64,
    /// Jobs that wait for a later time.
    later: i64,
    /// Jobs that a worker has.
    running: i64,
    /// Jobs of paused shoots.
    paused: i64,
    /// How long the oldest that is due waits.
    oldest_ms: i64,
}

fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Which time is counted.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct MetricsQuery {
    /// The last so many days, 1 to 3650; 30 when it is left out.
    #[param(minimum = 1, maximum = 3650)]
    days: Option<u32>,
}

/// How the service does.
#[utoipa::path(get, path = "/api/admin/metrics", tag = "admin", params(MetricsQuery),
    responses((status = 200, body = Metrics), (status = 401), (status = 403), (status = 422)))]
pub async fn metrics(
    State(app): State<App>,
    _: Admin,
    Query(query): Query<MetricsQuery>,
) -> Result<Json<Metrics>> {
    let days = query.days.unwrap_or(30);
    if !(1..=3650).contains(&days) {
        return Err(Error::field("days", "give a number from 1 to 3650"));
    }
    let now_ms = app.now_ms();
    let since_ms = now_ms - i64::from(days) * DAY_MS;
    let found = app.store.metrics(since_ms, now_ms).await?;
    let at = |status: Status| {
        let mut counts = found.generations.iter();
        counts
            .find(|(name, _)| name == status.name())
            .map_or(0, |(_, count)| *count)
    };
    let completed = at(Status::Completed);
    let ended = completed + at(Status::Failed) + at(Status::Rejected);
    let done: i64 = found.engines.iter().map(|one| one.done).sum();
    let cost: i64 = found.engines.iter().map(|one| one.cost_microusd).sum();
    let lock = |one: store::admin::LockCount| LockMetrics {
        rejection_rate: ratio(one.failed, one.judged).unwrap_or(0.0),
        lock: one.lock,
        judged: one.judged,
    };
    let engine = |one: store::admin::EngineCount| EngineMetrics {
        rejection_rate: ratio(one.rejected, one.done + one.rejected),
        cost_usd: one.cost_microusd as f64 / 1e6,
        cost_per_accepted_usd: ratio(one.cost_microusd, one.done).map(|cost| cost / 1e6),
        engine: one.engine,
        attempts: one.attempts,
    };
    Ok(Json(Metrics {
        since_ms,
        users: found.users,
        users_disabled: found.users_disabled,
        workspaces: found.workspaces,
        yielded: ratio(completed, ended),
        cost_per_accepted_usd: ratio(cost, done).map(|cost| cost / 1e6),
        locks: found.locks.into_iter().map(lock).collect(),
        engines: found.engines.into_iter().map(engine).collect(),
        queue: QueueMetrics {
            due: found.queue.due,
            later: found.queue.later,
            running: found.queue.running,
            paused: found.queue.paused,
            oldest_ms: found.queue.oldest_ms.map_or(0, |oldest| (now_ms - oldest).max(0)),
        },
        generations: found.generations.into_iter().collect(),
    }))
}

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
    if app.store.set_user_status(&app.ids, new, app.now_ms()).await? {
        Ok(Done::yes())
    } else {
        Err(Error::not_found("user"))
    }
}

/// What the operator can set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminConfig {
    /// The presets that hold.
    #[schema(value_type = Vec<Object>)]
    presets: Vec<Preset>,
    /// Every version that was set, the newest first; without one the built-in presets hold.
    presets_history: Vec<ConfigVersion>,
    /// The thresholds that workspaces without their own have, by lock.
    #[schema(value_type = Object)]
    thresholds: Thresholds,
    /// Every version that was set, the newest first.
    thresholds_history: Vec<ConfigVersion>,
    /// Counts the changes; also its ETag.
    version: i64,
}

/// A version of a setting.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigVersion {
    /// 1, 2, 3, …
    version: i64,
    /// The value.
    #[schema(value_type = Object)]
    value: Value,
    /// Who set it.
    set_by: String,
    /// When.
    set_ms: Stamp,
}

impl From<VersionRow> for ConfigVersion {
    fn from(row: VersionRow) -> Self {
        Self {
            version: row.version,
            value: row.value,
            set_by: row.set_by,
            set_ms: row.set_ms,
        }
    }
}

/// The presets that hold: those that the operator set, or the built-in ones.
pub(crate) async fn presets(app: &App) -> Result<Vec<Preset>> {
    let set = app.store.setting_versions(PRESETS, 1).await?.pop();
    let Some(set) = set else {
        return Ok(app.catalog.presets.clone());
    };
    serde_json::from_value(set.value).map_err(Error::internal)
}

async fn config_now(app: &App) -> Result<Response> {
    let presets_history = app.store.setting_versions(PRESETS, VERSIONS_MAX).await?;
    let thresholds_history = app.store.setting_versions(DEFAULTS, VERSIONS_MAX).await?;
    let last = |history: &[VersionRow]| history.first().map_or(0, |row| row.version);
    let version = last(&presets_history) + last(&thresholds_history);
    let history = |rows: Vec<VersionRow>| rows.into_iter().map(ConfigVersion::from).collect();
    let config = AdminConfig {
        presets: presets(app).await?,
        presets_history: history(presets_history),
        thresholds: app.store.default_thresholds().await?,
        thresholds_history: history(thresholds_history),
        version,
    };
    Ok(([etag(version)], Json(config)).into_response())
}

/// What the operator has set, with every version.
#[utoipa::path(get, path = "/api/admin/config", tag = "admin",
    responses((status = 200, body = AdminConfig), (status = 401), (status = 403)))]
pub async fn config(State(app): State<App>, _: Admin) -> Result<Response> {
    config_now(&app).await
}

/// What to set; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConfig {
    /// Every preset, in place of those that hold: name, summary, engine, fallbacks, quality.
    #[schema(value_type = Option<Vec<Object>>)]
    presets: Option<Vec<Value>>,
    /// The thresholds of workspaces without their own, by lock, 0 to 1.
    #[schema(value_type = Option<Object>)]
    thresholds: Option<BTreeMap<String, f64>>,
}

/// Sets presets and default thresholds. With `If-Match` only if nobody has meanwhile.
#[utoipa::path(put, path = "/api/admin/config", tag = "admin", request_body = NewConfig,
    responses((status = 200, body = AdminConfig), (status = 401), (status = 403), (status = 412), (status = 422)))]
pub async fn set_config(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    Json(body): Json<NewConfig>,
) -> Result<Response> {
    let presets = body.presets.map(|rows| parse_presets(&app, rows)).transpose()?;
    let thresholds = body
        .thresholds
        .map(|rows| parse_thresholds(&app, rows))
        .transpose()?;
    let seen = if_match(&headers)?;
    let last = async |name| {
        let newest = app.store.setting_versions(name, 1).await?.pop();
        Ok::<_, Error>(newest.map_or(0, |row| row.version))
    };
    let (presets_last, thresholds_last) = (last(PRESETS).await?, last(DEFAULTS).await?);
    if seen.is_some_and(|seen| seen != presets_last + thresholds_last) {
        return Err(store::StoreError::Changed.into());
    }
    let set = async |name, last, value: Value| {
        let by = admin.0.user.as_str();
        app.store
            .set_setting(&app.ids, name, Some(last), &value, by, app.now_ms())
            .await
    };
    if let Some(presets) = presets {
        set(PRESETS, presets_last, json!(presets)).await?;
    }
    if let Some(thresholds) = thresholds {
        set(DEFAULTS, thresholds_last, json!(thresholds)).await?;
    }
    config_now(&app).await
}

fn parse_presets(app: &App, rows: Vec<Value>) -> Result<Vec<Preset>> {
    let (mut presets, mut wrong): (Vec<Preset>, Vec<FieldError>) = (Vec::new(), Vec::new());
    for (number, row) in rows.into_iter().enumerate() {
        let mut note = |message: String| {
            wrong.push(FieldError {
                field: format!("presets[{number}]"),
                message,
            });
        };
        match serde_json::from_value::<Preset>(row) {
            Err(error) => note(error.to_string()),
            Ok(preset) if presets.iter().any(|other| other.name == preset.name) => {
                note(format!("{} is there twice", preset.name));
            }
            Ok(preset) => {
                let chain = std::iter::once(&preset.engine).chain(&preset.fallbacks);
                for choice in chain {
                    match app.catalog.engine(&choice.name.0) {
                        None => note(format!("there is no engine `{}`", choice.name)),
                        Some(entry) => {
                            let today = day(app.now_ms());
                            if let Err(refusal) = entry.card.model(choice.model.as_deref(), today) {
                                note(refusal.to_string());
                            }
                        }
                    }
                }
                presets.push(preset);
            }
        }
    }
    if presets.is_empty() && wrong.is_empty() {
        return Err(Error::field("presets", "leave at least one preset"));
    }
    if wrong.is_empty() {
        Ok(presets)
    } else {
        Err(Error::fields(wrong))
    }
}

fn parse_thresholds(app: &App, rows: BTreeMap<String, f64>) -> Result<Thresholds> {
    let (mut thresholds, mut wrong) = (Thresholds::new(), Vec::new());
    for (lock, value) in rows {
        let parsed = match Threshold::try_from(value) {
            _ if !app.catalog.locks.contains(&lock) => Err(format!("there is no lock `{lock}`")),
            parsed => parsed.map_err(|error| error.to_string()),
        };
        match parsed {
            Ok(value) => {
                thresholds.insert(lock, value);
            }
            Err(message) => wrong.push(FieldError {
                field: format!("thresholds.{lock}"),
                message,
            }),
        }
    }
    if wrong.is_empty() {
        Ok(thresholds)
    } else {
        Err(Error::fields(wrong))
    }
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
}

/// Every engine.
#[utoipa::path(get, path = "/api/admin/engines", tag = "admin",
    responses((status = 200, body = Vec<AdminEngine>), (status = 401), (status = 403)))]
pub async fn engines(State(app): State<App>, _: Admin) -> Result<Json<Vec<AdminEngine>>> {
    let engine = |entry: &crate::catalog::EngineEntry| {
        Ok::<_, Error>(AdminEngine {
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

/// Gives credits to a workspace.
#[utoipa::path(post, path = "/api/admin/workspaces/{id}/grants", tag = "admin", request_body = NewGrant, params(("id" = String, Path)),
    responses((status = 201, body = Done), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn grant(
    State(app): State<App>,
    admin: Admin,
    Path(workspace): Path<String>,
    Json(body): Json<NewGrant>,
) -> Result<(StatusCode, Json<Done>)> {
    let workspace = WorkspaceId(id(&workspace, "workspace")?);
    if !(1..=CREDITS_MAX).contains(&body.credits) {
        return Err(Error::field(
            "credits",
            format!("give a number from 1 to {CREDITS_MAX}"),
        ));
    }
    let grant = Grant {
        workspace: &workspace,
        credits: body.credits,
        note: &line("note", &body.note, 200)?,
        actor: admin.0.user.as_str(),
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
