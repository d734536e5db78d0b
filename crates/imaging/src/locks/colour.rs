//! From stored pixels to linear light, where averaging is what a lens does, and on to CIE L*a*b*.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use std::sync::OnceLock;

use super::plane::{Plane, area_taps, vectorised};
use crate::Picture;

/// Linear light, 0..=1, colours multiplied by coverage.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) rgb: [Plane; 3],
    pub(crate) alpha: Plane,
}

/// CIE L*a*b* (D65): L 0..=100.
#[derive(Clone, Debug)]
pub(crate) struct Lab {
    pub(crate) l: Plane,
    pub(crate) a: Plane,
    pub(crate) b: Plane,
}

impl Linear {
    /// The part `bounds` (x, y, width, height) of a picture, its longer side reduced to at most `side_max`.
    pub(crate) fn of(picture: &Picture, bounds: [u32; 4], side_max: u32) -> Self {
        let [left, top, width, height] = bounds.map(|v| v as usize);
        let shrink = (f64::from(side_max) / width.max(height) as f64).min(1.0);
        let side = |length: usize| ((length as f64 * shrink).round() as usize).max(1);
        let (w, h) = (side(width), side(height));
        let across = area_taps(width, w);
        let mut out: [Plane; 4] = std::array::from_fn(|_| Plane::new(w, h, 0.0));
        let stride = picture.width() as usize * 4;
        let mut reduced = vec![[0.0_f32; 4]; w];
        for (y, contributions) in shares_by_source(height, h).into_iter().enumerate() {
            let from = (top + y) * stride + left * 4;
            reduce_row(&picture.as_raw()[from..from + width * 4], &across, &mut reduced);
            for (row, weight) in contributions {
                for (channel, plane) in out.iter_mut().enumerate() {
                    let into = &mut plane.data[row * w..(row + 1) * w];
                    for (o, pixel) in into.iter_mut().zip(&reduced) {
                        *o += weight * pixel[channel];
                    }
                }
            }
        }
        let [red, green, blue, alpha] = out;
        Self {
            rgb: [red, green, blue],
            alpha,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.alpha.width
    }

    pub(crate) fn height(&self) -> usize {
        self.alpha.height
    }

    pub(crate) fn long_side(&self) -> usize {
        self.width().max(self.height())
    }

    /// Scaled by `factor` (rounded to whole pixels).
    pub(crate) fn scaled(&self, factor: f32) -> Self {
        let side = |length: usize| ((length as f32 * factor).round() as usize).max(1);
        let (w, h) = (side(self.width()), side(self.height()));
        if (w, h) == (self.width(), self.height()) {
            return self.clone();
        }
        Self {
            rgb: self.rgb.each_ref().map(|plane| plane.resized(w, h)),
            alpha: self.alpha.resized(w, h),
        }
    }

    /// Lightness alone, stood on an even ground (linear RGB).
    pub(crate) fn lightness_over(&self, ground: [f32; 3]) -> Plane {
        let mut out = Plane::new(self.width(), self.height(), 0.0);
        for (index, value) in out.data.iter_mut().enumerate() {
            let bare = 1.0 - self.alpha.data[index];
            let light = |channel: usize| self.rgb[channel].data[index] + bare * ground[channel];
            *value = lightness(luminance([light(0), light(1), light(2)]));
        }
        out
    }

    /// Stood on an even ground (linear RGB).
    pub(crate) fn over(&self, ground: [f32; 3]) -> Lab {
        let filled: [Plane; 3] = std::array::from_fn(|channel| {
            self.rgb[channel].with(&self.alpha, |colour, alpha| {
                colour + (1.0 - alpha) * ground[channel]
            })
        });
        Lab::of(&filled)
    }
}

impl Lab {
    /// Of linear light.
    pub(crate) fn of(rgb: &[Plane; 3]) -> Self {
        let (width, height) = (rgb[0].width, rgb[0].height);
        let mut lab = Self {
            l: Plane::new(width, height, 0.0),
            a: Plane::new(width, height, 0.0),
            b: Plane::new(width, height, 0.0),
        };
        let [red, green, blue] = rgb.each_ref().map(|plane| plane.data.as_slice());
        vectorised(|| {
            let pixels = red.iter().zip(green).zip(blue);
            let into = lab.l.data.iter_mut().zip(&mut lab.a.data).zip(&mut lab.b.data);
            for (((r, g), b), ((into_l, into_a), into_b)) in pixels.zip(into) {
                [*into_l, *into_a, *into_b] = lab_of_linear([*r, *g, *b]);
            }
        });
        lab
    }

    pub(crate) fn width(&self) -> usize {
        self.l.width
    }

    pub(crate) fn height(&self) -> usize {
        self.l.height
    }

    pub(crate) fn map(&self, change: impl Fn(&Plane) -> Plane) -> Self {
        Self {
            l: change(&self.l),
            a: change(&self.a),
            b: change(&self.b),
        }
    }

