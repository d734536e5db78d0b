//! The fitted model: from numbers to two judgements, as data in `model.json`.
//!
//! A part's badness is a sum of curves, one per number, that never fall: a number that grows never makes a picture
//! look better. The fault is the worst part, softly: log(sum(exp(badness))). Whether it is the same product is a sum of
//! weighted numbers of one sign each. `examples/lock_fit.rs` fits both and writes the file.

use std::{collections::BTreeMap, sync::OnceLock};

use domain::verdict::Outcome;
use serde::{Deserialize, Serialize};

/// How much more than a fault another product counts.
const SAME_COUNTS: f64 = 2.0;

/// So many key points agree on one movement by chance in no other garment (at most 6 in 130 looked-at wrong pairs).
const POINTS_SURE: f64 = 12.0;

/// A fault speaks by its logarithm from about here on (log odds): worn cloth differs from its photo without bound, and
/// must not sink below another product for it.
const FAULT_BEND: f64 = 2.0;

/// Lightness beyond `Model::light_max` by so much (L*) is one more of log odds.
const LIGHT_STEP: f64 = 2.0;

/// A badness beyond this, either way, says no more of the cause.
pub const BADNESS_REACH: f64 = 8.0;

/// A print part that scores less on this road is doubted: read, and put back where that can be done. A print that is
/// right scores 0.97 on (98 in 100 faithful pictures of garments to fit on).
pub(in crate::locks::product) const PRINT_RIGHT: f64 = 0.95;

/// The parts of a garment that are judged, in the order in which they are told.
pub const PARTS: [&str; 6] = ["colour", "panel", "structure", "print", "pattern", "silhouette"];

/// Numbers by name, as measured.
pub type Values = BTreeMap<String, f32>;

/// A curve of straight pieces that never falls: 0 up to the first knot; after the last, where no picture was that it was
/// fitted on, it goes on as steeply as it rose on the whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// Where the pieces meet, rising, in the number's own unit.
    pub knots: Vec<f64>,
    /// How much the curve rises over each piece, at least 0: one fewer than knots.
    pub rises: Vec<f64>,
}

/// One part of the garment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartModel {
    /// Badness of a picture that is right in every number.
    pub bias: f64,
    /// A curve per number.
    pub curves: BTreeMap<String, Curve>,
}

/// How much the badness of every part speaks for one part as the cause.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blame {
    /// When every badness is 0.
    pub bias: f64,
    /// By part name.
    pub weights: BTreeMap<String, f64>,
}

/// A weighted number of the sameness sum.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Weight {
    /// Mean and spread over the pairs it was fitted on.
    pub mean: f64,
    /// See `mean`.
    pub spread: f64,
    /// Weight per spread; positive speaks for the same product.
    pub weight: f64,
}

/// The whole model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// What it was fitted on.
    pub fitted_on: String,
    /// By part name: [`PARTS`].
    pub parts: BTreeMap<String, PartModel>,
    /// A detail that is gone, which is told as structure: fitted on such pictures alone, of which there are too few to be
    /// heard among all others.
    pub detail: PartModel,
    /// By part name: a fault in one part shows in others, so the loudest is not always the cause.
    pub blame: BTreeMap<String, Blame>,
    /// Log odds of the same product when every number is at its mean.
    pub same_bias: f64,
    /// By number.
    pub same: BTreeMap<String, Weight>,
    /// Probability of the same product: below `same_fail` another product, from `same_pass` on surely this one.
    pub same_fail: f64,
    /// See `same_fail`.
    pub same_pass: f64,
    /// Log odds of a fault up to which a picture passes, and from which it fails where the fault can be trusted.
    pub fault_pass: f64,
    /// See `fault_pass`.
    pub fault_fail: f64,
    /// Mean loss of structure above which cloth may be draped too far for its details to be compared.
    pub drape_max: f64,
    /// Median difference of lightness (L*) that light explains: beyond, it is another shade, whatever else is right.
    pub light_max: f64,
    /// How far a garment's ends may lie from where its key points put them and it still lies straight, frame pixels.
    pub straight_max: f64,
}

impl Curve {
    fn at(&self, value: f64) -> f64 {
        let pieces = self.knots.windows(2).zip(&self.rises);
        let within: f64 = pieces
            .map(|(ends, rise)| rise * ((value - ends[0]) / (ends[1] - ends[0]).max(1e-9)).clamp(0.0, 1.0))
            .sum();
        let (first, last) = (self.knots[0], self.knots[self.knots.len() - 1]);
        let slope = self.rises.iter().sum::<f64>() / (last - first).max(1e-9);
        within + slope * (value - last).max(0.0)
    }
}

impl PartModel {
    /// Log odds that this part is wrong.
    pub fn badness(&self, values: &Values) -> f64 {
        let curves = self.curves.iter().filter_map(|(name, curve)| {
            let value = values.get(name.as_str())?;
            Some(curve.at(f64::from(*value)))
        });
        self.bias + curves.sum::<f64>()
    }
}

