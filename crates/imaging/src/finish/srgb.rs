//! Step: linear light back to sRGB, straight alpha.

use std::borrow::Cow;

use super::{FinishError, Work, light::Tables, linear::Linear};
use crate::Picture;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let Some(linear) = work.linear.take() else {
        return Ok(());
    };
    let tables = Tables::get();
    let (width, height) = work.geometry.placed;
    let mut samples = vec![u16::MAX; width as usize * height as usize * 4];
    match linear {
        Linear::Opaque(pixels) => {
            for (sample, pixel) in samples.chunks_exact_mut(4).zip(&pixels) {
                for (value, light) in sample.iter_mut().zip(pixel.0) {
                    *value = tables.srgb(light);
                }
            }
        }
        Linear::Premultiplied(pixels) => {
            for (sample, pixel) in samples.chunks_exact_mut(4).zip(&pixels) {
                let [red, green, blue, alpha] = pixel.0;
                let [red, green, blue] = [red, green, blue].map(|value| tables.srgb(divided(value, alpha)));
                sample.copy_from_slice(&[red, green, blue, alpha]);
            }
        }
    }
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
