//! The studio: what a product-photo retoucher makes from real photos, and never an invented view.
//!
//! Deterministic and local. Front, back and side pictures come from their own photo (`packshot`), close-ups
//! are crops at the photo's own resolution (`close_up`), a slight turn is computed on request (`relief`).

mod close_up;
mod colour;
mod colour_check;
pub(crate) mod compose;
mod depth;
mod fill;
mod packshot;
mod photos;
pub(crate) mod place;
mod plane;
mod relief;
mod shadow;
mod sharpen;
mod side;
mod straighten;
mod upright;

use std::sync::Arc;

use domain::{
    engine::EngineCard,
    product::{PhotoRef, Side, View},
    shot::Shot,
};
use imaging::Picture;
use serde_json::Value;

use crate::{Call, Candidate, Engine, EngineError, Kit, Reply, SharedEngine};
use photos::NoPhoto;
use relief::Turn;

/// Changes whenever the same shot would give other pixels.
const VERSION: u32 = 1;

/// IPTC term: "modification or correction by algorithm without changing the main content of the media".
const SOURCE_TYPE: &str = imaging::provenance::source_type::ALGORITHMICALLY_ENHANCED;

/// The studio engine.
pub struct Studio {
    card: EngineCard,
    kit: Kit,
}

impl Studio {
    /// A studio that works from these photos and cut-outs.
    pub fn new(card: EngineCard, kit: Kit) -> Self {
        Self { card, kit }
    }

    /// The registry's way to open it.
    pub(crate) fn open(card: &EngineCard, kit: &Kit) -> SharedEngine {
        Arc::new(Self::new(card.clone(), kit.clone()))
    }
}

impl Engine for Studio {
    fn card(&self) -> &EngineCard {
        &self.card
    }

    fn revision(&self) -> String {
        format!("studio {VERSION} {}", self.kit.model_sha256)
    }

    fn start(&self, shot: &Shot, call: &Call<'_>) -> Result<Reply, EngineError> {
        if let Some(reason) = self.card.refusal(shot.pose) {
            return Ok(Reply::Refused(reason));
        }
        call.cores.with(1, || self.make(shot))
    }
}

impl Studio {
    fn make(&self, shot: &Shot) -> Result<Reply, EngineError> {
        let made = match shot.pose.as_str() {
            "DETAIL_CLOSE_UP" => close_up::make(&self.kit, shot),
            "LEFT" => self.side_picture(shot, Side::Left),
            "RIGHT" => self.side_picture(shot, Side::Right),
            "FORTY_FIVE_DEGREE" => self.side_picture(shot, Side::FortyFive),
            "SLIGHT_TURN_LEFT" => self.turned_picture(shot, Turn::Left),
            "SLIGHT_TURN_RIGHT" => self.turned_picture(shot, Turn::Right),
            _ => self.view_picture(shot, shot.pose.pose().view),
        };
        match made {
            Ok(reply) => Ok(reply),
            Err(NoPhoto::Refused(reason)) => Ok(Reply::Refused(reason)),
            Err(NoPhoto::Failed(error)) => Err(error),
        }
    }

    fn view_picture(&self, shot: &Shot, view: View) -> Result<Reply, NoPhoto> {
        let photo = photo_of(shot, view)?;
        packshot::make(&self.kit, shot, photo, None)
    }

    fn side_picture(&self, shot: &Shot, side: Side) -> Result<Reply, NoPhoto> {
        match side::photo_for(shot, side) {
            Err(reason) => Ok(Reply::Refused(reason)),
            Ok((photo, doubt)) => packshot::make(&self.kit, shot, photo, doubt),
        }
    }

    fn turned_picture(&self, shot: &Shot, turn: Turn) -> Result<Reply, NoPhoto> {
        relief::make(&self.kit, shot, photo_of(shot, View::Front)?, turn)
    }
}

fn photo_of(shot: &Shot, view: View) -> Result<&PhotoRef, NoPhoto> {
    let sku = &shot.product.sku;
    shot.product.photo(view).ok_or_else(|| {
        NoPhoto::Refused(format!(
            "no {view} photo of {sku}, and the studio never invents a view; add {sku}_{view}.jpg"
        ))
    })
}

/// A picture that was made of photos of the product alone, whose hashes are `inputs`.
fn made(
    pixels: Picture,
    notes: Vec<String>,
    needs_review: bool,
    recipe: Value,
    inputs: Vec<String>,
) -> Reply {
    Reply::Done(Box::new(Candidate {
        pixels,
        notes,
        needs_review,
        digital_source_type: SOURCE_TYPE,
        recipe,
        inputs,
        people: Vec::new(),
        as_made: None,
        parent: None,
    }))
}
