//! The photo as the recipe works on it: at most [`SIDE_WORKING`] pixels a side, gamma-encoded RGB from 0 to 1.

use super::raster::Plane;
use crate::Picture;

/// Longest side the cut-out is found at; larger photos are reduced first and their edges read again at full size.
pub(super) const SIDE_WORKING: f32 = 1024.0;

/// Photos up to this side are worked on as they are.
const SIDE_AS_IS: f32 = 1280.0;

/// Smallest radius unit, so that a disc of 2 units never vanishes on small photos.
const UNIT_MIN: f32 = 0.5;

/// The photo at working size.
pub(super) struct Working {
    /// Red, green, blue, 0..=1, sRGB encoded.
    pub(super) rgb: Plane<[f32; 3]>,
    /// Working pixels per photo pixel, 0..=1.
    pub(super) scale: f32,
    /// The recipe's unit of length: long side / 1024, in working pixels.
    pub(super) unit: f32,
    /// Long side in working pixels.
    pub(super) side: f32,
}

impl Working {
    pub(super) fn new(photo: &Picture) -> Self {
        let (width, height) = (photo.width() as usize, photo.height() as usize);
        let long = width.max(height) as f32;
        let scale = if long <= SIDE_AS_IS {
            1.0
        } else {
            SIDE_WORKING / long
        };
        let fit = |side: usize| ((side as f32 * scale).round() as usize).max(1);
        let rgb = reduce(width, height, fit(width), fit(height), |x, y| {
            opaque(photo.get_pixel(x as u32, y as u32).0)
        });
        let side = rgb.width.max(rgb.height) as f32;
        Self {
            rgb,
            scale,
            unit: (side / 1024.0).max(UNIT_MIN),
            side,
        }
    }
}

/// Colour 0..=1 of a photo pixel; see-through parts show white.
pub(super) fn opaque([red, green, blue, alpha]: [u16; 4]) -> [f32; 3] {
    let alpha = alpha as f32 / 65535.0;
    [red, green, blue].map(|v| v as f32 / 65535.0 * alpha + 1.0 - alpha)
}

/// The mean colour under each target pixel; both sizes at least 1, the target not larger.
pub(super) fn reduce(
    width: usize,
    height: usize,
    to_width: usize,
    to_height: usize,
    pixel: impl Fn(usize, usize) -> [f32; 3],
) -> Plane<[f32; 3]> {
    let mut out = Plane::filled(to_width, to_height, [0.0_f32; 3]);
    let columns: Vec<Span> = (0..to_width).map(|x| Span::new(x, width, to_width)).collect();
    for y in 0..to_height {
        let rows = Span::new(y, height, to_height);
        let target = out.row_mut(y);
        for (from_y, weight_y) in rows.weights() {
            for (t, span) in target.iter_mut().zip(&columns) {
                for (from_x, weight_x) in span.weights() {
                    let colour = pixel(from_x, from_y);
                    for (sum, value) in t.iter_mut().zip(colour) {
                        *sum += value * weight_x * weight_y;
                    }
                }
            }
        }
    }
    out
}

/// The stretch of source pixels that lie under one target pixel.
struct Span {
    start: f32,
    end: f32,
}

impl Span {
    fn new(at: usize, from: usize, to: usize) -> Self {
        let step = from as f32 / to as f32;
        Self {
            start: at as f32 * step,
            end: ((at + 1) as f32 * step).min(from as f32),
        }
    }

    /// Source index and share; the shares sum to one.
    fn weights(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let first = self.start as usize;
        let last = (self.end.ceil() as usize - 1).max(first);
        let length = self.end - self.start;
        (first..=last).map(move |i| {
            let covered = self.end.min(i as f32 + 1.0) - self.start.max(i as f32);
            (i, covered / length)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reducing_keeps_the_mean() {
        let small = reduce(10, 7, 4, 3, |x, y| [(x * 3 + y * 11) as f32; 3]);
        let mean = small.data.iter().map(|c| c[0]).sum::<f32>() / 12.0;
        let truth = (0..70)
            .map(|i| ((i % 10) * 3 + (i / 10) * 11) as f32)
            .sum::<f32>()
            / 70.0;
        assert!((mean - truth).abs() < 1e-2, "{mean} {truth}");
    }

    #[test]
    fn large_photos_are_reduced_and_small_ones_are_not() {
        let large = Working::new(&Picture::from_pixel(3000, 1500, image::Rgba([257, 0, 0, 65535])));
        assert_eq!((large.rgb.width, large.rgb.height), (1024, 512));
        assert!((large.rgb.data[0][0] - 1.0 / 255.0).abs() < 1e-5);
        let small = Working::new(&Picture::from_pixel(200, 100, image::Rgba([0, 0, 0, 0])));
        assert_eq!(
            (small.rgb.width, small.scale, small.rgb.data[0]),
            (200, 1.0, [1.0; 3])
        );
    }
}
