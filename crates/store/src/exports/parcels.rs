//! Files of an export that are put somewhere: which there are, and what became of each. Written by who holds the export alone.

use domain::{clock::EpochMs, ids::WorkspaceId};

use crate::{
    Result, Store,
    rows::{Value, over_all},
};

/// A file to put somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Where it is put there.
    pub path: String,
    /// Of the file.
    pub bytes: u64,
    /// Of the file, lower-case hex.
    pub sha256: String,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    /// Where it is put there.
    pub path: String,
    /// Of the file.
    pub bytes: i64,
    /// Of the file, lower-case hex.
    pub sha256: String,
    /// waiting, delivered, failed.
    pub state: String,
    /// Why the last try failed.
    pub reason: Option<String>,
    /// When it was there.
    pub delivered_ms: Option<EpochMs>,
}

/// How a try to put a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// It is there, since this time.
    Delivered(EpochMs),
    /// It is not, and why.
    Failed(String),
}

impl Store {
    /// Writes down what a held export is to put; what is there already stays delivered. False: another worker has the export.
    pub async fn plan_parcels(&self, export: &str, token: &str, parcels: &[Parcel]) -> Result<bool> {
        let mut tx = self.write().await?;
        let told = sqlx::query(
            "UPDATE exports SET to_deliver = $3 WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(export)
        .bind(token)
        .bind(parcels.len() as i64)
        .execute(&mut *tx)
        .await?;
        if told.rows_affected() == 0 {
            return Ok(false);
        }
        let rows: Vec<Vec<Value>> = parcels
            .iter()
            .map(|parcel| {
                vec![
                    export.into(),
                    parcel.path.as_str().into(),
                    (parcel.bytes as i64).into(),
                    parcel.sha256.as_str().into(),
                ]
            })
            .collect();
        let _: Vec<(String,)> = over_all(
            &mut tx,
            "INSERT INTO export_deliveries (export_id, path, bytes, sha256) SELECT v.column1, v.column2, v.column3, v.column4 FROM",
            &rows,
            "WHERE true ON CONFLICT (export_id, path) DO NOTHING RETURNING path",
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Tells how a held export's try to put a file ended. False: another worker has the export, or it was called off.
    pub async fn end_parcel(&self, export: &str, token: &str, path: &str, end: &DeliveryEnd) -> Result<bool> {
        let (state, reason, delivered_ms) = match end {
            DeliveryEnd::Delivered(at_ms) => ("delivered", None, Some(*at_ms)),
            DeliveryEnd::Failed(reason) => ("failed", Some(reason.as_str()), None),
        };
        let mut tx = self.write().await?;
        let held = sqlx::query(
            "UPDATE exports SET delivered = delivered + $3 WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(export)
        .bind(token)
        .bind(i64::from(state == "delivered"))
        .execute(&mut *tx)
        .await?;
        let ended = sqlx::query(
            "UPDATE export_deliveries SET state = $3, reason = $4, delivered_ms = $5
             WHERE export_id = $1 AND path = $2 AND state <> 'delivered'",
        )
        .bind(export)
        .bind(path)
        .bind(state)
        .bind(reason)
        .bind(delivered_ms)
        .execute(&mut *tx)
        .await?;
        if held.rows_affected() == 0 || ended.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// What became of an export's files after a path, at most `limit`, by path.
    pub async fn parcels(
        &self,
        workspace: &WorkspaceId,
        export: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        Ok(sqlx::query_as(
            "SELECT d.path, d.bytes, d.sha256, d.state, d.reason, d.delivered_ms
             FROM export_deliveries d JOIN exports e ON e.id = d.export_id
             WHERE e.workspace_id = $1 AND e.id = $2 AND d.path > $3 ORDER BY d.path LIMIT $4",
        )
        .bind(workspace.as_str())
        .bind(export)
        .bind(after.unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?)
    }

    /// The files of an export that are not there yet, and why the last try failed.
    pub async fn undelivered_parcels(&self, export: &str) -> Result<Vec<(String, Option<String>)>> {
        Ok(sqlx::query_as(
            "SELECT path, reason FROM export_deliveries WHERE export_id = $1 AND state <> 'delivered' ORDER BY path",
        )
        .bind(export)
        .fetch_all(&self.reader)
        .await?)
    }
}
