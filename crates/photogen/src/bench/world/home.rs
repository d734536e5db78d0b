//! A home in which a picture takes next to no work: one engine that makes tiny pictures, and a cut-out network of a few bytes.

use std::{fs, path::Path};

use domain::engine::{EngineCard, EngineName, Limits};
use sha2::{Digest as _, Sha256};

/// The engine: one with jobs, which a vendor keeps after a crash.
pub(super) const ENGINE: &str = "replicate";
/// Pixels a side of a picture.
pub(super) const SIDE: u32 = 128;
/// The largest seed that the engine takes.
pub(in crate::bench) const SEED_MAX: u64 = 2_147_483_647;

/// Its cards.
#[derive(serde::Serialize)]
struct Cards {
    engine: [EngineCard; 1],
}

/// Writes it.
pub(super) fn write(home: &Path, limits: &Limits) -> anyhow::Result<()> {
    fs::create_dir_all(home.join("models"))?;
    let network = testkit::onnx::dark_from_light(u64::from(SIDE));
    fs::write(home.join("models/dark.onnx"), &network)?;
    let (bytes, sha256) = (network.len(), hex::encode(Sha256::digest(&network)));
    fs::write(
        home.join("models.toml"),
        format!(
            "[[card]]\nname = 'dark'\nkind = 'cutout'\ndefault = true\nabout = 'for drawn garments'\nlicence = 'Apache-2.0'\n\
             input = {{ side = {SIDE}, mean = [0.5, 0.5, 0.5], std = [1, 1, 1], output = 0 }}\n\
             files = [{{ file = 'dark.onnx', bytes = {bytes}, sha256 = '{sha256}' }}]\n"
        ),
    )?;
    fs::write(
        home.join("engines.toml"),
        toml::to_string(&Cards {
            engine: [card(limits)?],
        })?,
    )?;
    Ok(())
}

/// The engine's card, with these limits and a model that makes such pictures.
fn card(limits: &Limits) -> anyhow::Result<EngineCard> {
    let cards = engines::cards::Cards::built_in();
    let built_in = cards.engine(&EngineName(ENGINE.to_owned()));
    let mut card = built_in.cloned().unwrap_or_default();
    card.seed_max = Some(SEED_MAX);
    card.limits = limits.clone();
    card.models.truncate(1);
    for model in &mut card.models {
        model.sizes = serde_json::from_value(serde_json::json!({
            "rule": "grid", "multiple": 16, "pixels_min": 1024, "pixels_max": 65_536, "side_max": SIDE, "ratio_max": 1.0,
        }))?;
    }
    Ok(card)
}
