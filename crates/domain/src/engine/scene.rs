//! What a picture shows: the product alone, or on whom. Some models make one of these only.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::EngineCard;
use crate::pose::Pose;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// The product without a person.
    Alone,
    /// The product on a person of the engine's choice.
    Worn,
    /// The product on the person whose photos are given.
    Dressed,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alone, Self::Worn, Self::Dressed];

    /// What an engine is to show in a pose: a person where one was given or the pose needs one, and it can.
    pub fn of(card: &EngineCard, pose: &Pose, has_person: bool) -> Self {
        match (card.on_model, has_person, pose.needs_person) {
            (true, true, _) => Self::Dressed,
            (true, false, true) => Self::Worn,
            _ => Self::Alone,
        }
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "a product without a person",
            Self::Worn => "a product on a person of its own choice",
            Self::Dressed => "a product on the person whose photos are given",
        })
    }
}
