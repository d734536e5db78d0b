//! Where the reference's key points lie in a picture: each point's best likeness, then the one movement most agree on.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use std::collections::HashSet;

use super::{
    affine::{Affine, Tie},
    key_points::{KeyPoint, LENGTH},
};
use crate::locks::plane::vectorised;

/// A best likeness at most this far, against the second best, is trusted.
const RATIO_MAX: f32 = 0.86;
/// A mutual best is trusted up to this distance and turn.
const MUTUAL_MAX: f32 = 0.75;
const TURN_MAX_DEGREES: f32 = 40.0;
/// Matches that propose a movement.
const PROPOSERS: usize = 150;
/// How far a match may lie from a proposed movement, as a share of the garment's longer side, and in log scale.
const NEAR: f32 = 0.07;
const NEAR_SCALE: f32 = 0.6;
/// How far from the movement a match may lie that helps to fit it.
const FIT: f32 = 0.05;
const FIT_AFFINE: f32 = 0.06;
/// Sizes of a garment in the picture, pixels per frame pixel.
const SIZES: std::ops::RangeInclusive<f32> = 0.25..=3.0;
/// Strength that keeps an affine map like the similarity, squared pixels.
const RIDGE: f32 = 5400.0;
/// Fewer matches fit no affine map.
const AFFINE_MIN: usize = 10;
/// Matches are counted once per square of this side, in frame pixels.
const CELL: f32 = 6.0;

/// A point of the reference and its likeness.
struct Match {
    tie: Tie,
    /// Log of the candidate's scale over the reference's.
    grown: f32,
    turned: f32,
    ratio: f32,
}

/// A movement from the frame to the picture and the matches that agree with it.
pub(super) struct Movement {
    pub(super) map: Affine,
    pub(super) agreeing: usize,
}

/// The movement that most matches agree on; nothing with fewer than four.
pub(super) fn movement(reference: &[KeyPoint], candidate: &[KeyPoint], side: f32) -> Option<Movement> {
    let mut matches = matches(reference, candidate);
    matches.sort_by(|one, two| one.ratio.total_cmp(&two.ratio));
    let (first, _) = matches
        .iter()
        .take(PROPOSERS)
        .filter_map(|proposer| {
            let map = proposed(proposer)?;
            let support: f32 = matches
                .iter()
                .filter(|m| agrees(&map, m, NEAR * side, NEAR_SCALE))
                .map(|m| m.tie.weight)
                .sum();
            Some((map, support))
        })
        .max_by(|(_, one), (_, two)| one.total_cmp(two))?;
    let near = |map: &Affine, reach: f32| -> Vec<Tie> {
        let near = matches
            .iter()
            .filter(|m| agrees(map, m, reach * side, NEAR_SCALE));
        near.map(|m| m.tie).collect()
    };
    let similar = Affine::similarity(&near(&first, NEAR))?;
    let similar = Affine::similarity(&near(&similar, FIT))?;
    let mut map = similar;
    for _ in 0..3 {
        let ties = near(&map, FIT_AFFINE);
        let straight = Affine::similarity(&ties)?;
        map = if ties.len() < AFFINE_MIN {
            straight
        } else {
            Affine::fitted(&ties, &straight, RIDGE)?
        };
    }
    let ties = near(&map, FIT_AFFINE);
    let cell = |tie: &Tie| ((tie.from.0 / CELL) as i32, (tie.from.1 / CELL) as i32);
    let agreeing = ties.iter().map(cell).collect::<HashSet<_>>().len();
    (agreeing >= 4 && SIZES.contains(&map.scale())).then_some(Movement { map, agreeing })
}

/// The similarity one match alone proposes.
fn proposed(m: &Match) -> Option<Affine> {
    let scale = m.grown.exp();
    if !SIZES.contains(&scale) || m.turned.abs() > TURN_MAX_DEGREES.to_radians() {
        return None;
    }
    let (sin, cos) = m.turned.sin_cos();
    let (a, c) = (scale * cos, scale * sin);
    let ((x, y), (u, v)) = (m.tie.from, m.tie.to);
    Some(Affine {
        a,
        b: -c,
        c,
        d: a,
        x0: u - a * x + c * y,
        y0: v - c * x - a * y,
    })
}

fn agrees(map: &Affine, m: &Match, reach: f32, reach_scale: f32) -> bool {
    let (u, v) = map.apply(m.tie.from.0, m.tie.from.1);
    let scale = map.scale().max(1e-3);
    (u - m.tie.to.0).hypot(v - m.tie.to.1) < reach * scale && (m.grown - scale.ln()).abs() < reach_scale
}

fn matches(reference: &[KeyPoint], candidate: &[KeyPoint]) -> Vec<Match> {
    let mut best_back: Vec<(i32, usize)> = vec![(i32::MIN, 0); candidate.len()];
    let mut nearest: Vec<Nearest> = reference.iter().map(|_| Nearest::NONE).collect();
    vectorised(|| {
        for (own, (point, nearest)) in reference.iter().zip(&mut nearest).enumerate() {
            for (at, (other, back)) in candidate.iter().zip(&mut best_back).enumerate() {
                let likeness = product(&point.numbers, &other.numbers);
                nearest.see(at, likeness);
                if likeness > back.0 {
                    *back = (likeness, own);
                }
            }
        }
    });
    let kept = |(own, nearest): (usize, &Nearest)| {
        let (point, other) = (&reference[own], candidate.get(nearest.at)?);
        let (first, second) = (distance(nearest.first), distance(nearest.second));
        let ratio = first / second.max(1e-6);
        let turned = turn(other.angle - point.angle);
        let mutual = best_back[nearest.at].1 == own
            && first < MUTUAL_MAX
            && turned.abs() < TURN_MAX_DEGREES.to_radians();
        (ratio < RATIO_MAX || mutual).then(|| Match {
            tie: Tie {
                from: (point.x, point.y),
                to: (other.x, other.y),
                weight: (1.1 - ratio).clamp(0.1, 1.0),
            },
            grown: (other.scale / point.scale).ln(),
            turned,
            ratio,
        })
    };
    nearest.iter().enumerate().filter_map(kept).collect()
}

struct Nearest {
    at: usize,
    first: i32,
    second: i32,
}

impl Nearest {
    const NONE: Self = Self {
        at: 0,
        first: i32::MIN,
        second: i32::MIN,
    };

    #[inline(always)]
    fn see(&mut self, at: usize, likeness: i32) {
        if likeness > self.first {
            self.second = self.first;
            self.first = likeness;
            self.at = at;
        } else if likeness > self.second {
            self.second = likeness;
        }
    }
}

#[inline(always)]
fn product<const N: usize>(one: &[i16; N], two: &[i16; N]) -> i32 {
    one.iter()
        .zip(two)
        .map(|(&a, &b)| i32::from(a) * i32::from(b))
        .sum()
}

/// Distance of two descriptions of length 1, 0..=2.
fn distance(likeness: i32) -> f32 {
    (2.0 - 2.0 * likeness as f32 / (LENGTH * LENGTH)).max(0.0).sqrt()
}

/// An angle in -pi..=pi.
fn turn(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}
