//! What differs, in colour: over the candidate in gray, or on a clear ground, to be laid over the candidate.

use image::Rgba;
use webp::Encoder;

use crate::{Picture, locks::plane::Plane};

/// Difference (CIEDE2000) that is shown in full red.
const FULL: f32 = 12.0;
/// Difference up to which an overlay is clear: a good picture differs by as much.
const CLEAR: f32 = 2.0;
/// How much of the candidate the full red of an overlay covers, of 255.
const COVER: f32 = 190.0;
/// The longer side of an overlay, in pixels: it is laid over pictures of any size.
const SIDE_MAX: usize = 480;
/// WebP quality of an overlay's colours.
const QUALITY: f32 = 60.0;
/// Colour of the worst box's frame.
const FRAME: Rgba<u16> = Rgba([0, 22000, u16::MAX, u16::MAX]);

/// Where a candidate differs from its reference, in about CIEDE2000 units.
pub struct Heat(pub(super) Plane);

impl Heat {
    /// What differs in colour (yellow from CIEDE2000 6, red from 12) on a clear ground: a small WebP of the candidate's
    /// proportions, to be laid over it. None where it cannot be written.
    pub fn overlay(&self) -> Option<Vec<u8>> {
        let long = self.0.width.max(self.0.height);
        let side = |side: usize| ((side * SIDE_MAX.min(long) + long / 2) / long).max(1);
        let small = self.0.resized(side(self.0.width), side(self.0.height));
        let shown = |difference: f32| ((difference - CLEAR) / (FULL - CLEAR)).clamp(0.0, 1.0);
        let pixel = |&difference: &f32| {
            let [red, green, blue] = colour((difference / FULL).min(1.0)).map(|value| (value / 257.0) as u8);
            [red, green, blue, (shown(difference) * COVER) as u8]
        };
        let pixels: Vec<u8> = small.data.iter().flat_map(pixel).collect();
        let encoder = Encoder::from_rgba(&pixels, small.width as u32, small.height as u32);
        let encoded = encoder.encode_simple(false, QUALITY).ok()?;
        Some(encoded.to_vec())
    }
}

/// The picture of the differences, the size of the candidate. `heat` covers the candidate at any size; `worst` is left,
/// top, width, height in candidate pixels.
pub(super) fn heatmap(candidate: &Picture, heat: Option<&Plane>, worst: Option<[i64; 4]>) -> Picture {
    let (width, height) = candidate.dimensions();
    let line = i64::from((width.max(height) / 250).max(2));
    Picture::from_fn(width, height, |x, y| {
        if worst.is_some_and(|worst| on_frame(worst, (i64::from(x), i64::from(y)), line)) {
            return FRAME;
        }
        let pixel = candidate.get_pixel(x, y);
        let luma = 0.2126 * f32::from(pixel[0]) + 0.7152 * f32::from(pixel[1]) + 0.0722 * f32::from(pixel[2]);
        let gray = 16384.0 + luma * 0.7;
        let heat = heat.map_or(0.0, |heat| {
            let across = heat.width as f32 / width as f32;
            let down = heat.height as f32 / height as f32;
            let seen = heat.sample((x as f32 + 0.5) * across, (y as f32 + 0.5) * down);
            (seen / FULL).min(1.0)
        });
        let [red, green, blue] =
            colour(heat).map(|to| (gray + (to - gray) * heat).clamp(0.0, 65535.0) as u16);
        Rgba([red, green, blue, u16::MAX])
    })
}

/// Yellow, and from half of the heat on more and more red.
fn colour(heat: f32) -> [f32; 3] {
    let green = if heat < 0.5 {
        52000.0
    } else {
        52000.0 * 2.0 * (1.0 - heat)
    };
    [60000.0, green, 4000.0]
}

/// On the frame around a box, `line` pixels wide, outside of it.
fn on_frame([left, top, width, height]: [i64; 4], (x, y): (i64, i64), line: i64) -> bool {
    let within = |grown: i64| {
        x >= left - grown && x < left + width + grown && y >= top - grown && y < top + height + grown
    };
    within(line) && !within(0)
}
