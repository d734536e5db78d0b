//! Step: places the picture on a larger canvas of the exact ground, or of nothing.
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

use std::borrow::Cow;

use image::{Rgba, imageops};

use super::{FinishError, Work};
use crate::Picture;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    if !work.geometry.leaves_margin() {
        return Ok(());
    }
    let empty = match work.ground {
        Some([red, green, blue]) => Rgba([red, green, blue, u16::MAX]),
        None => Rgba([0; 4]),
    };
    let (width, height) = work.geometry.canvas;
    let mut canvas = Picture::from_pixel(width, height, empty);
    let (x, y) = work.geometry.at;
    imageops::replace(&mut canvas, work.picture.as_ref(), i64::from(x), i64::from(y));
    work.picture = Cow::Owned(canvas);
    Ok(())
}