    pub(crate) fn at(&self, index: usize) -> [f32; 3] {
        [self.l.data[index], self.a.data[index], self.b.data[index]]
    }
}

/// How far two L*a*b* colours lie apart: CIE 1976, a plain distance.
#[inline]
pub(crate) fn delta_e76(one: [f32; 3], two: [f32; 3]) -> f32 {
    let [l, a, b] = [0, 1, 2].map(|channel| one[channel] - two[channel]);
    (l * l + a * a + b * b).sqrt()
}

/// CIE L*a*b* of linear sRGB (IEC 61966-2-1 primaries, D65 white).
#[inline(always)]
pub(crate) fn lab_of_linear([r, g, b]: [f32; 3]) -> [f32; 3] {
    let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.95047;
    let z = (0.019_333_8 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.08883;
    let (fx, fy, fz) = (compressed(x), compressed(luminance([r, g, b])), compressed(z));
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

#[inline(always)]
fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b
}

fn lightness(luminance: f32) -> f32 {
    116.0 * compressed(luminance) - 16.0
}

/// CIE's f: a cube root with a straight start.
#[inline(always)]
fn compressed(t: f32) -> f32 {
    // Both are computed, so that the choice is no jump.
    let (root, straight) = (cube_root(t), (t * (24389.0 / 27.0) + 16.0) / 116.0);
    if t > 216.0 / 24389.0 { root } else { straight }
}

/// The cube root of a positive number to a few parts in a million, five times as fast as the library's: a third of
/// the exponent, then two of Halley's steps.
#[inline(always)]
fn cube_root(t: f32) -> f32 {
    let mut root = f32::from_bits((t.to_bits() as i32 as f32 * (1.0 / 3.0)) as i32 as u32 + 709_921_077);
    for _ in 0..2 {
        let cube = root * root * root;
        root *= (cube + 2.0 * t) / (2.0 * cube + t);
    }
    root
}

fn linear_table() -> &'static [f32] {
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let decode = |v: f64| {
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        (0..=u16::MAX)
            .map(|v| decode(f64::from(v) / 65535.0) as f32)
            .collect()
    })
}

/// For each source row, the result rows it counts in and how much.
fn shares_by_source(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let mut shares = vec![Vec::new(); from];
    for (row, (start, weights)) in area_taps(from, to).into_iter().enumerate() {
        for (offset, weight) in weights.into_iter().enumerate() {
            shares[start + offset].push((row, weight));
        }
    }
    shares
}

fn reduce_row(row: &[u16], across: &[(usize, Vec<f32>)], reduced: &mut [[f32; 4]]) {
    let table = linear_table();
    if row.len() == reduced.len() * 4 {
        for (pixel, out) in row.chunks_exact(4).zip(reduced) {
            let alpha = f32::from(pixel[3]) / 65535.0;
            let light = |channel: usize| alpha * table[usize::from(pixel[channel])];
            *out = [light(0), light(1), light(2), alpha];
        }
        return;
    }
    for ((start, weights), out) in across.iter().zip(reduced) {
        *out = [0.0; 4];
        let covered = &row[start * 4..(start + weights.len()) * 4];
        for (pixel, weight) in covered.chunks_exact(4).zip(weights) {
            let alpha = weight * f32::from(pixel[3]) / 65535.0;
            for channel in 0..3 {
                out[channel] += alpha * table[usize::from(pixel[channel])];
            }
            out[3] += alpha;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_have_their_lab_values() {
        for ([r, g, b], expected) in [
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([255, 0, 0], [53.24, 80.09, 67.20]),
            ([0, 0, 255], [32.30, 79.19, -107.86]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
        ] {
            let found = lab_of_linear([r, g, b].map(|v: usize| linear_table()[v * 257]));
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 0.05, "{found}, not {expected}");
            }
        }
    }

    #[test]
    fn the_fast_cube_root_is_the_cube_root() {
        for n in 1..2000 {
            let t = n as f32 / 1500.0;
            assert!((cube_root(t) / t.cbrt() - 1.0).abs() < 1e-6, "{t}");
        }
    }

    #[test]
    fn reducing_keeps_the_mean_light_and_the_coverage() {
        let picture = Picture::from_fn(9, 7, |x, y| {
            let alpha = if x < 3 { 0 } else { u16::MAX };
            image::Rgba([(x * 7000) as u16, (y * 9000) as u16, 30000, alpha])
        });
        let full = Linear::of(&picture, [0, 0, 9, 7], 100);
        let small = Linear::of(&picture, [0, 0, 9, 7], 5);
        assert_eq!((small.width(), small.height()), (5, 4));
        for (full, small) in full
            .rgb
            .iter()
            .chain([&full.alpha])
            .zip(small.rgb.iter().chain([&small.alpha]))
        {
            assert!((full.sum() / 63.0 - small.sum() / 20.0).abs() < 1e-5);
        }
    }
}
