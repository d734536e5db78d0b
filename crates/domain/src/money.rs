//! What vendors charge, in whole millionths of a US dollar: sums stay exact.

use std::{fmt, iter::Sum, ops::Add, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Millionths in one dollar.
const MICRO: f64 = 1_000_000.0;
/// Nobody means more than this for one picture, in dollars.
const USD_MAX: f64 = 1_000.0;

/// Millionths of a US dollar, 0 or more.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// The nearest amount to a price in dollars; 0 for what is no price.
    pub fn of_usd(usd: f64) -> Self {
        Self((usd.clamp(0.0, 1e9) * MICRO).round() as u64)
    }

    /// In dollars.
    pub fn usd(self) -> f64 {
        self.0 as f64 / MICRO
    }
}

impl Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for MicroUsd {
    /// `$0.13`, `$0.041`: cents, and more digits only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:.6}", self.usd());
        let cents = digits.len() - 4;
        let kept = digits.trim_end_matches('0').len().max(cents);
        write!(f, "${}", &digits[..kept])
    }
}

/// The text is no amount of dollars.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no price: write dollars from 0 to 1000, for example 0.50")]
pub struct MicroUsdError(String);

impl FromStr for MicroUsd {
    type Err = MicroUsdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim().trim_start_matches('$').parse::<f64>();
        number
            .ok()
            .filter(|usd| (0.0..=USD_MAX).contains(usd))
            .map(Self::of_usd)
            .ok_or_else(|| MicroUsdError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_printed_as_people_write_them_and_read_back() {
        for (text, micro, printed) in [
            ("0.13", 130_000, "$0.13"),
            ("$0.041", 41_000, "$0.041"),
            ("2", 2_000_000, "$2.00"),
            ("0", 0, "$0.00"),
            ("0.000001", 1, "$0.000001"),
        ] {
            let amount: MicroUsd = text.parse().unwrap();
            assert_eq!((amount.0, amount.to_string().as_str()), (micro, printed));
        }
        for wrong in ["", "-1", "nan", "inf", "a lot", "1001"] {
            assert!(wrong.parse::<MicroUsd>().is_err(), "{wrong}");
        }
    }
}
