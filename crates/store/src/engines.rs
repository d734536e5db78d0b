//! What is known of the engines' servers: how they are doing, what they said, and which of their jobs nobody wants any more.

use domain::{
    clock::EpochMs,
    engine::{EngineName, HealthTold},
};
use sqlx::AnyConnection;

use crate::{
    Result, Store, from_json,
    rows::{Value, over_all},
    to_json,
};

/// What a process told is forgotten after so long without another word.
const HEALTH_KEPT_MS: i64 = 24 * 3_600_000;
/// A vendor's message is known again for so long; an older one is not taken anyway.
const EVENTS_KEPT_MS: i64 = 24 * 3_600_000;
/// For so long it is tried to call a job off.
const CALL_OFF_MS: i64 = 3_600_000;

/// What became of a vendor's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It came before.
    Before,
    /// Nothing here waits in the queue for its job.
    Nothing,
    /// The picture that waited for its job is due now.
    Woken,
}

/// A job at a vendor that nobody wants any more.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Unwanted {
    /// Whose.
    pub engine: String,
    /// The vendor's id of it.
    pub provider_job: String,
}

impl Store {
    /// Keeps how an engine's server is doing.
    pub async fn tell_health(&self, told: &HealthTold) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM engine_health WHERE told_ms < $1")
            .bind(told.told_ms - HEALTH_KEPT_MS)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO engine_health (engine, worker, health, told_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (engine, worker) DO UPDATE SET health = excluded.health, told_ms = excluded.told_ms",
        )
        .bind(&told.engine)
        .bind(&told.worker)
        .bind(to_json("health", &told.health)?)
        .bind(told.told_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What every process told last of the engines that it calls, the newest first.
    pub async fn engine_health(&self) -> Result<Vec<HealthTold>> {
        let rows: Vec<(String, String, String, EpochMs)> = sqlx::query_as(
            "SELECT engine, worker, health, told_ms FROM engine_health ORDER BY told_ms DESC, engine, worker",
        )
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter()
            .map(|(engine, worker, health, told_ms)| {
                Ok(HealthTold {
                    health: from_json("health", &health)?,
                    engine,
                    worker,
                    told_ms,
                })
            })
            .collect()
    }

    /// Takes a vendor's message that a job has moved on, once: a picture that waits to ask after it is due now.
    pub async fn hear_vendor(
        &self,
        engine: &EngineName,
        event: &str,
        provider_job: &str,
        now_ms: EpochMs,
    ) -> Result<Heard> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM vendor_events WHERE received_ms < $1")
            .bind(now_ms - EVENTS_KEPT_MS)
            .execute(&mut *tx)
            .await?;
        let new = sqlx::query(
            "INSERT INTO vendor_events (engine, id, provider_job, received_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (engine, id) DO NOTHING",
        )
        .bind(&engine.0)
        .bind(event)
        .bind(provider_job)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        let woken = sqlx::query(
            "UPDATE jobs SET run_at_ms = $3
             WHERE state = 'available' AND state IN ('available', 'paused', 'running') AND run_at_ms > $3 AND generation_id IN
                 (SELECT generation_id FROM attempts WHERE engine = $1 AND provider_job = $2 AND outcome = 'pending')",
        )
        .bind(&engine.0)
        .bind(provider_job)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(match (new.rows_affected(), woken.rows_affected()) {
            (0, _) => Heard::Before,
            (_, 0) => Heard::Nothing,
            _ => Heard::Woken,
        })
    }

    /// The jobs that vendors are to be told of that nobody wants them any more.
    pub async fn unwanted(&self, now_ms: EpochMs) -> Result<Vec<Unwanted>> {
        let unwanted = sqlx::query_as(
            "SELECT DISTINCT engine, provider_job FROM attempts
             WHERE call_off_ms IS NOT NULL AND call_off_ms > $1 AND provider_job IS NOT NULL",
        )
        .bind(now_ms - CALL_OFF_MS)
        .fetch_all(&self.reader)
        .await?;
        Ok(unwanted)
    }

    /// The vendor was told.
    pub async fn told_unwanted(&self, unwanted: &Unwanted) -> Result<()> {
        sqlx::query("UPDATE attempts SET call_off_ms = NULL WHERE engine = $1 AND provider_job = $2")
            .bind(&unwanted.engine)
            .bind(&unwanted.provider_job)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

/// Ends the open attempts of pictures that nobody wants any more, each with the time, and has vendors told of the jobs that they have.
/// An order that has not gone out will not; one that has may have been billed.
pub(crate) async fn call_off(tx: &mut AnyConnection, generations: &[Vec<Value>]) -> Result<()> {
    let _: Vec<(String,)> = over_all(
        tx,
        "UPDATE attempts SET call_off_ms = v.column2 FROM",
        generations,
        "WHERE attempts.generation_id = v.column1 AND attempts.provider_job IS NOT NULL
           AND (attempts.outcome IS NULL OR attempts.outcome = 'pending')
           AND attempts.number = (SELECT MAX(last.number) FROM attempts last WHERE last.generation_id = v.column1)
         RETURNING id",
    )
    .await?;
    let _: Vec<(String,)> = over_all(
        tx,
        "UPDATE attempts SET finished_ms = v.column2,
             outcome = CASE WHEN sent_ms IS NULL THEN 'fault' ELSE 'lost' END,
             message = CASE WHEN sent_ms IS NULL THEN 'called off before it was ordered'
                            ELSE 'maybe billed: called off while the vendor had the order' END,
             cost_microusd = CASE WHEN sent_ms IS NULL THEN 0 ELSE price_microusd END
         FROM",
        generations,
        "WHERE attempts.generation_id = v.column1 AND attempts.outcome IS NULL RETURNING id",
    )
    .await?;
    Ok(())
}
