//! What the operator sees across workspaces: people, pictures, engines, locks, money and the queue.

use domain::{
    clock::EpochMs,
    ids::{UserId, WorkspaceId},
};
use serde_json::json;

use crate::{
    Result, Store, StoreError,
    audit::{self, NewEntry},
    generations::status,
    ids::Ids,
    ledger,
    projects::holds,
    users::end_sessions,
};

/// How the service does since a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// People.
    pub users: i64,
    /// Of those, who may not sign in.
    pub users_disabled: i64,
    /// Tenants.
    pub workspaces: i64,
    /// Pictures that were ordered since, by status.
    pub generations: Vec<(String, i64)>,
    /// What each lock said.
    pub locks: Vec<LockCount>,
    /// What each engine was asked.
    pub engines: Vec<EngineCount>,
    /// How the queue stands now.
    pub queue: Queue,
}

/// What a lock said of pictures that it could measure.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LockCount {
    /// The lock.
    pub lock: String,
    /// Pictures that it measured.
    pub judged: i64,
    /// Of those, sent back.
    pub failed: i64,
}

/// What an engine was asked and gave.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EngineCount {
    /// The engine.
    pub engine: String,
    /// Calls that ended.
    pub attempts: i64,
    /// Pictures that were taken.
    pub done: i64,
    /// Pictures that a lock sent back.
    pub rejected: i64,
    /// What it charged, in micro-dollars.
    pub cost_microusd: i64,
}

/// How the queue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Queue {
    /// Jobs that are due.
    pub due: i64,
    /// Jobs that wait for a later time.
    pub later: i64,
    /// Jobs that a worker has.
    pub running: i64,
    /// Jobs of paused shoots.
    pub paused: i64,
    /// Since when the oldest that is due waits.
    pub oldest_ms: Option<EpochMs>,
}

/// A person, as the operator sees one.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// The id.
    pub id: String,
    /// Where mail goes.
    pub email: String,
    /// The name.
    pub name: String,
    admin: i64,
    /// active, disabled.
    pub status: String,
    /// When the address was shown to be theirs.
    pub verified_ms: Option<EpochMs>,
    /// When they registered.
    pub created_ms: EpochMs,
}

impl Person {
    /// Runs the platform.
    pub fn is_admin(&self) -> bool {
        self.admin == 1
    }
}

/// A picture, as the operator sees one.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Picture {
    /// Its id.
    pub id: String,
    /// Whose.
    pub workspace_id: String,
    /// Its shoot.
    pub shoot_id: String,
    /// What it shows.
    pub pose: String,
    /// How it stands.
    pub status: String,
    /// Why it did not complete.
    pub reason: Option<String>,
    /// When it was ordered.
    pub created_ms: EpochMs,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
}

/// A person who is to sign in, or not any more.
#[derive(Clone, Copy, Debug)]
pub struct NewStatus<'a> {
    /// Who.
    pub user: &'a UserId,
    /// May sign in.
    pub active: bool,
    /// Who says so.
    pub actor: &'a str,
}

/// Credits to give.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// To whom.
    pub workspace: &'a WorkspaceId,
    /// How many.
    pub credits: u32,
    /// Why.
    pub note: &'a str,
    /// Who gives them.
    pub actor: &'a str,
    /// The call that gives them, where it bears a key: it gives them once, however often it is sent.
    pub request: Option<&'a str>,
}

