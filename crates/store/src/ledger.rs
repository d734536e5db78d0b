//! The credit ledger: append-only, integers, `balance = sum(amount)`.
//!
//! A hold takes credits when a picture is ordered. It ends once: settled when the picture is delivered, released
//! when it is not. An unmetered workspace holds 0 credits a picture, through the same entries. A picture that a lock sent
//! back and a person takes anyway is held a second time, in another round, and settled; taken back, it is refunded.
//!
//! The balance stands beside its workspace too. Every entry changes both in one transaction, and the database refuses a
//! balance below 0: so two who spend at once cannot both spend the last credit.

use std::collections::{BTreeMap, HashMap};

use domain::{
    clock::EpochMs,
    ids::{GenerationId, WorkspaceId},
};
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError,
    ids::Ids,
    rows::{Value, insert_all, over_all},
};

/// How a hold ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldEnd {
    /// The picture was delivered: the credits stay spent.
    Settle,
    /// It was not: the credits come back.
    Release,
}

/// One change of a balance.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// grant, purchase, hold, settle, release, refund, expire.
    pub kind: String,
    /// Credits that were added, or taken.
    pub amount: i64,
    /// The picture that it is about.
    pub generation_id: Option<String>,
    /// The purchase that it is about.
    pub purchase_id: Option<String>,
    /// More.
    pub note: Option<String>,
    /// When.
    pub created_ms: EpochMs,
}

/// The kinds of entries.
pub const KINDS: [&str; 7] = [
    "grant", "purchase", "hold", "settle", "release", "refund", "expire",
];

/// Which entries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of [`KINDS`].
    pub kind: Option<String>,
    /// Not before this.
    pub from_ms: Option<EpochMs>,
    /// Before this.
    pub to_ms: Option<EpochMs>,
}

/// The books of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Credits that can be spent.
    pub available: i64,
    /// Holds that are neither settled nor released.
    pub open_holds: i64,
}

pub(crate) async fn price_in(tx: &mut AnyConnection, workspace: &WorkspaceId, price: i64) -> Result<i64> {
    let (metered,): (i64,) = sqlx::query_as("SELECT metered FROM workspaces WHERE id = $1")
        .bind(workspace.as_str())
        .fetch_one(tx)
        .await?;
    Ok(if metered == 1 { price } else { 0 })
}

pub(crate) async fn check_covers(tx: &mut AnyConnection, workspace: &WorkspaceId, needed: i64) -> Result<()> {
    let balance = available(tx, workspace).await?;
    if needed > balance {
        return Err(StoreError::NotEnoughCredits { needed, balance });
    }
    Ok(())
}

pub(crate) async fn hold(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &str,
    price: i64,
    now_ms: EpochMs,
) -> Result<()> {
    let entry = NewEntry {
        generation: Some(generation),
        kind: "hold",
        amount: -price,
        round: 0,
    };
    append(tx, ids.next(), workspace, entry, now_ms).await
}

/// Holds once more what a picture held before, after that was given back.
pub(crate) async fn hold_again(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &str,
    now_ms: EpochMs,
) -> Result<()> {
    let Some((amount, round)) = last_hold(tx, generation).await? else {
        return Ok(());
    };
    let entry = NewEntry {
        generation: Some(generation),
        kind: "hold",
        amount,
        round: round + 1,
    };
    append(tx, ids.next(), workspace, entry, now_ms).await
}

/// Credits that a picture held last.
pub(crate) async fn held(tx: &mut AnyConnection, generation: &str) -> Result<i64> {
    Ok(last_hold(tx, generation).await?.map_or(0, |(amount, _)| -amount))
}

/// Gives back what a picture was settled for.
pub(crate) async fn refund(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &str,
    now_ms: EpochMs,
) -> Result<()> {
    let Some((amount, round)) = last_hold(tx, generation).await? else {
        return Ok(());
    };
    let entry = NewEntry {
        generation: Some(generation),
        kind: "refund",
        amount: -amount,
        round,
    };
    append(tx, ids.next(), workspace, entry, now_ms).await
}

/// Amount and round of a picture's last hold.
async fn last_hold(tx: &mut AnyConnection, generation: &str) -> Result<Option<(i64, i64)>> {
    Ok(sqlx::query_as(
        "SELECT amount, round FROM ledger_entries WHERE generation_id = $1 AND kind = 'hold'
         ORDER BY round DESC LIMIT 1",
    )
    .bind(generation)
    .fetch_optional(tx)
    .await?)
}

/// A hold for each of these generations.
pub(crate) async fn hold_all(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generations: &[GenerationId],
    price: i64,
    now_ms: EpochMs,
) -> Result<()> {
    let total = price * generations.len() as i64;
    if total != 0 {
        move_balance(tx, workspace, -total).await?;
    }
    let row = |generation: &GenerationId| {
        vec![
            ids.next().into(),
            workspace.as_str().into(),
            generation.as_str().into(),
            "hold".into(),
            (-price).into(),
            now_ms.into(),
        ]
    };
    let rows = generations.iter().map(row).collect();
    let into = "ledger_entries (id, workspace_id, generation_id, kind, amount, created_ms)";
    insert_all(tx, into, rows).await
}

