//! What the face service answers, checked before it is believed.

use imaging::vision::face::{Embedding, Face, FaceError, Frame, Sighting};
use serde::Deserialize;

/// Numbers in an embedding.
const LENGTH: usize = 512;
/// A face whose box lies less than this inside the picture is cut off.
const INSIDE_MIN: f32 = 0.85;

#[derive(Deserialize)]
struct Reply {
    face_detected: bool,
    embedding: Option<Vec<f32>>,
    /// Left, top, right, low in pixels of what was sent.
    bbox: Option<[f32; 4]>,
    /// 0..=1.
    det_score: Option<f32>,
}

/// What was seen in a picture of this size, `shrink` times which was sent. Nonsense is an outage, not a finding.
pub(super) fn sighting(
    answer: &[u8],
    (width, height): (u32, u32),
    shrink: f64,
) -> Result<Sighting, FaceError> {
    let nonsense = |what: &str| FaceError::Unreachable(format!("its answer makes no sense: {what}"));
    let reply: Reply =
        serde_json::from_slice(answer).map_err(|_| nonsense("it is not the JSON of an embedding"))?;
    let others = Vec::new();
    if !reply.face_detected {
        return Ok(Sighting { face: None, others });
    }
    let vector = reply
        .embedding
        .filter(|vector| vector.len() == LENGTH)
        .ok_or_else(|| nonsense("a face without an embedding of 512 numbers"))?;
    let embedding = Embedding::new(&vector).ok_or_else(|| nonsense("an embedding without a direction"))?;
    let [left, top, right, low] = reply
        .bbox
        .ok_or_else(|| nonsense("a face without a box"))?
        .map(|v| (f64::from(v) / shrink) as f32);
    let frame = Frame {
        left,
        top,
        width: right - left,
        height: low - top,
    };
    if !(frame.width > 0.0 && frame.height > 0.0) {
        return Err(nonsense("a face's box without area"));
    }
    let face = Face {
        frame,
        confidence: reply
            .det_score
            .filter(|score| (0.0..=1.0).contains(score))
            .ok_or_else(|| nonsense("a face without a score"))?,
        cut_off: frame.inside(width, height) < INSIDE_MIN,
        embedding,
        shape: None,
    };
    Ok(Sighting {
        face: Some(face),
        others,
    })
}
