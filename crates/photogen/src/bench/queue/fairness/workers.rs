//! Workers at both workspaces' pictures, and when those end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::{sync::Notify, task::JoinHandle};
use worker::{Ended, Environment, Listener, RunError, Stop, run_until_idle};

use super::SKUS;

/// How often it is looked whether pictures have ended.
const LOOK: Duration = Duration::from_millis(2);
/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_hours(1);

/// When pictures ended: of the workspace with many, and of the other.
#[derive(Default)]
pub(super) struct Ends(Mutex<[Vec<Instant>; 2]>);

impl Ends {
    pub(super) fn lock(&self) -> MutexGuard<'_, [Vec<Instant>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Ends {
    fn ended(&self, ended: &Ended<'_>) {
        let sku = &ended.shot.product.sku;
        let whose = SKUS.iter().position(|first| sku.starts_with(*first));
        if let (Some(whose), Some(_)) = (whose, ended.file()) {
            self.lock()[whose].push(Instant::now());
        }
    }
}

/// Workers that wait for more when the queue is empty, as those of a service do.
pub(super) struct Workers {
    stop: Stop,
    pub(super) wake: Arc<Notify>,
    working: JoinHandle<Result<(), RunError>>,
    pub(super) ends: Arc<Ends>,
}

impl Workers {
    pub(super) fn start(environment: &Arc<Environment>, ends: &Arc<Ends>) -> Self {
        let (stop, wake) = (Stop::default(), Arc::new(Notify::new()));
        let working = work(Arc::clone(environment), stop.clone(), Arc::clone(&wake));
        Self {
            working: tokio::spawn(working),
            ends: Arc::clone(ends),
            stop,
            wake,
        }
    }

    /// Waits until so many of a workspace's pictures have ended.
    pub(super) async fn wait(&self, whose: usize, pictures: usize) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while self.ends.lock()[whose].len() < pictures {
            let is_over = self.working.is_finished() || Instant::now() > until;
            ensure!(!is_over, "the pictures do not end");
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.stop.ask();
        self.wake.notify_one();
        Ok(self.working.await??)
    }
}

async fn work(environment: Arc<Environment>, stop: Stop, wake: Arc<Notify>) -> Result<(), RunError> {
    while !stop.is_asked() {
        run_until_idle(&environment, &stop).await?;
        wake.notified().await;
    }
    Ok(())
}
