//! SSIM of the locks' own planes.

use super::{Image, map};
use crate::locks::plane::Plane;

/// The similarity around every pixel, -1..=1; nothing when the planes differ in size or are smaller than a window.
pub(crate) fn ssim_map(one: &Plane, two: &Plane) -> Option<Plane> {
    let data = map(&image(one)?, &image(two)?).ok()?;
    Some(Plane {
        width: one.width,
        height: one.height,
        data,
    })
}

fn image(plane: &Plane) -> Option<Image<'_>> {
    Image::unit(&plane.data, plane.width, plane.height).ok()
}

/// The mean of a map where the mask is set; nothing when the mask is empty.
pub(crate) fn masked_mean(map: &Plane, mask: &Plane) -> Option<f64> {
    let (mut total, mut count) = (0.0, 0_u32);
    for (&value, _) in map.data.iter().zip(&mask.data).filter(|(_, m)| **m >= 0.5) {
        total += f64::from(value);
        count += 1;
    }
    (count > 0).then(|| total / f64::from(count))
}
