//! Files of a job: where they are kept, and put there while the lease is held.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{
    manifest::DeliveredFile,
    retry::{AttemptOutcome, PastAttempt},
};
use sha2::{Digest as _, Sha256};
use store::queue::Lease;

use crate::{
    CANDIDATES, Environment, Naming,
    jobs::generate::{self, Job},
    patience::Patience,
};

/// How long a storage that is away is waited for before a finished picture is given up.
const STORAGE_AWAY_MAX: Duration = Duration::from_mins(10);

/// Where a picture that was sent back is kept, so that people can see why: beside those sent back before it, in place of
/// those of earlier settings.
pub(super) fn candidate_key(path: &str, past: &[PastAttempt]) -> String {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, "webp"));
    let is_sent_back =
        |one: &&PastAttempt| matches!(one.outcome, AttemptOutcome::Rejected | AttemptOutcome::Withheld);
    let rejected = past.iter().filter(is_sent_back);
    format!("{CANDIDATES}/{stem}-{}.{extension}", rejected.count() + 1)
}

/// Puts the vendor's file among the pictures that were sent back, if there is one and it is a picture.
pub(super) async fn keep_vendor_file(
    environment: &Arc<Environment>,
    lease: &Lease,
    job: &Job,
) -> Option<DeliveredFile> {
    let file = environment.blobs.get(job.vendor_file()?).await.ok()?;
    let (shot, read) = (job.shot.clone(), file.clone());
    let described = tokio::task::spawn_blocking(move || generate::described(&read, &shot)).await;
    let described = described.ok().flatten()?;
    let key = match environment.naming {
        Naming::Content => content_key(lease, &described, false),
        Naming::Catalogue => format!("{CANDIDATES}/{}", described.path),
    };
    let now_ms = environment.clock.now_ms();
    let announced = environment
        .store
        .announce_blob(lease, environment.lease_ms(), &key, now_ms);
    announced.await.ok()?;
    put(environment, &key, file.to_vec()).await.ok()?;
    Some(DeliveredFile {
        path: key,
        ..described
    })
}

/// Puts a heat-map where the review desk reads it. A picture without one is decided on by its words and its box.
pub(super) async fn keep_heatmap(
    environment: &Arc<Environment>,
    lease: &Lease,
    file: Vec<u8>,
) -> Option<String> {
    let sha256 = hex::encode(Sha256::digest(&file));
    let key = format!("heatmaps/{}/{sha256}.webp", lease.workspace);
    let now_ms = environment.clock.now_ms();
    let announced = environment
        .store
        .announce_blob(lease, environment.lease_ms(), &key, now_ms);
    announced.await.ok()?;
    // Once: nobody waits ten minutes for what a picture can do without.
    environment.blobs.put(&key, file.into()).await.ok()?;
    Some(key)
}

/// Where a picture is kept in a service.
pub(super) fn content_key(lease: &Lease, file: &DeliveredFile, is_done: bool) -> String {
    let kind = if is_done { "pictures" } else { "candidates" };
    let extension = file.format.extension();
    format!("{kind}/{}/{}.{extension}", lease.workspace, file.sha256)
}

/// The vendor's files of an attempt that has ended are needed no more. One that stays does no harm.
pub(super) async fn forget_received(environment: &Arc<Environment>, job: &Job) {
    for key in job.kept.get().into_iter().chain(&job.left.file) {
        let _ = environment.blobs.remove(key).await;
    }
}

/// Puts a file. A service's storage that is away, or full, is waited for: the lease is kept meanwhile, and the picture is paid for.
pub(super) async fn put(environment: &Arc<Environment>, key: &str, file: Vec<u8>) -> Result<(), String> {
    let file = Bytes::from(file);
    let mut patience = Patience::new(match environment.naming {
        Naming::Content => STORAGE_AWAY_MAX,
        // Somebody is watching, who makes room and begins again.
        Naming::Catalogue => Duration::ZERO,
    });
    loop {
        let put = environment.blobs.put(key, file.clone()).await;
        let away = put.as_ref().err().filter(|error| error.is_passing());
        if !patience.waits(away).await {
            return put.map_err(|error| match environment.naming {
                Naming::Content => {
                    tracing::warn!(%error, key, "a file cannot be kept");
                    error.told().to_owned()
                }
                Naming::Catalogue => error.to_string(),
            });
        }
    }
}
