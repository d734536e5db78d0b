//! Projects: groups of products, shoots and exports.

use domain::{
    clock::EpochMs,
    ids::{ProjectId, WorkspaceId},
};

use crate::{Result, Store, StoreError, ids::Ids};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is about.
    pub description: String,
    second_review: i64,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_ms: EpochMs,
    /// When it was last changed.
    pub updated_ms: EpochMs,
    /// When it was deleted; it comes back within 30 days.
    pub deleted_ms: Option<EpochMs>,
}

impl Project {
    /// A second person looks at every picture.
    pub fn second_review(&self) -> bool {
        self.second_review == 1
    }
}

/// What can be written of a project.
#[derive(Clone, Copy, Debug)]
pub struct ProjectText<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is about.
    pub description: &'a str,
    /// A second person looks at every picture.
    pub second_review: bool,
}

/// How long what was deleted comes back.
pub const UNDO_MS: i64 = 30 * 24 * 3_600_000;

const COLUMNS: &str = "id, name, description, second_review, version, created_ms, updated_ms, deleted_ms";

impl Store {
    /// Makes a project.
    pub async fn add_project(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        text: ProjectText<'_>,
        now_ms: EpochMs,
    ) -> Result<Project> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO projects (id, workspace_id, name, description, second_review, created_ms, updated_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(ids.next())
            .bind(workspace.as_str())
            .bind(text.name)
            .bind(text.description)
            .bind(i64::from(text.second_review))
            .bind(now_ms)
            .fetch_one(&self.writer)
            .await?)
    }

    /// A project that is not deleted.
    pub async fn project(&self, workspace: &WorkspaceId, id: &ProjectId) -> Result<Option<Project>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?)
    }

    /// Projects before an id (none: from the newest), the newest first, whose name holds a text in any letter case; the deleted
    /// ones alone, or the others.
    pub async fn projects(
        &self,
        workspace: &WorkspaceId,
        before: Option<&str>,
        named: Option<&str>,
        deleted: bool,
        limit: u32,
    ) -> Result<Vec<Project>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND ($2 = '' OR id < $2)
             AND ($3 = '' OR LOWER(name) LIKE $3 ESCAPE '!')
             AND (CASE WHEN deleted_ms IS NULL THEN 0 ELSE 1 END) = $4
             ORDER BY id DESC LIMIT $5"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(before.unwrap_or_default())
            .bind(named.map(holds).unwrap_or_default())
            .bind(i64::from(deleted))
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// Changes a project that stands at this version (none: at any). [`StoreError::Changed`] when it was changed meanwhile; `None`
    /// when there is none.
    pub async fn change_project(
        &self,
        workspace: &WorkspaceId,
        id: &ProjectId,
        version: Option<i64>,
        text: ProjectText<'_>,
        now_ms: EpochMs,
    ) -> Result<Option<Project>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "UPDATE projects SET name = $3, description = $4, second_review = $5, updated_ms = $6, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL AND ($7 = 0 OR version = $7) RETURNING {COLUMNS}"
        ));
        let changed: Option<Project> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id.as_str())
            .bind(text.name)
            .bind(text.description)
            .bind(i64::from(text.second_review))
            .bind(now_ms)
            .bind(version.unwrap_or(0))
            .fetch_optional(&self.writer)
            .await?;
        if changed.is_none() && self.project(workspace, id).await?.is_some() {
            return Err(StoreError::Changed);
        }
        Ok(changed)
    }

    /// Deletes a project and its products, for 30 days in a way that comes back. `false` when there is none.
    pub async fn delete_project(
        &self,
        workspace: &WorkspaceId,
        id: &ProjectId,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let deleted = sqlx::query(
            "UPDATE projects SET deleted_ms = $3, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        // A deleted product gives its SKU free.
        sqlx::query(
            "UPDATE products SET deleted_ms = $3, sku_key = sku_key || ' ' || id
             WHERE workspace_id = $1 AND project_id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(deleted.rows_affected() == 1)
    }

    /// Brings a deleted project back, with the products that went with it. `false` when there is none to bring back;
    /// [`StoreError::Taken`] when one of their SKUs is used again meanwhile.
    pub async fn restore_project(
        &self,
        workspace: &WorkspaceId,
        id: &ProjectId,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let went: Option<(EpochMs,)> = sqlx::query_as(
            "SELECT deleted_ms FROM projects WHERE workspace_id = $1 AND id = $2 AND deleted_ms > $3",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms - UNDO_MS)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((went_ms,)) = went else {
            drop(tx);
            return self.is_here("projects", workspace, id.as_str()).await;
        };
        sqlx::query("UPDATE projects SET deleted_ms = NULL, version = version + 1 WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let back = sqlx::query(
            "UPDATE products SET deleted_ms = NULL, sku_key = REPLACE(sku_key, ' ' || id, '')
             WHERE workspace_id = $1 AND project_id = $2 AND deleted_ms = $3",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(went_ms)
        .execute(&mut *tx)
        .await;
        back.map_err(|error| taken(error, "SKU"))?;
        tx.commit().await?;
        Ok(true)
    }
}

impl Store {
    /// Whether a row of a table of deletable things is there and not deleted: who brings back what is there has what they asked for.
    pub(crate) async fn is_here(
        &self,
        table: &'static str,
        workspace: &WorkspaceId,
        id: &str,
    ) -> Result<bool> {
        let sql =
            format!("SELECT id FROM {table} WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL");
        let here: Option<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?;
        Ok(here.is_some())
    }
}

/// A pattern of LIKE for what holds a text, its own signs taken as they are.
pub(crate) fn holds(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for sign in text.to_lowercase().chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

/// What a unique index refused, by the name of what is taken.
pub(crate) fn taken(error: sqlx::Error, what: &'static str) -> StoreError {
    let is_unique = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if is_unique {
        StoreError::Taken(what)
    } else {
        error.into()
    }
}
