//! A clock for tests.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::clock::{Clock, EpochMs};

/// It moves on a millisecond each time it is asked.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_795_478_400_000)))
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> EpochMs {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
