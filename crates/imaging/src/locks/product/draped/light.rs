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
/// What a camera's white balance may be off by: 3 % of the encoded red and blue, which are 6.7 % of their light, move
/// the cube roots of X and Z on white by so much.
const BALANCE_X: f32 = 0.014;
const BALANCE_Z: f32 = 0.02;
/// Darker pixels tell no balance.
const BALANCE_L_MIN: f32 = 12.0;

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

/// The candidate with its white balance brought as near to the reference's as a camera errs, and no nearer.
pub(super) fn balanced(reference: &Lab, candidate: &Lab, ok: &Plane) -> Lab {
    // Light cancels in the ratio of X or Z to Y (as cube roots, CIE's f).
    let roots = |lab: &Lab, index: usize| {
        let [l, a, b] = lab.at(index);
        let y = (l + 16.0) / 116.0;
        [(y + a / 500.0) / y, (y - b / 200.0) / y]
    };
    let (mut x, mut z) = (Vec::new(), Vec::new());
    for index in (0..ok.data.len()).step_by(STEP) {
        if ok.data[index] > 0.5 && reference.l.data[index].min(candidate.l.data[index]) > BALANCE_L_MIN {
            let ([own_x, own_z], [other_x, other_z]) = (roots(reference, index), roots(candidate, index));
            x.push(own_x / other_x.max(0.1));
            z.push(own_z / other_z.max(0.1));
        }
    }
    let gain = |mut ratios: Vec<f32>, reach: f32| {
        let at = ratios.len() / 2;
        if ratios.is_empty() {
            return 1.0;
        }
        ratios
            .select_nth_unstable_by(at, f32::total_cmp)
            .1
            .clamp(1.0 - reach, 1.0 + reach)
    };
    let (x, z) = (gain(x, BALANCE_X), gain(z, BALANCE_Z));
    let y = candidate.l.map(|l| (l + 16.0) / 116.0);
    Lab {
        l: candidate.l.clone(),
        a: candidate.a.with(&y, |a, y| 500.0 * ((y + a / 500.0) * x - y)),
        b: candidate.b.with(&y, |b, y| 200.0 * (y - (y - b / 200.0) * z)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cloth(colour: [f32; 3]) -> Lab {
        let [l, a, b] = colour.map(|value| Plane::new(20, 20, value));
        Lab { l, a, b }
    }

    #[test]
    fn a_cameras_yellow_is_evened_and_a_dye_is_not() {
        let white = cloth([92.0, 0.0, 0.0]);
        let ok = Plane::new(20, 20, 1.0);
        let left = |seen: [f32; 3]| {
            let [_, a, b] = balanced(&white, &cloth(seen), &ok).at(0);
            a.hypot(b)
        };
        assert!(left([92.0, 2.0, 3.5]) < 0.3, "{}", left([92.0, 2.0, 3.5]));
        assert!(left([92.0, 2.0, 12.0]) > 7.0, "{}", left([92.0, 2.0, 12.0]));
    }
}
