//! Workspaces: the tenants.

use domain::{clock::EpochMs, ids::WorkspaceId};

use sqlx::AnyConnection;

use crate::{Result, Store};

/// A new workspace.
#[derive(Clone, Debug)]
pub struct NewWorkspace<'a> {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name for people.
    pub name: &'a str,
    /// Pictures cost credits. The local workspace of the command line is not metered.
    pub metered: bool,
}

/// A workspace as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it can spend.
    pub credits: i64,
    /// Counts its changes.
    pub version: i64,
}

/// A metered workspace.
pub(crate) async fn insert(
    tx: &mut AnyConnection,
    id: &WorkspaceId,
    name: &str,
    now_ms: EpochMs,
) -> Result<()> {
    sqlx::query("INSERT INTO workspaces (id, name, metered, created_ms) VALUES ($1, $2, 1, $3)")
        .bind(id.as_str())
        .bind(name)
        .bind(now_ms)
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// A workspace.
    pub async fn workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>> {
        Ok(
            sqlx::query_as("SELECT id, name, credits, version FROM workspaces WHERE id = $1")
                .bind(id.as_str())
                .fetch_optional(&self.reader)
                .await?,
        )
    }

    /// Gives a workspace another name.
    pub async fn rename_workspace(&self, id: &WorkspaceId, name: &str) -> Result<()> {
        sqlx::query("UPDATE workspaces SET name = $2, version = version + 1 WHERE id = $1")
            .bind(id.as_str())
            .bind(name)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The local workspace of an output folder, made at first use.
    pub async fn ensure_workspace(&self, new: &NewWorkspace<'_>, now_ms: EpochMs) -> Result<()> {
        sqlx::query(
            "INSERT INTO workspaces (id, name, metered, created_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(new.id.as_str())
        .bind(new.name)
        .bind(i64::from(new.metered))
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
