//! A ratio of width to height: `1:1.44`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Width to height. Parses `3:4` and `1:1.44`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio {
    width: f64,
    height: f64,
}

impl Ratio {
    /// Whether a picture has it, within a share of it.
    pub fn holds(self, width: u32, height: u32, tolerance: f64) -> bool {
        let wanted = self.width / self.height;
        let found = f64::from(width) / f64::from(height.max(1));
        (found / wanted - 1.0).abs() <= tolerance
    }
}

impl FromStr for Ratio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || format!("`{text}` is not a ratio: write it as 3:4");
        let (width, height) = text.split_once(':').ok_or_else(bad)?;
        let side = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|side| *side > 0.0 && side.is_finite())
        };
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Self { width, height }),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

impl TryFrom<String> for Ratio {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        ratio.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_hold_within_their_tolerance() {
        let zalando: Ratio = "1:1.44".parse().unwrap();
        assert!(zalando.holds(1801, 2600, 0.01));
        assert!(!zalando.holds(1500, 2000, 0.01));
        assert_eq!(zalando.to_string(), "1:1.44");
        for text in ["1", "0:1", "a:b", "1:-2", "inf:1"] {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
    }
}
