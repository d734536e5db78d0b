//! The job queue: claimed by lease, never by holding a transaction.
//!
//! `available -> running -> completed | cancelled | discarded`, and back to `available` with a later `run_at` when
//! a passing fault is retried or a lease runs out; `paused` while its shoot is. Every write of a worker carries its lease token; a token that
//! no longer holds changes nothing. Jobs that ended are moved out of the way a day later.

mod empty;
mod finished;
mod turns;
mod wakes;

use std::collections::{HashMap, HashSet};

use domain::{
    clock::EpochMs,
    ids::{GenerationId, JobId, ShootId, WorkspaceId},
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError, attempts,
    database::Engine,
    engines,
    events::{self, NewEvent},
    ids::Ids,
    ledger::{self, HoldEnd},
    rows::{Value, insert_all, over_all},
    shoots, sweep,
};

pub(crate) use turns::{Turns, move_to};
pub use wakes::Wakes;

pub(crate) struct NewJob<'a> {
    pub(crate) id: String,
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) generation: &'a GenerationId,
    pub(crate) shoot: &'a str,
    pub(crate) priority: i64,
    /// See [`Turns`].
    pub(crate) turn: i64,
    pub(crate) position: i64,
    pub(crate) attempts_max: u32,
    pub(crate) now_ms: EpochMs,
}

/// A job a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The picture to make; of a job without one, an empty word.
    pub generation: GenerationId,
    /// The shoot that it is of; of a job without a picture, an empty word.
    pub shoot: ShootId,
    /// 1 for the first try.
    pub attempt: u32,
    /// No more tries after this one.
    pub is_last: bool,
    /// Proves that the job is held.
    pub token: String,
}

/// A blob that is about to be written for a job.
#[derive(Clone, Debug)]
pub struct NewBlob {
    /// The job, held.
    pub lease: Lease,
    /// Where it will lie.
    pub key: String,
}

pub(crate) async fn enqueue(tx: &mut AnyConnection, jobs: &[NewJob<'_>]) -> Result<()> {
    let row = |job: &NewJob<'_>| {
        vec![
            job.id.as_str().into(),
            job.workspace.as_str().into(),
            GENERATE.into(),
            job.generation.as_str().into(),
            job.shoot.into(),
            "available".into(),
            job.position.into(),
            job.now_ms.into(),
            i64::from(job.attempts_max).into(),
            job.priority.into(),
            job.turn.into(),
        ]
    };
    let rows = jobs.iter().map(row).collect();
    let into = "jobs (id, workspace_id, kind, generation_id, shoot_id, state, position, run_at_ms, attempts_max, priority, turn)";
    insert_all(tx, into, rows).await?;
    wakes::tell(tx).await
}

/// Cancels the open jobs of generations, what vendors do for them, and their holds. Together: a transaction that changes one balance
/// for each picture of a season takes longer with each.
pub(crate) async fn cancel(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generations: &[String],
    now_ms: EpochMs,
) -> Result<()> {
    let rows: Vec<Vec<Value>> = generations
        .iter()
        .map(|generation| vec![generation.as_str().into(), now_ms.into()])
        .collect();
    let _: Vec<(String,)> = over_all(
        tx,
        "UPDATE jobs SET state = 'cancelled', lease_token = NULL, lease_until_ms = NULL FROM",
        &rows,
        "WHERE jobs.generation_id = v.column1 AND jobs.state IN ('available', 'paused', 'running') RETURNING id",
    )
    .await?;
    engines::call_off(tx, &rows).await?;
    let mut ends = HashMap::with_capacity(generations.len());
    for generation in generations {
        ends.insert(generation.as_str(), (workspace, HoldEnd::Release));
    }
    ledger::end_holds(tx, ids, &ends, now_ms).await
}

/// That a job is one of those whose [`Lease::values`] are `v`, and still held.
///
/// The state is asked where no planner sees it. What PostgreSQL knew from before the shoot was that next to no job is open, so it read
/// all that are, 0.7 ms for each 2,000, by one of the indexes that hold no other, to find the fifty that it was given by name.
macro_rules! still_held {
    ($job:literal) => {
        concat!(
            $job,
            ".id = v.column1 AND CASE WHEN ",
            $job,
            ".lease_token = v.column2 THEN ",
            $job,
            ".state = 'running' END"
        )
    };
}
pub(crate) use still_held;

impl Lease {
    /// Job and token, for [`over_all`].
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![self.job.as_str().into(), self.token.as_str().into()]
    }
}

