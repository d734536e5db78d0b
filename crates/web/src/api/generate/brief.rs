//! From the words of an order to a brief. Every word that is wrong is named.

use domain::{
    background::Background,
    brief::Brief,
    clock::day,
    engine::{EngineChoice, PictureQuality, Preset, PresetName},
    format::Format,
    money::MicroUsd,
    pose::PoseName,
    profile::{Profile, ProfileName},
    prompt::WORDS_MAX,
    size::Size,
};

use super::Generate;
use crate::{
    api::admin,
    app::App,
    error::{Error, FieldError, Result},
    extract::text,
};

/// The most tries after a picture that was sent back.
const RETRIES_LIMIT: u32 = 10;

/// The brief that an order asks for.
pub(crate) async fn checked(app: &App, body: &Generate) -> Result<Brief> {
    let presets = match body.engine_preset {
        Some(_) => admin::config::presets(app).await?,
        None => Vec::new(),
    };
    brief(app, &presets, body)
}

/// The brief that these words ask for. Every word that is wrong is named, not the first alone.
fn brief(app: &App, presets: &[Preset], body: &Generate) -> Result<Brief> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let usual = Brief::default();
    let poses = poses(&body.poses, &mut wrong);
    let mut note = |name: &str, error: String| wrong.push(field(name, &error));
    let profile = match body.profile.as_deref().map(str::parse::<ProfileName>) {
        None => None,
        Some(Ok(name)) => Some(name.profile()),
        Some(Err(error)) => {
            note("profile", error.to_string());
            None
        }
    };
    let wanted = profile.and_then(|profile| profile.ground);
    let says_ground = body.background.is_some() || body.background_hex.is_some();
    let background = match (background(body), wanted) {
        (Err((name, error)), _) => {
            note(name, error);
            usual.background
        }
        (Ok(_), Some(wanted)) if !says_ground => wanted,
        (Ok(asked), Some(wanted)) if asked != wanted => {
            note(
                "background",
                format!("the profile wants {wanted}: leave the background out"),
            );
            asked
        }
        (Ok(asked), _) => asked,
    };
    let size = match body.resolution.as_deref() {
        None => profile.map_or(usual.size, Profile::master),
        Some(word) => word
            .strip_prefix("RES_")
            .unwrap_or(word)
            .parse::<Size>()
            .unwrap_or_else(|error| {
                note("resolution", error.to_string());
                usual.size
            }),
    };
    let format = match body.output_format.as_deref() {
        // What the channel's file is rendered from loses nothing.
        None if profile.is_some() => Format::WebpLossless,
        None => usual.format,
        Some(word) => word.replace('_', "-").parse::<Format>().unwrap_or_else(|error| {
            note("outputFormat", error.to_string());
            usual.format
        }),
    };
    let quality = match body.quality.as_deref().map(str::parse::<PictureQuality>) {
        None => None,
        Some(Ok(quality)) => Some(quality),
        Some(Err(error)) => {
            note("quality", error.to_string());
            None
        }
    };
    let (engine, fallbacks, preset_quality) = engine(app, presets, body).unwrap_or_else(|(name, error)| {
        note(name, error);
        (usual.engine.clone(), Vec::new(), None)
    });
    let cost_max = match body.cost_max_usd {
        None => usual.cost_max,
        Some(usd) if usd.is_finite() && (0.0..=1_000.0).contains(&usd) => MicroUsd::of_usd(usd),
        Some(_) => {
            note("costMaxUsd", "give dollars from 0 to 1000".to_owned());
            usual.cost_max
        }
    };
    if body.retries.is_some_and(|retries| retries > RETRIES_LIMIT) {
        note("retries", format!("give a number from 0 to {RETRIES_LIMIT}"));
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    Ok(Brief {
        poses,
        background,
        shadow: !body.no_shadow && profile.is_none_or(|profile| profile.shadow),
        size,
        size_at_most: profile.is_some() && body.resolution.is_none(),
        format,
        engine,
        fallbacks,
        cost_max,
        quality: quality.or(preset_quality).unwrap_or_default(),
        seed: body.seed.unwrap_or(0),
        prompt: words("prompt", body.prompt.as_deref())?,
        style: words("style", body.style.as_deref())?,
        retries_max: body.retries.unwrap_or(app.config.retries_max),
        composite_back: body.composite_back.unwrap_or(usual.composite_back),
        strict: body.strict_mode,
    })
}

/// Words that go into prompts; none where they are empty.
fn words(name: &str, given: Option<&str>) -> Result<Option<String>> {
    let given = given.filter(|words| !words.trim().is_empty());
    given.map(|words| text(name, words, WORDS_MAX)).transpose()
}

/// The poses in their order, each once.
fn poses(words: &[String], wrong: &mut Vec<FieldError>) -> Vec<PoseName> {
    let mut poses: Vec<PoseName> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        match word.parse() {
            Ok(pose) => poses.push(pose),
            Err(error) => wrong.push(field(&format!("poses[{number}]"), &error)),
        }
    }
    if words.is_empty() {
        wrong.push(field("poses", &"name at least one pose"));
    }
    poses.sort();
    poses.dedup();
    poses
}

fn field(name: &str, message: &impl ToString) -> FieldError {
    FieldError {
        field: name.to_owned(),
        message: message.to_string(),
    }
}

fn background(body: &Generate) -> std::result::Result<Background, (&'static str, String)> {
    let hex = || {
        let hex = body
            .background_hex
            .as_deref()
            .ok_or_else(|| "give the colour as #rrggbb".to_owned())?;
        if hex.starts_with('#') {
            hex.parse::<Background>().map_err(|error| error.to_string())
        } else {
            Err(format!("`{hex}` is not a colour: write it as #rrggbb"))
        }
    };
    match body.background.as_deref() {
        None if body.background_hex.is_some() => hex().map_err(|error| ("backgroundHex", error)),
        None | Some("PURE_WHITE") => Ok(Background::WHITE),
        Some("LIGHT_GRAY") => Ok(Background::LIGHT_GRAY),
        Some("CUSTOM_HEX") => hex().map_err(|error| ("backgroundHex", error)),
        Some(word) => word
            .parse()
            .map_err(|error: domain::background::BackgroundError| ("background", error.to_string())),
    }
}

type EngineWords = (EngineChoice, Vec<EngineChoice>, Option<PictureQuality>);

fn engine(
    app: &App,
    presets: &[Preset],
    body: &Generate,
) -> std::result::Result<EngineWords, (&'static str, String)> {
    if let Some(word) = &body.engine {
        let choice: EngineChoice = word
            .parse()
            .map_err(|error: domain::engine::EngineChoiceError| ("engine", error.to_string()))?;
        if let Some(entry) = app.catalog.engine(&choice.name.0) {
            let today = day(app.now_ms());
            entry
                .card
                .model(choice.model.as_deref(), today)
                .map_err(|refusal| ("engine", refusal.to_string()))?;
        }
        return Ok((choice, Vec::new(), None));
    }
    let Some(word) = &body.engine_preset else {
        return Ok((Brief::default().engine, Vec::new(), None));
    };
    let name = PresetName::from(word.clone());
    let preset = presets.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let known: Vec<String> = presets.iter().map(|preset| preset.name.to_string()).collect();
        (
            "enginePreset",
            format!("there is no preset `{word}`: use {}", known.join(", ")),
        )
    })?;
    Ok((
        preset.engine.clone(),
        preset.fallbacks.clone(),
        Some(preset.quality),
    ))
}
