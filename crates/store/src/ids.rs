//! New identifiers: UUID version 7, so that rows sort by the time they were made.

use std::sync::{Arc, Mutex};

use domain::clock::Clock;
use uuid::{ContextV7, Timestamp, Uuid};

/// Mints identifiers, each greater than the one before even within a millisecond.
pub struct Ids {
    clock: Arc<dyn Clock>,
    context: Mutex<ContextV7>,
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ids")
    }
}

impl Ids {
    /// Ids stamped by a clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            context: Mutex::new(ContextV7::new()),
        }
    }

    /// The next identifier.
    pub fn next(&self) -> String {
        let now_ms = self.clock.now_ms().max(0) as u64;
        let context = self
            .context
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let stamp = Timestamp::from_unix(&*context, now_ms / 1000, (now_ms % 1000) as u32 * 1_000_000);
        Uuid::new_v7(stamp).to_string()
    }
}
