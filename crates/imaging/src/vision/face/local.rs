//! Faces by the three networks on this machine.

use std::path::PathBuf;

use super::{
    DetectCard, EmbedCard, Face, FaceEmbedder, FaceError, LandmarksCard, Limits, Shape, Sighting,
    detect::{Detection, Detector},
    embed::Embedder,
    landmarks::{Landmarker, five},
    pixels::Pixels,
};
use crate::{Picture, vision::network::Network};

/// A face whose box lies less than this inside the picture is cut off.
const INSIDE_MIN: f32 = 0.85;

/// A model file and how it is fed.
#[derive(Clone, Debug)]
pub struct Model<C> {
    /// The ONNX file.
    pub path: PathBuf,
    /// How it is fed.
    pub card: C,
}

impl<C> Model<C> {
    pub(super) fn load(&self) -> Result<Network, FaceError> {
        Network::load(&self.path).map_err(|reason| FaceError::Model {
            path: self.path.clone(),
            reason,
        })
    }
}

/// Detector, landmarks and embedder. Loaded once; each look runs on the calling thread, so several pictures can be
/// looked at at once. The same picture and networks give the same numbers.
pub struct LocalFaces {
    detector: Detector,
    landmarker: Landmarker,
    embedder: Embedder,
}

impl LocalFaces {
    /// Loads the three networks.
    pub fn load(
        detect: &Model<DetectCard>,
        landmarks: &Model<LandmarksCard>,
        embed: &Model<EmbedCard>,
    ) -> Result<Self, FaceError> {
        Ok(Self {
            detector: Detector::load(detect)?,
            landmarker: Landmarker::load(landmarks)?,
            embedder: Embedder::load(embed)?,
        })
    }

    fn face(&self, pixels: &Pixels, found: &Detection) -> Result<Face, FaceError> {
        let points = self.landmarker.points(pixels, &found.frame)?;
        let five = five(&points);
        let (width, height) = (pixels.width as f32, pixels.height as f32);
        let shown = |[x, y]: &[f32; 2]| (0.0..width).contains(x) && (0.0..height).contains(y);
        let inside = found.frame.inside(pixels.width, pixels.height);
        Ok(Face {
            frame: found.frame,
            confidence: found.confidence,
            cut_off: inside < INSIDE_MIN || !five.iter().all(shown),
            embedding: self.embedder.embed(pixels, &five)?,
            shape: Some(Shape::new(pixels, points)),
        })
    }
}

impl FaceEmbedder for LocalFaces {
    fn limits(&self) -> Limits {
        self.embedder.card().limits
    }

    fn look(&self, picture: &Picture) -> Result<Sighting, FaceError> {
        let pixels = Pixels::new(picture);
        let found = self.detector.find(&pixels)?;
        let face = found.first().map(|largest| self.face(&pixels, largest));
        Ok(Sighting {
            face: face.transpose()?,
            others: found.iter().skip(1).map(|face| face.frame).collect(),
        })
    }
}
