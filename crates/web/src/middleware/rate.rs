//! How often a caller may call: a bucket of tokens each, filled evenly; in memory, or in the database where servers share it.
//!
//! Every answer says how things stand, in the words of draft-ietf-httpapi-ratelimit-headers.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts as _, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
};
use domain::clock::EpochMs;
use store::Store;

use crate::{
    app::App,
    auth::caller::Caller,
    error::{Error, Result},
};

/// The window of every limit, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// More buckets than these, and those that are full again are forgotten.
const BUCKETS_MAX: usize = 10_000;

/// Counts calls.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// Where servers count together; none where there is only this one.
    shared: Option<Store>,
    buckets: Mutex<HashMap<String, (f64, EpochMs)>>,
}

impl Limiter {
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            shared: store.is_shared().then(|| store.clone()),
            buckets: Mutex::default(),
        }
    }

    /// Takes a token from a bucket of `size` a minute. What is left; below 0 when none was there.
    async fn take(&self, caller: &str, size: u32, now_ms: EpochMs) -> Result<f64> {
        let size = f64::from(size.max(1));
        match &self.shared {
            Some(store) => Ok(store.take_token(caller, size, WINDOW_MS as f64, now_ms).await?),
            None => Ok(self.take_here(caller, size, now_ms)),
        }
    }

    fn take_here(&self, caller: &str, size: f64, now_ms: EpochMs) -> f64 {
        let per_ms = size / WINDOW_MS as f64;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > BUCKETS_MAX {
            buckets.retain(|_, (_, used_ms)| now_ms - *used_ms < WINDOW_MS);
        }
        let bucket = buckets.entry(caller.to_owned()).or_insert((size, now_ms));
        let held = (bucket.0 + (now_ms - bucket.1).max(0) as f64 * per_ms).min(size);
        *bucket = (if held >= 1.0 { held - 1.0 } else { held }, now_ms);
        held - 1.0
    }
}

/// How a caller's bucket stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand {
    size: u32,
    left: f64,
}

impl Stand {
    /// Seconds until there is a token again.
    fn wait_s(self) -> u64 {
        let per_s = f64::from(self.size.max(1)) * 1000.0 / WINDOW_MS as f64;
        (-self.left / per_s).ceil().max(1.0) as u64
    }

    /// What a caller whose bucket is empty is told.
    pub(crate) fn refusal(self) -> Option<Error> {
        let detail = || format!("{} calls a minute are allowed; wait, or ask for more", self.size);
        (self.left < 0.0).then(|| Error::too_many(detail(), self.wait_s()))
    }

    /// Says how things stand.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let policy = format!("\"minute\";q={};w={}", self.size, WINDOW_MS / 1000);
        let left = self.left.max(0.0);
        let per_s = f64::from(self.size.max(1)) * 1000.0 / WINDOW_MS as f64;
        let full_s = ((f64::from(self.size) - left) / per_s).ceil() as u64;
        let state = format!("\"minute\";r={};t={full_s}", left as u64);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Whether a call is counted. Files are not: their addresses are given out by calls that are, and a page of a contact sheet has
/// hundreds.
pub(crate) fn is_counted(request: &Request) -> bool {
    let path = request.uri().path();
    !is_vendor(path) && !path.starts_with("/api/media/")
}

/// Counts a call of the API: by its caller, or by its address where nobody is signed in.
pub(crate) async fn count(app: &App, request: Request) -> Result<(Request, Stand)> {
    let (mut parts, body) = request.into_parts();
    let caller = match Caller::from_request_parts(&mut parts, app).await {
        Ok(caller) => format!("caller:{}", caller.id()),
        Err(_) => format!("address:{}", address(&parts)),
    };
    let size = app.config.calls_per_minute;
    let left = app.limiter().take(&caller, size, app.now_ms()).await?;
    Ok((Request::from_parts(parts, body), Stand { size, left }))
}

/// A vendor calls once a picture, all from a few addresses, and is told from others by its signature.
fn is_vendor(path: &str) -> bool {
    path == "/api/billing/webhook" || (path.starts_with("/api/engines/") && path.ends_with("/webhook"))
}

/// Counts what guesses at passwords and addresses, by the address it comes from.
pub(crate) async fn limit_sign_ins(app: &App, from: &str) -> Result<()> {
    let size = app.config.sign_ins_per_minute;
    let left = app
        .limiter()
        .take(&format!("sign-in:{from}"), size, app.now_ms())
        .await?;
    let stand = Stand { size, left };
    if left < 0.0 {
        return Err(Error::too_many(
            "too many tries from your address; wait a minute",
            stand.wait_s(),
        ));
    }
    Ok(())
}

/// Where a request comes from: the network of an IPv6 address, for one machine has all of it.
pub(crate) fn address(parts: &axum::http::request::Parts) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    match peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip()) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Where a request comes from, for handlers.
#[derive(Clone, Debug)]
pub struct From(pub String);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> std::result::Result<Self, Self::Rejection> {
        Ok(Self(address(parts)))
    }
}
