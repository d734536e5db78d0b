//! Models: the persons who wear products, with their consent. No consent that holds, no picture.

use std::collections::HashMap;

use domain::{
    clock::EpochMs,
    ids::{ModelId, WorkspaceId},
    product::{PhotoRef, View},
};

use crate::{
    Result, Store, StoreError,
    catalogue::PhotoFile,
    database::places,
    ids::Ids,
    projects::{UNDO_MS, holds},
};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The id.
    pub id: ModelId,
    /// The name for people.
    pub name: String,
    /// What the person agreed to; none while there is no consent on record.
    pub consent: Option<Consent>,
    /// The photos that engines and locks are given.
    pub photos: Vec<PhotoRef>,
    /// The same, as files.
    pub files: Vec<PhotoFile>,
    /// What is known of the face in each: JSON; none where nobody could look.
    pub faces: Vec<Option<serde_json::Value>>,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_ms: EpochMs,
    /// When it was last changed.
    pub updated_ms: EpochMs,
    /// When it was deleted.
    pub deleted_ms: Option<EpochMs>,
}

/// What a person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// For what, in words.
    pub scope: String,
    /// When it was given.
    pub given_ms: EpochMs,
    /// Until when; none: without end.
    pub expires_ms: Option<EpochMs>,
}

impl Model {
    /// Why no picture of this person may be made now; none when one may.
    pub fn refusal(&self, now_ms: EpochMs) -> Option<String> {
        let name = &self.name;
        match &self.consent {
            None => Some(format!("{name} has no consent on record; add it first")),
            Some(consent) if consent.expires_ms.is_some_and(|ends| ends <= now_ms) => {
                Some(format!("the consent of {name} has expired; renew it first"))
            }
            Some(_) if self.photos.is_empty() => Some(format!("{name} has no photo; add 1 to {PHOTOS_MAX}")),
            Some(_) => None,
        }
    }
}

/// The most photos of one person.
pub const PHOTOS_MAX: i64 = 8;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    consent_scope: Option<String>,
    consent_expires_ms: Option<EpochMs>,
    consent_given_ms: Option<EpochMs>,
    version: i64,
    created_ms: EpochMs,
    updated_ms: EpochMs,
    deleted_ms: Option<EpochMs>,
}

const COLUMNS: &str = "id, name, consent_scope, consent_expires_ms, consent_given_ms, version, created_ms, updated_ms, deleted_ms";

#[derive(sqlx::FromRow)]
struct PhotoRow {
    model_id: String,
    number: i64,
    source: String,
    sha256: String,
    name: String,
    media_type: String,
    bytes: i64,
    width: i64,
    height: i64,
    face: Option<String>,
}

/// What was seen in a reference photo.
#[derive(Clone, Debug)]
pub struct SeenFace<'a> {
    /// What people are told of it.
    pub told: &'a serde_json::Value,
    /// What the identity lock compares with, sealed. Kept only while the person's consent holds.
    pub sealed: &'a str,
}

/// A person whom an ordered picture shows, and what they agreed to.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) consent_scope: Option<String>,
    pub(crate) consent_expires_ms: Option<EpochMs>,
    pub(crate) deleted_ms: Option<EpochMs>,
}

impl Shown {
    /// Why the picture may not be made any more: the consent has ended, or the person was deleted.
    pub(crate) fn refusal(&self, now_ms: EpochMs) -> Option<String> {
        let name = &self.name;
        if self.deleted_ms.is_some() {
            Some(format!("{name} was deleted after this picture was ordered"))
        } else if self.consent_scope.is_none() {
            Some(format!(
                "{name} took the consent back after this picture was ordered"
            ))
        } else {
            let ended = self.consent_expires_ms.is_some_and(|ends| ends <= now_ms);
            ended.then(|| format!("the consent of {name} expired after this picture was ordered"))
        }
    }
}

impl PhotoRow {
    fn split(self) -> (PhotoRef, PhotoFile, Option<serde_json::Value>) {
        let face = self.face.and_then(|text| serde_json::from_str(&text).ok());
        let photo = PhotoRef {
            view: View::Front,
            side: None,
            number: u32::try_from(self.number).unwrap_or(1),
            source: self.source,
            sha256: self.sha256,
        };
        let file = PhotoFile {
            name: self.name,
            media_type: self.media_type,
            bytes: self.bytes,
            width: self.width,
            height: self.height,
        };
        (photo, file, face)
    }
}

