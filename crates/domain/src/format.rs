//! File formats a picture can be delivered in.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A delivered file format, with its bit depth and compression decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Format {
    /// Lossy WebP at quality 100.
    #[default]
    Webp,
    /// Lossless WebP, 8 bit.
    WebpLossless,
    /// PNG, 8 bit a channel.
    Png,
    /// PNG, 16 bit a channel.
    Png16,
    /// JPEG, quality 95, 4:4:4.
    Jpeg,
    /// TIFF, 16 bit a channel.
    Tiff,
    /// AVIF, 4:4:4.
    Avif,
}

/// The text is not a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a format: use webp, webp-lossless, png, png16, jpeg, tiff or avif")]
pub struct FormatError(String);

impl Format {
    /// Every format, in the order they are offered.
    pub const ALL: [Self; 7] = [
        Self::Webp,
        Self::WebpLossless,
        Self::Png,
        Self::Png16,
        Self::Jpeg,
        Self::Tiff,
        Self::Avif,
    ];

    /// The name used on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::WebpLossless => "webp-lossless",
            Self::Png => "png",
            Self::Png16 => "png16",
            Self::Jpeg => "jpeg",
            Self::Tiff => "tiff",
            Self::Avif => "avif",
        }
    }

    /// The file name's extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Webp | Self::WebpLossless => "webp",
            Self::Png | Self::Png16 => "png",
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
            Self::Avif => "avif",
        }
    }

    /// The format a file name's extension asks for (`jpg`, `tif`, … included).
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "webp" => Some(Self::Webp),
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "tif" | "tiff" => Some(Self::Tiff),
            "avif" => Some(Self::Avif),
            _ => None,
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.name() == lower)
            .or_else(|| Self::from_extension(&lower))
            .ok_or_else(|| FormatError(text.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Format {
    type Error = FormatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Format> for String {
    fn from(format: Format) -> Self {
        format.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
        }
        assert_eq!("JPG".parse::<Format>().unwrap(), Format::Jpeg);
        assert!("gif".parse::<Format>().is_err());
    }
}
