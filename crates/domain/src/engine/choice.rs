//! What a person writes to choose an engine: `openai` or `openai:gpt-image-2.6-flare`.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of an engine: lower-case letters, digits and underscores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EngineName(pub String);

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An engine, and one of its models where the customer names one. Written `NAME` or `NAME:MODEL`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct EngineChoice {
    /// The engine.
    pub name: EngineName,
    /// The model's id as its vendor writes it; `None` is the engine's first.
    pub model: Option<String>,
}

/// The text chooses no engine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no choice of engine: write NAME or NAME:MODEL, for example studio or openai:gpt-image-2.6-flare"
)]
pub struct EngineChoiceError(String);

impl EngineChoice {
    /// An engine with its first model.
    pub fn of(name: &str) -> Self {
        Self {
            name: EngineName(name.to_owned()),
            model: None,
        }
    }
}

impl FromStr for EngineChoice {
    type Err = EngineChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, model) = match text.trim().split_once(':') {
            Some((name, model)) => (name, Some(model)),
            None => (text.trim(), None),
        };
        let name = name.to_ascii_lowercase();
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        // Model ids go into addresses: letters, digits and what vendors put between them.
        let is_model = |model: &str| {
            !model.is_empty()
                && !model.contains("..")
                && model
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b))
        };
        if !is_name || model.is_some_and(|model| !is_model(model)) {
            return Err(EngineChoiceError(text.to_owned()));
        }
        Ok(Self {
            name: EngineName(name),
            model: model.map(str::to_owned),
        })
    }
}

impl fmt::Display for EngineChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(model) => write!(f, "{}:{model}", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl TryFrom<String> for EngineChoice {
    type Error = EngineChoiceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EngineChoice> for String {
    fn from(choice: EngineChoice) -> Self {
        choice.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_printed_as_it_is_read() {
        for text in [
            "studio",
            "openai:gpt-image-2.6-flare",
            "replicate:owner/model:abc123",
        ] {
            assert_eq!(text.parse::<EngineChoice>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_could_leave_its_place_in_an_address_is_refused() {
        for text in [
            "",
            ":x",
            "openai:",
            "Open AI",
            "openai:a b",
            "openai:../v1",
            "openai:a?b",
            "openai:a#b",
        ] {
            assert!(text.parse::<EngineChoice>().is_err(), "{text}");
        }
    }
}
