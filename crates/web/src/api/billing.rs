//! What a workspace can spend, and every change of it.

use axum::extract::State;
use serde::Serialize;
use store::ledger::Entry;
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    app::App,
    auth::caller::{Allowed, Manage, Read},
    error::Result,
    extract::{Json, Page, PageQuery, Query},
};

/// What can be spent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// Credits that can be spent.
    available: i64,
    /// Pictures that hold credits while they are made.
    open_holds: i64,
}

/// A change of the balance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// Its id.
    id: String,
    /// grant, purchase, hold, settle, release, refund, expire.
    kind: String,
    /// Credits; below 0 they were taken. A settle is 0: the hold took them.
    amount: i64,
    /// The picture that it is about.
    generation_id: Option<String>,
    /// More.
    note: Option<String>,
    /// When.
    created_ms: Stamp,
}

impl From<Entry> for LedgerEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            kind: entry.kind,
            amount: entry.amount,
            generation_id: entry.generation_id,
            note: entry.note.filter(|note| !note.is_empty()),
            created_ms: entry.created_ms,
        }
    }
}

/// What the workspace can spend.
#[utoipa::path(get, path = "/api/billing/balance", tag = "billing", responses((status = 200, body = Balance), (status = 401), (status = 403)))]
pub async fn balance(State(app): State<App>, caller: Allowed<Read>) -> Result<Json<Balance>> {
    let balance = app.store.balance(&caller.workspace).await?;
    Ok(Json(Balance {
        available: balance.available,
        open_holds: balance.open_holds,
    }))
}

/// Every change of the balance, the newest first. Its amounts add up to the balance.
#[utoipa::path(get, path = "/api/billing/history", tag = "billing", params(PageQuery),
    responses((status = 200, body = Page<LedgerEntry>), (status = 401), (status = 403), (status = 422)))]
pub async fn history(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<LedgerEntry>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .ledger_entries(&caller.workspace, before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        LedgerEntry::from,
    )))
}
