//! Faces: finding them, laying them upright, and telling whose they are by an embedding.
//!
//! The road: [`FaceEmbedder::look`] finds every face (`detect`, at several scales), takes the largest, puts 68 points
//! on it (`landmarks`), lays it on the embedder's template (`align`) and embeds it (`embed`). The networks are data:
//! their cards say how they are fed. The verdict is not made here: see [`crate::locks::identity`].
//!
//! **Biometric data.** An [`Embedding`] and a [`Shape`] say who a person is. Neither prints itself, and neither may go
//! into evidence, a log, a job or a list.

mod align;
mod card;
mod detect;
mod embed;
mod error;
mod frame;
mod kept;
mod landmarks;
mod local;
mod pixels;
mod shape;
mod yaw;

pub use card::{DetectCard, EmbedCard, LandmarksCard, Limits, Order};
pub use embed::Embedding;
pub use error::FaceError;
pub use frame::Frame;
pub use local::{LocalFaces, Model};
pub use shape::Shape;
pub use yaw::Yaw;

use crate::Picture;

/// Finds the faces in a picture and embeds the largest: by networks here, or by a service.
pub trait FaceEmbedder: Send + Sync {
    /// What its cosines mean.
    fn limits(&self) -> Limits;

    /// Looks at a picture. An error says that nothing was seen, never that there is no face.
    fn look(&self, picture: &Picture) -> Result<Sighting, FaceError>;
}

/// The faces in one picture.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The largest face; none where no face was found.
    pub face: Option<Face>,
    /// Where the other faces are, the largest first.
    pub others: Vec<Frame>,
}

/// One face, embedded.
#[derive(Clone, Debug)]
pub struct Face {
    /// Where it is.
    pub frame: Frame,
    /// How sure the detector is that it is a face, 0..=1.
    pub confidence: f32,
    /// The picture's edge cuts through it.
    pub cut_off: bool,
    /// Whose it is.
    pub embedding: Embedding,
    /// Its build; none where a service gave the embedding, which tells nothing of it.
    pub shape: Option<Shape>,
}
