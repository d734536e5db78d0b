//! What the provider has not decided, as far as it was heard here: it is asked about it again, for a webhook may have been missed.

use domain::{
    clock::EpochMs,
    payment::{Dispute, Refund},
};

use crate::{Result, Store};

const CHECKOUTS: &str =
    "SELECT session FROM purchases WHERE state IN ('open', 'pending') AND provider = 'stripe'
     AND session IS NOT NULL AND created_ms >= $1 ORDER BY asked_ms, id LIMIT $2";

/// Something that is decided later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// A checkout that is open, or whose money is under way.
    Checkout,
    /// A refund that is under way.
    Refund,
    /// An inquiry or a dispute that the bank has not decided.
    Dispute,
}

impl Undecided {
    /// The table, and the column of the provider's id.
    fn column(self) -> (&'static str, &'static str) {
        match self {
            Self::Checkout => ("purchases", "session"),
            Self::Refund => ("payment_refunds", "id"),
            Self::Dispute => ("payment_disputes", "id"),
        }
    }

    /// The provider's ids, `$2` of them, of purchases that were made here since `$1`.
    fn query(self) -> String {
        let last = match self {
            Self::Checkout => return CHECKOUTS.to_owned(),
            Self::Refund => Refund::Pending as i64,
            Self::Dispute => Dispute::Open as i64,
        };
        let (table, _) = self.column();
        format!(
            "SELECT told.id FROM {table} told WHERE told.rank <= {last} AND EXISTS
                 (SELECT 1 FROM purchases p WHERE p.payment = told.payment AND p.created_ms >= $1)
             ORDER BY told.asked_ms, told.id LIMIT $2"
        )
    }
}

impl Store {
    /// The provider's ids of what it has not decided, of purchases since a time: at most `limit`, those first that it was asked about
    /// longest ago.
    pub async fn undecided(&self, of: Undecided, since_ms: EpochMs, limit: u32) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(of.query()))
            .bind(since_ms)
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Writes down that the provider is asked about one of them.
    pub async fn asked(&self, of: Undecided, id: &str, now_ms: EpochMs) -> Result<()> {
        let (table, column) = of.column();
        let sql = sqlx::AssertSqlSafe(format!("UPDATE {table} SET asked_ms = $2 WHERE {column} = $1"));
        sqlx::query(sql)
            .bind(id)
            .bind(now_ms)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
