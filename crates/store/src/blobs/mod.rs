//! Blobs: the bytes of pictures, by key.
//!
//! A key is a relative path of plain segments (`A12/A12_front.webp`). A blob is whole or absent: it is written
//! aside, made durable, then put in place under its key.

use thiserror::Error;

pub mod local;

/// Why a blob could not be read or written.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The key would leave the root or is not a plain path.
    #[error("`{0}` is not a blob key")]
    BadKey(String),
    /// There is no blob of that key.
    #[error("there is no blob `{0}`")]
    NotFound(String),
    /// The storage said no.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// `read`, `write`, `remove`.
        doing: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Checks that a key is a relative path of plain segments.
pub fn check_key(key: &str) -> Result<(), BlobError> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
    if key.split('/').all(plain) {
        Ok(())
    } else {
        Err(BlobError::BadKey(key.to_owned()))
    }
}
