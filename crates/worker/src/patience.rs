//! What is done while the database is away: it is asked again.

use std::time::Duration;

use store::StoreError;
use tokio::time::{Instant, sleep};

/// The first wait, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Does this until the database has an answer, for as long as a lease lasts: a picture that is made is not lost because the
/// database starts again meanwhile. What is done must be fenced by the lease, or be the same when it is done twice.
macro_rules! patiently {
    ($lease:expr, $work:expr) => {{
        let mut patience = $crate::patience::Patience::new($lease);
        loop {
            let done = $work;
            if !patience.waits(done.as_ref().err()).await {
                break done;
            }
        }
    }};
}
pub(crate) use patiently;

/// How long the database is waited for.
pub(crate) struct Patience {
    until: Instant,
    wait: Duration,
}

impl Patience {
    pub(crate) fn new(lease: Duration) -> Self {
        Self {
            until: Instant::now() + lease,
            wait: WAITS.0,
        }
    }

    /// Waits, where that may help. Whether it did.
    pub(crate) async fn waits(&mut self, error: Option<&StoreError>) -> bool {
        let Some(error) = error.filter(|error| error.is_busy() && Instant::now() < self.until) else {
            return false;
        };
        tracing::warn!(%error, "the database is away; it is asked again");
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(WAITS.1);
        true
    }
}
