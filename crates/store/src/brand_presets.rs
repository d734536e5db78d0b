//! Brand presets: how a brand has its pictures, under a name.

use domain::{clock::EpochMs, ids::WorkspaceId};

use crate::{Result, Store, StoreError, ids::Ids, projects::taken};

/// The most of one workspace.
pub const PRESETS_MAX: i64 = 100;

/// A brand preset.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct BrandPreset {
    /// Its id.
    pub id: String,
    /// Its name for people, each once in a workspace.
    pub name: String,
    /// Fields of an order, as JSON.
    pub settings: String,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_ms: EpochMs,
    /// When it was last changed.
    pub updated_ms: EpochMs,
}

const COLUMNS: &str = "id, name, settings, version, created_ms, updated_ms";

impl Store {
    /// The brand presets of a workspace, by name.
    pub async fn brand_presets(&self, workspace: &WorkspaceId) -> Result<Vec<BrandPreset>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM brand_presets WHERE workspace_id = $1 ORDER BY LOWER(name), id"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .fetch_all(&self.reader)
            .await?)
    }

    /// A brand preset.
    pub async fn brand_preset(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<BrandPreset>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM brand_presets WHERE workspace_id = $1 AND id = $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// Makes a brand preset. [`StoreError::Taken`] where the workspace has one of this name, [`StoreError::Refused`] where it has
    /// [`PRESETS_MAX`] already.
    pub async fn add_brand_preset(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        name: &str,
        settings: &str,
        now_ms: EpochMs,
    ) -> Result<BrandPreset> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO brand_presets (id, workspace_id, name, settings, created_ms, updated_ms)
             SELECT $1, $2, $3, $4, $5, $5 WHERE (SELECT COUNT(*) FROM brand_presets WHERE workspace_id = $2) < $6
             RETURNING {COLUMNS}"
        ));
        let made: Option<BrandPreset> = sqlx::query_as(sql)
            .bind(ids.next())
            .bind(workspace.as_str())
            .bind(name)
            .bind(settings)
            .bind(now_ms)
            .bind(PRESETS_MAX)
            .fetch_optional(&self.writer)
            .await
            .map_err(|error| taken(error, "name"))?;
        made.ok_or(StoreError::Refused(
            "there are 100 brand presets already; delete one that is not used",
        ))
    }

    /// Changes a brand preset that stands at this version (none: at any). [`StoreError::Changed`] when it was changed meanwhile,
    /// [`StoreError::Taken`] where another has this name; `None` when there is none.
    pub async fn change_brand_preset(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        version: Option<i64>,
        (name, settings): (&str, &str),
        now_ms: EpochMs,
    ) -> Result<Option<BrandPreset>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "UPDATE brand_presets SET name = $3, settings = $4, updated_ms = $5, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND ($6 = 0 OR version = $6) RETURNING {COLUMNS}"
        ));
        let changed: Option<BrandPreset> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .bind(name)
            .bind(settings)
            .bind(now_ms)
            .bind(version.unwrap_or(0))
            .fetch_optional(&self.writer)
            .await
            .map_err(|error| taken(error, "name"))?;
        if changed.is_none() && self.brand_preset(workspace, id).await?.is_some() {
            return Err(StoreError::Changed);
        }
        Ok(changed)
    }

    /// Deletes a brand preset; whether there was one. Shoots that were ordered by it stay as they are.
    pub async fn delete_brand_preset(&self, workspace: &WorkspaceId, id: &str) -> Result<bool> {
        let deleted = sqlx::query("DELETE FROM brand_presets WHERE workspace_id = $1 AND id = $2")
            .bind(workspace.as_str())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(deleted.rows_affected() == 1)
    }
}
