//! How vendors are spoken to, once for all of them: pace, patience, limits, and what may be sent twice.
//!
//! A request that was refused or never sent is sent again after a wait; one that was sent and brought no reply, or a proxy's
//! word that it got none, is not, because the vendor may have made and billed the picture. The worker hears of it as
//! [`EngineError::Lost`]. Where the vendor gave an id, the job is asked after instead.

mod address;
mod allowance;
mod client;
mod fetch;
mod pace;
mod wakes;

use std::{sync::Arc, time::Duration};

use domain::engine::{EngineCard, EngineName, Health, Limits};
use reqwest::Client;
use tokio::{
    runtime::Runtime,
    time::{Instant, sleep},
};

pub use address::{Address, Key, Setting};
pub use pace::Pace;

use crate::{
    CallLog, EngineError,
    sharing::Sharing,
    vendor::{Answer, Fault, HttpReply, Method, Order, Output, Request, Vendor, retry_after},
};
use allowance::used_up;
use client::Lost;
use fetch::Fetcher;
use wakes::Wakes;

/// Most times one request is sent.
const SENDS_MAX: u32 = 4;
/// The first wait between two sends; it doubles each time, and each is stretched by up to half at random.
const WAIT: Duration = Duration::from_secs(1);
/// A vendor that asks for a longer wait than this is left to the queue.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// Longest message that leaves the transport, in characters.
const WORDS_MAX: usize = 500;
/// Between two looks at a job, growing from the first to the second.
const POLL: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

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

    /// Sends a request until it is answered with more than "try again".
    async fn ask(
        &self,
        request: &Request,
        parse: impl Fn(&HttpReply) -> Answer,
        asked: Asked<'_>,
    ) -> Result<Answer, EngineError> {
        let mut sends = 0;
        loop {
            sends += 1;
            match asked {
                Asked::Order(log) => {
                    self.pace.turn().await?;
                    log.sending()?;
                }
                Asked::Poll => self.pace.pause().await,
            }
            let (message, after) = match self.send(request).await {
                Ok(reply) => match (self.noted(parse(&reply), &reply), asked) {
                    (Answer::Fault(Fault::Retry { message, .. }), Asked::Order(_))
                        if is_unanswered(reply.status) =>
                    {
                        return Err(EngineError::Lost(message));
                    }
                    (Answer::Fault(Fault::Retry { message, after }), _) => (message, after),
                    (answer, Asked::Order(log)) => {
                        if reply.is_success() && !matches!(answer, Answer::Refused { .. }) {
                            log.answered();
                        }
                        return Ok(answer);
                    }
                    (answer, Asked::Poll) => return Ok(answer),
                },
                Err(EngineError::Retry(message)) => (message, None),
                Err(error) => return Err(error),
            };
            let wait = after.unwrap_or_else(|| backoff(sends));
            if sends >= SENDS_MAX || wait > WAIT_MAX {
                return Err(EngineError::Retry(message));
            }
            sleep(wait).await;
        }
    }

    /// An upload or another request without a picture: sent until it succeeds or fails for good. `is_counted`: the vendor counts
    /// it against its rate.
    async fn exchange(&self, request: &Request, is_counted: bool) -> Result<HttpReply, EngineError> {
        let mut sends = 0;
        loop {
            sends += 1;
            if is_counted {
                self.pace.turn().await?;
            } else {
                self.pace.pause().await;
            }
            let reply = match self.send(request).await {
                // Uploading twice costs nothing.
                Err(EngineError::Retry(_) | EngineError::Lost(_)) if sends < SENDS_MAX => None,
                reply => Some(reply?),
            };
            if let Some(reply) = &reply {
                self.paced(reply);
            }
            match reply {
                Some(reply) if reply.status != 429 && reply.status < 500 => return Ok(reply),
                Some(reply) if sends >= SENDS_MAX => return Ok(reply),
                reply => {
                    let asked = reply.as_ref().and_then(retry_after);
                    sleep(asked.unwrap_or_else(|| backoff(sends)).min(WAIT_MAX)).await;
                }
            }
        }
    }

    /// Keeps the pace by what the vendor says to a request without a picture.
    fn paced(&self, reply: &HttpReply) {
        match reply.status {
            429 => self.pace.throttled(retry_after(reply)),
            500.. => self.pace.failed(),
            _ => self.pace.answered(used_up(reply)),
        }
    }

    /// Keeps the pace by what a reply says.
    fn noted(&self, answer: Answer, reply: &HttpReply) -> Answer {
        match &answer {
            Answer::Fault(Fault::Retry { after, .. }) if reply.status == 429 => self.pace.throttled(*after),
            Answer::Fault(Fault::Retry { .. }) => self.pace.failed(),
            _ => self.pace.answered(used_up(reply)),
        }
        answer
    }

    async fn send(&self, request: &Request) -> Result<HttpReply, EngineError> {
        let timeout = Duration::from_secs(u64::from(self.limits.read_timeout_s));
        let sent = client::send(&self.client, &self.address, request, timeout).await;
        sent.map_err(|lost| {
            self.pace.failed();
            match (lost, request.method) {
                (Lost::NotSent(reason), _) | (Lost::NoReply(reason), Method::Get) => {
                    EngineError::Retry(reason)
                }
                (Lost::NoReply(reason), Method::Post) => EngineError::Lost(reason),
            }
        })
    }

    /// Asks after a job until it ends.
    async fn wait_for(&self, vendor: &dyn Vendor, id: String) -> Result<Spoken, EngineError> {
        let until = Instant::now() + Duration::from_secs(u64::from(self.limits.job_timeout_s));
        let mut wait = POLL.0;
        let woken = self.wakes.of(&id);
        loop {
            let request = vendor
                .poll(&id)
                .ok_or_else(|| EngineError::Broken("the vendor gave a job where it has none".to_owned()))?;
            let parse = |reply: &HttpReply| vendor.parse_poll(reply);
            let answer = self.ask(&request, parse, Asked::Poll).await;
            match answer.map_err(|error| still_there(error, &id))? {
                Answer::Pending { .. } if Instant::now() >= until => {
                    return Err(self.give_up(vendor, &id).await);
                }
                Answer::Pending { .. } => {
                    let _ = tokio::time::timeout(wait, woken.notified()).await;
                }
                // The job is there all the same: whoever mends the key finds it.
                Answer::Fault(Fault::Misconfigured(message)) => {
                    return Err(still_there(EngineError::Retry(message), &id));
                }
                Answer::Fault(fault) => return Err(fault.into()),
                answer => {
                    let concluded = self.conclude(answer, Some(id.clone())).await;
                    return concluded.map_err(|error| still_there(error, &id));
                }
            }
            wait = (wait * 3 / 2).min(POLL.1);
        }
    }

    /// Calls off a job that does not end. Where that cannot be done it goes on, and is looked at again later.
    async fn give_up(&self, vendor: &dyn Vendor, id: &str) -> EngineError {
        if self.cancel(vendor, id).await.is_ok_and(|called_off| called_off) {
            return EngineError::Lost(format!("job {id} did not end in time and was called off"));
        }
        EngineError::Pending(format!(
            "job {id} is in work for longer than is waited for at once"
        ))
    }

    /// Takes a job out of the vendor's queue, or ends it where it runs.
    async fn cancel(&self, vendor: &dyn Vendor, id: &str) -> Result<bool, EngineError> {
        let Some(cancel) = vendor.cancel(id) else {
            return Ok(false);
        };
        let reply = self.exchange(&cancel, false).await.map_err(not_an_order)?;
        let Some(queue) = vendor.queue() else {
            return Ok(reply.is_success());
        };
        let running = self.exchange(&queue, false).await.map_err(not_an_order)?;
        let stopped = match vendor.interrupt(id, &running) {
            Some(interrupt) => self.exchange(&interrupt, false).await.map_err(not_an_order)?,
            None => reply,
        };
        Ok(stopped.is_success())
    }

    /// The first picture of an answer, fetched where it is only named.
    async fn conclude(&self, answer: Answer, id: Option<String>) -> Result<Spoken, EngineError> {
        match answer {
            Answer::Done { outputs, seed } => {
                let first = outputs.into_iter().next();
                let bytes = match first {
                    Some(Output::Bytes(bytes)) => bytes,
                    Some(Output::Url(url)) => self.fetch(&url).await?,
                    Some(Output::Path(path)) => self.file(path).await?,
                    None => {
                        return Err(EngineError::Broken(
                            "the vendor says it is done and sends no picture".into(),
                        ));
                    }
                };
                Ok(Spoken::Done(Delivery { bytes, seed, id }))
            }
            Answer::Refused { reason, stage } => {
                let stage = stage.map(|stage| format!(" ({stage})")).unwrap_or_default();
                Ok(Spoken::Refused(format!(
                    "the vendor's rules forbid it{stage}: {reason}"
                )))
            }
            Answer::Pending { .. } => Err(EngineError::Broken("a job within a job".into())),
            Answer::Fault(fault) => Err(fault.into()),
        }
    }

    /// A file on the engine's own server.
    async fn file(&self, path: String) -> Result<Vec<u8>, EngineError> {
        let reply = self
            .exchange(&Request::get(path), false)
            .await
            .map_err(not_an_order)?;
        match reply.status {
            403 | 404 | 410 => Err(EngineError::Broken(fetch::expired(reply.status))),
            _ if reply.is_success() => Ok(reply.body),
            status => Err(EngineError::Retry(format!(
                "the finished picture could not be fetched (HTTP {status})"
            ))),
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, EngineError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.fetcher.fetch(&self.address, url).await {
                Err(Fault::Retry { .. }) if tries < SENDS_MAX => sleep(backoff(tries)).await,
                fetched => return fetched.map(|reply| reply.body).map_err(EngineError::from),
            }
        }
    }
}

