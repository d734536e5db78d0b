//! The reference's pixels painted onto the candidate at its own resolution.

use super::{
    super::affine::{Affine, Tie},
    Fit, Patch,
    light::{decoded, encoded},
};
use crate::{
    Picture,
    locks::{
        colour::Linear,
        plane::Plane,
        product::{measure::Region, reference::Reference},
    },
    vision::Cutout,
};

/// A photo is not enlarged by more than this: beyond it a print is softer than the cloth around. As the finishing step
/// warns of (`finish`), and a little more, for cloth is soft.
const ENLARGED_MAX: f32 = 1.6;
/// The bent map is turned around by so many looks, each closer by the bend's share of the whole.
const LOOKS: usize = 8;

/// Both pictures and how they lie.
pub(in crate::locks::product) struct View<'a> {
    /// The photo at its own resolution.
    pub(in crate::locks::product) cutout: &'a Cutout,
    pub(in crate::locks::product) reference: &'a Reference,
    pub(in crate::locks::product) fit: &'a Fit,
    pub(in crate::locks::product) picture: &'a Picture,
    /// The garment's longer side in the pixels that the map counts in.
    pub(in crate::locks::product) side: f32,
    /// Pixels of the picture per pixel that the map counts in.
    pub(in crate::locks::product) reduction: f32,
}

impl Patch {
    /// The picture with the patch; nothing where the photo has too few pixels for it.
    pub(in crate::locks::product) fn painted(&self, view: &View<'_>) -> Option<Picture> {
        let [_, _, width, height] = view.cutout.bounds;
        let side = view.side * view.reduction;
        if side > ENLARGED_MAX * width.max(height) as f32 {
            return None;
        }
        // As many pixels as the picture has of it: a photo that has more would flicker.
        let source = Linear::of(&view.cutout.pixels, view.cutout.bounds, side.ceil() as u32);
        let back = Back::of(view.fit, &self.alpha)?;
        let mut out = view.picture.clone();
        for region in &self.regions {
            self.paint(&mut out, view, &source, &back, *region);
        }
        Some(out)
    }

    fn paint(&self, out: &mut Picture, view: &View<'_>, source: &Linear, back: &Back, region: Region) {
        let [left, top, right, low] = reach(view, region);
        for y in top..low {
            for x in left..right {
                let to = (
                    (x as f32 + 0.5) / view.reduction,
                    (y as f32 + 0.5) / view.reduction,
                );
                let (u, v) = back.frame(view.fit, to);
                let alpha = self.alpha.sample(u, v);
                let within = u >= region[0]
                    && v >= region[1]
                    && u < region[0] + region[2]
                    && v < region[1] + region[3];
                if !within || alpha <= 0.0 {
                    continue;
                }
                let (s, t) = view.reference.in_bounds(u, v);
                let (s, t) = (s * source.width() as f32, t * source.height() as f32);
                let lit = self.shade.on(colour(source, s, t), u, v);
                // From the untouched picture, so that boxes that meet are painted once.
                let under = view.picture.get_pixel(x, y);
                let pixel = out.get_pixel_mut(x, y);
                for c in 0..3 {
                    let own = decoded(under[c]);
                    pixel[c] = encoded(own + alpha * (lit[c] - own));
                }
            }
        }
    }
}

/// Picture pixels that may show a box of the frame: left, top, right, low.
fn reach(view: &View<'_>, [left, top, width, height]: Region) -> [u32; 4] {
    const STEPS: usize = 16;
    let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
    for step in 0..=STEPS * STEPS {
        let share = |n: usize| n as f32 / (STEPS - 1) as f32;
        let at = view.fit.at(
            left + width * share(step % STEPS).min(1.0),
            top + height * share(step / STEPS).min(1.0),
        );
        for (axis, at) in [at.0, at.1].into_iter().enumerate() {
            low[axis] = low[axis].min(at * view.reduction - 2.0);
            high[axis] = high[axis].max(at * view.reduction + 2.0);
        }
    }
    let (width, height) = view.picture.dimensions();
    let bound = |at: f32, most: u32| at.max(0.0).min(most as f32) as u32;
    [
        bound(low[0], width),
        bound(low[1], height),
        bound(high[0], width),
        bound(high[1], height),
    ]
}

/// The bent map turned around.
struct Back {
    /// From the candidate to the frame, as far as a straight map goes.
    straight: Affine,
}

impl Back {
    fn of(fit: &Fit, alpha: &Plane) -> Option<Self> {
        let places = (0..alpha.data.len())
            .step_by(5)
            .filter(|index| alpha.data[*index] > 0.0);
        let ties: Vec<Tie> = places
            .map(|index| {
                let to = (
                    (index % alpha.width) as f32 + 0.5,
                    (index / alpha.width) as f32 + 0.5,
                );
                Tie {
                    from: fit.at(to.0, to.1),
                    to,
                    weight: 1.0,
                }
            })
            .collect();
        let prior = Affine::similarity(&ties)?;
        let straight = Affine::fitted(&ties, &prior, 1.0)?;
        Some(Self { straight })
    }

    /// The frame position that lies there in the candidate.
    fn frame(&self, fit: &Fit, to: (f32, f32)) -> (f32, f32) {
        let start = self.straight.apply(to.0, to.1);
        let mut at = start;
        for _ in 0..LOOKS {
            let found = fit.at(at.0, at.1);
            let back = self.straight.apply(found.0, found.1);
            at = (at.0 + start.0 - back.0, at.1 + start.1 - back.1);
        }
        at
    }
}

/// The photo's linear light there, by Catmull and Rom's cubic.
fn colour(source: &Linear, x: f32, y: f32) -> [f32; 3] {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (across, down) = (weights(x - 0.5 - left), weights(y - 0.5 - top));
    let mut sum = [0.0_f32; 3];
    let mut total = 1e-4;
    let clamp = |at: f32, length: usize| at.max(0.0).min((length - 1) as f32) as usize;
    for (j, down) in down.iter().enumerate() {
        let row = clamp(top + j as f32 - 1.0, source.height()) * source.width();
        for (i, across) in across.iter().enumerate() {
            let index = row + clamp(left + i as f32 - 1.0, source.width());
            let weight = across * down;
            for (sum, plane) in sum.iter_mut().zip(&source.rgb) {
                *sum += weight * plane.data[index];
            }
            total += weight * source.alpha.data[index];
        }
    }
    sum.map(|v| (v / total).max(0.0))
}

fn weights(t: f32) -> [f32; 4] {
    [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
}
