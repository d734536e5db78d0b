//! The catalogue of a service: products by id, with photos whose bytes are blobs.

use std::collections::HashMap;

use domain::{
    category::Category,
    clock::EpochMs,
    ids::{ProductId, ProjectId, WorkspaceId},
    intake::sku_key,
    product::{PhotoRef, Product, Side, View},
};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError,
    database::places,
    from_json,
    ids::Ids,
    projects::{UNDO_MS, holds, taken},
    to_json,
};

/// A product with what a service knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueProduct {
    /// Its id.
    pub id: ProductId,
    /// Its project, if it has one.
    pub project: Option<ProjectId>,
    /// What an engine is told.
    pub product: Product,
    /// Its photos, as files; in the order of the product's.
    pub files: Vec<PhotoFile>,
    /// Anything else that is known of it.
    pub attributes: Value,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_ms: EpochMs,
    /// When it was last changed.
    pub updated_ms: EpochMs,
    /// When it was deleted.
    pub deleted_ms: Option<EpochMs>,
}

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

/// What can be written of a product.
#[derive(Clone, Debug)]
pub struct ProductText<'a> {
    /// The project.
    pub project: Option<&'a ProjectId>,
    /// The SKU, of no other product.
    pub sku: &'a str,
    /// The name for people.
    pub name: Option<&'a str>,
    /// What kind of garment it is.
    pub category: Category,
    /// The colour's name.
    pub colour: Option<&'a str>,
    /// Anything else.
    pub attributes: &'a Value,
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

/// Which products are asked for.
#[derive(Clone, Debug, Default)]
pub struct ProductFilter<'a> {
    /// Those of a project.
    pub project: Option<&'a str>,
    /// Those whose SKU or name holds a text.
    pub text: Option<&'a str>,
    /// The deleted ones alone.
    pub deleted: bool,
    /// Those before an id.
    pub before: Option<&'a str>,
}

/// The most photos of one product.
pub const PHOTOS_MAX: i64 = 24;
pub(crate) const TOO_MANY_PHOTOS: &str = "a product has at most 24 photos; remove one first";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    project_id: Option<String>,
    sku: String,
    name: Option<String>,
    category: String,
    colour: Option<String>,
    attributes: String,
    version: i64,
    created_ms: EpochMs,
    updated_ms: EpochMs,
    deleted_ms: Option<EpochMs>,
}

const COLUMNS: &str =
    "id, project_id, sku, name, category, colour, attributes, version, created_ms, updated_ms, deleted_ms";

#[derive(sqlx::FromRow)]
struct PhotoRow {
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
    fn photo(&self) -> Option<PhotoRef> {
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

    fn file(self) -> PhotoFile {
        PhotoFile {
            name: self.name.unwrap_or_default(),
            media_type: self.media_type.unwrap_or_default(),
            bytes: self.bytes.unwrap_or(0),
            width: self.width.unwrap_or(0),
            height: self.height.unwrap_or(0),
        }
    }
}

fn joined(row: Row, photos: Vec<PhotoRow>) -> Result<CatalogueProduct> {
    let mut photos: Vec<(PhotoRef, PhotoFile)> = photos
        .into_iter()
        .filter_map(|row| Some((row.photo()?, row.file())))
        .collect();
    photos.sort_by_key(|(photo, _)| (photo.view, photo.number));
    let (photos, files) = photos.into_iter().unzip();
    Ok(CatalogueProduct {
        id: ProductId(row.id),
        project: row.project_id.map(ProjectId),
        product: Product {
            sku: row.sku,
            name: row.name,
            category: from_json("category", &format!("\"{}\"", row.category))?,
            colour: row.colour,
            photos,
        },
        files,
        attributes: from_json("attributes", &row.attributes)?,
        version: row.version,
        created_ms: row.created_ms,
        updated_ms: row.updated_ms,
        deleted_ms: row.deleted_ms,
    })
}

impl Store {
    /// Makes a product. [`StoreError::Taken`] when another has the SKU.
    pub async fn add_product(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        text: &ProductText<'_>,
        now_ms: EpochMs,
    ) -> Result<ProductId> {
        let id = ids.next();
        let added = sqlx::query(
            "INSERT INTO products (id, workspace_id, sku, sku_key, name, category, colour, project_id, attributes, created_ms,
                                   updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(&id)
        .bind(workspace.as_str())
        .bind(text.sku)
        .bind(sku_key(text.sku))
        .bind(text.name)
        .bind(to_json("category", &text.category)?.trim_matches('"'))
        .bind(text.colour)
        .bind(text.project.map(ProjectId::as_str))
        .bind(text.attributes.to_string())
        .bind(now_ms)
        .execute(&self.writer)
        .await;
        added.map_err(|error| taken(error, "SKU"))?;
        Ok(ProductId(id))
    }

    /// Changes a product that stands at this version (none: at any). `false` when there is none.
    pub async fn change_product(
        &self,
        workspace: &WorkspaceId,
        id: &ProductId,
        version: Option<i64>,
        text: &ProductText<'_>,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sqlx::query(
            "UPDATE products SET sku = $3, sku_key = $4, name = $5, category = $6, colour = $7, project_id = $8, attributes = $9,
                 updated_ms = $10, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL AND ($11 = 0 OR version = $11)",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(text.sku)
        .bind(sku_key(text.sku))
        .bind(text.name)
        .bind(to_json("category", &text.category)?.trim_matches('"'))
        .bind(text.colour)
        .bind(text.project.map(ProjectId::as_str))
        .bind(text.attributes.to_string())
        .bind(now_ms)
        .bind(version.unwrap_or(0))
        .execute(&mut *tx)
        .await;
        let changed = changed.map_err(|error| taken(error, "SKU"))?.rows_affected() == 1;
        if !changed && exists(&mut tx, workspace, id).await? {
            return Err(StoreError::Changed);
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// A product that is not deleted.
    pub async fn product(&self, workspace: &WorkspaceId, id: &ProductId) -> Result<Option<CatalogueProduct>> {
        let ids = [id.clone()];
        Ok(self.products_by_id(workspace, &ids).await?.pop())
    }

    /// Products that are not deleted, in the order of the ids; those that are not there are left out.
    pub async fn products_by_id(
        &self,
        workspace: &WorkspaceId,
        ids: &[ProductId],
    ) -> Result<Vec<CatalogueProduct>> {
        let mut by_id: HashMap<String, CatalogueProduct> = HashMap::new();
        for chunk in ids.chunks(500) {
            let places = places(2, chunk.len());
            let sql = sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM products WHERE workspace_id = $1 AND deleted_ms IS NULL AND id IN ({places})"
            ));
            let mut query = sqlx::query_as(sql).bind(workspace.as_str());
            for id in chunk {
                query = query.bind(id.as_str());
            }
            let rows: Vec<Row> = query.fetch_all(&self.reader).await?;
            for product in self.with_photos(rows).await? {
                by_id.insert(product.id.0.clone(), product);
            }
        }
        Ok(ids.iter().filter_map(|id| by_id.remove(id.as_str())).collect())
    }

    /// At most `limit` products, the newest first.
    pub async fn products(
        &self,
        workspace: &WorkspaceId,
        filter: &ProductFilter<'_>,
        limit: u32,
    ) -> Result<Vec<CatalogueProduct>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM products WHERE workspace_id = $1 AND ($2 = '' OR project_id = $2)
             AND ($3 = '' OR LOWER(sku) LIKE $3 ESCAPE '!' OR LOWER(COALESCE(name, '')) LIKE $3 ESCAPE '!')
             AND (CASE WHEN deleted_ms IS NULL THEN 0 ELSE 1 END) = $4 AND ($5 = '' OR id < $5)
             ORDER BY id DESC LIMIT $6"
        ));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(filter.project.unwrap_or_default())
            .bind(filter.text.map(holds).unwrap_or_default())
            .bind(i64::from(filter.deleted))
            .bind(filter.before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        self.with_photos(rows).await
    }

