//! A workspace of this bench.

use domain::{
    clock::Clock as _,
    ids::{ProductId, WorkspaceId},
};
use serde_json::json;
use store::{
    Store,
    catalogue::ProductText,
    ids::Ids,
    shoots::{Origin, Request},
};

use crate::{
    bench::queue::{PRICE, Wanted, workspace},
    clock::SystemClock,
};

/// A workspace that orders the same pictures again and again.
pub(super) struct Tenant {
    workspace: WorkspaceId,
    wanted: Wanted,
    products: Vec<ProductId>,
}

impl Tenant {
    /// One with credits for so many pictures, which may order so many at once.
    pub(super) async fn new(
        store: &Store,
        ids: &Ids,
        sku: char,
        pictures: usize,
        at_once: usize,
    ) -> anyhow::Result<Self> {
        let now_ms = SystemClock.now_ms();
        let workspace = workspace(store, ids, now_ms).await?;
        store
            .grant(ids, &workspace, pictures as u32 * PRICE, now_ms)
            .await?;
        let (wanted, attributes) = (Wanted::new(sku, at_once), json!({}));
        let mut products = Vec::with_capacity(wanted.products.len());
        for product in &wanted.products {
            let text = ProductText {
                project: None,
                sku: &product.sku,
                name: None,
                category: product.category,
                colour: None,
                attributes: &attributes,
            };
            products.push(store.add_product(ids, &workspace, &text, now_ms).await?);
        }
        Ok(Self {
            workspace,
            wanted,
            products,
        })
    }

    /// Orders the first so many of its pictures, as a shoot of their own.
    pub(super) async fn order(&self, store: &Store, ids: &Ids, pictures: usize) -> anyhow::Result<()> {
        let origin = Origin::Catalogue {
            products: &self.products,
            request: &Request::default(),
        };
        let submission = self.wanted.submission(&self.workspace, origin, pictures);
        store
            .submit(ids, &submission, &|_| true, SystemClock.now_ms())
            .await?;
        Ok(())
    }
}
