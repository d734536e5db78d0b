//! Proof that the garment kept its colour: the finished picture against the photo it came from.

use imaging::Picture;
use serde::Serialize;

use super::{
    colour::{delta_e_2000, lab},
    place::Warp,
};

/// The most the median patch may differ, CIEDE2000.
const MEDIAN_MAX: f64 = 0.5;
/// The most the 95th percentile patch may differ, CIEDE2000.
const P95_MAX: f64 = 1.5;
/// Side of the compared patches, in canvas pixels.
const PATCH: u32 = 12;
/// Patches compared, at most.
const PATCHES_MAX: usize = 1200;

/// Colour differences between photo and picture over patches that are all garment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct ColourCheck {
    /// CIEDE2000 of the middle patch; `None` without a patch to compare.
    pub(crate) median: Option<f64>,
    /// CIEDE2000 that 95 of 100 patches stay under.
    pub(crate) p95: Option<f64>,
    /// Patches compared.
    pub(crate) patches: usize,
}

impl ColourCheck {
    /// The colour is the photo's.
    pub(crate) fn passed(&self) -> bool {
        self.median.is_none_or(|value| value < MEDIAN_MAX) && self.p95.is_none_or(|value| value < P95_MAX)
    }

    /// The sentence for a picture that did not pass.
    pub(crate) fn note(&self) -> Option<String> {
        (!self.passed()).then(|| {
            format!(
                "the garment's colour moved: deltaE2000 {:.2} median, {:.2} at the 95th percentile",
                self.median.unwrap_or_default(),
                self.p95.unwrap_or_default()
            )
        })
    }
}

/// Compares a finished picture with its photo. The photo is read afresh, by bilinear samples under each
/// canvas pixel, so a fault of the resampling, the blend or the shadow would show.
pub(crate) fn colour_check(cutout: &Picture, picture: &Picture, warp: &impl Warp) -> ColourCheck {
    let (columns, rows) = (picture.width() / PATCH, picture.height() / PATCH);
    let every = ((columns * rows) as usize / (2 * PATCHES_MAX)).max(1);
    let mut differences: Vec<f64> = (0..columns * rows)
        .step_by(every)
        .filter_map(|index| {
            let corner = (index % columns * PATCH, index / columns * PATCH);
            let (photo, made) = patch(cutout, picture, warp, corner)?;
            Some(delta_e_2000(lab(photo), lab(made)))
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        let index = (differences.len() as f64 * share) as usize;
        differences.get(index).copied()
    };
    ColourCheck {
        median: rank(0.5),
        p95: rank(0.95),
        patches: differences.len(),
    }
}

/// Mean colours of a patch in the photo and in the picture; `None` unless it is all garment.
fn patch(
    cutout: &Picture,
    picture: &Picture,
    warp: &impl Warp,
    corner: (u32, u32),
) -> Option<([f32; 3], [f32; 3])> {
    let mut photo = [0.0f32; 3];
    let mut made = [0.0f32; 3];
    for y in corner.1..corner.1 + PATCH {
        for x in corner.0..corner.0 + PATCH {
            let (u, v) = warp.to_photo(f64::from(x) + 0.5, f64::from(y) + 0.5)?;
            let here = opaque_sample(cutout, u, v)?;
            let pixel = picture.get_pixel(x, y);
            for channel in 0..3 {
                photo[channel] += here[channel];
                made[channel] += f32::from(pixel[channel]);
            }
        }
    }
    let count = (PATCH * PATCH) as f32;
    Some((photo.map(|sum| sum / count), made.map(|sum| sum / count)))
}

/// Bilinear colour at a photo point whose surroundings (three pixels about) are fully garment.
fn opaque_sample(cutout: &Picture, u: f64, v: f64) -> Option<[f32; 3]> {
    let (x, y) = ((u - 0.5).floor(), (v - 0.5).floor());
    let (fx, fy) = ((u - 0.5 - x) as f32, (v - 0.5 - y) as f32);
    let (x, y) = (x as i64, y as i64);
    let at = |x: i64, y: i64| {
        let pixel = cutout.get_pixel_checked(u32::try_from(x).ok()?, u32::try_from(y).ok()?)?;
        (pixel[3] == u16::MAX).then_some(pixel.0)
    };
    for (dx, dy) in [(-2, 0), (3, 0), (0, -2), (0, 3)] {
        at(x + dx, y + dy)?;
    }
    let corners = [at(x, y)?, at(x + 1, y)?, at(x, y + 1)?, at(x + 1, y + 1)?];
    let weights = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
    Some(std::array::from_fn(|channel| {
        let parts = corners.iter().zip(weights);
        parts
            .map(|(corner, weight)| f32::from(corner[channel]) * weight)
            .sum()
    }))
}
