//! Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): 11 x 11 Gaussian window of sigma 1.5,
//! K1 = 0.01, K2 = 0.03, population covariance, samples in 0..=1.
//!
//! Unmasked means agree with scikit-image's `structural_similarity(gaussian_weights=True,
//! use_sample_covariance=False, data_range=1)` to 1e-6: the borders are mirrored and the outer 5 pixels are
//! left out of the mean.

use super::plane::Plane;

const RADIUS: usize = 5;
const SIGMA: f64 = 1.5;
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// The similarity around every pixel, -1..=1. Both planes have the same size, at least 11 x 11.
pub(crate) fn ssim_map(one: &Plane, two: &Plane) -> Plane {
    let (width, height) = (one.width, one.height);
    let x: Vec<f64> = one.data.iter().map(|&v| f64::from(v)).collect();
    let y: Vec<f64> = two.data.iter().map(|&v| f64::from(v)).collect();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>();
    let filter = |samples: &[f64]| filtered(samples, width, height);
    let (mx, my) = (filter(&x), filter(&y));
    let (xx, yy, xy) = (
        filter(&product(&x, &x)),
        filter(&product(&y, &y)),
        filter(&product(&x, &y)),
    );
    let data = (0..width * height).map(|i| {
        let (vx, vy) = (xx[i] - mx[i] * mx[i], yy[i] - my[i] * my[i]);
        let covariance = xy[i] - mx[i] * my[i];
        let luminance = (2.0 * mx[i] * my[i] + C1) / (mx[i] * mx[i] + my[i] * my[i] + C1);
        (luminance * (2.0 * covariance + C2) / (vx + vy + C2)) as f32
    });
    Plane {
        width,
        height,
        data: data.collect(),
    }
}

/// The mean of a map where the mask is set; nothing when the mask is empty.
pub(crate) fn masked_mean(map: &Plane, mask: &Plane) -> Option<f64> {
    let (mut total, mut count) = (0.0, 0_u32);
    for (&value, _) in map.data.iter().zip(&mask.data).filter(|(_, m)| **m >= 0.5) {
        total += f64::from(value);
        count += 1;
    }
    (count > 0).then(|| total / f64::from(count))
}

fn filtered(samples: &[f64], width: usize, height: usize) -> Vec<f64> {
    let kernel = kernel();
    let mut rows = vec![0.0; samples.len()];
    let mut padded = vec![0.0; width + 2 * RADIUS];
    for (row, into) in samples.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        for (i, p) in padded.iter_mut().enumerate() {
            *p = row[mirrored(i as isize - RADIUS as isize, width)];
        }
        for (tap, weight) in kernel.iter().enumerate() {
            for (o, v) in into.iter_mut().zip(&padded[tap..]) {
                *o += weight * v;
            }
        }
    }
    let mut out = vec![0.0; samples.len()];
    for (y, into) in out.chunks_exact_mut(width).enumerate() {
        for (tap, weight) in kernel.iter().enumerate() {
            let from = mirrored((y + tap) as isize - RADIUS as isize, height) * width;
            for (o, v) in into.iter_mut().zip(&rows[from..from + width]) {
                *o += weight * v;
            }
        }
    }
    out
}

/// Index of a mirrored border (d c b a | a b c d | d c b a).
fn mirrored(index: isize, length: usize) -> usize {
    let length = length as isize;
    let folded = index.rem_euclid(2 * length);
    folded.min(2 * length - 1 - folded) as usize
}

fn kernel() -> [f64; 2 * RADIUS + 1] {
    let mut kernel = [0.0; 2 * RADIUS + 1];
    for (i, tap) in kernel.iter_mut().enumerate() {
        let x = i as f64 - RADIUS as f64;
        *tap = (-x * x / (2.0 * SIGMA * SIGMA)).exp();
    }
    let total: f64 = kernel.iter().sum();
    kernel.map(|tap| tap / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight bits of a linear congruential generator (Numerical Recipes' constants).
    fn noise(count: usize, seed: u32) -> Vec<u32> {
        let step = |x: &mut u32| {
            *x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some(*x >> 24)
        };
        std::iter::repeat_n((), count)
            .scan(seed, |x, ()| step(x))
            .collect()
    }

    fn plane(width: usize, height: usize, value: impl Fn(usize) -> u32) -> Plane {
        Plane {
            width,
            height,
            data: (0..width * height).map(|i| value(i) as f32 / 255.0).collect(),
        }
    }

    /// The mean over all but the outer 5 pixels.
    fn mean_inside(map: &Plane) -> f64 {
        let mut mask = Plane::new(map.width, map.height, 0.0);
        for y in 5..map.height - 5 {
            for x in 5..map.width - 5 {
                mask.data[y * map.width + x] = 1.0;
            }
        }
        masked_mean(map, &mask).unwrap()
    }

    /// Expected numbers: scikit-image 0.26.0, the call of the module's first lines.
    #[test]
    fn agrees_with_scikit_image() {
        let check = |width: usize, height: usize, expected: [f64; 4]| {
            let (n1, n2) = (noise(width * height, 1), noise(width * height, 2));
            let base = |i: usize| ((i % width) * 3 + (i / width) * 2) as u32 % 256;
            let one = |i: usize| (base(i) * 3 + n1[i]) / 4;
            let others: [&dyn Fn(usize) -> u32; 4] = [
                &|i| (one(i) + 20).min(255),
                &|i| (one(i) * 3 + n2[i]) / 4,
                &|_| 128,
                &|i| one(i - i % width + (width - 1 - i % width)),
            ];
            for (other, expected) in others.into_iter().zip(expected) {
                let map = ssim_map(&plane(width, height, one), &plane(width, height, other));
                let found = mean_inside(&map);
                assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
            }
        };
        check(
            48,
            40,
            [
                0.9847094359254951,
                0.6169636783358925,
                0.1408102677981454,
                0.06315730363645139,
            ],
        );
        check(
            64,
            33,
            [
                0.9864790130663241,
                0.6086122241474455,
                0.13910482840162935,
                0.01825422746738547,
            ],
        );
    }

    #[test]
    fn a_picture_is_itself_everywhere_even_at_the_border() {
        let one = noise(30 * 20, 3);
        let plane = plane(30, 20, |i| one[i]);
        let map = ssim_map(&plane, &plane);
        assert!(map.data.iter().all(|v| (v - 1.0).abs() < 1e-6));
        assert!(masked_mean(&map, &Plane::new(30, 20, 0.0)).is_none());
    }
}
