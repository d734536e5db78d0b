//! The product lock: is the garment in this picture the garment of the photo?
//!
//! 1. The candidate is laid over the reference (or, for a close-up, found in it): every place, a ladder of scales
//!    and a few angles on thumbnails, then Gauss-Newton on locally normalised lightness, coarse to fine. See `locate`.
//! 2. Without its rim, the garment is compared region by region: CIEDE2000, structure over L*a*b*, masked SSIM,
//!    cloth that is gone. See `measure`.
//! 3. Each part is judged by its worst region, and the worst part decides. See `judge`.
//!
//! A picture that these tight limits do not pass, and do not surely fail because it lies exactly in place, goes the draped
//! road: see `draped` and `worn`. Where that doubts a print, what is written on it is read, if somebody reads here: see
//! `draped::writing`.
//!
//! What it cannot see: details of cloth that hangs far from its photo, a fault the cut-out itself has, and the
//! difference between two plain garments of one cut and colour. A hand that comes out of a long sleeve and rests on the
//! garment is judged as cloth: skin tells an arm only where it goes on beyond the outline.

mod align;
mod composite;
mod draped;
mod flat;
mod ground;
mod heatmap;
mod judge;
mod locate;
mod map;
mod measure;
mod pair;
mod palette;
mod reference;
mod repeats;
mod search;
mod words;
mod worn;

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use serde_json::json;

pub use self::{
    composite::{Composited, composite_back, is_mended},
    draped::model::{self, Values},
    heatmap::Heat,
    reference::Reference,
};
use self::{draped::Draped, flat::Flat, judge::THRESHOLD, pair::Candidate, worn::Worn};
use super::Lock;
use crate::Picture;

/// The register's line.
pub const LOCK: Lock = Lock {
    name: "product",
    asks: "is this the garment of the product photo?",
    needs: "the product's cut-out",
};

/// The seed's number for masked SSIM, shown beside the score.
const SSIM_THRESHOLD: f64 = 0.92;
/// A garment (or, in a close-up, the part shown) with fewer pixels on its longer side than this is not judged.
const SIDE_MIN: f32 = 150.0;

/// A verdict and the picture of its grounds.
pub struct Examination {
    /// The verdict.
    pub verdict: Verdict,
    /// What differs; none where the garment was not found.
    pub heat: Option<Heat>,
}

impl Examination {
    /// The candidate in gray, what differs in colour (yellow from CIEDE2000 6, red from 12), the worst box in blue.
    pub fn heatmap(&self, candidate: &Picture) -> Picture {
        let worst = &self.verdict.evidence["worst"]["box"];
        let worst = serde_json::from_value(worst.clone()).ok();
        heatmap::heatmap(candidate, self.heat.as_ref().map(|heat| &heat.0), worst)
    }
}

/// Judges a picture of a product.
pub fn check(reference: &Reference, candidate: &Picture, framing: Framing) -> Verdict {
    judged(reference, candidate, framing, false).verdict
}

/// Judges a picture and keeps what a heat-map needs.
pub fn examine(reference: &Reference, candidate: &Picture, framing: Framing) -> Examination {
    judged(reference, candidate, framing, true)
}

/// What a model is fitted on: what both roads find of a pair.
pub struct Measured {
    /// Everything the draped road measures, by name; nothing where the garment is not found.
    pub values: Option<Values>,
    /// The flat road's score, where it judges alone.
    pub flat: Option<f64>,
}

/// Measures a pair on both roads, judging nothing by the model. For fitting.
pub fn measured(reference: &Reference, candidate: &Picture) -> Measured {
    let prepared = Candidate::new(candidate);
    let flat = prepared
        .even_ground
        .then(|| Flat::of(reference, &prepared, Framing::Full))
        .flatten();
    let map = flat.as_ref().map(|flat| flat.map(reference, &prepared));
    let draped = worn::draped(reference, &prepared, map);
    Measured {
        flat: flat
            .filter(|flat| {
                flat.is_settled() || flat.is_wrong_in_place(draped.as_ref().map_or(0.0, Draped::bend))
            })
            .map(|flat| flat.score()),
        values: draped.map(|draped| draped.values),
    }
}

fn judged(reference: &Reference, candidate: &Picture, framing: Framing, with_heat: bool) -> Examination {
    let candidate = Candidate::new(candidate);
    let is_flat = framing == Framing::CloseUp || candidate.even_ground;
    let flat = is_flat
        .then(|| Flat::of(reference, &candidate, framing))
        .flatten();
    let is_settled = flat.as_ref().is_some_and(Flat::is_settled);
    let worn = (framing == Framing::Full && !is_settled)
        .then(|| {
            Worn::of(
                reference,
                &candidate,
                flat.as_ref().map(|flat| flat.map(reference, &candidate)),
            )
        })
        .flatten();
    let bend = worn.as_ref().map_or(0.0, Worn::bend);
    let is_exact = is_settled || flat.as_ref().is_some_and(|flat| flat.is_wrong_in_place(bend));
    match (worn.filter(|_| !is_exact), flat) {
        (Some(worn), flat) => Examination {
            verdict: worn.verdict(reference, &candidate, flat.as_ref()),
            heat: with_heat.then(|| Heat(worn.heat(&candidate))),
        },
        (None, Some(flat)) => Examination {
            verdict: flat.verdict(reference, &candidate, framing),
            heat: with_heat.then(|| Heat(flat.heat(&candidate))),
        },
        (None, None) => Examination {
            verdict: unmeasured("the garment was not found in the picture"),
            heat: None,
        },
    }
}

fn unmeasured(reason: &str) -> Verdict {
    Verdict {
        lock: LOCK.name.to_owned(),
        score: None,
        threshold: THRESHOLD,
        outcome: Outcome::Unverifiable,
        evidence: json!({ "reason": reason }),
    }
}

fn rounded(value: impl Into<f64>) -> f64 {
    (value.into() * 10_000.0).round() / 10_000.0
}
