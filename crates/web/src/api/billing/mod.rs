//! What a workspace can spend, every change of it, and how it is bought.

pub mod caps;
pub mod purchases;

use std::fmt::Write as _;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use store::ledger::{Entry, Filter, KINDS};
use utoipa::{IntoParams, ToSchema};

use super::Stamp;
use crate::{
    app::App,
    auth::caller::{Allowed, Manage, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query},
    table::{cell, saved},
};

/// Entries that are read at once for a table.
const ROWS: u32 = 1_000;

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
    /// The purchase that it is about.
    purchase_id: Option<String>,
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
            purchase_id: entry.purchase_id,
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

/// Which changes are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct HistoryQuery {
    /// grant, purchase, hold, settle, release, refund, expire.
    kind: Option<String>,
    /// Not before this, in epoch milliseconds.
    from_ms: Option<Stamp>,
    /// Before this, in epoch milliseconds.
    to_ms: Option<Stamp>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which changes a table holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct TableQuery {
    /// grant, purchase, hold, settle, release, refund, expire.
    kind: Option<String>,
    /// Not before this, in epoch milliseconds.
    from_ms: Option<Stamp>,
    /// Before this, in epoch milliseconds.
    to_ms: Option<Stamp>,
}

fn filter(kind: Option<String>, from_ms: Option<Stamp>, to_ms: Option<Stamp>) -> Result<Filter> {
    let known = |kind: &String| KINDS.contains(&kind.as_str());
    if kind.as_ref().is_some_and(|kind| !known(kind)) {
        return Err(Error::field("kind", format!("use one of {}", KINDS.join(", "))));
    }
    Ok(Filter { kind, from_ms, to_ms })
}

/// Every change of the balance, the newest first. Without a filter its amounts add up to the balance.
#[utoipa::path(get, path = "/api/billing/history", tag = "billing", params(HistoryQuery),
    responses((status = 200, body = Page<LedgerEntry>), (status = 401), (status = 403), (status = 422)))]
pub async fn history(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<LedgerEntry>>> {
    let filter = filter(query.kind, query.from_ms, query.to_ms)?;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .ledger_entries(&caller.workspace, &filter, before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        LedgerEntry::from,
    )))
}

/// The same as a table for spreadsheets, whole. A note that begins like a formula is none to the program that opens it.
#[utoipa::path(get, path = "/api/billing/history.csv", tag = "billing", params(TableQuery),
    responses((status = 200, description = "created,kind,amount,note,generation_id,purchase_id,id", body = String, content_type = "text/csv"), (status = 401), (status = 403), (status = 422)))]
pub async fn history_csv(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(query): Query<TableQuery>,
) -> Result<Response> {
    let filter = filter(query.kind, query.from_ms, query.to_ms)?;
    let mut text = "created,kind,amount,note,generation_id,purchase_id,id\r\n".to_owned();
    let mut before: Option<String> = None;
    loop {
        let rows = app
            .store
            .ledger_entries(&caller.workspace, &filter, before.as_deref(), ROWS)
            .await?;
        for row in &rows {
            let _ = write!(
                text,
                "{},{},{},{},{},{},{}\r\n",
                jiff::Timestamp::from_millisecond(row.created_ms).unwrap_or_default(),
                row.kind,
                row.amount,
                cell(row.note.as_deref()),
                cell(row.generation_id.as_deref()),
                cell(row.purchase_id.as_deref()),
                row.id,
            );
        }
        match rows.last() {
            Some(last) if rows.len() == ROWS as usize => before = Some(last.id.clone()),
            _ => break,
        }
    }
    Ok(saved(&text, "attachment; filename=\"credits.csv\""))
}
