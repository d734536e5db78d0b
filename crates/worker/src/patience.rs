//! What is done while the database or the storage is away: it is asked again.

use std::{fmt::Display, time::Duration};

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
            let away = done.as_ref().err().filter(|error| error.is_busy());
            if !patience.waits(away).await {
                break done;
            }
        }
    }};
}
pub(crate) use patiently;

/// How long it is waited for.
pub(crate) struct Patience {
    until: Instant,
    wait: Duration,
}

impl Patience {
    pub(crate) fn new(most: Duration) -> Self {
        Self {
            until: Instant::now() + most,
            wait: WAITS.0,
        }
    }

    /// Waits, where it is away and that may help. Whether it did.
    pub(crate) async fn waits(&mut self, away: Option<&impl Display>) -> bool {
        let Some(error) = away.filter(|_| Instant::now() < self.until) else {
            return false;
        };
        tracing::warn!(%error, "it is asked again");
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(WAITS.1);
        true
    }
}
