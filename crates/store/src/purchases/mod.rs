//! Credits that are bought: what was ordered, and how it was paid.

mod facts;
mod undecided;

use domain::{
    clock::EpochMs,
    ids::WorkspaceId,
    payment::{Checkout, Package},
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{Result, Store, StoreError, audit, ids::Ids, ledger};

pub use facts::{Joined, Told};
pub use undecided::Undecided;

/// Bought credits, or an order of them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Purchase {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The package as it was asked for.
    pub package_id: String,
    /// Its name then.
    pub name: String,
    /// Its credits then.
    pub credits: i64,
    /// Its price then, before taxes, in the smallest unit.
    pub price_minor: i64,
    /// ISO 4217, lower-case.
    pub currency: String,
    /// stripe, invoice.
    pub provider: String,
    /// A [`Checkout`] by name.
    pub state: String,
    /// The provider's checkout.
    pub session: Option<String>,
    /// Where it is paid.
    pub url: Option<String>,
    /// The provider's payment.
    pub payment: Option<String>,
    /// What was paid, with taxes.
    pub paid_minor: i64,
    /// Credits that went back with refunds and disputes.
    pub taken_back: i64,
    /// Credits that should have gone back and were spent already.
    pub missing: i64,
    /// Who ordered it.
    pub created_by: String,
    /// When.
    pub created_ms: EpochMs,
    /// When it was paid, failed or expired.
    pub ended_ms: Option<EpochMs>,
}

impl Purchase {
    /// How its checkout stands.
    pub fn checkout(&self) -> Checkout {
        Checkout::of(&self.state).unwrap_or(Checkout::Open)
    }
}

/// An order of credits.
#[derive(Clone, Copy, Debug)]
pub struct NewPurchase<'a> {
    /// What is bought.
    pub package: &'a Package,
    /// stripe, invoice.
    pub provider: &'a str,
    /// How it begins: `Open` where a checkout follows, `Pending` where an invoice does.
    pub state: Checkout,
    /// Who orders it.
    pub created_by: &'a str,
}

/// The most purchases that one page or one answer shows.
pub const SHOWN_MAX: u32 = 200;

const COLUMNS: &str = "id, workspace_id, package_id, name, credits, price_minor, currency, provider, state, session, url, payment,
     paid_minor, taken_back, missing, created_by, created_ms, ended_ms";

/// Locks a purchase until the transaction ends, and reads it.
async fn locked(tx: &mut AnyConnection, id: &str) -> Result<Option<Purchase>> {
    let sql = sqlx::AssertSqlSafe(format!(
        "UPDATE purchases SET state = state WHERE id = $1 RETURNING {COLUMNS}"
    ));
    Ok(sqlx::query_as(sql).bind(id).fetch_optional(tx).await?)
}

