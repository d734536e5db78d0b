//! `/metrics`: what Prometheus reads (text format 0.0.4).
//!
//! Read with the token that the operator set, or, without one, from this machine alone: not through a proxy on it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{clock::EpochMs, engine::HealthTold};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use crate::{
    app::App,
    error::{Error, Result},
};

/// Upper ends of the buckets of how long answers take, in seconds.
const BUCKETS_S: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A process that has told nothing of its engines for so long is left out.
const LATELY_MS: i64 = 3_600_000;

/// The histogram's name.
const NAME: &str = "photogen_http_request_duration_seconds";

/// What was asked, and how long it took.
#[derive(Debug, Default)]
pub(crate) struct Measures(Mutex<BTreeMap<Asked, Took>>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Default)]
struct Took {
    buckets: [u64; BUCKETS_S.len()],
    sum_s: f64,
    count: u64,
}

impl Measures {
    fn add(&self, asked: Asked, took_s: f64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let took = all.entry(asked).or_default();
        for (count, end_s) in took.buckets.iter_mut().zip(BUCKETS_S) {
            *count += u64::from(took_s <= end_s);
        }
        took.sum_s += took_s;
        took.count += 1;
    }

    fn write(&self, text: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        head(text, NAME, "histogram", "How long requests took.");
        for (asked, took) in &all {
            let labels = format!(
                "method=\"{}\",route=\"{}\",status=\"{}\"",
                asked.method, asked.route, asked.status
            );
            for (count, end_s) in took.buckets.iter().zip(BUCKETS_S) {
                let _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"{end_s}\"}} {count}");
            }
            let _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {}", took.count);
            let _ = writeln!(text, "{NAME}_sum{{{labels}}} {}", took.sum_s);
            let _ = writeln!(text, "{NAME}_count{{{labels}}} {}", took.count);
        }
    }
}

/// A request that is under way. Names of routes and known methods alone are labels, so that nobody fills the memory with others.
pub(crate) struct Measured {
    route: Option<MatchedPath>,
    method: &'static str,
    began: Instant,
}

impl Measured {
    /// Begins to measure.
    pub(crate) fn begin(request: &Request) -> Self {
        let method = match *request.method() {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            _ => "other",
        };
        Self {
            route: request.extensions().get::<MatchedPath>().cloned(),
            method,
            began: Instant::now(),
        }
    }

    /// Writes down how long it took and what was answered.
    pub(crate) fn end(&self, measures: &Measures, status: StatusCode) {
        let route = self.route.as_ref().map_or("none", MatchedPath::as_str);
        let asked = Asked {
            route: route.to_owned(),
            method: self.method,
            status: status.as_u16(),
        };
        measures.add(asked, self.began.elapsed().as_secs_f64());
    }
}

/// Everything that is measured.
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Response {
    if !may_read(&app, &request) {
        return Error::not_found("page").into_response();
    }
    match text(&app).await {
        Ok(text) => {
            let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
            (StatusCode::OK, [kind], text).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn may_read(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    if let Some(token) = &app.config.metrics_token {
        return bearer(headers).is_some_and(|given| given.as_bytes().ct_eq(token.as_bytes()).into());
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_here = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    is_here && !headers.contains_key("forwarded") && !headers.contains_key("x-forwarded-for")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

async fn text(app: &App) -> Result<String> {
    let now_ms = app.now_ms();
    let queue = app.store.queue(now_ms).await?;
    let mut text = String::new();
    app.measures().write(&mut text);
    head(
        &mut text,
        "photogen_queue_jobs",
        "gauge",
        "Jobs in the queue, by how they stand.",
    );
    for (state, count) in [
        ("due", queue.due),
        ("later", queue.later),
        ("running", queue.running),
        ("paused", queue.paused),
    ] {
        let _ = writeln!(text, "photogen_queue_jobs{{state=\"{state}\"}} {count}");
    }
    let age_s = queue
        .oldest_ms
        .map_or(0.0, |oldest| (now_ms - oldest).max(0) as f64 / 1000.0);
    head(
        &mut text,
        "photogen_queue_oldest_seconds",
        "gauge",
        "How long the oldest job that is due waits.",
    );
    let _ = writeln!(text, "photogen_queue_oldest_seconds {age_s}");
    head(&mut text, "photogen_generations", "gauge", "Pictures, by status.");
    for (status, count) in app.store.generation_counts(0).await? {
        let _ = writeln!(text, "photogen_generations{{status=\"{status}\"}} {count}");
    }
    head(
        &mut text,
        "photogen_engine_ready",
        "gauge",
        "Whether an engine can be asked.",
    );
    for entry in &app.catalog.engines {
        let ready = u8::from(entry.not_set_up.is_none());
        let _ = writeln!(
            text,
            "photogen_engine_ready{{engine=\"{}\"}} {ready}",
            entry.card.name
        );
    }
    let told = app.store.engine_health().await?;
    engines(&mut text, app, &told, now_ms);
    Ok(text)
}

/// How the engines' servers are doing, as each process that calls them told lately.
fn engines(text: &mut String, app: &App, told: &[HealthTold], now_ms: EpochMs) {
    let lately: Vec<&HealthTold> = told
        .iter()
        .filter(|told| now_ms - told.told_ms < LATELY_MS)
        .collect();
    let labels = |told: &HealthTold| format!("engine=\"{}\",worker=\"{}\"", told.engine, told.worker);
    let name = "photogen_engine_breaker_open";
    head(
        text,
        name,
        "gauge",
        "Whether nobody asks an engine, after too many faults in a row.",
    );
    for told in &lately {
        let open = u8::from(told.rests_ms(now_ms).is_some());
        let _ = writeln!(text, "{name}{{{}}} {open}", labels(told));
    }
    let name = "photogen_engine_allowed_per_minute";
    head(text, name, "gauge", "Orders a minute that an engine is asked at.");
    for told in &lately {
        let Some(entry) = app.catalog.engine(&told.engine) else {
            continue;
        };
        let rate = told.rate_per_minute(entry.card.limits.requests_per_minute);
        let _ = writeln!(text, "{name}{{{}}} {rate}", labels(told));
    }
    let name = "photogen_engine_calls_total";
    head(
        text,
        name,
        "counter",
        "Calls of an engine that ended, by what they came to.",
    );
    for told in &lately {
        for (outcome, count) in &told.health.calls {
            let _ = writeln!(text, "{name}{{{},outcome=\"{outcome}\"}} {count}", labels(told));
        }
    }
}
