//! The condition of the database itself: what who runs it wants to know before people find out.

use std::collections::BTreeSet;

use domain::clock::EpochMs;

use crate::{Result, Store, database::Engine};

impl Store {
    /// How many migrations of this program the database has not had: 0 when it is of this version, or newer.
    pub async fn migrations_missing(&self) -> Result<usize> {
        let table = match self.engine {
            Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Engine::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE tablename = '_sqlx_migrations'",
        };
        let (table,): (i64,) = sqlx::query_as(table).fetch_one(&self.reader).await?;
        let had: Vec<(i64,)> = if table == 0 {
            Vec::new()
        } else {
            sqlx::query_as("SELECT version FROM _sqlx_migrations")
                .fetch_all(&self.reader)
                .await?
        };
        let had: BTreeSet<i64> = had.into_iter().map(|(version,)| version).collect();
        let known = sqlx::migrate!();
        Ok(known
            .iter()
            .filter(|migration| !had.contains(&migration.version))
            .count())
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
