//! The product lock: is the garment in this picture the garment of the photo?
//!
//! 1. The candidate is laid over the reference (or, for a close-up, found in it): every place, a ladder of scales
//!    and a few angles on thumbnails, then Gauss-Newton on locally normalised lightness, coarse to fine. See `locate`.
//! 2. Without its rim, the garment is compared region by region: CIEDE2000, structure over L*a*b*, masked SSIM,
//!    cloth that is gone. See `measure`.
//! 3. Each part is judged by its worst region, and the worst part decides. See `judge`.
//!
//! What it cannot see: drape (a garment worn is another shape), light that changed (a studio changes none), a fault
//! the cut-out itself has, and the difference between two plain garments of one cut and colour.

mod align;
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

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use serde_json::{Value, json};

pub use self::reference::Reference;
use self::{
    judge::{PartName, THRESHOLD, outcome, parts, worst_of},
    map::Map,
    measure::Measures,
    pair::{Candidate, Pair},
};
use super::Lock;
use crate::Picture;

/// The register's line.
pub const LOCK: Lock = Lock {
    name: "product",
    asks: "is this the garment of the product photo?",
    needs: "the product's cut-out",
};

/// A whole picture at least this much alike,
const SPECK_SSIM: f32 = 0.97;
/// off by less than this on average (dE 2000),
const SPECK_COLOUR_MEAN: f32 = 0.5;
/// and by less than this where it is worst, differs by a speck.
const SPECK_COLOUR_WORST: f32 = 8.0;

/// The seed's number for masked SSIM, shown beside the score.
const SSIM_THRESHOLD: f64 = 0.92;
/// A garment (or, in a close-up, the part shown) with fewer pixels on its longer side than this is not judged.
const SIDE_MIN: f32 = 150.0;
/// Share of a close-up that must show the garment.
const PART_MIN: f32 = 0.2;
/// Share of the garment that must be visible against the ground.
const VISIBLE_MIN: f32 = 0.3;
/// A picture where less of the garment's place differs from the ground shows no garment.
const PRESENT_MIN: f32 = 0.02;
/// A place whose structure correlates this well, and this well against the best, is a rival of it.
const RIVAL_FIT_MIN: f32 = 0.55;
const RIVAL_FIT: f32 = 0.85;
/// Up to this distance of palettes (L*a*b* units) two pictures may show the same cloth at different places.
const SAME_PALETTE: f32 = 2.5;
/// Structure must correlate this well before a place counts as found.
const FIT_MIN: f32 = 0.4;

/// A verdict and the picture of its grounds.
pub struct Examination {
    /// The verdict.
    pub verdict: Verdict,
    measured: Option<(Measures, Map)>,
}

impl Examination {
    /// The candidate in gray, what differs in colour: yellow from CIEDE2000 6, red from 12.
    pub fn heatmap(&self, candidate: &Picture) -> Picture {
        let measured = self.measured.as_ref();
        heatmap::heatmap(candidate, measured.map(|(measures, map)| (measures, *map)))
    }
}

/// Judges a picture of a product.
pub fn check(reference: &Reference, candidate: &Picture, framing: Framing) -> Verdict {
    examine(reference, candidate, framing).verdict
}

/// Judges a picture and keeps what a heat-map needs.
pub fn examine(reference: &Reference, candidate: &Picture, framing: Framing) -> Examination {
    let prepared = Candidate::new(candidate);
    let measured = Measured::best(reference, &prepared, framing);
    let Some(Measured {
        measures,
        pair,
        rivals,
    }) = measured
    else {
        return Examination {
            verdict: unmeasured("the garment was not found in the picture"),
            measured: None,
        };
    };
    Examination {
        verdict: verdict(reference, &prepared, framing, &measures, &pair, rivals),
        measured: Some((measures, pair.to_candidate)),
    }
}

/// A pair, measured at its best place.
struct Measured {
    measures: Measures,
    pair: Pair,
    /// Other places whose structure fits nearly as well.
    rivals: usize,
}

