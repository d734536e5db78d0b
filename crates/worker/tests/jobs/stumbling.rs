//! A storage of our own that loses its feet where the test says.

use std::{ops::Range, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream, stream::BoxStream};
use store::blobs::{BlobError, Blobs, Listed, Reading, Result};

/// Another storage, of which blobs under one folder break off when they are read, and have no size.
#[derive(Debug)]
pub(crate) struct Stumbling {
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) folder: &'static str,
}

impl Stumbling {
    fn stumbles(&self, key: &str) -> Result<()> {
        if !key.starts_with(self.folder) {
            return Ok(());
        }
        Err(BlobError::Unavailable {
            doing: "read",
            key: key.to_owned(),
            reason: "it is away".to_owned(),
        })
    }
}

#[async_trait]
impl Blobs for Stumbling {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.blobs.put(key, bytes).await
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        self.blobs.put_file(key, file).await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        let reading = self.blobs.read(key, range).await?;
        let Err(error) = self.stumbles(key) else {
            return Ok(reading);
        };
        let Reading { size, range, .. } = reading;
        let bytes = stream::iter([Ok(Bytes::from_static(b"half")), Err(error)]).boxed();
        Ok(Reading { size, range, bytes })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        self.stumbles(key)?;
        self.blobs.size(key).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.blobs.remove(key).await
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        self.blobs.list(folder)
    }

    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> Result<Option<String>> {
        self.blobs.presign(key, valid_for, file_name).await
    }
}