/// How a held job goes on: it has ended, or waits for a later time.
pub(crate) struct JobEnd<'a> {
    pub(crate) lease: &'a Lease,
    pub(crate) state: &'static str,
    pub(crate) error: Option<&'a str>,
    /// Of one that waits.
    pub(crate) run_at_ms: Option<EpochMs>,
}

/// Lets jobs go. Those whose lease was held; nothing is written of the others.
pub(crate) async fn end_all(tx: &mut AnyConnection, ends: &[JobEnd<'_>]) -> Result<HashSet<String>> {
    let row = |end: &JobEnd<'_>| {
        let mut values = end.lease.values();
        values.extend([end.state.into(), end.error.into(), end.run_at_ms.into()]);
        values
    };
    let rows: Vec<Vec<Value>> = ends.iter().map(row).collect();
    let held: Vec<(String,)> = over_all(
        tx,
        "UPDATE jobs SET last_error = v.column4, run_at_ms = COALESCE(v.column5, run_at_ms), lease_token = NULL,
             lease_until_ms = NULL,
             state = CASE WHEN v.column3 = 'available'
                               AND EXISTS (SELECT 1 FROM shoots WHERE shoots.id = jobs.shoot_id AND shoots.state = 'paused')
                          THEN 'paused' ELSE v.column3 END
         FROM",
        &rows,
        concat!("WHERE ", still_held!("jobs"), " RETURNING id"),
    )
    .await?;
    Ok(held.into_iter().map(|(job,)| job).collect())
}

async fn extend(connection: &mut AnyConnection, lease: &Lease, until_ms: EpochMs) -> Result<()> {
    let kept = sqlx::query(
        "UPDATE jobs SET lease_until_ms = $3 WHERE id = $1 AND lease_token = $2 AND state = 'running'",
    )
    .bind(lease.job.as_str())
    .bind(&lease.token)
    .bind(until_ms)
    .execute(connection)
    .await?;
    held(kept.rows_affected())
}

fn held(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost)
    }
}

/// How often a job's worker may die while it holds it. More, and it is taken for the cause.
pub const DEATHS_MAX: i64 = 5;

/// Job, workspace, generation, shoot, deaths and lease token of a job whose worker is dead.
type Dead = (String, String, String, String, i64, Option<String>);

async fn fail_dead(tx: &mut AnyConnection, generation: &str, now_ms: EpochMs) -> Result<String> {
    let reason =
        format!("the program ended {DEATHS_MAX} times while it made this picture; is there memory enough?");
    sqlx::query("UPDATE generations SET status = 'FAILED', reason = $2, finished_ms = $3 WHERE id = $1")
        .bind(generation)
        .bind(&reason)
        .bind(now_ms)
        .execute(tx)
        .await?;
    Ok(reason)
}

/// Claims the next jobs that are due: how a row is known again by what the search for them finds, and how many it finds.
macro_rules! claim {
    ($found:literal, $most:literal) => {
        concat!(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $1, lease_token = $2, lease_until_ms = $3
             WHERE ",
            $found,
            " FROM jobs WHERE state = 'available' AND CASE WHEN kind = $6 THEN run_at_ms <= $4 END
              ORDER BY priority DESC, turn, run_at_ms, position LIMIT ",
            $most,
            " RETURNING id, workspace_id, generation_id, shoot_id, attempt, attempts_max, payload"
        )
    };
}
const CLAIM_SQLITE: &str = claim!("id IN (SELECT id", "$5)");
/// Servers that claim at once each get other jobs, found by where their rows lie: they are locked there, and stay.
///
/// Conditions that the planner cannot weigh, and a limit that it does not know beforehand, have it walk the index in the order of
/// claims. Of a new table it knows nothing: it took those that wait for one or two, and had all of them sorted for each claim.
///
/// A claim waits for no disk. A crash that undoes it leaves the job to be claimed again, and whoever had it writes nothing more:
/// the attempt, which is written next, asks for the token and stands behind the claim in the same log.
const CLAIM_POSTGRES: &str = claim!(
    "ctid = ANY (ARRAY(SELECT ctid",
    "(SELECT CAST($5 AS BIGINT) + 0 * LENGTH(set_config('synchronous_commit', 'off', true))) FOR UPDATE SKIP LOCKED))"
);

/// Jobs that make pictures.
const GENERATE: &str = "generate";

/// Job, workspace, generation, shoot, attempt, the most attempts and the payload of a claimed job.
type Claimed = (
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
    i64,
    Option<String>,
);

