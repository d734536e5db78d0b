//! Embeddings: the direction that says whose face it is.

use std::fmt;

use super::{
    EmbedCard, FaceError, Order,
    align::{Point, Similarity},
    local::Model,
    pixels::Pixels,
};
use crate::vision::network::Network;

/// Whose face it is, as a direction: a vector of length one. Biometric data; it does not print itself.
#[derive(Clone, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// The direction of a vector; none where it has none (empty, zero, not finite).
    pub fn new(vector: &[f32]) -> Option<Self> {
        let length = vector
            .iter()
            .map(|&v| f64::from(v) * f64::from(v))
            .sum::<f64>()
            .sqrt();
        let sound = length.is_finite() && length > 1e-6;
        sound.then(|| Self(vector.iter().map(|&v| (f64::from(v) / length) as f32).collect()))
    }

    /// A direction that was kept, to the bit; none where it has no length of one.
    pub(super) fn kept(numbers: Vec<f32>) -> Option<Self> {
        let length: f64 = numbers.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
        ((length - 1.0).abs() < 1e-3).then_some(Self(numbers))
    }

    /// Its numbers.
    pub(super) fn numbers(&self) -> &[f32] {
        &self.0
    }

    /// The direction of the sum of several; none where they cancel out or differ in length.
    pub fn mean(all: &[&Self]) -> Option<Self> {
        let first = all.first()?;
        let mut sum = vec![0.0; first.0.len()];
        for one in all {
            if one.0.len() != sum.len() {
                return None;
            }
            for (s, v) in sum.iter_mut().zip(&one.0) {
                *s += v;
            }
        }
        Self::new(&sum)
    }

    /// The cosine of the angle between two, -1..=1; none where they come from different embedders, by their length.
    pub fn cosine(&self, other: &Self) -> Option<f64> {
        let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
        (self.0.len() == other.0.len()).then(|| self.0.iter().zip(&other.0).map(product).sum())
    }
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embedding of {} numbers", self.0.len())
    }
}

/// The network and its card.
pub(super) struct Embedder {
    network: Network,
    card: EmbedCard,
}

impl Embedder {
    pub(super) fn load(model: &Model<EmbedCard>) -> Result<Self, FaceError> {
        Ok(Self {
            network: model.load()?,
            card: model.card.clone(),
        })
    }

    pub(super) fn card(&self) -> &EmbedCard {
        &self.card
    }

    /// Embeds the face with these eyes, nose and corners of the mouth.
    pub(super) fn embed(&self, pixels: &Pixels, five: &[Point; 5]) -> Result<Embedding, FaceError> {
        let onto = Similarity::between(five, &self.card.template)
            .ok_or_else(|| mismatch("the points of the face fall together".to_owned()))?;
        let side = self.card.side as usize;
        let patch = pixels.patch(&onto.inverse(), side);
        let mut input = Vec::with_capacity(3 * patch.len());
        for channel in 0..3 {
            let colour = match self.card.order {
                Order::Rgb => channel,
                Order::Bgr => 2 - channel,
            };
            let (mean, std) = (self.card.mean[channel], self.card.std[channel]);
            input.extend(patch.iter().map(|pixel| (pixel[colour] / 255.0 - mean) / std));
        }
        let outputs = self
            .network
            .run([1, 3, side, side], input, &[0])
            .map_err(mismatch)?;
        Embedding::new(&outputs[0].data).ok_or_else(|| mismatch("its output has no direction".to_owned()))
    }
}

fn mismatch(reason: String) -> FaceError {
    FaceError::Mismatch {
        model: "face embedder",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_direction_counts_and_nothing_else_is_an_embedding() {
        let a = Embedding::new(&[3.0, 4.0]).unwrap();
        assert!((a.cosine(&Embedding::new(&[30.0, 40.0]).unwrap()).unwrap() - 1.0).abs() < 1e-6);
        assert_eq!(a.cosine(&Embedding::new(&[1.0, 0.0, 0.0]).unwrap()), None);
        for nothing in [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY]] {
            assert_eq!(Embedding::new(nothing), None, "{nothing:?}");
        }
        let back = Embedding::new(&[-3.0, -4.0]).unwrap();
        assert_eq!(Embedding::mean(&[&a, &back]), None);
    }

    #[test]
    fn an_embedding_does_not_print_itself() {
        let a = Embedding::new(&[3.0, 4.0]).unwrap();
        assert_eq!(format!("{a:?}"), "Embedding of 2 numbers");
    }
}
