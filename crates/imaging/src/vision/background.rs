//! Step 2: the ground's colour at every pixel, as a smooth surface fitted where the product is not.

use super::{
    raster::{Field, Mask, Plane, morphology, percentile},
    working::Working,
};

/// The network's answer below this is ground.
pub(super) const MASK_GROUND: f32 = 0.05;

/// Terms of a quadratic in x and y.
const TERMS: usize = 6;

/// Every third pixel of every third row is enough (STUDIO 1.2).
const STRIDE: usize = 3;

/// Fewer samples than this, and the frame is used instead.
const SAMPLES_MIN: usize = 500;

/// First guess: pixels within this Lab distance of the median.
const START_REACH: f32 = 15.0;

const ROUNDS: usize = 6;

/// Standard deviation over median absolute residual, for a normal distribution.
const MAD_TO_SIGMA: f32 = 1.4826;

/// How each pixel differs from the ground there: Lab(pixel) - Lab(ground).
pub(super) struct Difference {
    /// Lightness; negative is darker than the ground.
    pub(super) l: Field,
    pub(super) a: Field,
    pub(super) b: Field,
    /// Length of (l, a, b).
    pub(super) e: Field,
    /// Length of (a, b).
    pub(super) c: Field,
    /// Median lightness of the fitted ground.
    pub(super) ground_l: f32,
}

impl Difference {
    /// Fits the ground and subtracts it.
    pub(super) fn new(lab: &Plane<[f32; 3]>, soft_mask: &Field, working: &Working) -> Self {
        let samples = samples(lab, soft_mask, working);
        let surfaces = fit(&samples);
        let ground = |i: usize| {
            let terms = terms(i % lab.width, i / lab.width, working.side);
            surfaces.map(|surface| dot(&surface, &terms))
        };
        let d = lab.same_size(|i| {
            let ground = ground(i);
            [0, 1, 2].map(|c| lab.data[i][c] - ground[c])
        });
        let mut lightness: Vec<f32> = (0..lab.data.len()).step_by(97).map(|i| ground(i)[0]).collect();
        Self {
            l: d.same_size(|i| d.data[i][0]),
            a: d.same_size(|i| d.data[i][1]),
            b: d.same_size(|i| d.data[i][2]),
            e: d.same_size(|i| d.data[i].iter().map(|v| v * v).sum::<f32>().sqrt()),
            c: d.same_size(|i| d.data[i][1].hypot(d.data[i][2])),
            ground_l: percentile(&mut lightness, 0.5),
        }
    }

    pub(super) fn dark(&self, i: usize) -> f32 {
        -self.l.data[i]
    }
}

/// Where the network is sure that there is no product, kept away from it by `distance` pixels.
pub(super) fn clear_of_product(soft_mask: &Field, distance: f32) -> Mask {
    morphology::dilate(&soft_mask.mask(|m| m > MASK_GROUND), distance).not()
}

/// Thickness of the frame in pixels.
pub(super) fn frame(side: f32) -> usize {
    (0.012 * side).round().max(1.0) as usize
}

/// One pixel of ground.
struct Sample {
    terms: [f32; TERMS],
    lab: [f32; 3],
}

fn samples(lab: &Plane<[f32; 3]>, soft_mask: &Field, working: &Working) -> Vec<Sample> {
    let clear = clear_of_product(soft_mask, 0.01 * working.side);
    let on_grid =
        |i: &usize| (i % lab.width).is_multiple_of(STRIDE) && (i / lab.width).is_multiple_of(STRIDE);
    let sample = |i: usize| Sample {
        terms: terms(i % lab.width, i / lab.width, working.side),
        lab: lab.data[i],
    };
    let found: Vec<Sample> = (0..lab.data.len())
        .filter(on_grid)
        .filter(|&i| clear.is(i))
        .map(sample)
        .collect();
    if found.len() >= SAMPLES_MIN {
        found
    } else {
        lab.border(frame(working.side)).map(sample).collect()
    }
}

/// 1, x, y, x^2, xy, y^2 with x and y from 0 to 1 along the long side.
fn terms(x: usize, y: usize, side: f32) -> [f32; TERMS] {
    let (x, y) = (x as f32 / side, y as f32 / side);
    [1.0, x, y, x * x, x * y, y * y]
}

fn dot(surface: &[f32; TERMS], terms: &[f32; TERMS]) -> f32 {
    surface.iter().zip(terms).map(|(s, t)| s * t).sum()
}

