//! Engine cards: what an image engine can do, as data.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{EngineName, ModelCard, ModelRefusal, Scene};
use crate::pose::{Pose, PoseName};

/// The language an engine speaks on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Not over a wire: the engine on this machine.
    #[default]
    Studio,
    /// OpenAI Images.
    Openai,
    /// Stability AI, v2beta and the legacy v1.
    Stability,
    /// Replicate predictions.
    Replicate,
    /// FASHN runs.
    Fashn,
    /// A ComfyUI server with a workflow.
    Comfyui,
    /// A server that speaks the OpenAI Images shape with its own additions.
    OpenaiCompatible,
}

/// How an engine wants to be spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Reads no words.
    #[default]
    None,
    /// Sentences that tell what to make and what to keep.
    Instruction,
    /// A list of visible things, and a second list of what must not be seen.
    Keywords,
}

/// What a mask is worth to an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// It takes none.
    #[default]
    None,
    /// It takes one as a hint; pixels outside may change.
    Guide,
    /// Pixels outside stay as they were.
    Exact,
}

/// The pictures an engine can be given to work from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// Most pictures, product and person together.
    pub max: u32,
    /// Largest file in bytes.
    pub bytes_max: u64,
    /// Longest side in pixels; larger ones are made smaller before they are sent.
    pub side_max: u32,
    /// It takes pictures of a person too.
    #[serde(default)]
    pub people: bool,
}

/// How often and how long an engine may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a minute; the vendor's headers correct it while it runs.
    pub requests_per_minute: u32,
    /// Pictures in work at once.
    pub concurrency: u32,
    /// Longest wait for the answer to one request, in seconds.
    pub read_timeout_s: u32,
    /// Longest wait for an asynchronous picture, in seconds.
    pub job_timeout_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 60,
            concurrency: 4,
            read_timeout_s: 120,
            job_timeout_s: 600,
        }
    }
}

/// Where an engine is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its address, without a slash at the end; absent where only the operator knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The environment variable that gives another address.
    pub base_url_env: String,
    /// The environment variable that holds its key (`<NAME>_FILE` names a file that does); absent: it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// It answers without a key too, and takes one where it is set.
    #[serde(default)]
    pub key_optional: bool,
    /// The environment variable that holds the secret its webhooks are signed with; absent: it calls nobody back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret_env: Option<String>,
    /// Host names that finished pictures may be fetched from beside its own; a leading dot means every host below.
    #[serde(default)]
    pub result_hosts: Vec<String>,
    /// A path that answers `GET` cheaply when key and address are right.
    pub probe: String,
}

/// What an engine can make and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is one ability of its own")]
pub struct EngineCard {
    /// The engine's name.
    pub name: EngineName,
    /// One sentence for people.
    pub summary: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// How it wants to be spoken to.
    #[serde(default)]
    pub voice: Voice,
    /// Can put the product on a person.
    #[serde(default)]
    pub on_model: bool,
    /// Can show the product alone.
    #[serde(default)]
    pub packshot: bool,
    /// Needs a real photo of the view it is asked for: it never invents one.
    #[serde(default)]
    pub needs_photo_of_view: bool,
    /// Poses beyond the catalogue's nine that it alone makes.
    #[serde(default)]
    pub extra_poses: Vec<String>,
    /// Credits for one accepted picture.
    pub price_credits: i64,
    /// Runs on this machine: no key, no network.
    #[serde(default)]
    pub local: bool,
    /// The pictures it can be given.
    #[serde(default)]
    pub references: References,
    /// What a mask is worth to it.
    #[serde(default)]
    pub mask: Mask,
    /// The largest seed it takes; absent: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed_max: Option<u64>,
    /// It can be told what must not be seen.
    #[serde(default)]
    pub negative_prompt: bool,
    /// It can be told how far to leave the first picture.
    #[serde(default)]
    pub strength: bool,
    /// Longest prompt in characters.
    #[serde(default)]
    pub prompt_chars_max: u32,
    /// Answers with a job that is asked after.
    #[serde(default)]
    pub asynchronous: bool,
    /// How often and how long it may be asked.
    #[serde(default)]
    pub limits: Limits,
    /// Where it is reached; absent for engines on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// Its models, the default first.
    #[serde(default)]
    pub models: Vec<ModelCard>,
}

impl EngineCard {
    /// Why this engine cannot make a pose at all, and what would give it; `None` when it can.
    pub fn refusal(&self, name: PoseName) -> Option<String> {
        let pose: &Pose = name.pose();
        if pose.needs_person && !self.on_model {
            return Some(format!(
                "{name} needs a person, and {engine} works from the product photo alone; \
                 an engine that dresses a model gives it",
                engine = self.name,
            ));
        }
        if !pose.in_all && !self.extra_poses.iter().any(|extra| extra == pose.name) {
            return Some(format!("{name} is not a pose of {}", self.name));
        }
        None
    }

