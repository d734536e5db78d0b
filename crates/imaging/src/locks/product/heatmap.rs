//! The candidate in gray with what differs laid over it in colour.

use image::Rgba;

use super::{map::Map, measure::Measures};
use crate::Picture;

/// Difference (CIEDE2000) that is shown in full red.
const FULL: f32 = 12.0;

/// The picture of the differences, the size of the candidate.
pub(super) fn heatmap(candidate: &Picture, measured: Option<(&Measures, Map)>) -> Picture {
    Picture::from_fn(candidate.width(), candidate.height(), |x, y| {
        let pixel = candidate.get_pixel(x, y);
        let luma = 0.2126 * f32::from(pixel[0]) + 0.7152 * f32::from(pixel[1]) + 0.0722 * f32::from(pixel[2]);
        let gray = 16384.0 + luma * 0.7;
        let heat = measured.map_or(0.0, |(measures, to_candidate)| {
            let (u, v) = to_candidate.inverse().apply(x as f32 + 0.5, y as f32 + 0.5);
            let plane = &measures.difference;
            let within = u >= 0.0 && v >= 0.0 && u < plane.width as f32 && v < plane.height as f32;
            if within {
                (plane.sample(u, v) / FULL).min(1.0)
            } else {
                0.0
            }
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
