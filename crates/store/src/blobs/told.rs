//! What people hear of a storage that fails, who know nothing of storages.

use super::BlobError;

impl BlobError {
    /// The same without a key, and nothing of where it lies.
    pub fn told(&self) -> &'static str {
        match self {
            Self::NotFound(_) | Self::BadKey(_) => "a file is gone from the service's storage",
            Self::Unavailable { .. } => "the service's storage does not answer for now",
            Self::Refused { .. } | Self::NotSupported(_) | Self::BadAddress(_) | Self::Io { .. } => {
                "the service's storage does not work as it should; its operator finds why in the log"
            }
        }
    }
}
