//! The road for our own flat pictures: the reference turned, scaled and moved, nothing else, under tight limits.

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use serde_json::{Value, json};

use super::{
    LOCK, SIDE_MIN, SSIM_THRESHOLD,
    judge::{Part, PartName, THRESHOLD, outcome, parts, to_blame, worst_of},
    map::Map,
    measure::{Measures, Region},
    pair::{Candidate, Pair},
    palette,
    reference::Reference,
    rounded, words,
};
use crate::locks::plane::Plane;

/// A whole picture at least this much alike,
const SPECK_SSIM: f32 = 0.97;
/// off by less than this on average (dE 2000),
const SPECK_COLOUR_MEAN: f32 = 0.5;
/// and by less than this where it is worst, differs by a speck.
const SPECK_COLOUR_WORST: f32 = 8.0;

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

/// Cloth that bends less than this (frame pixels) lies flat: of 345 generated pictures of bent cloth on an even ground that
/// these limits do not pass none bends by less than 1.3.
const RIGID: f32 = 1.2;
/// Cloth that lies flat lies in place from this fit on, and any cloth from that one on (cloth that bends fits by 0.94 at best).
const PLACED_FIT: f32 = 0.88;
const EXACT_FIT: f32 = 0.96;
/// A part's score below which a picture that lies in place is wrong: fine stripes and knits that are right reach 0.22.
const WRONG: f64 = 0.2;
/// A garment that fits so well, of which such a share of a region shows the ground, and that is so wrong, is cut short.
const CUT_FIT: f32 = 0.8;
const CUT_LOST: f32 = 0.9;
const CUT_WRONG: f64 = 0.05;
/// A fit this good is no drape.
const LEVEL_FIT: f32 = 0.9;
/// A fit this good is good enough to tell that the garment is mirrored.
const MIRROR_FIT: f32 = 0.7;
/// Colours (CIEDE2000 of the medians) are then the photo's: our own pictures reach 1.3.
const MIRROR_COLOUR: f32 = 2.0;

/// A pair, measured at its best place.
pub(super) struct Flat {
    measures: Measures,
    pair: Pair,
    /// Other places whose structure fits nearly as well.
    rivals: usize,
    /// It is wrong, and its mirror image explains it.
    mirrored: bool,
}

impl Flat {
    /// Measures the places in order of their fit until one is right; else the one that comes nearest to it counts.
    pub(super) fn of(reference: &Reference, candidate: &Candidate, framing: Framing) -> Option<Self> {
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
        best.map(|(score, measures, pair)| Self {
            mirrored: outcome(score) == Outcome::Failed
                && pair.fit >= MIRROR_FIT
                && mirror_explains(reference, candidate, framing, &measures, &pair),
            measures,
            pair,
            rivals: near.saturating_sub(1),
        })
    }

    /// The tight limits have judged this pair: nothing is wrong under them, or it shows nothing, or a mirror image.
    pub(super) fn is_settled(&self) -> bool {
        self.right() || self.empty() || self.mirrored
    }

    /// The tight limits call it wrong, and no bend of its cloth (`bend`, frame pixels) is an excuse: it lies in place, or
    /// all else does and a region is gone. Fine structure alone, grain or knit, differs already where cloth is moved by a
    /// third of a pixel: it does not count.
    pub(super) fn is_wrong_in_place(&self, bend: f32) -> bool {
        let is_placed = self.pair.fit >= if bend <= RIGID { PLACED_FIT } else { EXACT_FIT };
        let [colour, panel, _, silhouette] = parts(&self.measures);
        let is_wrong = [colour, panel, silhouette]
            .iter()
            .any(|part| part.score() < WRONG);
        (is_placed && is_wrong) || self.is_cut_short()
    }

    /// The garment hangs as in its photo: drape is no excuse.
    pub(super) fn lies_level(&self) -> bool {
        self.pair.fit >= LEVEL_FIT
    }

    fn is_cut_short(&self) -> bool {
        let lost = self.measures.against_ground.map_or(0.0, |found| found.lost.value);
        let [_, panel, ..] = parts(&self.measures);
        self.pair.fit >= CUT_FIT && lost >= CUT_LOST && panel.score() < CUT_WRONG
    }

    /// 0..=1 under the tight limits.
    pub(super) fn score(&self) -> f64 {
        worst_of(&parts(&self.measures)).score()
    }

    fn right(&self) -> bool {
        self.score() >= THRESHOLD && self.pair.fit >= FIT_MIN
    }

    /// The garment could be told from the ground, and is not there.
    fn empty(&self) -> bool {
        let seen = self.measures.against_ground;
        seen.is_some_and(|found| found.visible >= VISIBLE_MIN && found.present < PRESENT_MIN)
    }

