//! What the doctor wants to know of the models: here and whole, and who needs them.

use super::{Catalogue, place, state, word};
use crate::{
    doctor::{Finding, State},
    home::home,
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

/// Which commands need a model of this kind.
fn needed_by(kind: &str) -> &'static str {
    match kind {
        "cutout" => "needed by shoot, cutout and check product",
        "face_detect" | "face_landmarks" | "face_embed" => "needed by check identity",
        "photos" => "needed by bin/demo, the tests and the benchmarks",
        _ => "needed by no command",
    }
}
