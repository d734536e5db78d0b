//! The build of a face and the detail of its picture: what an embedding forgives and a lock must not.

use std::fmt;

use super::{
    Yaw,
    align::{Point, Similarity, stretch},
    landmarks::five,
    pixels::{Pixels, gray},
};
use crate::vision::raster::{Field, gaussian::blur, percentile};

/// Side of the upright picture that detail is compared on, in pixels.
const SIDE: usize = 112;
/// Where the five points lie on it: ArcFace's template.
const TEMPLATE: [Point; 5] = [
    [38.29, 51.70],
    [73.53, 51.50],
    [56.03, 71.74],
    [41.55, 92.37],
    [70.73, 92.20],
];
/// Detail is what lies between these two blurs (standard deviations in pixels): lines and spots, not light.
const BLURS: [f32; 2] = [1.0, 6.0];
/// Detail is compared patch by patch, each a square of this side,
const PATCH: usize = 24;
/// with these left and upper edges: the face without hair and ground,
const LEFTS: [usize; 4] = [18, 35, 52, 69];
const TOPS: [usize; 4] = [20, 40, 60, 80];
/// wherever it lies within so many pixels: a face that was squeezed or twisted is found again, patch for patch.
const SLACK: isize = 6;

/// A face's points and the detail between them. Biometric data; it does not print itself.
#[derive(Clone)]
pub struct Shape {
    points: Vec<Point>,
    yaw: Yaw,
    detail: Field,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape, {}", self.yaw.name())
    }
}

impl Shape {
    pub(super) fn new(pixels: &Pixels, points: Vec<Point>) -> Self {
        let five = five(&points);
        let onto = Similarity::between(&five, &TEMPLATE);
        let data = onto.map_or_else(
            || vec![0.0; SIDE * SIDE],
            |onto| {
                let patch = pixels.patch(&onto.inverse(), SIDE);
                patch.into_iter().map(gray).collect()
            },
        );
        let upright = Field {
            width: SIDE,
            height: SIDE,
            data,
        };
        let [fine, coarse] = BLURS.map(|sigma| blur(&upright, sigma));
        Self {
            points,
            yaw: Yaw::of(&five),
            detail: fine.same_size(|i| fine.data[i] - coarse.data[i]),
        }
    }

    /// Which way the face is turned.
    pub fn yaw(&self) -> Yaw {
        self.yaw
    }

    /// Eyes, nose and corners of the mouth in picture pixels, the viewer's left first.
    pub fn five(&self) -> [[f32; 2]; 5] {
        five(&self.points)
    }

    /// How much one face is stretched against the other, from 1 (not at all); infinite where that cannot be told.
    pub fn stretch(&self, other: &Self) -> f32 {
        stretch(&other.points, &self.points).unwrap_or(f32::INFINITY)
    }

    /// How far the detail of two faces agrees, -1..=1, when each patch of one is looked for in the other: near 1 when one
    /// picture was made from the other. The median over the patches.
    pub fn agreement(&self, other: &Self) -> f32 {
        let places = TOPS
            .iter()
            .flat_map(|&top| LEFTS.iter().map(move |&left| (left, top)));
        let mut found: Vec<f32> = places
            .map(|(left, top)| found_again(&patch(&self.detail, left, top), &other.detail, left, top))
            .collect();
        percentile(&mut found, 0.5)
    }
}

/// The best correlation of a patch with the detail around its own place.
fn found_again(wanted: &[f32], detail: &Field, left: usize, top: usize) -> f32 {
    let shifts = (-SLACK..=SLACK).flat_map(|down| (-SLACK..=SLACK).map(move |across| (across, down)));
    shifts
        .map(|(across, down)| {
            let there = patch(
                detail,
                left.saturating_add_signed(across),
                top.saturating_add_signed(down),
            );
            wanted.iter().zip(&there).map(|(a, b)| a * b).sum()
        })
        .fold(-1.0, f32::max)
}

/// A patch with mean 0 and length 1.
fn patch(detail: &Field, left: usize, top: usize) -> Vec<f32> {
    let rows = (top..top + PATCH).flat_map(|y| &detail.row(y)[left..left + PATCH]);
    let mut patch: Vec<f32> = rows.copied().collect();
    let mean = patch.iter().sum::<f32>() / patch.len() as f32;
    let length = patch.iter().map(|v| (v - mean).powi(2)).sum::<f32>().sqrt();
    for v in &mut patch {
        *v = (*v - mean) / length.max(f32::MIN_POSITIVE);
    }
    patch
}
