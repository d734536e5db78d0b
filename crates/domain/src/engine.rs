//! Engine cards: what an image engine can do, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pose::{Pose, PoseName};

/// The name of an engine: lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EngineName(pub String);

impl std::fmt::Display for EngineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an engine can make and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EngineCard {
    /// The engine's name.
    pub name: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Can put the product on a person.
    pub on_model: bool,
    /// Needs a real photo of the view it is asked for: it never invents one.
    pub needs_photo_of_view: bool,
    /// Poses beyond the catalogue's nine that it alone makes.
    pub extra_poses: &'static [&'static str],
    /// Credits for one accepted picture.
    pub price_credits: i64,
    /// Runs on this machine: no key, no network.
    pub local: bool,
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
        if !pose.in_all && !self.extra_poses.contains(&pose.name) {
            return Some(format!("{name} is not a pose of {}", self.name));
        }
        None
    }
}
