//! Workspaces: the tenants.

use domain::{clock::EpochMs, ids::WorkspaceId};

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

impl Store {
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
