//! The loop: claim, keep the lease alive, run, end.

mod ends;
mod files;
mod work;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{clock::EpochMs, ids::JobId};
use store::StoreError;
use thiserror::Error;
use tokio::task::JoinSet;

use self::work::run_job;
use crate::{Environment, attend, together::Asking};

/// The longest sleep between looks at the queue.
const POLL_MS: i64 = 500;
/// How long slots that find nothing go by what one of them was told. With hundreds of slots, most of which wait, the database did
/// little else than to answer each.
const TOLD_FOR: Duration = Duration::from_millis(100);
/// How often jobs of the dead are looked for.
const RESCUE_MS: i64 = 1_000;
/// How long a database that is away is waited for before the run ends.
const AWAY_MAX: Duration = Duration::from_mins(2);

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

/// What the slots of one run share.
struct Shared {
    asking: Asking,
    /// Jobs that a slot works on: their leases are this run's to keep.
    held: Mutex<HashSet<JobId>>,
    /// When jobs of the dead are looked for next.
    rescue_ms: AtomicI64,
    /// When the next job is due, and when that was asked.
    due: tokio::sync::Mutex<Option<(Instant, Option<EpochMs>)>>,
    /// A slot has failed for good.
    failed: Stop,
}

impl Shared {
    fn start(environment: &Arc<Environment>) -> Self {
        Self {
            asking: Asking::start(environment),
            held: Mutex::default(),
            rescue_ms: AtomicI64::new(EpochMs::MIN),
            due: tokio::sync::Mutex::default(),
            failed: Stop::default(),
        }
    }

    /// Whether it is time to look for jobs of the dead: one slot does, now and then.
    fn is_to_rescue(&self, now_ms: EpochMs) -> bool {
        let (due, next) = (self.rescue_ms.load(Ordering::Relaxed), now_ms + RESCUE_MS);
        let take = || {
            self.rescue_ms
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
        };
        due <= now_ms && take().is_ok()
    }

    /// When the next job is due, as the store said a moment ago.
    async fn next_due(&self, environment: &Environment) -> Result<Option<EpochMs>, StoreError> {
        let mut told = self.due.lock().await;
        if let Some((asked, due)) = *told
            && asked.elapsed() < TOLD_FOR
        {
            return Ok(due);
        }
        let due = environment.store.next_due().await?;
        *told = Some((Instant::now(), due));
        Ok(due)
    }

    fn held(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs jobs on every slot until none is left or a stop is asked.
pub async fn run_until_idle(environment: &Arc<Environment>, stop: &Stop) -> Result<(), RunError> {
    let (mut slots, shared) = (JoinSet::new(), Arc::new(Shared::start(environment)));
    for _ in 0..environment.slots.max(1) {
        let (environment, shared, stop) = (Arc::clone(environment), Arc::clone(&shared), stop.clone());
        slots.spawn(async move { run_slot(&environment, &shared, &stop).await });
    }
    let attending = tokio::spawn(attend::always(Arc::clone(environment)));
    let mut ran = Ok(());
    while let Some(slot) = slots.join_next().await {
        if let (Err(error), true) = (slot.map_err(RunError::from).flatten(), ran.is_ok()) {
            shared.failed.ask();
            ran = Err(error);
        }
    }
    attending.abort();
    attend::once(environment, &mut attend::Told::default()).await;
    ran
}

/// One job after the other. A database that goes away and comes back is waited for: the job that was in hand is taken up again
/// once its lease has run out.
async fn run_slot(environment: &Arc<Environment>, shared: &Shared, stop: &Stop) -> Result<(), RunError> {
    let mut away_since = None;
    while !stop.is_asked() && !shared.failed.is_asked() {
        match run_next(environment, shared).await {
            Ok(Found::Job) => away_since = None,
            Ok(Found::Nothing { wait_ms }) => {
                away_since = None;
                sleep_ms(wait_ms).await;
            }
            Ok(Found::End) => return Ok(()),
            Err(RunError::Store(error))
                if error.is_busy() && away_since.get_or_insert_with(Instant::now).elapsed() < AWAY_MAX =>
            {
                tracing::warn!(%error, "the database is away; it is asked again");
                sleep_ms(POLL_MS).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What a slot found in the queue.
enum Found {
    /// A job, which it has run.
    Job,
    /// Nothing that is due yet.
    Nothing { wait_ms: i64 },
    /// Nothing at all.
    End,
}

async fn run_next(environment: &Arc<Environment>, shared: &Shared) -> Result<Found, RunError> {
    let now_ms = environment.clock.now_ms();
    if shared.is_to_rescue(now_ms) {
        let held = shared.held().clone();
        environment.store.rescue(&environment.ids, &held, now_ms).await?;
    }
    let Some(lease) = shared.asking.claim().await? else {
        let due = shared.next_due(environment).await?;
        return Ok(due.map_or(Found::End, |due_ms| Found::Nothing {
            wait_ms: (due_ms - now_ms).clamp(10, POLL_MS),
        }));
    };
    let job = lease.job.clone();
    shared.held().insert(job.clone());
    let ran = run_job(environment, &shared.asking, lease).await;
    shared.held().remove(&job);
    ran.map(|()| Found::Job)
}

async fn sleep_ms(ms: i64) {
    tokio::time::sleep(Duration::from_millis(ms.max(0) as u64)).await;
}
