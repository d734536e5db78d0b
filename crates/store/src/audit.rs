//! The audit log: who did what that others must be able to check. Only added to.

use domain::{clock::EpochMs, ids::WorkspaceId};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::{Result, Store, from_json, ids::Ids};

/// Who a thing is done by when no person does it.
pub const SYSTEM: &str = "system";

/// Something to write down.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// Whose; none: the platform's.
    pub workspace: Option<&'a WorkspaceId>,
    /// Who did it: a person's or a key's id, or [`SYSTEM`].
    pub actor: &'a str,
    /// What: `generation.approved_anyway`.
    pub action: &'a str,
    /// To what: its id.
    pub subject: &'a str,
    /// More.
    pub detail: Value,
}

/// Something that was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Whose; none: the platform's.
    pub workspace: Option<String>,
    /// Who did it.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More.
    pub detail: Value,
    /// When.
    pub created_ms: EpochMs,
}

pub(crate) async fn append(
    tx: &mut AnyConnection,
    ids: &Ids,
    entry: &NewEntry<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit_entries (id, workspace_id, actor, action, subject, detail, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(ids.next())
    .bind(entry.workspace.map(WorkspaceId::as_str))
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.subject)
    .bind(entry.detail.to_string())
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Writes something down.
    pub async fn add_audit_entry(&self, ids: &Ids, entry: &NewEntry<'_>, now_ms: EpochMs) -> Result<()> {
        let mut tx = self.write().await?;
        append(&mut tx, ids, entry, now_ms).await?;
        tx.commit().await?;
        Ok(())
    }

    /// At most `limit` entries before an id, the newest first: those of a workspace, or all.
    pub async fn audit_entries(
        &self,
        workspace: Option<&WorkspaceId>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        type Row = (String, Option<String>, String, String, String, String, EpochMs);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, workspace_id, actor, action, subject, detail, created_ms FROM audit_entries
             WHERE ($1 = '' OR workspace_id = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3",
        )
        .bind(workspace.map_or("", WorkspaceId::as_str))
        .bind(before.unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        let entry = |(id, workspace, actor, action, subject, detail, created_ms): Row| {
            Ok(Entry {
                id,
                workspace,
                actor,
                action,
                subject,
                detail: from_json("audit entry", &detail)?,
                created_ms,
            })
        };
        rows.into_iter().map(entry).collect()
    }
}
