//! Files that were rendered, kept in a service's blobs by what decides their bytes, so that none is made twice.

use std::sync::Arc;

use domain::ids::WorkspaceId;
use store::{
    Store, StoreError,
    blobs::{BlobError, Blobs},
};
use thiserror::Error;

use super::Rendered;

/// What was rendered for one workspace.
#[derive(Clone)]
pub struct Renders {
    /// Rows: what is doomed is spared.
    pub store: Store,
    /// Files.
    pub blobs: Arc<dyn Blobs>,
    /// Whose.
    pub workspace: WorkspaceId,
}

/// Why what is kept cannot be told or kept.
#[derive(Debug, Error)]
pub enum RendersError {
    /// The rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// What is known of a file is no JSON.
    #[error("what is known of a file cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Renders {
    /// What is known of the file that a key decides, if it is there. It is spared by the sweep before it is looked for.
    ///
    /// # Errors
    /// [`RendersError`] where that cannot be told.
    pub async fn kept(&self, key: &str, extension: &str) -> Result<Option<Rendered>, RendersError> {
        let record = self.record(key);
        self.store.spare(&record).await?;
        let known = match self.blobs.get(&record).await {
            Ok(known) => serde_json::from_slice::<Rendered>(&known).ok(),
            Err(BlobError::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(rendered) = known else { return Ok(None) };
        let file = self.file(&rendered.sha256, extension);
        self.store.spare(&file).await?;
        let stands = self.blobs.size(&file).await? == Some(rendered.bytes);
        Ok(stands.then_some(rendered))
    }

    /// Keeps a file, and then what is known of it.
    ///
    /// # Errors
    /// [`RendersError`] where it cannot be written.
    pub async fn keep(
        &self,
        rendered: &Rendered,
        extension: &str,
        bytes: Vec<u8>,
    ) -> Result<(), RendersError> {
        let (file, record) = (self.file(&rendered.sha256, extension), self.record(&rendered.key));
        self.store.spare(&file).await?;
        self.blobs.put(&file, bytes.into()).await?;
        self.store.spare(&record).await?;
        let known = serde_json::to_vec(rendered)?;
        Ok(self.blobs.put(&record, known.into()).await?)
    }

    /// Where a file lies, by content: who renders the same at once, signed each with a chance of its own, writes over nobody's
    /// file.
    pub fn file(&self, sha256: &str, extension: &str) -> String {
        format!("renders/{}/{sha256}.{extension}", self.workspace.as_str())
    }

    fn record(&self, key: &str) -> String {
        format!("renders/{}/{key}.json", self.workspace.as_str())
    }
}
