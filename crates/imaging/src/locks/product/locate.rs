//! Finds one picture in another: guesses on thumbnails, then fits from coarse to fine.

use super::{
    align::{correlation, normalised, refined},
    map::Map,
    search::{Range, Template, search},
};
use crate::locks::{
    colour::{Lab, Linear},
    plane::Plane,
};

/// Longer side of the frame in which pictures are compared, in pixels.
pub(super) const FRAME: f32 = 384.0;
/// Guesses that are worth a fit.
const GUESSES: usize = 5;

/// What is looked for, in what, on which ground.
pub(super) struct Hunt<'a> {
    /// The picture that is looked for.
    pub(super) template: &'a Linear,
    /// How much each of its pixels counts, at any size.
    pub(super) weight: fn(&Linear) -> Plane,
    /// The picture it is looked for in.
    pub(super) searched: &'a Linear,
    /// What lies behind both where they are empty (linear RGB).
    pub(super) ground: [f32; 3],
    /// Sizes and angles to try.
    pub(super) range: Range,
}

/// Where it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// From pixels of the template to pixels of the searched picture.
    pub(super) map: Map,
    /// Correlation of structure at the finest level, -1..=1.
    pub(super) fit: f32,
    /// Longer side of the frame that both pictures have pixels for.
    pub(super) frame: f32,
}

impl Hunt<'_> {
    /// The best place, or nothing when there is none to try.
    pub(super) fn run(&self) -> Option<Found> {
        let template_long = self.template.long_side() as f32;
        let searched_long = self.searched.long_side() as f32;
        // Maps here lead from a template of longer side 1 to a searched picture of longer side 1.
        let best = self
            .guesses()
            .into_iter()
            .map(|map| self.fitted(map, 96.0, 15))
            .max_by(|(one, _), (two, _)| one.total_cmp(two))?
            .1;
        let frame = FRAME
            .min(template_long)
            .min(best.scale() * searched_long)
            .max(48.0);
        let (_, middle) = self.fitted(best, frame.min(192.0), 12);
        let (_, map) = self.fitted(middle, frame, 12);
        let fit = self.fit(map, frame);
        Some(Found {
            map: map.resized(template_long, searched_long),
            fit,
            frame,
        })
    }

    fn guesses(&self) -> Vec<Map> {
        let small = shrunk(self.template, self.range.thumb as f32);
        let template = Template {
            lab: small.over(self.ground),
            weight: (self.weight)(&small),
        };
        let searched = shrunk(self.searched, 320.0);
        let at = |size: usize| shrunk(&searched, size as f32).over(self.ground);
        let long = small.long_side() as f32;
        search(&template, at, &self.range, GUESSES)
            .into_iter()
            .map(|guess| guess.map.resized(1.0 / long, 1.0))
            .collect()
    }

    /// Fits at a frame size; the score is structure plus colour, for choosing between guesses.
    fn fitted(&self, start: Map, frame: f32, rounds: usize) -> (f32, Map) {
        let (template, weight, moving, start, back) = self.level(start, frame);
        let (own, other) = (normalised(&template.l), normalised(&moving.l));
        let map = refined(&own, &weight, &other, start, rounds);
        let score =
            correlation(&own, &weight, &other, map) + 0.6 * closeness(&template, &weight, &moving, map);
        (score, map.resized(back.0, back.1))
    }

    fn fit(&self, map: Map, frame: f32) -> f32 {
        let (template, weight, moving, map, _) = self.level(map, frame);
        correlation(&normalised(&template.l), &weight, &normalised(&moving.l), map)
    }

    /// Both pictures where one pixel is one pixel, the map between them, and the factors back to long side 1.
    fn level(&self, map: Map, frame: f32) -> (Lab, Plane, Lab, Map, (f32, f32)) {
        let small = shrunk(self.template, frame);
        let moving = shrunk(self.searched, frame / map.scale());
        let (own, other) = (small.long_side() as f32, moving.long_side() as f32);
        (
            small.over(self.ground),
            (self.weight)(&small),
            moving.over(self.ground),
            map.resized(own, other),
            (1.0 / own, 1.0 / other),
        )
    }
}

fn shrunk(image: &Linear, long_side: f32) -> Linear {
    image.scaled((long_side / image.long_side() as f32).min(1.0))
}

/// Mean of exp(-(dE / 15)^2) over the weight: how much of the colour agrees.
fn closeness(template: &Lab, weight: &Plane, moving: &Lab, map: Map) -> f32 {
    let width = template.width();
    let (mut total, mut count) = (0.0, 0.0);
    for (index, &w) in weight.data.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        let (x, y) = ((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
        let (u, v) = map.apply(x, y);
        let other = [&moving.l, &moving.a, &moving.b].map(|plane| plane.sample(u, v));
        let apart: f32 = template
            .at(index)
            .iter()
            .zip(other)
            .map(|(t, o)| (t - o).powi(2))
            .sum();
        total += w * (-apart / 225.0).exp();
        count += w;
    }
    total / f32::max(count, 1e-6)
}
