//! The ground a picture stands on: one exact 8-bit sRGB colour.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An exact sRGB background colour. Parses `white`, `light-gray` or `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Background {
    /// Red, green, blue, 0..=255, sRGB encoded.
    pub rgb: [u8; 3],
}

/// The text is not a background.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a background: use white, light-gray or a colour as #rrggbb, for example #f4f1ec")]
pub struct BackgroundError(String);

impl Background {
    /// Pure white, what most marketplaces ask of a main picture.
    pub const WHITE: Self = Self { rgb: [255, 255, 255] };
    /// A neutral light gray, `#f2f2f2`.
    pub const LIGHT_GRAY: Self = Self { rgb: [242, 242, 242] };
}

impl Default for Background {
    fn default() -> Self {
        Self::WHITE
    }
}

impl FromStr for Background {
    type Err = BackgroundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "white" => Ok(Self::WHITE),
            "light-gray" | "light-grey" => Ok(Self::LIGHT_GRAY),
            other => parse_hex(other)
                .map(|rgb| Self { rgb })
                .ok_or_else(|| BackgroundError(text.to_owned())),
        }
    }
}

fn parse_hex(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some([red, green, blue])
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.rgb;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for Background {
    type Error = BackgroundError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Background> for String {
    fn from(background: Background) -> Self {
        background.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_hex_parse_and_print_as_hex() {
        for (text, printed) in [
            ("white", "#ffffff"),
            ("light-gray", "#f2f2f2"),
            (" Light-Grey ", "#f2f2f2"),
            ("#2B4A3F", "#2b4a3f"),
        ] {
            assert_eq!(text.parse::<Background>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_way_out() {
        for text in ["", "red", "#fff", "#12345g", "ffffff", "#+12345", "#ffffff00"] {
            let error = text.parse::<Background>().unwrap_err();
            assert!(error.to_string().contains("#rrggbb"), "{error}");
        }
    }
}
