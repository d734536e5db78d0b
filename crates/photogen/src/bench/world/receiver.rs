//! Takes the calls of webhooks.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use serde_json::Value;
use tokio::net::TcpListener;

/// The calls that came, by their id: the body of each time.
type Calls = Arc<Mutex<HashMap<String, Vec<Value>>>>;

/// Takes the calls of webhooks.
pub(in crate::bench) struct Receiver {
    /// Where.
    pub(in crate::bench) url: String,
    calls: Calls,
}

impl Receiver {
    /// Starts it on a free port.
    pub(in crate::bench) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let calls = Calls::default();
        let router = Router::new()
            .route("/", post(take))
            .with_state(Arc::clone(&calls));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, calls })
    }

    /// The calls that came so far.
    pub(in crate::bench) fn calls(&self) -> HashMap<String, Vec<Value>> {
        lock(&self.calls).clone()
    }
}

fn lock(calls: &Calls) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Value>>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a call, a little later, so that a server may die while it waits.
async fn take(State(calls): State<Calls>, headers: HeaderMap, body: String) {
    tokio::time::sleep(Duration::from_millis(20)).await;
    let id = headers
        .get("webhook-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    let body = serde_json::from_str(&body).unwrap_or_default();
    lock(&calls).entry(id.to_owned()).or_default().push(body);
}
