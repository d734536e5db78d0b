//! The loop: claim, keep the lease alive, run, end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{clock::EpochMs, threshold::Thresholds, verdict::Verdict};
use store::{
    StoreError,
    generations::{Attempt, AttemptEnd},
    queue::Lease,
    thresholds::Scope,
};
use thiserror::Error;
use tokio::task::JoinSet;

use crate::{
    Ended, Environment,
    jobs::generate::{self, Made},
};

/// A lease lasts this long and is renewed at a third of it. A worker that dies delays its picture by no more.
const LEASE_MS: i64 = 60_000;
/// The longest sleep between looks at the queue.
const POLL_MS: i64 = 500;

/// Why the worker stopped before the queue was empty.
#[derive(Debug, Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A slot's task ended in a panic outside any job.
    #[error("a worker slot died: {0}")]
    Slot(#[from] tokio::task::JoinError),
}

/// Asks a running worker to claim nothing more. Pictures it has begun are finished.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs jobs on every slot until none is left or a stop is asked.
pub async fn run_until_idle(environment: &Arc<Environment>, stop: &Stop) -> Result<(), RunError> {
    let mut slots = JoinSet::new();
    for _ in 0..environment.slots.max(1) {
        let (environment, stop) = (Arc::clone(environment), stop.clone());
        slots.spawn(async move { run_slot(&environment, &stop).await });
    }
    while let Some(slot) = slots.join_next().await {
        if let Err(error) = slot.map_err(RunError::from).flatten() {
            stop.ask();
            while slots.join_next().await.is_some() {}
            return Err(error);
        }
    }
    Ok(())
}

async fn run_slot(environment: &Arc<Environment>, stop: &Stop) -> Result<(), RunError> {
    while !stop.is_asked() {
        let now_ms = environment.clock.now_ms();
        environment
            .store
            .rescue(&environment.ids, &environment.worker, now_ms)
            .await?;
        match environment
            .store
            .claim(&environment.worker, &environment.ids.next(), LEASE_MS, now_ms)
            .await?
        {
            Some(lease) => run_job(environment, lease).await?,
            None => match environment.store.next_due().await? {
                Some(due_ms) => sleep_ms((due_ms - now_ms).clamp(10, POLL_MS)).await,
                None => return Ok(()),
            },
        }
    }
    Ok(())
}

async fn run_job(environment: &Arc<Environment>, lease: Lease) -> Result<(), RunError> {
    let started_ms = environment.clock.now_ms();
    let attempt = match environment
        .store
        .begin_attempt(&environment.ids, &lease, started_ms)
        .await
    {
        Err(StoreError::LeaseLost) => return Ok(()),
        begun => begun?,
    };
    let heartbeat = tokio::spawn(keep_alive(Arc::clone(environment), lease.clone()));
    let scope = Scope::workspace(&lease.workspace);
    let thresholds = environment.store.thresholds(scope).await?;
    let made = make(environment, &lease, &attempt, thresholds).await;
    let ended = end(environment, &lease, &attempt, made).await;
    heartbeat.abort();
    let (verdicts, end, ended_ms) = match ended {
        Err(StoreError::LeaseLost) => return Ok(()),
        ended => ended?,
    };
    environment.listener.ended(&Ended {
        shot: &attempt.shot,
        end: &end,
        verdicts: &verdicts,
        elapsed_ms: ended_ms - started_ms,
    });
    Ok(())
}

/// Runs the picture's work on a thread where it may block; a panic there is that picture's failure alone.
async fn make(
    environment: &Arc<Environment>,
    lease: &Lease,
    attempt: &Attempt,
    thresholds: Thresholds,
) -> Made {
    let (worker, held, shot) = (Arc::clone(environment), lease.clone(), attempt.shot.clone());
    let work = tokio::task::spawn_blocking(move || generate::run(&worker, &held, &shot, &thresholds));
    work.await.unwrap_or_else(|panic| {
        Made::nothing(AttemptEnd::Failed(format!(
            "the picture's work broke down: {panic}"
        )))
    })
}

/// Puts the file, then the row. A worker that has lost its lease writes neither: by now another may have made the picture.
async fn end(
    environment: &Arc<Environment>,
    lease: &Lease,
    attempt: &Attempt,
    made: Made,
) -> Result<(Vec<Verdict>, AttemptEnd, EpochMs), StoreError> {
    let Made {
        verdicts,
        mut end,
        file,
    } = made;
    if let AttemptEnd::Completed(delivered) = &end {
        let now_ms = environment.clock.now_ms();
        environment.store.heartbeat(lease, LEASE_MS, now_ms).await?;
        if let Err(reason) = put(environment, lease, &delivered.file.path, file).await {
            end = AttemptEnd::Failed(reason);
        }
    }
    let now_ms = environment.clock.now_ms();
    environment
        .store
        .end_attempt(&environment.ids, lease, attempt, &verdicts, &end, now_ms)
        .await?;
    Ok((verdicts, end, now_ms))
}

async fn put(environment: &Arc<Environment>, lease: &Lease, key: &str, file: Vec<u8>) -> Result<(), String> {
    let (blobs, key, token) = (environment.blobs.clone(), key.to_owned(), lease.token.clone());
    tokio::task::spawn_blocking(move || blobs.put(&key, &token, &file).map_err(|error| error.to_string()))
        .await
        .unwrap_or_else(|panic| Err(format!("writing the picture broke down: {panic}")))
}

/// Renews the lease until it is lost. A passing fault of the store is tried again a third of a lease later.
async fn keep_alive(environment: Arc<Environment>, lease: Lease) {
    loop {
        sleep_ms(LEASE_MS / 3).await;
        let renewed = environment
            .store
            .heartbeat(&lease, LEASE_MS, environment.clock.now_ms())
            .await;
        if matches!(renewed, Err(StoreError::LeaseLost)) {
            return;
        }
    }
}

async fn sleep_ms(ms: i64) {
    tokio::time::sleep(Duration::from_millis(ms.max(0) as u64)).await;
}
