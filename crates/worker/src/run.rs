//! The loop: claim, keep the lease alive, run, end.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::{
    clock::EpochMs,
    ids::JobId,
    manifest::DeliveredFile,
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome, Next, PastAttempt},
    shot::Shot,
};
use sha2::{Digest as _, Sha256};
use store::{
    StoreError,
    attempts::{Beginning, Closing, Work},
    endings::Ending,
    generations::AttemptEnd,
    queue::Lease,
    thresholds::Scope,
};
use thiserror::Error;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::{
    CANDIDATES, Ended, Environment, Naming, attend,
    jobs::generate::{self, Job, Made, next_attempt, received_key, taken_up},
    patience::{Patience, patiently},
    together::Asking,
};

/// The first wait before a passing fault is tried again; it doubles each time.
const BACKOFF_MS: i64 = 1_000;
/// The longest sleep between looks at the queue.
const POLL_MS: i64 = 500;
/// How often jobs of the dead are looked for.
const RESCUE_MS: i64 = 1_000;
/// How long a database that is away is waited for before the run ends.
const AWAY_MAX: Duration = Duration::from_mins(2);

/// How long a storage that is away is waited for before a finished picture is given up.
const STORAGE_AWAY_MAX: Duration = Duration::from_mins(10);

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
    /// A slot has failed for good.
    failed: Stop,
}

impl Shared {
    fn start(environment: &Arc<Environment>) -> Self {
        Self {
            asking: Asking::start(environment),
            held: Mutex::default(),
            rescue_ms: AtomicI64::new(EpochMs::MIN),
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
        let due = environment.store.next_due().await?;
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

/// Runs a job as a span of its own, in the trace of the call that ordered it.
async fn run_job(environment: &Arc<Environment>, asking: &Asking, lease: Lease) -> Result<(), RunError> {
    let work = environment.store.work(&lease).await?;
    let span = tracing::info_span!(
        "generate",
        otel.kind = "consumer",
        generation = lease.generation.as_str(),
        sku = work.shot.product.sku,
        pose = work.shot.pose.as_str(),
        engine = %work.shot.brief.engine,
    );
    if !span.is_disabled()
        && let Some(traceparent) = environment.store.traceparent(&lease.generation).await?
    {
        environment.listener.traced(&span, &traceparent);
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
    let refusal = environment
        .store
        .consent_refusal(&lease.generation, started_ms)
        .await?;
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
    let thresholds = environment
        .store
        .thresholds(Scope::workspace(&lease.workspace))
        .await?;
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
        thresholds,
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

/// Puts the file, then the row. A worker that has lost its lease writes neither: by now another may have made the picture.
async fn end(
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
        let now_ms = environment.clock.now_ms();
        patiently!(
            environment.lease,
            environment
                .store
                .announce_blob(lease, environment.lease_ms(), &key, now_ms)
                .await
        )?;
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

/// Where a picture that was sent back is kept, so that people can see why: beside those sent back before it, in place of
/// those of earlier settings.
fn candidate_key(path: &str, past: &[PastAttempt]) -> String {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, "webp"));
    let is_sent_back =
        |one: &&PastAttempt| matches!(one.outcome, AttemptOutcome::Rejected | AttemptOutcome::Withheld);
    let rejected = past.iter().filter(is_sent_back);
    format!("{CANDIDATES}/{stem}-{}.{extension}", rejected.count() + 1)
}

/// Puts the vendor's file among the pictures that were sent back, if there is one and it is a picture.
async fn keep_vendor_file(environment: &Arc<Environment>, lease: &Lease, job: &Job) -> Option<DeliveredFile> {
    let file = environment.blobs.get(job.vendor_file()?).await.ok()?;
    let (shot, read) = (job.shot.clone(), file.clone());
    let described = tokio::task::spawn_blocking(move || generate::described(&read, &shot)).await;
    let described = described.ok().flatten()?;
    let key = match environment.naming {
        Naming::Content => content_key(lease, &described, false),
        Naming::Catalogue => format!("{CANDIDATES}/{}", described.path),
    };
    let now_ms = environment.clock.now_ms();
    let announced = environment
        .store
        .announce_blob(lease, environment.lease_ms(), &key, now_ms);
    announced.await.ok()?;
    put(environment, &key, file.to_vec()).await.ok()?;
    Some(DeliveredFile {
        path: key,
        ..described
    })
}

/// Puts a heat-map where the review desk reads it. A picture without one is decided on by its words and its box.
async fn keep_heatmap(environment: &Arc<Environment>, lease: &Lease, file: Vec<u8>) -> Option<String> {
    let sha256 = hex::encode(Sha256::digest(&file));
    let key = format!("heatmaps/{}/{sha256}.webp", lease.workspace);
    let now_ms = environment.clock.now_ms();
    let announced = environment
        .store
        .announce_blob(lease, environment.lease_ms(), &key, now_ms);
    announced.await.ok()?;
    // Once: nobody waits ten minutes for what a picture can do without.
    environment.blobs.put(&key, file.into()).await.ok()?;
    Some(key)
}

/// Where a picture is kept in a service.
fn content_key(lease: &Lease, file: &DeliveredFile, is_done: bool) -> String {
    let kind = if is_done { "pictures" } else { "candidates" };
    let extension = file.format.extension();
    format!("{kind}/{}/{}.{extension}", lease.workspace, file.sha256)
}

/// The vendor's files of an attempt that has ended are needed no more. One that stays does no harm.
async fn forget_received(environment: &Arc<Environment>, job: &Job) {
    let keys = [
        Some(received_key(environment, &job.attempt)),
        job.left.file.clone(),
    ];
    for key in keys.into_iter().flatten() {
        let _ = environment.blobs.remove(&key).await;
    }
}

/// Puts a file. A service's storage that is away, or full, is waited for: the lease is kept meanwhile, and the picture is paid for.
async fn put(environment: &Arc<Environment>, key: &str, file: Vec<u8>) -> Result<(), String> {
    let file = Bytes::from(file);
    let mut patience = Patience::new(match environment.naming {
        Naming::Content => STORAGE_AWAY_MAX,
        // Somebody is watching, who makes room and begins again.
        Naming::Catalogue => Duration::ZERO,
    });
    loop {
        let put = environment.blobs.put(key, file.clone()).await;
        let away = put.as_ref().err().filter(|error| error.is_passing());
        if !patience.waits(away).await {
            return put.map_err(|error| match environment.naming {
                Naming::Content => {
                    tracing::warn!(%error, key, "a file cannot be kept");
                    error.told().to_owned()
                }
                Naming::Catalogue => error.to_string(),
            });
        }
    }
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

async fn sleep_ms(ms: i64) {
    tokio::time::sleep(Duration::from_millis(ms.max(0) as u64)).await;
}
