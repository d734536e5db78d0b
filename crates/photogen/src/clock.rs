//! The machine's clock: the one place that reads it. And the clock of a database, which may be another.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use domain::clock::{Clock, EpochMs};
use store::Store;

/// The clock of all who work on a database: see [`Store::shared_clock`].
pub(crate) async fn of(store: &Store) -> store::Result<Arc<dyn Clock>> {
    store.shared_clock(Arc::new(SystemClock)).await
}

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
