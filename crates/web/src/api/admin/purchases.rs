//! What everybody bought, invoices that were paid, and the look at the payment provider.

use axum::extract::{Path, State};
use serde::Serialize;
use store::purchases::Purchase as Row;
use utoipa::ToSchema;

use super::super::{Done, billing::purchases::Purchase};
use crate::{
    app::App,
    auth::caller::Admin,
    error::Result,
    extract::{Json, Page, PageQuery, Query, id},
    payments,
};

/// A purchase, and whose.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminPurchase {
    /// The workspace.
    workspace_id: String,
    /// Who ordered it.
    created_by: String,
    /// Credits that should have gone back with the money and were spent already.
    missing: i64,
    /// The purchase.
    #[serde(flatten)]
    purchase: Purchase,
}

impl From<Row> for AdminPurchase {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.clone(),
            created_by: row.created_by.clone(),
            missing: row.missing,
            purchase: row.into(),
        }
    }
}

/// What everybody ordered, the newest first.
#[utoipa::path(get, path = "/api/admin/purchases", tag = "admin", params(PageQuery),
    responses((status = 200, body = Page<AdminPurchase>), (status = 401), (status = 403), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    _: Admin,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AdminPurchase>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app.store.purchases(None, before.as_deref(), limit + 1).await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        AdminPurchase::from,
    )))
}

/// The money of an invoice has come: gives its credits, once. A purchase that is paid at the provider is refused: that tells when.
#[utoipa::path(post, path = "/api/admin/purchases/{id}/payment", tag = "admin", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "It is paid at the provider")))]
pub async fn settle(
    State(app): State<App>,
    admin: Admin,
    Path(purchase): Path<String>,
) -> Result<Json<Done>> {
    let purchase = id(&purchase, "purchase")?;
    let actor = admin.0.user.as_str();
    let there = app
        .store
        .settle_invoice(&app.ids, &purchase, actor, app.now_ms())
        .await?;
    Done::if_there(there, "purchase")
}

/// What a look at the payment provider brought.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciled {
    /// Checkouts, refunds and disputes that it told.
    told: usize,
}

/// Asks the payment provider for everything of the last three days, and how checkouts, refunds and disputes stand that are not decided,
/// and makes up for webhooks that did not come. What it told counts, also where it did not tell all. Done every hour too.
#[utoipa::path(post, path = "/api/admin/purchases/reconciliation", tag = "admin",
    responses((status = 200, body = Reconciled), (status = 401), (status = 403), (status = 503, description = "It does not answer, or not all")))]
pub async fn reconcile(State(app): State<App>, _: Admin) -> Result<Json<Reconciled>> {
    let told = payments::reconcile(&app).await?;
    Ok(Json(Reconciled { told }))
}
