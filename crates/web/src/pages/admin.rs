//! Administration: how the platform does, its people, engines, default thresholds and queue.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use domain::clock::day;
use serde_json::json;
use store::{
    admin::{Metrics, Person, Queue},
    overview::{Day, FirstTries, WorkspaceQueue},
};

use super::{
    Page, again, assets,
    checks::{self, WhatIf},
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{api::admin as api, app::App, auth::caller::Admin, error::Result, extract::Json};

const DAY_MS: i64 = 24 * 3_600_000;

/// A bar of pictures a day.
struct Bar {
    day_ms: i64,
    counts: Day,
    x: f64,
    wide: f64,
    parts: Vec<(&'static str, f64, f64)>,
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    w: Words,
    shell: Shell,
    days: i64,
    metrics: Metrics,
    made: i64,
    yielded: Option<f64>,
    first: Option<f64>,
    cost: Option<f64>,
    oldest_ms: i64,
    bars: Vec<Bar>,
    most: i64,
    tries: Vec<FirstTries>,
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Admin) -> Page {
    let days = match Form::of_query(&shell.query).get("days") {
        "1" => 1,
        "7" => 7,
        _ => 30,
    };
    let now_ms = app.now_ms();
    let since_ms = now_ms - days * DAY_MS;
    let metrics = app.store.metrics(since_ms, now_ms).await?;
    let at = |name: &str| {
        metrics
            .generations
            .iter()
            .filter(|(status, _)| status == name)
            .map(|(_, count)| count)
            .sum::<i64>()
    };
    let made = at("COMPLETED");
    let ended = made + at("REJECTED") + at("FAILED");
    let tries = app.store.first_tries(None, since_ms).await?;
    let (all, good) = tries
        .iter()
        .fold((0, 0), |(all, good), one| (all + one.tries, good + one.good));
    let share = |part: i64, whole: i64| (whole > 0).then(|| part as f64 / whole as f64);
    let cost: i64 = metrics.engines.iter().map(|one| one.cost_microusd).sum();
    let found = app.store.picture_days(since_ms).await?;
    let most = found
        .iter()
        .map(|day| day.passed + day.looked + day.failed)
        .max()
        .unwrap_or(0)
        .max(1);
    html(&Overview {
        w: shell.w,
        yielded: share(made, ended),
        first: share(good, all),
        cost: share(cost, made).map(|cost| cost / 1e6),
        oldest_ms: metrics
            .queue
            .oldest_ms
            .map_or(0, |oldest| (now_ms - oldest).max(0)),
        bars: bars(&found, now_ms / DAY_MS, days, most),
        metrics,
        tries,
        made,
        days,
        most,
        shell,
    })
}

fn bars(found: &[Day], today: i64, days: i64, most: i64) -> Vec<Bar> {
    let step = 600.0 / days.max(1) as f64;
    let bar = |(at, day): (usize, i64)| {
        let counts = found.iter().find(|one| one.day == day).copied().unwrap_or(Day {
            day,
            ..Day::default()
        });
        let mut top = 150.0;
        let part = |(kind, count): (&'static str, i64)| {
            let high = count as f64 / most as f64 * 140.0;
            top -= high;
            (kind, top, high)
        };
        let parts = [
            ("passed", counts.passed),
            ("looked", counts.looked),
            ("failed", counts.failed),
        ];
        Bar {
            day_ms: day * DAY_MS,
            parts: parts.into_iter().map(part).collect(),
            x: at as f64 * step + step * 0.1,
            wide: step * 0.8,
            counts,
        }
    };
    ((today - days + 1)..=today).enumerate().map(bar).collect()
}

#[derive(Template)]
#[template(path = "admin/users.html")]
struct Users {
    w: Words,
    shell: Shell,
    people: Vec<Person>,
    q: String,
    wrong: Wrong,
}

async fn user_list(app: &App, shell: Shell, wrong: Wrong) -> Result<Users> {
    let q = Form::of_query(&shell.query).given("q");
    Ok(Users {
        w: shell.w,
        people: app.store.people(q.as_deref(), None, 200).await?,
        q: q.unwrap_or_default(),
        wrong,
        shell,
    })
}

pub(super) async fn users(State(app): State<App>, shell: Shell, _: Admin) -> Page {
    html(&user_list(&app, shell, Wrong::default()).await?)
}

pub(super) async fn set_status(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    Path(user): Path<String>,
    form: Form,
) -> Page {
    let body = input(&json!({ "status": form.get("status") }))?;
    match api::set_user_status(State(app.clone()), admin, Path(user), Json(body)).await {
        Ok(_) => Ok(to("/admin/users?done=saved")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&user_list(&app, shell, wrong).await?)
        }
    }
}

struct Model {
    id: String,
    shutdown: Option<String>,
    soon: bool,
    refused: Option<String>,
}

struct Engine {
    name: String,
    summary: String,
    credits: i64,
    local: bool,
    at_once: u32,
    not_set_up: Option<String>,
    models: Vec<Model>,
    attempts: i64,
    first: Option<f64>,
    cost_usd: f64,
}

#[derive(Template)]
#[template(path = "admin/engines.html")]
struct EnginePage {
    w: Words,
    shell: Shell,
    engines: Vec<Engine>,
}

pub(super) async fn engines(State(app): State<App>, shell: Shell, _: Admin) -> Page {
    let now_ms = app.now_ms();
    let today = day(now_ms);
    let metrics = app.store.metrics(now_ms - 30 * DAY_MS, now_ms).await?;
    let tries = app.store.first_tries(None, now_ms - 30 * DAY_MS).await?;
    let engines = app.catalog.engines.iter().map(|entry| {
        let name = entry.card.name.to_string();
        let counted = metrics.engines.iter().find(|one| one.engine == name);
        let first = tries.iter().find(|one| one.engine == name);
        Engine {
            summary: entry.card.summary.clone(),
            credits: entry.card.price_credits,
            local: entry.card.local,
            at_once: entry.card.limits.concurrency,
            not_set_up: entry.not_set_up.clone(),
            models: entry
                .card
                .models
                .iter()
                .map(|model| Model {
                    id: model.id.clone(),
                    shutdown: model.shutdown.map(|day| day.to_string()),
                    soon: model.shutdown.is_some_and(|ends| (ends - today).get_days() < 30),
                    refused: model.refused.clone(),
                })
                .collect(),
            attempts: counted.map_or(0, |one| one.attempts),
            cost_usd: counted.map_or(0.0, |one| one.cost_microusd as f64 / 1e6),
            first: first.map(|one| one.good as f64 / one.tries as f64),
            name,
        }
    });
    html(&EnginePage {
        w: shell.w,
        engines: engines.collect(),
        shell,
    })
}

#[derive(Template)]
#[template(path = "admin/checks.html")]
struct Checks {
    w: Words,
    shell: Shell,
    locks: Vec<(String, Option<f64>)>,
    what_if: WhatIf,
    wrong: Wrong,
}

async fn defaults(app: &App, shell: Shell, wrong: Wrong) -> Result<Checks> {
    let query = Form::of_query(&shell.query);
    let held = app.store.default_thresholds().await?;
    let lock = query
        .given("lock")
        .filter(|lock| app.catalog.locks.contains(lock));
    let lock = lock
        .or_else(|| app.catalog.locks.first().cloned())
        .unwrap_or_default();
    let judged = app.store.judged_by_people(None, &lock, 1000).await?;
    let now = held.get(&lock).map_or(0.5, |value| value.value());
    let trial = query
        .get("try")
        .parse::<f64>()
        .ok()
        .filter(|trial| (0.0..=1.0).contains(trial))
        .unwrap_or(now);
    Ok(Checks {
        w: shell.w,
        what_if: WhatIf::of(&lock, &judged, now, trial),
        locks: app
            .catalog
            .locks
            .iter()
            .map(|lock| (lock.clone(), held.get(lock).map(|value| value.value())))
            .collect(),
        wrong,
        shell,
    })
}

pub(super) async fn checks(State(app): State<App>, shell: Shell, _: Admin) -> Page {
    html(&defaults(&app, shell, Wrong::default()).await?)
}

pub(super) async fn set_checks(State(app): State<App>, shell: Shell, admin: Admin, form: Form) -> Page {
    let mut thresholds: std::collections::BTreeMap<String, f64> = app
        .store
        .default_thresholds()
        .await?
        .into_iter()
        .map(|(lock, value)| (lock, value.value()))
        .collect();
    let lock = form.get("lock").to_owned();
    match form.get("value").parse::<f64>() {
        Ok(value) if !form.has("own") => drop(thresholds.insert(lock.clone(), value)),
        _ => drop(thresholds.remove(&lock)),
    }
    let body = input(&json!({ "thresholds": thresholds }))?;
    match api::config::set_config(State(app.clone()), admin, HeaderMap::new(), Json(body)).await {
        Ok(_) => Ok(to(&format!("/admin/checks?lock={lock}&done=threshold"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&defaults(&app, shell, wrong).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/queue.html")]
struct QueuePage {
    w: Words,
    shell: Shell,
    queue: Queue,
    oldest_ms: i64,
    rows: Vec<WorkspaceQueue>,
}

pub(super) async fn queue(State(app): State<App>, shell: Shell, _: Admin) -> Page {
    let now_ms = app.now_ms();
    let queue = app.store.queue(now_ms).await?;
    html(&QueuePage {
        w: shell.w,
        oldest_ms: queue.oldest_ms.map_or(0, |oldest| (now_ms - oldest).max(0)),
        rows: app.store.workspace_queues().await?,
        queue,
        shell,
    })
}
