//! Photos and their cut-outs, as the studio gets them: checked against what the shoot was planned with.

use std::{fmt::Write as _, sync::Arc};

use domain::product::PhotoRef;
use imaging::vision::{Cutout, Quality};
use sha2::{Digest, Sha256};

use crate::{EngineError, Kit};

/// Why a photo gives no picture.
pub(super) enum NoPhoto {
    /// Nothing is broken; this photo cannot serve. The sentence says why and what would.
    Refused(String),
    /// The engine could not work.
    Failed(EngineError),
}

impl From<EngineError> for NoPhoto {
    fn from(error: EngineError) -> Self {
        Self::Failed(error)
    }
}

/// The bytes of a photo, proven to be those the shoot was planned with.
pub(super) fn read(kit: &Kit, photo: &PhotoRef) -> Result<Vec<u8>, EngineError> {
    let bytes = (kit.photos)(photo)?;
    let found = hex(&Sha256::digest(&bytes));
    if found == photo.sha256 {
        return Ok(bytes);
    }
    Err(EngineError::Broken(format!(
        "the {view} photo changed since the shoot was planned (sha256 {planned}, now {found}); start the shoot again",
        view = photo.view,
        planned = short(&photo.sha256),
        found = short(&found),
    )))
}

/// The cut-out of a photo, good enough to deliver or to review.
pub(super) fn cut_out(kit: &Kit, photo: &PhotoRef) -> Result<Arc<Cutout>, NoPhoto> {
    let bytes = read(kit, photo)?;
    let cutout = kit.cut_outs.cut_out(&photo.sha256, &bytes)?;
    let Some(cutout) = cutout else {
        return Err(NoPhoto::Refused(format!(
            "no product found in the {} photo; use a photo of one product, whole, on a plain ground of another colour",
            photo.view
        )));
    };
    if cutout.gate.quality == Quality::Reject {
        return Err(NoPhoto::Refused(format!(
            "the {} photo cannot be cut out well enough: {}",
            photo.view,
            cutout.gate.reasons.join("; ")
        )));
    }
    Ok(cutout)
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
