//! Blobs in a Cloudinary account.

mod account;
mod list;
mod sign;

use std::{ops::Range, path::Path, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use reqwest::{
    Method, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE},
};
use tokio::{fs::File, io::AsyncReadExt};

use super::{
    BlobError, Blobs, Listed, Reading, Result, check_portable_key,
    error::io_error,
    key::{check_folder, media_type},
    reading::{SIZE_MAX, cut, is_beyond},
};
pub use account::Cloudinary;
pub(super) use account::{FORM, from_environment};

/// Bytes sent at once; a longer blob goes in pieces of it, as the vendor's own client sends it.
const PIECE_BYTES: u64 = 20_000_000;
/// Blobs are delivered by signed addresses only.
const DELIVERY: &str = "authenticated";
/// The longest an address for a browser lives.
const SIGNED_MAX: Duration = Duration::from_hours(7 * 24);

/// How Cloudinary holds a blob. What is no picture it keeps as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Raw,
}

impl Kind {
    fn of(key: &str) -> Self {
        match media_type(key) {
            Some(media_type) if media_type.starts_with("image/") => Self::Image,
            _ => Self::Raw,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Raw => "raw",
        }
    }

    /// What a delivery address adds to a public id: for a picture the format wanted, which is its own.
    fn ending(self, key: &str) -> Option<&str> {
        let (_, ending) = key.rsplit_once('.')?;
        (self == Self::Image).then_some(ending)
    }
}

#[async_trait]
impl Blobs for Cloudinary {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        check_portable_key(key)?;
        let (id, size) = (self.upload_id(key), bytes.len() as u64);
        for range in pieces(size) {
            let piece = bytes.slice(range.start as usize..range.end as usize);
            self.send(key, &id, piece, range, size).await?;
        }
        Ok(())
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        check_portable_key(key)?;
        let unread = |error| io_error("read", file)(error);
        let mut opened = File::open(file).await.map_err(unread)?;
        let size = opened.metadata().await.map_err(unread)?.len();
        let id = self.upload_id(key);
        for range in pieces(size) {
            let mut piece = vec![0; (range.end - range.start) as usize];
            opened.read_exact(&mut piece).await.map_err(unread)?;
            self.send(key, &id, piece.into(), range, size).await?;
        }
        Ok(())
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        check_portable_key(key)?;
        if range.as_ref().is_some_and(is_beyond) {
            return self.nothing(key).await;
        }
        let mut request = self.request(Method::GET, &self.fresh_url(key));
        if let Some(range) = &range {
            let last = (range.end <= SIZE_MAX).then(|| (range.end - 1).to_string());
            request = request.header(
                RANGE,
                format!("bytes={}-{}", range.start, last.unwrap_or_default()),
            );
        }
        let response = self.sent("read", key, request).await?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return self.nothing(key).await;
        }
        let response = self.delivered("read", key, response)?;
        let (got, size) = part(&response).ok_or_else(|| unclear(key))?;
        let named = key.to_owned();
        let bytes = response
            .bytes_stream()
            .map_err(move |error| BlobError::Unavailable {
                doing: "read",
                key: named.clone(),
                reason: account::lost(error),
            });
        let reading = Reading {
            size,
            range: got,
            bytes: bytes.boxed(),
        };
        Ok(reading.whole(key).narrowed(cut(range, size)))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        check_portable_key(key)?;
        let request = self.request(Method::HEAD, &self.fresh_url(key));
        let response = self.sent("read", key, request).await?;
        match self.delivered("read", key, response) {
            Ok(response) => length(&response).map(Some).ok_or_else(|| unclear(key)),
            Err(BlobError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn remove(&self, key: &str) -> Result<()> {
        check_portable_key(key)?;
        self.destroy(key).await
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        match check_folder(folder) {
            Ok(()) => list::list(self.clone(), folder),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    /// `None` when the file is to be saved under another name than its own: this storage knows no other.
    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> Result<Option<String>> {
        check_portable_key(key)?;
        let own = key.rsplit('/').next();
        if file_name.is_some() && file_name != own {
            return Ok(None);
        }
        let valid_for = valid_for.clamp(Duration::from_secs(1), SIGNED_MAX);
        Ok(Some(self.download_url(key, valid_for, file_name.is_some())))
    }

    fn picture_url(&self, key: &str, width: u32) -> Option<String> {
        check_portable_key(key).ok()?;
        (Kind::of(key) == Kind::Image).then(|| self.smaller_url(key, width))
    }
}

impl Cloudinary {
    async fn nothing(&self, key: &str) -> Result<Reading> {
        let size = self.size(key).await?;
        size.map(Reading::nothing)
            .ok_or_else(|| BlobError::NotFound(key.to_owned()))
    }
}

/// The pieces that a blob of a size is sent in; an empty one too is sent.
fn pieces(size: u64) -> impl Iterator<Item = Range<u64>> {
    let pieces = size.div_ceil(PIECE_BYTES).max(1);
    (0..pieces).map(move |piece| piece * PIECE_BYTES..size.min((piece + 1) * PIECE_BYTES))
}

fn unclear(key: &str) -> BlobError {
    BlobError::Unavailable {
        doing: "read",
        key: key.to_owned(),
        reason: "the answer does not tell the size".to_owned(),
    }
}

/// Which bytes an answer brings, and of how many.
fn part(response: &Response) -> Option<(Range<u64>, u64)> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        let size = length(response)?;
        return Some((0..size, size));
    }
    let told = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = told.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first..last.checked_add(1)?, size.parse().ok()?))
}

/// The header, because an answer to HEAD has no body whose length could be told.
fn length(response: &Response) -> Option<u64> {
    response
        .headers()
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
