//! How often somebody may call, counted where all servers see it.

use domain::clock::EpochMs;

use crate::{Result, Store, database::Engine};

impl Store {
    /// Whether several servers work on this database, so that what they count must be counted here.
    pub fn is_shared(&self) -> bool {
        self.engine == Engine::Postgres
    }

    /// Takes one token of a caller's bucket, which holds `size` and is filled evenly in `window_ms`. What it holds after that;
    /// below 0 when there was none, and none was taken.
    ///
    /// The generic cell rate algorithm (ITU-T I.371): the row holds when the bucket is full again, and one statement moves it.
    pub async fn take_token(&self, caller: &str, size: f64, window_ms: f64, now_ms: EpochMs) -> Result<f64> {
        let (now, each_ms) = (now_ms as f64, window_ms / size);
        let taken: Option<(f64,)> = sqlx::query_as(
            "INSERT INTO rate_buckets (caller, full_ms) VALUES ($1, $2 + $3)
             ON CONFLICT (caller) DO UPDATE SET
                 full_ms = CASE WHEN rate_buckets.full_ms > $2 THEN rate_buckets.full_ms ELSE $2 END + $3
             WHERE rate_buckets.full_ms + $3 <= $2 + $4
             RETURNING full_ms",
        )
        .bind(caller)
        .bind(now)
        .bind(each_ms)
        .bind(window_ms)
        .fetch_optional(&self.writer)
        .await?;
        let held = |full_ms: f64| (now + window_ms - full_ms) / each_ms;
        if let Some((full_ms,)) = taken {
            return Ok(held(full_ms));
        }
        let (full_ms,): (f64,) = sqlx::query_as("SELECT full_ms FROM rate_buckets WHERE caller = $1")
            .bind(caller)
            .fetch_one(&self.writer)
            .await?;
        Ok(held(full_ms) - 1.0)
    }

    /// Forgets buckets that are full again.
    pub async fn forget_buckets(&self, now_ms: EpochMs) -> Result<()> {
        sqlx::query("DELETE FROM rate_buckets WHERE full_ms < $1")
            .bind(now_ms as f64)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