/// What is asked for: a picture, which counts against the vendor's rate and may be billed, or how one stands.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Order(&'a dyn CallLog),
    Poll,
}

/// What a server in between says when it got no answer from the vendor: the order may well have been taken. 408 Request
/// Timeout, 502 Bad Gateway, 504 Gateway Timeout, and the 52x of a large proxy.
fn is_unanswered(status: u16) -> bool {
    matches!(status, 408 | 502 | 504 | 520..=599)
}

/// Nothing was ordered yet, so nothing can be billed.
fn not_an_order(error: EngineError) -> EngineError {
    match error {
        EngineError::Lost(message) => EngineError::Retry(message),
        error => error,
    }
}

/// A passing fault while a job is at the vendor: the job is still there.
fn still_there(error: EngineError, id: &str) -> EngineError {
    match error {
        EngineError::Retry(message) => EngineError::Pending(format!("job {id} is in work, and {message}")),
        error => error,
    }
}

fn backoff(sends: u32) -> Duration {
    let stretch = 1.0 + 0.5 * fastrand::f64();
    (WAIT * 2_u32.pow(sends.saturating_sub(1).min(6))).mul_f64(stretch)
}

/// Ids go into addresses: letters, digits and what vendors put between them.
fn is_job_id(id: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=200).contains(&id.len()) && id.bytes().all(is_plain) && !id.contains("..")
}
