//! The pictures of an order: which can be made, what they cost, and what to know before they are.

use std::collections::BTreeMap;

use domain::{
    brief::Brief,
    clock::day,
    engine::{EngineCard, EngineChoice},
    ids::ProductId,
    money::MicroUsd,
    plan::{Asked, PlannedGeneration, plan},
    product::Product,
    retry::chain,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::asking::Asking;
use crate::{
    app::App,
    auth::caller::Caller,
    catalog::EngineEntry,
    error::{Error, Result},
};

/// The most pictures of one call.
const PICTURES_MAX: usize = 100_000;

/// A plan, and what it costs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    /// The shoot; none of a dry run.
    pub(super) shoot_id: Option<String>,
    /// Nothing was written.
    dry_run: bool,
    /// Products that were asked for.
    products: usize,
    /// Pictures that are made.
    pictures: usize,
    /// Pictures that cannot truthfully be made: by pose and reason, those that are left out most often first.
    skipped: Vec<Skipped>,
    /// Credits that are held: one picture's times their number.
    credits: i64,
    /// What vendors charge if every first try is taken, in dollars; none where a price is not known.
    cost_usd: Option<f64>,
    /// The engines that are asked, in order.
    engines: Vec<String>,
    /// What they are delivered as, also where the order did not say it: WIDTHxHEIGHT.
    resolution: String,
    /// The format.
    output_format: String,
    /// The ground, as #rrggbb.
    background: String,
    /// What to know before it is ordered.
    warnings: Vec<String>,
}

/// Pictures that are left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Skipped {
    /// The pose.
    pose: String,
    /// Why, and what would help; `{sku}` stands for each product's own.
    reason: String,
    /// How many.
    count: usize,
    /// The SKU of the first of them.
    example: String,
}

impl Skipped {
    /// What is left out of a plan, in which each product is called `{sku}`.
    fn of(planned: &[PlannedGeneration], products: &[(ProductId, Product)]) -> Vec<Self> {
        let mut by_reason: BTreeMap<(&str, &str), Self> = BTreeMap::new();
        for one in planned {
            let Some(reason) = &one.skip else { continue };
            let pose = one.pose.as_str();
            let skipped = by_reason.entry((pose, reason)).or_insert_with(|| Self {
                pose: pose.to_owned(),
                reason: reason.clone(),
                count: 0,
                example: products[one.product].1.sku.clone(),
            });
            skipped.count += 1;
        }
        let mut skipped: Vec<Self> = by_reason.into_values().collect();
        skipped.sort_by_key(|one| std::cmp::Reverse(one.count));
        skipped
    }
}

/// Every picture that is asked for. What cannot be made at all is refused here, before it costs anything.
pub(crate) fn planned(
    app: &App,
    caller: &Caller,
    asking: &Asking,
    called: impl Fn(&Product) -> Product,
) -> Result<Vec<PlannedGeneration>> {
    let mut engines: Vec<(EngineChoice, &EngineCard)> = Vec::new();
    for choice in chain(&asking.brief) {
        let entry = entry(app, choice)?;
        match entry.refusal(caller) {
            Some(why) if engines.is_empty() => return Err(Error::field("engine", why)),
            Some(_) => {}
            None => engines.push((choice.clone(), &entry.card)),
        }
    }
    let has_person = !asking.person.is_empty();
    if has_person
        && !engines
            .iter()
            .any(|(_, card)| card.on_model && card.references.people)
    {
        let name = &asking.brief.engine.name;
        let detail = format!(
            "{name} does not put products on a person: leave modelId out, or choose an engine that does"
        );
        return Err(Error::field("modelId", detail));
    }
    let asked = Asked {
        engines: &engines,
        has_person,
        today: day(app.now_ms()),
    };
    let products: Vec<Product> = asking
        .products
        .iter()
        .map(|(_, product)| called(product))
        .collect();
    if products.len() * asking.brief.poses.len() > PICTURES_MAX {
        return Err(Error::field(
            "poses",
            format!("at most {PICTURES_MAX} pictures a call; order them in parts"),
        ));
    }
    Ok(plan(&asking.brief, &products, &asked))
}

