//! Blobs within a folder of other blobs.

use std::{ops::Range, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, future, stream, stream::BoxStream};

use super::{BlobError, Blobs, Listed, Reading, Result, check_portable_key, key::check_folder};

/// A storage within a folder of another: its keys are those under the folder, and nothing else can be reached.
#[derive(Debug)]
pub struct Within {
    folder: String,
    inner: Arc<dyn Blobs>,
}

impl Within {
    /// A folder of a storage.
    pub fn new(folder: &str, inner: Arc<dyn Blobs>) -> Result<Self> {
        check_portable_key(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            inner,
        })
    }

    /// The key in the storage around. Checked before, so that an error names the key that was asked for.
    fn key(&self, key: &str) -> Result<String> {
        check_portable_key(key)?;
        Ok(format!("{}/{key}", self.folder))
    }

    /// An error as it concerns the key that was asked for.
    fn told<T>(key: &str, result: Result<T>) -> Result<T> {
        result.map_err(|error| match error {
            BlobError::NotFound(_) => BlobError::NotFound(key.to_owned()),
            BlobError::BadKey(_) => BlobError::BadKey(key.to_owned()),
            other => other,
        })
    }
}

#[async_trait]
impl Blobs for Within {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        Self::told(key, self.inner.put(&self.key(key)?, bytes).await)
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        Self::told(key, self.inner.put_file(&self.key(key)?, file).await)
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        Self::told(key, self.inner.read(&self.key(key)?, range).await)
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        Self::told(key, self.inner.get(&self.key(key)?).await)
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        Self::told(key, self.inner.size(&self.key(key)?).await)
    }

    async fn remove(&self, key: &str) -> Result<()> {
        Self::told(key, self.inner.remove(&self.key(key)?).await)
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        if let Err(error) = check_folder(folder) {
            return stream::iter([Err(error)]).boxed();
        }
        let whole = match folder {
            "" => self.folder.clone(),
            folder => format!("{}/{folder}", self.folder),
        };
        let mine = self.folder.clone();
        let listed = self.inner.list(&whole).filter_map(move |found| {
            future::ready(match found {
                Ok(found) => under(&mine, &found.key)
                    .map(str::to_owned)
                    .map(|key| Ok(Listed { key, ..found })),
                Err(error) => Some(Err(error)),
            })
        });
        listed.boxed()
    }

    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> Result<Option<String>> {
        let inner_key = self.key(key)?;
        Self::told(key, self.inner.presign(&inner_key, valid_for, file_name).await)
    }

    fn picture_url(&self, key: &str, width: u32) -> Option<String> {
        self.inner.picture_url(&self.key(key).ok()?, width)
    }
}

/// The rest of a key that lies under a folder; an empty folder holds every key.
pub(super) fn under<'a>(folder: &str, key: &'a str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(key);
    }
    key.strip_prefix(folder)?.strip_prefix('/')
}
