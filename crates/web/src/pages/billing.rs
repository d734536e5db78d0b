//! Billing: what can be spent, what can be bought, spend caps, and every change of the balance as a statement.

use askama::Template;
use axum::extract::{Path, State};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::payment::Package;
use serde_json::json;
use store::{
    caps::Cap,
    keys::ApiKey,
    ledger::{Entry, Filter, KINDS},
    projects::Project,
    purchases::Purchase,
};

use super::{
    Page, again, assets,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{
    api::billing::{caps as api, purchases},
    app::App,
    auth::caller::{Allowed, Manage},
    error::Result,
    extract::{Json, PageQuery},
    payments,
};

const PAGE: u32 = 100;
/// Purchases that are shown.
const PURCHASES: u32 = 12;
/// Projects that a cap can be set for here; the API takes any.
const PROJECTS_MAX: u32 = 200;

struct Line {
    entry: Entry,
    /// What was left after it; none where a filter leaves entries out.
    balance: Option<i64>,
}

#[derive(Template)]
#[template(path = "billing.html")]
struct Billing {
    w: Words,
    shell: Shell,
    held: i64,
    open: i64,
    packages: Vec<Package>,
    online: bool,
    /// The purchase that the page is about, as it stands now.
    current: Option<Purchase>,
    /// The buyer is on the way to the checkout.
    go: bool,
    purchases: Vec<Purchase>,
    caps: Vec<Cap>,
    projects: Vec<Project>,
    keys: Vec<ApiKey>,
    kind: String,
    lines: Vec<Line>,
    next: Option<String>,
    wrong: Wrong,
    /// So that a package is bought once.
    key: String,
}

pub(super) async fn page(State(app): State<App>, shell: Shell, caller: Allowed<Manage>) -> Page {
    html(&shown(&app, shell, &caller, Wrong::default()).await?)
}

async fn shown(app: &App, mut shell: Shell, caller: &Allowed<Manage>, wrong: Wrong) -> Result<Billing> {
    let workspace = caller.workspace.clone();
    let query = Form::of_query(&shell.query);
    let current = match query.given("purchase") {
        Some(id) => app.store.purchase(&workspace, &id).await?,
        None => None,
    };
    let current = match current {
        Some(purchase) => Some(payments::as_it_stands(app, purchase).await?),
        None => None,
    };
    let balance = app.store.balance(&workspace).await?;
    shell.credits = balance.available;
    let (lines, next) = statement(app, &shell, &query).await?;
    let keys = app.store.api_keys(&workspace).await?;
    Ok(Billing {
        held: app.store.held_credits(&workspace).await?,
        open: balance.open_holds,
        packages: payments::packages(app).await?,
        online: app.config.payments.stripe.is_some(),
        go: query.has("go"),
        current,
        purchases: app.store.purchases(Some(&workspace), None, PURCHASES).await?,
        caps: app.store.caps(&workspace, app.now_ms()).await?,
        projects: app
            .store
            .projects(&workspace, None, None, false, PROJECTS_MAX)
            .await?,
        keys: keys.into_iter().filter(|key| key.revoked_ms.is_none()).collect(),
        kind: query.get("kind").to_owned(),
        key: app.ids.next(),
        w: shell.w,
        lines,
        next,
        wrong,
        shell,
    })
}

/// A page of the ledger, and where the next one is.
async fn statement(app: &App, shell: &Shell, query: &Form) -> Result<(Vec<Line>, Option<String>)> {
    let kind = query.given("kind").filter(|kind| KINDS.contains(&kind.as_str()));
    let page = PageQuery {
        cursor: query.given("cursor"),
        limit: None,
    };
    let filter = Filter {
        kind: kind.clone(),
        ..Filter::default()
    };
    let workspace = &shell.person.workspace;
    let mut rows = app
        .store
        .ledger_entries(workspace, &filter, page.after()?.as_deref(), PAGE + 1)
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
            balance: kind.is_none().then_some(after),
        });
    }
    let next = lines.last().filter(|_| more).map(|line| {
        let cursor = URL_SAFE_NO_PAD.encode(&line.entry.id);
        let kind = kind.unwrap_or_default();
        format!("/billing?cursor={cursor}&balance={balance}&kind={kind}#ledger")
    });
    Ok((lines, next))
}

/// Orders a package, and leads to where it is paid.
pub(super) async fn buy(State(app): State<App>, shell: Shell, caller: Allowed<Manage>, form: Form) -> Page {
    let package = form.get("package").to_owned();
    let person = caller.person()?;
    match payments::buy(&app, person, &package).await {
        Ok(purchase) => Ok(to(&format!("/billing?purchase={}&go", purchase.id))),
        Err(error) => {
            let wrong = Wrong::told(shell.w, &error);
            again(&shown(&app, shell, &caller, wrong).await?)
        }
    }
}

/// Leads to the invoice of a purchase.
pub(super) async fn invoice(state: State<App>, caller: Allowed<Manage>, purchase: Path<String>) -> Page {
    purchases::invoice(state, caller, purchase).await
}

/// Sets a spend cap, or takes it away.
pub(super) async fn set_cap(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Manage>,
    form: Form,
) -> Page {
    let credits = form
        .given("credits")
        .map(|text| text.parse::<i64>().unwrap_or(-1));
    let body = input(&json!({ "credits": credits }))?;
    let of = form.get("of").split_once(':').unwrap_or_default();
    let path = Path((of.0.to_owned(), of.1.to_owned()));
    match api::set(State(app.clone()), caller.clone(), path, Json(body)).await {
        Ok(_) => Ok(to("/billing?done=saved#caps")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &caller, wrong).await?)
        }
    }
}
