//! What was sent for an import: kept in its row as JSON, its files in a folder of their own until it is done.

use serde::{Deserialize, Serialize};

use crate::{app::App, intake::PhotoFacts, photos::Kept};

/// One file that was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// What people call it.
    pub(crate) name: String,
    /// Where its bytes are.
    pub(crate) place: Place,
    /// The upload that it was, so that an import can follow its trial run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upload: Option<String>,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// A file of this name in the import's folder.
    File(String),
    /// A photo that was uploaded before and is kept.
    Kept(KeptPhoto),
    /// They were not taken, and why.
    Refused(String),
}

/// A photo that is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptPhoto {
    source: String,
    sha256: String,
    bytes: u64,
    media_type: String,
    width: u32,
    height: u32,
}

impl From<Kept> for KeptPhoto {
    fn from(kept: Kept) -> Self {
        Self {
            source: kept.source,
            sha256: kept.sha256,
            bytes: kept.bytes,
            media_type: kept.facts.media_type.to_owned(),
            width: kept.facts.width,
            height: kept.facts.height,
        }
    }
}

impl From<KeptPhoto> for Kept {
    fn from(photo: KeptPhoto) -> Self {
        Self {
            source: photo.source,
            sha256: photo.sha256,
            bytes: photo.bytes,
            facts: PhotoFacts {
                media_type: crate::uploads::media_type(&photo.media_type),
                width: photo.width,
                height: photo.height,
            },
        }
    }
}

/// Where the files of an import wait.
pub(crate) fn folder(app: &App, import: &str) -> std::path::PathBuf {
    app.config.scratch.join("imports").join(import)
}
