//! A blob that is being read.

use std::{fmt, ops::Range};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, future, stream, stream::BoxStream};

use super::{BlobError, Result};

/// A blob, or a range of it, as it comes.
pub struct Reading {
    /// The size of the whole blob in bytes.
    pub size: u64,
    /// Which bytes of it come: what was asked for, cut to what there is.
    pub range: Range<u64>,
    /// The bytes. They end with an error where the storage breaks off; never silently.
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

impl Reading {
    /// The next bytes; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        self.bytes.try_next().await
    }

    /// All the bytes.
    pub async fn all(mut self) -> Result<Bytes> {
        let Some(first) = self.bytes.try_next().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.bytes.try_next().await? else {
            return Ok(first);
        };
        let mut all = BytesMut::with_capacity((self.range.end - self.range.start) as usize);
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(more) = self.bytes.try_next().await? {
            all.extend_from_slice(&more);
        }
        Ok(all.freeze())
    }

    /// Nothing of a blob: what was asked for lies past its end.
    pub(super) fn nothing(size: u64) -> Self {
        Self {
            size,
            range: size..size,
            bytes: stream::empty().boxed(),
        }
    }

    /// Drops what lies outside a range, from a storage that sent more.
    pub(super) fn narrowed(self, range: Range<u64>) -> Self {
        let Self {
            size,
            range: got,
            bytes,
        } = self;
        if got == range {
            return Self { size, range, bytes };
        }
        let mut at = got.start;
        let wanted = range.clone();
        let bytes = bytes.try_filter_map(move |chunk| {
            let here = at..at + chunk.len() as u64;
            at = here.end;
            let part = wanted.start.max(here.start)..wanted.end.min(here.end);
            let inside = (part.start < part.end)
                .then(|| chunk.slice((part.start - here.start) as usize..(part.end - here.start) as usize));
            future::ok(inside)
        });
        Self {
            size,
            range,
            bytes: bytes.boxed(),
        }
    }

    /// Makes the stream end with an error when it is not as long as it was said to be.
    pub(super) fn whole(self, key: &str) -> Self {
        let Self { size, range, bytes } = self;
        let missing = range.end - range.start;
        let key = key.to_owned();
        let bytes = stream::try_unfold((bytes, missing, key), |(mut bytes, missing, key)| async move {
            match bytes.try_next().await? {
                Some(chunk) if chunk.len() as u64 <= missing => {
                    let left = missing - chunk.len() as u64;
                    Ok(Some((chunk, (bytes, left, key))))
                }
                None if missing == 0 => Ok(None),
                other => Err(BlobError::Unavailable {
                    doing: "read",
                    reason: match other {
                        Some(_) => "more came than was promised".to_owned(),
                        None => format!("it broke off, {missing} bytes are missing"),
                    },
                    key,
                }),
            }
        });
        Self {
            size,
            range,
            bytes: bytes.boxed(),
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, range, .. } = self;
        write!(f, "Reading({range:?} of {size})")
    }
}

/// No blob is longer, in bytes; numbers near the end of 64 bits are not understood by every server.
pub(super) const SIZE_MAX: u64 = 1 << 50;

/// A range that has nothing in it, whatever the blob.
pub(super) fn is_beyond(range: &Range<u64>) -> bool {
    range.is_empty() || range.start >= SIZE_MAX
}

/// A range, or everything, cut to a size.
pub(super) fn cut(range: Option<Range<u64>>, size: u64) -> Range<u64> {
    let range = range.unwrap_or(0..size);
    let start = range.start.min(size);
    start..range.end.clamp(start, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(size: u64, chunks: &[&'static str]) -> Reading {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from(*chunk))).collect();
        Reading {
            size,
            range: 0..size,
            bytes: stream::iter(chunks).boxed(),
        }
    }

    #[tokio::test]
    async fn a_stream_that_is_not_as_long_as_promised_ends_with_an_error() {
        for (chunks, is_whole) in [
            (&["0123", "456", "789"][..], true),
            (&["0123", "456", "78"], false),
            (&["0123", "456", "789", "x"], false),
            (&["0123", "456789x"], false),
            (&[], false),
        ] {
            let all = reading(10, chunks).whole("a.bin").all().await;
            assert_eq!(all.is_ok(), is_whole, "{chunks:?}: {all:?}");
        }
    }

    #[tokio::test]
    async fn what_a_server_sent_too_much_is_dropped() {
        for (range, expected) in [
            (0..10, "0123456789"),
            (2..3, "2"),
            (3..8, "34567"),
            (9..10, "9"),
            (0..4, "0123"),
        ] {
            let narrowed = reading(10, &["0123", "456", "789"]).narrowed(range.clone());
            assert_eq!(narrowed.range, range);
            assert_eq!(narrowed.all().await.unwrap(), expected, "{range:?}");
        }
    }
}
