//! What was seen in a photo, as text to keep sealed and read again: numbers to the bit, so that a verdict does not depend on
//! whether the photo was looked at now or before.
//!
//! **Biometric data.** The text says who a person is. Whoever keeps it seals it.

use serde::{Deserialize, Serialize};

use super::{Embedding, Face, Frame, Shape, Sighting};

/// Changes with what is kept and with what makes it here: a text of another version is not read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    face: Option<KeptFace>,
    others: Vec<[f32; 4]>,
}

#[derive(Serialize, Deserialize)]
struct KeptFace {
    frame: [f32; 4],
    confidence: f32,
    cut_off: bool,
    embedding: String,
    shape: Option<KeptShape>,
}

#[derive(Serialize, Deserialize)]
struct KeptShape {
    points: Vec<[f32; 2]>,
    detail: String,
}

impl Sighting {
    /// As text. Not by `Display` or `Serialize`, so that it gets nowhere by accident.
    pub fn to_kept(&self) -> String {
        let face = self.face.as_ref().map(|face| KeptFace {
            frame: sides(&face.frame),
            confidence: face.confidence,
            cut_off: face.cut_off,
            embedding: hex(face.embedding.numbers()),
            shape: face.shape.as_ref().map(|shape| KeptShape {
                points: shape.points().to_vec(),
                detail: hex(shape.detail()),
            }),
        });
        let kept = Kept {
            version: VERSION,
            face,
            others: self.others.iter().map(sides).collect(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// From that text; none where it is of another version or none at all.
    pub fn from_kept(text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text)
            .ok()
            .filter(|kept: &Kept| kept.version == VERSION)?;
        let face = match kept.face {
            None => None,
            Some(face) => Some(Face {
                frame: frame(face.frame),
                confidence: face.confidence,
                cut_off: face.cut_off,
                embedding: Embedding::kept(unhex(&face.embedding)?)?,
                shape: match face.shape {
                    None => None,
                    Some(shape) => Some(Shape::kept(shape.points, unhex(&shape.detail)?)?),
                },
            }),
        };
        Some(Self {
            face,
            others: kept.others.into_iter().map(frame).collect(),
        })
    }
}

fn sides(frame: &Frame) -> [f32; 4] {
    [frame.left, frame.top, frame.width, frame.height]
}

fn frame([left, top, width, height]: [f32; 4]) -> Frame {
    Frame {
        left,
        top,
        width,
        height,
    }
}

/// The bits of numbers, eight digits each.
fn hex(numbers: &[f32]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(8 * numbers.len());
    for number in numbers {
        let _ = write!(text, "{:08x}", number.to_bits());
    }
    text
}

fn unhex(text: &str) -> Option<Vec<f32>> {
    let number = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        Some(f32::from_bits(u32::from_str_radix(digits, 16).ok()?))
    };
    text.as_bytes().chunks(8).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_read_again_to_the_bit() {
        let seen = Sighting {
            face: Some(Face {
                frame: frame([1.5, 2.0, 30.25, 40.0]),
                confidence: 0.9,
                cut_off: false,
                embedding: Embedding::new(&[0.1, -0.7, 0.3]).unwrap(),
                shape: None,
            }),
            others: vec![frame([0.0, 0.0, 5.0, 5.0])],
        };
        let read = Sighting::from_kept(&seen.to_kept()).unwrap();
        assert_eq!(read.to_kept(), seen.to_kept());
        assert_eq!(read.face.unwrap().embedding, seen.face.unwrap().embedding);
        assert!(Sighting::from_kept("{}").is_none());
        assert!(Sighting::from_kept(r#"{"version":0,"face":null,"others":[]}"#).is_none());
        let nobody = Sighting {
            face: None,
            others: Vec::new(),
        };
        assert!(Sighting::from_kept(&nobody.to_kept()).unwrap().face.is_none());
    }
}