/// One surface per Lab channel; what does not fit is left out, round by round. The bound on lightness is tighter
/// below, so that shadows do not pull the surface down.
fn fit(samples: &[Sample]) -> [[f32; TERMS]; 3] {
    let centre = [0, 1, 2].map(|c| {
        let mut values: Vec<f32> = samples.iter().map(|s| s.lab[c]).collect();
        percentile(&mut values, 0.5)
    });
    let near = |s: &&Sample| super::edge::squared_difference(s.lab, centre) < START_REACH * START_REACH;
    let mut kept: Vec<&Sample> = samples.iter().filter(near).collect();
    let mut surfaces = centre.map(|value| [value, 0.0, 0.0, 0.0, 0.0, 0.0]);
    for _ in 0..ROUNDS {
        if kept.len() < SAMPLES_MIN / 2 {
            break;
        }
        surfaces = [0, 1, 2].map(|c| least_squares(&kept, c).unwrap_or(surfaces[c]));
        kept = fitting(samples, &kept, &surfaces);
    }
    surfaces
}

/// The samples close enough to the surfaces, by the spread of those kept before.
fn fitting<'a>(samples: &'a [Sample], kept: &[&Sample], surfaces: &[[f32; TERMS]; 3]) -> Vec<&'a Sample> {
    let residual = |s: &Sample, c: usize| s.lab[c] - dot(&surfaces[c], &s.terms);
    let spread = [0, 1, 2].map(|c| {
        let mut sizes: Vec<f32> = kept.iter().map(|s| residual(s, c).abs()).collect();
        MAD_TO_SIGMA * percentile(&mut sizes, 0.5)
    });
    let fits = |s: &&Sample| {
        let [l, a, b] = [0, 1, 2].map(|c| residual(s, c));
        l > -(1.5 * spread[0]).max(0.4)
            && l < (2.5 * spread[0]).max(0.5)
            && a.abs() < (2.5 * spread[1]).max(0.5)
            && b.abs() < (2.5 * spread[2]).max(0.5)
    };
    samples.iter().filter(fits).collect()
}

/// Solves the normal equations by elimination; none if the samples do not span the surface.
fn least_squares(samples: &[&Sample], channel: usize) -> Option<[f32; TERMS]> {
    let mut rows = [[0.0_f64; TERMS + 1]; TERMS];
    for sample in samples {
        let t = sample.terms.map(f64::from);
        for (row, &left) in rows.iter_mut().zip(&t) {
            for (cell, &right) in row.iter_mut().zip(&t) {
                *cell += left * right;
            }
            row[TERMS] += left * f64::from(sample.lab[channel]);
        }
    }
    for pivot in 0..TERMS {
        let best = (pivot..TERMS).max_by(|&i, &j| rows[i][pivot].abs().total_cmp(&rows[j][pivot].abs()))?;
        rows.swap(pivot, best);
        let lead = rows[pivot];
        if lead[pivot].abs() < 1e-9 {
            return None;
        }
        for (i, row) in rows.iter_mut().enumerate() {
            if i != pivot {
                let factor = row[pivot] / lead[pivot];
                row.iter_mut()
                    .zip(&lead)
                    .for_each(|(cell, l)| *cell -= factor * l);
            }
        }
    }
    Some(std::array::from_fn(|i| (rows[i][TERMS] / rows[i][i]) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_is_followed_under_product_and_shadow() {
        let (width, height) = (240, 200);
        let truth = |x: usize, y: usize| {
            let (x, y) = (x as f32 / 240.0, y as f32 / 240.0);
            0.9 - 0.06 * x + 0.03 * y - 0.04 * x * y
        };
        let product = |x: usize, y: usize| (80..160).contains(&x) && (60..140).contains(&y);
        let shadow = |x: usize, y: usize| (60..180).contains(&x) && (140..160).contains(&y);
        let rgb = Plane::filled(width, height, 0_u8).same_size(|i| {
            let (x, y) = (i % width, i / width);
            let v = if product(x, y) {
                0.2
            } else {
                truth(x, y) - if shadow(x, y) { 0.05 } else { 0.0 }
            };
            [v; 3]
        });
        let soft = rgb.same_size(|i| f32::from(u8::from(product(i % width, i / width))));
        let working = Working {
            rgb: rgb.clone(),
            scale: 1.0,
            unit: 0.5,
            side: 240.0,
        };
        let d = Difference::new(&super::super::lab::lab_plane(&rgb), &soft, &working);
        let mut worst = 0.0_f32;
        for i in 0..d.l.data.len() {
            if !product(i % width, i / width) && !shadow(i % width, i / width) {
                worst = worst.max(d.e.data[i]);
            }
        }
        assert!(worst < 0.5, "{worst}");
    }
}
