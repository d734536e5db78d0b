//! Fits the product lock's model on measured pairs.

use std::collections::{BTreeMap, BTreeSet};

use imaging::locks::product::model::{BADNESS_REACH, Blame, Curve, Model, PARTS, PartModel, Weight};

use crate::Sample;

/// Each part: the numbers it looks at, and the faults it is fitted to see.
const EXPERTS: [(&str, &[&str], &[&str]); 6] = [
    (
        "colour",
        &[
            "chroma",
            "chroma_balanced",
            "saturation",
            "palette",
            "palette_balanced",
            "lightness",
        ],
        &["recoloured", "desaturated", "swapped", "other-garment"],
    ),
    (
        "panel",
        &["panel_small", "panel_wide", "panel_total"],
        &["part-recoloured", "swapped"],
    ),
    (
        "structure",
        &[
            "fine_beyond",
            "middle_beyond",
            "apart_beyond",
            "apart_small_beyond",
            "lost",
            "detail_lost",
        ],
        &[
            "print-erased",
            "print-mirrored",
            "print-garbled",
            "pattern-rescaled",
            "swapped",
            "details-removed",
        ],
    ),
    (
        "print",
        &["print_unlike", "print_mirrored", "print_rough"],
        &["print-erased", "print-mirrored", "print-garbled"],
    ),
    (
        "pattern",
        &["fine_energy_lost", "points_lost", "middle_beyond"],
        &["pattern-rescaled", "pattern-smoothed", "swapped"],
    ),
    (
        "silhouette",
        &[
            "outline_missing",
            "hem",
            "hem_hidden",
            "side",
            "hem_moved",
            "squeeze",
            "bare",
        ],
        &["shortened"],
    ),
];
/// The same of details, told as structure.
const DETAIL: (&[&str], &[&str]) = (&["detail_lost"], &["details-removed"]);
/// Numbers that say whether it is the same product; those of the second list speak for it.
const AGAINST: [&str; 6] = [
    "coarse_weighted",
    "palette_raw",
    "palette_balanced",
    "medians",
    "chroma_balanced",
    "middle_mean",
];
const FOR: [&str; 3] = ["agreeing", "agreeing_share", "place_value"];
/// Other products.
const OTHERS: [&str; 2] = ["swapped", "other-garment"];
/// A kind with fewer samples counts half as much.
const FEW: usize = 12;
/// A number's curve bends at these shares of the faithful pictures, and of the tampered ones.
const RIGHT: [f64; 6] = [0.05, 0.5, 0.8, 0.92, 0.98, 0.995];
const WRONG: [f64; 6] = [0.1, 0.25, 0.5, 0.75, 0.9, 0.97];
/// Strength of the pull towards no rise.
const PULL: f64 = 0.0001;
const STEPS: usize = 4000;
const SWEEPS: usize = 2000;
/// The part that each kind of tamper changes.
const CAUSES: [(&str, &str); 10] = [
    ("recoloured", "colour"),
    ("desaturated", "colour"),
    ("part-recoloured", "panel"),
    ("print-erased", "print"),
    ("print-mirrored", "print"),
    ("print-garbled", "print"),
    ("pattern-rescaled", "pattern"),
    ("pattern-smoothed", "pattern"),
    ("shortened", "silhouette"),
    ("details-removed", "structure"),
];
/// Strength of the pull towards no say in the blame.
const BLAME_PULL: f64 = 0.02;

/// Chances of the same product below which it is another, and from which it is this one.
const SAME_FAIL: f64 = 0.3;
const SAME_PASS: f64 = 0.6;
/// Loss of structure above which drape hides faults (the recipe's limit; half of the generated hard warps lie below).
const DRAPE_MAX: f64 = 0.18;
/// Lightness (L*) by which light hardly moves a garment: of 808 faithful pictures one moves by more (17.2), the next by 13.4.
const LIGHT_MAX: f64 = 16.0;
/// Ends of a garment that lies straight are this near to where its key points put them, frame pixels (95 % of the
/// faithful generated pictures; people who wear a garment: 15 to 21).
const STRAIGHT_MAX: f64 = 8.0;
/// Shares of the tampered pictures that may pass, and of the faithful ones that may fail, in the cross-fit: less than
/// what is allowed (5 % and 4 %), because garments that nobody has looked at do worse.
const FALSE_PASS: f64 = 0.025;
const FALSE_REJECT: f64 = 0.015;
/// Log odds between the two limits at least, and what limits are rounded to: finer they mean nothing.
const BETWEEN: f64 = 0.5;
const LIMIT_STEP: f64 = 0.05;

