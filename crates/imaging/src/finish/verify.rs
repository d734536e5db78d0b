//! Step: reads the finished file back, and measures what a lossy format did to the background.

use domain::format::Format;

use super::{FinishError, Work, light::narrowed};
use crate::{
    Picture,
    codec::{self, Limits},
    provenance::read_back,
};

/// Fails unless resolution, profile and digital source type are all in the file as asked.
pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let wrong = |reason: String| FinishError::ReadsBackWrong {
        format: work.spec.format,
        reason,
    };
    let found = read_back(&work.bytes);
    if found.dpi != Some(work.spec.dpi) {
        return Err(wrong(format!("{:?} DPI instead of {}", found.dpi, work.spec.dpi)));
    }
    if !found.icc {
        return Err(wrong("no ICC profile".to_owned()));
    }
    if found.digital_source_type.as_deref() != Some(work.spec.digital_source_type) {
        return Err(wrong(format!(
            "digital source type {:?}",
            found.digital_source_type
        )));
    }
    work.background_deviation = match (work.ground, work.spec.format) {
        (None, _) | (_, Format::Avif) => None,
        (Some(ground), Format::Webp | Format::Jpeg) => {
            let limits = Limits {
                pixels_max: u64::MAX,
                side_max: u32::MAX,
                bytes_max: u64::MAX,
            };
            let made = codec::decode(&work.bytes, &limits).map_err(|error| wrong(error.to_string()))?;
            deviation(&work.picture, &made.pixels, ground)
        }
        (Some(ground), _) => deviation(&work.picture, &work.picture, ground),
    };
    Ok(())
}

/// The largest 8-bit difference in the outer frame, over pixels that were exactly the ground before.
fn deviation(before: &Picture, after: &Picture, ground: [u16; 3]) -> Option<u8> {
    let (width, height) = before.dimensions();
    let depth = (width.min(height) / 64).max(2);
    let mut largest = None;
    for y in 0..height {
        let whole_row = y < depth || y + depth >= height;
        let inner = if whole_row {
            0
        } else {
            width.saturating_sub(2 * depth)
        };
        let (left, right) = if whole_row {
            (width, 0)
        } else {
            (depth.min(width), depth)
        };
        let columns = (0..left).chain((left + inner)..(left + inner + right).min(width));
        for x in columns {
            if before.get_pixel(x, y).0[..3] != ground {
                continue;
            }
            for (value, ground) in after.get_pixel(x, y).0.iter().zip(ground) {
                let difference = narrowed(*value).abs_diff(narrowed(ground));
                largest = largest.max(Some(difference));
            }
        }
    }
    largest
}
