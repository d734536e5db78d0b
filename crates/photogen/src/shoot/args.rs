//! The words of `photogen shoot`.

use std::{path::PathBuf, sync::Arc, thread::available_parallelism};

use anyhow::{Context as _, bail};
use domain::{
    background::Background,
    brief::{Brief, RETRIES_MAX},
    engine::{EngineChoice, PictureQuality, PresetName},
    format::Format,
    money::MicroUsd,
    pose::{PoseName, parse_list},
    profile::{Profile, ProfileName},
    prompt,
    size::Size,
};

use ::engines::cards::Cards;
use imaging::provenance::Seal;
use worker::delivery::Terms;

use super::channels::Channels;
use crate::{engines, memory::Memory, preflight::PRODUCTS_CSV_HELP, settings};

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
    /// [default: white, or what a --profile wants]
    #[arg(long, value_name = "COLOUR")]
    background: Option<Background>,
    /// No shadow under the product, as some marketplaces ask for their main picture
    #[arg(long)]
    no_shadow: bool,
    /// Canvas in pixels: 1500 for a square, or WIDTHxHEIGHT. Close-ups keep its shape and are smaller where the photo
    /// holds fewer pixels
    /// [default: 1500, or the largest that a --profile wants, and smaller where a photo holds too little for that]
    #[arg(long, value_name = "PIXELS")]
    size: Option<Size>,
    /// webp, webp-lossless, png, png16, jpeg, tiff (16 bit) or avif
    /// [default: webp, or webp-lossless with --profile]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Channels to write files for besides, a list, as each wants them: OUT/amazon/SKU123/… `photogen profiles` tells them.
    /// Pictures stand on the ground that they want, and without a shadow where one of them wants none
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    profile: Vec<ProfileName>,
    /// Say of generated pictures that they are, in the description of channels' files
    #[arg(long, requires = "profile")]
    disclose: bool,
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
    /// The brand's style in words, for engines that read them: "calm, warm light"; up to 1000 characters
    #[arg(long, value_name = "TEXT", value_parser = words)]
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
    /// Words for engines that read them, up to 1000 characters
    #[arg(long, value_name = "TEXT", value_parser = words)]
    prompt: Option<String>,
    /// Pictures made at once, 1 to 256 [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) memory: Memory,
    /// Check the photos and show the plan; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// One JSON object a line on standard output instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// A text that goes into prompts whole.
fn words(text: &str) -> Result<String, prompt::TooLong> {
    prompt::check_words(text)?;
    Ok(text.to_owned())
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
            background: self.ground()?,
            shadow: !self.no_shadow && self.profiles().all(|profile| profile.shadow),
            size: self.canvas(),
            size_at_most: self.size.is_none() && !self.profile.is_empty(),
            format: self.master_format(),
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

    fn profiles(&self) -> impl Iterator<Item = &'static Profile> {
        self.profile.iter().map(ProfileName::profile)
    }

    /// The ground that was asked for, or that channels want.
    fn ground(&self) -> anyhow::Result<Background> {
        let mut asked = self.background;
        for profile in self.profiles() {
            match (asked, profile.ground) {
                (Some(asked), Some(wanted)) if asked != wanted => bail!(
                    "{} wants pictures on {wanted}, not on {asked}: leave out --background, or shoot for it apart",
                    profile.title
                ),
                (None, Some(wanted)) => asked = Some(wanted),
                _ => {}
            }
        }
        Ok(asked.unwrap_or_default())
    }

    /// Large enough for every channel: a square of their longest side.
    fn canvas(&self) -> Size {
        let wanted = self.profiles().map(Profile::master).max_by_key(|size| size.width);
        self.size.or(wanted).unwrap_or_default()
    }

    /// What channels' files are rendered from loses nothing.
    fn master_format(&self) -> Format {
        let usual = if self.profile.is_empty() {
            Format::default()
        } else {
            Format::WebpLossless
        };
        self.format.unwrap_or(usual)
    }

    /// The channels to render for.
    pub(crate) fn channels(&self, signer: Option<Arc<dyn Seal>>) -> Channels {
        let mut profiles: Vec<ProfileName> = Vec::new();
        for name in &self.profile {
            if !profiles.contains(name) {
                profiles.push(name.clone());
            }
        }
        Channels {
            terms: Terms {
                disclose: self.disclose,
                signer,
            },
            profiles,
            threads: self.slots(),
        }
    }

    /// Pictures made at once: 1 or more.
    pub(crate) fn slots(&self) -> usize {
        self.jobs
            .map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from)
    }
}

/// `GENERATION_MAX_RETRIES`, where it is set.
pub(crate) fn retries_of_settings() -> anyhow::Result<u32> {
    let Some(text) = settings::read("GENERATION_MAX_RETRIES") else {
        return Ok(RETRIES_MAX);
    };
    let retries = text.trim().parse::<u32>().ok().filter(|retries| *retries <= 10);
    retries.with_context(|| format!("GENERATION_MAX_RETRIES is `{text}`; give a number from 0 to 10"))
}
