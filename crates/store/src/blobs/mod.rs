//! Blobs: bytes by key, wherever they are stored.
//!
//! [`open()`] turns an address into an `Arc<dyn Blobs>`. What holds for every storage is written at the methods of
//! [`Blobs`] and tested by one suite on all of them (`tests/blobs`). What a storage cannot do it says with
//! [`BlobError::NotSupported`] or `None`. Behaviour is added by wrapping ([`Within`], [`Retrying`]), never by a switch in
//! a storage.

mod address;
mod cloudinary;
mod error;
mod key;
pub mod local;
mod memory;
mod open;
mod reading;
mod retrying;
mod s3;
mod told;
mod within;

use std::{fmt::Debug, ops::Range, path::Path, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use domain::clock::EpochMs;
use futures_util::stream::BoxStream;

pub use cloudinary::Cloudinary;
pub use error::BlobError;
pub use key::{check_key, check_portable_key};
pub use memory::Memory;
pub use open::{folder_of, open};
pub use reading::Reading;
pub use retrying::{Patience, Retrying};
pub use s3::S3;
pub use within::Within;

/// A result of a storage.
pub type Result<T> = std::result::Result<T, BlobError>;

/// A storage of blobs by key. A key is a relative path of plain segments that every storage can hold
/// ([`check_portable_key`]); one that is not is [`BlobError::BadKey`] before anything is sent. No key is a folder of
/// another.
///
/// Every call may be repeated: doing it twice leaves what doing it once leaves. An error that a later try may not meet
/// is [`BlobError::is_passing`].
#[async_trait]
pub trait Blobs: Debug + Send + Sync {
    /// Writes a blob whole, replacing one of the same key. After `Ok` it is durable. Whatever happens, readers see the
    /// earlier blob or this one, never a part; of several writers one wins whole.
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()>;

    /// Like [`put`](Blobs::put), from a file of any size that is not held in memory. The file stays where it is and
    /// must not change meanwhile.
    async fn put_file(&self, key: &str, file: &Path) -> Result<()>;

    /// A blob as a stream, all of it or a range. A range is cut to what there is: one that starts past the end is
    /// empty, and no error, and tells the size all the same.
    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading>;

    /// The bytes of a blob. For those that fit in memory.
    async fn get(&self, key: &str) -> Result<Bytes> {
        self.read(key, None).await?.all().await
    }

    /// The size of a blob in bytes; `None` when there is none.
    async fn size(&self, key: &str) -> Result<Option<u64>>;

    /// Removes a blob. One that is not there is no error.
    async fn remove(&self, key: &str) -> Result<()>;

    /// Every blob under a folder (`shoots/7`, or an empty text for all), at any depth, in no order. A blob that
    /// comes or goes meanwhile may be listed or not.
    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>>;

    /// An address that gives the blob to whoever holds it, until `valid_for` has passed, for browsers. With a file name
    /// the browser saves it under that name. `None` where the storage cannot do what is asked: serve the bytes of
    /// [`read`](Blobs::read) instead. Whether there is such a blob is not looked up.
    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> Result<Option<String>>;

    /// An address of a picture for pages, at most so many pixels wide, from a delivery network that makes it smaller and
    /// keeps it near the reader. It is signed and does not expire, and may show an earlier picture of the key for a
    /// while. `None` where the storage has no such network, or the blob is no picture.
    fn picture_url(&self, _key: &str, _width: u32) -> Option<String> {
        None
    }
}

/// A blob that was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, by the storage's clock.
    pub modified_ms: EpochMs,
}
