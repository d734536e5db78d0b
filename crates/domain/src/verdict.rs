//! What a lock says about a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer of a lock. Only [`Outcome::Failed`] rejects a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Measured, and right.
    Passed,
    /// Measured, and a person should look.
    Doubtful,
    /// Measured, and wrong.
    Failed,
    /// The question does not arise for this picture.
    NotApplicable,
    /// The question arises but could not be measured.
    Unverifiable,
}

impl Outcome {
    /// The name used in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Doubtful => "doubtful",
            Self::Failed => "failed",
            Self::NotApplicable => "not_applicable",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// One lock's verdict on one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The lock's name.
    pub lock: String,
    /// 0 (certainly wrong) ..= 1 (certainly right); absent when nothing was measured.
    pub score: Option<f64>,
    /// The score a picture needs to pass, on the same scale.
    pub threshold: f64,
    /// What follows.
    pub outcome: Outcome,
    /// Numbers and words behind the score: at least `reason`, one sentence.
    pub evidence: serde_json::Value,
}
