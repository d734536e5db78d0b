//! Events: what happened in a shoot, in order, written in the transaction that made it happen.

use domain::{
    clock::EpochMs,
    ids::{ShootId, WorkspaceId},
};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::{Result, Store, from_json};

/// One event of a shoot.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id; later events have greater ids.
    pub id: String,
    /// `shoot.submitted`, `generation.completed`, …
    pub kind: String,
    /// What the kind carries.
    pub data: Value,
}

pub(crate) struct NewEvent<'a> {
    pub(crate) id: String,
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) shoot: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) data: Value,
    pub(crate) now_ms: EpochMs,
}

pub(crate) async fn append(tx: &mut AnyConnection, event: NewEvent<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO events (id, workspace_id, shoot_id, kind, data, created_ms) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(event.id)
    .bind(event.workspace.as_str())
    .bind(event.shoot)
    .bind(event.kind)
    .bind(event.data.to_string())
    .bind(event.now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// The events of a shoot after a given id (`""` for all), oldest first.
    pub async fn events(&self, workspace: &WorkspaceId, shoot: &ShootId, after: &str) -> Result<Vec<Event>> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT id, kind, data FROM events
             WHERE workspace_id = $1 AND shoot_id = $2 AND id > $3 ORDER BY id",
        )
        .bind(workspace.as_str())
        .bind(shoot.as_str())
        .bind(after)
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter()
            .map(|(id, kind, data)| {
                Ok(Event {
                    id,
                    kind,
                    data: from_json("event", &data)?,
                })
            })
            .collect()
    }
}
