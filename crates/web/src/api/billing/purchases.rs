//! Buying credits: what is sold, the order, how it stands, and what the provider tells.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::payment::{self, Package as PackageRow};
use payments::stripe::webhook;
use serde::Serialize;
use store::purchases::Purchase as Row;
use utoipa::ToSchema;

use super::super::{Done, Stamp};
use crate::{
    app::App,
    auth::caller::{Allowed, Manage, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id},
    payments as money,
};

/// Credits for a price.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// What it is bought by.
    #[schema(example = "starter")]
    id: String,
    /// What people read.
    name: String,
    /// Credits.
    credits: i64,
    /// The price in the smallest unit of the currency, before taxes.
    price_minor: i64,
    /// ISO 4217, lower-case.
    currency: String,
    /// The price as people read it.
    #[schema(example = "9.99 USD")]
    price: String,
}

impl From<PackageRow> for Package {
    fn from(row: PackageRow) -> Self {
        Self {
            price: payment::amount(row.price_minor, &row.currency),
            id: row.id,
            name: row.name,
            credits: row.credits,
            price_minor: row.price_minor,
            currency: row.currency,
        }
    }
}

/// Credits that were ordered, and how they are paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    /// Its id.
    id: String,
    /// The package.
    package_id: String,
    /// Its name then.
    name: String,
    /// Its credits then.
    credits: i64,
    /// Its price then, before taxes, in the smallest unit of the currency.
    price_minor: i64,
    /// ISO 4217, lower-case.
    currency: String,
    /// The price as people read it.
    price: String,
    /// stripe: paid at a checkout. invoice: paid by an invoice, which who runs the platform writes and marks as paid.
    provider: String,
    /// open, pending, expired, failed, paid. Paid alone has given its credits.
    state: String,
    /// Where it is paid, while it is open.
    pay_url: Option<String>,
    /// What was paid, with taxes.
    paid_minor: i64,
    /// Credits that went back with refunds and disputes.
    taken_back: i64,
    /// When it was ordered.
    created_ms: Stamp,
    /// When it was paid, failed or expired.
    ended_ms: Option<Stamp>,
}

impl From<Row> for Purchase {
    fn from(row: Row) -> Self {
        Self {
            price: payment::amount(row.price_minor, &row.currency),
            pay_url: row.url.filter(|_| row.state == "open"),
            id: row.id,
            package_id: row.package_id,
            name: row.name,
            credits: row.credits,
            price_minor: row.price_minor,
            currency: row.currency,
            provider: row.provider,
            state: row.state,
            paid_minor: row.paid_minor,
            taken_back: row.taken_back,
            created_ms: row.created_ms,
            ended_ms: row.ended_ms,
        }
    }
}

/// What is sold.
#[utoipa::path(get, path = "/api/billing/packages", tag = "billing",
    responses((status = 200, body = Vec<Package>), (status = 401), (status = 403)))]
pub async fn packages(State(app): State<App>, _: Allowed<Read>) -> Result<Json<Vec<Package>>> {
    let packages = money::packages(&app).await?;
    Ok(Json(packages.into_iter().map(Package::from).collect()))
}

/// Orders a package. `payUrl` of the answer is where it is paid; without a payment provider an invoice follows. Ask
/// `GET /api/billing/purchases/{id}` how it stands.
#[utoipa::path(post, path = "/api/billing/checkout/{packageId}", tag = "billing", params(("packageId" = String, Path)),
    responses((status = 201, body = Purchase), (status = 401), (status = 403), (status = 404), (status = 503, description = "No checkout could be begun: nothing is paid, and the purchase stands as failed")))]
pub async fn checkout(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(package): Path<String>,
) -> Result<(StatusCode, Json<Purchase>)> {
    let purchase = money::buy(&app, caller.person()?, &package).await?;
    Ok((StatusCode::CREATED, Json(purchase.into())))
}

/// What the workspace ordered, the newest first.
#[utoipa::path(get, path = "/api/billing/purchases", tag = "billing", params(PageQuery),
    responses((status = 200, body = Page<Purchase>), (status = 401), (status = 403), (status = 422)))]
pub async fn purchases(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Purchase>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .purchases(Some(&caller.workspace), before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), Purchase::from)))
}

/// How a purchase stands. While it is not decided, the payment provider is asked.
#[utoipa::path(get, path = "/api/billing/purchases/{id}", tag = "billing", params(("id" = String, Path)),
    responses((status = 200, body = Purchase), (status = 401), (status = 403), (status = 404)))]
pub async fn purchase(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(purchase): Path<String>,
) -> Result<Json<Purchase>> {
    let row = found(&app, &caller, &purchase).await?;
    Ok(Json(money::as_it_stands(&app, row).await?.into()))
}

/// Leads to the invoice of a purchase, at the payment provider.
#[utoipa::path(get, path = "/api/billing/purchases/{id}/invoice", tag = "billing", params(("id" = String, Path)),
    responses((status = 303, description = "Location: the invoice"), (status = 401), (status = 403), (status = 404), (status = 503)))]
pub async fn invoice(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(purchase): Path<String>,
) -> Result<Response> {
    let row = found(&app, &caller, &purchase).await?;
    let (Some(stripe), Some(session)) = (&app.config.payments.stripe, row.session) else {
        return Err(Error::not_found("invoice"));
    };
    let url = stripe
        .invoice_url(&session)
        .await
        .map_err(|error| Error::unavailable(error.to_string()))?;
    let url = url.ok_or_else(|| Error::not_found("invoice"))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response())
}

async fn found(app: &App, caller: &Allowed<Manage>, purchase: &str) -> Result<Row> {
    let purchase = id(purchase, "purchase")?;
    let row = app.store.purchase(&caller.workspace, &purchase).await?;
    row.ok_or_else(|| Error::not_found("purchase"))
}

/// What the payment provider tells (Stripe's events). Taken only with a signature of ours in `Stripe-Signature`; each event once.
#[utoipa::path(post, path = "/api/billing/webhook", tag = "billing", security(()), request_body(content = Vec<u8>, content_type = "application/json"),
    responses((status = 200, body = Done), (status = 400, description = "It is not signed, or not in the last five minutes"), (status = 404, description = "No payment provider is set up")))]
pub async fn webhook(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Json<Done>> {
    let signature = headers.get(webhook::HEADER).and_then(|value| value.to_str().ok());
    money::told(&app, signature, &body).await?;
    Ok(Done::yes())
}
