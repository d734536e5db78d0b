//! The three packets every finished file carries.

use std::sync::OnceLock;

use moxcms::ColorProfile;

use super::{exif::exif, xmp::xmp};

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
    pub fn new(dpi: u32, digital_source_type: &str) -> Self {
        Self {
            icc: srgb_profile().to_vec(),
            exif: exif(dpi),
            xmp: xmp(digital_source_type),
        }
    }
}

/// The profile every finished file carries.
pub(crate) fn srgb_profile() -> &'static [u8] {
    static PROFILE: OnceLock<Vec<u8>> = OnceLock::new();
    PROFILE.get_or_init(|| ColorProfile::new_srgb().encode().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_srgb() {
        let profile = ColorProfile::new_from_slice(srgb_profile()).unwrap();
        assert!(profile.is_matrix_shaper());
        assert!(srgb_profile().len() < 4096, "{} bytes", srgb_profile().len());
    }
}
