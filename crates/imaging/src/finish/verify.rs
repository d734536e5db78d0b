//! Step: reads the finished file back: a lossless one holds the very pixels, and what a lossy one did to the background is
//! measured.

use domain::format::Format;

use super::{FinishError, Work, light::narrowed};
use crate::{
    Picture,
    codec::{self, Limits},
    provenance::read_back,
};

/// Fails unless resolution, profile and digital source type are all in the file as asked, and it decodes to its pixels.
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
    if work.spec.format == Format::Avif || !work.spec.read_back {
        return Ok(());
    }
    let made = codec::decode(&work.bytes, &NO_LIMITS).map_err(|error| wrong(error.to_string()))?;
    if let Some(kept) = kept_values(work.spec.format)
        && !same(&work.pixels.picture(), &made.pixels, kept)
    {
        return Err(wrong("other pixels than were written".to_owned()));
    }
    work.background_deviation = work
        .ground
        .and_then(|ground| deviation(&work.pixels.picture(), &made.pixels, ground));
    Ok(())
}

/// We read what we wrote ourselves.
const NO_LIMITS: Limits = Limits {
    pixels_max: u64::MAX,
    side_max: u32::MAX,
    bytes_max: u64::MAX,
};

/// What a lossless format keeps of a 16-bit value; nothing for the lossy ones.
fn kept_values(format: Format) -> Option<fn(u16) -> u16> {
    match format {
        Format::Png16 | Format::Tiff => Some(|value| value),
        Format::Png | Format::WebpLossless => Some(|value| u16::from(narrowed(value))),
        Format::Webp | Format::Jpeg | Format::Avif => None,
    }
}

/// Every pixel that can be seen is the same.
fn same(before: &Picture, after: &Picture, kept: fn(u16) -> u16) -> bool {
    let seen = |pixel: &[u16]| kept(pixel[3]) > 0;
    before.dimensions() == after.dimensions()
        && before
            .as_raw()
            .chunks_exact(4)
            .zip(after.as_raw().chunks_exact(4))
            .all(|(a, b)| (!seen(a) && !seen(b)) || a.iter().zip(b).all(|(a, b)| kept(*a) == kept(*b)))
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{
        super::{FinishError, Spec, pipeline, pixels::Pixels, start},
        *,
    };

    /// Runs every step but the last, and that one against a picture that differs in one value.
    fn verified_against_another(format: Format, by: u16) -> Result<(), FinishError> {
        let picture = Picture::from_pixel(24, 16, image::Rgba([0x8080, 0x4040, 0x2020, u16::MAX]));
        let spec = Spec {
            format,
            ..Spec::default()
        };
        let mut work = start(&picture, &spec)?;
        let (last, steps) = pipeline().split_last().expect("there are steps");
        for step in steps {
            (step.run)(&mut work)?;
        }
        let mut other = picture.clone();
        other.get_pixel_mut(7, 9).0[1] += by;
        work.pixels = Pixels::Rgba(Cow::Owned(other));
        (last.run)(&mut work)
    }

    #[test]
    fn a_lossless_file_that_holds_another_value_is_found_out() {
        for format in [Format::Png16, Format::Tiff] {
            assert!(verified_against_another(format, 0).is_ok(), "{format}");
            assert!(verified_against_another(format, 1).is_err(), "{format}");
        }
        for format in [Format::Png, Format::WebpLossless] {
            assert!(
                verified_against_another(format, 1).is_ok(),
                "8 bits hold no more: {format}"
            );
            assert!(verified_against_another(format, 257).is_err(), "{format}");
        }
    }
}
