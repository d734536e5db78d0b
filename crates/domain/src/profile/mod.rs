//! Channel profiles: what a marketplace takes, as data. `profiles.toml` has the figures with source and date.

use std::{fmt, sync::OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{background::Background, format::Format, pose::PoseName, size::Size};

mod check;
pub mod naming;
mod ratio;

pub use check::{Border, Check, Facts, Outcome, Provenance, Role, judge, passes};
pub use ratio::Ratio;

/// The name of a profile that exists, for example `zalando`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ProfileName(String);

impl ProfileName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it names.
    pub fn profile(&self) -> &'static Profile {
        // A name is only made of a profile that exists.
        find(&self.0).unwrap_or(&all()[0])
    }
}

/// There is no such profile.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no profile `{asked}`: use {known}")]
pub struct ProfileError {
    asked: String,
    known: String,
}

impl std::str::FromStr for ProfileName {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().to_ascii_lowercase().replace('-', "_");
        if find(&name).is_some() {
            return Ok(Self(name));
        }
        let known: Vec<&str> = all().iter().map(|profile| profile.name.as_str()).collect();
        Err(ProfileError {
            asked: text.to_owned(),
            known: known.join(", "),
        })
    }
}

impl TryFrom<String> for ProfileName {
    type Error = ProfileError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A channel: what is rendered for it, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, as `--profile` takes it.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The canvas that is rendered.
    pub size: Size,
    /// The format that is rendered.
    pub format: Format,
    /// The ground it must stand on; none: whichever the brief asks for.
    #[serde(default)]
    pub ground: Option<Background>,
    /// A soft shadow is welcome.
    pub shadow: bool,
    /// How much of the canvas the product is rendered to fill, in percent of the longer side.
    pub fill: u8,
    /// File names, without the ending: see [`naming`].
    pub naming: String,
    /// Words for `{slot}`, the first for the main picture.
    #[serde(default)]
    pub slots: Vec<String>,
    /// Poses in the order the channel shows them; the first that is there is the main picture.
    pub order: Vec<PoseName>,
    /// A product needs as many pictures.
    pub views_min: usize,
    /// It takes no more.
    pub views_max: usize,
    /// What is said of pictures that a model generated, where you ask for it (`--disclose`).
    pub disclosure: String,
    /// `border` and `fill` are asked of every picture, not of the main one alone.
    #[serde(default)]
    pub all_alike: bool,
    /// What it refuses pictures for.
    pub rules: Rules,
    /// What it recommends.
    #[serde(default)]
    pub advice: Rules,
    /// Where the figures come from.
    pub sources: Vec<Source>,
}

/// Demands on a file; what is absent is not asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Pixels of the longer side, at least.
    pub long_side_min: Option<u32>,
    /// Pixels of the longer side, at most.
    pub long_side_max: Option<u32>,
    /// Pixels of the shorter side, at least.
    pub short_side_min: Option<u32>,
    /// Width and height, at least.
    pub size_min: Option<Size>,
    /// Millions of pixels, at most.
    pub megapixels_max: Option<u32>,
    /// Width to height.
    pub ratio: Option<Ratio>,
    /// How far the ratio may be off, as a share of it; 0.005 where nothing is said.
    pub ratio_tolerance: Option<f64>,
    /// Formats by content: `jpeg`, `png`, `webp`, `tiff`, `gif`, `bmp`, `avif`.
    pub formats: Option<Vec<String>>,
    /// Bytes of the file, at most.
    pub bytes_max: Option<u64>,
    /// The exact colour of every pixel at the border.
    pub border: Option<Background>,
    /// Percent of the longer side that the product fills, at least.
    pub fill_min: Option<u8>,
    /// At most.
    pub fill_max: Option<u8>,
    /// Bits a channel, at least.
    pub bits_min: Option<u8>,
    /// Bits a channel, at most.
    pub bits_max: Option<u8>,
    /// The colours are sRGB: by the embedded profile, or for want of one.
    pub srgb: Option<bool>,
    /// A colour profile is embedded.
    pub profile: Option<bool>,
    /// The IPTC digital source type is in the file.
    pub source_type: Option<bool>,
    /// Pictures of a product, at least.
    pub views_min: Option<usize>,
}

/// Where figures come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which figures.
    pub figures: String,
    /// A: the channel's own documentation. B: a third party. C: nobody confirmed it.
    pub grade: Grade,
    /// The page or the publisher.
    pub origin: String,
    /// Year and month it was read.
    pub date: String,
}

/// How good a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grade {
    /// The channel's own documentation.
    A,
    /// A third party's page.
    B,
    /// General knowledge, unconfirmed.
    C,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    profiles: Vec<Profile>,
}

/// Every profile, in the order of `profiles.toml`.
pub fn all() -> &'static [Profile] {
    static PROFILES: OnceLock<Vec<Profile>> = OnceLock::new();
    PROFILES.get_or_init(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../../profiles.toml"));
        table
            .expect("profiles.toml is part of the program, and a test reads it")
            .profiles
    })
}

/// The profile of that name.
pub fn find(name: &str) -> Option<&'static Profile> {
    all().iter().find(|profile| profile.name == name)
}

impl Profile {
    /// What pictures for it are made at: a square of its longer side, from which it is framed.
    pub fn master(&self) -> Size {
        let side = self.size.width.max(self.size.height);
        Size::new(side, side).unwrap_or(self.size)
    }

    /// Its place among a product's pictures: by the channel's order of poses, then by take.
    pub fn rank(&self, pose: PoseName, take: u32) -> (usize, u32) {
        let place = self.order.iter().position(|known| *known == pose);
        (place.unwrap_or(self.order.len()), take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_whole_and_renders_what_it_takes() {
        let names: Vec<&str> = all().iter().map(|profile| profile.name.as_str()).collect();
        let asked = [
            "amazon",
            "google_merchant",
            "zalando",
            "walmart",
            "shopify",
            "ebay",
            "tiktok_shop",
            "meta",
            "etsy",
            "web",
            "print",
        ];
        assert_eq!(names, asked);
        for profile in all() {
            assert_eq!(profile.name.parse::<ProfileName>().unwrap().profile(), profile);
            assert!(!profile.sources.is_empty(), "{}", profile.name);
            let facts = Facts {
                width: profile.size.width,
                height: profile.size.height,
                bits: if profile.format == Format::Tiff { 16 } else { 8 },
                format: profile.format.name().to_owned(),
                fill: Some(f64::from(profile.fill)),
                border: Some(Border {
                    colour: profile.ground.unwrap_or_default(),
                    exact_share: 1.0,
                    deviation: 0,
                }),
                srgb: true,
                icc: true,
                digital_source_type: Some(
                    "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced".to_owned(),
                ),
                ..Facts::default()
            };
            let checks = judge(profile, Role::Main, &facts);
            assert!(passes(&checks), "{}: {checks:?}", profile.name);
            let unmet: Vec<_> = checks
                .iter()
                .filter(|check| check.outcome == Outcome::Advised)
                .collect();
            assert!(unmet.is_empty(), "{}: {unmet:?}", profile.name);
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        assert_eq!(
            " TikTok-Shop ".parse::<ProfileName>().unwrap().as_str(),
            "tiktok_shop"
        );
        let error = "otto".parse::<ProfileName>().unwrap_err().to_string();
        assert!(error.contains("amazon, google_merchant"), "{error}");
    }
}