impl Model {
    /// The shipped model.
    pub fn shipped() -> &'static Self {
        static MODEL: OnceLock<Model> = OnceLock::new();
        MODEL.get_or_init(|| {
            serde_json::from_str(include_str!("model.json")).expect("the shipped model is read by every test")
        })
    }

    /// Log odds of a fault, part by part.
    pub fn badness(&self, values: &Values) -> BTreeMap<&str, f64> {
        let parts = self.parts.iter();
        let mut badness: BTreeMap<&str, f64> = parts
            .map(|(name, part)| (name.as_str(), part.badness(values)))
            .collect();
        let mut raise = |part: &str, odds: f64| {
            if let Some(own) = badness.get_mut(part) {
                *own = own.max(odds);
            }
        };
        raise("colour", self.shade(values));
        raise("structure", self.detail.badness(values));
        badness
    }

    /// Log odds that it is another shade of its colour: just right where light can explain no more.
    fn shade(&self, values: &Values) -> f64 {
        self.fault_pass + (lightness(values) - self.light_max) / LIGHT_STEP
    }

    /// The difference of lightness (L*) where no light explains it, else 0.
    pub fn shade_of(&self, values: &Values) -> f32 {
        let lightness = lightness(values);
        if lightness > self.light_max {
            lightness as f32
        } else {
            0.0
        }
    }

    /// Log odds of a fault: the worst part, softly.
    pub fn fault(&self, values: &Values) -> f64 {
        let badness = self.badness(values);
        badness.values().map(|odds| odds.exp()).sum::<f64>().ln()
    }

    /// The part that is most likely the cause of these badnesses.
    pub fn blamed<'a>(&'a self, badness: &BTreeMap<&str, f64>) -> Option<&'a str> {
        let support = |blame: &Blame| {
            let own = blame.weights.iter().filter_map(|(part, weight)| {
                let badness = badness.get(part.as_str())?;
                Some(weight * badness.clamp(-BADNESS_REACH, BADNESS_REACH))
            });
            blame.bias + own.sum::<f64>()
        };
        let parts = self.blame.iter();
        parts
            .max_by(|one, two| support(one.1).total_cmp(&support(two.1)))
            .map(|(name, _)| name.as_str())
    }

    /// How far a picture is from just passing, log odds: at least 0 passes.
    pub fn margin(&self, values: &Values) -> f64 {
        let odds = |chance: f64| (chance / (1.0 - chance)).ln();
        let same = odds(self.same_product(values).clamp(1e-9, 1.0 - 1e-9)) - odds(self.same_pass);
        let fault = match self.fault_pass - self.fault(values) {
            wrong if wrong < 0.0 => -FAULT_BEND * (-wrong / FAULT_BEND).ln_1p(),
            right => right,
        };
        if same < 0.0 {
            fault.min(0.0) + SAME_COUNTS * same
        } else {
            fault
        }
    }

    /// What follows: another product where its detail is not found in place either, a pass, a fault that can be trusted,
    /// or a person has to look.
    pub fn outcome(&self, values: &Values) -> Outcome {
        let (same, fault) = (self.same_product(values), self.fault(values));
        if same < self.same_fail && !Self::has_points(values) {
            Outcome::Failed
        } else if fault <= self.fault_pass && same >= self.same_pass {
            Outcome::Passed
        } else if fault < self.fault_fail || self.is_draped(values) {
            Outcome::Doubtful
        } else {
            Outcome::Failed
        }
    }

    /// Key points enough agree.
    pub fn has_points(values: &Values) -> bool {
        let agreeing = values.get("agreeing").map_or(0.0, |value| f64::from(*value));
        agreeing >= POINTS_SURE.ln_1p()
    }

    /// Cloth hangs too unlike the photo for its details to be compared: much structure is lost, and it does not lie
    /// straight, or too few key points agree to tell.
    pub fn is_draped(&self, values: &Values) -> bool {
        let value = |name: &str| values.get(name).map_or(0.0, |value| f64::from(*value));
        let bent = value("hem_moved").max(value("side_moved"));
        let is_straight = Self::has_points(values) && bent <= self.straight_max;
        value("middle_mean") > self.drape_max && !is_straight
    }

    /// Probability that both show one product, faults aside.
    pub fn same_product(&self, values: &Values) -> f64 {
        let weighted = self.same.iter().filter_map(|(name, weight)| {
            let value = f64::from(*values.get(name.as_str())?);
            Some(weight.weight * ((value - weight.mean) / weight.spread).clamp(-4.0, 4.0))
        });
        let odds = self.same_bias + weighted.sum::<f64>();
        1.0 / (1.0 + (-odds).exp())
    }
}

fn lightness(values: &Values) -> f64 {
    values.get("lightness").map_or(0.0, |value| f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_on_where_no_picture_was() {
        let curve = Curve {
            knots: vec![1.0, 2.0, 5.0],
            rises: vec![0.0, 2.0],
        };
        let values = [0.0, 1.5, 3.5, 5.0, 9.0].map(|value| curve.at(value));
        assert_eq!(values, [0.0, 0.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn a_detail_that_is_gone_is_a_fault_by_itself() {
        let model = Model::shipped();
        let structure =
            |lost: f32| model.badness(&Values::from([("detail_lost".to_owned(), lost)]))["structure"];
        assert!(structure(0.3) < model.fault_pass && structure(0.95) > model.fault_fail);
    }

    #[test]
    fn what_no_light_does_and_no_garment_is_cut_like_is_a_fault() {
        let model = Model::shipped();
        let right = |name: &str, value: f32| {
            let values = Values::from([(name.to_owned(), value)]);
            model.fault(&values) <= model.fault_pass
        };
        assert!(right("lightness", 8.0) && !right("lightness", 30.0));
        assert!(right("squeeze", 0.03) && !right("squeeze", 0.22));
    }
}
