//! Ordering pictures: poses x products, planned and priced before anything is written.

mod brief;

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{
    brief::Brief,
    clock::day,
    engine::{EngineCard, EngineChoice},
    ids::{ModelId, ProductId, ProjectId},
    money::MicroUsd,
    plan::{Asked, PlannedGeneration, plan},
    product::{PhotoRef, Product},
    retry::chain,
    shot::Shot,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::shoots::{ATTEMPTS_MAX, Order, Origin, Request, Submission};
use utoipa::ToSchema;

pub(crate) use self::brief::checked;
use super::brand_presets::filled;
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Shoot},
    catalog::EngineEntry,
    error::{Error, FieldError, Result},
    extract::{Json, line},
    middleware::idempotency,
};

/// The most products of one call.
const PRODUCTS_MAX: usize = 10_000;
/// The most pictures of one call.
const PICTURES_MAX: usize = 100_000;

/// What to shoot and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Generate {
    /// A brand preset, which says what this does not.
    #[expect(dead_code, reason = "`brand_presets::filled` reads it before the rest is")]
    brand_preset: Option<String>,
    /// The project; all its products where no product is named.
    project_id: Option<String>,
    /// One product.
    product_id: Option<String>,
    /// Several products.
    #[serde(default)]
    product_ids: Vec<String>,
    /// The person who wears them.
    model_id: Option<String>,
    /// FRONT, BACK, LEFT, RIGHT, FORTY_FIVE_DEGREE, WALKING, SEATED, HAND_ON_HIP, DETAIL_CLOSE_UP. At least one, here or in the brand
    /// preset.
    #[serde(default)]
    poses: Vec<String>,
    /// Words for engines that read them, up to 1,000 characters.
    prompt: Option<String>,
    /// The brand's style in words, the same for every shoot; up to 1,000 characters.
    style: Option<String>,
    /// PURE_WHITE, LIGHT_GRAY or CUSTOM_HEX; or white, light-gray, #rrggbb.
    background: Option<String>,
    /// The colour of CUSTOM_HEX: #rrggbb.
    background_hex: Option<String>,
    /// RES_1000, RES_1500, RES_2000, RES_3000, RES_4000, or WIDTHxHEIGHT.
    resolution: Option<String>,
    /// WEBP, WEBP_LOSSLESS, PNG, PNG16, JPEG, TIFF, AVIF.
    output_format: Option<String>,
    /// BEST_QUALITY, BALANCED, FAST, LOCAL: an engine and those asked after it.
    engine_preset: Option<String>,
    /// An engine, with a model of its own: openai:gpt-image-2.6-flare. Comes before the preset.
    engine: Option<String>,
    /// low, medium, high: asked of engines that have a choice.
    quality: Option<String>,
    /// Reject every picture that a person would have to look at first.
    #[serde(default)]
    strict_mode: bool,
    /// The same seed and photos give the same pictures, where the engine can.
    seed: Option<u64>,
    /// The channel that the pictures are for: its ground and shadow, and large enough for it. `POST /api/exports` packs its files.
    profile: Option<String>,
    /// No shadow under the product.
    #[serde(default)]
    no_shadow: bool,
    /// The most that vendors may charge for one picture, in dollars.
    cost_max_usd: Option<f64>,
    /// How often a picture that a lock sent back is made again, 0 to 10.
    retries: Option<u32>,
    /// Leave prints as the engine made them: false. By default a wrong print is put back from the product's photo where that cannot be
    /// seen.
    composite_back: Option<bool>,
    /// Only the first so many products: a try before the rest.
    pilot: Option<u32>,
    /// A name for the shoot.
    name: Option<String>,
    /// Higher is made first, -10 to 10.
    priority: Option<i64>,
    /// Only the plan and its price; nothing is written.
    #[serde(default)]
    dry_run: bool,
}

/// A plan, and what it costs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The shoot; none of a dry run.
    shoot_id: Option<String>,
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
pub struct Skipped {
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

/// What a call asks for, parsed.
pub(crate) struct Asking {
    pub(crate) brief: Brief,
    pub(crate) products: Vec<(ProductId, Product)>,
    person: Vec<PhotoRef>,
    request: Request,
}

/// Plans pictures of products and orders them. Their credits are held in the same transaction; too few order nothing.
#[utoipa::path(post, path = "/api/generate", tag = "shoots", request_body = Generate,
    responses((status = 200, body = Plan, description = "The plan of a dry run"), (status = 202, body = Plan), (status = 401),
        (status = 402, description = "Too few credits: nothing was ordered"), (status = 403), (status = 422)))]
