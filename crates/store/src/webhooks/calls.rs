//! Calls as servers make them: claimed by lease, ended by what came of them, given up at last.

use domain::{clock::EpochMs, ids::WorkspaceId};
use serde_json::json;
use sqlx::AnyConnection;

use super::{AT_ONCE_MAX, Due, GIVE_UP_MS, Tried, WAITS_S};
use crate::{
    Result, Store, StoreError,
    audit::{self, NewEntry},
    database::Engine,
    ids::Ids,
};

/// When to try again after so many tries; none when it is given up. The last try is at the very end.
fn next_ms(tries: i64, now_ms: EpochMs, until_ms: EpochMs) -> Option<EpochMs> {
    let wait = WAITS_S[(tries.max(1) as usize - 1).min(WAITS_S.len() - 1)] * 1000;
    (now_ms < until_ms).then(|| (now_ms + wait).min(until_ms))
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE deliveries SET lease_token = $1, lease_until_ms = $2
             WHERE id = (SELECT d.id FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
                         WHERE d.state = 'waiting' AND d.next_ms <= $3
                           AND (d.lease_until_ms IS NULL OR d.lease_until_ms < $3)
                           AND w.enabled = 1 AND w.deleted_ms IS NULL
                           AND (SELECT COUNT(*) FROM deliveries o WHERE o.webhook_id = d.webhook_id
                                AND o.lease_token IS NOT NULL AND o.lease_until_ms >= $3) < $4
                         ORDER BY d.next_ms, d.id LIMIT 1 ",
            $lock,
            ") RETURNING id, body, webhook_id, workspace_id, tries, until_ms"
        )
    };
}
const CLAIM_SQLITE: &str = claim!("");
const CLAIM_POSTGRES: &str = claim!("FOR UPDATE OF d SKIP LOCKED");

