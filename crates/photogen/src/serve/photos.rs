//! Photos of a service, read from its blobs on threads that may block.

use std::sync::{Arc, mpsc};

use engines::{EngineError, ReadPhoto};
use store::blobs::{BlobError, Blobs};
use tokio::runtime::Handle;

/// Reads photos by the key of their blob. Made on the runtime that reads.
pub(crate) fn from_blobs(blobs: Arc<dyn Blobs>) -> ReadPhoto {
    let runtime = Handle::current();
    Arc::new(move |photo| {
        let (blobs, key) = (Arc::clone(&blobs), photo.source.clone());
        let (done, waiting) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            let _ = done.send(blobs.get(&key).await);
        });
        match waiting.recv() {
            Ok(Ok(bytes)) => Ok(bytes.to_vec()),
            Ok(Err(error @ BlobError::NotFound(_))) => Err(EngineError::Broken(format!(
                "the photo is gone from the storage: {error}"
            ))),
            Ok(Err(error)) => Err(EngineError::Retry(format!(
                "the photo cannot be read now: {error}"
            ))),
            Err(_) => Err(EngineError::Retry("the service is stopping".to_owned())),
        }
    })
}
