//! What has ended is forgotten: rows of what was deleted, photos of people whose consent is over, and the files of both.

use domain::{clock::EpochMs, ids::WorkspaceId};
use serde_json::json;
use sqlx::AnyConnection;

use super::{DAY_MS, doom};
use crate::{
    Result, Store,
    audit::{self, NewEntry},
    ids::Ids,
    projects::UNDO_MS,
};

/// How long after its end something is forgotten: nobody brings it back in the same moment.
const FORGOTTEN_MS: i64 = UNDO_MS + DAY_MS;
/// How long photos of a person are kept after the consent has ended, to renew it.
pub const CONSENT_GRACE_MS: i64 = UNDO_MS;

/// What names blobs until a time, and what is forgotten then: photos of deleted products (but where pictures are still to be made
/// of them), photos of deleted persons, uploads of photos.
const ENDED: &[(&str, &str)] = &[
    (
        "SELECT source FROM photos WHERE product_id IN (SELECT id FROM products WHERE deleted_ms <= $1
         AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.product_id = products.id AND g.status IN ('PENDING', 'PROCESSING')))",
        "DELETE FROM photos WHERE product_id IN (SELECT id FROM products WHERE deleted_ms <= $1
         AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.product_id = products.id AND g.status IN ('PENDING', 'PROCESSING')))",
    ),
    (
        "SELECT source FROM model_photos WHERE model_id IN (SELECT id FROM models WHERE deleted_ms <= $1)",
        "DELETE FROM model_photos WHERE model_id IN (SELECT id FROM models WHERE deleted_ms <= $1)",
    ),
    (
        "SELECT source FROM uploads WHERE source IS NOT NULL AND expires_ms <= $1",
        "DELETE FROM uploads WHERE source IS NOT NULL AND expires_ms <= $1",
    ),
];

impl Store {
    /// Forgets rows whose time is over, and dooms what they named.
    pub(super) async fn forget_ended(&self, ids: &Ids, now_ms: EpochMs) -> Result<u64> {
        let mut tx = self.write().await?;
        let before_ms = now_ms - FORGOTTEN_MS;
        let mut rows = 0;
        for (named, forgotten) in ENDED {
            for (source,) in sources(&mut tx, named, before_ms).await? {
                doom(&mut tx, &source, now_ms).await?;
            }
            let gone = sqlx::query(*forgotten).bind(before_ms).execute(&mut *tx).await?;
            rows += gone.rows_affected();
        }
        rows += forget_people(&mut tx, ids, now_ms).await?;
        rows += forget_pictures(&mut tx, before_ms, now_ms).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

async fn sources(tx: &mut AnyConnection, sql: &'static str, before_ms: EpochMs) -> Result<Vec<(String,)>> {
    Ok(sqlx::query_as(sql).bind(before_ms).fetch_all(tx).await?)
}

/// What is known of a face goes when the consent ends or the person is deleted; the photos go when the consent ended long ago.
async fn forget_people(tx: &mut AnyConnection, ids: &Ids, now_ms: EpochMs) -> Result<u64> {
    sqlx::query(
        "UPDATE model_photos SET embedding = NULL WHERE embedding IS NOT NULL
         AND model_id IN (SELECT id FROM models WHERE deleted_ms IS NOT NULL OR consent_scope IS NULL OR consent_expires_ms <= $1)",
    )
    .bind(now_ms)
    .execute(&mut *tx)
    .await?;
    let ended: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, workspace_id FROM models WHERE consent_expires_ms <= $1
         AND EXISTS (SELECT 1 FROM model_photos p WHERE p.model_id = models.id)",
    )
    .bind(now_ms - CONSENT_GRACE_MS)
    .fetch_all(&mut *tx)
    .await?;
    let mut rows = 0;
    for (model, workspace) in ended {
        let photos: Vec<(String,)> = sqlx::query_as("SELECT source FROM model_photos WHERE model_id = $1")
            .bind(&model)
            .fetch_all(&mut *tx)
            .await?;
        for (source,) in &photos {
            doom(tx, source, now_ms).await?;
        }
        sqlx::query("DELETE FROM model_photos WHERE model_id = $1")
            .bind(&model)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE models SET version = version + 1, updated_ms = $2 WHERE id = $1")
            .bind(&model)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        let entry = NewEntry {
            workspace: Some(&WorkspaceId(workspace)),
            actor: "system",
            action: "model.photos_removed",
            subject: &model,
            detail: json!({ "why": "the consent ended more than 30 days ago", "photos": photos.len() }),
        };
        audit::append(tx, ids, &entry, now_ms).await?;
        rows += photos.len() as u64;
    }
    Ok(rows)
}

/// A picture, its result, and the candidate and heat-map of one of its attempts.
type PictureRow = (String, Option<String>, Option<String>, Option<String>);

/// Pictures of products that were deleted long ago lose their files.
async fn forget_pictures(tx: &mut AnyConnection, before_ms: EpochMs, now_ms: EpochMs) -> Result<u64> {
    let rows: Vec<PictureRow> = sqlx::query_as(
        "SELECT g.id, g.result, a.candidate, a.heatmap FROM products p JOIN generations g ON g.product_id = p.id
         LEFT JOIN attempts a ON a.generation_id = g.id AND (a.candidate IS NOT NULL OR a.heatmap IS NOT NULL)
         WHERE p.deleted_ms <= $1 AND g.status NOT IN ('PENDING', 'PROCESSING')
           AND (g.result IS NOT NULL OR a.id IS NOT NULL)",
    )
    .bind(before_ms)
    .fetch_all(&mut *tx)
    .await?;
    for (generation, result, candidate, heatmap) in &rows {
        let paths = [
            path_of(result.as_deref(), "/file/path"),
            path_of(candidate.as_deref(), "/path"),
            heatmap.clone(),
        ];
        for path in paths.into_iter().flatten() {
            doom(tx, &path, now_ms).await?;
        }
        sqlx::query("UPDATE generations SET result = NULL, reason = $2 WHERE id = $1 AND result IS NOT NULL")
            .bind(generation)
            .bind("its product was deleted, and its file with it")
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE attempts SET candidate = NULL, made = NULL, heatmap = NULL WHERE generation_id = $1",
        )
        .bind(generation)
        .execute(&mut *tx)
        .await?;
    }
    Ok(rows.len() as u64)
}

/// The path in the JSON of a file, or of what has one.
pub(crate) fn path_of(json: Option<&str>, pointer: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json?).ok()?;
    value.pointer(pointer)?.as_str().map(str::to_owned)
}
