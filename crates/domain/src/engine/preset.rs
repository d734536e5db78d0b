//! Presets: a word for what matters most, and the engine that gives it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{EngineChoice, PictureQuality};

/// The name of a preset: `BEST_QUALITY`. Read in any case, with dashes or underscores.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PresetName(String);

impl From<String> for PresetName {
    fn from(text: String) -> Self {
        Self(text.trim().to_ascii_uppercase().replace('-', "_"))
    }
}

impl From<PresetName> for String {
    fn from(name: PresetName) -> Self {
        name.0
    }
}

impl FromStr for PresetName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.to_owned().into())
    }
}

impl fmt::Display for PresetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which engine a preset stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name.
    pub name: PresetName,
    /// One sentence for people.
    pub summary: String,
    /// The engine it stands for.
    pub engine: EngineChoice,
    /// Who is asked after it, where it refuses, fails, or its pictures are sent back too often.
    #[serde(default)]
    pub fallbacks: Vec<EngineChoice>,
    /// The quality asked of them.
    #[serde(default)]
    pub quality: PictureQuality,
}
