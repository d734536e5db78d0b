//! The job queue: claimed by lease, never by holding a transaction.
//!
//! `available -> running -> completed | cancelled | discarded`, and back to `available` with a later `run_at` when
//! a passing fault is retried or a lease runs out. Every write of a worker carries its lease token; a token that
//! no longer holds changes nothing.

use domain::{
    clock::EpochMs,
    ids::{GenerationId, JobId, WorkspaceId},
};
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError, attempts,
    ids::Ids,
    ledger::{self, HoldEnd},
};

pub(crate) struct NewJob<'a> {
    pub(crate) id: String,
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) generation: &'a GenerationId,
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
    /// The picture to make.
    pub generation: GenerationId,
    /// 1 for the first try.
    pub attempt: u32,
    /// No more tries after this one.
    pub is_last: bool,
    /// Proves that the job is held.
    pub token: String,
}

pub(crate) async fn enqueue(tx: &mut AnyConnection, job: &NewJob<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO jobs (id, workspace_id, kind, generation_id, state, position, run_at_ms, attempts_max)
         VALUES ($1, $2, 'generate', $3, 'available', $4, $5, $6)",
    )
    .bind(&job.id)
    .bind(job.workspace.as_str())
    .bind(job.generation.as_str())
    .bind(job.position)
    .bind(job.now_ms)
    .bind(i64::from(job.attempts_max))
    .execute(tx)
    .await?;
    Ok(())
}

