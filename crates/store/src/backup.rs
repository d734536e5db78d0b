//! A copy of SQLite's file while it is in use, and whether such a copy is sound.

use std::path::Path;

use sqlx::{AnyConnection, Connection as _, any::install_default_drivers};

use crate::{
    Result, Store, StoreError,
    database::{Engine, file_url},
};

impl Store {
    /// Writes a copy of the database as it is at one moment to a file that is not there yet, while others read and
    /// write. For SQLite; PostgreSQL has tools of its own, and refuses here.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        if self.engine == Engine::Postgres {
            return Err(StoreError::Refused(
                "PostgreSQL is copied by its own tools: pg_dump, or a base backup with its log",
            ));
        }
        let path = file
            .to_str()
            .ok_or(StoreError::Refused("the path of a copy must be plain text"))?;
        // One connection writes; a copy is made by one that reads, so nobody waits. A copy writes no row, but another file:
        // what readers are kept from.
        let mut reader = self.reader.acquire().await?;
        sqlx::query("PRAGMA query_only = OFF")
            .execute(&mut *reader)
            .await?;
        let copied = sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(&mut *reader)
            .await;
        sqlx::query("PRAGMA query_only = ON")
            .execute(&mut *reader)
            .await?;
        Ok(copied.map(drop)?)
    }
}

/// What is wrong with a database file, in SQLite's words; nothing when its every page and reference holds. The file is not
/// changed.
pub async fn damage(file: &Path) -> Result<Option<String>> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("{}?mode=ro", file_url(file)?)).await?;
    let (told,): (String,) = sqlx::query_as("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await?;
    let dangling = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(&mut connection)
        .await?;
    connection.close().await?;
    Ok(match (&*told, dangling) {
        ("ok", None) => None,
        ("ok", Some(_)) => Some("a row names another that is not there".to_owned()),
        _ => Some(told),
    })
}
