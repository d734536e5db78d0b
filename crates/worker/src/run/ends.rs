//! How a job ends: its file, then its row, and whether the picture is tried again.

use std::sync::Arc;

use domain::retry::{AttemptOutcome, Next, PastAttempt};
use store::{
    StoreError, attempts::Closing, endings::Ending, generations::AttemptEnd, queue::Lease, work::Work,
};

use super::files::{candidate_key, content_key, forget_received, keep_heatmap, keep_vendor_file, put};
use crate::{
    Environment, Naming,
    jobs::generate::{Job, Made, next_attempt},
    patience::patiently,
    together::Asking,
};

/// The first wait before a passing fault is tried again; it doubles each time.
const BACKOFF_MS: i64 = 1_000;

/// Puts the file, then the row. A worker that has lost its lease writes neither: by now another may have made the picture.
pub(super) async fn end(
    environment: &Arc<Environment>,
    asking: &Asking,
    lease: &Lease,
    work: &Work,
    job: &Job,
    mut made: Made,
) -> Result<Ending, StoreError> {
    let (mut candidate, mut sent_back) = (None, None);
    let mut delivered = None;
    if let Some((mut picture, file)) = made.picture.take() {
        let is_done = made.outcome == AttemptOutcome::Done;
        let key = match environment.naming {
            Naming::Content => content_key(lease, &picture.file, is_done),
            Naming::Catalogue if is_done => picture.file.path.clone(),
            Naming::Catalogue => candidate_key(&picture.file.path, &work.past),
        };
        patiently!(environment.lease, asking.announce(lease, &key).await)?;
        let put = put(environment, &key, file).await;
        picture.file.path = key;
        match put {
            Ok(()) if is_done => delivered = Some(picture),
            Ok(()) => {
                candidate = Some(picture.file.clone());
                sent_back = Some(picture);
            }
            Err(reason) if is_done => {
                made.outcome = AttemptOutcome::Failed;
                made.reason = Some(reason);
            }
            // A picture that was sent back is sent back without its file too.
            Err(_) => {}
        }
    }
    if made.keeps_file && delivered.is_none() {
        candidate = keep_vendor_file(environment, lease, job).await;
    }
    let heatmap = match made.heatmap.take() {
        Some(file) => keep_heatmap(environment, lease, file).await,
        None => None,
    };
    let closing = Closing {
        outcome: made.outcome,
        cost: made.cost,
        candidate,
        made: sent_back,
        heatmap,
        verdicts: made.verdicts,
    };
    let now_ms = environment.clock.now_ms();
    let end = match delivered {
        Some(delivered) => AttemptEnd::Completed(delivered),
        None => without_picture(
            environment,
            lease,
            work,
            job,
            &closing,
            made.reason.unwrap_or_default(),
        ),
    };
    // If an answer is lost, the second time says that the lease is gone: it was ended, by us.
    let ending = Ending {
        lease: lease.clone(),
        attempt: job.attempt.clone(),
        closing,
        end,
        now_ms,
    };
    patiently!(environment.lease, asking.end(&ending).await)?;
    if ending.closing.outcome != AttemptOutcome::Pending {
        forget_received(environment, job).await;
    }
    Ok(ending)
}

/// Another attempt, or the end, of a picture whose last attempt gave none.
fn without_picture(
    environment: &Environment,
    lease: &Lease,
    work: &Work,
    job: &Job,
    closing: &Closing,
    reason: String,
) -> AttemptEnd {
    let mut past = work.past.clone();
    past.push(PastAttempt {
        asked: job.asked.clone(),
        outcome: closing.outcome,
        reason: Some(reason.clone()),
        cost: closing.cost,
    });
    let why = match next_attempt(environment, &work.shot, &past) {
        Next::Attempt(_) if !lease.is_last => {
            return AttemptEnd::Retry {
                message: reason,
                run_at_ms: environment.clock.now_ms() + wait_ms(&past),
            };
        }
        Next::Attempt(_) => String::new(),
        Next::Stop(why) => why,
    };
    let told = if why.is_empty() {
        reason
    } else {
        format!("{reason} ({why})")
    };
    match closing.outcome {
        AttemptOutcome::Rejected | AttemptOutcome::Withheld => AttemptEnd::Rejected(told),
        AttemptOutcome::Refused => AttemptEnd::Refused(told),
        AttemptOutcome::Fault | AttemptOutcome::Lost | AttemptOutcome::Broken | AttemptOutcome::Pending => {
            AttemptEnd::Failed(format!("{told} (tried {} times)", faults(&past)))
        }
        AttemptOutcome::Done | AttemptOutcome::Failed => AttemptEnd::Failed(told),
    }
}

/// Faults in passing since the last attempt that came to something.
fn faults(past: &[PastAttempt]) -> usize {
    let passing = |one: &&PastAttempt| {
        matches!(
            one.outcome,
            AttemptOutcome::Fault | AttemptOutcome::Lost | AttemptOutcome::Broken | AttemptOutcome::Pending
        )
    };
    past.iter().rev().take_while(passing).count()
}

/// How long the next attempt waits: not at all after a picture, longer after each fault in passing.
fn wait_ms(past: &[PastAttempt]) -> i64 {
    match faults(past) {
        0 => 0,
        faults => BACKOFF_MS << (faults - 1).min(10),
    }
}
