//! Files on their way in: what was announced, what has arrived, and what a whole one is.
//!
//! A file arrives in parts, a blob each, whichever server takes them. How much of it is here is what its row says: a part counts with
//! the row that names it, and of two that begin at one place only the first does.

use domain::{clock::EpochMs, ids::WorkspaceId};
use sqlx::AnyConnection;

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
    /// How much of it is here.
    pub received: i64,
    /// What it is, by its content; none until it is whole.
    pub media_type: Option<String>,
    /// Of its bytes.
    pub sha256: Option<String>,
    /// The blob of a photo; none of a table or an archive, which stays in its parts.
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

    /// Writes down that the next part has arrived, and the blob that it is. `false` when it is not the next any more: another call
    /// brought that one, or the file is whole or given up.
    pub async fn add_upload_part(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        start: i64,
        bytes: i64,
        source: &str,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let received = sqlx::query(
            "UPDATE uploads SET received = $4
             WHERE workspace_id = $1 AND id = $2 AND received = $3 AND finished_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(start)
        .bind(start + bytes)
        .execute(&mut *tx)
        .await?;
        if received.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO upload_parts (upload_id, start, source) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(start)
            .bind(source)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The blobs of a file's parts, in their order.
    pub async fn upload_parts(&self, workspace: &WorkspaceId, id: &str) -> Result<Vec<String>> {
        let parts: Vec<(String,)> = sqlx::query_as(
            "SELECT p.source FROM upload_parts p JOIN uploads u ON u.id = p.upload_id
             WHERE u.workspace_id = $1 AND u.id = $2 ORDER BY p.start",
        )
        .bind(workspace.as_str())
        .bind(id)
        .fetch_all(&self.reader)
        .await?;
        Ok(parts.into_iter().map(|(source,)| source).collect())
    }

    /// Writes down what a whole file is; a photo's parts have served. `None` when it was given up meanwhile.
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
        let mut tx = self.write().await?;
        let upload: Option<Upload> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .bind(finished.media_type)
            .bind(finished.sha256)
            .bind(finished.source)
            .bind(finished.size.map(|(width, _)| i64::from(width)))
            .bind(finished.size.map(|(_, height)| i64::from(height)))
            .bind(now_ms)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(photo) = upload.as_ref().filter(|upload| upload.source.is_some()) {
            forget_parts(&mut tx, &photo.id, now_ms).await?;
        }
        tx.commit().await?;
        Ok(upload)
    }

    /// Forgets a file. `false` when there is none.
    pub async fn delete_upload(&self, workspace: &WorkspaceId, id: &str, now_ms: EpochMs) -> Result<bool> {
        let mut tx = self.write().await?;
        let closed: Option<(String,)> = sqlx::query_as(
            "UPDATE uploads SET received = length WHERE workspace_id = $1 AND id = $2 RETURNING id",
        )
        .bind(workspace.as_str())
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some((upload,)) = &closed {
            forget(&mut tx, upload, now_ms).await?;
        }
        tx.commit().await?;
        Ok(closed.is_some())
    }

    /// Forgets what did not become a photo in time.
    pub async fn forget_uploads(&self, now_ms: EpochMs) -> Result<()> {
        let mut tx = self.write().await?;
        let closed: Vec<(String,)> = sqlx::query_as(
            "UPDATE uploads SET received = length WHERE source IS NULL AND expires_ms <= $1 RETURNING id",
        )
        .bind(now_ms)
        .fetch_all(&mut *tx)
        .await?;
        for (upload,) in &closed {
            forget(&mut tx, upload, now_ms).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Forgets a file whose row this transaction holds, so that no part comes meanwhile.
async fn forget(tx: &mut AnyConnection, upload: &str, now_ms: EpochMs) -> Result<()> {
    forget_parts(tx, upload, now_ms).await?;
    sqlx::query("DELETE FROM uploads WHERE id = $1")
        .bind(upload)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets the parts of a file and dooms their blobs.
async fn forget_parts(tx: &mut AnyConnection, upload: &str, now_ms: EpochMs) -> Result<()> {
    sqlx::query(
        "INSERT INTO doomed_blobs (source, doomed_ms) SELECT source, $2 FROM upload_parts WHERE upload_id = $1
         ON CONFLICT (source) DO NOTHING",
    )
    .bind(upload)
    .bind(now_ms)
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM upload_parts WHERE upload_id = $1")
        .bind(upload)
        .execute(tx)
        .await?;
    Ok(())
}