/// Ends the generation's hold, if it has one that is open. Ending twice changes nothing.
pub(crate) async fn end_hold(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &str,
    end: HoldEnd,
    now_ms: EpochMs,
) -> Result<()> {
    let held: Option<(i64, i64)> = sqlx::query_as(
        "SELECT amount, round FROM ledger_entries h WHERE generation_id = $1 AND kind = 'hold'
         AND NOT EXISTS (SELECT 1 FROM ledger_entries e
                         WHERE e.generation_id = $1 AND e.round = h.round AND e.kind IN ('settle', 'release'))",
    )
    .bind(generation)
    .fetch_optional(&mut *tx)
    .await?;
    let Some((amount, round)) = held else {
        return Ok(());
    };
    let (kind, back) = match end {
        HoldEnd::Settle => ("settle", 0),
        HoldEnd::Release => ("release", -amount),
    };
    let entry = NewEntry {
        generation: Some(generation),
        kind,
        amount: back,
        round,
    };
    append(tx, ids.next(), workspace, entry, now_ms).await
}

/// Ends the open holds of these generations, each in its way, as [`end_hold`] does one.
pub(crate) async fn end_holds(
    tx: &mut AnyConnection,
    ids: &Ids,
    ends: &HashMap<&str, (&WorkspaceId, HoldEnd)>,
    now_ms: EpochMs,
) -> Result<()> {
    let row = |(generation, (workspace, end)): (&&str, &(&WorkspaceId, HoldEnd))| -> Vec<Value> {
        let kind = match end {
            HoldEnd::Settle => "settle",
            HoldEnd::Release => "release",
        };
        vec![
            (*generation).into(),
            ids.next().into(),
            workspace.as_str().into(),
            kind.into(),
            now_ms.into(),
        ]
    };
    let rows: Vec<Vec<Value>> = ends.iter().map(row).collect();
    // Each hold and its end are looked up by their own index, as a value. Joined, all the holds there are were read for each batch:
    // of a table that is new PostgreSQL takes a picture to have dozens.
    let ended: Vec<(String, i64)> = over_all(
        tx,
        "INSERT INTO ledger_entries (id, workspace_id, generation_id, kind, amount, round, created_ms)
         SELECT o.id, o.workspace_id, o.generation_id, o.kind, CASE o.kind WHEN 'release' THEN -o.held ELSE 0 END, o.round, o.now_ms
         FROM (SELECT v.column1 AS generation_id, v.column2 AS id, v.column3 AS workspace_id, v.column4 AS kind, v.column5 AS now_ms,
                      (SELECT h.round FROM ledger_entries h WHERE h.generation_id = v.column1 AND h.kind = 'hold'
                       ORDER BY h.round DESC LIMIT 1) AS round,
                      (SELECT h.amount FROM ledger_entries h WHERE h.generation_id = v.column1 AND h.kind = 'hold'
                       ORDER BY h.round DESC LIMIT 1) AS held FROM",
        &rows,
        ") AS o WHERE o.round IS NOT NULL
            AND (SELECT COUNT(*) FROM ledger_entries e WHERE e.generation_id = o.generation_id AND e.round = o.round
                 AND e.kind IN ('settle', 'release')) = 0
         RETURNING workspace_id, amount",
    )
    .await?;
    let mut back = BTreeMap::<String, i64>::new();
    for (workspace, amount) in ended {
        *back.entry(workspace).or_default() += amount;
    }
    // In the order of their ids, so that two who do this never wait for each other in a ring.
    for (workspace, amount) in back.into_iter().filter(|(_, amount)| *amount != 0) {
        move_balance(tx, &WorkspaceId(workspace), amount).await?;
    }
    Ok(())
}

/// An entry to write.
struct NewEntry<'a> {
    generation: Option<&'a str>,
    kind: &'static str,
    amount: i64,
    round: i64,
}

async fn append(
    tx: &mut AnyConnection,
    id: String,
    workspace: &WorkspaceId,
    entry: NewEntry<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    if entry.amount != 0 {
        move_balance(tx, workspace, entry.amount).await?;
    }
    sqlx::query(
        "INSERT INTO ledger_entries (id, workspace_id, generation_id, kind, amount, round, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(workspace.as_str())
    .bind(entry.generation)
    .bind(entry.kind)
    .bind(entry.amount)
    .bind(entry.round)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds to the balance, or takes from it what it covers.
async fn move_balance(tx: &mut AnyConnection, workspace: &WorkspaceId, amount: i64) -> Result<()> {
    let moved =
        sqlx::query("UPDATE workspaces SET credits = credits + $2 WHERE id = $1 AND credits + $2 >= 0")
            .bind(workspace.as_str())
            .bind(amount)
            .execute(&mut *tx)
            .await?;
    if moved.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::NotEnoughCredits {
        needed: -amount,
        balance: available(tx, workspace).await?,
    })
}

async fn available(connection: &mut AnyConnection, workspace: &WorkspaceId) -> Result<i64> {
    let (sum,): (i64,) = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries WHERE workspace_id = $1",
    )
    .bind(workspace.as_str())
    .fetch_one(connection)
    .await?;
    Ok(sum)
}

