//! Ordering pictures: poses x products, planned and priced before anything is written.

mod asking;
mod brief;
mod plan;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::{ids::ProductId, plan::PlannedGeneration, shot::Shot};
use serde::Deserialize;
use serde_json::Value;
use store::shoots::{ATTEMPTS_MAX, Order, Origin, Submission};
use utoipa::ToSchema;

use self::{
    asking::Asking,
    plan::{Plan, entry, tell},
};
pub(crate) use self::{
    asking::parse,
    brief::checked,
    plan::{named, planned},
};
use super::brand_presets::filled;
use crate::{
    app::App,
    auth::caller::{Allowed, Shoot},
    error::Result,
    extract::Json,
};

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
            Err(error) if error.code() == "taken" => {
                Some(ordered(&app, &caller, &asking).await?.ok_or(error)?)
            }
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