/// Cancels the open job of a generation.
pub(crate) async fn cancel(tx: &mut AnyConnection, generation: &str) -> Result<()> {
    sqlx::query(
        "UPDATE jobs SET state = 'cancelled', lease_token = NULL, lease_until_ms = NULL
         WHERE generation_id = $1 AND state IN ('available', 'running')",
    )
    .bind(generation)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a held job. Fails with [`StoreError::LeaseLost`], writing nothing, when the lease is not held.
pub(crate) async fn finish(
    tx: &mut AnyConnection,
    lease: &Lease,
    state: &str,
    error: Option<&str>,
) -> Result<()> {
    let ended = sqlx::query(
        "UPDATE jobs SET state = $3, last_error = $4, lease_token = NULL, lease_until_ms = NULL
         WHERE id = $1 AND lease_token = $2 AND state = 'running'",
    )
    .bind(lease.job.as_str())
    .bind(&lease.token)
    .bind(state)
    .bind(error)
    .execute(tx)
    .await?;
    held(ended.rows_affected())
}

/// Puts a held job back, to run at a later time.
pub(crate) async fn put_back(
    tx: &mut AnyConnection,
    lease: &Lease,
    run_at_ms: EpochMs,
    error: &str,
) -> Result<()> {
    let back = sqlx::query(
        "UPDATE jobs SET state = 'available', run_at_ms = $3, last_error = $4, lease_token = NULL,
         lease_until_ms = NULL WHERE id = $1 AND lease_token = $2 AND state = 'running'",
    )
    .bind(lease.job.as_str())
    .bind(&lease.token)
    .bind(run_at_ms)
    .bind(error)
    .execute(tx)
    .await?;
    held(back.rows_affected())
}

/// Fails with [`StoreError::LeaseLost`] when the lease is not held.
pub(crate) async fn check_held(tx: &mut AnyConnection, lease: &Lease) -> Result<()> {
    let (rows,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM jobs WHERE id = $1 AND lease_token = $2 AND state = 'running'")
            .bind(lease.job.as_str())
            .bind(&lease.token)
            .fetch_one(tx)
            .await?;
    held(rows as u64)
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

/// Job, workspace, generation, deaths and lease token of a job whose worker is dead.
type Dead = (String, String, String, i64, Option<String>);

async fn fail_dead(tx: &mut AnyConnection, generation: &str, now_ms: EpochMs) -> Result<()> {
    sqlx::query("UPDATE generations SET status = 'FAILED', reason = $2, finished_ms = $3 WHERE id = $1")
        .bind(generation)
        .bind(format!(
            "the program ended {DEATHS_MAX} times while it made this picture; is there memory enough?"
        ))
        .bind(now_ms)
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// Claims the next job that is due, for `lease_ms` milliseconds. `token` must be new.
    pub async fn claim(
        &self,
        worker: &str,
        token: &str,
        lease_ms: i64,
        now_ms: EpochMs,
    ) -> Result<Option<Lease>> {
        let row: Option<(String, String, String, i64, i64)> = sqlx::query_as(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $1, lease_token = $2,
                             lease_until_ms = $3
             WHERE id = (SELECT id FROM jobs WHERE state = 'available' AND run_at_ms <= $4
                         ORDER BY run_at_ms, position LIMIT 1)
             RETURNING id, workspace_id, generation_id, attempt, attempts_max",
        )
        .bind(worker)
        .bind(token)
        .bind(now_ms + lease_ms)
        .bind(now_ms)
        .fetch_optional(&self.writer)
        .await?;
        Ok(
            row.map(|(id, workspace, generation, attempt, attempts_max)| Lease {
                job: JobId(id),
                workspace: WorkspaceId(workspace),
                generation: GenerationId(generation),
                attempt: attempt as u32,
                is_last: attempt >= attempts_max,
                token: token.to_owned(),
            }),
        )
    }

    /// Extends a held lease. [`StoreError::LeaseLost`] when another worker has the job now.
    pub async fn heartbeat(&self, lease: &Lease, lease_ms: i64, now_ms: EpochMs) -> Result<()> {
        let kept = sqlx::query(
            "UPDATE jobs SET lease_until_ms = $3 WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(lease.job.as_str())
        .bind(&lease.token)
        .bind(now_ms + lease_ms)
        .execute(&self.writer)
        .await?;
        held(kept.rows_affected())
    }

    /// Takes jobs from other workers whose lease ran out before `now_ms`: see [`Store::rescue_all`].
    pub async fn rescue(&self, ids: &Ids, worker: &str, now_ms: EpochMs) -> Result<usize> {
        let dead: Vec<Dead> = sqlx::query_as(
            "SELECT id, workspace_id, generation_id, deaths, lease_token FROM jobs
             WHERE state = 'running' AND lease_until_ms < $1 AND worker <> $2",
        )
        .bind(now_ms)
        .bind(worker)
        .fetch_all(&self.reader)
        .await?;
        self.rescue_dead(ids, &dead, now_ms, now_ms).await
    }

    /// Takes every running job from its worker, giving the try back. Only for a caller that knows that no other
    /// worker lives: the command line holds a lock on the output folder.
    ///
    /// A job that was held at [`DEATHS_MAX`] deaths is not made available again: its picture fails.
    pub async fn rescue_all(&self, ids: &Ids, now_ms: EpochMs) -> Result<usize> {
        let dead: Vec<Dead> = sqlx::query_as(
            "SELECT id, workspace_id, generation_id, deaths, lease_token FROM jobs WHERE state = 'running'",
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
        if dead.is_empty() {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        for (job, workspace, generation, deaths, token) in dead {
            let state = if deaths + 1 < DEATHS_MAX {
                "available"
            } else {
                "discarded"
            };
            let taken = sqlx::query(
                "UPDATE jobs SET state = $2, attempt = attempt - 1, deaths = deaths + 1, worker = NULL,
                                 lease_token = NULL, lease_until_ms = NULL
                 WHERE id = $1 AND state = 'running' AND lease_token = $3 AND lease_until_ms < $4",
            )
            .bind(job)
            .bind(state)
            .bind(token)
            .bind(before_ms)
            .execute(&mut *tx)
            .await?;
            if taken.rows_affected() == 0 {
                continue;
            }
            attempts::close_dead(&mut tx, generation, now_ms).await?;
            if state == "discarded" {
                let workspace = WorkspaceId(workspace.clone());
                fail_dead(&mut tx, generation, now_ms).await?;
                ledger::end_hold(&mut tx, ids, &workspace, generation, HoldEnd::Release, now_ms).await?;
            }
        }
        tx.commit().await?;
        Ok(dead.len())
    }

    /// When the next available job is due; `None` when no job is available or running.
    pub async fn next_due(&self) -> Result<Option<EpochMs>> {
        let (due,): (Option<i64>,) = sqlx::query_as(
            "SELECT MIN(CASE WHEN state = 'available' THEN run_at_ms ELSE lease_until_ms END) FROM jobs
             WHERE state IN ('available', 'running')",
        )
        .fetch_one(&self.reader)
        .await?;
        Ok(due)
    }
}
