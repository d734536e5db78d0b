//! Thresholds of the checks: what holds, and what another would have meant for pictures that people also judged.

use askama::Template;
use axum::extract::State;
use domain::{
    threshold::Threshold,
    verdict::{Outcome, Verdict},
};
use serde_json::json;
use store::{
    overview::JudgedByPeople,
    thresholds::{Scope, ThresholdVersion},
};

use super::{
    Page, again, assets, checks,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::{Number, Words},
};
use crate::{
    api::thresholds as api,
    app::App,
    auth::caller::{Allowed, Manage},
    error::Result,
    extract::Json,
};

/// Pictures that a preview looks back on.
const LAST: u32 = 1000;
/// Bars of the histogram.
const BINS: usize = 25;

/// A bar of the histogram: pictures by score.
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) kept: usize,
    pub(super) rejected: usize,
    pub(super) x: f64,
    pub(super) kept_y: f64,
    pub(super) kept_height: f64,
    pub(super) rejected_y: f64,
    pub(super) rejected_height: f64,
}

/// What a threshold would have meant.
pub(super) struct WhatIf {
    pub(super) lock: String,
    pub(super) judged: usize,
    pub(super) now: f64,
    pub(super) now_x: f64,
    pub(super) trial: f64,
    pub(super) trial_x: f64,
    pub(super) bins: Vec<Bin>,
    /// More that pass (below 0: fewer).
    pub(super) more: i64,
    /// Of those that pass now or then and not the other time: how many people rejected, and approved.
    pub(super) people_rejected: usize,
    pub(super) people_approved: usize,
}

impl WhatIf {
    /// Of what a lock measured, at the threshold that holds and at one that is tried.
    pub(super) fn of(lock: &str, judged: &[JudgedByPeople], now: f64, trial: f64) -> Self {
        let passes = |one: &JudgedByPeople, at: f64| {
            let verdict = Verdict {
                lock: lock.to_owned(),
                score: Some(one.score),
                threshold: at,
                outcome: Outcome::Passed,
                evidence: json!({}),
            };
            Threshold::try_from(at).is_ok_and(|at| verdict.outcome_at(at) != Outcome::Failed)
        };
        let mut counts = [(0_usize, 0_usize); BINS];
        for one in judged {
            let bin = ((one.score * BINS as f64) as usize).min(BINS - 1);
            if one.review.as_deref() == Some("rejected") {
                counts[bin].1 += 1;
            } else {
                counts[bin].0 += 1;
            }
        }
        let most = counts
            .iter()
            .map(|(kept, rejected)| kept + rejected)
            .max()
            .unwrap_or(0)
            .max(1) as f64;
        let bins = counts.iter().enumerate().map(|(at, (kept, rejected))| {
            let (kept_height, rejected_height) = (*kept as f64 / most * 90.0, *rejected as f64 / most * 90.0);
            Bin {
                from: at as f64 / BINS as f64,
                kept: *kept,
                rejected: *rejected,
                x: at as f64 * (400.0 / BINS as f64) + 1.0,
                kept_y: 100.0 - kept_height,
                kept_height,
                rejected_y: 100.0 - kept_height - rejected_height,
                rejected_height,
            }
        });
        let count = |at: f64| judged.iter().filter(|one| passes(one, at)).count() as i64;
        let changed = || judged.iter().filter(|one| passes(one, now) != passes(one, trial));
        let said = |word: &str| {
            changed()
                .filter(|one| one.review.as_deref() == Some(word))
                .count()
        };
        Self {
            bins: bins.collect(),
            lock: lock.to_owned(),
            judged: judged.len(),
            now_x: now * 400.0,
            trial_x: trial * 400.0,
            more: count(trial) - count(now),
            people_rejected: said("rejected"),
            people_approved: said("approved"),
            now,
            trial,
        }
    }
}

/// A threshold as forms show it.
pub(super) fn shown(value: impl Number) -> String {
    let text = format!("{:.3}", value.number());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Template)]
#[template(path = "settings/checks.html")]
struct Checks {
    w: Words,
    shell: Shell,
    locks: Vec<(String, Option<f64>)>,
    what_if: WhatIf,
    history: Vec<ThresholdVersion>,
    wrong: Wrong,
}

async fn thresholds(app: &App, shell: Shell, wrong: Wrong) -> Result<Checks> {
    let workspace = &shell.person.workspace;
    let query = Form::of_query(&shell.query);
    let scope = Scope::workspace(workspace);
    let held = app.store.thresholds(scope).await?;
    let lock = query
        .given("lock")
        .filter(|lock| app.catalog.locks.contains(lock));
    let lock = lock
        .or_else(|| app.catalog.locks.first().cloned())
        .unwrap_or_default();
    let judged = app.store.judged_by_people(Some(workspace), &lock, LAST).await?;
    let own = app.store.last_judged(workspace, &lock, 1).await?;
    let usual = own.first().map_or(0.5, |one| one.verdict.threshold);
    let now = held.get(&lock).map_or(usual, |value| value.value());
    let trial = query
        .get("try")
        .parse::<f64>()
        .ok()
        .filter(|trial| (0.0..=1.0).contains(trial))
        .unwrap_or(now);
    let mut history = app.store.threshold_versions(scope).await?;
    history.sort_by_key(|row| std::cmp::Reverse((row.set_ms, row.version)));
    Ok(Checks {
        w: shell.w,
        locks: app
            .catalog
            .locks
            .iter()
            .map(|lock| (lock.clone(), held.get(lock).map(|value| value.value())))
            .collect(),
        what_if: WhatIf::of(&lock, &judged, now, trial),
        history,
        wrong,
        shell,
    })
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Allowed<Manage>) -> Page {
    html(&thresholds(&app, shell, Wrong::default()).await?)
}

pub(super) async fn set(State(app): State<App>, shell: Shell, caller: Allowed<Manage>, form: Form) -> Page {
    let value = form.given("value").and_then(|text| text.parse::<f64>().ok());
    let body =
        input(&json!({ "lock": form.get("lock"), "value": if form.has("own") { None } else { value } }))?;
    match api::set(State(app.clone()), caller, Json(body)).await {
        Ok(_) => Ok(to(&format!(
            "/settings/checks?lock={}&done=threshold",
            form.get("lock")
        ))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&thresholds(&app, shell, wrong).await?)
        }
    }
}