impl Store {
    /// Makes a model without photos and consent.
    pub async fn add_model(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        name: &str,
        now_ms: EpochMs,
    ) -> Result<ModelId> {
        let id = ids.next();
        sqlx::query(
            "INSERT INTO models (id, workspace_id, name, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $4)",
        )
        .bind(&id)
        .bind(workspace.as_str())
        .bind(name)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(ModelId(id))
    }

    /// A model that is not deleted.
    pub async fn model(&self, workspace: &WorkspaceId, id: &ModelId) -> Result<Option<Model>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM models WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL"
        ));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id.as_str())
            .fetch_all(&self.reader)
            .await?;
        Ok(self.with_model_photos(rows).await?.pop())
    }

    /// At most `limit` models before an id, the newest first.
    pub async fn models(
        &self,
        workspace: &WorkspaceId,
        before: Option<&str>,
        named: Option<&str>,
        deleted: bool,
        limit: u32,
    ) -> Result<Vec<Model>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM models WHERE workspace_id = $1 AND ($2 = '' OR id < $2)
             AND ($3 = '' OR LOWER(name) LIKE $3 ESCAPE '!')
             AND (CASE WHEN deleted_ms IS NULL THEN 0 ELSE 1 END) = $4 ORDER BY id DESC LIMIT $5"
        ));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(before.unwrap_or_default())
            .bind(named.map(holds).unwrap_or_default())
            .bind(i64::from(deleted))
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        self.with_model_photos(rows).await
    }

    async fn with_model_photos(&self, rows: Vec<Row>) -> Result<Vec<Model>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let places = places(1, rows.len());
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT model_id, number, source, sha256, name, media_type, bytes, width, height, face FROM model_photos
             WHERE model_id IN ({places}) ORDER BY number"
        ));
        let mut query = sqlx::query_as(sql);
        for row in &rows {
            query = query.bind(&row.id);
        }
        let found: Vec<PhotoRow> = query.fetch_all(&self.reader).await?;
        let mut photos: HashMap<String, Vec<PhotoRow>> = HashMap::new();
        for photo in found {
            photos.entry(photo.model_id.clone()).or_default().push(photo);
        }
        let model = |row: Row| {
            let own = photos.remove(&row.id).unwrap_or_default();
            let (mut photos, mut files, mut faces) = (Vec::new(), Vec::new(), Vec::new());
            for (photo, file, face) in own.into_iter().map(PhotoRow::split) {
                photos.push(photo);
                files.push(file);
                faces.push(face);
            }
            Model {
                id: ModelId(row.id),
                name: row.name,
                consent: row.consent_scope.map(|scope| Consent {
                    scope,
                    given_ms: row.consent_given_ms.unwrap_or(row.created_ms),
                    expires_ms: row.consent_expires_ms,
                }),
                photos,
                files,
                faces,
                version: row.version,
                created_ms: row.created_ms,
                updated_ms: row.updated_ms,
                deleted_ms: row.deleted_ms,
            }
        };
        Ok(rows.into_iter().map(model).collect())
    }

    /// Gives a model another name. `false` when there is none.
    pub async fn rename_model(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        version: Option<i64>,
        name: &str,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let renamed = sqlx::query(
            "UPDATE models SET name = $3, updated_ms = $4, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL AND ($5 = 0 OR version = $5)",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(name)
        .bind(now_ms)
        .bind(version.unwrap_or(0))
        .execute(&self.writer)
        .await?;
        if renamed.rows_affected() == 0 && self.model(workspace, id).await?.is_some() {
            return Err(StoreError::Changed);
        }
        Ok(renamed.rows_affected() == 1)
    }

    /// Writes down what a person agreed to, or with `None` that they took it back: then what is known of their face is forgotten.
    /// `false` when there is none.
    pub async fn set_consent(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        consent: Option<&Consent>,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let set = sqlx::query(
            "UPDATE models SET consent_scope = $3, consent_given_ms = $4, consent_expires_ms = $5, updated_ms = $6,
                 version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(consent.map(|consent| consent.scope.as_str()))
        .bind(consent.map(|consent| consent.given_ms))
        .bind(consent.and_then(|consent| consent.expires_ms))
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        if consent.is_none() && set.rows_affected() == 1 {
            sqlx::query("UPDATE model_photos SET embedding = NULL WHERE model_id = $1")
                .bind(id.as_str())
                .execute(&self.writer)
                .await?;
        }
        Ok(set.rows_affected() == 1)
    }

    /// Adds a photo, once. Its number; `None` when there is no such model. [`StoreError::Refused`] past [`PHOTOS_MAX`].
    pub async fn add_model_photo(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        source: &str,
        sha256: &str,
        file: &PhotoFile,
        now_ms: EpochMs,
    ) -> Result<Option<i64>> {
        let mut tx = self.write().await?;
        let touched = sqlx::query(
            "UPDATE models SET updated_ms = $3, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        if touched.rows_affected() == 0 {
            return Ok(None);
        }
        let (same, last, count): (i64, i64, i64) = sqlx::query_as(
            "SELECT COALESCE(MAX(CASE WHEN sha256 = $2 THEN number END), 0), COALESCE(MAX(number), 0), COUNT(*)
             FROM model_photos WHERE model_id = $1",
        )
        .bind(id.as_str())
        .bind(sha256)
        .fetch_one(&mut *tx)
        .await?;
        if same > 0 {
            tx.commit().await?;
            return Ok(Some(same));
        }
        if count >= PHOTOS_MAX {
            return Err(StoreError::Refused(
                "a model has at most 8 photos; remove one first",
            ));
        }
        sqlx::query(
            "INSERT INTO model_photos (model_id, number, source, sha256, name, media_type, bytes, width, height, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id.as_str())
        .bind(last + 1)
        .bind(source)
        .bind(sha256)
        .bind(&file.name)
        .bind(&file.media_type)
        .bind(file.bytes)
        .bind(file.width)
        .bind(file.height)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(last + 1))
    }

    /// Writes down what was seen in a photo of a model that is not deleted.
    pub async fn set_model_face(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        number: i64,
        seen: &SeenFace<'_>,
        now_ms: EpochMs,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE model_photos SET face = $4, embedding = (SELECT $5 FROM models WHERE id = $2 AND consent_scope IS NOT NULL
                 AND (consent_expires_ms IS NULL OR consent_expires_ms > $6))
             WHERE number = $3
             AND model_id IN (SELECT id FROM models WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL)",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(number)
        .bind(seen.told.to_string())
        .bind(seen.sealed)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// What was seen in the photo of this blob, sealed: for any model that is not deleted and whose consent holds.
    pub async fn sealed_face(&self, source: &str, now_ms: EpochMs) -> Result<Option<String>> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT p.embedding FROM model_photos p JOIN models m ON m.id = p.model_id
             WHERE p.source = $1 AND p.embedding IS NOT NULL AND m.deleted_ms IS NULL AND m.consent_scope IS NOT NULL
               AND (m.consent_expires_ms IS NULL OR m.consent_expires_ms > $2) LIMIT 1",
        )
        .bind(source)
        .bind(now_ms)
        .fetch_optional(&self.reader)
        .await?;
        Ok(row.map(|(sealed,)| sealed))
    }

    /// What was seen in each photo of a model that is not deleted and whose consent holds, sealed, by the photo's number.
    pub async fn sealed_faces(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        now_ms: EpochMs,
    ) -> Result<HashMap<i64, String>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT p.number, p.embedding FROM model_photos p JOIN models m ON m.id = p.model_id
             WHERE m.workspace_id = $1 AND m.id = $2 AND p.embedding IS NOT NULL AND m.deleted_ms IS NULL
               AND m.consent_scope IS NOT NULL AND (m.consent_expires_ms IS NULL OR m.consent_expires_ms > $3)",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms)
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// Removes a photo. `false` when there is none.
    pub async fn remove_model_photo(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        number: i64,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let removed = sqlx::query(
            "DELETE FROM model_photos WHERE number = $3
             AND model_id IN (SELECT id FROM models WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL)",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(number)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE models SET updated_ms = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(removed.rows_affected() == 1)
    }

    /// Deletes a model (or brings it back within 30 days). `false` when there is none.
    pub async fn delete_model(
        &self,
        workspace: &WorkspaceId,
        id: &ModelId,
        delete: bool,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let sql = if delete {
            "UPDATE models SET deleted_ms = $3, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL AND $4 = 0"
        } else {
            "UPDATE models SET deleted_ms = NULL, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms > $4 AND deleted_ms <= $3"
        };
        let done = sqlx::query(sql)
            .bind(workspace.as_str())
            .bind(id.as_str())
            .bind(now_ms)
            .bind(if delete { 0 } else { now_ms - UNDO_MS })
            .execute(&self.writer)
            .await?;
        match done.rows_affected() {
            0 if !delete => self.is_here("models", workspace, id.as_str()).await,
            changed => Ok(changed == 1),
        }
    }
}
