//! The brief: what to shoot and how, the same for every product of a shoot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    background::Background,
    engine::{EngineChoice, PictureQuality},
    format::Format,
    money::MicroUsd,
    pose::PoseName,
    size::Size,
};

/// A parsed, valid brief.
///
/// A brief that was stored before a field existed is read with that field's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Brief {
    /// Poses in catalogue order, without repeats.
    pub poses: Vec<PoseName>,
    /// The exact ground.
    pub background: Background,
    /// A soft shadow under packshots. Off for profiles that ask for pure white without shadow.
    pub shadow: bool,
    /// Canvas size.
    pub size: Size,
    /// Where a photo holds too little for that size, its picture may be smaller, in the same shape: files for channels are
    /// rendered from it.
    #[serde(skip_serializing_if = "is_off")]
    pub size_at_most: bool,
    /// File format.
    pub format: Format,
    /// Which engine makes the pictures.
    pub engine: EngineChoice,
    /// Who is asked next where that engine refuses, fails, or its pictures are sent back too often.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<EngineChoice>,
    /// How often a picture that a lock sent back is tried again.
    #[serde(skip_serializing_if = "is_usual_retries")]
    pub retries_max: u32,
    /// The most that vendors may charge for one picture, all its tries together.
    #[serde(skip_serializing_if = "is_usual_cost")]
    pub cost_max: MicroUsd,
    /// The quality asked of engines that have a choice.
    #[serde(skip_serializing_if = "is_usual")]
    pub quality: PictureQuality,
    /// The shoot's seed: every picture's seed derives from it.
    pub seed: u64,
    /// The brand's style in words, the same for every shoot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// Words of the customer for engines that read them.
    pub prompt: Option<String>,
    /// Reject every picture that a person would have to look at first, whether a lock or the engine doubts it.
    pub strict: bool,
    /// A print that an engine got wrong is put back from the product's photo, where that cannot be seen.
    #[serde(skip_serializing_if = "is_on")]
    pub composite_back: bool,
}

// A brief of an older version and one that asks nothing new are the same text, so that their pictures are the same.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_usual(quality: &PictureQuality) -> bool {
    *quality == PictureQuality::default()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_on(switch: &bool) -> bool {
    *switch
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_off(switch: &bool) -> bool {
    !*switch
}

/// Three more tries: the fourth picture of a shot is as likely to be sent back as the third.
pub const RETRIES_MAX: u32 = 3;
/// One dollar: several times the dearest picture on a card.
pub const COST_MAX: MicroUsd = MicroUsd(1_000_000);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_usual_retries(retries: &u32) -> bool {
    *retries == RETRIES_MAX
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_usual_cost(cost: &MicroUsd) -> bool {
    *cost == COST_MAX
}

impl Default for Brief {
    fn default() -> Self {
        Self {
            poses: PoseName::all().collect(),
            background: Background::WHITE,
            shadow: true,
            size: Size::default(),
            size_at_most: false,
            format: Format::default(),
            engine: EngineChoice::of("studio"),
            fallbacks: Vec::new(),
            retries_max: RETRIES_MAX,
            cost_max: COST_MAX,
            quality: PictureQuality::default(),
            seed: 0,
            style: None,
            prompt: None,
            strict: false,
            composite_back: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_of_an_older_version_is_read_with_defaults() {
        let stored = r#"{ "poses": ["BACK"], "format": "jpeg", "seed": 7 }"#;
        let expected = Brief {
            poses: vec!["BACK".parse().unwrap()],
            format: Format::Jpeg,
            seed: 7,
            ..Brief::default()
        };
        assert_eq!(serde_json::from_str::<Brief>(stored).unwrap(), expected);
    }

    #[test]
    fn only_a_switch_that_is_turned_off_is_stored() {
        let text = |brief: &Brief| serde_json::to_string(brief).unwrap();
        let off = Brief {
            composite_back: false,
            ..Brief::default()
        };
        assert!(!text(&Brief::default()).contains("composite_back"));
        assert_eq!(serde_json::from_str::<Brief>(&text(&off)).unwrap(), off);
    }
}
