//! Step: gives back some of the edge that an enlargement softened. Only where it is asked for and the picture was enlarged.
//!
//! An unsharp mask on luma that stays within what is around a pixel: edges grow steeper and get no halo, and what is even stays exactly
//! as it is, so that the ground does.

use super::{
    FinishError, Work,
    pixels::{Opaque, Pixels},
};
use crate::locks::plane::Plane;

/// Enlargement below which there is nothing to give back.
const ENLARGED: f64 = 1.05;
/// Sigma of the blur in pixels, for each time of enlargement.
const SIGMA: f64 = 0.8;
/// Shares of red, green and blue in luma (BT.709).
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let Some(percent) = work.spec.sharpen else {
        return Ok(());
    };
    if !(1..=SHARPEN_MAX).contains(&percent) {
        return Err(FinishError::BadSpec(format!(
            "sharpening by {percent} %; give 1 to {SHARPEN_MAX}"
        )));
    }
    let factor = f64::from(work.geometry.placed.0) / work.geometry.source[2];
    match &mut work.pixels {
        _ if factor < ENLARGED => work
            .notes
            .push("not sharpened: the picture is not enlarged".to_owned()),
        Pixels::Rgb16(opaque) => sharpen(opaque.to_mut(), factor, f32::from(percent) / 100.0),
        Pixels::Rgba(_) | Pixels::Rgb8(_) => work
            .notes
            .push("not sharpened: the picture has transparency".to_owned()),
    }
    Ok(())
}

/// The most sharpening, in percent.
pub(super) const SHARPEN_MAX: u8 = 200;

fn sharpen(opaque: &mut Opaque<u16>, factor: f64, amount: f32) {
    let luma = Plane {
        width: opaque.width as usize,
        height: opaque.height as usize,
        data: opaque.samples.chunks_exact(3).map(luma_of).collect(),
    };
    let smooth = luma.blurred((SIGMA * factor) as f32);
    let radius = factor.ceil() as usize;
    let (least, most) = (spread(&luma, radius, f32::min), spread(&luma, radius, f32::max));
    for (at, pixel) in opaque.samples.chunks_exact_mut(3).enumerate() {
        let here = luma.data[at];
        let wanted = here + amount * (here - smooth.data[at]);
        let change = wanted.clamp(least.data[at], most.data[at]) - here;
        for value in pixel {
            // To the nearest, and no further than 16 bits go.
            *value = (f32::from(*value) + change).round() as u16;
        }
    }
}

fn luma_of(pixel: &[u16]) -> f32 {
    pixel
        .iter()
        .zip(LUMA)
        .map(|(&value, share)| f32::from(value) * share)
        .sum()
}

/// The least or the most of the square of 2 radius + 1 pixels around each.
fn spread(plane: &Plane, radius: usize, of: impl Fn(f32, f32) -> f32) -> Plane {
    let mut along = plane.clone();
    for (row, out) in plane
        .data
        .chunks_exact(plane.width)
        .zip(along.data.chunks_exact_mut(plane.width))
    {
        for (x, out) in out.iter_mut().enumerate() {
            let near = &row[x.saturating_sub(radius)..(x + radius + 1).min(plane.width)];
            *out = near.iter().copied().fold(*out, &of);
        }
    }
    let mut spread = along.clone();
    for (y, out) in spread.data.chunks_exact_mut(plane.width).enumerate() {
        let rows = y.saturating_sub(radius)..(y + radius + 1).min(plane.height);
        for row in along
            .data
            .chunks_exact(plane.width)
            .take(rows.end)
            .skip(rows.start)
        {
            for (out, &value) in out.iter_mut().zip(row) {
                *out = of(*out, value);
            }
        }
    }
    spread
}
