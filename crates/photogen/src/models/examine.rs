//! What the doctor wants to know of the models: here and whole, and who needs them.

use super::{Catalogue, place, state, word};
use crate::{
    doctor::{Finding, State},
    home::home,
    text,
};

/// One line for each model; each file is read to the last byte.
pub(crate) fn examine() -> Vec<Finding> {
    let catalogue = match Catalogue::load(home()) {
        Ok(catalogue) => catalogue,
        Err(error) => {
            return vec![Finding {
                what: "models.toml".to_owned(),
                state: State::Broken,
                says: format!("{error:#}"),
            }];
        }
    };
    let examined = catalogue.cards.iter().map(|card| {
        let found = state(&catalogue, card, place::inspect);
        let needed = needed_by(&card.kind);
        let (state, what_to_do) = match found {
            place::State::Present => (State::Good, String::new()),
            place::State::Missing if is_optional(&card.kind) => (
                State::Absent,
                format!(
                    "; text on prints is not compared until you run `photogen models pull {}`",
                    card.name
                ),
            ),
            place::State::Missing => (State::Absent, "; pulled when it is needed".to_owned()),
            place::State::Wrong => (
                State::Broken,
                format!("; run `photogen models pull {}`", card.name),
            ),
        };
        Finding {
            what: card.name.clone(),
            state,
            says: format!("{}, {needed}{what_to_do}", word(found)),
        }
    });
    examined.collect()
}

/// Nothing pulls it by itself, and nothing stops without it.
fn is_optional(kind: &str) -> bool {
    text::KINDS.contains(&kind)
}

/// Which commands need a model of this kind.
fn needed_by(kind: &str) -> &'static str {
    match kind {
        "cutout" => "needed by shoot, cutout and check product",
        "face_detect" | "face_landmarks" | "face_embed" => "needed by check identity",
        "text_detect" | "text_read" => "read by shoot and check product where a print is doubted",
        "photos" => "needed by bin/demo, the tests and the benchmarks",
        _ => "needed by no command",
    }
}
