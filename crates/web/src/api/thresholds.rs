//! The thresholds of the locks: a workspace's own, every version kept, and what another would have meant.

use std::collections::BTreeMap;

use axum::{extract::State, http::StatusCode};
use domain::{
    ids::ProjectId,
    threshold::{Threshold, ThresholdError},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{audit::NewEntry, thresholds::Scope};
use utoipa::{IntoParams, ToSchema};

use super::Stamp;
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Manage},
    error::{Error, Result},
    extract::{Json, Query, id},
};

/// The most pictures of a preview.
const LAST_MAX: u32 = 1000;
/// The most pictures that a preview names.
const NAMED_MAX: usize = 50;

/// The thresholds that are set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LockThresholds {
    /// The locks there are.
    locks: Vec<String>,
    /// Those that hold, by lock: the project's, else the workspace's, else the platform's; a lock that is not here keeps its own.
    #[schema(value_type = Object)]
    thresholds: BTreeMap<String, f64>,
    /// What was set here, the newest first.
    history: Vec<ThresholdVersion>,
}

/// A version of a threshold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThresholdVersion {
    /// The lock.
    lock: String,
    /// 1, 2, 3, …
    version: i64,
    /// The value; none when the lock got its own back.
    value: Option<f64>,
    /// When.
    set_ms: Stamp,
}

/// Whose thresholds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct ThresholdQuery {
    /// Those of a project.
    project_id: Option<String>,
}

async fn project(app: &App, caller: &Caller, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let project = ProjectId(id(text, "project")?);
    let found = app.store.project(&caller.workspace, &project).await?;
    found
        .map(|_| Some(project.0))
        .ok_or_else(|| Error::not_found("project"))
}

async fn told(app: &App, caller: &Caller, project: Option<&str>) -> Result<Json<LockThresholds>> {
    let scope = Scope {
        workspace: &caller.workspace,
        project,
    };
    let thresholds = app.store.thresholds(scope).await?;
    let mut history: Vec<ThresholdVersion> = app
        .store
        .threshold_versions(scope)
        .await?
        .into_iter()
        .map(|row| ThresholdVersion {
            lock: row.lock,
            version: row.version,
            value: row.value.map(Threshold::value),
            set_ms: row.set_ms,
        })
        .collect();
    history.sort_by_key(|row| std::cmp::Reverse((row.set_ms, row.version)));
    Ok(Json(LockThresholds {
        locks: app.catalog.locks.clone(),
        thresholds: thresholds
            .into_iter()
            .map(|(lock, value)| (lock, value.value()))
            .collect(),
        history,
    }))
}

/// The thresholds that hold.
#[utoipa::path(get, path = "/api/thresholds", tag = "thresholds", params(ThresholdQuery),
    responses((status = 200, body = LockThresholds), (status = 401), (status = 403), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(query): Query<ThresholdQuery>,
) -> Result<Json<LockThresholds>> {
    let project = project(&app, &caller, query.project_id.as_deref()).await?;
    told(&app, &caller, project.as_deref()).await
}

/// A threshold to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewThreshold {
    /// The lock.
    lock: String,
    /// 0 (everything passes) to 1; none gives the lock its own back.
    #[schema(value_type = Option<f64>)]
    value: Value,
    /// For one project alone.
    project_id: Option<String>,
}

fn wrong(error: &ThresholdError) -> Error {
    Error::new(StatusCode::BAD_REQUEST, "invalid_threshold", error.to_string())
}

fn value(value: &Value) -> Result<Option<Threshold>> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse::<Threshold>().map(Some).map_err(|error| wrong(&error))
}

fn lock(app: &App, name: &str) -> Result<()> {
    if app.catalog.locks.iter().any(|lock| lock == name) {
        return Ok(());
    }
    let known = app.catalog.locks.join(", ");
    Err(Error::field(
        "lock",
        format!("there is no lock `{name}`: use {known}"),
    ))
}

/// Sets a threshold. Every version is kept.
#[utoipa::path(put, path = "/api/thresholds", tag = "thresholds", request_body = NewThreshold,
    responses((status = 200, body = LockThresholds), (status = 400, description = "No number from 0 to 1"), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn set(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Json(body): Json<NewThreshold>,
) -> Result<Json<LockThresholds>> {
    lock(&app, &body.lock)?;
    let value = value(&body.value)?;
    let project = project(&app, &caller, body.project_id.as_deref()).await?;
    let scope = Scope {
        workspace: &caller.workspace,
        project: project.as_deref(),
    };
    let now_ms = app.now_ms();
    let version = app.store.set_threshold(scope, &body.lock, value, now_ms).await?;
    let entry = NewEntry {
        workspace: Some(&caller.workspace),
        actor: caller.id(),
        action: "threshold.set",
        subject: &body.lock,
        detail: json!({ "value": value, "version": version, "projectId": project }),
    };
    app.store.add_audit_entry(&app.ids, &entry, now_ms).await?;
    told(&app, &caller, project.as_deref()).await
}

/// What to try.
#[derive(Debug, Deserialize, IntoParams)]
pub struct PreviewQuery {
    /// The lock.
    lock: String,
    /// 0 to 1.
    #[param(value_type = f64)]
    threshold: String,
    /// The last so many pictures that it judged, 1 to 1000; 100 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    last: Option<u32>,
}

/// What a threshold would have meant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Pictures that the lock judged.
    judged: usize,
    /// How many there were of each outcome.
    was: BTreeMap<&'static str, usize>,
    /// How many there would have been.
    would_be: BTreeMap<&'static str, usize>,
    /// Pictures whose outcome would have been another, the newest first; the first 50.
    changed: Vec<Changed>,
}

/// A picture whose outcome would have been another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The SKU.
    sku: String,
    /// The pose.
    pose: String,
    /// What the lock measured.
    score: Option<f64>,
    /// What it said.
    was: &'static str,
    /// What it would have said.
    would_be: &'static str,
}

/// What a threshold would have meant for the last pictures.
#[utoipa::path(get, path = "/api/thresholds/preview", tag = "thresholds", params(PreviewQuery),
    responses((status = 200, body = Preview), (status = 400, description = "No number from 0 to 1"), (status = 401), (status = 403), (status = 422)))]
pub async fn preview(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<Preview>> {
    lock(&app, &query.lock)?;
    let threshold: Threshold = query
        .threshold
        .parse::<Threshold>()
        .map_err(|error| wrong(&error))?;
    let last = query.last.unwrap_or(100);
    if !(1..=LAST_MAX).contains(&last) {
        return Err(Error::field(
            "last",
            format!("give a number from 1 to {LAST_MAX}"),
        ));
    }
    let judged = app
        .store
        .last_judged(&caller.workspace, &query.lock, last)
        .await?;
    let mut preview = Preview {
        judged: judged.len(),
        was: BTreeMap::new(),
        would_be: BTreeMap::new(),
        changed: Vec::new(),
    };
    for one in judged {
        let (was, would_be) = (one.verdict.outcome, one.verdict.outcome_at(threshold));
        *preview.was.entry(was.name()).or_default() += 1;
        *preview.would_be.entry(would_be.name()).or_default() += 1;
        if was != would_be && preview.changed.len() < NAMED_MAX {
            preview.changed.push(Changed {
                sku: one.sku,
                pose: one.pose,
                score: one.verdict.score,
                was: was.name(),
                would_be: would_be.name(),
            });
        }
    }
    Ok(Json(preview))
}
