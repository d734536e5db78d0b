//! Another garment: in the silhouette of the right one, or as it is.

use super::super::{
    plane::Plane,
    subject::{Cut, Subject},
};
use crate::{Random, lab::ciede2000};

/// Another garment counts as another if this share of the picture of both differs strongly.
const UNLIKE: f32 = 0.5;

/// Another garment's cloth, row by row in this one's outline.
pub(super) fn swapped(random: &mut Random, subject: &Subject, cut: Cut, others: &[&Subject]) -> Option<Cut> {
    let other = unlike(random, subject, others)?.cut();
    let (here, there) = (extents(&cut), extents(&other));
    let colours = Plane::from_fn(cut.width(), cut.height(), |x, y| {
        let row = (y * other.height() / cut.height()).min(other.height() - 1);
        let ((left, right), (from, to)) = (here[y], there[row]);
        let t = (x as f32 - left) / (right - left).max(1.0);
        let v = (y as f32 + 0.5) * other.height() as f32 / cut.height() as f32 - 0.5;
        // Two pixels in from the rim, where a cut-out still holds some ground.
        other.colours.sample(from + 2.0 + t * (to - from - 4.0), v)
    });
    Some(Cut {
        colours,
        alpha: cut.alpha,
    })
}

pub(super) fn other(random: &mut Random, subject: &Subject, others: &[&Subject]) -> Option<Cut> {
    Some(unlike(random, subject, others)?.cut())
}

/// A garment that nobody would take for this one.
fn unlike<'a>(random: &mut Random, subject: &Subject, others: &[&'a Subject]) -> Option<&'a Subject> {
    (0..12)
        .filter_map(|_| others.get(random.below(others.len())).copied())
        .find(|other| difference(subject, other) > UNLIKE)
}

/// Share of either garment, laid box over box, where one is missing or the colours are CIEDE2000 12 apart.
fn difference(a: &Subject, b: &Subject) -> f32 {
    let (a, b) = (&a.sketch, &b.sketch);
    let (mut differ, mut both) = (0, 0);
    for y in (0..a.lab.height).step_by(3) {
        for x in (0..a.lab.width).step_by(3) {
            let (u, v) = (x * b.lab.width / a.lab.width, y * b.lab.height / a.lab.height);
            let (here, there) = (a.inside.at(x, y), b.inside.at(u, v));
            let other = here != there || ciede2000(a.lab.at(x, y), b.lab.at(u, v)) > 12.0;
            both += usize::from(here || there);
            differ += usize::from((here || there) && other);
        }
    }
    differ as f32 / both.max(1) as f32
}

/// First and last column of the garment in every row, smooth from row to row.
fn extents(cut: &Cut) -> Vec<(f32, f32)> {
    let mut last = (0.0, cut.width() as f32 - 1.0);
    let rows: Vec<(f32, f32)> = (0..cut.height())
        .map(|y| {
            let inside = |x: &usize| cut.alpha.at(*x, y) > 0.5;
            let first = (0..cut.width()).find(inside);
            let end = (0..cut.width()).rev().find(inside);
            if let (Some(first), Some(end)) = (first, end) {
                last = (first as f32, end as f32);
            }
            last
        })
        .collect();
    let column = |pick: fn(&(f32, f32)) -> f32| Plane {
        width: rows.len(),
        height: 1,
        data: rows.iter().map(pick).collect(),
    };
    let sigma = 0.01 * cut.height() as f32;
    let left = column(|row| row.0).blurred(sigma).data;
    let right = column(|row| row.1).blurred(sigma).data;
    left.into_iter().zip(right).collect()
}
