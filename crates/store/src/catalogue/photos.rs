//! The photos of products.

use std::collections::HashMap;

use domain::{
    clock::EpochMs,
    ids::{ProductId, WorkspaceId},
    product::{PhotoRef, Side, View},
};
use sqlx::AnyConnection;

use crate::{Result, Store, StoreError, database::places};

/// What a photo is as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFile {
    /// What people call it.
    pub name: String,
    /// By its content.
    pub media_type: String,
    /// Its size.
    pub bytes: i64,
    /// Columns, upright.
    pub width: i64,
    /// Rows, upright.
    pub height: i64,
}

/// A photo to attach.
#[derive(Clone, Debug)]
pub struct NewPhoto<'a> {
    /// The side it shows.
    pub view: View,
    /// Which way the product is turned, for a side.
    pub side: Option<Side>,
    /// The blob.
    pub source: &'a str,
    /// Of its bytes.
    pub sha256: &'a str,
    /// As a file.
    pub file: &'a PhotoFile,
}

/// The most photos of one product.
pub const PHOTOS_MAX: i64 = 24;
pub(crate) const TOO_MANY_PHOTOS: &str = "a product has at most 24 photos; remove one first";

#[derive(sqlx::FromRow)]
pub(super) struct PhotoRow {
    product_id: String,
    view: String,
    number: i64,
    side: Option<String>,
    source: String,
    sha256: String,
    name: Option<String>,
    media_type: Option<String>,
    bytes: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
}

impl PhotoRow {
    pub(super) fn photo(&self) -> Option<PhotoRef> {
        let side = |word: &str| match word {
            "left" => Some(Side::Left),
            "right" => Some(Side::Right),
            "45" => Some(Side::FortyFive),
            _ => None,
        };
        Some(PhotoRef {
            view: self.view.parse().ok()?,
            side: self.side.as_deref().and_then(side),
            number: u32::try_from(self.number).ok()?,
            source: self.source.clone(),
            sha256: self.sha256.clone(),
        })
    }

    pub(super) fn file(self) -> PhotoFile {
        PhotoFile {
            name: self.name.unwrap_or_default(),
            media_type: self.media_type.unwrap_or_default(),
            bytes: self.bytes.unwrap_or(0),
            width: self.width.unwrap_or(0),
            height: self.height.unwrap_or(0),
        }
    }
}

impl Store {
    /// What is known of the photos of products, by the product's id.
    pub(super) async fn photo_rows(&self, products: &[&str]) -> Result<HashMap<String, Vec<PhotoRow>>> {
        let mut photos: HashMap<String, Vec<PhotoRow>> = HashMap::new();
        for chunk in products.chunks(500) {
            let places = places(1, chunk.len());
            let sql = sqlx::AssertSqlSafe(format!(
                "SELECT product_id, view, number, side, source, sha256, name, media_type, bytes, width, height
                 FROM photos WHERE product_id IN ({places})"
            ));
            let mut query = sqlx::query_as(sql);
            for product in chunk {
                query = query.bind(*product);
            }
            let found: Vec<PhotoRow> = query.fetch_all(&self.reader).await?;
            for photo in found {
                photos.entry(photo.product_id.clone()).or_default().push(photo);
            }
        }
        Ok(photos)
    }

    /// Attaches a photo: in place of the photo of this view and side, or, of details, beside the others. Its number; `None` when there is no such
    /// product. [`StoreError::Refused`] past [`PHOTOS_MAX`].
    pub async fn put_photo(
        &self,
        workspace: &WorkspaceId,
        product: &ProductId,
        photo: &NewPhoto<'_>,
        now_ms: EpochMs,
    ) -> Result<Option<i64>> {
        let mut tx = self.write().await?;
        if !touch(&mut tx, workspace, product, now_ms).await? {
            return Ok(None);
        }
        let number = attach(&mut tx, product, photo, now_ms).await?;
        tx.commit().await?;
        Ok(Some(number))
    }

    /// Removes a photo. `false` when there is none.
    pub async fn remove_photo(
        &self,
        workspace: &WorkspaceId,
        product: &ProductId,
        view: View,
        number: i64,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        if !touch(&mut tx, workspace, product, now_ms).await? {
            return Ok(false);
        }
        let removed = sqlx::query("DELETE FROM photos WHERE product_id = $1 AND view = $2 AND number = $3")
            .bind(product.as_str())
            .bind(view.name())
            .bind(number)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(removed.rows_affected() == 1)
    }
}

/// Puts a photo in its place among a product's photos. Its number.
pub(crate) async fn attach(
    tx: &mut AnyConnection,
    product: &ProductId,
    photo: &NewPhoto<'_>,
    now_ms: EpochMs,
) -> Result<i64> {
    let (same, last, count): (i64, i64, i64) = sqlx::query_as(
            "SELECT COALESCE(MAX(CASE WHEN view = $2 AND ((view <> 'detail' AND COALESCE(side, '') = $4)
                                                      OR (view = 'detail' AND sha256 = $3)) THEN number END), 0),
                    COALESCE(MAX(CASE WHEN view = $2 THEN number END), 0), COUNT(*)
             FROM photos WHERE product_id = $1",
        )
        .bind(product.as_str())
        .bind(photo.view.name())
        .bind(photo.sha256)
        .bind(photo.side.map(Side::name).unwrap_or_default())
        .fetch_one(&mut *tx)
        .await?;
    if same == 0 && count >= PHOTOS_MAX {
        return Err(StoreError::Refused(TOO_MANY_PHOTOS));
    }
    let number = if same > 0 { same } else { last + 1 };
    sqlx::query(
            "INSERT INTO photos (product_id, view, number, side, source, sha256, name, media_type, bytes, width, height, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (product_id, view, number) DO UPDATE SET side = excluded.side, source = excluded.source,
                 sha256 = excluded.sha256, name = excluded.name, media_type = excluded.media_type, bytes = excluded.bytes,
                 width = excluded.width, height = excluded.height, created_ms = excluded.created_ms",
        )
        .bind(product.as_str())
        .bind(photo.view.name())
        .bind(number)
        .bind(photo.side.map(Side::name))
        .bind(photo.source)
        .bind(photo.sha256)
        .bind(&photo.file.name)
        .bind(&photo.file.media_type)
        .bind(photo.file.bytes)
        .bind(photo.file.width)
        .bind(photo.file.height)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
    Ok(number)
}

/// Counts a change of a product. `false` when there is none.
async fn touch(
    tx: &mut AnyConnection,
    workspace: &WorkspaceId,
    product: &ProductId,
    now_ms: EpochMs,
) -> Result<bool> {
    let touched = sqlx::query(
        "UPDATE products SET updated_ms = $3, version = version + 1
         WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
    )
    .bind(workspace.as_str())
    .bind(product.as_str())
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(touched.rows_affected() == 1)
}
