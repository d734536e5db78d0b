//! The engines' cards and the presets: built in, and as the operator changes them.

use std::sync::LazyLock;

use domain::engine::{EngineCard, EngineName, ModelCard, Preset, PresetName};
use serde::Deserialize;
use thiserror::Error;

use crate::vendor::WORDS;

/// The text is no list of cards.
#[derive(Debug, Error)]
#[error("{place}: {reason}")]
pub struct CardsError {
    /// Which text.
    pub place: String,
    /// What is wrong with it, and where.
    pub reason: String,
}

/// Every engine that can be chosen, the default first, and every preset.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// The engines.
    #[serde(default, rename = "engine")]
    pub engines: Vec<EngineCard>,
    /// The presets.
    #[serde(default, rename = "preset")]
    pub presets: Vec<Preset>,
    /// Models added to engines that stand elsewhere, or put in the place of theirs.
    #[serde(default, rename = "model")]
    models: Vec<AddedModel>,
}

/// A model for the card of an engine.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "toml::Table")]
struct AddedModel {
    engine: EngineName,
    card: ModelCard,
}

impl TryFrom<toml::Table> for AddedModel {
    type Error = String;

    /// Read apart from its engine's name, so that a word that no model has is an error.
    fn try_from(mut row: toml::Table) -> Result<Self, String> {
        let engine = row
            .remove("engine")
            .ok_or("a [[model]] needs the name of its `engine`")?;
        let engine = engine.try_into().map_err(|error| error.to_string())?;
        let card = ModelCard::deserialize(row).map_err(|error| format!("in a [[model]]: {error}"))?;
        Ok(Self { engine, card })
    }
}

static BUILT_IN: LazyLock<Cards> = LazyLock::new(|| {
    let parsed = toml::from_str(include_str!("../cards.toml"));
    parsed.unwrap_or_else(|error| panic!("the built-in cards do not parse: {error}"))
});

impl Cards {
    /// The cards this program comes with.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// These cards, with an operator's text laid over them: an engine, model or preset of the same name is replaced, a
    /// new one is added. `place` names the text in errors.
    pub fn with(mut self, text: &str, place: &str) -> Result<Self, CardsError> {
        let error = |reason: String| CardsError {
            place: place.to_owned(),
            reason,
        };
        let over: Self = toml::from_str(text).map_err(|parse| error(parse.to_string()))?;
        for card in over.engines {
            put(&mut self.engines, card, |card| card.name.clone());
        }
        for preset in over.presets {
            put(&mut self.presets, preset, |preset| preset.name.clone());
        }
        for added in over.models {
            let engine = self.engines.iter_mut().find(|card| card.name == added.engine);
            let engine = engine
                .ok_or_else(|| error(format!("model `{}`: no engine `{}`", added.card.id, added.engine)))?;
            put(&mut engine.models, added.card, |model| model.id.clone());
        }
        self.check().map_err(error)?;
        Ok(self)
    }

    /// The engine of this name.
    pub fn engine(&self, name: &EngineName) -> Option<&EngineCard> {
        self.engines.iter().find(|card| card.name == *name)
    }

    /// The preset of this name.
    pub fn preset(&self, name: &PresetName) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.name == *name)
    }

    /// What parsing cannot see.
    fn check(&self) -> Result<(), String> {
        for preset in &self.presets {
            for choice in std::iter::once(&preset.engine).chain(&preset.fallbacks) {
                if self.engine(&choice.name).is_none() {
                    return Err(format!("preset {}: no engine `{}`", preset.name, choice.name));
                }
            }
        }
        for card in self.engines.iter().filter(|card| !card.local) {
            if card.server.is_none() || card.models.is_empty() {
                return Err(format!(
                    "engine {}: it needs a [server] and at least one model",
                    card.name
                ));
            }
            for model in &card.models {
                check_model(model).map_err(|reason| format!("{}:{} {reason}", card.name, model.id))?;
            }
        }
        Ok(())
    }
}

/// A typing mistake in a model's row would otherwise silently send less than was meant.
fn check_model(model: &ModelCard) -> Result<(), String> {
    let unknown = |word: &String| !WORDS.iter().any(|(known, _)| known == word);
    if let Some(word) = model
        .inputs
        .keys()
        .chain(model.values.keys())
        .find(|word| unknown(word))
    {
        let known: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        return Err(format!("maps `{word}`, which is none of {}", known.join(", ")));
    }
    let wrong = |price: &&f64| !(price.is_finite() && (0.0..=1_000.0).contains(*price));
    if let Some(price) = model.price_usd.values().find(wrong) {
        return Err(format!("costs {price}: a price is dollars from 0 to 1000"));
    }
    match &model.endpoint {
        Some(path) if !path.starts_with('/') => Err(format!(
            "has the endpoint `{path}`, which must begin with a slash"
        )),
        _ => Ok(()),
    }
}

/// Replaces the entry with the same name, or adds it.
fn put<T, K: PartialEq>(list: &mut Vec<T>, new: T, name: impl Fn(&T) -> K) {
    let key = name(&new);
    match list.iter_mut().find(|known| name(known) == key) {
        Some(known) => *known = new,
        None => list.push(new),
    }
}

#[cfg(test)]
mod tests {
    use domain::engine::EngineChoice;

    use super::*;

    #[test]
    fn the_built_in_cards_hold_together() {
        let cards = Cards::built_in();
        cards.check().unwrap();
        assert_eq!(cards.engines[0].name.0, "studio");
        for card in &cards.engines {
            let ids: Vec<_> = card.models.iter().map(|model| &model.id).collect();
            for model in &card.models {
                let known = model
                    .successor
                    .as_ref()
                    .is_none_or(|successor| ids.contains(&successor));
                assert!(
                    known,
                    "{}: {} names a successor that is not there",
                    card.name, model.id
                );
            }
        }
    }

    #[test]
    fn an_operator_replaces_adds_and_is_told_of_mistakes() {
        let text = r#"
            [[model]]
            engine = "openai"
            id = "gpt-image-3"
            sizes = { rule = "like_input" }
            [[preset]]
            name = "fast"
            summary = "ours"
            engine = "openai:gpt-image-3"
        "#;
        let cards = Cards::built_in().with(text, "engines.toml").unwrap();
        let openai = cards.engine(&EngineName("openai".into())).unwrap();
        assert!(openai.models.iter().any(|model| model.id == "gpt-image-3"));
        let fast = cards.preset(&"FAST".parse().unwrap()).unwrap();
        assert_eq!(fast.engine, "openai:gpt-image-3".parse::<EngineChoice>().unwrap());
        for (text, words) in [
            ("[[engine]]\nname = 3", "engines.toml"),
            (
                "[[preset]]\nname = \"X\"\nsummary = \"\"\nengine = \"nobody\"",
                "no engine `nobody`",
            ),
            (
                "[[model]]\nengine = \"nobody\"\nid = \"m\"\nsizes = { rule = \"like_input\" }",
                "no engine `nobody`",
            ),
            (
                "[[model]]\nengine = \"replicate\"\nid = \"m\"\nsizes = { rule = \"like_input\" }\ninputs = { photo = \"image\" }",
                "replicate:m maps `photo`, which is none of prompt, ",
            ),
            (
                "[[model]]\nengine = \"stability\"\nid = \"m\"\nsizes = { rule = \"like_input\" }\nendpoint = \"v2\"",
                "must begin with a slash",
            ),
        ] {
            let error = Cards::built_in()
                .with(text, "engines.toml")
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