/// Fits on these samples; the limits are set on models that did not see the garment they judge.
pub(crate) fn fitted_with_limits(samples: &[&Sample], fitted_on: String) -> Model {
    let crossed = cross_fitted(samples);
    // Another product does not pass, whatever its faults.
    let fault = |s: &Sample, model: &Model| {
        if model.same_product(&s.values) >= SAME_PASS {
            model.fault(&s.values)
        } else {
            f64::MAX
        }
    };
    let faults = |wanted: &dyn Fn(&Sample) -> bool| {
        let own = samples.iter().zip(&crossed).filter(|(s, _)| wanted(s));
        let mut faults: Vec<f64> = own.map(|(s, model)| fault(s, model)).collect();
        faults.sort_by(f64::total_cmp);
        faults
    };
    // What hangs too far from the photo does not fail, whatever the numbers say.
    let model = fitted(samples);
    let comparable = |s: &Sample| {
        s.is_faithful() && !model.is_draped(&s.values) && model.same_product(&s.values) >= SAME_PASS
    };
    let limit = |faults: Vec<f64>, share: f64| (quantile(&faults, share) / LIMIT_STEP).round() * LIMIT_STEP;
    let fault_pass = limit(faults(&|s| !s.is_faithful()), FALSE_PASS);
    let fault_fail = limit(faults(&comparable), 1.0 - FALSE_REJECT).max(fault_pass + BETWEEN);
    Model {
        fitted_on,
        blame: blame(samples, &crossed),
        fault_pass: rounded(fault_pass),
        fault_fail: rounded(fault_fail),
        ..model
    }
}

/// Fits on these samples.
fn fitted(samples: &[&Sample]) -> Model {
    let parts = EXPERTS.map(|(name, numbers, kinds)| (name.to_owned(), part(samples, numbers, kinds)));
    let (same_bias, same) = same(samples);
    Model {
        fitted_on: String::new(),
        parts: parts.into_iter().collect(),
        detail: part(samples, DETAIL.0, DETAIL.1),
        blame: BTreeMap::new(),
        same_bias,
        same,
        same_fail: SAME_FAIL,
        same_pass: SAME_PASS,
        fault_pass: 0.0,
        fault_fail: 0.0,
        drape_max: DRAPE_MAX,
        light_max: LIGHT_MAX,
        straight_max: STRAIGHT_MAX,
    }
}

/// Every kind weighs the same, faithful pictures as much as all faults together.
fn weights(kinds: &[&str], faithful: &[bool]) -> Vec<f64> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, faithful) in kinds.iter().zip(faithful) {
        *counts.entry(if *faithful { "" } else { kind }).or_default() += 1;
    }
    let mass = |kind: &str, count: usize| {
        if kind.is_empty() {
            1.0
        } else if count < FEW {
            0.5
        } else {
            1.0
        }
    };
    let faults: f64 = counts
        .iter()
        .filter(|(k, _)| !k.is_empty())
        .map(|(k, c)| mass(k, *c))
        .sum();
    let share = |kind: &str| {
        let count = counts[kind];
        if kind.is_empty() {
            0.5 / count as f64
        } else {
            0.5 * mass(kind, count) / faults / count as f64
        }
    };
    kinds
        .iter()
        .zip(faithful)
        .map(|(kind, f)| share(if *f { "" } else { kind }))
        .collect()
}

