//! Products and their photos.

use std::collections::HashMap;

use domain::{
    ids::WorkspaceId,
    intake::sku_key,
    product::{Product, Side},
};
use sqlx::AnyConnection;

use crate::{Result, Store, ids::Ids, to_json};

/// Writes a product and its photos as they are now, and gives its id. A SKU is one product whatever its case.
pub(crate) async fn upsert(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    product: &Product,
) -> Result<String> {
    let (id,): (String,) = sqlx::query_as(
        "INSERT INTO products (id, workspace_id, sku, sku_key, name, category, colour)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workspace_id, sku_key) DO UPDATE
         SET sku = excluded.sku, name = excluded.name, category = excluded.category, colour = excluded.colour
         RETURNING id",
    )
    .bind(ids.next())
    .bind(workspace.as_str())
    .bind(&product.sku)
    .bind(sku_key(&product.sku))
    .bind(&product.name)
    .bind(to_json("category", &product.category)?.trim_matches('"'))
    .bind(&product.colour)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM photos WHERE product_id = $1")
        .bind(&id)
        .execute(&mut *tx)
        .await?;
    for photo in &product.photos {
        sqlx::query(
            "INSERT INTO photos (product_id, view, number, side, source, sha256) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(photo.view.name())
        .bind(i64::from(photo.number))
            .bind(photo.side.map(Side::name))
        .bind(&photo.source)
        .bind(&photo.sha256)
        .execute(&mut *tx)
        .await?;
    }
    Ok(id)
}

impl Store {
    /// Where each photo of the workspace is read from, by the SHA-256 of its bytes.
    pub async fn sources(&self, workspace: &WorkspaceId) -> Result<HashMap<String, String>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT f.sha256, f.source FROM photos f JOIN products p ON p.id = f.product_id WHERE p.workspace_id = $1",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }
}
