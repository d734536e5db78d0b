//! Blobs that are asked again when the storage does not answer.

use std::{ops::Range, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::time::Instant;

use super::{Blobs, Listed, Reading, Result};

/// How long to insist.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Tries in all.
    pub tries_max: u32,
    /// No try is begun later than this after the first.
    pub time_max: Duration,
    /// The wait before the second try; it doubles with each.
    pub wait: Duration,
}

impl Default for Patience {
    /// Six tries within a minute: 0.2, 0.4, 0.8, 1.6 and 3.2 seconds apart.
    fn default() -> Self {
        Self {
            tries_max: 6,
            time_max: Duration::from_mins(1),
            wait: Duration::from_millis(200),
        }
    }
}

/// A storage whose passing errors are met by asking again. Every call of [`Blobs`] may be repeated, so a call whose
/// answer was lost is simply made again. A stream that breaks off is the reader's to begin again, and so is a listing.
#[derive(Debug)]
pub struct Retrying {
    inner: Arc<dyn Blobs>,
    patience: Patience,
}

impl Retrying {
    /// A storage that is asked again.
    pub fn new(inner: Arc<dyn Blobs>, patience: Patience) -> Self {
        Self { inner, patience }
    }

    async fn insist<T, F: Future<Output = Result<T>>>(&self, mut call: impl FnMut() -> F) -> Result<T> {
        let begun = Instant::now();
        let mut wait = self.patience.wait;
        for _ in 1..self.patience.tries_max {
            match call().await {
                Err(error) if error.is_passing() && begun.elapsed() + wait <= self.patience.time_max => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                other => return other,
            }
        }
        call().await
    }
}

#[async_trait]
impl Blobs for Retrying {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.insist(|| self.inner.put(key, bytes.clone())).await
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        self.insist(|| self.inner.put_file(key, file)).await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        self.insist(|| self.inner.read(key, range.clone())).await
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        self.insist(|| self.inner.get(key)).await
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        self.insist(|| self.inner.size(key)).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.insist(|| self.inner.remove(key)).await
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        self.inner.list(folder)
    }

    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> Result<Option<String>> {
        self.insist(|| self.inner.presign(key, valid_for, file_name))
            .await
    }

    fn picture_url(&self, key: &str, width: u32) -> Option<String> {
        self.inner.picture_url(key, width)
    }
}
