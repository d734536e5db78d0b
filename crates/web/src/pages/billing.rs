//! Billing: what can be spent, and every change of it as a statement with the balance at each line.

use askama::Template;
use axum::extract::State;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use store::ledger::Entry;

use super::{Page, assets, form::Form, html, shell::Shell, show, words::Words};
use crate::{
    app::App,
    auth::caller::{Allowed, Manage},
    extract::PageQuery,
};

const PAGE: u32 = 100;

struct Line {
    entry: Entry,
    balance: i64,
}

#[derive(Template)]
#[template(path = "billing.html")]
struct Billing {
    w: Words,
    shell: Shell,
    held: i64,
    open: i64,
    lines: Vec<Line>,
    next: Option<String>,
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Allowed<Manage>) -> Page {
    let workspace = &shell.person.workspace;
    let query = Form::of_query(&shell.query);
    let page = PageQuery {
        cursor: query.given("cursor"),
        limit: None,
    };
    let mut rows = app
        .store
        .ledger_entries(workspace, page.after()?.as_deref(), PAGE + 1)
        .await?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    // The balance at the newest line of this page: today's, or where the page before ended.
    let mut balance = query.get("balance").parse().unwrap_or(shell.credits);
    let mut lines = Vec::with_capacity(rows.len());
    for entry in rows {
        let after = balance;
        balance -= entry.amount;
        lines.push(Line {
            entry,
            balance: after,
        });
    }
    let next = lines.last().filter(|_| more).map(|line| {
        let cursor = URL_SAFE_NO_PAD.encode(&line.entry.id);
        format!("/billing?cursor={cursor}&balance={balance}")
    });
    html(&Billing {
        held: app.store.held_credits(workspace).await?,
        open: app.store.balance(workspace).await?.open_holds,
        w: shell.w,
        lines,
        next,
        shell,
    })
}
