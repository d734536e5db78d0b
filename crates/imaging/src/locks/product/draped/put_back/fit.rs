//! The garment laid over the candidate by everything but its prints: a print that is wrong would draw the map along.

use super::super::{
    Draped, SHARP_MAX,
    affine::{Affine, Tie},
    field::Field,
    laid::Laid,
    master::Master,
    outline,
    print::Print,
    refine::refined_over,
};
use crate::locks::{
    colour::{Lab, Linear},
    plane::Plane,
};

/// Prints and so much around them are not asked where the garment lies, frame pixels: a garbled print sticks out.
const AROUND: i32 = 8;
/// Share of the outline that may be missing and the map is still sure. Drawn pairs with another print: 0 to 0.03; a
/// photo on a person whose sleeves hang otherwise: 0.2.
const MISSING_MAX: f32 = 0.1;
/// Every so many pixels of the frame tell the straight map.
const STEP: usize = 5;

/// Where the garment lies, whatever its prints show there.
pub(in crate::locks::product) struct Fit {
    /// Where each frame pixel lies in the candidate image.
    field: Field,
    /// Both pictures in the frame.
    pub(super) laid: Laid,
    /// 1 where the garment's core is in view, else 0.
    pub(super) open: Plane,
    /// What the map could not explain, frame pixels.
    pub(super) rough: Plane,
    /// How much that counts.
    pub(super) trust: Plane,
    /// Share of the outline that is not where the map says.
    pub(super) outline_missing: f32,
}

impl Fit {
    /// Begins where the draped road laid it.
    pub(in crate::locks::product) fn of(
        draped: &Draped,
        master: &Master,
        candidate: &Linear,
    ) -> Option<Self> {
        let reduced = candidate.scaled((SHARP_MAX / draped.scale).min(1.0));
        let lab = Lab::of(&reduced.rgb);
        let by = reduced.long_side() as f32 / candidate.long_side() as f32;
        let part = without_prints(master);
        let start = straight(draped, &part)?.resized(1.0, by);
        let refined = refined_over(master, &lab.l, &start, &part);
        let laid = Laid::new(master, &lab, &refined, start.scale());
        let view = laid.inside.with(&laid.hidden, |i, h| i * (1.0 - h));
        Some(Self {
            outline_missing: outline::missing(master, &laid),
            open: view.with(&master.core, |v, c| v * c),
            field: refined.field.scaled(1.0 / by),
            laid,
            rough: refined.rough,
            trust: refined.trust,
        })
    }

    /// The garment ends where the map says that it does. Key points do not tell: most lie in the print that is wrong.
    pub(in crate::locks::product) fn is_sure(&self) -> bool {
        self.outline_missing <= MISSING_MAX
    }

    /// Where a frame position lies in the candidate image.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        self.field.at(x, y)
    }
}

/// The garment but for its prints.
fn without_prints(master: &Master) -> Plane {
    let mut part = master.mask.clone();
    for (index, value) in part.data.iter_mut().enumerate() {
        let (x, y) = ((index % master.width()) as i32, (index / master.width()) as i32);
        if master.prints.iter().any(|print| print.is_near(x, y, AROUND)) {
            *value = 0.0;
        }
    }
    part
}

/// The straight map closest to the draped road's over that part of the frame.
fn straight(draped: &Draped, part: &Plane) -> Option<Affine> {
    let places = (0..part.data.len()).filter(|index| {
        let (x, y) = (index % part.width, index / part.width);
        x % STEP == 0 && y % STEP == 0 && part.data[*index] > 0.5
    });
    let ties: Vec<Tie> = places
        .map(|index| {
            let from = (
                (index % part.width) as f32 + 0.5,
                (index / part.width) as f32 + 0.5,
            );
            Tie {
                from,
                to: draped.at(from.0, from.1),
                weight: 1.0,
            }
        })
        .collect();
    let prior = Affine::similarity(&ties)?;
    Affine::fitted(&ties, &prior, 1.0)
}

impl Print {
    /// In the print's box or no further than that from it.
    pub(super) fn is_near(&self, x: i32, y: i32, by: i32) -> bool {
        x >= self.left - by && x < self.right + by && y >= self.top - by && y < self.low + by
    }
}
