//! Everything durable: rows and blobs. The only crate that knows SQL.
//!
//! One SQL text runs on SQLite and on PostgreSQL; [`database`] says where the two differ.
//!
//! A shoot's rows, credit holds, jobs and first event are written in one transaction; so are a picture's
//! result, its credit settlement, its job's end and its event, fenced by the job's lease token.

use thiserror::Error;

pub mod admin;
pub mod attempts;
pub mod audit;
pub mod backup;
pub mod blobs;
pub mod books;
pub mod brand_presets;
pub mod caps;
pub mod catalogue;
mod clock;
pub mod condition;
mod database;
pub mod endings;
pub mod engines;
pub mod events;
pub mod exports;
pub mod generations;
pub mod idempotency;
pub mod ids;
pub mod imports;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod members;
pub mod models;
pub mod overview;
pub mod products;
pub mod projects;
pub mod purchases;
pub mod queue;
pub mod retention;
pub mod reviews;
mod rows;
pub mod sessions;
pub mod sets;
pub mod settings;
pub mod shoots;
pub mod sweep;
pub mod targets;
pub mod thresholds;
pub mod uploads;
pub mod users;
pub mod vendors;
pub mod webhooks;
pub mod work;
pub mod workspaces;

pub use database::Store;

/// Why the store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database said no.
    #[error("the state database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database is of a newer program, or damaged.
    #[error("the state database cannot be opened with this version: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database's address is none.
    #[error("{0}")]
    Address(String),
    /// A row holds JSON this version does not read.
    #[error("a stored {what} cannot be read: {source}")]
    Row {
        /// Which column.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The job's lease passed to another worker: nothing was written.
    #[error("the lease was lost to another worker; its result stands")]
    LeaseLost,
    /// Somebody else has this name already: nothing was written.
    #[error("this {0} is taken")]
    Taken(&'static str),
    /// It was changed by somebody else meanwhile: nothing was written.
    #[error("it was changed meanwhile; load it again")]
    Changed,
    /// A rule of the house says no: nothing was written.
    #[error("{0}")]
    Refused(&'static str),
    /// The workspace's balance does not cover the hold: nothing was written.
    #[error("{needed} credits are needed and {balance} are left")]
    NotEnoughCredits {
        /// What the hold asks for.
        needed: i64,
        /// What the ledger sums to.
        balance: i64,
    },
    /// A spend cap does not cover the hold: nothing was written.
    #[error("the cap of this {of} is {cap} credits in 30 days, {spent} are spent, and {needed} are needed")]
    Capped {
        /// project, key.
        of: &'static str,
        /// Credits in 30 days.
        cap: i64,
        /// Credits of the last 30 days.
        spent: i64,
        /// What the hold asks for.
        needed: i64,
    },
}

impl StoreError {
    /// The database has no connection or lock to give now: trying again may help.
    pub fn is_busy(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        // A connection that is cut while it is made is told of as a broken protocol.
        matches!(
            error,
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)
        ) || code.is_some_and(|code| BUSY.contains(&&*code))
    }

    /// The database file is no database, or its content is broken.
    pub fn is_damaged(&self) -> bool {
        let cause = match self {
            Self::Database(cause) | Self::Migration(sqlx::migrate::MigrateError::Execute(cause)) => {
                Some(cause)
            }
            _ => None,
        };
        let code = cause.and_then(|cause| cause.as_database_error()?.code());
        code.is_some_and(|code| DAMAGED.contains(&&*code))
    }
}

/// SQLITE_BUSY and its kinds, SQLITE_FULL; serialization failure, deadlock, too many connections, disk full, shutting down, crash of
/// another process and starting up of PostgreSQL
/// (appendix A of its manual).
const BUSY: &[&str] = &[
    "5", "261", "517", "13", "40001", "40P01", "53300", "53100", "57P01", "57P02", "57P03",
];

/// Result codes of SQLite for a broken database: SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB
/// (sqlite.org/rescode.html).
const DAMAGED: &[&str] = &["11", "779", "26"];

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

fn to_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| StoreError::Row { what, source })
}

fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| StoreError::Row { what, source })
}
