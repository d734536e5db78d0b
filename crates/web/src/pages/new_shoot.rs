//! A new shoot: one page, no wizard. What cannot be made is explained where it is chosen, and the price stands before the button.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue},
    response::IntoResponse as _,
};
use domain::{
    brief::Brief,
    clock::day,
    engine::PresetName,
    ids::{ProductId, ProjectId, ShootId},
    plan::PlannedGeneration,
    pose::PoseName,
    profile::{self, Profile, ProfileName},
};
use serde_json::{Value, json};
use store::{brand_presets::BrandPreset, catalogue::CatalogueProduct, overview::ProductScope};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    models::Consent,
    pictures::Small,
    shell::Shell,
    show, sizes, to,
    words::Words,
};
use crate::{
    api::{
        admin,
        brand_presets::{self, BrandSettings},
        generate as api,
    },
    app::App,
    auth::caller::{Allowed, Edit, Shoot as MayShoot},
    error::{Error, Result},
    extract::{Json, id},
    middleware::idempotency,
};

/// The most products that are shown to choose from.
const CHOICE_MAX: u32 = 240;
/// Products of a pilot.
const PILOT: usize = 5;
/// The most squares of the map.
const SQUARES_MAX: usize = 600;

/// A product to choose.
struct Choice {
    id: String,
    sku: String,
    photo: Small,
    chosen: bool,
}

struct Person {
    id: String,
    name: String,
    photo: Small,
    consent: Consent,
    refused: bool,
}

struct EngineChoice {
    value: String,
    name: String,
    credits: i64,
    summary: String,
    refused: Option<String>,
    note: Option<String>,
}

struct Pose {
    name: &'static str,
    makeable: usize,
    whole: usize,
    /// Why some or all cannot be made.
    reason: String,
    chosen: bool,
}

/// What the brief comes to.
#[derive(Default)]
struct Plan {
    products: usize,
    poses: usize,
    asked: usize,
    pictures: usize,
    left_out: usize,
    credits: i64,
    left: i64,
    cost_usd: Option<f64>,
    pilot_products: usize,
    pilot_pictures: usize,
    pilot_credits: i64,
    squares: Vec<&'static str>,
    more: usize,
    rows: usize,
}

#[derive(Template)]
#[template(path = "shoots/new.html")]
struct NewShoot {
    w: Words,
    shell: Shell,
    form: Form,
    wrong: Wrong,
    products: Vec<Choice>,
    whole_project: Option<i64>,
    people: Vec<Person>,
    poses: Vec<Pose>,
    engines: Vec<EngineChoice>,
    plan: Plan,
    key: String,
    presets: Vec<BrandPreset>,
    profiles: &'static [Profile],
}

#[derive(Template)]
#[template(path = "shoots/plan_parts.html")]
struct PlanParts {
    w: Words,
    poses: Vec<Pose>,
    plan: Plan,
    wrong: Wrong,
    shell: Shell,
}

/// What a form says, as the API takes it.
fn body(form: &Form, poses: &[String], dry_run: bool) -> Value {
    let (preset, engine) = match form.get("engine").split_once(':') {
        Some(("preset", name)) => (Some(name.to_owned()), None),
        Some(("engine", name)) => (None, Some(name.to_owned())),
        _ => (None, None),
    };
    // A channel that wants a ground gets it, whatever stands beside.
    let wanted = form
        .given("profile")
        .and_then(|name| name.parse::<ProfileName>().ok());
    let has_ground = wanted.is_some_and(|name| name.profile().ground.is_some());
    let custom = form.get("background") == "custom";
    let background = if custom {
        Some("CUSTOM_HEX".to_owned())
    } else {
        form.given("background")
    };
    json!({
        "projectId": form.given("project"), "productIds": form.all("product"), "modelId": form.given("model"), "poses": poses,
        "prompt": form.given("prompt"), "background": background.filter(|_| !has_ground),
        "backgroundHex": form.given("hex").filter(|_| custom && !has_ground), "resolution": form.given("resolution"),
        "outputFormat": form.given("format"), "enginePreset": preset, "engine": engine, "strictMode": form.has("strict"),
        "seed": form.given("seed").and_then(|text| text.parse::<u64>().ok()), "noShadow": !form.has("shadow"),
        "profile": form.given("profile"), "name": form.given("name"), "pilot": form.has("pilot").then_some(PILOT), "dryRun": dry_run,
    })
}

