//! What every request works with.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::clock::{Clock, EpochMs};
use store::{Store, blobs::Blobs, ids::Ids, targets::Targets};
use tokio::sync::Notify;

use crate::{
    auth::{sealed::Seals, standings::Standings, token::Keys},
    catalog::Catalog,
    imports::Imports,
    intake::Intake,
    live::Hub,
    mail::{Letter, Mailer},
    middleware::{metrics::Measures, rate::Limiter},
    payments::Payments,
    thumbnails::Thumbnails,
    uploads::Writing,
    vendors::Vendors,
};

/// How this service is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people reach it, without a slash at the end: `https://studio.example.com`.
    pub public_url: String,
    /// Where files wait while they come in.
    pub scratch: PathBuf,
    /// Calls a caller may make in a minute.
    pub calls_per_minute: u32,
    /// Calls an address may make in a minute to sign in, register or reset a password.
    pub sign_ins_per_minute: u32,
    /// Anybody may register; if not, who is invited alone.
    pub registration_open: bool,
    /// Credits that a new workspace starts with.
    pub credits_at_start: u32,
    /// How often a picture that a lock sent back is made again, where the order says nothing.
    pub retries_max: u32,
    /// The most bytes of one file.
    pub upload_bytes_max: u64,
    /// The most bytes of an archive, and of all files of one import.
    pub import_bytes_max: u64,
    /// The origins whose pages may call the API; none by default.
    pub cors_origins: Vec<String>,
    /// Signs addresses of files, and seals what is kept of answers, secrets of webhooks and what is known of faces.
    pub media_secret: Vec<u8>,
    /// What that was before, the newest first: what was sealed then still opens.
    pub media_secrets_before: Vec<Vec<u8>>,
    /// Webhooks may call what only this server reaches, without TLS too: for tests, and for who runs everything in one network.
    pub webhooks_to_private_networks: bool,
    /// The trace of what is done now (W3C traceparent), where traces are collected.
    pub traceparent: fn() -> Option<String>,
    /// How often a call with an `Idempotency-Key` says that it is still worked on.
    pub key_renewal: Duration,
    /// Where exports may be put.
    pub targets: Arc<Targets>,
    /// What Prometheus sends as a bearer token to read `/metrics`; without it only this machine may.
    pub metrics_token: Option<String>,
    /// How money for credits is taken.
    pub payments: Payments,
}

impl Config {
    /// What seals texts of one purpose.
    pub fn seals(&self, purpose: &str) -> crate::error::Result<Seals> {
        Seals::new(&self.media_secret, &self.media_secrets_before, purpose)
    }

    /// Whether browsers reach it over TLS, so that cookies may be bound to this host alone.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    /// Rows.
    pub store: Store,
    /// Files.
    pub blobs: Arc<dyn Blobs>,
    /// What can be chosen.
    pub catalog: Catalog,
    /// Looks at files.
    pub intake: Arc<dyn Intake>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Signs access tokens.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// How it is set up.
    pub config: Config,
    /// Checks what vendors send, and wakes who waits for it.
    pub vendors: Arc<dyn Vendors>,
    /// Wakes the worker of this process when there is something to do.
    pub work: Arc<Notify>,
}

/// What every request works with. A clone is another handle to the same.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// Inside an [`App`].
pub struct Inner {
    /// What it was made of.
    pub parts: Parts,
    /// Who has called how often.
    pub(crate) limiter: Limiter,
    /// Who listens to which shoot.
    pub(crate) hub: Hub,
    /// What was asked of it, and how long that took.
    pub(crate) measures: Measures,
    /// Which imports are worked on here.
    pub(crate) imports: Imports,
    /// Who may make small copies now.
    pub(crate) thumbnails: Thumbnails,
    /// Which uploads are written to.
    pub(crate) uploads: Writing,
    /// Who sessions stand for.
    pub(crate) standings: Standings,
}

impl App {
    /// An app of these parts.
    pub fn new(parts: Parts) -> Self {
        let limiter = Limiter::new(&parts.store);
        Self(Arc::new(Inner {
            parts,
            limiter,
            hub: Hub::default(),
            measures: Measures::default(),
            imports: Imports::default(),
            thumbnails: Thumbnails::default(),
            uploads: Writing::default(),
            standings: Standings::default(),
        }))
    }

    /// Now.
    pub fn now_ms(&self) -> EpochMs {
        self.clock.now_ms()
    }

    /// Ends what is told live, so that a service that stops does not wait for those who listen.
    pub fn end_streams(&self) {
        self.0.hub.end();
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    pub(crate) fn measures(&self) -> &Measures {
        &self.0.measures
    }

    pub(crate) fn imports(&self) -> &Imports {
        &self.0.imports
    }

    pub(crate) fn thumbnails(&self) -> &Thumbnails {
        &self.0.thumbnails
    }

    pub(crate) fn uploads(&self) -> &Writing {
        &self.0.uploads
    }

    pub(crate) fn standings(&self) -> &Standings {
        &self.0.standings
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    /// Sends a letter, in the language of who asked for it. It is no fault of the caller's when that fails, so it is logged and the
    /// request goes on.
    pub(crate) async fn mail(&self, to: &str, subject: &str, body: String) {
        let letter = Letter {
            to: to.to_owned(),
            subject: subject.to_owned(),
            body,
        };
        if let Err(error) = crate::mail::send(Arc::clone(&self.mailer), letter).await {
            tracing::error!(?error, "a letter was not sent");
        }
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
