//! One model of an engine: its id at the vendor, its end, its sizes and prices.

use std::{collections::BTreeMap, str::FromStr};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Lifecycle, Scene, Sizes, Voice};

/// How much care, and money, a picture takes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PictureQuality {
    /// For looking at an idea.
    Low,
    /// For most of a catalogue.
    #[default]
    Medium,
    /// For the picture on the front page.
    High,
}

impl PictureQuality {
    /// The name used in cards, options and vendors' requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The text is not a quality.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a quality: use low, medium or high")]
pub struct PictureQualityError(String);

impl FromStr for PictureQuality {
    type Err = PictureQualityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        [Self::Low, Self::Medium, Self::High]
            .into_iter()
            .find(|quality| quality.name() == lower)
            .ok_or_else(|| PictureQualityError(text.to_owned()))
    }
}

/// One model of an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// The vendor's own id.
    pub id: String,
    /// The last day it works, where the vendor has named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// What to use instead when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// Never called, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What a customer should know before choosing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it can show; empty: all that its engine can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub makes: Vec<Scene>,
    /// How it wants to be spoken to, where that is not its engine's way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
    /// Longest prompt in characters, where that is shorter than its engine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_chars_max: Option<u32>,
    /// The path it is asked at below the server's address, where its vendor has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The sizes it makes.
    pub sizes: Sizes,
    /// It makes pictures in the shape of the first photo, so that photo is laid on a canvas of the shape that is asked.
    #[serde(default)]
    pub canvas: bool,
    /// The most pictures of product and person it takes; absent: the engine's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references_max: Option<u32>,
    /// US dollars for one picture of about 1.5 megapixels, for planning; what was really charged is on the attempt.
    #[serde(default)]
    pub price_usd: BTreeMap<PictureQuality, f64>,
    /// How the vendor wants its inputs named, where that differs from model to model: our word to the vendor's field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// The vendor's words for our values, input by input: `quality = { low = "fast" }`. A value without one is not sent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Inputs sent with every picture as they stand here, unless [`Self::inputs`] gives the same field a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, serde_json::Value>,
}

/// Why a model is not called.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModelRefusal {
    /// Not on the engine's card.
    #[error("{engine} has no model `{model}` on its card; it has {known}")]
    Unknown {
        /// The engine.
        engine: String,
        /// What was asked for.
        model: String,
        /// What there is.
        known: String,
    },
    /// On the card to be refused.
    #[error("{engine}:{model} is not used: {reason}{instead}")]
    Refused {
        /// The engine.
        engine: String,
        /// What was asked for.
        model: String,
        /// Why not.
        reason: String,
        /// `; use …`, or empty.
        instead: String,
    },
    /// Its vendor has shut it down.
    #[error("{engine}:{model} was shut down on {shutdown}{instead}")]
    Retired {
        /// The engine.
        engine: String,
        /// What was asked for.
        model: String,
        /// Its last day.
        shutdown: Date,
        /// `; use …`, or empty.
        instead: String,
    },
    /// It does not make this kind of picture.
    #[error("{who} does not show {scene}{instead}")]
    Unsuited {
        /// The engine, or the engine and the model.
        who: String,
        /// What was asked for.
        scene: Scene,
        /// `; use …`, or empty.
        instead: String,
    },
    /// Nothing on the card works today.
    #[error("every model on the card of {engine} is shut down: a newer card is needed")]
    None {
        /// The engine.
        engine: String,
    },
}

impl ModelCard {
    /// Where it stands on a day.
    pub fn lifecycle(&self, today: Date) -> Lifecycle {
        Lifecycle::on(self.shutdown, today)
    }

    /// Can be called on a day.
    pub fn works_on(&self, today: Date) -> bool {
        self.refused.is_none() && self.lifecycle(today) != Lifecycle::Retired
    }

    /// Can show this.
    pub fn suits(&self, scene: Scene) -> bool {
        self.makes.is_empty() || self.makes.contains(&scene)
    }

    /// Its price at a quality; the nearest lower one where that has none, then the nearest higher.
    pub fn price(&self, quality: PictureQuality) -> Option<f64> {
        let lower = self.price_usd.range(..=quality).next_back();
        lower
            .or_else(|| self.price_usd.iter().next())
            .map(|(_, price)| *price)
    }

    /// `; use X`, where a successor is known.
    pub(super) fn instead(&self) -> String {
        self.successor
            .as_ref()
            .map(|successor| format!("; use {successor}"))
            .unwrap_or_default()
    }
}
