//! Step: lays transparent pixels on the exact ground.
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

use image::Rgba;

use super::{
    FinishError, Work,
    light::{Tables, is_opaque, multiplied},
    pixels::Pixels,
};

/// Where alpha is zero the ground's own bytes are written, where it is full nothing changes, and in between
/// the two are mixed in linear light, as coverage asks for.
pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let (Some(ground), Pixels::Rgba(picture)) = (work.ground, &mut work.pixels) else {
        return Ok(());
    };
    if is_opaque(picture) {
        return Ok(());
    }
    let tables = Tables::get();
    for Rgba(pixel) in picture.to_mut().pixels_mut() {
        let alpha = pixel[3];
        if alpha == u16::MAX {
            continue;
        }
        for (value, ground) in pixel.iter_mut().zip(ground) {
            *value = if alpha == 0 {
                ground
            } else {
                let over = multiplied(tables.linear(*value), alpha);
                let under = multiplied(tables.linear(ground), u16::MAX - alpha);
                tables.srgb(over.saturating_add(under))
            };
        }
        pixel[3] = u16::MAX;
    }
    Ok(())
}