impl Measured {
    /// Measures the places in order of their fit until one is right; else the one that comes nearest to it counts.
    fn best(reference: &Reference, candidate: &Candidate, framing: Framing) -> Option<Self> {
        let pairs = Pair::find(reference, candidate, framing);
        let fit_max = pairs.iter().map(|pair| pair.fit).fold(0.0, f32::max);
        let rival_fit = RIVAL_FIT_MIN.max(RIVAL_FIT * fit_max);
        let near = pairs.iter().filter(|pair| pair.fit >= rival_fit).count();
        let mut best: Option<(f64, Measures, Pair)> = None;
        for pair in pairs {
            let Some(measures) = Measures::of(&pair) else {
                continue;
            };
            let score = worst_of(&parts(&measures)).score();
            if best.as_ref().is_none_or(|(other, ..)| score > *other) {
                best = Some((score, measures, pair));
            }
            if score >= THRESHOLD {
                break;
            }
        }
        best.map(|(_, measures, pair)| Self {
            measures,
            pair,
            rivals: near.saturating_sub(1),
        })
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

fn verdict(
    reference: &Reference,
    candidate: &Candidate,
    framing: Framing,
    measures: &Measures,
    pair: &Pair,
    rivals: usize,
) -> Verdict {
    let parts = parts(measures);
    let worst = worst_of(&parts);
    let score = worst.score();
    let mut outcome = outcome(score);
    let mirrored = outcome == Outcome::Failed && mirror_explains(reference, candidate, framing, measures);
    let mut reason = words::reason(measures, worst, outcome, mirrored);
    let seen = measures
        .against_ground
        .map(|found| (found.visible, found.present));
    if seen.is_some_and(|(visible, present)| visible >= VISIBLE_MIN && present < PRESENT_MIN) {
        outcome = Outcome::Failed;
        "there is no garment in the picture".clone_into(&mut reason);
    } else if outcome != Outcome::Failed
        && let Some(obstacle) = obstacle(reference, framing, measures, pair)
    {
        outcome = Outcome::Unverifiable;
        reason = obstacle;
    } else if pair.fit < FIT_MIN && (framing == Framing::CloseUp || outcome == Outcome::Passed) {
        outcome = Outcome::Unverifiable;
        reason = format!("its place on the garment was not found (fit {:.2})", pair.fit);
    } else if outcome == Outcome::Failed && nearly(measures, framing, pair.fit) {
        outcome = Outcome::Doubtful;
    } else if outcome == Outcome::Failed && rivals > 0 && palette::distance(pair) <= SAME_PALETTE {
        outcome = Outcome::Doubtful;
        reason = format!(
            "the cloth repeats itself: {} places fit nearly as well, so which part is shown is not sure; {reason}",
            rivals + 1
        );
    }
    let part = if mirrored { "print" } else { worst.name.name() };
    Verdict {
        lock: LOCK.name.to_owned(),
        score: Some(score),
        threshold: THRESHOLD,
        outcome,
        evidence: evidence(measures, pair, &parts, &reason, part, worst.worst.region),
    }
}

/// Why a picture that looks right must not be called so.
fn obstacle(reference: &Reference, framing: Framing, measures: &Measures, pair: &Pair) -> Option<String> {
    let [_, _, width, height] = measures.garment;
    let side = width.max(height) * pair.to_candidate.scale();
    let seen = measures.compared / (pair.alpha.data.len() as f32);
    if let Some(distrust) = &reference.distrust {
        return Some(distrust.clone());
    }
    if side < SIDE_MIN {
        return Some(format!(
            "only {side:.0} px of the garment are in the picture; {SIDE_MIN:.0} are needed"
        ));
    }
    if framing == Framing::CloseUp && seen < PART_MIN {
        return Some(format!(
            "the garment fills only {:.0} % of the close-up",
            seen * 100.0
        ));
    }
    let visible = measures.against_ground.map_or(1.0, |found| found.visible);
    (visible < VISIBLE_MIN)
        .then(|| "the garment cannot be told from the ground it stands on; use another background".to_owned())
}

/// Right as a whole, off in one region only: a person looks.
///
/// A crop without an outline to hold on to may lie half a pixel or one stripe off. A whole garment has its outline, so
/// there only a speck of another structure, in the right colour, is doubted: a rim of the old ground, say.
fn nearly(measures: &Measures, framing: Framing, fit: f32) -> bool {
    match framing {
        Framing::CloseUp => {
            (f64::from(measures.ssim) >= SSIM_THRESHOLD || fit >= 0.9) && measures.colour_mean < 3.0
        }
        Framing::Full => {
            measures.ssim >= SPECK_SSIM
                && measures.colour_mean < SPECK_COLOUR_MEAN
                && measures.panel.value < SPECK_COLOUR_WORST
        }
    }
}

/// A mirror image lies clearly better over the candidate than the reference does.
fn mirror_explains(
    reference: &Reference,
    candidate: &Candidate,
    framing: Framing,
    measures: &Measures,
) -> bool {
    // A mirror changes structure, not colour.
    if measures.colour_median > 6.0 || measures.structure.value < 0.6 {
        return false;
    }
    let other = Pair::find(&reference.mirrored(), candidate, framing)
        .into_iter()
        .next();
    other.and_then(|pair| Measures::of(&pair)).is_some_and(|other| {
        other.structure.value < 0.6 * measures.structure.value && other.ssim > measures.ssim
    })
}

fn evidence(
    measures: &Measures,
    pair: &Pair,
    parts: &[judge::Part; 4],
    reason: &str,
    part: &str,
    region: measure::Region,
) -> Value {
    let scores: serde_json::Map<String, Value> = parts
        .iter()
        .map(|part| (part.name.name().to_owned(), json!(rounded(part.score()))))
        .collect();
    let value = |name: PartName| {
        parts
            .iter()
            .find(|part| part.name == name)
            .map(|part| rounded(part.value))
    };
    json!({
        "reason": reason,
        "same_product": words::same_product(measures),
        "ssim": rounded(measures.ssim),
        "ssim_threshold": SSIM_THRESHOLD,
        "parts": scores,
        "colour": {
            "mean": rounded(measures.colour_mean),
            "median": rounded(measures.colour_median),
            "worst": value(PartName::Panel),
        },
        "structure": value(PartName::Structure),
        "lost": value(PartName::Silhouette),
        "worst": { "box": candidate_box(region, pair.to_candidate), "part": part },
        "alignment": {
            "scale": rounded(pair.scale),
            "angle_degrees": rounded(pair.angle_degrees),
            "fit": rounded(pair.fit),
            "inside": rounded(measures.inside),
        },
    })
}

/// Left, top, width, height in candidate pixels of the upright box around a region of the frame.
fn candidate_box([left, top, width, height]: measure::Region, to_candidate: Map) -> [i64; 4] {
    let (x, y) = to_candidate.apply(left + width / 2.0, top + height / 2.0);
    let (w, h) = (width * to_candidate.scale(), height * to_candidate.scale());
    [x - w / 2.0, y - h / 2.0, w, h].map(|v| v.round() as i64)
}

fn rounded(value: impl Into<f64>) -> f64 {
    (value.into() * 10_000.0).round() / 10_000.0
}
