//! What a file says about itself, read from its bytes.

use moxcms::ColorProfile;

use super::{
    bmff,
    ifd::{self, Ifd},
    jpeg, png, riff, xmp,
};

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Pixels per inch, the same both ways and the same in every place that says it.
    pub dpi: Option<u32>,
    /// A readable ICC profile is embedded.
    pub icc: bool,
    /// The IPTC digital source type, as a full URI.
    pub digital_source_type: Option<String>,
}

/// Reads a JPEG, PNG, WebP, TIFF or AVIF, told by its content; anything else says nothing.
pub fn read_back(bytes: &[u8]) -> Described {
    if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg::read_back(bytes)
    } else if bytes.starts_with(b"\x89PNG") {
        png::read_back(bytes)
    } else if bytes.starts_with(b"RIFF") {
        riff::read_back(bytes)
    } else if bytes.get(4..8) == Some(b"ftyp") {
        bmff::read_back(bytes)
    } else {
        tiff(bytes)
    }
}

fn tiff(bytes: &[u8]) -> Described {
    let Some(first) = Ifd::first(bytes) else {
        return Described::default();
    };
    Described {
        dpi: exif_dpi(bytes),
        icc: first.bytes(ifd::ICC_PROFILE).is_some_and(is_profile),
        digital_source_type: first.bytes(ifd::XMP).and_then(xmp::digital_source_type),
    }
}

/// The resolution of EXIF bytes or of a TIFF file, in pixels per inch.
pub(super) fn exif_dpi(bytes: &[u8]) -> Option<u32> {
    const INCH_CM: f64 = 2.54;
    let first = Ifd::first(bytes)?;
    let (x, y) = (
        first.rational(ifd::X_RESOLUTION)?,
        first.rational(ifd::Y_RESOLUTION)?,
    );
    let per_inch = match first.unsigned(ifd::RESOLUTION_UNIT) {
        Some(3) => x * INCH_CM,
        _ => x,
    };
    (x == y).then(|| per_inch.round() as u32)
}

/// One resolution from two places: the one that is there, or both when they agree.
pub(super) fn agreed(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).then_some(one),
        (one, other) => one.or(other),
    }
}

pub(super) fn is_profile(bytes: &[u8]) -> bool {
    ColorProfile::new_from_slice(bytes).is_ok()
}
