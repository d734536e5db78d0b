//! Finding every face: in the whole picture, then, where that shows none large enough for the network to be sure of, in
//! tiles of half the size, and half again.

use super::{DetectCard, FaceError, Frame, local::Model, pixels::Pixels};
use crate::vision::network::Network;

/// A face of at least so many pixels on the network's input is well placed. Faces of 12 are found, not well.
const SURE_SIDE: f32 = 16.0;
/// And with at least this score it is surely a face: real ones score 0.93 and more, halves of one 0.87 to 0.91.
const SURE: f32 = 0.9;
/// Shortest side of a face worth looking for, in picture pixels: smaller ones are never judged.
const FACE_MIN: f32 = 64.0;
/// Two boxes that share more than this of the smaller one are one face.
const SAME_FACE: f32 = 0.6;
/// A side shorter than this, in pixels, holds no face.
const PICTURE_MIN: u32 = 16;

/// A box and how sure the network is of it, 0..=1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detection {
    pub(super) frame: Frame,
    pub(super) confidence: f32,
}

/// The network and its card.
pub(super) struct Detector {
    network: Network,
    card: DetectCard,
}

impl Detector {
    pub(super) fn load(model: &Model<DetectCard>) -> Result<Self, FaceError> {
        Ok(Self {
            network: model.load()?,
            card: model.card.clone(),
        })
    }

    /// Every face, the largest first.
    pub(super) fn find(&self, pixels: &Pixels) -> Result<Vec<Detection>, FaceError> {
        if pixels.width.min(pixels.height) < PICTURE_MIN {
            return Ok(Vec::new());
        }
        let mut tile = Frame::between([0.0, 0.0, pixels.width as f32, pixels.height as f32]);
        let mut found = self.look(pixels, &tile)?;
        while !self.is_sure(&found, &tile) && self.scale(&tile) > FACE_MIN / SURE_SIDE {
            tile = self.finer(pixels, &tile);
            for window in windows(pixels, &tile) {
                found.extend(self.look(pixels, &window)?);
            }
            found = distinct(found);
        }
        found.sort_by(|a, b| b.frame.area().total_cmp(&a.frame.area()));
        Ok(found)
    }

    /// Picture pixels under one pixel of the network's input.
    fn scale(&self, window: &Frame) -> f32 {
        (window.width / self.card.width as f32).max(window.height / self.card.height as f32)
    }

    fn is_sure(&self, found: &[Detection], window: &Frame) -> bool {
        let side_min = SURE_SIDE * self.scale(window);
        found
            .iter()
            .any(|face| face.confidence >= SURE && face.frame.short_side() >= side_min)
    }

    /// The next tile: of the input's proportions, at most three quarters of the scale, else half.
    fn finer(&self, pixels: &Pixels, tile: &Frame) -> Frame {
        let (width, height) = (self.card.width as f32, self.card.height as f32);
        let widest = (pixels.width as f32 / width).min(pixels.height as f32 / height);
        let now = self.scale(tile);
        let scale = if widest <= 0.75 * now { widest } else { now / 2.0 };
        Frame::between([0.0, 0.0, width * scale, height * scale])
    }

    fn look(&self, pixels: &Pixels, window: &Frame) -> Result<Vec<Detection>, FaceError> {
        let input = self.input(pixels, window);
        let shape = [1, 3, self.card.height as usize, self.card.width as usize];
        let outputs = self
            .network
            .run(shape, input, &[self.card.scores, self.card.boxes])
            .map_err(mismatch)?;
        let (scores, boxes) = (&outputs[0].data, &outputs[1].data);
        if scores.len() * 2 != boxes.len() || scores.len() % 2 != 0 {
            return Err(mismatch(
                "its outputs are not N x 2 scores and N x 4 boxes".to_owned(),
            ));
        }
        let scale = self.scale(window);
        let (across, down) = (scale * self.card.width as f32, scale * self.card.height as f32);
        let faces = scores.chunks_exact(2).zip(boxes.chunks_exact(4));
        let faces = faces.filter(|(score, _)| score[1] > self.card.confidence);
        let faces = faces.map(|(score, corners)| Detection {
            confidence: score[1],
            frame: Frame::between([
                window.left + corners[0] * across,
                window.top + corners[1] * down,
                window.left + corners[2] * across,
                window.top + corners[3] * down,
            ]),
        });
        Ok(distinct(faces.filter(|face| face.frame.area() > 0.0).collect()))
    }

