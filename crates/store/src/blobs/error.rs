//! What a storage can answer instead of what was asked.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use thiserror::Error;

/// Why a blob could not be read or written. None of the texts holds a secret.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The key would leave the root or is not a plain path that every storage can hold.
    #[error("`{0}` is not a blob key")]
    BadKey(String),
    /// There is no blob of that key.
    #[error("there is no blob `{0}`")]
    NotFound(String),
    /// The storage does not answer, or asks to come back later.
    #[error("cannot {doing} `{key}` for now: {reason}")]
    Unavailable {
        /// `read`, `write`, `remove`, `list`.
        doing: &'static str,
        /// The blob.
        key: String,
        /// What was heard of it.
        reason: String,
    },
    /// The storage answers no, and will answer so again: wrong keys, missing rights, limits of the account.
    #[error("cannot {doing} `{key}`: {reason}")]
    Refused {
        /// `read`, `write`, `remove`, `list`.
        doing: &'static str,
        /// The blob.
        key: String,
        /// The storage's own words.
        reason: String,
    },
    /// This storage has no such ability.
    #[error("{0}")]
    NotSupported(&'static str),
    /// The address does not name a storage; the text says what to write instead.
    #[error("{0}")]
    BadAddress(String),
    /// The file system said no.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// `read`, `write`, `remove`, `list`.
        doing: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl BlobError {
    /// The same call may succeed later: the storage is back, or somebody has made room.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Io { source, .. } => matches!(
                source.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem
            ),
            _ => false,
        }
    }
}

/// An error of the file system about a path.
pub(super) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError + use<> {
    let path = path.display().to_string();
    move |source| BlobError::Io { doing, path, source }
}

/// The innermost cause: outer ones repeat it or name addresses.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
