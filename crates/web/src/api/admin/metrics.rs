//! How the service does, in numbers.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::generation::Status;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::Stamp;
use crate::{
    app::App,
    auth::caller::Admin,
    error::{Error, Result},
    extract::{Json, Query},
};

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
