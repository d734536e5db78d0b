//! Step: places the picture on a larger canvas of the exact ground, or of nothing.
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

use std::borrow::Cow;

use image::{Rgba, imageops};

use super::{FinishError, Work, light::narrowed, pixels::Pixels};
use crate::Picture;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    if !work.geometry.leaves_margin() {
        return Ok(());
    }
    let (size, at) = (work.geometry.canvas, work.geometry.at);
    work.pixels = match (&work.pixels, work.ground) {
        (Pixels::Rgb16(opaque), Some(ground)) => Pixels::Rgb16(Cow::Owned(opaque.on(ground, size, at))),
        (Pixels::Rgb8(opaque), Some(ground)) => {
            Pixels::Rgb8(Cow::Owned(opaque.on(ground.map(narrowed), size, at)))
        }
        (pixels, ground) => {
            let empty = ground.map_or([0; 4], |[red, green, blue]| [red, green, blue, u16::MAX]);
            let mut canvas = Picture::from_pixel(size.0, size.1, Rgba(empty));
            let (x, y) = (i64::from(at.0), i64::from(at.1));
            imageops::replace(&mut canvas, pixels.picture().as_ref(), x, y);
            Pixels::Rgba(Cow::Owned(canvas))
        }
    };
    Ok(())
}
