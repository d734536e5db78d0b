//! The two databases behind the store, and the little in which they differ.
//!
//! SQLite has one connection that writes and several that read; PostgreSQL has one pool for both. Both run the same
//! migrations and the same statements: TEXT ids, BIGINT for integers, flags and epoch milliseconds, TEXT for JSON.

use std::{fmt::Write as _, path::Path};

use sqlx::{
    Any, AnyConnection, AnyPool, Connection as _, Executor as _, Transaction,
    any::{AnyPoolOptions, install_default_drivers},
};

use crate::{Result, StoreError};

/// How long a writer of SQLite waits for another process.
const BUSY_PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;";
/// A commit is on the disk before it is told.
const WRITER_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
/// Of a file that is looked at as it is.
const GUEST_PRAGMAS: &str = "PRAGMA synchronous = FULL;";
/// Four times the cache of a new connection: a sheet of thousands of pictures is read from it, not from the file page by page.
const READER_PRAGMAS: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;";
/// Connections that read from one SQLite file.
const READERS: u32 = 4;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// The durable state.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) reader: AnyPool,
    pub(crate) writer: AnyPool,
    pub(crate) engine: Engine,
    /// Of a server.
    pub(crate) address: Option<Address>,
}

/// The address of a database, which may hold a password: it does not print itself.
#[derive(Clone)]
pub(crate) struct Address(pub(crate) String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Store {
    /// Opens the SQLite file, creating and migrating it as needed.
    pub async fn open(path: &Path) -> Result<Self> {
        Self::open_file(path, true).await
    }

    /// Without `migrate` no file is made, and the one that is there stays as it is.
    async fn open_file(path: &Path, migrate: bool) -> Result<Self> {
        install_default_drivers();
        let (mode, pragmas) = if migrate {
            ("rwc", WRITER_PRAGMAS)
        } else {
            ("rw", GUEST_PRAGMAS)
        };
        let url = file_url(path)?;
        let written_by = format!("{url}?mode={mode}");
        try_once(&written_by, pragmas).await?;
        let writer = AnyPoolOptions::new()
            .max_connections(1)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(BUSY_PRAGMAS).await?;
                    connection.execute(pragmas).await.map(drop)
                })
            })
            .connect(&written_by)
            .await?;
        if migrate {
            sqlx::migrate!().run(&writer).await?;
        }
        let reader = AnyPoolOptions::new()
            .max_connections(READERS)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(BUSY_PRAGMAS).await?;
                    connection.execute(READER_PRAGMAS).await.map(drop)
                })
            })
            .connect(&format!("{url}?mode=rw"))
            .await?;
        Ok(Self {
            reader,
            writer,
            engine: Engine::Sqlite,
            address: None,
        })
    }

    /// Opens the database of an address: `postgres://user:password@host/name`, or `sqlite:PATH`. With `migrate` its tables are
    /// brought to this version first, and a file is made where there is none; without, nothing changes.
    ///
    /// The address is never part of an error: it may hold a password.
    pub async fn connect(url: &str, connections: u32, migrate: bool) -> Result<Self> {
        if let Some(path) = Self::file_of(url) {
            return Self::open_file(path, migrate).await;
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Address(
                "a database's address begins with `postgres://` or `sqlite:`".to_owned(),
            ));
        }
        install_default_drivers();
        try_once(url, "SELECT 1").await?;
        let pool = AnyPoolOptions::new()
            .max_connections(connections.max(2))
            .connect(url)
            .await?;
        if migrate {
            sqlx::migrate!().run(&pool).await?;
        }
        Ok(Self {
            reader: pool.clone(),
            writer: pool,
            engine: Engine::Postgres,
            address: Some(Address(url.to_owned())),
        })
    }

    /// The file that the address of a database names; none of a server's.
    pub fn file_of(url: &str) -> Option<&Path> {
        let path = url.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }

    /// Whether no other server can work on this database: it is a file, which one server holds.
    pub fn is_alone(&self) -> bool {
        self.engine == Engine::Sqlite
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.reader.execute("SELECT 1").await?;
        Ok(())
    }

    /// Closes every connection and folds SQLite's write-ahead log into the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// A transaction that writes. SQLite's takes the write lock at once, so that it cannot fail halfway with "busy".
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Any>> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(self.writer.begin_with(begin).await?)
    }

    /// A transaction that writes many rows at a time. PostgreSQL keeps the plans of its statements: they take rows as arrays, of which a
    /// plan for the very values is the same plan, and it made one for each execution.
    pub(crate) async fn write_rows(&self) -> Result<Transaction<'static, Any>> {
        match self.engine {
            Engine::Sqlite => self.write().await,
            Engine::Postgres => {
                let begin = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan";
                Ok(self.writer.begin_with(begin).await?)
            }
        }
    }
}

/// Places for so many values in a statement: `$2, $3, $4`. A builder of statements does not know which database it builds for, and
/// writes what SQLite alone reads.
pub(crate) fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    places.join(", ")
}

/// Connects and asks once. A pool would try until its patience ends, and then not say what was wrong.
async fn try_once(url: &str, statement: &'static str) -> Result<()> {
    let mut connection = AnyConnection::connect(url).await?;
    connection.execute(statement).await?;
    Ok(connection.close().await?)
}

/// The address of a file, whatever signs its path holds.
pub(crate) fn file_url(path: &Path) -> Result<String> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = absolute
        .to_str()
        .ok_or_else(|| StoreError::Address(format!("the path {} is not plain text", path.display())))?;
    let mut url = "sqlite://".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_may_hold_any_sign() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("50% of? #1 ü");
        Store::open(&path).await.unwrap().close().await;
        assert!(path.is_file());
    }

    #[tokio::test]
    async fn who_only_looks_makes_no_file_and_changes_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photogen.db");
        let url = format!("sqlite:{}", path.display());
        assert_eq!(Store::file_of(&url), Some(path.as_path()));
        assert!(Store::connect(&url, 2, false).await.is_err());
        assert!(!path.exists());
        std::fs::write(&path, b"").unwrap();
        Store::connect(&url, 2, false).await.unwrap().close().await;
        assert!(std::fs::read(&path).unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_at_once() {
        let connecting = Store::connect("postgres://nobody@127.0.0.1:9/none", 2, true);
        let told = tokio::time::timeout(std::time::Duration::from_secs(5), connecting).await;
        assert!(told.expect("no patience is needed to know it").is_err());
    }

    #[tokio::test]
    async fn an_address_of_no_database_is_told_without_its_password() {
        let error = Store::connect("mysql://root:secret@here/db", 4, true)
            .await
            .unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
