//! Cards: how the three face networks are fed, and what the embedder's cosines mean. All of it is data, so that an owner
//! can put other weights in their place.

use serde::{Deserialize, Serialize};

/// A face detector of the UltraLight kind. Input: 1 x 3 x height x width, RGB, each channel `(v - mean) / std` with v in
/// 0..=1. Outputs: 1 x N x 2 scores (the second is "face") and 1 x N x 4 boxes (left, top, right, low in 0..=1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectCard {
    /// Input width in pixels.
    pub width: u32,
    /// Input height in pixels.
    pub height: u32,
    /// Subtracted from each channel.
    pub mean: [f32; 3],
    /// Divides each channel.
    pub std: [f32; 3],
    /// Which output holds the scores, from 0.
    pub scores: usize,
    /// Which output holds the boxes, from 0.
    pub boxes: usize,
    /// Boxes below this score, 0..=1, are no faces.
    pub confidence: f32,
}

/// A network that puts 68 points on a face (the iBUG order). Input: 1 x 1 x side x side, gray, `(v - mean) / std` with v
/// in 0..=1, the face's box. Output: 136 numbers, x and y in 0..=1 of the box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandmarksCard {
    /// Input side in pixels.
    pub side: u32,
    /// Subtracted.
    pub mean: f32,
    /// Divides.
    pub std: f32,
}

/// The order of an embedder's channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first: networks trained on what OpenCV reads.
    Bgr,
}

/// A face embedder of the ArcFace kind. Input: 1 x 3 x side x side, the face laid on the template, each channel
/// `(v - mean) / std` with v in 0..=1. Output: one vector, of any length; its direction says whose face it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedCard {
    /// Input side in pixels.
    pub side: u32,
    /// Subtracted from each channel, in the order of the channels.
    pub mean: [f32; 3],
    /// Divides each channel, in the order of the channels.
    pub std: [f32; 3],
    /// Order of the channels.
    #[serde(default)]
    pub order: Order,
    /// Where the eyes, the nose and the corners of the mouth lie in the input, as the viewer sees them, the left eye
    /// first, in pixels.
    pub template: [[f32; 2]; 5],
    /// What its cosines mean.
    pub limits: Limits,
}

/// What the cosines of one embedder mean: they differ from network to network, so each card brings its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// From here on the same person, 0..=1.
    pub pass: f64,
    /// Below this another person, 0..=pass; between the two a person looks.
    pub review: f64,
}

impl Limits {
    /// Whether 0 < review <= pass <= 1.
    pub fn are_sound(&self) -> bool {
        0.0 < self.review && self.review <= self.pass && self.pass <= 1.0
    }

    /// With another bar to pass; the bar to review does not rise above it.
    #[must_use]
    pub fn with_pass(self, pass: f64) -> Self {
        Self {
            pass,
            review: self.review.min(pass),
        }
    }
}
