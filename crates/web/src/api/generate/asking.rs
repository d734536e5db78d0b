//! What an order names: its products, its person, its project.

use std::collections::HashSet;

use axum::http::HeaderMap;
use domain::{
    brief::Brief,
    ids::{ModelId, ProductId, ProjectId},
    product::{PhotoRef, Product},
};
use store::shoots::Request;

use super::{Generate, checked};
use crate::{
    app::App,
    auth::caller::{Allowed, Shoot},
    error::{Error, FieldError, Result},
    extract::{id, line},
    middleware::idempotency,
};

/// The most products of one call.
const PRODUCTS_MAX: usize = 10_000;

/// What a call asks for, parsed.
pub(crate) struct Asking {
    pub(crate) brief: Brief,
    pub(crate) products: Vec<(ProductId, Product)>,
    pub(super) person: Vec<PhotoRef>,
    pub(super) request: Request,
}

/// Reads a call: what it names must be there, and every word must be one that is known.
pub(crate) async fn parse(
    app: &App,
    caller: &Allowed<Shoot>,
    body: Generate,
    headers: &HeaderMap,
) -> Result<Asking> {
    let brief = checked(app, &body).await?;
    let project = match &body.project_id {
        None => None,
        Some(text) => {
            let project = ProjectId(id(text, "project").map_err(|_| no("projectId", "project"))?);
            let found = app.store.project(&caller.workspace, &project).await?;
            Some(found.map(|_| project).ok_or_else(|| no("projectId", "project"))?)
        }
    };
    let mut products = products(app, caller, &body, project.as_ref()).await?;
    if let Some(pilot) = body.pilot {
        if pilot == 0 {
            return Err(Error::field("pilot", "try 1 product or more"));
        }
        products.truncate(pilot as usize);
    }
    let (model, person) = person(app, caller, body.model_id.as_deref()).await?;
    let name = body
        .name
        .as_deref()
        .map(|name| line("name", name, 200))
        .transpose()?;
    let priority = body.priority.unwrap_or(0);
    if !(-10..=10).contains(&priority) {
        return Err(Error::field("priority", "give a number from -10 to 10"));
    }
    let key = idempotency::key(headers)?;
    Ok(Asking {
        brief,
        products,
        person,
        request: Request {
            project,
            model,
            name: name.unwrap_or_default(),
            priority,
            created_by: caller.id().to_owned(),
            key: key.map(|key| format!("{}:{key}", caller.id())),
        },
    })
}

fn no(field: &str, what: &str) -> Error {
    Error::field(field, format!("there is no such {what}"))
}

async fn products(
    app: &App,
    caller: &Allowed<Shoot>,
    body: &Generate,
    project: Option<&ProjectId>,
) -> Result<Vec<(ProductId, Product)>> {
    let (mut ids, mut known) = (Vec::new(), HashSet::new());
    let named = body.product_id.iter().map(|id| ("productId".to_owned(), id));
    let listed = body
        .product_ids
        .iter()
        .enumerate()
        .map(|(number, id)| (format!("productIds[{number}]"), id));
    let mut fields = Vec::new();
    for (field, text) in named.chain(listed) {
        let id = ProductId(id(text, "product").map_err(|_| no(&field, "product"))?);
        if known.insert(id.clone()) {
            ids.push(id);
            fields.push(field);
        }
    }
    if ids.is_empty() {
        let project = project.ok_or_else(|| Error::field("productIds", "name products, or a project"))?;
        ids = app.store.product_ids_of(&caller.workspace, project).await?;
        fields = vec!["projectId".to_owned(); ids.len()];
    }
    if ids.is_empty() {
        return Err(Error::field(
            "projectId",
            "this project has no products yet: add or import some",
        ));
    }
    if ids.len() > PRODUCTS_MAX {
        return Err(Error::field(
            "productIds",
            format!("at most {PRODUCTS_MAX} products a call"),
        ));
    }
    let found = app.store.products_by_id(&caller.workspace, &ids).await?;
    if found.len() < ids.len() {
        let there: HashSet<&ProductId> = found.iter().map(|product| &product.id).collect();
        let missing = ids.iter().zip(&fields).filter(|(id, _)| !there.contains(id));
        let errors = missing.map(|(_, field)| FieldError {
            field: field.clone(),
            message: "there is no such product".to_owned(),
        });
        return Err(Error::fields(errors.collect()));
    }
    Ok(found.into_iter().map(|one| (one.id, one.product)).collect())
}

async fn person(
    app: &App,
    caller: &Allowed<Shoot>,
    model: Option<&str>,
) -> Result<(Option<ModelId>, Vec<PhotoRef>)> {
    let Some(text) = model else {
        return Ok((None, Vec::new()));
    };
    let id = ModelId(id(text, "model").map_err(|_| no("modelId", "model"))?);
    let model = app
        .store
        .model(&caller.workspace, &id)
        .await?
        .ok_or_else(|| no("modelId", "model"))?;
    if let Some(refusal) = model.refusal(app.now_ms()) {
        return Err(Error::field("modelId", refusal));
    }
    Ok((Some(id), model.photos))
}
