//! The three packets every finished file carries.

use std::sync::OnceLock;

use moxcms::ColorProfile;

use super::{About, exif::exif, xmp::xmp};

/// Metadata as bytes, ready to be put into a file of any format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packets {
    /// An sRGB ICC profile (v4, matrix and curve).
    pub icc: Vec<u8>,
    /// EXIF bytes (TIFF), without the `Exif\0\0` prefix.
    pub exif: Vec<u8>,
    /// An XMP packet.
    pub xmp: String,
}

impl Packets {
    /// For a resolution in pixels per inch and a full IPTC digital source type URI.
    pub fn new(dpi: u32, digital_source_type: &str, about: &About) -> Self {
        Self {
            icc: srgb_profile().to_vec(),
            exif: exif(dpi),
            xmp: xmp(digital_source_type, about),
        }
    }
}

/// Where an ICC profile's header holds its creation time: year, month, day, hour, minute, second, 16 bits each
/// (ICC.1:2022, 7.2.1).
const PROFILE_TIME: std::ops::Range<usize> = 24..36;

/// 2024-01-01 00:00:00 in that form: the encoder would write the present, and the same picture would be another file.
const PROFILE_TIME_FIXED: [u8; 12] = [0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// The profile every finished file carries: the same bytes always.
pub(crate) fn srgb_profile() -> &'static [u8] {
    static PROFILE: OnceLock<Vec<u8>> = OnceLock::new();
    PROFILE.get_or_init(|| {
        let mut profile = ColorProfile::new_srgb().encode().unwrap_or_default();
        if let Some(time) = profile.get_mut(PROFILE_TIME) {
            time.copy_from_slice(&PROFILE_TIME_FIXED);
        }
        profile
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_srgb() {
        let profile = ColorProfile::new_from_slice(srgb_profile()).unwrap();
        assert!(profile.is_matrix_shaper());
        assert_eq!(srgb_profile()[PROFILE_TIME], PROFILE_TIME_FIXED);
        assert!(srgb_profile().len() < 4096, "{} bytes", srgb_profile().len());
    }
}
