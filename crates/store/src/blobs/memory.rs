//! Blobs in memory, for tests and trials: they end with the process.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::clock::{Clock, EpochMs};
use futures_util::{StreamExt, stream, stream::BoxStream};

use super::{
    BlobError, Blobs, Listed, Reading, Result, check_portable_key, error::io_error, key::check_folder,
    reading::cut, within::under,
};

/// Blobs in memory.
pub struct Memory {
    clock: Arc<dyn Clock>,
    blobs: Mutex<BTreeMap<String, (Bytes, EpochMs)>>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} blobs)", self.blobs().len())
    }
}

impl Memory {
    /// No blobs yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            blobs: Mutex::default(),
        }
    }

    fn blobs(&self) -> MutexGuard<'_, BTreeMap<String, (Bytes, EpochMs)>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for Memory {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        check_portable_key(key)?;
        let now_ms = self.clock.now_ms();
        self.blobs().insert(key.to_owned(), (bytes, now_ms));
        Ok(())
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        check_portable_key(key)?;
        let bytes = tokio::fs::read(file).await.map_err(io_error("read", file))?;
        self.put(key, bytes.into()).await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        check_portable_key(key)?;
        let found = self.blobs().get(key).map(|(bytes, _)| bytes.clone());
        let bytes = found.ok_or_else(|| BlobError::NotFound(key.to_owned()))?;
        let size = bytes.len() as u64;
        let range = cut(range, size);
        let part = bytes.slice(range.start as usize..range.end as usize);
        Ok(Reading {
            size,
            range,
            bytes: stream::iter([Ok(part)]).boxed(),
        })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        check_portable_key(key)?;
        Ok(self.blobs().get(key).map(|(bytes, _)| bytes.len() as u64))
    }

    async fn remove(&self, key: &str) -> Result<()> {
        check_portable_key(key)?;
        self.blobs().remove(key);
        Ok(())
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        if let Err(error) = check_folder(folder) {
            return stream::iter([Err(error)]).boxed();
        }
        let blobs = self.blobs();
        let listed: Vec<_> = blobs
            .iter()
            .filter(|(key, _)| under(folder, key).is_some())
            .map(|(key, (bytes, modified_ms))| {
                Ok(Listed {
                    key: key.clone(),
                    size: bytes.len() as u64,
                    modified_ms: *modified_ms,
                })
            })
            .collect();
        stream::iter(listed).boxed()
    }

    async fn presign(&self, key: &str, _: Duration, _: Option<&str>) -> Result<Option<String>> {
        check_portable_key(key)?;
        Ok(None)
    }
}