/// The nine poses of a catalogue.
fn catalogue() -> Vec<PoseName> {
    PoseName::all().collect()
}

/// The form as it stands when the page is opened: by its address, by another shoot, or as is usual.
async fn opened(app: &App, shell: &Shell) -> Result<Form> {
    let query = Form::of_query(&shell.query);
    let mut form = Form(
        query
            .0
            .iter()
            .filter(|(key, _)| key == "product" || key == "project")
            .cloned()
            .collect(),
    );
    let mut put = |name: &str, value: String| form.0.push((name.to_owned(), value));
    put("pilot", "on".to_owned());
    if let Some(like) = query.given("like") {
        let shoot = app
            .store
            .shoot(&shell.person.workspace, &ShootId(id(&like, "shoot")?))
            .await?;
        let shoot = shoot.ok_or_else(|| Error::not_found("shoot"))?;
        put("engine", format!("engine:{}", shoot.brief.engine));
        put_brief(&mut put, &shoot.brief);
        if let Some(model) = &shoot.model {
            put("model", model.as_str().to_owned());
        }
        if let Some(project) = &shoot.project {
            put("project", project.as_str().to_owned());
        }
        return Ok(form);
    }
    if let Some(preset) = query.given("preset") {
        let preset = id(&preset, "brand preset")?;
        let row = app.store.brand_preset(&shell.person.workspace, &preset).await?;
        let settings = brand_presets::settings(&row.ok_or_else(|| Error::not_found("brand preset"))?)?;
        let brief = api::checked(app, &settings.order()?).await?;
        put(
            "engine",
            settings.engine_preset().map_or_else(
                || format!("engine:{}", brief.engine),
                |name| format!("preset:{}", PresetName::from(name.to_owned())),
            ),
        );
        put_brief(&mut put, &brief);
        put("model", settings.model().unwrap_or_default().to_owned());
        put("profile", settings.profile().unwrap_or_default().to_owned());
        return Ok(form);
    }
    for pose in ["FRONT", "BACK", "DETAIL_CLOSE_UP"] {
        put("pose", pose.to_owned());
    }
    put("shadow", "on".to_owned());
    put("background", "white".to_owned());
    put("hex", "#E9E2D6".to_owned());
    put("resolution", "2000".to_owned());
    put("format", "webp".to_owned());
    put("engine", usual_engine(app).await?);
    Ok(form)
}

/// A form's fields of a brief.
fn put_brief(put: &mut impl FnMut(&str, String), brief: &Brief) {
    for pose in &brief.poses {
        put("pose", pose.as_str().to_owned());
    }
    put("resolution", brief.size.to_string());
    put("format", brief.format.to_string());
    put("background", "custom".to_owned());
    put("hex", brief.background.to_string());
    put("prompt", brief.prompt.clone().unwrap_or_default());
    if brief.strict {
        put("strict", "on".to_owned());
    }
    if brief.shadow {
        put("shadow", "on".to_owned());
    }
}

/// The first preset whose engine is set up here, or else the first engine that is.
async fn usual_engine(app: &App) -> Result<String> {
    let presets = admin::config::presets(app).await?;
    let works = |name: &str| {
        app.catalog
            .engine(name)
            .is_some_and(|entry| entry.not_set_up.is_none())
    };
    if let Some(preset) = presets.iter().find(|preset| works(&preset.engine.name.0)) {
        return Ok(format!("preset:{}", preset.name));
    }
    let entry = app
        .catalog
        .engines
        .iter()
        .find(|entry| entry.not_set_up.is_none());
    Ok(entry.map_or_else(String::new, |entry| format!("engine:{}", entry.card.name)))
}

async fn choices(app: &App, shell: &Shell, form: &mut Form) -> Result<(Vec<Choice>, Option<i64>)> {
    let workspace = &shell.person.workspace;
    let named: Vec<ProductId> = form.all("product").into_iter().map(ProductId).collect();
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

async fn people(app: &App, shell: &Shell) -> Result<Vec<Person>> {
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

async fn engine_choices(app: &App, w: Words) -> Result<Vec<EngineChoice>> {
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
            refused: entry.and_then(|entry| entry.not_set_up.clone()),
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
            refused: entry.not_set_up.clone(),
            note: ends.map(|ends| w.t1("engine-ends", "day", ends)),
        });
    }
    Ok(choices)
}

