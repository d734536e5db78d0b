//! How an engine's server is doing, as the process that calls it sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::EpochMs;

/// How an engine's server is doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// The share of its card's rate at which it is asked: 1, or less after it said "too many requests".
    pub rate_share: f64,
    /// Faults in a row.
    pub faults: u32,
    /// After too many faults in a row the breaker is open, and nobody asks it for so long.
    pub rests_ms: Option<u64>,
    /// Calls that ended since the process began, by what they came to.
    pub calls: BTreeMap<String, u64>,
    /// The last faults, the newest last.
    pub recent: Vec<RecentFault>,
}

/// Something that went wrong between us and the engine's server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentFault {
    /// How long ago, when this was told.
    pub ago_ms: u64,
    /// What happened.
    pub message: String,
}

/// What a process told of an engine that it calls.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthTold {
    /// The engine.
    pub engine: String,
    /// The process: a new id each time it starts.
    pub worker: String,
    /// When.
    pub told_ms: EpochMs,
    /// How it stood then.
    pub health: Health,
}

impl HealthTold {
    /// How long its breaker is open from now on; `None` when it is closed.
    pub fn rests_ms(&self, now_ms: EpochMs) -> Option<u64> {
        let rests = i64::try_from(self.health.rests_ms?).ok()?;
        let left = self.told_ms.saturating_add(rests).saturating_sub(now_ms);
        u64::try_from(left).ok().filter(|left| *left > 0)
    }

    /// Orders a minute that it is asked at, of a card's.
    pub fn rate_per_minute(&self, requests_per_minute: u32) -> f64 {
        f64::from(requests_per_minute) * self.health.rate_share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_breaker_closes_by_itself_when_its_rest_is_over() {
        let told = HealthTold {
            engine: "openai".into(),
            worker: "w".into(),
            told_ms: 1_000,
            health: Health {
                rests_ms: Some(20_000),
                ..Health::default()
            },
        };
        assert_eq!(told.rests_ms(1_000), Some(20_000));
        assert_eq!(told.rests_ms(20_999), Some(1));
        assert_eq!(told.rests_ms(21_000), None);
        assert_eq!(told.rests_ms(EpochMs::MAX), None);
    }
}
