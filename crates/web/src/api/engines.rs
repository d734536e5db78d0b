//! Engines from outside: what can be chosen, how their servers are doing, and what vendors tell.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use domain::{
    clock::{EpochMs, day},
    engine::{EngineCard, EngineName, HealthTold, Lifecycle, ModelCard},
};
use jiff::civil::Date;
use serde::Serialize;
use store::engines::Heard;
use utoipa::ToSchema;

use super::{Done, Stamp, admin::config::presets};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Read},
    catalog::EngineEntry,
    error::{Error, Result},
    extract::Json,
    vendors::{Message, Refusal},
};

/// What can be chosen for a shoot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Engines {
    /// Every engine.
    engines: Vec<EngineChoice>,
    /// Every preset.
    presets: Vec<PresetChoice>,
}

/// An engine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineChoice {
    /// What `engine` takes.
    name: String,
    /// What it is.
    summary: String,
    /// It can be asked here.
    ready: bool,
    /// Why not.
    not_set_up: Option<String>,
    /// Credits for one picture.
    credits: i64,
    /// What it shows: `packshot`, the product alone; `on_model`, on a person; `modelId`, on the person whose photos it is sent.
    makes: Vec<&'static str>,
    /// What `engine` takes behind a colon; empty: it has no choice.
    models: Vec<EngineModel>,
}

/// A model of an engine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineModel {
    /// The vendor's id.
    id: String,
    /// current, retiring, retired, refused.
    state: &'static str,
    /// The last day it works, where its vendor has named one.
    shutdown: Option<String>,
    /// What to use instead.
    successor: Option<String>,
    /// Dollars for one picture by quality, where they are known.
    price_usd: BTreeMap<String, f64>,
}

/// A preset.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresetChoice {
    /// What `enginePreset` takes.
    name: String,
    /// What it is.
    summary: String,
    /// The engines that are asked, in order.
    engines: Vec<String>,
}

impl EngineChoice {
    fn of(entry: &EngineEntry, caller: &Caller, today: Date) -> Self {
        let card = &entry.card;
        Self {
            name: card.name.0.clone(),
            summary: card.summary.clone(),
            ready: entry.not_set_up.is_none(),
            not_set_up: entry.refusal(caller).map(str::to_owned),
            credits: card.price_credits,
            makes: [
                card.packshot.then_some("packshot"),
                card.on_model.then_some("on_model"),
                (card.on_model && card.references.people).then_some("modelId"),
            ]
            .into_iter()
            .flatten()
            .collect(),
            models: card
                .models
                .iter()
                .map(|model| EngineModel::of(model, today))
                .collect(),
        }
    }
}

impl EngineModel {
    fn of(model: &ModelCard, today: Date) -> Self {
        let prices = model.price_usd.iter();
        Self {
            id: model.id.clone(),
            state: match model.lifecycle(today) {
                _ if model.refused.is_some() => "refused",
                Lifecycle::Current => "current",
                Lifecycle::Retiring { .. } => "retiring",
                Lifecycle::Retired => "retired",
            },
            shutdown: model.shutdown.map(|day| day.to_string()),
            successor: model.successor.clone(),
            price_usd: prices
                .map(|(quality, price)| (quality.name().to_owned(), *price))
                .collect(),
        }
    }
}

/// Engines, their models and the presets: what `POST /api/generate` takes.
#[utoipa::path(get, path = "/api/engines", tag = "shoots",
    responses((status = 200, body = Engines), (status = 401), (status = 403)))]
pub async fn list(State(app): State<App>, caller: Allowed<Read>) -> Result<Json<Engines>> {
    let today = day(app.now_ms());
    let engines = app.catalog.engines.iter();
    let presets = presets(&app).await?;
    Ok(Json(Engines {
        engines: engines
            .map(|entry| EngineChoice::of(entry, &caller, today))
            .collect(),
        presets: presets
            .into_iter()
            .map(|preset| PresetChoice {
                name: preset.name.to_string(),
                engines: std::iter::once(&preset.engine)
                    .chain(&preset.fallbacks)
                    .map(ToString::to_string)
                    .collect(),
                summary: preset.summary,
            })
            .collect(),
    }))
}

/// How an engine's server is doing, as a process that calls it told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineHealth {
    /// The process.
    worker: String,
    /// When it told so.
    told_ms: Stamp,
    /// After too many faults in a row nobody asks it for so long from now on.
    breaker_open_ms: Option<u64>,
    /// Faults in a row.
    faults: u32,
    /// Orders a minute that it is asked at now: the card's, or fewer after it said "too many requests".
    allowed_per_minute: f64,
    /// Calls that ended since the process began, by what they came to.
    calls: BTreeMap<String, u64>,
    /// The last faults, the newest last.
    recent: Vec<EngineFault>,
}

/// A fault of an engine's server.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineFault {
    /// When.
    at_ms: Stamp,
    /// What happened.
    message: String,
}

impl EngineHealth {
    pub(crate) fn of(told: &HealthTold, card: &EngineCard, now_ms: EpochMs) -> Self {
        let at = |ago_ms: u64| told.told_ms - i64::try_from(ago_ms).unwrap_or(told.told_ms);
        let recent = told.health.recent.iter().map(|fault| EngineFault {
            at_ms: at(fault.ago_ms),
            message: fault.message.clone(),
        });
        Self {
            worker: told.worker.clone(),
            told_ms: told.told_ms,
            breaker_open_ms: told.rests_ms(now_ms),
            faults: told.health.faults,
            allowed_per_minute: told.rate_per_minute(card.limits.requests_per_minute),
            calls: told.health.calls.clone(),
            recent: recent.collect(),
        }
    }
}

/// A vendor says that a job has moved on.
///
/// Signed in the form of Standard Webhooks and sent within the last five minutes, or it is not taken. A message that came before,
/// or that is about a job nobody waits for, is answered like any other.
#[utoipa::path(post, path = "/api/engines/{engine}/webhook", tag = "engines", params(("engine" = String, Path)), security(()),
    request_body(content = Object, description = "The vendor's job, as the vendor describes it"),
    responses((status = 200, body = Done), (status = 401), (status = 404), (status = 422)))]
pub async fn webhook(
    State(app): State<App>,
    Path(engine): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Done>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let message = Message {
        id: header("webhook-id").unwrap_or_default(),
        timestamp: header("webhook-timestamp").unwrap_or_default(),
        signatures: header("webhook-signature").unwrap_or_default(),
        body: &body,
    };
    let (engine, now_ms) = (EngineName(engine), app.now_ms());
    let job = match app.vendors.check(&engine, &message, now_ms / 1000) {
        Ok(job) => job,
        Err(Refusal::NotExpected) => return Err(Error::not_found("webhook of an engine")),
        Err(Refusal::Unsigned(reason)) => return Err(Error::unauthorized(reason)),
        Err(Refusal::Unknown) => return Err(Error::field("id", "the message names no job")),
    };
    let heard = app.store.hear_vendor(&engine, message.id, &job, now_ms).await?;
    if heard != Heard::Before {
        app.vendors.wake(&engine, &job);
        app.work.notify_one();
    }
    Ok(Done::yes())
}
