//! The set lock in a service: once the pictures of a product are made, its whole views are compared with each other.

use std::{sync::Arc, time::Duration};

use domain::clock::{Clock, EpochMs};
use engines::Budget;
use imaging::locks::set;
use store::{Store, blobs::Blobs, ids::Ids, sets::SetMember};
use tokio::{runtime::Handle, sync::Notify};
use worker::Stop;

use crate::shoot::sets::compared;

/// How far back is looked at the start: what another process has left undone.
const BACK_MS: i64 = 7 * 24 * 3_600_000;
/// How far back is looked later.
const AGAIN_MS: i64 = 10 * 60_000;
/// How often is looked when no picture ends here: others make some too.
const LOOK: Duration = Duration::from_mins(1);

/// Compares sets as they become whole.
pub(super) struct Sets {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) blobs: Arc<dyn Blobs>,
    pub(super) ids: Ids,
    /// Turns at the processor.
    pub(super) cores: Arc<Budget>,
    /// A picture ended.
    pub(super) ended: Arc<Notify>,
}

impl Sets {
    /// Looks at once and whenever a picture ends, until a stop is asked.
    pub(super) async fn run(self, stop: Stop) {
        let mut since_ms = self.clock.now_ms() - BACK_MS;
        while !stop.is_asked() {
            let now_ms = self.clock.now_ms();
            match self.look(since_ms, &stop).await {
                Ok(()) => since_ms = now_ms - AGAIN_MS,
                Err(error) => {
                    tracing::warn!(%error, "pictures of one product were not compared; they are later");
                }
            }
            let _ = tokio::time::timeout(LOOK, self.ended.notified()).await;
        }
    }

    async fn look(&self, since_ms: EpochMs, stop: &Stop) -> Result<(), store::StoreError> {
        let due = self
            .store
            .due_sets(set::LOCK.name, set::PICTURES_MIN, since_ms)
            .await?;
        for members in due {
            if stop.is_asked() {
                break;
            }
            match self.compare(members).await {
                Ok(told) => {
                    self.store
                        .record_set(&self.ids, &told, self.clock.now_ms())
                        .await?;
                }
                Err(trouble) => tracing::warn!(trouble, "pictures of one product were not compared"),
            }
        }
        Ok(())
    }

    /// On a thread that may block, when it is its turn.
    async fn compare(&self, members: Vec<SetMember>) -> Result<Told, String> {
        let (blobs, cores, runtime) = (
            Arc::clone(&self.blobs),
            Arc::clone(&self.cores),
            Handle::current(),
        );
        let work = tokio::task::spawn_blocking(move || {
            cores.with(1, || runtime.block_on(compared(&*blobs, members)))
        });
        work.await.map_err(|error| error.to_string())?
    }
}

/// What the lock said of each member, and the doubt about one that does not belong.
type Told = Vec<(SetMember, domain::verdict::Verdict, Option<String>)>;