pub async fn generate(
    State(app): State<App>,
    caller: Allowed<Shoot>,
    headers: HeaderMap,
    Json(order): Json<Value>,
) -> Result<Response> {
    let body = filled(&app, &caller.workspace, order).await?;
    let dry_run = body.dry_run;
    let asking = parse(&app, &caller, body, &headers).await?;
    let planned = planned(&app, &caller, &asking, named)?;
    let mut told = tell(&app, &caller, &asking, &planned, dry_run)?;
    if dry_run {
        return Ok(Json(told).into_response());
    }
    told.shoot_id = ordered(&app, &caller, &asking).await?;
    if told.shoot_id.is_none() {
        told.shoot_id = match submit(&app, &caller, &asking, planned).await {
            // It was sent twice at once, and the other was first.
            Err(error) if error.code() == "taken" => ordered(&app, &caller, &asking).await?,
            made => Some(made?),
        };
        app.work.notify_one();
    }
    Ok((StatusCode::ACCEPTED, Json(told)).into_response())
}

/// The shoot that this call made when it was sent before.
async fn ordered(app: &App, caller: &Allowed<Shoot>, asking: &Asking) -> Result<Option<String>> {
    let Some(key) = &asking.request.key else {
        return Ok(None);
    };
    let shoot = app.store.shoot_of_request(&caller.workspace, key).await?;
    Ok(shoot.map(|shoot| shoot.id.0))
}

async fn submit(
    app: &App,
    caller: &Allowed<Shoot>,
    asking: &Asking,
    planned: Vec<PlannedGeneration>,
) -> Result<String> {
    let entry = entry(app, &asking.brief.engine)?;
    let revision = format!("{}; imaging {}", entry.revision, app.catalog.imaging_revision);
    let orders: Vec<Order> = planned
        .into_iter()
        .map(|one| order(asking, one, &revision))
        .collect();
    let products: Vec<ProductId> = asking.products.iter().map(|(id, _)| id.clone()).collect();
    let submission = Submission {
        workspace: &caller.workspace,
        brief: &asking.brief,
        origin: Origin::Catalogue {
            products: &products,
            request: &asking.request,
        },
        orders: &orders,
        price_credits: entry.card.price_credits,
        attempts_max: ATTEMPTS_MAX,
    };
    let submitted = app
        .store
        .submit(&app.ids, &submission, &|_| false, app.now_ms())
        .await?;
    if let Some(traceparent) = (app.config.traceparent)() {
        app.store.set_traceparent(&submitted.shoot, &traceparent).await?;
    }
    Ok(submitted.shoot.0)
}

fn order(asking: &Asking, planned: PlannedGeneration, revision: &str) -> Order {
    let shot = Shot {
        product: asking.products[planned.product].1.clone(),
        pose: planned.pose,
        take: planned.take,
        seed: planned.seed,
        person: asking.person.clone(),
        brief: asking.brief.clone(),
    };
    Order {
        product: planned.product,
        fingerprint: shot.fingerprint(revision),
        shot,
        skip: planned.skip,
    }
}

fn entry<'a>(app: &'a App, choice: &EngineChoice) -> Result<&'a EngineEntry> {
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

fn tell(
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
            let project =
                ProjectId(crate::extract::id(text, "project").map_err(|_| no("projectId", "project"))?);
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
    let mut ids: Vec<ProductId> = Vec::new();
    let named = body.product_id.iter().map(|id| ("productId".to_owned(), id));
    let listed = body
        .product_ids
        .iter()
        .enumerate()
        .map(|(number, id)| (format!("productIds[{number}]"), id));
    let mut fields = Vec::new();
    for (field, text) in named.chain(listed) {
        let id = ProductId(crate::extract::id(text, "product").map_err(|_| no(&field, "product"))?);
        if !ids.contains(&id) {
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
        let there: std::collections::HashSet<&ProductId> = found.iter().map(|product| &product.id).collect();
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
    let id = ModelId(crate::extract::id(text, "model").map_err(|_| no("modelId", "model"))?);
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
