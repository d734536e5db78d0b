//! The catalogue of a service: products by id, with photos whose bytes are blobs.

mod photos;

use std::collections::HashMap;

use domain::{
    category::Category,
    clock::EpochMs,
    ids::{ProductId, ProjectId, WorkspaceId},
    intake::sku_key,
    product::{PhotoRef, Product},
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
use photos::PhotoRow;
pub use photos::{NewPhoto, PHOTOS_MAX, PhotoFile};
pub(crate) use photos::{TOO_MANY_PHOTOS, attach};

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
        let products: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut photos = self.photo_rows(&products).await?;
        rows.into_iter()
            .map(|row| {
                let own = photos.remove(&row.id).unwrap_or_default();
                joined(row, own)
            })
            .collect()
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