    /// The ids of a project's products, the oldest first.
    pub async fn product_ids_of(
        &self,
        workspace: &WorkspaceId,
        project: &ProjectId,
    ) -> Result<Vec<ProductId>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT id FROM products WHERE workspace_id = $1 AND project_id = $2 AND deleted_ms IS NULL ORDER BY id",
        )
        .bind(workspace.as_str())
        .bind(project.as_str())
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(|(id,)| ProductId(id)).collect())
    }

    /// The product of a SKU, in any letter case.
    pub async fn product_by_sku(
        &self,
        workspace: &WorkspaceId,
        sku: &str,
    ) -> Result<Option<CatalogueProduct>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM products WHERE workspace_id = $1 AND sku_key = $2 AND deleted_ms IS NULL"
        ));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(sku_key(sku))
            .fetch_all(&self.reader)
            .await?;
        Ok(self.with_photos(rows).await?.pop())
    }

    async fn with_photos(&self, rows: Vec<Row>) -> Result<Vec<CatalogueProduct>> {
        let mut photos: HashMap<String, Vec<PhotoRow>> = HashMap::new();
        for chunk in rows.chunks(500) {
            let places = places(1, chunk.len());
            let sql = sqlx::AssertSqlSafe(format!(
                "SELECT product_id, view, number, side, source, sha256, name, media_type, bytes, width, height
                 FROM photos WHERE product_id IN ({places})"
            ));
            let mut query = sqlx::query_as(sql);
            for row in chunk {
                query = query.bind(&row.id);
            }
            let found: Vec<PhotoRow> = query.fetch_all(&self.reader).await?;
            for photo in found {
                photos.entry(photo.product_id.clone()).or_default().push(photo);
            }
        }
        rows.into_iter()
            .map(|row| {
                let own = photos.remove(&row.id).unwrap_or_default();
                joined(row, own)
            })
            .collect()
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

    /// Deletes a product, for 30 days in a way that comes back; its SKU is free at once. `false` when there is none.
    pub async fn delete_product(
        &self,
        workspace: &WorkspaceId,
        id: &ProductId,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let deleted = sqlx::query(
            "UPDATE products SET deleted_ms = $3, sku_key = sku_key || ' ' || id, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(deleted.rows_affected() == 1)
    }

    /// Brings a deleted product back. `false` when there is none to bring back; [`StoreError::Taken`] when its SKU is used again.
    pub async fn restore_product(
        &self,
        workspace: &WorkspaceId,
        id: &ProductId,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let back = sqlx::query(
            "UPDATE products SET deleted_ms = NULL, sku_key = REPLACE(sku_key, ' ' || id, ''), version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms > $3",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .bind(now_ms - UNDO_MS)
        .execute(&self.writer)
        .await;
        match back.map_err(|error| taken(error, "SKU"))?.rows_affected() {
            0 => self.is_here("products", workspace, id.as_str()).await,
            _ => Ok(true),
        }
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

async fn exists(tx: &mut AnyConnection, workspace: &WorkspaceId, product: &ProductId) -> Result<bool> {
    let (found,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM products WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
    )
    .bind(workspace.as_str())
    .bind(product.as_str())
    .fetch_one(tx)
    .await?;
    Ok(found == 1)
}
