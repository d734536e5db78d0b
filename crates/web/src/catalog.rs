//! What can be chosen here: engines, presets and locks, handed in by the binary.

use domain::engine::{EngineCard, Preset, PresetName};

use crate::auth::caller::Caller;

/// What can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Every engine.
    pub engines: Vec<EngineEntry>,
    /// The names that stand for an engine and those asked after it.
    pub presets: Vec<Preset>,
    /// The names of the locks.
    pub locks: Vec<String>,
    /// What decides pixels beside the engine: the version of the code that finishes them.
    pub imaging_revision: String,
}

/// An engine, and how it stands here.
#[derive(Clone, Debug)]
pub struct EngineEntry {
    /// What it can do and what it costs.
    pub card: EngineCard,
    /// Why it cannot be used here; none when it can.
    pub not_set_up: Option<String>,
    /// What decides its pixels beside the shot.
    pub revision: String,
}

impl EngineEntry {
    /// Why it cannot be used here, in words that are for this caller.
    pub(crate) fn refusal(&self, caller: &Caller) -> Option<&str> {
        let why = self.not_set_up.as_deref()?;
        Some(if caller.sees_settings() {
            why
        } else {
            "it is not set up here; ask your operator"
        })
    }
}

impl Catalog {
    /// The preset of a name.
    pub fn preset(&self, name: &PresetName) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.name == *name)
    }

    /// The engine of a name.
    pub fn engine(&self, name: &str) -> Option<&EngineEntry> {
        self.engines.iter().find(|entry| entry.card.name.0 == name)
    }
}