impl Store {
    /// Claims the next job that is due, for `lease_ms` milliseconds. `token` must be new.
    pub async fn claim(
        &self,
        worker: &str,
        token: &str,
        lease_ms: i64,
        now_ms: EpochMs,
    ) -> Result<Option<Lease>> {
        let claimed = self.claim_many(worker, token, 1, lease_ms, now_ms).await?;
        Ok(claimed.into_iter().next())
    }

    /// Claims the next jobs that are due, at most so many, under one token.
    pub async fn claim_many(
        &self,
        worker: &str,
        token: &str,
        most: usize,
        lease_ms: i64,
        now_ms: EpochMs,
    ) -> Result<Vec<Lease>> {
        let claimed = self
            .claim_of(GENERATE, worker, token, most, lease_ms, now_ms)
            .await?;
        Ok(claimed.into_iter().map(|(lease, _)| lease).collect())
    }

    /// [`Store::claim_many`], of a kind, each with what it is told.
    async fn claim_of(
        &self,
        kind: &str,
        worker: &str,
        token: &str,
        most: usize,
        lease_ms: i64,
        now_ms: EpochMs,
    ) -> Result<Vec<(Lease, Option<String>)>> {
        let claim = match self.engine {
            Engine::Sqlite => CLAIM_SQLITE,
            Engine::Postgres => CLAIM_POSTGRES,
        };
        let rows: Vec<Claimed> = sqlx::query_as(claim)
            .bind(worker)
            .bind(token)
            .bind(now_ms + lease_ms)
            .bind(now_ms)
            .bind(most as i64)
            .bind(kind)
            .fetch_all(&self.writer)
            .await?;
        let lease = |(id, workspace, generation, shoot, attempt, attempts_max, payload): Claimed| {
            let lease = Lease {
                job: JobId(id),
                workspace: WorkspaceId(workspace),
                generation: GenerationId(generation.unwrap_or_default()),
                shoot: ShootId(shoot.unwrap_or_default()),
                attempt: attempt as u32,
                is_last: attempt >= attempts_max,
                token: token.to_owned(),
            };
            (lease, payload)
        };
        Ok(rows.into_iter().map(lease).collect())
    }

    /// Extends a held lease. [`StoreError::LeaseLost`] when another worker has the job now.
    pub async fn heartbeat(&self, lease: &Lease, lease_ms: i64, now_ms: EpochMs) -> Result<()> {
        extend(&mut *self.writer.acquire().await?, lease, now_ms + lease_ms).await
    }

    /// [`Store::announce_blobs`] for one. [`StoreError::LeaseLost`] when another worker has the job now.
    pub async fn announce_blob(
        &self,
        lease: &Lease,
        lease_ms: i64,
        key: &str,
        now_ms: EpochMs,
    ) -> Result<()> {
        let blob = NewBlob {
            lease: lease.clone(),
            key: key.to_owned(),
        };
        match self.announce_blobs(&[blob], lease_ms, now_ms).await?.as_slice() {
            [true] => Ok(()),
            _ => Err(StoreError::LeaseLost),
        }
    }

    /// Dooms blobs that are about to be written until [`Store::end_attempts`] writes the rows that name them: if those never come, the
    /// sweep removes them. Of each, whether its lease was held, which holds for half its time more at least; no other is doomed.
    pub async fn announce_blobs(
        &self,
        blobs: &[NewBlob],
        lease_ms: i64,
        now_ms: EpochMs,
    ) -> Result<Vec<bool>> {
        let mut connection = self.writer.acquire().await?;
        let leases: Vec<Vec<Value>> = blobs.iter().map(|blob| blob.lease.values()).collect();
        let found: Vec<(String, EpochMs)> = over_all(
            &mut connection,
            "SELECT j.id, j.lease_until_ms FROM",
            &leases,
            concat!("JOIN jobs j ON ", still_held!("j")),
        )
        .await?;
        let mut until: HashMap<String, EpochMs> = found.into_iter().collect();
        let is_short = |until_ms: &EpochMs| *until_ms < now_ms + lease_ms / 2;
        for blob in blobs {
            let job = blob.lease.job.as_str();
            // Most were renewed a moment ago. Each alone: who calls a shoot off locks its jobs in an order of its own.
            if until.get(job).is_some_and(is_short) {
                match extend(&mut connection, &blob.lease, now_ms + lease_ms).await {
                    Ok(()) => until.insert(job.to_owned(), now_ms + lease_ms),
                    Err(StoreError::LeaseLost) => until.remove(job),
                    Err(error) => return Err(error),
                };
            }
        }
        let is_held = |blob: &&NewBlob| until.contains_key(blob.lease.job.as_str());
        let held = blobs.iter().filter(is_held);
        let keys: Vec<&str> = held.map(|blob| blob.key.as_str()).collect();
        sweep::doom_again(&mut connection, keys, now_ms).await?;
        Ok(blobs.iter().map(|blob| is_held(&blob)).collect())
    }