impl Store {
    /// Claims the call that is due first, for `lease_ms` milliseconds. `token` must be new.
    pub async fn claim_delivery(&self, token: &str, lease_ms: i64, now_ms: EpochMs) -> Result<Option<Due>> {
        let claim = match self.engine {
            Engine::Sqlite => CLAIM_SQLITE,
            Engine::Postgres => CLAIM_POSTGRES,
        };
        let mut tx = self.write().await?;
        let row: Option<(String, String, String, String, i64, EpochMs)> = sqlx::query_as(claim)
            .bind(token)
            .bind(now_ms + lease_ms)
            .bind(now_ms)
            .bind(AT_ONCE_MAX)
            .fetch_optional(&mut *tx)
            .await?;
        let Some((id, body, webhook, workspace, tries, until_ms)) = row else {
            return Ok(None);
        };
        let (url, secret): (String, String) =
            sqlx::query_as("SELECT url, secret FROM webhooks WHERE id = $1")
                .bind(&webhook)
                .fetch_one(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(Some(Due {
            id,
            body,
            url,
            secret,
            webhook,
            workspace: WorkspaceId(workspace),
            tries,
            until_ms,
            token: token.to_owned(),
        }))
    }

    /// When the next call is due; none when none waits.
    pub async fn next_delivery_ms(&self) -> Result<Option<EpochMs>> {
        let (due,): (Option<i64>,) =
            sqlx::query_as("SELECT MIN(next_ms) FROM deliveries WHERE state = 'waiting'")
                .fetch_one(&self.reader)
                .await?;
        Ok(due)
    }

    /// Writes what came of a try: it was taken, is tried again later, or is given up. A webhook that has failed for
    /// [`GIVE_UP_MS`], or says that it is gone (410), is sent nothing any more. [`StoreError::LeaseLost`] when another server has
    /// the call now.
    pub async fn end_delivery(&self, ids: &Ids, due: &Due, tried: &Tried, now_ms: EpochMs) -> Result<()> {
        let mut tx = self.write().await?;
        let tries = due.tries + 1;
        let (state, next) = match (&tried.reason, next_ms(tries, now_ms, due.until_ms)) {
            (None, _) => ("delivered", now_ms),
            (Some(_), Some(next)) => ("waiting", next),
            (Some(_), None) => ("failed", now_ms),
        };
        let ended = sqlx::query(
            "UPDATE deliveries SET state = $3, tries = $4, next_ms = $5, status_code = $6, reason = $7, took_ms = $8,
                 tried_ms = $9, lease_token = NULL, lease_until_ms = NULL
             WHERE id = $1 AND lease_token = $2",
        )
        .bind(&due.id)
        .bind(&due.token)
        .bind(state)
        .bind(tries)
        .bind(next)
        .bind(tried.status_code.map(i64::from))
        .bind(&tried.reason)
        .bind(tried.took_ms)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        if ended.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        if tried.reason.is_none() {
            sqlx::query("UPDATE webhooks SET failing_ms = NULL WHERE id = $1 AND failing_ms IS NOT NULL")
                .bind(&due.webhook)
                .execute(&mut *tx)
                .await?;
        } else {
            failed(&mut tx, ids, due, tried, now_ms).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Forgets calls that ended and were written before a time. How many.
    pub async fn forget_deliveries(&self, before_ms: EpochMs) -> Result<u64> {
        let gone = sqlx::query("DELETE FROM deliveries WHERE state <> 'waiting' AND created_ms < $1")
            .bind(before_ms)
            .execute(&self.writer)
            .await?;
        Ok(gone.rows_affected())
    }
}

/// Remembers since when a webhook fails, and switches it off at last.
async fn failed(tx: &mut AnyConnection, ids: &Ids, due: &Due, tried: &Tried, now_ms: EpochMs) -> Result<()> {
    let (since_ms,): (EpochMs,) = sqlx::query_as(
        "UPDATE webhooks SET failing_ms = COALESCE(failing_ms, $2) WHERE id = $1 RETURNING failing_ms",
    )
    .bind(&due.webhook)
    .bind(now_ms)
    .fetch_one(&mut *tx)
    .await?;
    let why = if tried.status_code == Some(410) {
        "the receiver says that it is gone (410)"
    } else if now_ms - since_ms >= GIVE_UP_MS {
        "no call came through for 3 days"
    } else {
        return Ok(());
    };
    let disabled = sqlx::query(
        "UPDATE webhooks SET enabled = 0, disabled_why = $2, version = version + 1 WHERE id = $1 AND enabled = 1",
    )
    .bind(&due.webhook)
    .bind(why)
    .execute(&mut *tx)
    .await?;
    if disabled.rows_affected() == 0 {
        return Ok(());
    }
    give_up(tx, &due.webhook, why).await?;
    let entry = NewEntry {
        workspace: Some(&due.workspace),
        actor: audit::SYSTEM,
        action: "webhook.disabled",
        subject: &due.webhook,
        detail: json!({ "why": why, "url": due.url, "last": tried.reason }),
    };
    audit::append(tx, ids, &entry, now_ms).await
}

/// What waits for a webhook is not sent.
pub(super) async fn give_up(tx: &mut AnyConnection, webhook: &str, why: &str) -> Result<()> {
    sqlx::query(
        "UPDATE deliveries SET state = 'failed', reason = COALESCE(reason, $2) WHERE webhook_id = $1 AND state = 'waiting'",
    )
    .bind(webhook)
    .bind(why)
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_tried_for_three_days_and_at_the_very_end() {
        let (mut now_ms, mut tries, mut times) = (0, 0, Vec::new());
        loop {
            times.push(now_ms / 1000);
            tries += 1;
            match next_ms(tries, now_ms, GIVE_UP_MS) {
                Some(next) => now_ms = next,
                None => break,
            }
        }
        assert_eq!(
            times,
            [
                0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 257_705, 259_200
            ]
        );
    }
}