/// The value below which this share lies; 0 of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn part(samples: &[&Sample], numbers: &[&str], kinds: &[&str]) -> PartModel {
    let own: Vec<&&Sample> = samples
        .iter()
        .filter(|s| s.is_faithful() || kinds.contains(&s.kind.as_str()))
        .collect();
    let faithful: Vec<bool> = own.iter().map(|s| s.is_faithful()).collect();
    let weights = weights(
        &own.iter().map(|s| s.kind.as_str()).collect::<Vec<_>>(),
        &faithful,
    );
    let knots: Vec<Vec<f64>> = numbers.iter().map(|name| knots(&own, name)).collect();
    // One column per piece of each curve: how far the number has gone along it, 0..=1.
    let rows: Vec<Vec<f64>> = own
        .iter()
        .map(|sample| {
            let pieces = numbers.iter().zip(&knots).flat_map(|(name, knots)| {
                let value = f64::from(sample.values[*name]);
                knots
                    .windows(2)
                    .map(move |ends| ((value - ends[0]) / (ends[1] - ends[0])).clamp(0.0, 1.0))
            });
            pieces.collect()
        })
        .collect();
    let labels: Vec<f64> = faithful.iter().map(|f| f64::from(u8::from(!f))).collect();
    let (bias, rises) = logistic(&rows, &labels, &weights, PULL);
    let mut rises = rises.into_iter();
    let curves = numbers.iter().zip(knots).map(|(name, knots)| {
        let rises = rises.by_ref().take(knots.len() - 1).map(rounded).collect();
        (
            (*name).to_owned(),
            Curve {
                knots: knots.into_iter().map(rounded).collect(),
                rises,
            },
        )
    });
    PartModel {
        curves: curves.collect(),
        bias: rounded(bias),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

fn knots(own: &[&&Sample], name: &str) -> Vec<f64> {
    let sorted = |wanted: bool| {
        let mut values: Vec<f64> = own
            .iter()
            .filter(|s| s.is_faithful() == wanted)
            .map(|s| f64::from(s.values[name]))
            .collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (right, wrong) = (sorted(true), sorted(false));
    let right = RIGHT.map(|share| quantile(&right, share));
    let wrong = WRONG.map(|share| quantile(&wrong, share));
    let mut knots = [&right[..], &wrong[..]].concat();
    knots.sort_by(f64::total_cmp);
    let reach = (knots[knots.len() - 1] - knots[0]).max(1e-6);
    let mut kept: Vec<f64> = Vec::new();
    for knot in knots {
        if kept.last().is_none_or(|last| knot > last + 0.02 * reach) {
            kept.push(knot);
        }
    }
    if kept.len() < 2 {
        kept.push(kept[0] + reach);
    }
    kept
}

/// Logistic regression with weights of at least 0: Newton's step on one weight after another, cut off at 0.
fn logistic(rows: &[Vec<f64>], labels: &[f64], weights: &[f64], pull: f64) -> (f64, Vec<f64>) {
    let width = rows[0].len();
    // The bias is the last weight: its number is always 1, and nothing pulls at it or bounds it.
    let number = |row: &[f64], index: usize| row.get(index).copied().unwrap_or(1.0);
    let mut at = vec![0.0; width + 1];
    let mut odds = vec![0.0; rows.len()];
    for _ in 0..SWEEPS {
        let mut moved = 0.0_f64;
        for (index, at) in at.iter_mut().enumerate() {
            let (pull, least) = if index < width {
                (pull, 0.0)
            } else {
                (0.0, f64::MIN)
            };
            let (mut slope, mut curvature) = (pull * *at, pull + 1e-9);
            for (((row, label), weight), odds) in rows.iter().zip(labels).zip(weights).zip(&odds) {
                let (chance, x) = (1.0 / (1.0 + f64::exp(-odds)), number(row, index));
                slope += weight * (chance - label) * x;
                curvature += weight * chance * (1.0 - chance) * x * x;
            }
            let step = (*at - (slope / curvature).clamp(-1.0, 1.0)).max(least) - *at;
            *at += step;
            moved = moved.max(step.abs());
            for (odds, row) in odds.iter_mut().zip(rows) {
                *odds += step * number(row, index);
            }
        }
        if moved < 1e-5 {
            break;
        }
    }
    let bias = at.pop().unwrap_or(0.0);
    (bias, at)
}

/// Which badnesses speak for which cause: a softmax over the parts, every cause weighing the same. `crossed` are models
/// that did not see the sample's garment.
fn blame(samples: &[&Sample], crossed: &[Model]) -> BTreeMap<String, Blame> {
    let cause = |kind: &str| {
        let (_, part) = CAUSES.iter().find(|(own, _)| *own == kind)?;
        PARTS.iter().position(|name| name == part)
    };
    let rows: Vec<([f64; 7], usize)> = samples
        .iter()
        .zip(crossed)
        .filter_map(|(sample, model)| {
            let badness = model.badness(&sample.values);
            let row = std::array::from_fn(|column| {
                let name = PARTS.get(column);
                name.map_or(1.0, |name| badness[*name].clamp(-BADNESS_REACH, BADNESS_REACH))
            });
            Some((row, cause(&sample.kind)?))
        })
        .collect();
    let count = |wanted: usize| rows.iter().filter(|(_, own)| *own == wanted).count().max(1) as f64;
    let counts: [f64; 6] = std::array::from_fn(count);
    let mut at = [[0.0_f64; 7]; 6];
    for _ in 0..STEPS {
        let mut slope = [[0.0_f64; 7]; 6];
        for (row, own) in &rows {
            let odds = at.map(|weights| weights.iter().zip(row).map(|(w, v)| w * v).sum::<f64>());
            let top = odds.iter().copied().fold(f64::MIN, f64::max);
            let shares = odds.map(|odds| (odds - top).exp());
            let total: f64 = shares.iter().sum();
            for (part, slope) in slope.iter_mut().enumerate() {
                let error = shares[part] / total - f64::from(u8::from(part == *own));
                let weight = 1.0 / counts[*own] / 6.0;
                for (s, v) in slope.iter_mut().zip(row) {
                    *s += weight * error * v;
                }
            }
        }
        for (weights, slope) in at.iter_mut().zip(&slope) {
            for (column, (w, s)) in weights.iter_mut().zip(slope).enumerate() {
                let pull = if column < 6 { BLAME_PULL * *w } else { 0.0 };
                *w -= 0.05 * (s + pull);
            }
        }
    }
    let blame = |weights: &[f64; 7]| Blame {
        bias: rounded(weights[6]),
        weights: PARTS
            .iter()
            .zip(weights)
            .map(|(name, w)| ((*name).to_owned(), rounded(*w)))
            .collect(),
    };
    let parts = PARTS.iter().zip(&at);
    parts
        .map(|(name, weights)| ((*name).to_owned(), blame(weights)))
        .collect()
}

fn same(samples: &[&Sample]) -> (f64, BTreeMap<String, Weight>) {
    // A tampered picture still shows the product; only a faithful one or another garment teaches sameness.
    let own: Vec<&&Sample> = samples
        .iter()
        .filter(|s| s.is_faithful() || OTHERS.contains(&s.kind.as_str()))
        .collect();
    let is_same: Vec<bool> = own.iter().map(|s| s.is_faithful()).collect();
    let signs: Vec<(&str, f64)> = AGAINST
        .map(|n| (n, -1.0))
        .into_iter()
        .chain(FOR.map(|n| (n, 1.0)))
        .collect();
    let moments: Vec<(f64, f64)> = signs
        .iter()
        .map(|(name, _)| {
            let values: Vec<f64> = own.iter().map(|s| f64::from(s.values[*name])).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
            (mean, spread.sqrt().max(1e-6))
        })
        .collect();
    let rows: Vec<Vec<f64>> = own
        .iter()
        .map(|s| {
            let columns = signs.iter().zip(&moments);
            columns
                .map(|((name, sign), (mean, spread))| {
                    sign * ((f64::from(s.values[*name]) - mean) / spread).clamp(-4.0, 4.0)
                })
                .collect()
        })
        .collect();
    let labels: Vec<f64> = is_same.iter().map(|s| f64::from(u8::from(*s))).collect();
    let count = |wanted: bool| is_same.iter().filter(|s| **s == wanted).count().max(1) as f64;
    let (yes, no) = (count(true), count(false));
    let weights: Vec<f64> = is_same.iter().map(|s| 0.5 / if *s { yes } else { no }).collect();
    let (bias, found) = logistic(&rows, &labels, &weights, 0.01);
    let weights = signs
        .iter()
        .zip(moments)
        .zip(found)
        .map(|(((name, sign), (mean, spread)), weight)| {
            let weight = Weight {
                mean: rounded(mean),
                spread: rounded(spread),
                weight: rounded(sign * weight),
            };
            ((*name).to_owned(), weight)
        });
    (rounded(bias), weights.collect())
}

/// Products in five folds; each judged by a model that never saw it.
pub(crate) fn cross_fitted(samples: &[&Sample]) -> Vec<Model> {
    let garments: BTreeSet<&str> = samples.iter().map(|s| s.product()).collect();
    let fold: BTreeMap<&str, usize> = garments
        .into_iter()
        .enumerate()
        .map(|(i, g)| (g, i % 5))
        .collect();
    let models: Vec<Model> = (0..5)
        .map(|held| {
            let rest: Vec<&Sample> = samples
                .iter()
                .copied()
                .filter(|s| fold[s.product()] != held)
                .collect();
            fitted(&rest)
        })
        .collect();
    samples
        .iter()
        .map(|s| models[fold[s.product()]].clone())
        .collect()
}
