//! What the operator set, version by version. The last version counts.

use domain::clock::EpochMs;
use serde_json::Value;

use crate::{
    Result, Store, StoreError,
    audit::{self, NewEntry},
    from_json,
    ids::Ids,
};

/// One version of a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// 1, 2, 3, …
    pub version: i64,
    /// The value.
    pub value: Value,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_ms: EpochMs,
}

impl Store {
    /// Sets what stands at this version (none: at any; 0: is not set yet), with its entry in the audit log.
    /// [`StoreError::Changed`] when somebody else set it meanwhile.
    pub async fn set_setting(
        &self,
        ids: &Ids,
        name: &str,
        seen: Option<i64>,
        value: &Value,
        set_by: &str,
        now_ms: EpochMs,
    ) -> Result<i64> {
        let mut tx = self.write().await?;
        let (last,): (i64,) =
            sqlx::query_as("SELECT COALESCE(MAX(version), 0) FROM settings WHERE name = $1")
                .bind(name)
                .fetch_one(&mut *tx)
                .await?;
        if seen.is_some_and(|seen| seen != last) {
            return Err(StoreError::Changed);
        }
        let written = sqlx::query(
            "INSERT INTO settings (name, version, value, set_by, set_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name, version) DO NOTHING",
        )
        .bind(name)
        .bind(last + 1)
        .bind(value.to_string())
        .bind(set_by)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            return Err(StoreError::Changed);
        }
        let entry = NewEntry {
            workspace: None,
            actor: set_by,
            action: "setting.set",
            subject: name,
            detail: serde_json::json!({ "version": last + 1, "value": value }),
        };
        audit::append(&mut tx, ids, &entry, now_ms).await?;
        tx.commit().await?;
        Ok(last + 1)
    }

    /// At most `limit` versions of a setting, the newest first.
    pub async fn setting_versions(&self, name: &str, limit: u32) -> Result<Vec<Version>> {
        let rows: Vec<(i64, String, String, EpochMs)> = sqlx::query_as(
            "SELECT version, value, set_by, set_ms FROM settings WHERE name = $1 ORDER BY version DESC LIMIT $2",
        )
        .bind(name)
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        let version = |(version, value, set_by, set_ms): (i64, String, String, EpochMs)| {
            Ok(Version {
                version,
                value: from_json("setting", &value)?,
                set_by,
                set_ms,
            })
        };
        rows.into_iter().map(version).collect()
    }
}
