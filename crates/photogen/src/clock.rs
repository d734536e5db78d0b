//! The machine's clock: the one place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::clock::{Clock, EpochMs};

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock everything else is handed"
    )]
    fn now_ms(&self) -> EpochMs {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as EpochMs)
    }
}
