//! Step: linear light back to sRGB, straight alpha.

use std::borrow::Cow;

use super::{FinishError, Work, light::Tables, linear::Linear};
use crate::Picture;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let Some(linear) = work.linear.take() else {
        return Ok(());
    };
    let tables = Tables::get();
    let samples: Vec<u16> = match linear {
        Linear::Opaque(pixels) => pixels
            .iter()
            .flat_map(|pixel| {
                let [red, green, blue] = pixel.0.map(|value| tables.srgb(value));
                [red, green, blue, u16::MAX]
            })
            .collect(),
        Linear::Premultiplied(pixels) => pixels
            .iter()
            .flat_map(|pixel| {
                let [red, green, blue, alpha] = pixel.0;
                let [red, green, blue] = [red, green, blue].map(|value| tables.srgb(divided(value, alpha)));
                [red, green, blue, alpha]
            })
            .collect(),
    };
    let (width, height) = work.geometry.placed;
    let picture = Picture::from_raw(width, height, samples)
        .ok_or_else(|| FinishError::BadSpec("the resized picture lost pixels".to_owned()))?;
    work.picture = Cow::Owned(picture);
    Ok(())
}

/// Undoes the multiplication by alpha; the filter's overshoot above alpha is cut.
fn divided(value: u16, alpha: u16) -> u16 {
    const FULL: u32 = u16::MAX as u32;
    let straight = (u32::from(value) * FULL + u32::from(alpha) / 2).checked_div(u32::from(alpha));
    straight.unwrap_or(0).min(FULL) as u16
}
