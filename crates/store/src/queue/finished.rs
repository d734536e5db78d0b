//! What becomes of jobs that ended: they are moved from `jobs` to `finished_jobs`, so that what is claimed from stays small.
//!
//! Nobody misses them: a job that ended is never taken up again, a picture that is made again has another, and all else that is
//! asked of `jobs` is about those that wait or run. So no lock of a shoot is taken. Those that were moved are kept.

use domain::clock::EpochMs;

use crate::{
    Result, Store,
    rows::{Value, over_all},
};

/// How long after it was due last a job stays beside those that wait, for who looks into what went wrong today.
const STAYS_MS: i64 = 24 * 3_600_000;
/// Jobs that are moved in one transaction, at most.
const BATCH: usize = 1000;

impl Store {
    /// Moves the jobs that have ended and were due a day ago or before. How many. Several servers may do so at once, and whoever
    /// dies halfway leaves the rest to the next.
    pub async fn move_finished_jobs(&self, now_ms: EpochMs) -> Result<u64> {
        let mut moved = 0;
        let mut after = String::new();
        loop {
            let batch = self.ended_jobs(&after, now_ms - STAYS_MS).await?;
            let Some(last) = batch.last() else {
                return Ok(moved);
            };
            moved += self.move_batch(&batch).await?;
            after.clone_from(last);
        }
    }

    /// The next of them after an id. It is read outside of the transaction that moves them: a job that ended stays so.
    async fn ended_jobs(&self, after: &str, before_ms: EpochMs) -> Result<Vec<String>> {
        let ended: Vec<(String,)> = sqlx::query_as(
            "SELECT id FROM jobs WHERE state IN ('completed', 'cancelled', 'discarded') AND run_at_ms <= $1 AND id > $2
             ORDER BY id LIMIT $3",
        )
        .bind(before_ms)
        .bind(after)
        .bind(BATCH as i64)
        .fetch_all(&self.reader)
        .await?;
        Ok(ended.into_iter().map(|(job,)| job).collect())
    }

    /// Of two servers that move the same jobs one waits for the other and then finds nothing left of them. Only what has arrived
    /// is removed.
    async fn move_batch(&self, jobs: &[String]) -> Result<u64> {
        let rows: Vec<Vec<Value>> = jobs.iter().map(|job| vec![job.as_str().into()]).collect();
        let mut tx = self.write().await?;
        let _: Vec<(String,)> = over_all(
            &mut tx,
            "INSERT INTO finished_jobs (id, workspace_id, kind, generation_id, shoot_id, payload, state, run_at_ms, attempt,
                                        attempts_max, deaths, worker, last_error)
             SELECT j.id, j.workspace_id, j.kind, j.generation_id, j.shoot_id, j.payload, j.state, j.run_at_ms, j.attempt,
                    j.attempts_max, j.deaths, j.worker, j.last_error
             FROM jobs j JOIN",
            &rows,
            "ON j.id = v.column1 WHERE j.state IN ('completed', 'cancelled', 'discarded') ORDER BY j.id
             ON CONFLICT (id) DO NOTHING RETURNING id",
        )
        .await?;
        let gone: Vec<(String,)> = over_all(
            &mut tx,
            "DELETE FROM jobs WHERE id IN (SELECT f.id FROM finished_jobs f JOIN",
            &rows,
            "ON f.id = v.column1) RETURNING id",
        )
        .await?;
        tx.commit().await?;
        Ok(gone.len() as u64)
    }
}
