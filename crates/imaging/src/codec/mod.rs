//! Reading photos of any kind into one kind of pixels: upright, in sRGB, 16 bits a channel.
//!
//! The content decides the format, never the file's name. Size limits are checked from the header, before
//! pixels are allocated, and a picture that is cut short is an error, never half a picture.

use std::path::PathBuf;

use thiserror::Error;

mod colour;
mod decode;
mod jpeg;
mod jpeg_outline;
mod png;
mod raw;
mod read;
mod sniff;
mod tiff;
mod webp;

pub use decode::decode;
pub use read::{pixels_promised, read};

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
    /// A folder, where a picture was expected.
    #[error("{path} is a folder; give a picture file")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// There are no bytes.
    #[error("the file is empty (0 bytes); copy it again")]
    Empty,
    /// The content is none of the formats we read, whatever the name says.
    #[error("not a picture: {0}; use JPEG, PNG, WebP or TIFF")]
    NotAPicture(String),
    /// A picture of a kind that we do not read.
    #[error("not supported: {0}; save it as an ordinary JPEG, PNG, WebP or TIFF")]
    Unsupported(String),
    /// Larger than the limits allow.
    #[error("too large: {0}")]
    TooLarge(String),
    /// The picture's data is broken or cut short.
    #[error("damaged: {0}; export or copy it again")]
    Damaged(String),
}

/// What is noted of a file that moves.
pub const ANIMATION: &str = "an animation: only its first picture is used";

/// How the file stored the photo, before it became a [`crate::Picture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoInfo {
    /// `jpeg`, `png`, `webp` or `tiff`, by content.
    pub format: &'static str,
    /// Bits a channel in the file: 8 or 16.
    pub bits: u8,
    /// Some pixel is not opaque.
    pub has_alpha: bool,
    /// Description of the ICC profile that was converted to sRGB; `None` when the file was sRGB already.
    pub converted_from: Option<String>,
    /// What a person should know, one sentence each: an unusable profile, only the first of many pictures.
    pub notes: Vec<String>,
}

/// A photo, upright, in sRGB.
#[derive(Clone, Debug)]
pub struct Photo {
    /// The pixels.
    pub pixels: crate::Picture,
    /// How the file stored them.
    pub info: PhotoInfo,
}
