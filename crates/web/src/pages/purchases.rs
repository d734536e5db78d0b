//! Administration of money: what everybody bought, invoices to mark as paid, and what is sold.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use domain::payment::{PACKAGES_MAX, Package};
use serde_json::{Value, json};
use store::purchases::Purchase;

use super::{
    Page, again, assets,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{
    api::admin::{config, purchases as api},
    app::App,
    auth::caller::Admin,
    error::Result,
    extract::Json,
    payments,
};

/// Purchases that are shown; the API lists all.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "admin/purchases.html")]
struct Purchases {
    w: Words,
    shell: Shell,
    online: bool,
    rows: Vec<Purchase>,
    buyers: Vec<(String, String)>,
    packages: Vec<Package>,
    wrong: Wrong,
}

impl Purchases {
    /// The name of a workspace that bought something.
    fn whose(&self, workspace: &str) -> &str {
        let found = self.buyers.iter().find(|(id, _)| id == workspace);
        found.map_or("", |(_, name)| name)
    }
}

async fn shown(app: &App, shell: Shell, wrong: Wrong) -> Result<Purchases> {
    Ok(Purchases {
        w: shell.w,
        online: app.config.payments.stripe.is_some(),
        rows: app.store.purchases(None, None, SHOWN).await?,
        buyers: app.store.buyers().await?,
        packages: payments::packages(app).await?,
        wrong,
        shell,
    })
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Admin) -> Page {
    html(&shown(&app, shell, Wrong::default()).await?)
}

/// The money of an invoice has come.
pub(super) async fn settle(
    State(app): State<App>,
    shell: Shell,
    admin: Admin,
    purchase: Path<String>,
) -> Page {
    match api::settle(State(app.clone()), admin, purchase).await {
        Ok(_) => Ok(to("/admin/purchases?done=saved")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, wrong).await?)
        }
    }
}

/// Sets what is sold: a row of fields for each package, empty ones left out.
pub(super) async fn set_packages(State(app): State<App>, shell: Shell, admin: Admin, form: Form) -> Page {
    let number = |name: &str| form.get(name).trim().parse::<i64>().unwrap_or(0);
    let row = |at: usize| {
        let id = form.given(&format!("id{at}"))?;
        Some(json!({
            "id": id,
            "name": form.get(&format!("name{at}")).trim(),
            "credits": number(&format!("credits{at}")),
            "priceMinor": number(&format!("price{at}")),
            "currency": form.get(&format!("currency{at}")).trim().to_ascii_lowercase(),
        }))
    };
    let packages: Vec<Value> = (0..PACKAGES_MAX).filter_map(row).collect();
    let body = input(&json!({ "packages": packages }))?;
    match config::set_config(State(app.clone()), admin, HeaderMap::new(), Json(body)).await {
        Ok(_) => Ok(to("/admin/purchases?done=saved")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, wrong).await?)
        }
    }
}
