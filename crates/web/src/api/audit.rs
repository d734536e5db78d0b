//! The audit log of a workspace.

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use store::audit::Entry;
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    app::App,
    auth::caller::{Allowed, Manage},
    error::Result,
    extract::{Json, Page, PageQuery, Query},
};

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id.
    id: String,
    /// The workspace; none: the platform's.
    workspace_id: Option<String>,
    /// Who did it: a person's or a key's id, or `system`.
    actor: String,
    /// What: `generation.approved_anyway`, `webhook.disabled`, `credits.granted`, …
    action: String,
    /// To what: its id.
    subject: String,
    /// More.
    #[schema(value_type = Object)]
    detail: Value,
    /// When.
    created_ms: Stamp,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            workspace_id: entry.workspace,
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
            created_ms: entry.created_ms,
        }
    }
}

/// What was done in the workspace that others must be able to check, the newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(PageQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = 401), (status = 403), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let entries = app
        .store
        .audit_entries(Some(&caller.workspace), before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        entries,
        limit,
        |entry| entry.id.clone(),
        AuditEntry::from,
    )))
}
