//! Products: a grid or a table, filtered, chosen many at once.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    ids::ProductId,
    product::{Product, View},
};
use serde_json::json;
use store::overview::{ProductCounts, ProductScope};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    pictures::Small,
    shell::Shell,
    show, sizes, to,
    words::Words,
};
use crate::{
    api::products as api,
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, PageQuery},
};

/// Products of a page.
const PAGE: u32 = 120;

/// A product on a grid or in a table.
pub(super) struct Card {
    pub(super) id: String,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) category: String,
    pub(super) colour: String,
    pub(super) photo: Small,
    /// A letter for each of front and back, with whether there is a photo.
    pub(super) views: Vec<(&'static str, bool)>,
    pub(super) pictures: i64,
    pub(super) updated_ms: i64,
}

#[derive(Template)]
#[template(path = "products/list.html")]
struct List {
    w: Words,
    shell: Shell,
    cards: Vec<Card>,
    counts: ProductCounts,
    /// Of the filter.
    filter: String,
    q: String,
    project: String,
    is_table: bool,
    next: Option<String>,
    deleted: bool,
    form: Form,
    wrong: Wrong,
}

/// Products by their ids, in that order, with how many pictures each has.
pub(super) async fn cards(app: &App, shell: &Shell, ids: &[ProductId]) -> Result<Vec<Card>> {
    let workspace = &shell.person.workspace;
    let pictures: HashMap<String, i64> = app
        .store
        .picture_counts(workspace, ids)
        .await?
        .into_iter()
        .collect();
    let found = app.store.products_by_id(workspace, ids).await?;
    let mut by_id: HashMap<String, _> = found.into_iter().map(|one| (one.id.0.clone(), one)).collect();
    let rows = ids.iter().filter_map(|id| by_id.remove(id.as_str()));
    Ok(rows
        .map(|row| Card {
            pictures: pictures.get(row.id.as_str()).copied().unwrap_or_default(),
            id: row.id.0,
            photo: Small::of_first(app, &row.product.photos, &row.files),
            views: views(&row.product),
            category: shell.w.name("category", category(&row.product)),
            sku: row.product.sku,
            name: row.product.name.unwrap_or_default(),
            colour: row.product.colour.unwrap_or_default(),
            updated_ms: row.updated_ms,
        })
        .collect())
}

/// The name of a product's category in tables and forms.
pub(super) fn category(product: &Product) -> &'static str {
    use domain::category::Category;
    match product.category {
        Category::Top => "top",
        Category::CropTop => "crop-top",
        Category::Jacket => "jacket",
        Category::Trousers => "trousers",
        Category::Skirt => "skirt",
        Category::Dress => "dress",
        Category::Unknown => "unknown",
    }
}

fn views(product: &Product) -> Vec<(&'static str, bool)> {
    let always = [View::Front, View::Back];
    let more = [View::Side, View::Detail]
        .into_iter()
        .filter(|view| product.photo(*view).is_some());
    always
        .into_iter()
        .chain(more)
        .map(|view| (view.name(), product.photo(view).is_some()))
        .collect()
}

async fn listed(app: &App, shell: Shell, form: Form, wrong: Wrong) -> Result<List> {
    let query = Form::of_query(&shell.query);
    let workspace = &shell.person.workspace;
    let project = query.given("project");
    let q = query.given("q");
    let filter = query.given("filter").unwrap_or_default();
    let page = PageQuery {
        cursor: query.given("cursor"),
        limit: None,
    };
    let before = page.after()?;
    let deleted = filter == "deleted";
    let scope = ProductScope {
        project: project.as_deref(),
        text: q.as_deref(),
        lacks: Some(filter.as_str()).filter(|word| matches!(*word, "back" | "shot")),
    };
    let mut ids = if deleted {
        let asked = store::catalogue::ProductFilter {
            project: project.as_deref(),
            text: q.as_deref(),
            deleted,
            before: before.as_deref(),
        };
        let rows = app.store.products(workspace, &asked, PAGE + 1).await?;
        rows.into_iter().map(|row| row.id).collect()
    } else {
        app.store
            .product_ids(workspace, &scope, before.as_deref(), PAGE + 1)
            .await?
    };
    let more = ids.len() > PAGE as usize;
    ids.truncate(PAGE as usize);
    let next = ids
        .last()
        .filter(|_| more)
        .map(|id| URL_SAFE_NO_PAD.encode(id.as_str()));
    let cards = if deleted {
        deleted_cards(app, &shell, project.as_deref(), &ids).await?
    } else {
        cards(app, &shell, &ids).await?
    };
    Ok(List {
        counts: app.store.product_counts(workspace, project.as_deref()).await?,
        is_table: query.get("view") == "table",
        project: project.unwrap_or_default(),
        q: q.unwrap_or_default(),
        w: shell.w,
        cards,
        filter,
        next,
        deleted,
        form,
        wrong,
        shell,
    })
}

/// Deleted products are not found by their ids, so they come from their list.
async fn deleted_cards(
    app: &App,
    shell: &Shell,
    project: Option<&str>,
    ids: &[ProductId],
) -> Result<Vec<Card>> {
    let filter = store::catalogue::ProductFilter {
        project,
        deleted: true,
        ..store::catalogue::ProductFilter::default()
    };
    let rows = app.store.products(&shell.person.workspace, &filter, PAGE).await?;
    let rows = rows.into_iter().filter(|row| ids.contains(&row.id));
    Ok(rows
        .map(|row| Card {
            id: row.id.0,
            photo: Small::of_first(app, &row.product.photos, &row.files),
            views: views(&row.product),
            category: shell.w.name("category", category(&row.product)),
            sku: row.product.sku,
            name: row.product.name.unwrap_or_default(),
            colour: row.product.colour.unwrap_or_default(),
            pictures: 0,
            updated_ms: row.updated_ms,
        })
        .collect())
}

pub(super) async fn list(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    html(&listed(&app, shell, Form::default(), Wrong::default()).await?)
}

pub(super) async fn create(State(app): State<App>, shell: Shell, caller: Allowed<Edit>, form: Form) -> Page {
    let body = input(&json!({
        "sku": form.get("sku"), "name": form.given("name"), "category": form.given("category"),
        "colour": form.given("colour"), "projectId": form.given("project"),
    }))?;
    match api::create(State(app.clone()), caller, Json(body)).await {
        Ok(response) => {
            let made = answer(response).await?;
            Ok(to(&format!(
                "/products/{}?done=product",
                made["id"].as_str().unwrap_or_default()
            )))
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&listed(&app, shell, form, wrong).await?)
        }
    }
}

/// What is done to chosen products.
pub(super) async fn selection(State(app): State<App>, caller: Allowed<Edit>, form: Form) -> Page {
    let chosen = form.all("product");
    if chosen.is_empty() {
        return Err(Error::field("product", "choose at least one product"));
    }
    match form.get("action") {
        "shoot" => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(chosen.iter().map(|id| ("product", id)));
            Ok(to(&format!("/shoots/new?{}", query.finish())))
        }
        "delete" => {
            for product in chosen {
                let _ = api::delete(State(app.clone()), caller.clone(), Path(product)).await?;
            }
            Ok(to("/products?done=deleted"))
        }
        _ => Err(Error::field("action", "choose what to do with them")),
    }
}
