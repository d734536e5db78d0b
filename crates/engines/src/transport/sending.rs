//! Sending a request: in turn, again after a wait where that costs nothing twice, and heard of by the pace.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    Transport,
    allowance::used_up,
    client::{self, Lost},
};
use crate::{
    CallLog, EngineError,
    vendor::{Answer, Fault, HttpReply, Method, Request, retry_after},
};

/// Most times one request is sent.
pub(super) const SENDS_MAX: u32 = 4;
/// The first wait between two sends; it doubles each time, and each is stretched by up to half at random.
const WAIT: Duration = Duration::from_secs(1);
/// A vendor that asks for a longer wait than this is left to the queue.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// What is asked for: a picture, which counts against the vendor's rate and may be billed, or how one stands.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    Order(&'a dyn CallLog),
    Poll,
}

impl Transport {
    /// Sends a request until it is answered with more than "try again".
    pub(super) async fn ask(
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
    pub(super) async fn exchange(
        &self,
        request: &Request,
        is_counted: bool,
    ) -> Result<HttpReply, EngineError> {
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
}

/// What a server in between says when it got no answer from the vendor: the order may well have been taken. 408 Request
/// Timeout, 502 Bad Gateway, 504 Gateway Timeout, and the 52x of a large proxy.
fn is_unanswered(status: u16) -> bool {
    matches!(status, 408 | 502 | 504 | 520..=599)
}

/// Nothing was ordered yet, so nothing can be billed.
pub(super) fn not_an_order(error: EngineError) -> EngineError {
    match error {
        EngineError::Lost(message) => EngineError::Retry(message),
        error => error,
    }
}

/// The wait after so many sends.
pub(super) fn backoff(sends: u32) -> Duration {
    let stretch = 1.0 + 0.5 * fastrand::f64();
    (WAIT * 2_u32.pow(sends.saturating_sub(1).min(6))).mul_f64(stretch)
}
