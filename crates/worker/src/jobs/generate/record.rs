//! What is written down while an engine is called.

use std::sync::{Arc, atomic::Ordering, mpsc};

use engines::{CallLog, EngineError};
use store::{StoreError, attempts::StartedAttempt};
use tokio::runtime::Handle;

use super::Job;
use crate::{Environment, Naming, patience::patiently};

/// Writes the attempt's row as its call goes on. Made on a thread of the worker's runtime where it may block.
pub(super) struct Record<'a> {
    environment: &'a Environment,
    job: &'a Job,
    runtime: Handle,
}

impl<'a> Record<'a> {
    pub(super) fn new(environment: &'a Environment, job: &'a Job) -> Self {
        Self {
            environment,
            job,
            runtime: Handle::current(),
        }
    }

    /// Runs the store's work on the worker's runtime and waits for it, also from within another runtime. `None` when the
    /// worker's runtime ends.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, waiting) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            let _ = done.send(work.await);
        });
        waiting.recv().ok()
    }
}

impl CallLog for Record<'_> {
    fn sending(&self) -> Result<(), EngineError> {
        let (store, attempt) = (self.environment.store.clone(), self.job.attempt.clone());
        let now_ms = self.environment.clock.now_ms();
        match self.wait(async move { store.mark_sent(&attempt, now_ms).await }) {
            Some(Ok(())) => Ok(()),
            Some(Err(error @ StoreError::LeaseLost)) => Err(EngineError::Broken(error.to_string())),
            Some(Err(error)) => Err(EngineError::Retry(format!("the order was not sent: {error}"))),
            None => Err(EngineError::Retry(
                "the order was not sent: the worker ends".to_owned(),
            )),
        }
    }

    // What follows is told as well as can be: the picture is on its way, and giving it up would lose it for sure.

    fn answered(&self) {
        self.job.taken.store(true, Ordering::Relaxed);
    }

    fn accepted(&self, id: &str) {
        self.answered();
        let (store, attempt, id) = (
            self.environment.store.clone(),
            self.job.attempt.clone(),
            id.to_owned(),
        );
        let now_ms = self.environment.clock.now_ms();
        let lease = self.environment.lease;
        self.wait(async move { patiently!(lease, store.mark_accepted(&attempt, &id, now_ms).await) });
    }

    fn received(&self, file: &[u8]) {
        self.answered();
        let key = received_key(self.environment, &self.job.attempt);
        let (blobs, file) = (Arc::clone(&self.environment.blobs), file.to_vec());
        let (store, attempt) = (self.environment.store.clone(), self.job.attempt.clone());
        let kept = key.clone();
        let is_kept = self.wait(async move {
            let put = blobs.put(&key, file.into()).await;
            if put.is_ok() {
                let _ = store.mark_received(&attempt, &key).await;
            }
            put.is_ok()
        });
        if is_kept == Some(true) {
            let _ = self.job.kept.set(kept);
        }
    }
}

/// Where the vendor's file of an attempt waits until the attempt has ended.
fn received_key(environment: &Environment, attempt: &StartedAttempt) -> String {
    match environment.naming {
        Naming::Catalogue => format!(".photogen/received/{}", attempt.id),
        Naming::Content => format!("received/{}", attempt.id),
    }
}
