//! Calls to the systems of a workspace: signed as standardwebhooks.com has it, tried again for three days, never to where this
//! server alone can reach.

pub mod address;
pub(crate) mod secret;
mod sign;

use std::{sync::Arc, time::Duration};

use reqwest::{Client, redirect::Policy};
use store::{
    StoreError,
    webhooks::{Due, Tried},
};
use tokio::{task::JoinSet, time::Instant};

use crate::{app::App, error::Error};
use address::Resolver;
pub use sign::{new_secret, signature};

/// How long a receiver has to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most of an answer that is read.
const ANSWER_MAX: usize = 16 << 10;
/// A server that is not heard of for so long leaves its calls to the others.
const LEASE_MS: i64 = 60_000;
/// Calls that are under way at once.
const AT_ONCE_MAX: usize = 16;
/// How often the database is asked for what is due.
const LOOK: Duration = Duration::from_secs(1);
/// Calls that ended are kept so long.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// How often older ones are forgotten.
const SWEEP_MS: i64 = 3_600_000;

/// Makes calls.
#[derive(Clone)]
pub struct Sender {
    app: App,
    client: Client,
}

impl Sender {
    /// What makes the calls of this service.
    pub fn new(app: App) -> Result<Self, Error> {
        // Harmless when the program has already chosen its TLS provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let private = app.config.webhooks_to_private_networks;
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .https_only(!private)
            .dns_resolver(Arc::new(Resolver { private }))
            .connect_timeout(TIMEOUT)
            .user_agent(concat!("PhotoGen/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { app, client })
    }

    /// Makes every call that is due. How many.
    pub async fn send_due(&self) -> usize {
        let (mut calls, mut made) = (JoinSet::new(), 0);
        loop {
            while calls.len() < AT_ONCE_MAX
                && let Some(due) = self.claim().await
            {
                calls.spawn(self.clone().make(due));
                made += 1;
            }
            if calls.join_next().await.is_none() {
                return made;
            }
        }
    }

    async fn claim(&self) -> Option<Due> {
        let now_ms = self.app.now_ms();
        let claimed = async {
            let first_ms = self.app.store.next_delivery_ms().await?;
            if first_ms.is_none_or(|first| first > now_ms) {
                return Ok(None);
            }
            let token = self.app.ids.next();
            self.app.store.claim_delivery(&token, LEASE_MS, now_ms).await
        };
        claimed.await.unwrap_or_else(|error: StoreError| {
            tracing::warn!(%error, "webhooks cannot be read; they are tried again");
            None
        })
    }

    async fn make(self, due: Due) {
        let tried = self.call(&due).await;
        let now_ms = self.app.now_ms();
        if let Err(error) = self
            .app
            .store
            .end_delivery(&self.app.ids, &due, &tried, now_ms)
            .await
        {
            tracing::warn!(%error, delivery = due.id, "what came of a webhook's call was not written");
        }
    }

    async fn call(&self, due: &Due) -> Tried {
        let began = Instant::now();
        let answered = tokio::time::timeout(TIMEOUT, self.post(due)).await;
        let took_ms = began.elapsed().as_millis() as i64;
        let (status_code, reason) = match answered {
            Ok(Ok(status)) => (Some(status), refusal(status)),
            Ok(Err(reason)) => (None, Some(reason)),
            Err(_) => (
                None,
                Some(format!("no answer within {} seconds", TIMEOUT.as_secs())),
            ),
        };
        Tried {
            status_code,
            reason,
            took_ms,
        }
    }

    /// Sends the call and reads the answer, which says nothing more than its status.
    async fn post(&self, due: &Due) -> Result<u16, String> {
        // The address may have been allowed when it was set.
        let url = address::check(&due.url, self.app.config.webhooks_to_private_networks)?;
        let timestamp = self.app.now_ms().div_euclid(1000);
        let secret = secret::opened(&self.app, due.workspace.as_str(), &due.secret).ok_or(
            "the webhook's secret cannot be opened, because the service's own was changed: set JWT_SECRET_PREVIOUS, or give it a \
             new one",
        )?;
        let signature = signature(&secret, &due.id, timestamp, &due.body)?;
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &due.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(due.body.clone());
        let mut response = request.send().await.map_err(|error| innermost(&error))?;
        let (status, mut read) = (response.status().as_u16(), 0);
        while read < ANSWER_MAX
            && let Ok(Some(part)) = response.chunk().await
        {
            read += part.len();
        }
        Ok(status)
    }
}

/// Why an answer does not count; none when it does.
fn refusal(status: u16) -> Option<String> {
    match status {
        200..=299 => None,
        300..=399 => Some(format!(
            "the receiver answered {status}: calls follow no redirects"
        )),
        _ => Some(format!("the receiver answered {status}")),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Makes calls as they fall due, until it is told to stop; those that are under way are finished. Several servers may do so at
/// once.
pub async fn run(app: App, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let sender = Sender::new(app)?;
    let (mut calls, mut swept_ms) = (JoinSet::new(), 0);
    let mut stop = std::pin::pin!(stop);
    loop {
        while calls.len() < AT_ONCE_MAX
            && let Some(due) = sender.claim().await
        {
            calls.spawn(sender.clone().make(due));
        }
        tokio::select! {
            () = &mut stop => break,
            Some(_) = calls.join_next(), if !calls.is_empty() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        let now_ms = sender.app.now_ms();
        if now_ms - swept_ms >= SWEEP_MS {
            swept_ms = now_ms;
            if let Err(error) = sender.app.store.forget_deliveries(now_ms - KEPT_MS).await {
                tracing::warn!(%error, "old webhook calls were not forgotten");
            }
        }
    }
    while calls.join_next().await.is_some() {}
    Ok(())
}
