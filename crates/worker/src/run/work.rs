//! One job: what is asked of which engine, made while its lease is kept alive, and ended.

use std::sync::{Arc, OnceLock, atomic::AtomicBool};

use domain::{
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome, Next},
    shot::Shot,
};
use store::{StoreError, attempts::Beginning, queue::Lease, work::Work};
use tracing::Instrument as _;

use super::{RunError, ends::end, files::forget_received, sleep_ms};
use crate::{
    Ended, Environment,
    jobs::generate::{self, Job, Made, next_attempt, taken_up},
    together::Asking,
};

/// Runs a job as a span of its own, in the trace of the call that ordered it.
pub(super) async fn run_job(
    environment: &Arc<Environment>,
    asking: &Asking,
    lease: Lease,
) -> Result<(), RunError> {
    let work = asking.work(&lease).await?;
    let span = tracing::info_span!(
        "generate",
        otel.kind = "consumer",
        generation = lease.generation.as_str(),
        sku = work.shot.product.sku,
        pose = work.shot.pose.as_str(),
        engine = %work.shot.brief.engine,
    );
    if let Some(traceparent) = work.traceparent.as_ref().filter(|_| !span.is_disabled()) {
        environment.listener.traced(&span, traceparent);
    }
    run_work(environment, asking, lease, work).instrument(span).await
}

async fn run_work(
    environment: &Arc<Environment>,
    asking: &Asking,
    lease: Lease,
    work: Work,
) -> Result<(), RunError> {
    let started_ms = environment.clock.now_ms();
    let refusal = work.refusal(started_ms);
    let (asked, not_made) = match (refusal, next_attempt(environment, &work.shot, &work.past)) {
        (Some(why), _) => (as_asked(&work.shot), Some((AttemptOutcome::Refused, why))),
        (None, Next::Attempt(asked)) => (*asked, None),
        (None, Next::Stop(why)) => {
            let asked = as_asked(&work.shot);
            let why = no_engine(&asked, &why);
            (asked, Some((AttemptOutcome::Failed, why)))
        }
    };
    let left = taken_up(&work, &asked);
    let beginning = Beginning {
        lease: lease.clone(),
        asked: asked.clone(),
        left: left.clone(),
        now_ms: started_ms,
    };
    let attempt = match asking.begin(beginning).await {
        Err(StoreError::LeaseLost) => return Ok(()),
        begun => begun?,
    };
    let heartbeat = tokio::spawn(keep_alive(Arc::clone(environment), lease.clone()));
    let mut shot = work.shot.clone();
    shot.brief.engine = asked.engine.clone();
    let job = Arc::new(Job {
        attempt,
        asked,
        left,
        shot,
        thresholds: work.thresholds.clone(),
        taken: AtomicBool::new(false),
        kept: OnceLock::new(),
    });
    let made = match not_made {
        None => make(environment, &job).await,
        Some((outcome, why)) => Made::nothing(outcome, why),
    };
    let ended = end(environment, asking, &lease, &work, &job, made).await;
    heartbeat.abort();
    let ending = match ended {
        Err(StoreError::LeaseLost) => {
            // Called off meanwhile: nobody will take its file up. What a rescue left is another's.
            if !environment.store.is_to_be_taken_up(&job.attempt).await? {
                forget_received(environment, &job).await;
            }
            return Ok(());
        }
        ended => ended?,
    };
    environment.listener.ended(&Ended {
        shot: &job.shot,
        end: &ending.end,
        verdicts: &ending.closing.verdicts,
        elapsed_ms: ending.now_ms - started_ms,
    });
    Ok(())
}

/// The row of an attempt that is not made: nothing is left that could be asked.
fn as_asked(shot: &Shot) -> Attempt {
    Attempt {
        engine: shot.brief.engine.clone(),
        seed: shot.seed,
        strength: None,
        hint: None,
        price: MicroUsd::default(),
    }
}

fn no_engine(asked: &Attempt, why: &str) -> String {
    if why.is_empty() {
        format!(
            "no engine is here that can make it: `{}` was asked for",
            asked.engine
        )
    } else {
        why.to_owned()
    }
}

/// Runs the picture's work on a thread where it may block; a panic there is that picture's failure alone.
async fn make(environment: &Arc<Environment>, job: &Arc<Job>) -> Made {
    let (worker, held) = (Arc::clone(environment), Arc::clone(job));
    let span = tracing::Span::current();
    let work = tokio::task::spawn_blocking(move || span.in_scope(|| generate::run(&worker, &held)));
    work.await.unwrap_or_else(|panic| Made::broken_down(job, &panic))
}

/// Renews the lease until it is lost. A passing fault of the store is tried again a third of a lease later.
async fn keep_alive(environment: Arc<Environment>, lease: Lease) {
    loop {
        sleep_ms(environment.lease_ms() / 3).await;
        let renewed = environment
            .store
            .heartbeat(&lease, environment.lease_ms(), environment.clock.now_ms())
            .await;
        if matches!(renewed, Err(StoreError::LeaseLost)) {
            return;
        }
    }
}
