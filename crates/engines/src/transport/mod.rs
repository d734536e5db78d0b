//! How vendors are spoken to, once for all of them: pace, patience, limits, and what may be sent twice.
//!
//! A request that was refused or never sent is sent again after a wait; one that was sent and brought no reply, or a proxy's
//! word that it got none, is not, because the vendor may have made and billed the picture. The worker hears of it as
//! [`EngineError::Lost`]. Where the vendor gave an id, the job is asked after instead.

mod address;
mod allowance;
mod client;
mod fetch;
mod job;
mod pace;
mod picture;
mod sending;
mod wakes;

use std::{sync::Arc, time::Duration};

use domain::engine::{EngineCard, EngineName, Health, Limits};
use reqwest::Client;
use tokio::runtime::Runtime;

pub use address::{Address, Key, Setting};
pub use pace::Pace;

use crate::{
    CallLog, EngineError,
    sharing::Sharing,
    vendor::{Answer, HttpReply, Order, Request, Vendor},
};
use client::Lost;
use fetch::Fetcher;
use job::is_job_id;
use sending::{Asked, not_an_order};
use wakes::Wakes;

/// Longest message that leaves the transport, in characters.
const WORDS_MAX: usize = 500;

/// Whether address and key of an engine are set, as far as that shows without a call.
pub fn is_set_up(card: &EngineCard, setting: Setting<'_>) -> Result<(), EngineError> {
    if card.local {
        return Ok(());
    }
    Address::of(card, setting).map(|_| ())
}

/// A finished picture as the vendor sent it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The file.
    pub bytes: Vec<u8>,
    /// The seed the vendor says it used.
    pub seed: Option<u64>,
    /// The vendor's id of the job, where there is one.
    pub id: Option<String>,
}

/// What a vendor's picture came to.
#[derive(Clone, Debug)]
pub enum Spoken {
    /// A picture.
    Done(Delivery),
    /// Its rules forbid it.
    Refused(String),
}

/// The way to one engine's server.
pub struct Transport {
    address: Address,
    limits: Limits,
    pace: Pace,
    wakes: Wakes,
    client: Client,
    fetcher: Fetcher,
    /// Its own, so that engines can be called from any thread that may block. Taken out when it is dropped.
    runtime: Option<Runtime>,
}

