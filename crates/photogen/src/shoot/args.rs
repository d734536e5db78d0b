//! The words of `photogen shoot`.

use std::{path::PathBuf, thread::available_parallelism};

use anyhow::Context as _;
use domain::{
    background::Background,
    brief::{Brief, RETRIES_MAX},
    engine::{EngineChoice, PictureQuality, PresetName},
    format::Format,
    money::MicroUsd,
    pose::{PoseName, parse_list},
    size::Size,
};

use ::engines::cards::Cards;

use crate::{engines, preflight::PRODUCTS_CSV_HELP, settings};

const AFTER_HELP: &str = "\
File names say what a photo shows: SKU123_front.jpg, SKU123-back.png, sku123 detail 2.webp; SKU123.jpg is the front.

Run it again with the same --out to go on where it stopped: finished pictures are kept, missing ones are made.

Examples:
  photogen shoot photos/ --out catalogue
  photogen shoot photos/ --out catalogue --dry-run
  photogen shoot 'photos/*.jpg' --out catalogue --poses front,detail_close_up --background '#f4f1ec' --format jpeg";

/// Turn product photos into a finished catalogue: pictures, manifest.json and index.html.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP, after_long_help = format!("{AFTER_HELP}\n\n{PRODUCTS_CSV_HELP}"))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub(crate) struct Args {
    /// Photo files, folders (with all below them) or quoted globs
    #[arg(required = true, value_name = "PHOTOS")]
    pub(crate) photos: Vec<PathBuf>,
    /// The folder the catalogue is written to; made if missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// `all`, or a list: front, back, left, right, forty_five_degree, walking, seated, hand_on_hip, detail_close_up
    #[arg(long, default_value = "all", value_name = "LIST")]
    poses: String,
    /// The exact ground: white, light-gray or #rrggbb
    #[arg(long, default_value_t, value_name = "COLOUR")]
    background: Background,
    /// No shadow under the product, as some marketplaces ask for their main picture
    #[arg(long)]
    no_shadow: bool,
    /// Canvas in pixels: 1500 for a square, or WIDTHxHEIGHT. Close-ups keep its shape and are smaller where the photo
    /// holds fewer pixels
    #[arg(long, default_value_t, value_name = "PIXELS")]
    size: Size,
    /// webp, webp-lossless, png, png16, jpeg, tiff (16 bit) or avif
    #[arg(long, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The engine that makes the pictures, with a model of its own if you like: openai:gpt-image-2.6-flare. studio works
    /// here, from your photos alone; `photogen engines` lists them all
    #[arg(long, default_value = "studio", value_name = "NAME[:MODEL]")]
    engine: EngineChoice,
    /// BEST_QUALITY, BALANCED, FAST or LOCAL instead of an engine
    #[arg(long, value_name = "NAME", conflicts_with = "engine")]
    preset: Option<PresetName>,
    /// A folder with 1 to 8 photos of the person who wears the products; for engines that dress a person
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// low, medium or high, for engines that have a choice
    #[arg(long, value_name = "QUALITY")]
    quality: Option<PictureQuality>,
    /// How often a picture that a check rejects is tried again, each time with a change; for engines that can change
    /// anything [default: GENERATION_MAX_RETRIES, else 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10))]
    retries: Option<u32>,
    /// The most that vendors may charge for one picture in US dollars, all its tries together
    #[arg(long, value_name = "USD", default_value = "1.00")]
    cost_max: MicroUsd,
    /// The brand's style in words, for engines that read them: "calm, warm light"
    #[arg(long, value_name = "TEXT")]
    style: Option<String>,
    /// Add slight turns to the left and right, computed from the front photo and labelled so
    #[arg(long)]
    slight_turn: bool,
    /// Reject every picture that would be marked for review, whether a check or the engine doubts it
    #[arg(long)]
    strict: bool,
    /// Leave prints as the engine made them. Without it, a print or logo that the product check finds wrong is put back from
    /// the product's photo where that cannot be seen and the check then likes the picture better; manifest.json tells of it
    #[arg(long)]
    no_composite_back: bool,
    /// The shoot's seed: every picture's own seed derives from it
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Words for engines that read them
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Pictures made at once, 1 to 256 [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Check the photos and show the plan; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// One JSON object a line on standard output instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    /// The brief these words ask for.
    pub(crate) fn brief(&self, cards: &Cards) -> anyhow::Result<Brief> {
        let preset = self
            .preset
            .as_ref()
            .map(|name| engines::preset(cards, name))
            .transpose()?;
        let mut poses = parse_list(&self.poses)?;
        if self.slight_turn {
            poses.extend(
                ["SLIGHT_TURN_LEFT", "SLIGHT_TURN_RIGHT"]
                    .map(str::parse::<PoseName>)
                    .into_iter()
                    .flatten(),
            );
            poses.sort();
            poses.dedup();
        }
        Ok(Brief {
            poses,
            background: self.background,
            shadow: !self.no_shadow,
            size: self.size,
            format: self.format,
            engine: preset.map_or_else(|| self.engine.clone(), |preset| preset.engine.clone()),
            fallbacks: preset.map(|preset| preset.fallbacks.clone()).unwrap_or_default(),
            retries_max: self.retries.map_or_else(retries_of_settings, Ok)?,
            cost_max: self.cost_max,
            quality: self
                .quality
                .or(preset.map(|preset| preset.quality))
                .unwrap_or_default(),
            style: self.style.clone(),
            seed: self.seed,
            prompt: self.prompt.clone(),
            strict: self.strict,
            composite_back: !self.no_composite_back,
        })
    }

    /// Pictures made at once: 1 or more.
    pub(crate) fn slots(&self) -> usize {
        self.jobs
            .map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from)
    }
}

/// `GENERATION_MAX_RETRIES`, where it is set.
fn retries_of_settings() -> anyhow::Result<u32> {
    let Some(text) = settings::read("GENERATION_MAX_RETRIES") else {
        return Ok(RETRIES_MAX);
    };
    let retries = text.trim().parse::<u32>().ok().filter(|retries| *retries <= 10);
    retries.with_context(|| format!("GENERATION_MAX_RETRIES is `{text}`; give a number from 0 to 10"))
}