    /// The model to call on a day: the named one, or the first that works. Engines without models have none.
    pub fn model(&self, wanted: Option<&str>, today: Date) -> Result<Option<&ModelCard>, ModelRefusal> {
        let engine = || self.name.0.clone();
        let Some(wanted) = wanted else {
            let first = self.models.iter().find(|model| model.works_on(today));
            return match first {
                None if !self.models.is_empty() => Err(ModelRefusal::None { engine: engine() }),
                first => Ok(first),
            };
        };
        let Some(model) = self.models.iter().find(|model| model.id == wanted) else {
            let known: Vec<&str> = self.models.iter().map(|model| model.id.as_str()).collect();
            return Err(ModelRefusal::Unknown {
                engine: engine(),
                model: wanted.to_owned(),
                known: if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                },
            });
        };
        let (name, instead) = (model.id.clone(), model.instead());
        match (&model.refused, model.shutdown) {
            (Some(reason), _) => Err(ModelRefusal::Refused {
                engine: engine(),
                model: name,
                reason: reason.clone(),
                instead,
            }),
            (None, Some(shutdown)) if !model.works_on(today) => Err(ModelRefusal::Retired {
                engine: engine(),
                model: name,
                shutdown,
                instead,
            }),
            _ => Ok(Some(model)),
        }
    }

    /// The model to call for a scene on a day: the named one if it makes such pictures, or the first that works and does.
    pub fn model_for(
        &self,
        wanted: Option<&str>,
        scene: Scene,
        today: Date,
    ) -> Result<Option<&ModelCard>, ModelRefusal> {
        let named = self.model(wanted, today)?;
        let takes_people = scene != Scene::Dressed || self.local || self.references.people;
        let suits = |model: &&ModelCard| takes_people && model.works_on(today) && model.suits(scene);
        let first = self.models.iter().find(suits);
        let unsuited = |who: String, other: Option<&ModelCard>| ModelRefusal::Unsuited {
            who,
            scene,
            instead: other
                .map(|model| format!("; use {}:{}", self.name, model.id))
                .unwrap_or_default(),
        };
        match (wanted, named) {
            (_, None) => Ok(None),
            (Some(_), Some(model)) if suits(&model) => Ok(Some(model)),
            (Some(_), Some(model)) => Err(unsuited(format!("{}:{}", self.name, model.id), first)),
            (None, Some(_)) => first.map(Some).ok_or_else(|| unsuited(self.name.0.clone(), None)),
        }
    }

    /// This card as one of its models narrows it: its voice, its longest prompt, its number of photos.
    #[must_use]
    pub fn narrowed(&self, model: &ModelCard) -> Self {
        let mut card = self.clone();
        card.voice = model.voice.unwrap_or(card.voice);
        card.prompt_chars_max = model.prompt_chars_max.unwrap_or(card.prompt_chars_max);
        card.references.max = model.references_max.unwrap_or(card.references.max);
        card
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn card() -> EngineCard {
        serde_json::from_value(json!({
            "name": "v", "summary": "", "dialect": "fashn", "price_credits": 1,
            "references": { "max": 2, "bytes_max": 1, "side_max": 1, "people": true },
            "models": [
                { "id": "old", "sizes": { "rule": "like_input" }, "shutdown": "2026-01-01", "successor": "dress" },
                { "id": "dress", "sizes": { "rule": "like_input" }, "makes": ["dressed"] },
                { "id": "alone", "sizes": { "rule": "like_input" }, "makes": ["alone"], "prompt_chars_max": 9 },
            ],
        }))
        .unwrap()
    }

    #[test]
    fn the_first_model_that_works_and_makes_such_pictures_is_called() {
        let (card, today) = (card(), date(2026, 11, 1));
        let id = |wanted, scene| {
            card.model_for(wanted, scene, today)
                .map(|model| model.unwrap().id.clone())
        };
        assert_eq!(id(None, Scene::Dressed).unwrap(), "dress");
        assert_eq!(id(None, Scene::Alone).unwrap(), "alone");
        assert_eq!(id(Some("alone"), Scene::Alone).unwrap(), "alone");
        assert_eq!(
            id(Some("alone"), Scene::Dressed).unwrap_err().to_string(),
            "v:alone does not show a product on the person whose photos are given; use v:dress"
        );
        assert_eq!(
            id(None, Scene::Worn).unwrap_err().to_string(),
            "v does not show a product on a person of its own choice"
        );
        assert!(matches!(
            id(Some("old"), Scene::Dressed),
            Err(ModelRefusal::Retired { .. })
        ));
    }

    #[test]
    fn an_engine_that_takes_no_people_dresses_nobody() {
        let mut card = card();
        card.references.people = false;
        let refusal = card.model_for(None, Scene::Dressed, date(2026, 11, 1));
        assert!(matches!(refusal, Err(ModelRefusal::Unsuited { .. })));
    }

    #[test]
    fn a_model_narrows_its_engines_card() {
        let card = card();
        assert_eq!(card.narrowed(&card.models[2]).prompt_chars_max, 9);
        assert_eq!(card.narrowed(&card.models[1]).prompt_chars_max, 0);
    }
}
