//! Jobs that nothing is to be done for, to measure the queue beside other queues: they are put in, claimed and ended as pictures'
//! jobs are, by the same statements in the same table. No worker takes them.

use domain::{clock::EpochMs, ids::WorkspaceId};

use super::{JobEnd, Lease, end_all, wakes};
use crate::{
    Result, Store,
    ids::Ids,
    rows::{Value, insert_all},
};

/// Their kind.
const EMPTY: &str = "empty";

impl Store {
    /// Puts jobs in the queue in one transaction, each with what it is told.
    pub async fn put_empty_jobs(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        told: &[String],
        now_ms: EpochMs,
    ) -> Result<()> {
        let row = |(position, told): (i64, &String)| -> Vec<Value> {
            vec![
                ids.next().into(),
                workspace.as_str().into(),
                EMPTY.into(),
                told.as_str().into(),
                "available".into(),
                position.into(),
                now_ms.into(),
                1_i64.into(),
            ]
        };
        let rows = (1..).zip(told).map(row).collect();
        let into = "jobs (id, workspace_id, kind, payload, state, position, run_at_ms, attempts_max)";
        let mut tx = self.write_rows().await?;
        insert_all(&mut tx, into, rows).await?;
        wakes::tell(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Claims the next of them, at most so many, each with what it was told.
    pub async fn claim_empty_jobs(
        &self,
        worker: &str,
        token: &str,
        most: usize,
        lease_ms: i64,
        now_ms: EpochMs,
    ) -> Result<Vec<(Lease, String)>> {
        let claimed = self
            .claim_of(EMPTY, worker, token, most, lease_ms, now_ms)
            .await?;
        let told = claimed
            .into_iter()
            .map(|(lease, told)| (lease, told.unwrap_or_default()));
        Ok(told.collect())
    }

    /// Ends them. How many of these were held; nothing is written of the others.
    pub async fn end_empty_jobs(&self, leases: &[Lease]) -> Result<usize> {
        let end = |lease| JobEnd {
            lease,
            state: "completed",
            error: None,
            run_at_ms: None,
        };
        let ends: Vec<JobEnd<'_>> = leases.iter().map(end).collect();
        let mut tx = self.write_rows().await?;
        let held = end_all(&mut tx, &ends).await?;
        tx.commit().await?;
        Ok(held.len())
    }
}
