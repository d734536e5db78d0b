//! The form of a new shoot: what it says, and how it begins.

use domain::{brief::Brief, engine::PresetName, ids::ShootId, profile::ProfileName};
use serde_json::{Value, json};

use super::plan::PILOT;
use crate::{
    api::{admin, brand_presets, generate as api},
    app::App,
    error::{Error, Result},
    extract::id,
    pages::{form::Form, shell::Shell},
};

/// What a form says, as the API takes it.
pub(super) fn body(form: &Form, poses: &[String], dry_run: bool) -> Value {
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

/// The form as it stands when the page is opened: by its address, by another shoot, or as is usual.
pub(super) async fn opened(app: &App, shell: &Shell) -> Result<Form> {
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
