//! Step 11, second half, and step 12: coverage and clean colour of each photo pixel near the outline.
//!
//! The outline and its two sides are known at working size; the mixture is read from the photo at full size. So
//! the edge of a large photo is as sharp as the photo, and only the edge is worked on.

use image::Rgba;

use super::{
    edge::{Edge, squared_difference},
    raster::{sample, smoothstep},
    working::{Working, opaque},
};
use crate::Picture;

/// Between these differences of the two sides (gamma sRGB, 0..=1) colour takes over from distance (STUDIO 1.11).
const DIFFERENCE: (f32, f32) = (0.03, 0.12);

/// Coverage is at least a ramp between these distances inside, in units.
const FLOOR: (f32, f32) = (0.2, 1.7);

/// Coverage is at most a ramp between these distances outside, in units.
const CEILING: (f32, f32) = (-2.4, -0.6);

/// Coverage below this is noise; the rest is stretched by as much at both ends.
const NOISE: f32 = 0.03;

/// How far a cleaned colour may leave the range of the photo's and the product's (STUDIO 1.12).
const SLACK: f32 = 0.04;

/// On large photos an outline that only distance can tell is not softer than this share of a working pixel.
const GUESS_MIN: f32 = 0.35;

/// The photo with its ground taken out.
pub(super) struct Cleaned {
    /// Alpha is coverage; colours at partial coverage are the product's own.
    pub(super) pixels: Picture,
    /// How many pixels are partly covered.
    pub(super) soft: usize,
}

/// Reads coverage and colour at full size.
pub(super) fn clean(photo: &Picture, working: &Working, edge: &Edge) -> Cleaned {
    let mut pixels = photo.clone();
    let mut soft = 0;
    let scale = [
        working.rgb.width as f32 / photo.width() as f32,
        working.rgb.height as f32 / photo.height() as f32,
    ];
    for (x, y, pixel) in pixels.enumerate_pixels_mut() {
        let at = [
            (x as f32 + 0.5) * scale[0] - 0.5,
            (y as f32 + 0.5) * scale[1] - 0.5,
        ];
        let distance = sample::bilinear(&edge.distance, at[0], at[1]) / edge.unit;
        if distance <= CEILING.0 {
            *pixel = Rgba([0; 4]);
        } else if distance < FLOOR.1 {
            *pixel = mixture(edge, pixel.0, at, distance, working.scale);
            soft += usize::from(pixel.0[3] > 0 && pixel.0[3] < u16::MAX);
        }
    }
    Cleaned { pixels, soft }
}

/// Coverage and colour of one pixel near the outline.
fn mixture(edge: &Edge, pixel: [u16; 4], at: [f32; 2], distance: f32, scale: f32) -> Rgba<u16> {
    let seen = opaque(pixel);
    let product = sample::bilinear(&edge.product, at[0], at[1]);
    let ground = sample::bilinear(&edge.ground, at[0], at[1]);
    let thin = sample::bilinear(&edge.thin, at[0], at[1]) > 0.5;
    let alpha = coverage(seen, product, ground, distance, thin, scale);
    if alpha <= 0.0 {
        return Rgba([0; 4]);
    }
    if alpha >= 1.0 {
        return Rgba([pixel[0], pixel[1], pixel[2], u16::MAX]);
    }
    let [r, g, b] = own_colour(seen, product, ground, alpha);
    Rgba([r, g, b, alpha].map(|v| (v * 65535.0).round() as u16))
}

/// How much of a pixel the product covers: where it lies between the colours of the two sides, as far as they
/// differ, held between two ramps by distance (in units).
fn coverage(
    seen: [f32; 3],
    product: [f32; 3],
    ground: [f32; 3],
    distance: f32,
    thin: bool,
    scale: f32,
) -> f32 {
    let contrast = squared_difference(product, ground);
    let along: f32 = (0..3)
        .map(|c| (seen[c] - ground[c]) * (product[c] - ground[c]))
        .sum();
    let by_colour = (along / contrast.max(1e-6)).clamp(0.0, 1.0);
    let reach = scale.max(GUESS_MIN);
    let by_distance = smoothstep(-reach, reach, distance);
    let trust = smoothstep(DIFFERENCE.0, DIFFERENCE.1, contrast.sqrt());
    let floor = if thin {
        0.0
    } else {
        smoothstep(FLOOR.0, FLOOR.1, distance)
    };
    let ceiling = smoothstep(CEILING.0, CEILING.1, distance);
    let alpha = (by_colour * trust + by_distance * (1.0 - trust)).clamp(floor.min(ceiling), ceiling);
    ((alpha - NOISE) / (1.0 - 2.0 * NOISE)).clamp(0.0, 1.0)
}

/// The product's own colour in a mixed pixel: the ground's share is taken out, the less of the product there is
/// the more its neighbourhood decides.
fn own_colour(seen: [f32; 3], product: [f32; 3], ground: [f32; 3], alpha: f32) -> [f32; 3] {
    let borrowed = 1.0 - smoothstep(0.15, 0.85, alpha);
    [0, 1, 2].map(|c| {
        let (low, high) = (product[c].min(seen[c]) - SLACK, product[c].max(seen[c]) + SLACK);
        let freed = ((seen[c] - (1.0 - alpha) * ground[c]) / alpha.max(0.35)).clamp(low, high);
        (freed + (product[c] - freed) * borrowed).clamp(0.0, 1.0)
    })
}