/// What can be made of every pose, and what the chosen ones come to.
async fn reckon(
    app: &App,
    caller: &Allowed<MayShoot>,
    shell: &Shell,
    form: &Form,
) -> Result<(Vec<Pose>, Plan, Wrong)> {
    let chosen = form.all("pose");
    let untried = |reason: String| -> Vec<Pose> {
        let pose = |name: PoseName| Pose {
            name: name.as_str(),
            makeable: 0,
            whole: 0,
            reason: reason.clone(),
            chosen: chosen.iter().any(|one| one == name.as_str()),
        };
        catalogue().into_iter().map(pose).collect()
    };
    if form.all("product").is_empty() && form.given("project").is_none() {
        let wrong = Wrong {
            summary: shell.w.t("plan-no-products"),
            fields: Vec::new(),
        };
        return Ok((untried(String::new()), Plan::default(), wrong));
    }
    let all: Vec<String> = catalogue()
        .into_iter()
        .map(|pose| pose.as_str().to_owned())
        .collect();
    let mut whole = form.clone();
    whole.0.retain(|(key, _)| key != "pilot");
    let planned = async {
        let asked = input(&body(&whole, &all, true))?;
        let asking = api::parse(app, caller, asked, &HeaderMap::new()).await?;
        let planned = api::planned(app, &asking, api::named)?;
        Ok::<_, Error>((asking, planned))
    };
    let (asking, planned) = match planned.await {
        Ok(found) => found,
        Err(error) => return Ok((untried(String::new()), Plan::default(), Wrong::by(error)?)),
    };
    let products = asking.products.len();
    let price = app
        .catalog
        .engine(&asking.brief.engine.name.0)
        .map_or(0, |entry| entry.card.price_credits);
    let poses: Vec<Pose> = catalogue()
        .into_iter()
        .map(|pose| told(shell.w, &planned, pose, products, &chosen))
        .collect();
    let of_chosen: Vec<&PlannedGeneration> = planned
        .iter()
        .filter(|one| chosen.iter().any(|pose| pose == one.pose.as_str()))
        .collect();
    let plan = sums(shell, &of_chosen, products, chosen.len(), price);
    let mut wrong = Wrong::default();
    if chosen.is_empty() {
        wrong.summary = shell.w.t("plan-no-poses");
    } else if plan.pictures == 0 {
        let why = of_chosen
            .iter()
            .find_map(|one| one.skip.clone())
            .unwrap_or_default();
        wrong.summary = shell.w.t1("plan-nothing", "why", why);
    } else if plan.left < 0 {
        wrong.summary = shell.w.t2(
            "plan-credits",
            "needed",
            shell.w.num(plan.credits),
            "free",
            shell.w.num(shell.credits),
        );
    }
    Ok((poses, plan, wrong))
}

fn told(w: Words, planned: &[PlannedGeneration], pose: PoseName, products: usize, chosen: &[String]) -> Pose {
    let first = || planned.iter().filter(|one| one.pose == pose && one.take == 1);
    let reasons: Vec<&str> = first().filter_map(|one| one.skip.as_deref()).collect();
    let same = reasons.windows(2).all(|pair| pair[0] == pair[1]);
    let view = pose.pose().view.name();
    let reason = match reasons.as_slice() {
        [] => String::new(),
        [one, ..] if !one.contains("photo of") && same => (*one).to_owned(),
        some => w
            .n("plan-no-photo", some.len())
            .replace("VIEW", &w.name("view-of", view)),
    };
    Pose {
        name: pose.as_str(),
        makeable: first().filter(|one| one.skip.is_none()).count(),
        whole: products,
        reason,
        chosen: chosen.iter().any(|one| one == pose.as_str()),
    }
}

fn sums(shell: &Shell, planned: &[&PlannedGeneration], products: usize, poses: usize, price: i64) -> Plan {
    let made = planned.iter().filter(|one| one.skip.is_none());
    let pictures = made.clone().count();
    let pilot_pictures = made.clone().filter(|one| one.product < PILOT).count();
    let cost: Option<f64> = made.map(|one| one.price.map(domain::money::MicroUsd::usd)).sum();
    let square = |one: &&PlannedGeneration| match (&one.skip, one.product < PILOT) {
        (Some(_), _) => "out",
        (None, true) => "pilot",
        (None, false) => "rest",
    };
    let credits = price * pictures as i64;
    Plan {
        asked: planned.len(),
        left_out: planned.len() - pictures,
        left: shell.credits - credits,
        cost_usd: cost.filter(|cost| *cost > 0.0),
        pilot_products: products.min(PILOT),
        pilot_credits: price * pilot_pictures as i64,
        squares: planned.iter().take(SQUARES_MAX).map(square).collect(),
        more: planned.len().saturating_sub(SQUARES_MAX),
        rows: planned.len().min(SQUARES_MAX).div_ceil(24).max(1),
        pilot_pictures,
        products,
        poses,
        pictures,
        credits,
    }
}

