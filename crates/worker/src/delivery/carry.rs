//! Carrying finished files to where they are wanted: put, and looked whether they are there whole.

use std::path::Path;

use bytes::Bytes;
use store::blobs::{BlobError, Blobs};

/// Why a file is not where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// For people.
    pub why: String,
    /// A later try may not meet it.
    pub may_pass: bool,
}

impl From<BlobError> for NotThere {
    fn from(error: BlobError) -> Self {
        Self {
            // A folder may be mounted from elsewhere, and come back.
            may_pass: error.is_passing() || matches!(error, BlobError::Io { .. }),
            why: error.to_string(),
        }
    }
}

/// Puts bytes.
///
/// # Errors
/// [`NotThere`].
pub async fn carry(to: &dyn Blobs, path: &str, bytes: Bytes) -> Result<(), NotThere> {
    let size = bytes.len() as u64;
    to.put(path, bytes).await?;
    look(to, path, size).await
}

/// Puts a file of any size.
///
/// # Errors
/// [`NotThere`].
pub async fn carry_file(to: &dyn Blobs, path: &str, file: &Path, size: u64) -> Result<(), NotThere> {
    to.put_file(path, file).await?;
    look(to, path, size).await
}

async fn look(to: &dyn Blobs, path: &str, size: u64) -> Result<(), NotThere> {
    match to.size(path).await? {
        Some(there) if there == size => Ok(()),
        there => Err(NotThere {
            why: format!(
                "{path}: {} bytes are there, and {size} were put",
                there.unwrap_or(0)
            ),
            may_pass: true,
        }),
    }
}
