//! From a candidate to the file of a picture and what is kept of it.

use domain::{manifest::DeliveredFile, pose::Framing, shot::Shot, verdict::Verdict};
use engines::Candidate;
use imaging::{
    finish::{FinishError, Finished, Spec, finish},
    provenance::{
        About, Parent, Seal, SealError, Statement,
        source_type::{COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA, TRAINED_ALGORITHMIC_MEDIA},
    },
};
use sha2::{Digest, Sha256};
use store::generations::Delivered;
use thiserror::Error;

use super::verdicts::{doubts, needs_review};

/// The resolution written into every delivered file.
const DPI: u32 = 300;

/// What is delivered, and its file.
pub(super) fn deliver(
    shot: &Shot,
    candidate: Candidate,
    verdicts: &[Verdict],
    signer: Option<&dyn Seal>,
) -> Result<(Delivered, Vec<u8>), DeliverError> {
    let spec = Spec {
        background: Some(shot.brief.background),
        format: shot.brief.format,
        dpi: DPI,
        digital_source_type: candidate.digital_source_type,
        about: about(shot, &candidate),
        ..Spec::default()
    };
    let mut finished = finish(&candidate.pixels, &spec)?;
    if let Some(signer) = signer {
        finished.bytes = sign(signer, &finished.bytes, &spec, shot, &candidate)?;
    }
    let doubts = doubts(verdicts);
    let needs_review = needs_review(&candidate, &doubts);
    let notes = [
        candidate.notes,
        doubts,
        finished.notes.clone(),
        ground_note(shot, &finished),
    ]
    .concat();
    let delivered = Delivered {
        needs_review,
        file: describe(shot.file_key(), &finished, shot, candidate.digital_source_type),
        recipe: candidate.recipe,
        inputs: candidate.inputs,
        notes,
    };
    Ok((delivered, finished.bytes))
}

/// The file with its signed statement, after everything else. A vendor's own statement stays in it.
fn sign(
    signer: &dyn Seal,
    bytes: &[u8],
    spec: &Spec,
    shot: &Shot,
    candidate: &Candidate,
) -> Result<Vec<u8>, SealError> {
    let engine = candidate.recipe["engine"].as_str();
    let is_edited = candidate.as_made.is_some();
    let statement = Statement {
        format: spec.format,
        digital_source_type: spec.digital_source_type,
        maker: engine.unwrap_or(&shot.brief.engine.name.0),
        actions: if is_edited { &["c2pa.edited"] } else { &[] },
        parent: candidate.parent.as_deref().map(|bytes| Parent {
            title: "the picture as its engine made it",
            bytes,
        }),
    };
    signer.sign(bytes, &statement)
}

/// Why a picture has no file.
#[derive(Debug, Error)]
pub(super) enum DeliverError {
    /// It could not be finished.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SealError),
}

/// What a generated picture says of the system that made it.
fn about(shot: &Shot, candidate: &Candidate) -> About {
    let is_generated = matches!(
        candidate.digital_source_type,
        TRAINED_ALGORITHMIC_MEDIA | COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA
    );
    if !is_generated {
        return About::default();
    }
    About {
        ai_system: Some(shot.brief.engine.to_string()),
        ai_system_version: candidate.recipe["model"].as_str().map(str::to_owned),
        ai_prompt: candidate.recipe["prompt"].as_str().map(str::to_owned),
        description: None,
    }
}

/// Says it when a lossy format shows another ground than the asked one.
fn ground_note(shot: &Shot, finished: &Finished) -> Vec<String> {
    let steps = ground_deviation(shot, finished).unwrap_or(0);
    let format = shot.brief.format;
    (steps > 0)
        .then(|| format!("{format} shows the ground up to {steps} of 255 off; png, tiff and webp-lossless keep it exact"))
        .into_iter()
        .collect()
}

/// Measured on packshots only: the border of a close-up is product.
fn ground_deviation(shot: &Shot, finished: &Finished) -> Option<u8> {
    (shot.pose.pose().framing == Framing::Full)
        .then_some(finished.background_deviation)
        .flatten()
}

fn describe(path: String, finished: &Finished, shot: &Shot, digital_source_type: &str) -> DeliveredFile {
    DeliveredFile {
        path,
        bytes: finished.bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&finished.bytes)),
        width: finished.width,
        height: finished.height,
        format: shot.brief.format,
        digital_source_type: digital_source_type.to_owned(),
        background_deviation: ground_deviation(shot, finished),
    }
}
