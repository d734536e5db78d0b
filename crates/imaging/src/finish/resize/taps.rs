//! Weights of Lanczos with three lobes.

use std::f64::consts::PI;

/// Lobes.
const LOBES: f64 = 3.0;

/// For each place of a line the neighbours that it is made of, and how much of each: as many for every place, so that loops over
/// them have one length. What a place has fewer of weighs nothing.
pub(super) struct Taps {
    /// The first neighbour of each place.
    pub(super) first: Vec<usize>,
    /// `each` for every place, one place after the other.
    pub(super) weights: Vec<f32>,
    /// Neighbours of a place.
    pub(super) each: usize,
}

impl Taps {
    /// A part of a line (start, length) of `from` pixels, made to `to` pixels. The filter widens when shrinking, looks beyond the
    /// part but not beyond the line, and its weights sum to one.
    pub(super) fn new(part: (f64, f64), from: usize, to: usize) -> Self {
        let scale = part.1 / to as f64;
        let width = scale.max(1.0);
        let reach = LOBES * width;
        let places: Vec<(usize, Vec<f64>)> = (0..to)
            .map(|place| {
                let centre = part.0 + (place as f64 + 0.5) * scale;
                let first = ((centre - reach).floor().max(0.0) as usize).min(from - 1);
                let end = ((centre + reach).ceil() as usize).clamp(first + 1, from);
                let weights = (first..end).map(|pixel| lanczos((pixel as f64 + 0.5 - centre) / width));
                trimmed(first, weights.collect())
            })
            .collect();
        let each = places.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
        let mut taps = Self {
            first: Vec::with_capacity(to),
            weights: vec![0.0; to * each],
            each,
        };
        for ((first, weights), padded) in places.into_iter().zip(taps.weights.chunks_exact_mut(each)) {
            let total: f64 = weights.iter().sum();
            // A place at the end of the line has its neighbours before it.
            let moved = first.min(from - each);
            for (padded, weight) in padded[first - moved..].iter_mut().zip(weights) {
                *padded = (weight / total) as f32;
            }
            taps.first.push(moved);
        }
        taps
    }
}

/// Without what weighs nothing at the ends.
fn trimmed(first: usize, mut weights: Vec<f64>) -> (usize, Vec<f64>) {
    let lead = weights.iter().take_while(|weight| **weight == 0.0).count();
    if lead == weights.len() {
        return (first, vec![1.0]);
    }
    weights.drain(..lead);
    while weights.last() == Some(&0.0) {
        weights.pop();
    }
    (first + lead, weights)
}

/// sinc(x) sinc(x / 3) within three lobes (Duchon 1979).
fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    if x.abs() < LOBES {
        sinc(x) * sinc(x / LOBES)
    } else {
        0.0
    }
}
