//! Step: sRGB to linear light at 16 bits, colours multiplied by alpha where there is any.
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

use fast_image_resize::pixels::{U16x3, U16x4};

use super::{
    FinishError, Work,
    light::{Tables, is_opaque, multiplied},
};

/// Linear light, row-major.
pub(super) enum Linear {
    /// No alpha.
    Opaque(Vec<U16x3>),
    /// Colours are multiplied by alpha.
    Premultiplied(Vec<U16x4>),
}

/// Only for pictures that are resized: the others stay in sRGB, value for value.
pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    if !work.geometry.resizes {
        return Ok(());
    }
    let tables = Tables::get();
    let pixels = work.picture.as_raw().chunks_exact(4);
    work.linear = Some(if is_opaque(&work.picture) {
        Linear::Opaque(
            pixels
                .map(|pixel| U16x3::new([pixel[0], pixel[1], pixel[2]].map(|value| tables.linear(value))))
                .collect(),
        )
    } else {
        Linear::Premultiplied(
            pixels
                .map(|pixel| {
                    let light = |channel: usize| multiplied(tables.linear(pixel[channel]), pixel[3]);
                    U16x4::new([light(0), light(1), light(2), pixel[3]])
                })
                .collect(),
        )
    });
    Ok(())
}
