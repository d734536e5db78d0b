//! A product: one SKU and its photos by view.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{category::Category, unseen};

/// Which side of the product a photo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// The front.
    Front,
    /// The back.
    Back,
    /// A side or three-quarter view.
    Side,
    /// A close photo of a part; a product may have several.
    Detail,
}

/// Which way the product is turned on a [`View::Side`] photo, named as the poses are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// As in the pose LEFT.
    Left,
    /// As in the pose RIGHT.
    Right,
    /// As in the pose FORTY_FIVE_DEGREE.
    FortyFive,
}

impl Side {
    /// The name used in tables and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::FortyFive => "45",
        }
    }
}

/// The text is not a view.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a view: use front, back, side or detail")]
pub struct ViewError(String);

impl View {
    /// Every view, front first.
    pub const ALL: [Self; 4] = [Self::Front, Self::Back, Self::Side, Self::Detail];

    /// The name used in file names, tables and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
            Self::Side => "side",
            Self::Detail => "detail",
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for View {
    type Err = ViewError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|view| view.name() == lower)
            .ok_or_else(|| ViewError(text.to_owned()))
    }
}

/// A photo of a product, known by the bytes it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoRef {
    /// The side it shows.
    pub view: View,
    /// Which way the product is turned, when the photo's name or row says it; only for [`View::Side`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// 1 for the only photo of a view; details count up.
    pub number: u32,
    /// Where the photo is read from: a path or a blob key.
    pub source: String,
    /// Lower-case hex SHA-256 of the file's bytes.
    pub sha256: String,
}

/// The SKU holds a character that is not seen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the SKU holds `{0}`, a character that is not seen; leave it out")]
pub struct SkuError(String);

/// Fails where a SKU holds a character that is not seen: two products would look like one.
pub fn check_sku(sku: &str) -> Result<(), SkuError> {
    unseen::first(sku).map_or(Ok(()), |unseen| Err(SkuError(unseen)))
}

/// One SKU: what the words on its page say and the photos it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The stock keeping unit, as the customer writes it.
    pub sku: String,
    /// The name for people, if known.
    pub name: Option<String>,
    /// What kind of garment it is; [`Category::Unknown`] lets the engine measure.
    pub category: Category,
    /// The colour's name, if known.
    pub colour: Option<String>,
    /// Photos, ordered by view, then number.
    pub photos: Vec<PhotoRef>,
}

impl Product {
    /// The first photo of a view.
    pub fn photo(&self, view: View) -> Option<&PhotoRef> {
        self.photos.iter().find(|photo| photo.view == view)
    }

    /// Every photo of a view, in number order.
    pub fn photos_of(&self, view: View) -> impl Iterator<Item = &PhotoRef> {
        self.photos.iter().filter(move |photo| photo.view == view)
    }
}
