//! What a payment provider says, joined to what is known: in any order, as often as it likes, from several servers at once.
//!
//! Everything told of one payment takes the lock of its row first, so a refund and the checkout that it is of cannot miss each other.

use domain::{
    clock::EpochMs,
    ids::WorkspaceId,
    payment::{Back, Checkout, Dispute, Fact, Refund},
};
use sqlx::AnyConnection;

use super::{Purchase, audit_paid, locked, pay};
use crate::{Result, Store, audit, ids::Ids, ledger};

/// An event that carried a fact.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The provider's id of it.
    pub event: &'a str,
    /// What it is called.
    pub kind: &'a str,
}

/// What came of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is known now.
    New,
    /// It was told before, by the same event.
    Again,
    /// It is of nothing that was bought here.
    Foreign,
    /// It is of a purchase here, for another amount: nothing was given.
    Odd,
}

impl Store {
    /// Joins a fact, if there is one. Told by an event it is joined once.
    pub async fn join_payment(
        &self,
        ids: &Ids,
        told: Option<Told<'_>>,
        fact: Option<&Fact>,
        now_ms: EpochMs,
    ) -> Result<Joined> {
        let mut tx = self.write().await?;
        if let Some(told) = told
            && !is_new(&mut tx, told, now_ms).await?
        {
            return Ok(Joined::Again);
        }
        let joined = match fact {
            Some(fact) => join(&mut tx, ids, fact, now_ms).await?,
            None => Joined::Foreign,
        };
        tx.commit().await?;
        Ok(joined)
    }

    /// Takes what went back of payments and was spent when it did, as far as there is credit by now: of a workspace, or of all.
    /// An order does so first, so that what held pictures gave back is not spent twice.
    pub async fn take_missing(
        &self,
        ids: &Ids,
        workspace: Option<&WorkspaceId>,
        now_ms: EpochMs,
    ) -> Result<()> {
        let owed: Vec<(String,)> = sqlx::query_as(
            "SELECT payment FROM purchases WHERE missing > 0 AND payment IS NOT NULL AND ($1 = '' OR workspace_id = $1) ORDER BY id",
        )
        .bind(workspace.map_or("", WorkspaceId::as_str))
        .fetch_all(&self.reader)
        .await?;
        for (payment,) in owed {
            let mut tx = self.write().await?;
            lock(&mut tx, &payment, 0).await?;
            take_back_of(&mut tx, ids, &payment, now_ms).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn is_new(tx: &mut AnyConnection, told: Told<'_>, now_ms: EpochMs) -> Result<bool> {
    let new = sqlx::query(
        "INSERT INTO payment_events (id, kind, received_ms) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(told.event)
    .bind(told.kind)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(new.rows_affected() == 1)
}

async fn join(tx: &mut AnyConnection, ids: &Ids, fact: &Fact, now_ms: EpochMs) -> Result<Joined> {
    match fact {
        Fact::Checkout { .. } => checkout(tx, ids, fact, now_ms).await,
        Fact::Refunded { payment, total_minor } => {
            lock(tx, payment, *total_minor).await?;
            take_back_of(tx, ids, payment, now_ms).await
        }
        Fact::Refund {
            id,
            payment,
            amount_minor,
            state,
        } => {
            lock(tx, payment, 0).await?;
            upsert(tx, "payment_refunds", id, payment, *amount_minor, *state as i64).await?;
            take_back_of(tx, ids, payment, now_ms).await
        }
        Fact::Dispute {
            id,
            payment,
            amount_minor,
            state,
        } => {
            lock(tx, payment, 0).await?;
            upsert(tx, "payment_disputes", id, payment, *amount_minor, *state as i64).await?;
            take_back_of(tx, ids, payment, now_ms).await
        }
    }
}

/// Locks a payment, and remembers the most that was told of its refunds.
async fn lock(tx: &mut AnyConnection, payment: &str, refunded_minor: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO payments (id, refunded_minor) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET refunded_minor =
             CASE WHEN payments.refunded_minor < $2 THEN $2 ELSE payments.refunded_minor END",
    )
    .bind(payment)
    .bind(refunded_minor)
    .execute(tx)
    .await?;
    Ok(())
}

/// A later state overrules an earlier one, whichever comes first.
async fn upsert(
    tx: &mut AnyConnection,
    table: &'static str,
    id: &str,
    payment: &str,
    amount_minor: i64,
    rank: i64,
) -> Result<()> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO {table} (id, payment, amount_minor, rank) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET amount_minor = $3, rank = $4 WHERE {table}.rank < $4"
    ));
    sqlx::query(sql)
        .bind(id)
        .bind(payment)
        .bind(amount_minor)
        .bind(rank)
        .execute(tx)
        .await?;
    Ok(())
}

