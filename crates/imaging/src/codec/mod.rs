//! Reading photos of any kind into one kind of pixels, and writing delivered files.

use std::path::PathBuf;

use thiserror::Error;

/// What a photo may cost to open. Checked from the header, before pixels are allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels (width x height).
    pub pixels_max: u64,
    /// Longest side in pixels.
    pub side_max: u32,
    /// Largest file in bytes.
    pub bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels_max: 100_000_000,
            side_max: 30_000,
            bytes_max: 200 * 1024 * 1024,
        }
    }
}

/// Why a photo could not be read. Each message is one line that names the trouble and the way out.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The file cannot be opened or read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There are no bytes.
    #[error("the file is empty (0 bytes); copy it again")]
    Empty,
    /// The content is none of the formats we read, whatever the name says.
    #[error("not a picture: {0}; use JPEG, PNG, WebP or TIFF")]
    NotAPicture(String),
    /// Larger than the limits allow.
    #[error("too large: {0}")]
    TooLarge(String),
    /// The picture's data is broken or cut short.
    #[error("damaged: {0}; export or copy it again")]
    Damaged(String),
}

/// How the file stored the photo, before it became a [`crate::Picture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoInfo {
    /// `jpeg`, `png`, `webp` or `tiff`, by content.
    pub format: &'static str,
    /// Bits a channel in the file: 8 or 16.
    pub bits: u8,
    /// The file has an alpha channel that is not opaque everywhere.
    pub has_alpha: bool,
    /// Description of the ICC profile that was converted to sRGB, if one was embedded.
    pub converted_from: Option<String>,
}

/// A photo, upright, in sRGB.
#[derive(Clone, Debug)]
pub struct Photo {
    /// The pixels.
    pub pixels: crate::Picture,
    /// How the file stored them.
    pub info: PhotoInfo,
}
