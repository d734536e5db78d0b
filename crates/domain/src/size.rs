//! The pixel size of a delivered picture.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Canvas size in pixels. Parses `1500` (square) or `1200x1800`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Size {
    /// Pixels, [`Size::MIN`]..=[`Size::MAX`].
    pub width: u32,
    /// Pixels, [`Size::MIN`]..=[`Size::MAX`].
    pub height: u32,
}

/// The text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a size: use one number for a square (1500) or WIDTHxHEIGHT (1200x1800), each from 64 to 10000 pixels"
)]
pub struct SizeError(String);

impl Size {
    /// Smallest side that can be asked for.
    pub const MIN: u32 = 64;
    /// Largest side that can be asked for (the largest a marketplace of docs takes).
    pub const MAX: u32 = 10_000;

    /// A size whose sides are both in range.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let range = Self::MIN..=Self::MAX;
        (range.contains(&width) && range.contains(&height)).then_some(Self { width, height })
    }
}

impl Default for Size {
    fn default() -> Self {
        Self {
            width: 1500,
            height: 1500,
        }
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SizeError(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let (width, height) = lower.split_once('x').unwrap_or((&lower, &lower));
        let side = |digits: &str| digits.trim().parse::<u32>().map_err(|_| error());
        Self::new(side(width)?, side(height)?).ok_or_else(error)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl TryFrom<String> for Size {
    type Error = SizeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_and_pairs_parse() {
        assert_eq!(
            "1500".parse::<Size>().unwrap(),
            Size {
                width: 1500,
                height: 1500
            }
        );
        assert_eq!(
            "1200X1800".parse::<Size>().unwrap(),
            Size {
                width: 1200,
                height: 1800
            }
        );
    }

    #[test]
    fn out_of_range_and_nonsense_are_refused() {
        for text in ["", "0", "63", "10001", "100x", "axb", "-5", "1e3", "60000x60000"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
