//! Whose turn it is: start-time fair queueing (Goyal, Vin and Cheng 1996) between shoots.
//!
//! Each job of one priority has a turn, and the lowest is claimed next. A shoot's first job gets the turn that is being served
//! when it is submitted, each further one a step more, so shoots that wait together are served in turn however long they are. A
//! workspace's second shoot steps by two, its third by three: with `n` shoots under way a workspace has `1 + 1/2 + .. + 1/n` shares,
//! so that splitting an order gains little.

use domain::{clock::EpochMs, ids::WorkspaceId};
use sqlx::AnyConnection;

use crate::Result;

/// The turns of a shoot's jobs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    first: i64,
    step: i64,
}

impl Turns {
    /// For a shoot that is among its workspace's running ones already.
    pub(crate) async fn of(
        tx: &mut AnyConnection,
        workspace: &WorkspaceId,
        priority: i64,
        now_ms: EpochMs,
    ) -> Result<Self> {
        let (shoots,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM shoots WHERE workspace_id = $1 AND state = 'running'")
                .bind(workspace.as_str())
                .fetch_one(&mut *tx)
                .await?;
        Ok(Self {
            first: served(tx, priority, now_ms).await?,
            step: shoots.max(1),
        })
    }

    /// The turn of the job at a position, counted from 1; what is made again has 0 and comes with the first.
    pub(crate) fn at(self, position: i64) -> i64 {
        self.first + self.step * (position - 1).max(0)
    }
}

/// The turn that is being served: the furthest that is at work, or the next that is due. What waits for a later try has an old
/// turn and counts for nothing.
async fn served(tx: &mut AnyConnection, priority: i64, now_ms: EpochMs) -> Result<i64> {
    let (working, due): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT (SELECT MAX(turn) FROM jobs WHERE state = 'running' AND priority = $1),
                (SELECT turn FROM jobs WHERE state = 'available' AND priority = $1 AND run_at_ms <= $2
                 ORDER BY turn LIMIT 1)",
    )
    .bind(priority)
    .bind(now_ms)
    .fetch_one(tx)
    .await?;
    Ok(working.max(due).unwrap_or(0))
}

/// Gives what waits of a shoot another priority, and its turns among the jobs that have it.
pub(crate) async fn move_to(
    tx: &mut AnyConnection,
    shoot: &str,
    priority: i64,
    now_ms: EpochMs,
) -> Result<()> {
    let first = served(tx, priority, now_ms).await?;
    sqlx::query(
        "UPDATE jobs SET priority = $2, turn = turn + $3
             - (SELECT MIN(turn) FROM jobs WHERE shoot_id = $1 AND state IN ('available', 'paused'))
         WHERE shoot_id = $1 AND state IN ('available', 'paused') AND priority <> $2",
    )
    .bind(shoot)
    .bind(priority)
    .bind(first)
    .execute(tx)
    .await?;
    Ok(())
}
