//! The candidate in gray with what differs laid over it in colour.

use image::Rgba;

use crate::{Picture, locks::plane::Plane};

/// Difference (CIEDE2000) that is shown in full red.
const FULL: f32 = 12.0;
/// Colour of the worst box's frame.
const FRAME: Rgba<u16> = Rgba([0, 22000, u16::MAX, u16::MAX]);

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
        let mix = |to: f32| (gray + (to - gray) * heat).clamp(0.0, 65535.0) as u16;
        // From gray over yellow to red.
        let green = if heat < 0.5 {
            52000.0
        } else {
            52000.0 * 2.0 * (1.0 - heat)
        };
        Rgba([mix(60000.0), mix(green), mix(4000.0), u16::MAX])
    })
}

/// On the frame around a box, `line` pixels wide, outside of it.
fn on_frame([left, top, width, height]: [i64; 4], (x, y): (i64, i64), line: i64) -> bool {
    let within = |grown: i64| {
        x >= left - grown && x < left + width + grown && y >= top - grown && y < top + height + grown
    };
    within(line) && !within(0)
}
