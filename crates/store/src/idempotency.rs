//! Answers that were given, by the key that the caller chose: a call that is sent twice is done once.

use std::time::Duration;

use domain::clock::EpochMs;

use crate::{Result, Store};

/// How long an answer is kept.
pub const KEPT_MS: i64 = 24 * 3_600_000;
/// A call of which nothing was heard for so long died with its server: whoever asks again does it.
const ABANDONED_MS: i64 = 120_000;
/// How often who works on a call says so: three of four may be late.
pub const RENEWAL: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Its headers, as JSON.
    pub headers: String,
    /// Its body.
    pub body: String,
}

/// A key that a call holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// Who called.
    pub caller: String,
    /// The key.
    pub key: String,
    /// When it was claimed: who claims it once this call is given up does so later, and is told from it by that.
    claimed_ms: EpochMs,
}

/// How a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is new: do it.
    New(HeldKey),
    /// It was done: this was the answer.
    Done(Answer),
    /// Another call with it is still worked on.
    Working,
    /// It was used for another call.
    Other,
}

/// What a claimed key was used for, and the status, headers and body of its answer.
type Claimed = (String, Option<i64>, Option<String>, Option<String>);

impl Store {
    /// Claims a key for a call with this fingerprint.
    pub async fn claim_key(
        &self,
        caller: &str,
        key: &str,
        fingerprint: &str,
        now_ms: EpochMs,
    ) -> Result<Claim> {
        let mut tx = self.write().await?;
        sqlx::query(
            "DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2
             AND (created_ms < $3 OR (status IS NULL AND created_ms < $4))",
        )
        .bind(caller)
        .bind(key)
        .bind(now_ms - KEPT_MS)
        .bind(now_ms - ABANDONED_MS)
        .execute(&mut *tx)
        .await?;
        let new = sqlx::query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, created_ms, claimed_ms)
             VALUES ($1, $2, $3, $4, $4) ON CONFLICT (caller, key) DO NOTHING",
        )
        .bind(caller)
        .bind(key)
        .bind(fingerprint)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        let claim = if new.rows_affected() == 1 {
            Claim::New(HeldKey {
                caller: caller.to_owned(),
                key: key.to_owned(),
                claimed_ms: now_ms,
            })
        } else {
            let row: Option<Claimed> = sqlx::query_as(
                "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE caller = $1 AND key = $2",
            )
            .bind(caller)
            .bind(key)
            .fetch_optional(&mut *tx)
            .await?;
            match row {
                Some((used_for, ..)) if used_for != fingerprint => Claim::Other,
                Some((_, Some(status), headers, body)) => Claim::Done(Answer {
                    status: u16::try_from(status).unwrap_or(500),
                    headers: headers.unwrap_or_default(),
                    body: body.unwrap_or_default(),
                }),
                // Or the call that had it has let it go since.
                Some((_, None, ..)) | None => Claim::Working,
            }
        };
        tx.commit().await?;
        Ok(claim)
    }

    /// Says that the call of a held key is still worked on. Nothing happens where it was given up.
    pub async fn renew_key(&self, held: &HeldKey, now_ms: EpochMs) -> Result<()> {
        sqlx::query(
            "UPDATE idempotency_keys SET created_ms = $4
             WHERE caller = $1 AND key = $2 AND claimed_ms = $3 AND status IS NULL",
        )
        .bind(&held.caller)
        .bind(&held.key)
        .bind(held.claimed_ms)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Keeps the answer of a held key; with `None` the key is free again. Nothing happens where it was given up.
    pub async fn close_key(&self, held: &HeldKey, answer: Option<&Answer>) -> Result<()> {
        let Some(answer) = answer else {
            sqlx::query("DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2 AND claimed_ms = $3")
                .bind(&held.caller)
                .bind(&held.key)
                .bind(held.claimed_ms)
                .execute(&self.writer)
                .await?;
            return Ok(());
        };
        sqlx::query(
            "UPDATE idempotency_keys SET status = $4, headers = $5, body = $6
             WHERE caller = $1 AND key = $2 AND claimed_ms = $3",
        )
        .bind(&held.caller)
        .bind(&held.key)
        .bind(held.claimed_ms)
        .bind(i64::from(answer.status))
        .bind(&answer.headers)
        .bind(&answer.body)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Forgets answers that are too old to be asked for.
    pub async fn forget_keys(&self, now_ms: EpochMs) -> Result<()> {
        sqlx::query("DELETE FROM idempotency_keys WHERE created_ms < $1")
            .bind(now_ms - KEPT_MS)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
