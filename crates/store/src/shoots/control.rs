//! What people do to a shoot that is on its way: pause, resume, cancel, other priority, one picture again.

use domain::{
    clock::EpochMs,
    generation::Status,
    ids::{GenerationId, ShootId, WorkspaceId},
    seed::picture_seed,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Generation, finish_if_done};
use crate::{
    Result, Store, StoreError, caps,
    events::{self, NewEvent},
    ids::Ids,
    ledger,
    queue::{self, NewJob, Turns},
    to_json,
};

/// The most that one picture is ever taken up. What is tried after what is `domain::retry`'s to say; this only ends what it
/// would not.
pub const ATTEMPTS_MAX: u32 = 100;

impl Store {
    /// Writes down which trace ordered a shoot (W3C traceparent), for its pictures to go on with.
    pub async fn set_traceparent(&self, shoot: &ShootId, traceparent: &str) -> Result<()> {
        sqlx::query("UPDATE shoots SET traceparent = $2 WHERE id = $1")
            .bind(shoot.as_str())
            .bind(traceparent)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Makes nothing more of a shoot until it is resumed. Pictures that are being made are finished. `false` when it does not run.
    pub async fn pause_shoot(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        shoot: &ShootId,
        now_ms: EpochMs,
    ) -> Result<bool> {
        self.switch_shoot(ids, workspace, shoot, ("running", "paused"), now_ms)
            .await
    }

    /// Goes on with a paused shoot. `false` when it is not paused.
    pub async fn resume_shoot(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        shoot: &ShootId,
        now_ms: EpochMs,
    ) -> Result<bool> {
        self.switch_shoot(ids, workspace, shoot, ("paused", "running"), now_ms)
            .await
    }

    async fn switch_shoot(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        shoot: &ShootId,
        (from, to): (&str, &str),
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let switched =
            sqlx::query("UPDATE shoots SET state = $4 WHERE workspace_id = $1 AND id = $2 AND state = $3")
                .bind(workspace.as_str())
                .bind(shoot.as_str())
                .bind(from)
                .bind(to)
                .execute(&mut *tx)
                .await?;
        if switched.rows_affected() == 0 {
            return Ok(false);
        }
        let jobs = |state: &str| if state == "paused" { "paused" } else { "available" };
        sqlx::query(
            "UPDATE jobs SET state = $3 WHERE shoot_id = $1 AND state = $2 AND state IN ('available', 'paused')",
        )
        .bind(shoot.as_str())
        .bind(jobs(from))
        .bind(jobs(to))
        .execute(&mut *tx)
        .await?;
        let kind = format!("shoot.{}", if to == "paused" { "paused" } else { "resumed" });
        tell(&mut tx, ids, workspace, shoot.as_str(), &kind, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Calls a shoot off: what is not made is cancelled and its credits come back; what a vendor is making is called
    /// off where it can be, and not waited for.
    /// How many pictures; none when the shoot has ended.
    pub async fn cancel_shoot(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        shoot: &ShootId,
        now_ms: EpochMs,
    ) -> Result<Option<usize>> {
        let mut tx = self.write().await?;
        let cancelled = sqlx::query(
            "UPDATE shoots SET state = 'cancelled', finished_ms = $3
             WHERE workspace_id = $1 AND id = $2 AND state IN ('running', 'paused')",
        )
        .bind(workspace.as_str())
        .bind(shoot.as_str())
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        if cancelled.rows_affected() == 0 {
            return Ok(None);
        }
        let open: Vec<(String,)> = sqlx::query_as(
            "UPDATE generations SET status = 'CANCELLED', reason = $3, finished_ms = $2
             WHERE shoot_id = $1 AND superseded = 0 AND status IN ('PENDING', 'PROCESSING') RETURNING id",
        )
        .bind(shoot.as_str())
        .bind(now_ms)
        .bind("the shoot was called off")
        .fetch_all(&mut *tx)
        .await?;
        let open: Vec<String> = open.into_iter().map(|(generation,)| generation).collect();
        queue::cancel(&mut tx, ids, workspace, &open, now_ms).await?;
        tell(&mut tx, ids, workspace, shoot.as_str(), "shoot.cancelled", now_ms).await?;
        tx.commit().await?;
        Ok(Some(open.len()))
    }

    /// Makes what waits of a shoot before or after others. `false` when there is no such shoot.
    pub async fn set_shoot_priority(
        &self,
        workspace: &WorkspaceId,
        shoot: &ShootId,
        priority: i64,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let set = sqlx::query("UPDATE shoots SET priority = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(workspace.as_str())
            .bind(shoot.as_str())
            .bind(priority)
            .execute(&mut *tx)
            .await?;
        if set.rows_affected() == 1 {
            queue::move_to(&mut tx, shoot.as_str(), priority, now_ms).await?;
        }
        tx.commit().await?;
        Ok(set.rows_affected() == 1)
    }

    /// Orders one picture again for who asks, with another seed, in place of the one that ended. The new one; its credits are held.
    /// [`StoreError::Refused`] while the picture is not ended, or when it was done again already.
    pub async fn redo(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        old: &Generation,
        by: &str,
        now_ms: EpochMs,
    ) -> Result<GenerationId> {
        self.take_missing(ids, Some(workspace), now_ms).await?;
        let mut tx = self.write().await?;
        events::lock_shoot(&mut tx, old.shoot.as_str()).await?;
        let new = redo_in(&mut tx, ids, workspace, old, by, now_ms).await?;
        tx.commit().await?;
        Ok(new)
    }
}

/// [`Store::redo`], in a transaction that holds the shoot's row.
pub(crate) async fn redo_in(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    old: &Generation,
    by: &str,
    now_ms: EpochMs,
) -> Result<GenerationId> {
    if !old.status.is_final() || old.status == Status::Skipped {
        return Err(StoreError::Refused(
            "only a picture that was made or tried can be done again",
        ));
    }
    let replaced = sqlx::query(
        "UPDATE generations SET superseded = 1 WHERE id = $1 AND workspace_id = $2 AND superseded = 0
         AND status NOT IN ('PENDING', 'PROCESSING')",
    )
    .bind(old.id.as_str())
    .bind(workspace.as_str())
    .execute(&mut *tx)
    .await?;
    if replaced.rows_affected() == 0 {
        return Err(StoreError::Refused("this picture is being done again already"));
    }
    let new = GenerationId(ids.next());
    let mut shot = old.shot.clone();
    // Another picture, and the same other picture if all of this is done again.
    shot.seed = picture_seed(shot.seed, "redo", shot.pose.as_str(), shot.take);
    let (slot, fingerprint): (String, String) =
        sqlx::query_as("SELECT slot, fingerprint FROM generations WHERE id = $1")
            .bind(old.id.as_str())
            .fetch_one(&mut *tx)
            .await?;
    sqlx::query(
        "INSERT INTO generations (id, workspace_id, shoot_id, product_id, pose, take, fingerprint, shot, status, created_ms, slot,
                                  replaces, asked_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'PENDING', $9, $10, $11, $12)",
    )
    .bind(new.as_str())
    .bind(workspace.as_str())
    .bind(old.shoot.as_str())
    .bind(old.product.as_str())
    .bind(shot.pose.as_str())
    .bind(i64::from(shot.take))
    .bind(fingerprint)
    .bind(to_json("shot", &shot)?)
    .bind(now_ms)
    .bind(slot)
    .bind(old.id.as_str())
    .bind(by)
    .execute(&mut *tx)
    .await?;
    let (price, priority, project): (i64, i64, Option<String>) =
        sqlx::query_as("SELECT price_credits, priority, project_id FROM shoots WHERE id = $1")
            .bind(old.shoot.as_str())
            .fetch_one(&mut *tx)
            .await?;
    let price = ledger::price_in(tx, workspace, price).await?;
    if price > 0 {
        let asked = caps::Asked {
            workspace,
            project: project.as_deref(),
            by,
        };
        caps::check(tx, asked, price, now_ms).await?;
    }
    ledger::hold(tx, ids, workspace, new.as_str(), price, now_ms).await?;
    let turns = Turns::of(tx, workspace, priority, now_ms).await?;
    let job = NewJob {
        id: ids.next(),
        workspace,
        generation: &new,
        shoot: old.shoot.as_str(),
        priority,
        turn: turns.at(0),
        position: 0,
        attempts_max: ATTEMPTS_MAX,
        now_ms,
    };
    queue::enqueue(tx, &[job]).await?;
    // A shoot that was done runs again.
    sqlx::query("UPDATE shoots SET state = 'running', finished_ms = NULL WHERE id = $1 AND state IN ('done', 'cancelled')")
        .bind(old.shoot.as_str())
        .execute(&mut *tx)
        .await?;
    let event = NewEvent {
        id: ids.next(),
        workspace,
        shoot: old.shoot.as_str(),
        kind: "generation.redone",
        data: json!({ "generation": new.as_str(), "replaces": old.id.as_str() }),
        now_ms,
    };
    events::append(tx, event).await?;
    Ok(new)
}

async fn tell(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    shoot: &str,
    kind: &str,
    now_ms: EpochMs,
) -> Result<()> {
    let event = NewEvent {
        id: ids.next(),
        workspace,
        shoot,
        kind,
        data: json!({}),
        now_ms,
    };
    events::append(tx, event).await?;
    finish_if_done(tx, ids, workspace, shoot, now_ms).await
}