/// A product as it is planned.
pub(crate) fn named(product: &Product) -> Product {
    product.clone()
}

/// A product whose name says nothing: what is left out of it for the same reason is told in the same words.
fn unnamed(product: &Product) -> Product {
    Product {
        sku: "{sku}".to_owned(),
        ..product.clone()
    }
}

/// What a caller is told of a plan. One that costs more than is allowed, or makes nothing, is refused.
pub(super) fn tell(
    app: &App,
    caller: &Caller,
    asking: &Asking,
    pictures: &[PlannedGeneration],
    dry_run: bool,
) -> Result<Plan> {
    let brief = &asking.brief;
    let made: Vec<&PlannedGeneration> = pictures.iter().filter(|one| one.skip.is_none()).collect();
    if made.is_empty() {
        let why = pictures.iter().find_map(|one| one.skip.as_deref());
        let why = why.unwrap_or("nothing was asked for");
        return Err(Error::field(
            "poses",
            format!("none of these pictures can be made: {why}"),
        ));
    }
    let dearest = made.iter().filter_map(|one| one.price).max().unwrap_or_default();
    if dearest > brief.cost_max {
        let detail = format!(
            "one picture costs about {dearest}, more than the {} that are allowed",
            brief.cost_max
        );
        return Err(Error::field("costMaxUsd", detail));
    }
    let prices: Option<Vec<f64>> = made.iter().map(|one| one.price.map(MicroUsd::usd)).collect();
    let entry = entry(app, &brief.engine)?;
    let unpriced = made.iter().filter(|one| one.price.is_none()).count();
    Ok(Plan {
        shoot_id: None,
        dry_run,
        products: asking.products.len(),
        pictures: made.len(),
        credits: entry.card.price_credits * made.len() as i64,
        cost_usd: prices.map(|prices| prices.iter().sum()),
        engines: chain(brief).map(ToString::to_string).collect(),
        resolution: brief.size.to_string(),
        output_format: brief.format.to_string(),
        background: brief.background.to_string(),
        warnings: warnings(app, caller, brief, unpriced),
        skipped: Skipped::of(&planned(app, caller, asking, unnamed)?, &asking.products),
    })
}

fn warnings(app: &App, caller: &Caller, brief: &Brief, unpriced: usize) -> Vec<String> {
    let left_out = chain(brief).filter_map(|choice| {
        let why = app.catalog.engine(&choice.name.0)?.refusal(caller)?;
        Some(format!("{} is not asked after the others: {why}", choice.name))
    });
    let mut warnings: Vec<String> = left_out.collect();
    let fallback_unpriced = brief.fallbacks.iter().any(|choice| {
        let entry = app
            .catalog
            .engine(&choice.name.0)
            .filter(|entry| !entry.card.local);
        entry.is_some_and(|entry| {
            let model = entry.card.model(choice.model.as_deref(), day(app.now_ms()));
            model
                .ok()
                .flatten()
                .is_some_and(|model| model.price(brief.quality).is_none())
        })
    });
    if unpriced > 0 {
        warnings.push(format!(
            "what the vendor charges for {unpriced} of the pictures is not known here, so costMaxUsd cannot hold it; retries does"
        ));
    } else if fallback_unpriced {
        warnings.push(
            "what an engine that is asked after the first charges is not known here, so costMaxUsd cannot hold it".to_owned(),
        );
    }
    warnings
}

/// What can be asked of an engine by its name.
pub(super) fn entry<'a>(app: &'a App, choice: &EngineChoice) -> Result<&'a EngineEntry> {
    app.catalog.engine(&choice.name.0).ok_or_else(|| {
        let known: Vec<&str> = app
            .catalog
            .engines
            .iter()
            .map(|entry| entry.card.name.0.as_str())
            .collect();
        Error::field(
            "engine",
            format!("there is no engine `{}`: use {}", choice.name, known.join(", ")),
        )
    })
}