async fn checkout(tx: &mut AnyConnection, ids: &Ids, fact: &Fact, now_ms: EpochMs) -> Result<Joined> {
    let Fact::Checkout {
        session,
        purchase,
        state,
        payment,
        customer,
        subtotal_minor,
        total_minor,
        currency,
    } = fact
    else {
        return Ok(Joined::Foreign);
    };
    if let Some(payment) = payment {
        lock(tx, payment, 0).await?;
    }
    let Some(purchase) = purchase_of(tx, session, purchase.as_deref()).await? else {
        return Ok(Joined::Foreign);
    };
    // Taxes come on top; a discount that nobody here gave is another price.
    let is_odd = *subtotal_minor != purchase.price_minor
        || *total_minor < purchase.price_minor
        || *currency != purchase.currency;
    if *state == Checkout::Paid && is_odd {
        return Ok(Joined::Odd);
    }
    sqlx::query("UPDATE purchases SET session = $2, payment = COALESCE($3, payment) WHERE id = $1")
        .bind(&purchase.id)
        .bind(session)
        .bind(payment.as_deref())
        .execute(&mut *tx)
        .await?;
    if purchase.checkout() >= *state {
        return Ok(Joined::New);
    }
    if *state == Checkout::Paid {
        pay(tx, ids, &purchase, *total_minor, now_ms).await?;
        audit_paid(tx, ids, &purchase, audit::SYSTEM, now_ms).await?;
        remember_customer(tx, &purchase, customer.as_deref()).await?;
        if let Some(payment) = payment {
            take_back_of(tx, ids, payment, now_ms).await?;
        }
    } else {
        let ended_ms = (*state > Checkout::Pending).then_some(now_ms);
        sqlx::query("UPDATE purchases SET state = $2, ended_ms = $3 WHERE id = $1")
            .bind(&purchase.id)
            .bind(state.name())
            .bind(ended_ms)
            .execute(&mut *tx)
            .await?;
    }
    Ok(Joined::New)
}

/// The purchase of a checkout. The provider may tell of one whose session we did not live to write down.
async fn purchase_of(
    tx: &mut AnyConnection,
    session: &str,
    purchase: Option<&str>,
) -> Result<Option<Purchase>> {
    let known: Option<(String,)> = sqlx::query_as(
        "SELECT id FROM purchases WHERE session = $1 OR (id = $2 AND session IS NULL AND provider = 'stripe')",
    )
    .bind(session)
    .bind(purchase.unwrap_or_default())
    .fetch_optional(&mut *tx)
    .await?;
    match known {
        Some((id,)) => locked(tx, &id).await,
        None => Ok(None),
    }
}

async fn remember_customer(
    tx: &mut AnyConnection,
    purchase: &Purchase,
    customer: Option<&str>,
) -> Result<()> {
    let Some(customer) = customer else {
        return Ok(());
    };
    sqlx::query("UPDATE workspaces SET customer = $2 WHERE id = $1")
        .bind(&purchase.workspace_id)
        .bind(customer)
        .execute(tx)
        .await?;
    Ok(())
}

/// Brings what went back of a payment's credits in step with the money. The balance does not go below 0: what is spent already is
/// written down as missing, and taken before the next order, when there is some.
async fn take_back_of(tx: &mut AnyConnection, ids: &Ids, payment: &str, now_ms: EpochMs) -> Result<Joined> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT id FROM purchases WHERE payment = $1 AND state = 'paid'")
            .bind(payment)
            .fetch_optional(&mut *tx)
            .await?;
    let Some((id,)) = found else {
        return Ok(Joined::Foreign);
    };
    let Some(purchase) = locked(tx, &id).await? else {
        return Ok(Joined::Foreign);
    };
    let workspace = WorkspaceId(purchase.workspace_id.clone());
    let back = known_back(tx, payment).await?;
    let due = back.credits(purchase.credits, purchase.paid_minor);
    let there = ledger::locked_balance(tx, &workspace).await?;
    let now = (due - purchase.taken_back).min(there);
    if now != 0 {
        let bought = ledger::Bought {
            purchase: &purchase.id,
            note: &purchase.name,
            kind: "refund",
            credits: -now,
        };
        ledger::of_purchase(tx, ids, &workspace, bought, now_ms).await?;
    }
    let taken_back = purchase.taken_back + now;
    sqlx::query("UPDATE purchases SET taken_back = $2, missing = $3 WHERE id = $1")
        .bind(&purchase.id)
        .bind(taken_back)
        .bind(due - taken_back)
        .execute(tx)
        .await?;
    Ok(Joined::New)
}

async fn known_back(tx: &mut AnyConnection, payment: &str) -> Result<Back> {
    let (refunded_minor,): (i64,) = sqlx::query_as("SELECT refunded_minor FROM payments WHERE id = $1")
        .bind(payment)
        .fetch_one(&mut *tx)
        .await?;
    let failed = Refund::Failed as i64;
    let (refunds_minor, failed_minor): (i64, i64) = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(CASE WHEN rank <> $2 THEN amount_minor ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN rank = $2 THEN amount_minor ELSE 0 END), 0) AS BIGINT)
         FROM payment_refunds WHERE payment = $1",
    )
    .bind(payment)
    .bind(failed)
    .fetch_one(&mut *tx)
    .await?;
    let (disputed_minor,): (i64,) = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM payment_disputes
         WHERE payment = $1 AND rank IN ($2, $3)",
    )
    .bind(payment)
    .bind(Dispute::Open as i64)
    .bind(Dispute::Lost as i64)
    .fetch_one(&mut *tx)
    .await?;
    Ok(Back {
        refunded_minor,
        refunds_minor,
        failed_minor,
        disputed_minor,
    })
}
