//! The condition of the database itself: what who runs it wants to know before people find out.

use std::collections::BTreeSet;

use domain::clock::EpochMs;

use crate::{Result, Store, database::Engine};

/// How the migrations that a database has had differ from those that this program knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Migrations {
    /// Known here and not applied there: it is of an earlier version.
    pub missing: usize,
    /// Applied there and not known here: it is of a later version, which this program does not open.
    pub unknown: usize,
}

impl Migrations {
    /// The database is of this program's version.
    pub fn agree(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// How the database's migrations differ from those that this program knows.
    pub async fn migrations(&self) -> Result<Migrations> {
        let had = self.migrations_had().await?;
        let known: BTreeSet<i64> = sqlx::migrate!()
            .iter()
            .map(|migration| migration.version)
            .collect();
        Ok(Migrations {
            missing: known.difference(&had).count(),
            unknown: had.difference(&known).count(),
        })
    }

    async fn migrations_had(&self) -> Result<BTreeSet<i64>> {
        let table = match self.engine {
            Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Engine::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE tablename = '_sqlx_migrations'",
        };
        let (table,): (i64,) = sqlx::query_as(table).fetch_one(&self.reader).await?;
        if table == 0 {
            return Ok(BTreeSet::new());
        }
        let had: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations")
            .fetch_all(&self.reader)
            .await?;
        Ok(had.into_iter().map(|(version,)| version).collect())
    }

    /// What SQLite finds wrong in its file, `PRAGMA quick_check`; none where all is well. A server of PostgreSQL looks after its own.
    pub async fn damage(&self) -> Result<Option<String>> {
        if self.engine == Engine::Postgres {
            return Ok(None);
        }
        let (told,): (String,) = sqlx::query_as("PRAGMA quick_check(1)")
            .fetch_one(&self.reader)
            .await?;
        Ok((told != "ok").then_some(told))
    }

    /// Whether rows can be written: one is, and taken back.
    pub async fn can_write(&self) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO rate_buckets (caller, full_ms) VALUES ('doctor', 0)")
            .execute(&mut *tx)
            .await?;
        tx.rollback().await?;
        Ok(())
    }

    /// The clock of the server; none where the database is a file.
    pub async fn clock(&self) -> Result<Option<EpochMs>> {
        if self.engine == Engine::Sqlite {
            return Ok(None);
        }
        let (now,): (i64,) =
            sqlx::query_as("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
                .fetch_one(&self.reader)
                .await?;
        Ok(Some(now))
    }
}