async fn shown(
    app: &App,
    caller: &Allowed<MayShoot>,
    shell: Shell,
    mut form: Form,
    wrong: Option<Wrong>,
) -> Result<NewShoot> {
    let (products, whole_project) = choices(app, &shell, &mut form).await?;
    let (poses, plan, found) = reckon(app, caller, &shell, &form).await?;
    Ok(NewShoot {
        w: shell.w,
        people: people(app, &shell).await?,
        presets: app.store.brand_presets(&shell.person.workspace).await?,
        profiles: profile::all(),
        engines: engine_choices(app, shell.w).await?,
        key: app.ids.next(),
        wrong: wrong.unwrap_or(found),
        products,
        whole_project,
        poses,
        plan,
        form,
        shell,
    })
}

pub(super) async fn page(State(app): State<App>, shell: Shell, caller: Allowed<MayShoot>) -> Page {
    let form = opened(&app, &shell).await?;
    html(&shown(&app, &caller, shell, form, None).await?)
}

/// The plan of the form as it stands: its parts for a script, else the whole page again.
pub(super) async fn plan(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<MayShoot>,
    headers: HeaderMap,
    form: Form,
) -> Page {
    if !headers.contains_key("x-parts") {
        return html(&shown(&app, &caller, shell, form, None).await?);
    }
    let (poses, plan, wrong) = reckon(&app, &caller, &shell, &form).await?;
    html(&PlanParts {
        w: shell.w,
        poses,
        plan,
        wrong,
        shell,
    })
}

/// Keeps the form as it stands as a brand preset: a new one, or in place of the one of this name.
pub(super) async fn keep(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    shooting: Allowed<MayShoot>,
    form: Form,
) -> Page {
    let settings = BrandSettings::of_order(&body(&form, &form.all("pose"), false))?;
    let name = form.get("preset-name").trim().to_owned();
    let presets = app.store.brand_presets(&shell.person.workspace).await?;
    let same = presets.into_iter().find(|preset| preset.name == name);
    let kept = async {
        let asked = input(&json!({ "name": name, "settings": settings }))?;
        match same {
            Some(row) => {
                brand_presets::change(
                    State(app.clone()),
                    caller,
                    Path(row.id),
                    HeaderMap::new(),
                    Json(asked),
                )
                .await
            }
            None => brand_presets::create(State(app.clone()), caller, Json(asked)).await,
        }
    };
    match kept.await {
        Ok(_) => Ok(to("/settings/presets?done=saved")),
        Err(error) => {
            let wrong = Wrong::by(error)?;
            again(&shown(&app, &shooting, shell, form, Some(wrong)).await?)
        }
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<MayShoot>,
    form: Form,
) -> Page {
    let mut form = form;
    if form.get("extent") == "all" {
        form.0.retain(|(key, _)| key != "pilot");
    }
    let mut headers = HeaderMap::new();
    if let Ok(key) = HeaderValue::from_str(form.get("key"))
        && !key.is_empty()
    {
        headers.insert(idempotency::KEY, key);
    }
    let asked = match form.given("seed") {
        Some(seed) if seed.parse::<u64>().is_err() => Err(Error::field("seed", shell.w.t("seed-wrong"))),
        _ => Ok(body(&form, &form.all("pose"), false)),
    };
    let ordered = match asked {
        Ok(asked) => api::generate(State(app.clone()), caller.clone(), headers, Json(asked)).await,
        Err(error) => Err(error),
    };
    match ordered {
        Ok(response) => {
            let made = answer(response.into_response()).await?;
            Ok(to(&format!(
                "/shoots/{}",
                made["shootId"].as_str().unwrap_or_default()
            )))
        }
        Err(error) => {
            let wrong = Wrong::by(error)?;
            again(&shown(&app, &caller, shell, form, Some(wrong)).await?)
        }
    }
}
