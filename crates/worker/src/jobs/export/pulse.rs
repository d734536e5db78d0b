//! The pulse of an export in work: keeps it held, and hears that it was called off or given to another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::clock::Clock;
use store::Store;
use tokio::task::JoinHandle;

use super::{LEASE_MS, Trouble};

/// How often it beats: so long goes on what was called off, and a file that is in work is made to its end.
const BEAT: Duration = Duration::from_secs(2);

/// Beats until it is dropped.
pub(super) struct Pulse {
    lost: Arc<AtomicBool>,
    beating: JoinHandle<()>,
}

impl Pulse {
    pub(super) fn start(store: Store, clock: Arc<dyn Clock>, id: String, token: String) -> Self {
        let lost = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&lost);
        let beating = tokio::spawn(async move {
            loop {
                tokio::time::sleep(BEAT).await;
                // A database that is away is not a no: the lease is long.
                if let Ok(false) = store.keep_export(&id, &token, clock.now_ms() + LEASE_MS).await {
                    heard.store(true, Ordering::Relaxed);
                    return;
                }
            }
        });
        Self { lost, beating }
    }

    /// Fails once the export is not held any more.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(Trouble::Lost);
        }
        Ok(())
    }

    /// What a thread asks that must not wait.
    pub(super) fn is_lost(&self) -> impl Fn() -> bool + Send + 'static {
        let lost = Arc::clone(&self.lost);
        move || lost.load(Ordering::Relaxed)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.beating.abort();
    }
}
