//! A clock that a test sets.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::clock::{Clock, EpochMs};

/// It moves on a millisecond each time it is asked, and further when it is told to.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_795_478_400_000)))
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> EpochMs {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