    /// Takes jobs whose lease ran out before `now_ms`, but for those that the caller holds: see [`Store::rescue_all`].
    pub async fn rescue(&self, ids: &Ids, held: &HashSet<JobId>, now_ms: EpochMs) -> Result<usize> {
        let mut dead: Vec<Dead> = sqlx::query_as(
            "SELECT id, workspace_id, generation_id, shoot_id, deaths, lease_token FROM jobs
             WHERE state = 'running' AND kind = 'generate' AND lease_until_ms < $1",
        )
        .bind(now_ms)
        .fetch_all(&self.reader)
        .await?;
        dead.retain(|(job, ..)| !held.contains(&JobId(job.clone())));
        self.rescue_dead(ids, &dead, now_ms, now_ms).await
    }

    /// Takes every running job from its worker, giving the try back. Only for a caller that knows that no other
    /// worker lives: the command line holds a lock on the output folder.
    ///
    /// A job that was held at [`DEATHS_MAX`] deaths is not made available again: its picture fails.
    pub async fn rescue_all(&self, ids: &Ids, now_ms: EpochMs) -> Result<usize> {
        let dead: Vec<Dead> = sqlx::query_as(
            "SELECT id, workspace_id, generation_id, shoot_id, deaths, lease_token FROM jobs
             WHERE state = 'running' AND kind = 'generate'",
        )
        .fetch_all(&self.reader)
        .await?;
        self.rescue_dead(ids, &dead, EpochMs::MAX, now_ms).await
    }

    /// Takes these jobs, unless their lease was renewed beyond `before_ms` or has ended meanwhile.
    async fn rescue_dead(
        &self,
        ids: &Ids,
        dead: &[Dead],
        before_ms: EpochMs,
        now_ms: EpochMs,
    ) -> Result<usize> {
        for dead in dead {
            self.rescue_one(ids, dead, before_ms, now_ms).await?;
        }
        Ok(dead.len())
    }

    async fn rescue_one(&self, ids: &Ids, dead: &Dead, before_ms: EpochMs, now_ms: EpochMs) -> Result<()> {
        let (job, workspace, generation, shoot, deaths, token) = dead;
        let mut tx = self.write().await?;
        events::lock_shoot(&mut tx, shoot).await?;
        let is_given_up = deaths + 1 >= DEATHS_MAX;
        let taken = sqlx::query(
            "UPDATE jobs SET attempt = attempt - 1, deaths = deaths + 1, worker = NULL, lease_token = NULL,
                 lease_until_ms = NULL,
                 state = CASE WHEN $2 = 1 THEN 'discarded'
                              WHEN EXISTS (SELECT 1 FROM shoots WHERE shoots.id = jobs.shoot_id AND shoots.state = 'paused')
                              THEN 'paused' ELSE 'available' END
             WHERE id = $1 AND state = 'running' AND lease_token = $3 AND lease_until_ms < $4",
        )
        .bind(job)
        .bind(i64::from(is_given_up))
        .bind(token)
        .bind(before_ms)
        .execute(&mut *tx)
        .await?;
        if taken.rows_affected() == 0 {
            return Ok(());
        }
        attempts::close_dead(&mut tx, generation, now_ms).await?;
        if is_given_up {
            let workspace = WorkspaceId(workspace.clone());
            let reason = fail_dead(&mut tx, generation, now_ms).await?;
            ledger::end_hold(&mut tx, ids, &workspace, generation, HoldEnd::Release, now_ms).await?;
            let event = NewEvent {
                id: ids.next(),
                workspace: &workspace,
                shoot,
                kind: "generation.ended",
                data: json!({ "generation": generation, "status": "FAILED", "reason": reason }),
                now_ms,
            };
            events::append(&mut tx, event).await?;
            shoots::finish_if_done(&mut tx, ids, &workspace, shoot, now_ms).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// When the next available job is due; `None` when no job is available or running.
    pub async fn next_due(&self) -> Result<Option<EpochMs>> {
        let (due,): (Option<i64>,) = sqlx::query_as(
            "SELECT MIN(CASE WHEN state = 'available' THEN run_at_ms ELSE lease_until_ms END) FROM jobs
             WHERE state IN ('available', 'running') AND kind = 'generate'",
        )
        .fetch_one(&self.reader)
        .await?;
        Ok(due)
    }
}
