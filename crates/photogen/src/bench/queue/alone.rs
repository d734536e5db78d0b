//! The queue alone, as queues are measured: jobs are put in, claimed and ended, and nothing is done for them.

use std::{sync::Arc, time::Instant};

use domain::{clock::Clock as _, ids::WorkspaceId};
use store::{Store, StoreError, ids::Ids, queue::Lease};

use super::{LEASE_MS, Place, Rates, at_once, rate, workspace};
use crate::{bench::world::Database, clock::SystemClock};

/// Jobs that are put in by one transaction.
const PUT: usize = 500;

/// How fast jobs are put in, and how fast they are taken out by the batch, each time by so many at once.
pub(super) async fn measure(
    database: Database,
    jobs: usize,
    batch: usize,
    workers: u8,
) -> anyhow::Result<Rates> {
    let place = Place::open(database).await?;
    let store = &place.store;
    let ids = Ids::new(Arc::new(SystemClock));
    let workspace = workspace(store, &ids, SystemClock.now_ms()).await?;
    connect(store, workers).await?;
    let started = Instant::now();
    let share = |number: u8| {
        let (all, number) = (usize::from(workers), usize::from(number));
        jobs / all + usize::from(number < jobs % all)
    };
    let put_share = |number| put(store.clone(), workspace.clone(), share(number));
    at_once(workers, put_share).await?;
    let put = rate(jobs, started.elapsed());
    let started = Instant::now();
    let ended: usize = at_once(workers, |_| take(store.clone(), batch))
        .await?
        .into_iter()
        .sum();
    let taken = rate(jobs, started.elapsed());
    anyhow::ensure!(ended == jobs, "{ended} of {jobs} jobs were ended");
    let found = store.contradictions(true).await?;
    anyhow::ensure!(found.is_empty(), "the books do not agree: {}", found.join("; "));
    Ok(Rates { put, taken })
}

/// Has a connection made for each worker, as the queues that this is held against have before their time is taken.
async fn connect(store: &Store, workers: u8) -> anyhow::Result<()> {
    let asking = |_| {
        let store = store.clone();
        async move { store.ping().await }
    };
    at_once(workers, asking).await.map(drop)
}

async fn put(store: Store, workspace: WorkspaceId, jobs: usize) -> Result<(), StoreError> {
    let ids = Ids::new(Arc::new(SystemClock));
    for first in (0..jobs).step_by(PUT) {
        let told: Vec<String> = (first..jobs.min(first + PUT)).map(told).collect();
        store
            .put_empty_jobs(&ids, &workspace, &told, SystemClock.now_ms())
            .await?;
    }
    Ok(())
}

/// What a job is told: an order as the queues that this is held against carry it.
fn told(number: usize) -> String {
    serde_json::json!({
        "generationId": format!("g{number}"), "userId": "u1", "prompt": "studio photo of a linen dress ".repeat(20),
        "pose": "FRONT", "background": "PURE_WHITE", "resolution": "RES_2500", "outputFormat": "WEBP",
        "enginePreset": "BALANCED", "strictMode": false, "seed": 42,
    })
    .to_string()
}

/// Takes jobs out until none is left. How many.
async fn take(store: Store, batch: usize) -> Result<usize, StoreError> {
    let ids = Ids::new(Arc::new(SystemClock));
    let mut ended = 0;
    loop {
        let now_ms = SystemClock.now_ms();
        let claimed = store
            .claim_empty_jobs("bench", &ids.next(), batch, LEASE_MS, now_ms)
            .await?;
        if claimed.is_empty() {
            return Ok(ended);
        }
        let leases: Vec<Lease> = claimed.into_iter().map(|(lease, _)| lease).collect();
        ended += store.end_empty_jobs(&leases).await?;
    }
}
