//! Brand presets: those of the workspace, and what each says.

use askama::Template;
use axum::extract::{Path, State};
use domain::{clock::EpochMs, engine::PresetName, profile::ProfileName};

use super::{Page, assets, html, shell::Shell, show, to, words::Words};
use crate::{
    api::brand_presets::{self as api, BrandSettings},
    app::App,
    auth::caller::{Allowed, Edit, Read},
    extract::Json,
};

/// A preset of the list.
struct Row {
    id: String,
    name: String,
    /// What it says, in one line.
    says: String,
    updated_ms: EpochMs,
}

#[derive(Template)]
#[template(path = "settings/presets.html")]
struct Presets {
    w: Words,
    shell: Shell,
    rows: Vec<Row>,
}

/// What a preset says, as people read it.
fn says(w: Words, settings: &BrandSettings) -> String {
    let poses = settings.poses().iter().map(|pose| w.name("pose", pose));
    let poses = poses.collect::<Vec<_>>().join(", ");
    let size = settings
        .size()
        .map(|size| size.trim_start_matches("RES_").replace('x', " × "));
    let format = settings
        .format()
        .map(|word| w.name("format", &word.to_lowercase().replace('_', "-")));
    let channel = settings.profile().map(|name| {
        name.parse::<ProfileName>()
            .map_or_else(|_| name.to_owned(), |name| w.phrase(&name.profile().title))
    });
    let preset = settings
        .engine_preset()
        .map(|name| w.name("preset", &PresetName::from(name.to_owned()).to_string()));
    let engine = settings.engine().map(str::to_owned).or(preset);
    let ground = settings.ground().map(str::to_owned);
    let said = [ground, size, format, channel, engine].into_iter().flatten();
    let said: Vec<String> = std::iter::once(poses)
        .chain(said)
        .filter(|part| !part.is_empty())
        .collect();
    said.join(" · ")
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    let mut rows = Vec::new();
    for preset in app.store.brand_presets(&shell.person.workspace).await? {
        rows.push(Row {
            says: says(shell.w, &api::settings(&preset)?),
            id: preset.id,
            name: preset.name,
            updated_ms: preset.updated_ms,
        });
    }
    html(&Presets {
        w: shell.w,
        shell,
        rows,
    })
}

pub(super) async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(preset): Path<String>,
) -> Page {
    let Json(_) = api::delete(State(app), caller, Path(preset)).await?;
    Ok(to("/settings/presets?done=deleted"))
}
