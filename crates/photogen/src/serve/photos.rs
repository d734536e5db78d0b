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
            Ok(Err(error)) => {
                tracing::warn!(%error, "a photo cannot be read");
                Err(in_words(&error))
            }
            Err(_) => Err(EngineError::Retry("the service is stopping".to_owned())),
        }
    })
}

/// Why there is no photo, for who uploaded it.
fn in_words(error: &BlobError) -> EngineError {
    match error {
        BlobError::NotFound(_) => {
            EngineError::Broken("its photo is gone: upload it again, then order the picture again".to_owned())
        }
        other => EngineError::Retry(format!("its photo cannot be read now: {}", other.told())),
    }
}
