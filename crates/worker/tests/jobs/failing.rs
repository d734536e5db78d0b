//! A storage that fails where, as often and in the way that a test says.

use std::{
    io,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream, stream::BoxStream};
use store::blobs::{BlobError, Blobs, Listed, Reading, Result};

/// A kind of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// What is read breaks off after its first bytes, and has no size.
    Read,
    /// Nothing is put.
    Write,
}

impl Call {
    /// As errors have it.
    fn doing(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Which calls fail, how often, and with which error: [`full`], [`away`], [`refused`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    call: Call,
    error: fn(&'static str, &str) -> BlobError,
    folder: &'static str,
    times: u32,
}

impl Fault {
    /// Every call of a kind fails.
    pub(crate) fn of(call: Call, error: fn(&'static str, &str) -> BlobError) -> Self {
        Self {
            call,
            error,
            folder: "",
            times: u32::MAX,
        }
    }

    /// Only for blobs under a folder.
    pub(crate) fn under(self, folder: &'static str) -> Self {
        Self { folder, ..self }
    }

    /// Only the first so many.
    pub(crate) fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// Another storage with this fault.
    pub(crate) fn around(self, blobs: Arc<dyn Blobs>) -> Arc<dyn Blobs> {
        Arc::new(Failing {
            blobs,
            fault: self,
            left: AtomicU32::new(self.times),
        })
    }
}

/// The disk is full.
pub(crate) fn full(doing: &'static str, path: &str) -> BlobError {
    BlobError::Io {
        doing,
        path: path.to_owned(),
        source: io::ErrorKind::StorageFull.into(),
    }
}

/// The storage does not answer.
pub(crate) fn away(doing: &'static str, key: &str) -> BlobError {
    BlobError::Unavailable {
        doing,
        key: key.to_owned(),
        reason: "503".to_owned(),
    }
}

/// The storage says no.
pub(crate) fn refused(doing: &'static str, key: &str) -> BlobError {
    BlobError::Refused {
        doing,
        key: key.to_owned(),
        reason: "403".to_owned(),
    }
}

#[derive(Debug)]
struct Failing {
    blobs: Arc<dyn Blobs>,
    fault: Fault,
    /// How many calls will still fail.
    left: AtomicU32,
}

impl Failing {
    fn meet(&self, call: Call, key: &str) -> Result<()> {
        let fault = &self.fault;
        if call != fault.call || !key.starts_with(fault.folder) {
            return Ok(());
        }
        let fails = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match fails {
            Ok(_) => Err((fault.error)(call.doing(), key)),
            Err(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Blobs for Failing {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.meet(Call::Write, key)?;
        self.blobs.put(key, bytes).await
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        self.meet(Call::Write, key)?;
        self.blobs.put_file(key, file).await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        let reading = self.blobs.read(key, range).await?;
        let Err(error) = self.meet(Call::Read, key) else {
            return Ok(reading);
        };
        let Reading { size, range, .. } = reading;
        let bytes = stream::iter([Ok(Bytes::from_static(b"half")), Err(error)]).boxed();
        Ok(Reading { size, range, bytes })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        self.meet(Call::Read, key)?;
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
