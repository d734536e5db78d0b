//! The reference photos of one person, as a lock compares with them.

use thiserror::Error;

use super::SIDE_MIN;
use crate::vision::face::{Embedding, Face, Limits, Sighting};

/// A second face this much smaller than the first, by its short side, stands in the background.
const BACKGROUND_SHARE: f32 = 0.5;
/// Two references less alike than this cosine show two people: one person's photos stay above 0.55, and nine in ten pairs
/// of strangers below this.
const STRANGERS_MAX: f64 = 0.25;

/// One person, from one or more photos. Biometric data: it does not print what it holds.
#[derive(Clone, Debug)]
pub struct References {
    faces: Vec<Face>,
    mean: Embedding,
}

/// Why a photo cannot be a reference. Each message is one line that names the file and the way out.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReferenceError {
    /// There is no photo.
    #[error("there is no reference photo; give at least one")]
    None,
    /// No face in it.
    #[error("{file}: no face was found; give a photo that shows the person's face")]
    NoFace {
        /// The photo.
        file: String,
    },
    /// More than one face, none of them in the background.
    #[error("{file}: {count} faces were found; give a photo of the one person")]
    SeveralFaces {
        /// The photo.
        file: String,
        /// How many, background left out.
        count: usize,
    },
    /// The face is too small.
    #[error("{file}: the face is {side} px wide; {min} are needed", min = SIDE_MIN)]
    TooSmall {
        /// The photo.
        file: String,
        /// The face's short side in pixels.
        side: u32,
    },
    /// The picture's edge cuts the face.
    #[error("{file}: the picture's edge cuts through the face; give a photo that shows all of it")]
    CutOff {
        /// The photo.
        file: String,
    },
    /// It shows somebody else than another one.
    #[error("{file} and {other} show two different people; give photos of one person")]
    SomeoneElse {
        /// The photo.
        file: String,
        /// The one it disagrees with.
        other: String,
    },
}

impl References {
    /// What was seen in each photo, under its name in messages.
    pub fn new(photos: Vec<(String, Sighting)>) -> Result<Self, ReferenceError> {
        let mut known: Vec<(String, Face)> = Vec::new();
        for (file, seen) in photos {
            let face = usable(&file, seen)?;
            let is_other = |(_, other): &&(String, Face)| {
                let cosine = other.embedding.cosine(&face.embedding);
                cosine.is_none_or(|cosine| cosine < STRANGERS_MAX)
            };
            if let Some((other, _)) = known.iter().find(is_other) {
                let other = other.clone();
                return Err(ReferenceError::SomeoneElse { file, other });
            }
            known.push((file, face));
        }
        let faces: Vec<Face> = known.into_iter().map(|(_, face)| face).collect();
        let embeddings: Vec<&Embedding> = faces.iter().map(|face| &face.embedding).collect();
        let mean = Embedding::mean(&embeddings).ok_or(ReferenceError::None)?;
        Ok(Self { faces, mean })
    }

    /// Each two of them would pass as one person.
    pub(super) fn agree(&self, limits: Limits) -> bool {
        let is_same = |one: &Face, other: &Face| {
            let cosine = one.embedding.cosine(&other.embedding);
            cosine.is_some_and(|cosine| cosine >= limits.pass)
        };
        let mut pairs = self.faces.iter().enumerate();
        pairs.all(|(at, one)| self.faces[at + 1..].iter().all(|other| is_same(one, other)))
    }

    /// How many photos.
    pub fn len(&self) -> usize {
        self.faces.len()
    }

    /// Never: one photo at least.
    pub fn is_empty(&self) -> bool {
        self.faces.is_empty()
    }

    pub(super) fn faces(&self) -> impl Iterator<Item = &Face> {
        self.faces.iter()
    }

    pub(super) fn mean(&self) -> &Embedding {
        &self.mean
    }

    /// How the person is turned in each, where that is known.
    pub(super) fn yaws(&self) -> Vec<&'static str> {
        let shapes = self.faces.iter().filter_map(|face| face.shape.as_ref());
        shapes.map(|shape| shape.yaw().name()).collect()
    }
}

/// The one face of a photo.
fn usable(file: &str, seen: Sighting) -> Result<Face, ReferenceError> {
    let file = file.to_owned();
    let Some(face) = seen.face else {
        return Err(ReferenceError::NoFace { file });
    };
    let side = face.frame.short_side();
    let in_front = |side_of: f32| side_of >= BACKGROUND_SHARE * side;
    let count = 1 + seen
        .others
        .iter()
        .filter(|other| in_front(other.short_side()))
        .count();
    if count > 1 {
        return Err(ReferenceError::SeveralFaces { file, count });
    }
    if side < SIDE_MIN {
        let side = side as u32;
        return Err(ReferenceError::TooSmall { file, side });
    }
    if face.cut_off {
        return Err(ReferenceError::CutOff { file });
    }
    Ok(face)
}
