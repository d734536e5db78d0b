//! A clock that a test sets.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::clock::{Clock, EpochMs};

/// It moves on a millisecond each time it is asked, and further where a test adds to it.
pub(crate) struct TestClock(pub(crate) AtomicI64);

impl Default for TestClock {
    /// Begins on 2026-11-24.
    fn default() -> Self {
        Self(AtomicI64::new(1_795_478_400_000))
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> EpochMs {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
