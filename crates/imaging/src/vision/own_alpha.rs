//! Photos that come isolated already: their own alpha is better than any guess.

use super::{Cutout, Gate, Quality, bounds};
use crate::Picture;

/// Alpha below this is see-through.
const CLEAR: u16 = 65535 / 50;

/// Least share of see-through pixels in the picture: below it the alpha is a frame or a rounded corner.
const CLEAR_SHARE_MIN: f32 = 0.05;

/// Least share of see-through pixels along the frame.
const CLEAR_FRAME_MIN: f32 = 0.5;

/// The photo itself as a cut-out, if its alpha isolates something.
pub(super) fn cut(photo: &Picture) -> Option<Cutout> {
    if photo.pixels().all(|pixel| pixel.0[3] == u16::MAX) {
        return None;
    }
    let (width, height) = photo.dimensions();
    let clear = photo.pixels().filter(|pixel| pixel.0[3] < CLEAR).count() as f32;
    let on_frame = |x: u32, y: u32| x == 0 || y == 0 || x + 1 == width || y + 1 == height;
    let frame = || {
        photo
            .enumerate_pixels()
            .filter(|(x, y, _)| on_frame(*x, *y))
            .map(|(_, _, pixel)| pixel.0[3])
    };
    let frame_clear = frame().filter(|&alpha| alpha < CLEAR).count() as f32 / frame().count() as f32;
    if clear < CLEAR_SHARE_MIN * (width * height) as f32 || frame_clear < CLEAR_FRAME_MIN {
        return None;
    }
    let bounds = bounds(photo)?;
    let mut reasons = vec!["the photo's own transparency was used".to_owned()];
    let touches_frame = frame().any(|alpha| alpha > u16::MAX / 2);
    if touches_frame {
        reasons.push(super::gate::TOUCHES_FRAME.to_owned());
    }
    let gate = Gate {
        quality: Quality::Clean,
        reasons,
        weak_edge: 0.0,
        iou: 1.0,
        softness: 1.0,
        filled_gaps: 0.0,
        light_ground_only: false,
        touches_frame,
    };
    Some(Cutout {
        pixels: photo.clone(),
        bounds,
        gate,
    })
}
