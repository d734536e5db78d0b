//! Pictures that are made in no time, each another.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::engine::EngineCard;
use engines::{Call, Candidate, Engine, EngineError, Reply, Shot};
use imaging::{Picture, provenance::source_type};
use worker::{Ended, Findings, Judge, Listener};

use super::{SIDE, card};

/// Makes plain pictures.
pub(super) struct Nothing {
    card: EngineCard,
    made: AtomicU64,
}

impl Nothing {
    pub(super) fn new() -> Self {
        Self {
            card: card(),
            made: AtomicU64::new(0),
        }
    }
}

impl Engine for Nothing {
    fn card(&self) -> &EngineCard {
        &self.card
    }

    fn revision(&self) -> String {
        "1".into()
    }

    fn start(&self, _: &Shot, _: &Call<'_>) -> Result<Reply, EngineError> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        // Another colour each, as eight bits show it: no two files are equal.
        let channel = |place: u32| ((number >> (8 * place)) as u8 as u16) * 257;
        let colour = image::Rgba([channel(0), channel(1), channel(2), u16::MAX]);
        Ok(Reply::Done(Box::new(Candidate {
            pixels: Picture::from_pixel(SIDE, SIDE, colour),
            notes: Vec::new(),
            needs_review: false,
            digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
            recipe: serde_json::json!({ "number": number }),
            inputs: Vec::new(),
            people: Vec::new(),
            as_made: None,
            parent: None,
        })))
    }
}

/// Locks that are off.
pub(super) struct Unlocked;

impl Judge for Unlocked {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        Findings::default()
    }
}

/// Nobody hears.
pub(super) struct Silent;

impl Listener for Silent {
    fn ended(&self, _: &Ended<'_>) {}
}