impl Drop for Transport {
    fn drop(&mut self) {
        // Dropping a runtime waits, which a caller inside another runtime must not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Transport {
    /// A transport to this address at these limits. Nothing is sent.
    pub fn new(address: Address, limits: Limits) -> Result<Self, EngineError> {
        let broken = |reason: String| EngineError::Misconfigured(format!("no network client: {reason}"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| broken(error.to_string()))?;
        let client = client::client().map_err(broken)?;
        Ok(Self {
            fetcher: Fetcher::new(client.clone()).map_err(broken)?,
            client,
            address,
            pace: Pace::new(&limits),
            wakes: Wakes::default(),
            limits,
            runtime: Some(runtime),
        })
    }

    /// The same, its allowance shared with every process that calls this engine.
    #[must_use]
    pub fn shared(mut self, sharing: Option<Arc<dyn Sharing>>, engine: &EngineName) -> Self {
        if let Some(sharing) = sharing {
            self.pace.share(sharing, engine.clone());
        }
        self
    }

    /// Gets one picture. Blocks; must not be called from asynchronous code.
    pub fn picture(
        &self,
        vendor: &dyn Vendor,
        order: &Order<'_>,
        log: &dyn CallLog,
    ) -> Result<Spoken, EngineError> {
        let spoken = self.block_on(self.speak(vendor, order, log));
        self.counted(self.cleaned(spoken))
    }

    /// Takes up a job that an earlier attempt began, by the vendor's id.
    pub fn resume(&self, vendor: &dyn Vendor, id: &str) -> Result<Spoken, EngineError> {
        let spoken = self.block_on(async {
            let _place = self.pace.place().await?;
            self.wait_for(vendor, id.to_owned()).await
        });
        self.counted(self.cleaned(spoken))
    }

    /// Whoever waits for this job asks after it now.
    pub fn wake(&self, id: &str) {
        self.wakes.wake(id);
    }

    /// Calls a job off. `false` where the vendor knows no such thing, or the job is over. Blocks.
    pub fn call_off(&self, vendor: &dyn Vendor, id: &str) -> Result<bool, EngineError> {
        let called_off = self.block_on(self.cancel(vendor, id));
        self.wakes.wake(id);
        called_off
    }

    /// Counts how a call ended.
    fn counted(&self, spoken: Result<Spoken, EngineError>) -> Result<Spoken, EngineError> {
        match &spoken {
            Ok(Spoken::Done(_)) => self.pace.ended("done", None),
            Ok(Spoken::Refused(_)) => self.pace.ended("refused", None),
            Err(error) => self.pace.ended(error.name(), Some(error.to_string())),
        }
        spoken
    }

    /// What a vendor said, fit for rows, logs and terminals: short, on one line, and without the key, should it repeat it.
    fn cleaned(&self, spoken: Result<Spoken, EngineError>) -> Result<Spoken, EngineError> {
        let clean = |message: String| {
            let plain: String = message
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            let told = match &self.address.key {
                Some(key) => plain.replace(key.reveal(), "***"),
                None => plain,
            };
            told.chars().take(WORDS_MAX).collect()
        };
        match spoken {
            Ok(Spoken::Refused(reason)) => Ok(Spoken::Refused(clean(reason))),
            Ok(done) => Ok(done),
            Err(EngineError::Broken(message)) => Err(EngineError::Broken(clean(message))),
            Err(EngineError::Misconfigured(message)) => Err(EngineError::Misconfigured(clean(message))),
            Err(EngineError::Retry(message)) => Err(EngineError::Retry(clean(message))),
            Err(EngineError::Lost(message)) => Err(EngineError::Lost(clean(message))),
            Err(EngineError::Pending(message)) => Err(EngineError::Pending(clean(message))),
        }
    }

    /// How the server is doing, seen from here.
    pub fn health(&self) -> Health {
        self.pace.health()
    }

    /// Asks for a path and gives the reply, whatever it says. For the doctor.
    pub fn probe(&self, path: &str) -> Result<HttpReply, EngineError> {
        let request = Request::get(path);
        let timeout = Duration::from_secs(15);
        self.block_on(client::send(&self.client, &self.address, &request, timeout))
            .map_err(|lost| match lost {
                Lost::NotSent(reason) | Lost::NoReply(reason) => EngineError::Retry(reason),
            })
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => unreachable!("the runtime is taken out only when the transport is dropped"),
        }
    }

    async fn speak(
        &self,
        vendor: &dyn Vendor,
        order: &Order<'_>,
        log: &dyn CallLog,
    ) -> Result<Spoken, EngineError> {
        let _place = self.pace.place().await?;
        let mut uploaded = Vec::new();
        for upload in vendor.uploads(order) {
            let reply = self.exchange(&upload, true).await.map_err(not_an_order)?;
            uploaded.push(vendor.uploaded(&reply).map_err(EngineError::from)?);
        }
        let request = vendor.request(order, &uploaded).map_err(EngineError::from)?;
        let parse = |reply: &HttpReply| vendor.parse(reply);
        match self.ask(&request, parse, Asked::Order(log)).await? {
            Answer::Pending { id } if !is_job_id(&id) => {
                log.answered();
                Err(EngineError::Broken(
                    "the vendor gave a job an id that is none".to_owned(),
                ))
            }
            Answer::Pending { id } => {
                log.accepted(&id);
                self.wait_for(vendor, id).await
            }
            answer => self.conclude(answer, None).await.map_err(|error| match error {
                // It is made, and ordering it again would buy it again.
                EngineError::Retry(message) => EngineError::Lost(message),
                error => error,
            }),
        }
    }
}
