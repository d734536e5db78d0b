//! 68 points on a face, and the five that lay it on a template.

use super::{
    FaceError, Frame, LandmarksCard,
    align::{Point, Similarity, mean},
    local::Model,
    pixels::{Pixels, gray},
};
use crate::vision::network::Network;

/// Points of the iBUG order.
pub(super) const COUNT: usize = 68;
/// Each look is at the square around the points of the look before: on a face of 50 px this moves the cosine with another
/// picture of the same person from 0.40 to 0.61, on large faces by 0.02.
const LOOKS: usize = 3;
/// That square against the points' larger extent.
const GROWN: f32 = 1.05;

/// The network and its card.
pub(super) struct Landmarker {
    network: Network,
    card: LandmarksCard,
}

impl Landmarker {
    pub(super) fn load(model: &Model<LandmarksCard>) -> Result<Self, FaceError> {
        Ok(Self {
            network: model.load()?,
            card: model.card.clone(),
        })
    }

    /// The points of the face in this box, in picture pixels.
    pub(super) fn points(&self, pixels: &Pixels, face: &Frame) -> Result<Vec<Point>, FaceError> {
        let corners = [
            [face.left, face.top],
            [face.left + face.width, face.top + face.height],
        ];
        let mut square = Frame::square_around(&corners, 1.0);
        let mut points = Vec::new();
        for _ in 0..LOOKS {
            points = self.look(pixels, &square)?;
            square = Frame::square_around(&points, GROWN);
        }
        Ok(points)
    }

    fn look(&self, pixels: &Pixels, square: &Frame) -> Result<Vec<Point>, FaceError> {
        let side = self.card.side as usize;
        let map = Similarity::onto_square([square.left, square.top], square.width, side as f32);
        let input = pixels
            .patch(&map, side)
            .into_iter()
            .map(|colour| (gray(colour) / 255.0 - self.card.mean) / self.card.std)
            .collect();
        let outputs = self
            .network
            .run([1, 1, side, side], input, &[0])
            .map_err(mismatch)?;
        let found = &outputs[0].data;
        if found.len() != 2 * COUNT || found.iter().any(|v| !v.is_finite()) {
            return Err(mismatch(format!("its output is not {} numbers", 2 * COUNT)));
        }
        let place = |xy: &[f32]| {
            [
                square.left + xy[0] * square.width,
                square.top + xy[1] * square.height,
            ]
        };
        Ok(found.chunks_exact(2).map(place).collect())
    }
}

/// Eyes, nose, corners of the mouth, the viewer's left first: where a template wants them.
pub(super) fn five(points: &[Point]) -> [Point; 5] {
    let middle = |indices: &[usize]| {
        let chosen: Vec<Point> = indices.iter().map(|&i| points[i]).collect();
        mean(&chosen)
    };
    [
        middle(&[37, 38, 40, 41]),
        middle(&[43, 44, 46, 47]),
        points[30],
        middle(&[48, 60]),
        middle(&[54, 64]),
    ]
}

fn mismatch(reason: String) -> FaceError {
    FaceError::Mismatch {
        model: "face landmarks",
        reason,
    }
}
