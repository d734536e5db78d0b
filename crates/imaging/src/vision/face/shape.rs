//! The build of a face and the detail of its picture: what an embedding forgives and a lock must not.

use std::fmt;

use super::{
    Yaw,
    align::{Point, Similarity, stretch},
    landmarks::{COUNT, five},
    pixels::{Pixels, gray},
};
use crate::vision::raster::{Field, gaussian::blur};

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
/// The part compared, left, top, width and height: the face without hair and ground.
const PART: [usize; 4] = [18, 20, 76, 85];
/// The upright pictures are compared within so many pixels of each other, for points are a pixel or two off.
const SLACK: isize = 4;

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

    /// A shape that was kept; none where it is none of this build.
    pub(super) fn kept(points: Vec<Point>, detail: Vec<f32>) -> Option<Self> {
        if points.len() != COUNT || detail.len() != SIDE * SIDE {
            return None;
        }
        Some(Self {
            yaw: Yaw::of(&five(&points)),
            points,
            detail: Field {
                width: SIDE,
                height: SIDE,
                data: detail,
            },
        })
    }

    /// The points on it.
    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// The detail between them, row by row.
    pub(super) fn detail(&self) -> &[f32] {
        &self.detail.data
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

    /// How far the detail of two faces agrees, -1..=1: near 1 when one picture was made from the other. The best
    /// correlation over small shifts.
    pub fn agreement(&self, other: &Self) -> f32 {
        let mine = part(&self.detail, 0, 0);
        let shifts = (-SLACK..=SLACK).flat_map(|down| (-SLACK..=SLACK).map(move |across| (across, down)));
        shifts
            .map(|(across, down)| {
                let theirs = part(&other.detail, across, down);
                mine.iter().zip(&theirs).map(|(a, b)| a * b).sum()
            })
            .fold(-1.0, f32::max)
    }
}

/// The compared part, shifted, with mean 0 and length 1.
fn part(detail: &Field, across: isize, down: isize) -> Vec<f32> {
    let [left, top, width, height] = PART;
    let (left, top) = (
        left.saturating_add_signed(across),
        top.saturating_add_signed(down),
    );
    let rows = (top..top + height).flat_map(|y| &detail.row(y)[left..left + width]);
    let mut part: Vec<f32> = rows.copied().collect();
    let mean = part.iter().sum::<f32>() / part.len() as f32;
    let length = part.iter().map(|v| (v - mean).powi(2)).sum::<f32>().sqrt();
    for v in &mut part {
        *v = (*v - mean) / length.max(f32::MIN_POSITIVE);
    }
    part
}