/// Credits that are given.
pub(crate) struct Given<'a> {
    /// How many.
    pub(crate) credits: i64,
    /// Why.
    pub(crate) note: &'a str,
    /// The call that gives them, where it bears a key.
    pub(crate) request: Option<&'a str>,
}

/// Gives credits to a workspace, with a word about why. The database refuses a second entry of one call.
pub(crate) async fn grant(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    given: Given<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    let id = ids.next();
    let entry = NewEntry {
        generation: None,
        kind: "grant",
        amount: given.credits,
        round: 0,
    };
    append(tx, id.clone(), workspace, entry, now_ms).await?;
    sqlx::query("UPDATE ledger_entries SET note = $2, request_key = $3 WHERE id = $1")
        .bind(id)
        .bind(given.note)
        .bind(given.request)
        .execute(tx)
        .await?;
    Ok(())
}

/// Credits that a call with this key gave. Nobody else gives any until the transaction ends.
pub(crate) async fn granted(
    tx: &mut AnyConnection,
    workspace: &WorkspaceId,
    request: &str,
) -> Result<Option<i64>> {
    locked_balance(tx, workspace).await?;
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT amount FROM ledger_entries WHERE workspace_id = $1 AND request_key = $2")
            .bind(workspace.as_str())
            .bind(request)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|(amount,)| amount))
}

/// Credits that come with a purchase, or go back with its money.
pub(crate) struct Bought<'a> {
    /// The purchase.
    pub(crate) purchase: &'a str,
    /// The package's name.
    pub(crate) note: &'a str,
    /// purchase, refund.
    pub(crate) kind: &'static str,
    /// Added to the balance.
    pub(crate) credits: i64,
}

/// Writes what a purchase brings or takes. The database refuses a second `purchase` entry of one purchase.
pub(crate) async fn of_purchase(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    bought: Bought<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    let id = ids.next();
    let entry = NewEntry {
        generation: None,
        kind: bought.kind,
        amount: bought.credits,
        round: 0,
    };
    append(tx, id.clone(), workspace, entry, now_ms).await?;
    sqlx::query("UPDATE ledger_entries SET note = $2, purchase_id = $3 WHERE id = $1")
        .bind(id)
        .bind(bought.note)
        .bind(bought.purchase)
        .execute(tx)
        .await?;
    Ok(())
}

/// What a workspace can spend; nobody else spends it until the transaction ends.
pub(crate) async fn locked_balance(tx: &mut AnyConnection, workspace: &WorkspaceId) -> Result<i64> {
    let (credits,): (i64,) =
        sqlx::query_as("UPDATE workspaces SET credits = credits WHERE id = $1 RETURNING credits")
            .bind(workspace.as_str())
            .fetch_one(tx)
            .await?;
    Ok(credits)
}

impl Store {
    /// Gives credits to a workspace.
    pub async fn grant(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        credits: u32,
        now_ms: EpochMs,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let given = Given {
            credits: i64::from(credits),
            note: "",
            request: None,
        };
        grant(&mut tx, ids, workspace, given, now_ms).await?;
        tx.commit().await?;
        Ok(())
    }

    /// At most `limit` entries of a workspace before an id, the newest first.
    pub async fn ledger_entries(
        &self,
        workspace: &WorkspaceId,
        filter: &Filter,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        // In the order of ids, of which a page is few: the index of days would have all of them sorted first.
        Ok(sqlx::query_as(
            "SELECT id, kind, amount, generation_id, purchase_id, note, created_ms FROM ledger_entries
             WHERE workspace_id = $1 AND ($2 = '' OR id < $2) AND ($4 = '' OR kind = $4)
             AND created_ms + 0 >= $5 AND created_ms + 0 < $6 ORDER BY id DESC LIMIT $3",
        )
        .bind(workspace.as_str())
        .bind(before.unwrap_or_default())
        .bind(i64::from(limit))
        .bind(filter.kind.as_deref().unwrap_or_default())
        .bind(filter.from_ms.unwrap_or(0))
        .bind(filter.to_ms.unwrap_or(EpochMs::MAX))
        .fetch_all(&self.reader)
        .await?)
    }

    /// What the ledger says.
    pub async fn balance(&self, workspace: &WorkspaceId) -> Result<Balance> {
        let mut connection = self.reader.acquire().await?;
        // Those of pictures in work, which are few; that no other is open is a rule of the books.
        let (open_holds,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM generations g JOIN ledger_entries h ON h.generation_id = g.id AND h.kind = 'hold'
             WHERE g.workspace_id = $1 AND g.status IN ('PENDING', 'PROCESSING')
             AND NOT EXISTS (SELECT 1 FROM ledger_entries e
                             WHERE e.generation_id = h.generation_id AND e.round = h.round
                               AND e.kind IN ('settle', 'release'))",
        )
        .bind(workspace.as_str())
        .fetch_one(&mut *connection)
        .await?;
        Ok(Balance {
            available: available(&mut connection, workspace).await?,
            open_holds,
        })
    }
}
