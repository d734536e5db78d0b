//! What light explains: a slow change of brightness over the garment, and folds.

use crate::locks::{colour::Lab, plane::Plane};

/// Added to both lightnesses (0..=100) before their ratio is taken, so that black cloth does not shout.
const DARK: f32 = 4.0;
/// Misfit (log units) that counts half.
const HALF: f32 = 0.12;
/// Terms of a cubic in x and y.
const TERMS: usize = 10;
/// Greatest change of light, log units: slow, and in folds.
const SLOW_MAX: f32 = 0.6;
const FOLD_MAX: f32 = 0.5;
/// Sigma over which folds are judged, frame pixels.
const FOLD_SIGMA: f32 = 8.0;
/// Every so many pixels are looked at, both ways.
const STEP: usize = 4;

/// The candidate as it would be in the reference's light: lightness corrected for slow changes only, colour for folds
/// too (prints change lightness as folds do, so folds never excuse lightness).
pub(super) fn relit(reference: &Plane, candidate: &Lab, ok: &Plane) -> Lab {
    let ratio = reference.blurred(1.2).with(&candidate.l.blurred(1.2), |r, c| {
        ((r.max(0.0) + DARK) / (c.max(0.0) + DARK)).ln()
    });
    let slow = slow(&ratio, ok);
    let rest = ratio.with(&slow, |r, s| r - s).with(ok, |v, o| v * o);
    let total = ok.blurred(FOLD_SIGMA).map(|o| o + 0.02);
    let folds = rest
        .blurred(FOLD_SIGMA)
        .with(&total, |r, t| (r / t).clamp(-FOLD_MAX, FOLD_MAX));
    let gain = slow.with(&folds, |s, f| (s + f).exp());
    Lab {
        l: candidate.l.with(&slow, |l, s| (l + DARK) * s.exp() - DARK),
        a: candidate.a.with(&gain, |a, g| a * g),
        b: candidate.b.with(&gain, |b, g| b * g),
    }
}

/// The cubic in x and y closest to the ratio, robustly.
fn slow(ratio: &Plane, ok: &Plane) -> Plane {
    let (width, height) = (ratio.width, ratio.height);
    let terms = |x: usize, y: usize| {
        let long = width.max(height) as f64 / 2.0;
        let (u, v) = (
            (x as f64 - width as f64 / 2.0) / long,
            (y as f64 - height as f64 / 2.0) / long,
        );
        [
            1.0,
            u,
            v,
            u * u,
            u * v,
            v * v,
            u * u * u,
            u * u * v,
            u * v * v,
            v * v * v,
        ]
    };
    let mut samples = Vec::new();
    for y in (0..height).step_by(STEP) {
        for x in (0..width).step_by(STEP) {
            if ok.at(x, y) > 0.5 {
                samples.push((terms(x, y), f64::from(ratio.at(x, y))));
            }
        }
    }
    let mut found = [0.0; TERMS];
    let value = |found: &[f64; TERMS], terms: &[f64; TERMS]| -> f64 {
        found.iter().zip(terms).map(|(f, t)| f * t).sum()
    };
    for round in 0..4 {
        let mut normal = [[0.0; TERMS + 1]; TERMS];
        for (terms, wanted) in &samples {
            let misfit = (wanted - value(&found, terms)) / f64::from(HALF);
            let weight = if round == 0 {
                1.0
            } else {
                1.0 / (1.0 + misfit * misfit)
            };
            for (row, own) in normal.iter_mut().zip(terms) {
                for (cell, other) in row.iter_mut().zip(terms) {
                    *cell += weight * own * other;
                }
                row[TERMS] += weight * own * wanted;
            }
        }
        // A little damping keeps the cubic from swinging where nothing is seen.
        let damping = 2e-3 * samples.len() as f64;
        for (term, row) in normal.iter_mut().enumerate() {
            row[term] += if term == 0 { 1e-6 } else { damping };
        }
        found = solved(normal);
    }
    let mut out = ratio.clone();
    for (index, v) in out.data.iter_mut().enumerate() {
        *v = (value(&found, &terms(index % width, index / width)) as f32).clamp(-SLOW_MAX, SLOW_MAX);
    }
    out
}

/// Gauss's elimination of a positive definite system; the last column is the right side.
fn solved(mut rows: [[f64; TERMS + 1]; TERMS]) -> [f64; TERMS] {
    for pivot in 0..TERMS {
        let own = rows[pivot];
        if own[pivot].abs() < 1e-12 {
            continue;
        }
        for row in rows.iter_mut().skip(pivot + 1) {
            let share = row[pivot] / own[pivot];
            for (cell, own) in row.iter_mut().zip(own).skip(pivot) {
                *cell -= share * own;
            }
        }
    }
    let mut found = [0.0; TERMS];
    for row in (0..TERMS).rev() {
        let known: f64 = (row + 1..TERMS).map(|k| rows[row][k] * found[k]).sum();
        if rows[row][row].abs() >= 1e-12 {
            found[row] = (rows[row][TERMS] - known) / rows[row][row];
        }
    }
    found
}