impl Store {
    /// Writes down an order.
    pub async fn add_purchase(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        new: NewPurchase<'_>,
        now_ms: EpochMs,
    ) -> Result<Purchase> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO purchases (id, workspace_id, package_id, name, credits, price_minor, currency, provider, state, created_by,
                 created_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(ids.next())
            .bind(workspace.as_str())
            .bind(&new.package.id)
            .bind(&new.package.name)
            .bind(new.package.credits)
            .bind(new.package.price_minor)
            .bind(&new.package.currency)
            .bind(new.provider)
            .bind(new.state.name())
            .bind(new.created_by)
            .bind(now_ms)
            .fetch_one(&self.writer)
            .await?)
    }

    /// Writes down where an order is paid.
    pub async fn begin_checkout(&self, purchase: &str, session: &str, url: &str) -> Result<()> {
        sqlx::query(
            "UPDATE purchases SET session = $2, url = $3 WHERE id = $1 AND (session IS NULL OR session = $2)",
        )
        .bind(purchase)
        .bind(session)
        .bind(url)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// An order that came to nothing, because no checkout could be begun.
    pub async fn fail_purchase(&self, purchase: &str, now_ms: EpochMs) -> Result<()> {
        sqlx::query(
            "UPDATE purchases SET state = 'failed', ended_ms = $2 WHERE id = $1 AND state = 'open' AND session IS NULL",
        )
        .bind(purchase)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// A purchase of a workspace.
    pub async fn purchase(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Purchase>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM purchases WHERE workspace_id = $1 AND id = $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// At most `limit` purchases before an id, the newest first; of one workspace, or of all for who runs the platform.
    pub async fn purchases(
        &self,
        workspace: Option<&WorkspaceId>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Purchase>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM purchases WHERE ($1 = '' OR workspace_id = $1) AND ($2 = '' OR id < $2)
             ORDER BY id DESC LIMIT $3"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.map(WorkspaceId::as_str).unwrap_or_default())
            .bind(before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// The workspaces of the newest purchases, [`SHOWN_MAX`] of them, with their names; for who runs the platform.
    pub async fn buyers(&self) -> Result<Vec<(String, String)>> {
        Ok(sqlx::query_as(
            "SELECT id, name FROM workspaces
             WHERE id IN (SELECT workspace_id FROM purchases ORDER BY id DESC LIMIT $1)",
        )
        .bind(i64::from(SHOWN_MAX))
        .fetch_all(&self.reader)
        .await?)
    }

    /// Who pays for a workspace, as the provider knows them.
    pub async fn customer(&self, workspace: &WorkspaceId) -> Result<Option<String>> {
        let row: Option<(Option<String>,)> = sqlx::query_as("SELECT customer FROM workspaces WHERE id = $1")
            .bind(workspace.as_str())
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.and_then(|(customer,)| customer))
    }

    /// Forgets who pays for a workspace, whom the provider does not know any more.
    pub async fn forget_customer(&self, workspace: &WorkspaceId, customer: &str) -> Result<()> {
        sqlx::query("UPDATE workspaces SET customer = NULL WHERE id = $1 AND customer = $2")
            .bind(workspace.as_str())
            .bind(customer)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The money of an invoice has come: gives its credits. `false` when there is no such invoice. Done twice it is done once.
    pub async fn settle_invoice(&self, ids: &Ids, id: &str, actor: &str, now_ms: EpochMs) -> Result<bool> {
        let mut tx = self.write().await?;
        let Some(purchase) = locked(&mut tx, id).await? else {
            return Ok(false);
        };
        if purchase.provider != "invoice" {
            return Err(StoreError::Refused(
                "it is paid at the provider, which tells when it is",
            ));
        }
        if purchase.checkout() == Checkout::Paid {
            return Ok(true);
        }
        pay(&mut tx, ids, &purchase, purchase.price_minor, now_ms).await?;
        audit_paid(&mut tx, ids, &purchase, actor, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Marks a purchase as paid, and gives its credits.
async fn pay(
    tx: &mut AnyConnection,
    ids: &Ids,
    purchase: &Purchase,
    paid_minor: i64,
    now_ms: EpochMs,
) -> Result<()> {
    sqlx::query("UPDATE purchases SET state = 'paid', paid_minor = $2, ended_ms = $3 WHERE id = $1")
        .bind(&purchase.id)
        .bind(paid_minor)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
    let workspace = WorkspaceId(purchase.workspace_id.clone());
    let bought = ledger::Bought {
        purchase: &purchase.id,
        note: &purchase.name,
        kind: "purchase",
        credits: purchase.credits,
    };
    ledger::of_purchase(tx, ids, &workspace, bought, now_ms).await
}

async fn audit_paid(
    tx: &mut AnyConnection,
    ids: &Ids,
    purchase: &Purchase,
    actor: &str,
    now_ms: EpochMs,
) -> Result<()> {
    let workspace = WorkspaceId(purchase.workspace_id.clone());
    let entry = audit::NewEntry {
        workspace: Some(&workspace),
        actor,
        action: "purchase.paid",
        subject: &purchase.id,
        detail: json!({ "credits": purchase.credits, "package": purchase.package_id }),
    };
    audit::append(tx, ids, &entry, now_ms).await
}