impl Store {
    /// How the service does since a time.
    pub async fn metrics(&self, since_ms: EpochMs, now_ms: EpochMs) -> Result<Metrics> {
        let (users, users_disabled, workspaces): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM users WHERE status = 'disabled'),
                    (SELECT COUNT(*) FROM workspaces)",
        )
        .fetch_one(&self.reader)
        .await?;
        let locks = sqlx::query_as(
            "SELECT v.lock AS lock, COUNT(*) AS judged, COUNT(CASE WHEN v.outcome = 'failed' THEN 1 END) AS failed
             FROM verdicts v JOIN attempts a ON a.id = v.attempt_id
             WHERE a.started_ms >= $1 AND v.outcome IN ('passed', 'doubtful', 'failed') GROUP BY v.lock ORDER BY v.lock",
        )
        .bind(since_ms)
        .fetch_all(&self.reader)
        .await?;
        let engines = sqlx::query_as(
            "SELECT engine, COUNT(*) AS attempts, COUNT(CASE WHEN outcome = 'done' THEN 1 END) AS done,
                    COUNT(CASE WHEN outcome IN ('rejected', 'withheld') THEN 1 END) AS rejected,
                    CAST(COALESCE(SUM(cost_microusd), 0) AS BIGINT) AS cost_microusd
             FROM attempts WHERE started_ms >= $1 AND outcome IS NOT NULL GROUP BY engine ORDER BY engine",
        )
        .bind(since_ms)
        .fetch_all(&self.reader)
        .await?;
        Ok(Metrics {
            users,
            users_disabled,
            workspaces,
            generations: self.generation_counts(since_ms).await?,
            locks,
            engines,
            queue: self.queue(now_ms).await?,
        })
    }

    /// How many pictures, ordered since a time, stand at each status.
    pub async fn generation_counts(&self, since_ms: EpochMs) -> Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            status!(),
            ", COUNT(*) FROM generations g WHERE superseded = 0 AND created_ms >= $1 GROUP BY 1 ORDER BY 1"
        ))
        .bind(since_ms)
        .fetch_all(&self.reader)
        .await?)
    }

    /// How the queue stands.
    pub async fn queue(&self, now_ms: EpochMs) -> Result<Queue> {
        Ok(sqlx::query_as(
            "SELECT COUNT(CASE WHEN state = 'available' AND run_at_ms <= $1 THEN 1 END) AS due,
                    COUNT(CASE WHEN state = 'available' AND run_at_ms > $1 THEN 1 END) AS later,
                    COUNT(CASE WHEN state = 'running' THEN 1 END) AS running,
                    COUNT(CASE WHEN state = 'paused' THEN 1 END) AS paused,
                    MIN(CASE WHEN state = 'available' AND run_at_ms <= $1 THEN run_at_ms END) AS oldest_ms
             FROM jobs WHERE state IN ('available', 'running', 'paused')",
        )
        .bind(now_ms)
        .fetch_one(&self.reader)
        .await?)
    }

    /// At most `limit` people before an id, the newest first, whose address or name holds a text in any letter case.
    pub async fn people(&self, text: Option<&str>, before: Option<&str>, limit: u32) -> Result<Vec<Person>> {
        Ok(sqlx::query_as(
            "SELECT id, email, name, admin, status, verified_ms, created_ms FROM users
             WHERE ($1 = '' OR email_key LIKE $1 ESCAPE '!' OR LOWER(name) LIKE $1 ESCAPE '!') AND ($2 = '' OR id < $2)
             ORDER BY id DESC LIMIT $3",
        )
        .bind(text.map(holds).unwrap_or_default())
        .bind(before.unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?)
    }

    /// At most `limit` pictures of all workspaces before an id, the newest first; at a status, of a workspace.
    pub async fn pictures(
        &self,
        status: Option<&str>,
        workspace: Option<&str>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Picture>> {
        Ok(sqlx::query_as(concat!(
            "SELECT id, workspace_id, shoot_id, pose, ",
            status!(),
            " AS status, reason, created_ms, finished_ms FROM generations g WHERE ($1 = '' OR ",
            status!(),
            " = $1) AND ($2 = '' OR workspace_id = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
        ))
        .bind(status.unwrap_or_default())
        .bind(workspace.unwrap_or_default())
        .bind(before.unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?)
    }

    /// Lets a person sign in, or not any more: then every session ends now. `false` when there is no such person;
    /// [`StoreError::Refused`] for the last who runs the platform.
    pub async fn set_user_status(&self, ids: &Ids, new: NewStatus<'_>, now_ms: EpochMs) -> Result<bool> {
        let mut tx = self.write().await?;
        let set = sqlx::query("UPDATE users SET status = $2 WHERE id = $1")
            .bind(new.user.as_str())
            .bind(if new.active { "active" } else { "disabled" })
            .execute(&mut *tx)
            .await?;
        if set.rows_affected() == 0 {
            return Ok(false);
        }
        let (admins,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM users WHERE admin = 1 AND status = 'active'")
                .fetch_one(&mut *tx)
                .await?;
        if admins == 0 {
            return Err(StoreError::Refused("somebody must be left who runs the platform"));
        }
        if !new.active {
            end_sessions(&mut tx, new.user, "the account was disabled", now_ms).await?;
        }
        let entry = NewEntry {
            workspace: None,
            actor: new.actor,
            action: if new.active {
                "user.enabled"
            } else {
                "user.disabled"
            },
            subject: new.user.as_str(),
            detail: json!({}),
        };
        audit::append(&mut tx, ids, &entry, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives credits to a workspace, which its audit log tells. `false` when there is none. Done before by the same call, nothing is
    /// given; [`StoreError::Taken`] where the call gave others.
    pub async fn grant_credits(&self, ids: &Ids, grant: Grant<'_>, now_ms: EpochMs) -> Result<bool> {
        if self.workspace(grant.workspace).await?.is_none() {
            return Ok(false);
        }
        let mut tx = self.write().await?;
        let credits = i64::from(grant.credits);
        if let Some(request) = grant.request
            && let Some(before) = ledger::granted(&mut tx, grant.workspace, request).await?
        {
            return if before == credits {
                Ok(true)
            } else {
                Err(StoreError::Taken("Idempotency-Key"))
            };
        }
        let given = ledger::Given {
            credits,
            note: grant.note,
            request: grant.request,
        };
        ledger::grant(&mut tx, ids, grant.workspace, given, now_ms).await?;
        let entry = NewEntry {
            workspace: Some(grant.workspace),
            actor: grant.actor,
            action: "credits.granted",
            subject: grant.workspace.as_str(),
            detail: json!({ "credits": credits, "note": grant.note }),
        };
        audit::append(&mut tx, ids, &entry, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }
}
