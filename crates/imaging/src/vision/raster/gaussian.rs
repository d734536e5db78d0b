//! Gaussian blur: a short kernel for small widths, a reduced picture for large ones.

use super::{Field, Plane, sample};

/// Widths above this are blurred at half size (and so on): the error stays under 1 % of the kernel's peak.
const SIGMA_DIRECT_MAX: f32 = 2.6;

/// Half size adds the variance of a 2x2 box and of linear interpolation, in pixels of the full size.
const HALVING_VARIANCE: f32 = 0.75;

/// Numbers that can be averaged: one plane, or several side by side in one pixel.
pub(in crate::vision) trait Blend: Copy {
    /// Nothing.
    const ZERO: Self;
    /// `self + other * weight`.
    fn plus(self, other: Self, weight: f32) -> Self;
}

impl Blend for f32 {
    const ZERO: Self = 0.0;
    #[inline]
    fn plus(self, other: Self, weight: f32) -> Self {
        self + other * weight
    }
}

impl<const N: usize> Blend for [f32; N] {
    const ZERO: Self = [0.0; N];
    #[inline]
    fn plus(mut self, other: Self, weight: f32) -> Self {
        for (a, b) in self.iter_mut().zip(other) {
            *a += b * weight;
        }
        self
    }
}

/// Blurs with standard deviation `sigma` in pixels; outside the frame the nearest pixel counts.
pub(in crate::vision) fn blur<T: Blend>(plane: &Plane<T>, sigma: f32) -> Plane<T> {
    if sigma < 0.15 {
        return plane.clone();
    }
    if sigma <= SIGMA_DIRECT_MAX || plane.width.min(plane.height) < 16 {
        return vertical(&horizontal(plane, &kernel(sigma)), &kernel(sigma));
    }
    let rest = (sigma * sigma - HALVING_VARIANCE).sqrt() / 2.0;
    sample::double(&blur(&sample::halve(plane), rest), plane.width, plane.height)
}

/// Local standard deviation under a Gaussian window.
pub(in crate::vision) fn deviation(plane: &Field, sigma: f32) -> Field {
    let pairs = plane.same_size(|i| [plane.data[i], plane.data[i] * plane.data[i]]);
    let means = blur(&pairs, sigma);
    means.same_size(|i| {
        (means.data[i][1] - means.data[i][0] * means.data[i][0])
            .max(0.0)
            .sqrt()
    })
}

/// The right half of the kernel, centre first; the whole sums to one.
fn kernel(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as usize;
    let raw: Vec<f32> = (0..=radius)
        .map(|x| (-0.5 * (x as f32 / sigma).powi(2)).exp())
        .collect();
    let sum = 2.0 * raw.iter().sum::<f32>() - raw[0];
    raw.iter().map(|v| v / sum).collect()
}

fn horizontal<T: Blend>(plane: &Plane<T>, kernel: &[f32]) -> Plane<T> {
    let radius = kernel.len() - 1;
    let mut out = plane.clone();
    let mut padded = vec![T::ZERO; plane.width + 2 * radius];
    for y in 0..plane.height {
        let row = plane.row(y);
        padded[..radius].fill(row[0]);
        padded[radius..radius + plane.width].copy_from_slice(row);
        padded[radius + plane.width..].fill(row[plane.width - 1]);
        let target = out.row_mut(y);
        for (t, p) in target.iter_mut().zip(&padded[radius..]) {
            *t = T::ZERO.plus(*p, kernel[0]);
        }
        for (k, &weight) in kernel.iter().enumerate().skip(1) {
            let (left, right) = (&padded[radius - k..], &padded[radius + k..]);
            for ((t, l), r) in target.iter_mut().zip(left).zip(right) {
                *t = t.plus(*l, weight).plus(*r, weight);
            }
        }
    }
    out
}

fn vertical<T: Blend>(plane: &Plane<T>, kernel: &[f32]) -> Plane<T> {
    let mut out = plane.clone();
    let last = plane.height - 1;
    for y in 0..plane.height {
        let target = out.row_mut(y);
        for (t, p) in target.iter_mut().zip(plane.row(y)) {
            *t = T::ZERO.plus(*p, kernel[0]);
        }
        for (k, &weight) in kernel.iter().enumerate().skip(1) {
            let (above, below) = (plane.row(y.saturating_sub(k)), plane.row((y + k).min(last)));
            for ((t, a), b) in target.iter_mut().zip(above).zip(below) {
                *t = t.plus(*a, weight).plus(*b, weight);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_becomes_a_bell_of_the_asked_width() {
        for sigma in [0.7_f32, 1.2, 3.2, 6.4, 13.0, 40.0] {
            let mut dot = Plane::filled(401, 401, 0.0_f32);
            dot.data[200 * 401 + 200] = 1.0;
            let bell = blur(&dot, sigma);
            let (mut sum, mut variance) = (0.0_f64, 0.0_f64);
            for (i, &v) in bell.data.iter().enumerate() {
                sum += v as f64;
                variance += v as f64 * ((i % 401) as f64 - 200.0).powi(2);
            }
            assert!((sum - 1.0).abs() < 0.02, "{sigma}: mass {sum}");
            let width = (variance / sum).sqrt() as f32;
            assert!((width / sigma - 1.0).abs() < 0.08, "{sigma}: width {width}");
        }
    }

    #[test]
    fn a_constant_stays_a_constant_up_to_the_frame() {
        let even = Plane::filled(37, 21, [3.0_f32, 5.0]);
        for sigma in [0.5, 2.0, 9.0] {
            for v in blur(&even, sigma).data {
                assert!((v[0] - 3.0).abs() < 1e-4 && (v[1] - 5.0).abs() < 1e-4);
            }
        }
    }
}
