//! What a new shoot is chosen from: products, people, engines.

use domain::{
    clock::day,
    ids::{ProductId, ProjectId},
};
use store::{catalogue::CatalogueProduct, overview::ProductScope};

use crate::{
    api::admin,
    app::App,
    auth::caller::Caller,
    catalog::EngineEntry,
    error::{Error, Result},
    extract::id,
    pages::{
        form::Form,
        models::Consent,
        pictures::Small,
        shell::Shell,
        words::{Told, Words},
    },
};

/// The most products that are shown to choose from.
const CHOICE_MAX: u32 = 240;

/// A product to choose.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) sku: String,
    pub(super) photo: Small,
    pub(super) chosen: bool,
}

pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) photo: Small,
    pub(super) consent: Consent,
    pub(super) refused: bool,
}

pub(super) struct EngineChoice {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) credits: i64,
    pub(super) summary: String,
    pub(super) refused: Option<Told>,
    pub(super) note: Option<String>,
}

pub(super) async fn choices(app: &App, shell: &Shell, form: &mut Form) -> Result<(Vec<Choice>, Option<i64>)> {
    let workspace = &shell.person.workspace;
    let named: Vec<ProductId> = form
        .all("product")
        .into_iter()
        .filter(|text| id(text, "product").is_ok())
        .map(ProductId)
        .collect();
    let project = form.given("project");
    if let Some(project) = &project
        && app
            .store
            .project(workspace, &ProjectId(id(project, "project")?))
            .await?
            .is_none()
    {
        return Err(Error::not_found("project"));
    }
    let scope = ProductScope {
        project: project.as_deref(),
        ..ProductScope::default()
    };
    let mut ids = app
        .store
        .product_ids(workspace, &scope, None, CHOICE_MAX + 1)
        .await?;
    if ids.len() > CHOICE_MAX as usize && named.is_empty() && project.is_some() {
        let counts = app.store.product_counts(workspace, project.as_deref()).await?;
        return Ok((Vec::new(), Some(counts.total)));
    }
    ids.truncate(CHOICE_MAX as usize);
    let mut all = named.clone();
    all.extend(ids.into_iter().filter(|id| !named.contains(id)));
    let rows = app.store.products_by_id(workspace, &all).await?;
    let mut rows: Vec<CatalogueProduct> = rows;
    rows.sort_by_key(|row| all.iter().position(|id| *id == row.id));
    if named.is_empty() && !form.has("touched") {
        for row in &rows {
            form.0.push(("product".to_owned(), row.id.as_str().to_owned()));
        }
    }
    let choice = |row: CatalogueProduct| Choice {
        chosen: form.holds("product", row.id.as_str()),
        photo: Small::of_first(app, &row.product.photos, &row.files),
        sku: row.product.sku,
        id: row.id.0,
    };
    Ok((rows.into_iter().map(choice).collect(), None))
}

pub(super) async fn people(app: &App, shell: &Shell) -> Result<Vec<Person>> {
    let models = app
        .store
        .models(&shell.person.workspace, None, None, false, 50)
        .await?;
    Ok(models
        .into_iter()
        .map(|model| Person {
            photo: Small::of_first(app, &model.photos, &model.files),
            consent: Consent::of(shell.w, &model, app.now_ms()),
            refused: model.refusal(app.now_ms()).is_some(),
            id: model.id.0,
            name: model.name,
        })
        .collect())
}

pub(super) async fn engine_choices(app: &App, caller: &Caller, w: Words) -> Result<Vec<EngineChoice>> {
    let refused = |entry: &EngineEntry| entry.refusal(caller).map(|why| w.told(why));
    let today = day(app.now_ms());
    let mut choices = Vec::new();
    for preset in admin::config::presets(app).await? {
        let entry = app.catalog.engine(&preset.engine.name.0);
        let after: Vec<String> = preset.fallbacks.iter().map(ToString::to_string).collect();
        choices.push(EngineChoice {
            value: format!("preset:{}", preset.name),
            name: w.name("preset", &preset.name.to_string()),
            credits: entry.map_or(0, |entry| entry.card.price_credits),
            summary: preset.summary.clone(),
            refused: entry.and_then(refused),
            note: Some(if after.is_empty() {
                w.t1("preset-engine", "engine", &preset.engine)
            } else {
                w.t2(
                    "preset-engines",
                    "engine",
                    &preset.engine,
                    "after",
                    after.join(", "),
                )
            }),
        });
    }
    for entry in &app.catalog.engines {
        let ends = entry
            .card
            .models
            .iter()
            .find_map(|model| model.shutdown.filter(|ends| *ends >= today));
        choices.push(EngineChoice {
            value: format!("engine:{}", entry.card.name),
            name: entry.card.name.to_string(),
            credits: entry.card.price_credits,
            summary: entry.card.summary.clone(),
            refused: refused(entry),
            note: ends.map(|ends| w.t1("engine-ends", "day", ends)),
        });
    }
    Ok(choices)
}