    /// The window shrunk to fit the input, black beside and below it.
    fn input(&self, pixels: &Pixels, window: &Frame) -> Vec<f32> {
        let scale = self.scale(window);
        let fitting = |side: f32, most: u32| ((side / scale).round() as u32).clamp(1, most);
        let (width, height) = (
            fitting(window.width, self.card.width),
            fitting(window.height, self.card.height),
        );
        let shrunk = pixels.shrunk(window, width, height);
        let mut input = Vec::new();
        for channel in 0..3 {
            let (mean, std) = (self.card.mean[channel], self.card.std[channel]);
            let mut plane = vec![-mean / std; self.card.width as usize * self.card.height as usize];
            let rows = plane.chunks_exact_mut(self.card.width as usize);
            for (row, from) in rows.zip(shrunk.chunks_exact(width as usize)) {
                for (value, pixel) in row.iter_mut().zip(from) {
                    *value = (f32::from(pixel[channel]) / 255.0 - mean) / std;
                }
            }
            input.append(&mut plane);
        }
        input
    }
}

/// Tiles of this size over the whole picture, each overlapping the next by half or more.
fn windows(pixels: &Pixels, tile: &Frame) -> Vec<Frame> {
    let across = starts(pixels.width as f32, tile.width);
    let down = starts(pixels.height as f32, tile.height);
    let at = |&top: &f32| across.iter().map(move |&left| Frame { left, top, ..*tile });
    down.iter().flat_map(at).collect()
}

fn starts(whole: f32, tile: f32) -> Vec<f32> {
    let steps = ((whole - tile).max(0.0) / (tile / 2.0)).ceil();
    let step = (whole - tile).max(0.0) / steps.max(1.0);
    (0..=steps as usize).map(|i| i as f32 * step).collect()
}

/// One box a face: of boxes over each other, the surest.
fn distinct(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<Detection> = Vec::new();
    for face in found {
        let is_known = |known: &Detection| {
            let smaller = face.frame.area().min(known.frame.area());
            face.frame.shared(&known.frame) > SAME_FACE * smaller
        };
        if !kept.iter().any(is_known) {
            kept.push(face);
        }
    }
    kept
}

fn mismatch(reason: String) -> FaceError {
    FaceError::Mismatch {
        model: "face detector",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_picture_and_overlap_by_half() {
        for (whole, tile) in [(1536.0_f32, 768.0_f32), (1024.0, 1024.0), (1000.0, 333.0)] {
            let starts = starts(whole, tile);
            assert_eq!(starts[0], 0.0);
            assert!((starts[starts.len() - 1] + tile - whole).abs() < 0.01);
            assert!(
                starts
                    .windows(2)
                    .all(|pair| pair[1] - pair[0] <= tile / 2.0 + 0.01)
            );
        }
    }

    #[test]
    fn a_box_within_a_surer_one_is_the_same_face() {
        let face = |left: f32, width: f32, confidence| Detection {
            frame: Frame {
                left,
                top: 0.0,
                width,
                height: width,
            },
            confidence,
        };
        let kept = distinct(vec![
            face(10.0, 40.0, 0.8),
            face(0.0, 100.0, 0.99),
            face(200.0, 50.0, 0.7),
        ]);
        let lefts: Vec<f32> = kept.iter().map(|kept| kept.frame.left).collect();
        assert_eq!(lefts, [0.0, 200.0]);
    }
}
