//! Files on their way in: what was announced, what has arrived, and what a whole one is.

use domain::{clock::EpochMs, ids::WorkspaceId};

use crate::{Result, Store, ids::Ids};

/// A file on its way in, or one that has arrived.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Upload {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its whole size.
    pub length: i64,
    /// How much of it had arrived at the last call.
    pub received: i64,
    /// What it is, by its content; none until it is whole.
    pub media_type: Option<String>,
    /// Of its bytes.
    pub sha256: Option<String>,
    /// The blob of a photo; none of a table or an archive.
    pub source: Option<String>,
    /// Columns of a photo, upright.
    pub width: Option<i64>,
    /// Rows of a photo, upright.
    pub height: Option<i64>,
    /// When it was announced.
    pub created_ms: EpochMs,
    /// When it is forgotten, unless it is a whole photo.
    pub expires_ms: EpochMs,
    /// When it was whole.
    pub finished_ms: Option<EpochMs>,
}

/// What a whole file turned out to be.
#[derive(Clone, Debug)]
pub struct Finished<'a> {
    /// By its content.
    pub media_type: &'a str,
    /// Of its bytes.
    pub sha256: &'a str,
    /// The blob, of a photo.
    pub source: Option<&'a str>,
    /// Columns and rows, of a photo.
    pub size: Option<(u32, u32)>,
}

const COLUMNS: &str = "id, name, length, received, media_type, sha256, source, width, height, created_ms, expires_ms, finished_ms";

impl Store {
    /// Writes down a file that will arrive.
    pub async fn add_upload(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        name: &str,
        length: i64,
        now_ms: EpochMs,
        expires_ms: EpochMs,
    ) -> Result<Upload> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO uploads (id, workspace_id, name, length, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(ids.next())
            .bind(workspace.as_str())
            .bind(name)
            .bind(length)
            .bind(now_ms)
            .bind(expires_ms)
            .fetch_one(&self.writer)
            .await?)
    }

    /// A file on its way in.
    pub async fn upload(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Upload>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM uploads WHERE workspace_id = $1 AND id = $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// How much has arrived.
    pub async fn set_upload_received(&self, workspace: &WorkspaceId, id: &str, received: i64) -> Result<()> {
        sqlx::query("UPDATE uploads SET received = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(workspace.as_str())
            .bind(id)
            .bind(received)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Writes down what a whole file is. `None` when it was given up meanwhile.
    pub async fn finish_upload(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        finished: &Finished<'_>,
        now_ms: EpochMs,
    ) -> Result<Option<Upload>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "UPDATE uploads SET received = length, media_type = $3, sha256 = $4, source = $5, width = $6, height = $7,
                 finished_ms = COALESCE(finished_ms, $8)
             WHERE workspace_id = $1 AND id = $2 RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .bind(finished.media_type)
            .bind(finished.sha256)
            .bind(finished.source)
            .bind(finished.size.map(|(width, _)| i64::from(width)))
            .bind(finished.size.map(|(_, height)| i64::from(height)))
            .bind(now_ms)
            .fetch_optional(&self.writer)
            .await?)
    }

    /// Forgets a file. `false` when there is none.
    pub async fn delete_upload(&self, workspace: &WorkspaceId, id: &str) -> Result<bool> {
        let deleted = sqlx::query("DELETE FROM uploads WHERE workspace_id = $1 AND id = $2")
            .bind(workspace.as_str())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(deleted.rows_affected() == 1)
    }

    /// Forgets what did not become a photo in time. Their ids, so that their bytes can go too.
    pub async fn forget_uploads(&self, now_ms: EpochMs) -> Result<Vec<String>> {
        let gone: Vec<(String,)> =
            sqlx::query_as("DELETE FROM uploads WHERE source IS NULL AND expires_ms <= $1 RETURNING id")
                .bind(now_ms)
                .fetch_all(&self.writer)
                .await?;
        Ok(gone.into_iter().map(|(id,)| id).collect())
    }
}
