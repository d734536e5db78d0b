//! The score a picture needs to pass a lock, as a workspace may set it.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::verdict::{Outcome, Verdict};

/// A score from 0 (everything passes) to 1 (only the certain passes).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Threshold(f64);

/// The text or number is not a threshold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a threshold: give a number from 0 to 1, for example 0.85")]
pub struct ThresholdError(String);

impl Threshold {
    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Threshold {
    type Error = ThresholdError;

    fn try_from(value: f64) -> Result<Self, ThresholdError> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(ThresholdError(value.to_string()))
        }
    }
}

impl From<Threshold> for f64 {
    fn from(threshold: Threshold) -> Self {
        threshold.0
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let wrong = || ThresholdError(text.to_owned());
        let value: f64 = text.trim().parse().map_err(|_| wrong())?;
        Self::try_from(value).map_err(|_| wrong())
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The thresholds that are set, by lock. A lock that is not in it keeps its own.
pub type Thresholds = BTreeMap<String, Threshold>;

impl Verdict {
    /// The outcome this measurement would have at another threshold.
    ///
    /// A score that reaches the new line passes, unless it had reached the lock's own line too and the lock doubted it for
    /// another reason; a score that misses the new line and had reached the old one fails. What was not measured stays so.
    pub fn outcome_at(&self, threshold: Threshold) -> Outcome {
        let measured = matches!(
            self.outcome,
            Outcome::Passed | Outcome::Doubtful | Outcome::Failed
        );
        let Some(score) = self.score.filter(|_| measured) else {
            return self.outcome;
        };
        match (score >= threshold.value(), score >= self.threshold) {
            (true, false) => Outcome::Passed,
            (false, true) => Outcome::Failed,
            (true, true) | (false, false) => self.outcome,
        }
    }

    /// The verdict as if its lock had this threshold.
    #[must_use]
    pub fn at(mut self, threshold: Threshold) -> Self {
        self.outcome = self.outcome_at(threshold);
        self.threshold = threshold.value();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(score: Option<f64>, outcome: Outcome) -> Verdict {
        Verdict {
            lock: "product".to_owned(),
            score,
            threshold: 0.6,
            outcome,
            evidence: serde_json::Value::Null,
        }
    }

    #[test]
    fn only_numbers_from_0_to_1_are_thresholds() {
        for good in ["0", "1", "0.85", " .5 "] {
            assert!(good.parse::<Threshold>().is_ok(), "{good}");
        }
        for bad in ["banana", "", "1.01", "-0.1", "NaN", "inf", "50%"] {
            let error = bad.parse::<Threshold>().unwrap_err();
            assert!(error.to_string().contains("from 0 to 1"), "{bad}");
        }
        assert!(serde_json::from_str::<Threshold>("1.5").is_err());
    }

    #[test]
    fn a_threshold_moves_the_line_and_nothing_else() {
        use Outcome::{Doubtful, Failed, NotApplicable, Passed, Unverifiable};
        for (score, outcome, threshold, expected) in [
            (Some(0.7), Passed, "0.6", Passed),
            (Some(0.7), Passed, "0.8", Failed),
            (Some(0.7), Doubtful, "0.65", Doubtful),
            (Some(0.5), Doubtful, "0.4", Passed),
            (Some(0.5), Doubtful, "0.9", Doubtful),
            (Some(0.2), Failed, "0.1", Passed),
            (Some(0.2), Failed, "0.6", Failed),
            (None, Unverifiable, "0", Unverifiable),
            (Some(0.9), Unverifiable, "0", Unverifiable),
            (None, NotApplicable, "1", NotApplicable),
        ] {
            let found = verdict(score, outcome).outcome_at(threshold.parse().unwrap());
            assert_eq!(found, expected, "{score:?} {outcome:?} at {threshold}");
        }
    }
}
