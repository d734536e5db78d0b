//! What a tamper did, measured in the picture: a label is given only where an eye would give it.

use super::{
    plane::Plane,
    subject::{lab_of, median},
};
use crate::lab::ciede2000;

/// Pixels further apart than this (CIEDE2000) count as changed.
const CHANGED: f32 = 2.0;
/// Pixels further apart than this count as strongly changed.
const STRONG: f32 = 10.0;

/// The difference between a faithful picture and its tampered double, before camera noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// Pixels at least CIEDE2000 2 apart.
    pub changed: usize,
    /// Pixels at least CIEDE2000 10 apart.
    pub strong: usize,
    /// Changed pixels as a share of the garment's pixels.
    pub changed_share: f32,
    /// Strongly changed pixels as a share of the garment's pixels.
    pub strong_share: f32,
    /// Median CIEDE2000 of the changed pixels.
    pub median: f32,
}

impl Effect {
    pub(super) fn between(
        faithful: &Plane<[f32; 3]>,
        tampered: &Plane<[f32; 3]>,
        garment: &Plane<f32>,
    ) -> Self {
        let apart: Vec<f32> = faithful
            .data
            .iter()
            .zip(&tampered.data)
            .filter(|(a, b)| (0..3).any(|i| (a[i] - b[i]).abs() > 1.0))
            .map(|(a, b)| ciede2000(lab_of(*a), lab_of(*b)))
            .filter(|apart| *apart >= CHANGED)
            .collect();
        let covered = garment.data.iter().sum::<f32>().max(1.0);
        let strong = apart.iter().filter(|apart| **apart >= STRONG).count();
        Self {
            changed: apart.len(),
            strong,
            changed_share: apart.len() as f32 / covered,
            strong_share: strong as f32 / covered,
            median: median(apart),
        }
    }
}
