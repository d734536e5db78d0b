//! What was sent for an import: kept in its row as JSON, its files in a folder of their own until it is done.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// A file of this name in the import's folder; of an upload, once it was brought there.
    File(String),
    /// A photo that was uploaded before and is kept.
    Kept(KeptPhoto),
    /// They were not taken, and why.
    Refused(String),
    /// No bytes: it puts right what the file of this name says, or a line of it.
    Fix(Fix),
}

/// What a person puts in place of what a file or a line of a table said, after a look at the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fix {
    /// The photo or table, as the report names it.
    pub(crate) file: String,
    /// The line of the table; none for a photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sku: Option<String>,
    /// The view: front, back, side, left, right, 45, detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) view: Option<String>,
    /// The photo that a line speaks of, in place of one that is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) photo: Option<String>,
    /// It is left out.
    #[serde(default)]
    pub(crate) leave_out: bool,
}

impl Fix {
    /// Whether it is about the same photo, or the same line.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        (&self.file, self.line) == (&other.file, other.line)
    }

    /// With what an earlier one of the same said and this one does not.
    pub(crate) fn after(self, earlier: Self) -> Self {
        Self {
            sku: self.sku.or(earlier.sku),
            view: self.view.or(earlier.view),
            photo: self.photo.or(earlier.photo),
            ..self
        }
    }
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
