//! The road for pictures that are not our own flat packshots: photos on a person, and what engines make.
//!
//! 1. The garment is found by its key points, or by colour and shape on a thumbnail. See `localise`.
//! 2. A map from the reference to the picture is bent as far as cloth bends, and no further. See `refine`.
//! 3. Arms are left out and light is evened. See `laid`.
//! 4. The worst region of every part gives a few numbers. See `numbers`.
//! 5. A fitted model turns them into two: is it the same product, and is there a fault. See `model`.

mod affine;
mod colour_differences;
mod details;
mod field;
mod flow;
mod key_points;
mod laid;
mod light;
mod localise;
mod master;
mod matching;
pub mod model;
mod numbers;
mod occlusion;
mod orientation;
mod outline;
mod print;
pub(super) mod put_back;
mod refine;
mod structure_loss;
pub(super) mod writing;

use std::collections::BTreeMap;

pub(crate) use self::master::Master;
use self::{
    affine::{Affine, Tie},
    field::Field,
    laid::Laid,
    localise::{Searched, localised},
    model::Values,
    numbers::Numbers,
    refine::refined,
};
use super::{
    map::Map,
    measure::{Region, bounds, luma},
};
use crate::locks::{
    colour::{Lab, Linear},
    plane::Plane,
    ssim::planes::{masked_mean, ssim_map},
};

/// Candidate pixels per frame pixel that are looked at, at most: a larger candidate is reduced.
const SHARP_MAX: f32 = 1.15;

/// Every so many pixels of the frame tell how flat cloth lies; no multiple of a frame's width, so in all columns.
const STRAIGHT_STEP: usize = 7;

/// A simpler map that misfits by so much more than the best one is as good.
const AS_WELL: f32 = 1.05;

/// What was measured on the draped road.
pub(super) struct Draped {
    /// The numbers, by name.
    pub(super) values: Values,
    /// Each part's worst region, frame pixels.
    pub(super) regions: BTreeMap<&'static str, Region>,
    /// What differs, per frame pixel, in about CIEDE2000 units.
    pub(super) difference: Plane,
    /// Where each frame pixel lies in the candidate image.
    field: Field,
    /// The box around the garment, frame pixels.
    pub(super) garment: Region,
    /// Masked SSIM of luma, in the reference's light.
    pub(super) ssim: f32,
    /// Share of the garment's core that could be compared.
    pub(super) seen: f32,
    /// Candidate image pixels per frame pixel.
    pub(super) scale: f32,
    /// Both pictures in the frame.
    laid: Laid,
    /// How much each pixel of the frame tells of where it lies.
    trust: Plane,
}

impl Draped {
    /// Finds and measures the garment in a candidate; nothing where it is not found or too little can be compared.
    /// `flat` is where the flat road lays the reference (reference image to candidate image pixels), asked where few
    /// key points agree.
    pub(super) fn of(
        master: &Master,
        reference: &Linear,
        candidate: &Linear,
        flat: impl FnOnce() -> Option<Map>,
    ) -> Option<Self> {
        let searched = Searched::new(candidate);
        let own = master.width() as f32 / reference.width() as f32;
        let other = searched.image.long_side() as f32 / candidate.long_side() as f32;
        let flat = || flat().map(|map| Affine::from(map.resized(own, other)));
        let place = localised(master, &searched, flat)?;
        // The candidate at the size at which its pixels are those of the frame.
        let sharp = place.map.scale() * candidate.long_side() as f32 / searched.image.long_side() as f32;
        let reduced = candidate.scaled((SHARP_MAX / sharp).min(1.0));
        let lab = Lab::of(&reduced.rgb);
        let by = reduced.long_side() as f32 / searched.image.long_side() as f32;
        let map = place.map.resized(1.0, by);
        let refined = refined(master, &lab, &map);
        let laid = Laid::new(master, &lab, &refined, map.scale());
        let numbers = Numbers::of(master, &laid, &place, &refined, by)?;
        let back = candidate.long_side() as f32 / reduced.long_side() as f32;
        Some(Self {
            values: numbers
                .values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            regions: numbers.regions,
            difference: numbers.difference,
            field: refined.field.scaled(back),
            garment: bounds(&master.mask),
            ssim: masked_mean(&ssim_map(&luma(&laid.reference), &luma(&laid.lit))?, &laid.ok)? as f32,
            seen: laid.seen,
            scale: map.scale() * back,
            trust: refined.trust,
            laid,
        })
    }

    /// How far the cloth bends, frame pixels: see `Field::bend`.
    pub(super) fn bend(&self) -> f32 {
        self.values["bend"]
    }

    /// With the simplest map that lies as well in its place: `flat` (frame to candidate image pixels), else the turn, scale
    /// and move closest to the bent one, else that. Where cloth lies flat, a bend is the flow's own noise.
    fn simplest(self, master: &Master, candidate: &Linear, flat: Option<Affine>) -> Self {
        let size = (self.field.x.width, self.field.x.height);
        let maps = [flat, self.straight()];
        let fields = maps.iter().flatten().map(|map| Field::of(map, size));
        let fields: Vec<Field> = fields.chain([self.field.clone()]).collect();
        let reduced = candidate.scaled((SHARP_MAX / self.scale).min(1.0));
        let by = reduced.long_side() as f32 / candidate.long_side() as f32;
        let lightness = Lab::of(&reduced.rgb).l;
        let misfits: Vec<f32> = fields
            .iter()
            .map(|field| master.misfit(&field.scaled(by).look(&lightness)))
            .collect();
        let least = misfits.iter().copied().fold(f32::MAX, f32::min);
        let simplest = fields
            .into_iter()
            .zip(misfits)
            .find(|(_, misfit)| *misfit <= AS_WELL * least);
        match simplest {
            Some((field, _)) => Self { field, ..self },
            None => self,
        }
    }

    /// The turn, scale and move closest to the bent map, drawn by those pixels alone that tell.
    fn straight(&self) -> Option<Affine> {
        let width = self.field.x.width;
        let ties: Vec<Tie> = (0..self.trust.data.len())
            .step_by(STRAIGHT_STEP)
            .map(|index| Tie {
                from: ((index % width) as f32 + 0.5, (index / width) as f32 + 0.5),
                to: (self.field.x.data[index], self.field.y.data[index]),
                weight: self.trust.data[index] * self.laid.ok.data[index],
            })
            .filter(|tie| tie.weight > 0.0)
            .collect();
        Affine::similarity(&ties)
    }

    /// The garment's longer side in candidate image pixels.
    pub(super) fn side(&self) -> f32 {
        self.garment[2].max(self.garment[3]) * self.scale
    }

    /// What differs at a frame position: regions are compared in one light, so a `shade` (L*) that no light explains is
    /// seen all over.
    pub(super) fn differs(&self, x: f32, y: f32, shade: f32) -> f32 {
        let is_compared = self.laid.ok.sample(x, y) > 0.5;
        let shade = if is_compared { shade } else { 0.0 };
        self.difference.sample(x, y).max(shade)
    }

    /// Where a frame position lies in the candidate image.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        self.field.at(x, y)
    }
}
