//! A job at a vendor: asked after until it ends, and called off.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Spoken, Transport,
    sending::{Asked, not_an_order},
};
use crate::{
    EngineError,
    vendor::{Answer, Fault, HttpReply, Vendor},
};

/// Between two looks at a job, growing from the first to the second.
const POLL: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

impl Transport {
    /// Asks after a job until it ends.
    pub(super) async fn wait_for(&self, vendor: &dyn Vendor, id: String) -> Result<Spoken, EngineError> {
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
    pub(super) async fn cancel(&self, vendor: &dyn Vendor, id: &str) -> Result<bool, EngineError> {
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
}

/// A passing fault while a job is at the vendor: the job is still there.
fn still_there(error: EngineError, id: &str) -> EngineError {
    match error {
        EngineError::Retry(message) => EngineError::Pending(format!("job {id} is in work, and {message}")),
        error => error,
    }
}

/// Ids go into addresses: letters, digits and what vendors put between them.
pub(super) fn is_job_id(id: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=200).contains(&id.len()) && id.bytes().all(is_plain) && !id.contains("..")
}