    /// The tight limits would fail it: another garment, a fault, or drape.
    pub(super) fn looks_wrong(&self) -> bool {
        outcome(self.score()) == Outcome::Failed
    }

    /// From pixels of the reference's image to those of the candidate's.
    pub(super) fn map(&self, reference: &Reference, candidate: &Candidate) -> Map {
        self.pair.map(reference, candidate)
    }

    /// The verdict under the tight limits.
    pub(super) fn verdict(&self, reference: &Reference, candidate: &Candidate, framing: Framing) -> Verdict {
        let (measures, pair) = (&self.measures, &self.pair);
        let parts = parts(measures);
        let score = worst_of(&parts).score();
        let worst = to_blame(&parts);
        let mut outcome = outcome(score);
        let mut reason = words::reason(measures, worst, outcome, self.mirrored);
        if self.empty() {
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
        } else if outcome == Outcome::Failed && self.rivals > 0 && palette::distance(pair) <= SAME_PALETTE {
            outcome = Outcome::Doubtful;
            reason = format!(
                "the cloth repeats itself: {} places fit nearly as well, so which part is shown is not sure; {reason}",
                self.rivals + 1
            );
        }
        let part = if self.mirrored { "print" } else { worst.name.name() };
        let at = candidate_box(worst.worst.region, pair.to_candidate, candidate);
        Verdict {
            lock: LOCK.name.to_owned(),
            score: Some(rounded(score)),
            threshold: THRESHOLD,
            outcome,
            evidence: evidence(measures, pair, &parts, &reason, part, at),
        }
    }

    /// What differs (CIEDE2000), in the candidate image's pixels.
    pub(super) fn heat(&self, candidate: &Candidate) -> Plane {
        let back = self
            .pair
            .to_candidate
            .resized(1.0, 1.0 / candidate.reduction)
            .inverse();
        let difference = &self.measures.difference;
        let mut heat = Plane::new(candidate.image.width(), candidate.image.height(), 0.0);
        for (index, value) in heat.data.iter_mut().enumerate() {
            let (x, y) = (index % candidate.image.width(), index / candidate.image.width());
            let (u, v) = back.apply(x as f32 + 0.5, y as f32 + 0.5);
            if u >= 0.0 && v >= 0.0 && u < difference.width as f32 && v < difference.height as f32 {
                *value = difference.sample(u, v);
            }
        }
        heat
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
    pair: &Pair,
) -> bool {
    // A mirror changes structure, not colour.
    if measures.colour_median > MIRROR_COLOUR || measures.structure.value < 0.6 {
        return false;
    }
    let mirrored = reference.mirrored();
    let other = match framing {
        // The outline of a garment is about its own mirror image, so it lies where the garment does.
        Framing::Full => Pair::near(&mirrored, candidate, pair.map(reference, candidate)),
        Framing::CloseUp => Pair::find(&mirrored, candidate, framing).into_iter().next(),
    };
    other.and_then(|pair| Measures::of(&pair)).is_some_and(|other| {
        other.structure.value < 0.6 * measures.structure.value && other.ssim > measures.ssim
    })
}

fn evidence(
    measures: &Measures,
    pair: &Pair,
    parts: &[Part; 4],
    reason: &str,
    part: &str,
    at: [u32; 4],
) -> Value {
    let score = |name: PartName| {
        let part = parts.iter().find(|part| part.name == name);
        part.map(|part| rounded(part.score()))
    };
    let structure = score(PartName::Structure);
    json!({
        "reason": reason,
        "road": "flat",
        "same_product": rounded(words::same_product(measures)),
        "ssim": rounded(measures.ssim),
        "ssim_threshold": SSIM_THRESHOLD,
        // Under tight limits, print and pattern are structure.
        "parts": {
            "colour": score(PartName::Colour),
            "panel": score(PartName::Panel),
            "structure": structure,
            "print": structure,
            "pattern": structure,
            "silhouette": score(PartName::Silhouette),
        },
        "colour": {
            "mean": rounded(measures.colour_mean),
            "median": rounded(measures.colour_median),
            "worst": rounded(measures.panel.value),
        },
        "worst": { "box": at, "part": part },
        "alignment": {
            "scale": rounded(pair.scale),
            "angle_degrees": rounded(pair.angle_degrees),
            "fit": rounded(pair.fit),
            "inside": rounded(measures.inside),
        },
    })
}

/// Left, top, width, height in candidate pixels of the upright box around a region of the frame.
fn candidate_box([left, top, width, height]: Region, to_candidate: Map, candidate: &Candidate) -> [u32; 4] {
    let (x, y) = to_candidate.apply(left + width / 2.0, top + height / 2.0);
    let half = (
        width * to_candidate.scale() / 2.0,
        height * to_candidate.scale() / 2.0,
    );
    candidate.boxed((x - half.0, y - half.1), (x + half.0, y + half.1))
}
