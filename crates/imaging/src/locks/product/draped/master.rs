//! The reference garment in the frame that everything is compared in, prepared once per product.

use super::{
    details::{Detail, details},
    key_points::{KeyPoint, key_points},
    localise::{Half, thumbs},
    print::{Print, prints},
    refine::over_surroundings,
    structure_loss::Grain,
};
use crate::locks::{
    colour::{Lab, Linear},
    plane::Plane,
    product::search::Template,
};

/// The garment's longer side in the frame, in pixels.
pub(super) const SIDE: f32 = 320.0;
/// Key points are looked for on a frame this much larger.
const POINTS_SCALE: f32 = 1.6;
/// Key points kept of the reference.
const POINTS_MAX: usize = 1000;
/// Key points keep this far from the outline, in frame pixels.
const POINTS_RIM: f32 = 3.0;
/// The outline is left out by this much: edges misfit for honest reasons.
const RIM: usize = 5;
const RIM_THIN: usize = 3;
/// Share of the garment that must be left inside the wide rim.
const CORE_MIN: f64 = 0.3;
/// So far around a print its surroundings may be wrong with it: a garbled one sticks out.
const BESIDE: i32 = 8;
/// How far around the garment its outline tells of its place.
const AROUND: usize = 3;
/// Lightness is normalised over this sigma, in frame pixels, before key points are looked for.
pub(super) const LOCAL_SIGMA: f32 = 14.0;
/// Added to the local spread, in L units, so that the grain of plain cloth stays small.
pub(super) const SPREAD_FLOOR: f32 = 2.0;

/// The garment in its frame.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    /// Its colours; meaningless outside of the garment.
    pub(super) lab: Lab,
    /// Coverage, 0..=1.
    pub(super) alpha: Plane,
    /// 1 on the garment, else 0.
    pub(super) mask: Plane,
    /// 1 on the garment without its rim, else 0.
    pub(super) core: Plane,
    /// 1 on the part of the garment that tells how the map bends, else 0.
    pub(super) telling: Plane,
    pub(super) points: Vec<KeyPoint>,
    pub(super) prints: Vec<Print>,
    pub(super) details: Vec<Detail>,
    /// For candidates of several sizes.
    pub(super) grain: [Grain; 3],
    /// What places are valued on.
    pub(super) half: Half,
    /// What is looked for where few key points agree.
    pub(super) thumbs: [Template; 2],
}

impl Master {
    /// From a garment with empty space around it, its longer side (without the space) `garment` pixels.
    pub(crate) fn new(image: &Linear, garment: f32) -> Self {
        let small = image.scaled((SIDE / garment).min(2.0));
        let alpha = small.alpha.clone();
        let lab = opaque(&small);
        let mask = alpha.map(|v| f32::from(u8::from(v >= 0.5)));
        let thick = mask.eroded(RIM);
        let core = if thick.sum() >= CORE_MIN * mask.sum() {
            thick
        } else {
            mask.eroded(RIM_THIN)
        };
        let prints = prints(&lab, &mask, &core);
        Self {
            points: points(image, garment),
            grain: Grain::all(&lab, &mask),
            half: Half::of(&lab, &alpha, &mask),
            thumbs: thumbs(image),
            details: details(&lab, &mask, &core, &prints),
            prints,
            lab,
            alpha,
            telling: mask.clone(),
            mask,
            core,
        }
    }

    /// The same garment, asked beside its prints alone: what they show says nothing of where it lies and whether it is
    /// this one.
    pub(in crate::locks::product) fn beside_prints(&self) -> Self {
        let mut beside = self.mask.clone();
        for (index, value) in beside.data.iter_mut().enumerate() {
            let (x, y) = ((index % self.width()) as i32, (index / self.width()) as i32);
            if self.prints.iter().any(|print| print.is_near(x, y, BESIDE)) {
                *value = 0.0;
            }
        }
        let is_beside = |point: &&KeyPoint| beside.sample(point.x, point.y) > 0.5;
        Self {
            points: self.points.iter().filter(is_beside).cloned().collect(),
            prints: Vec::new(),
            core: self.core.with(&beside, |core, beside| core * beside),
            telling: beside,
            ..self.clone()
        }
    }

    /// Mean square difference of lightness to a candidate in the frame, on and around what tells of the garment.
    pub(super) fn misfit(&self, lightness: &Plane) -> f32 {
        let own = over_surroundings(&self.lab.l, (&self.mask, &self.alpha), lightness, 1.0);
        let near = self.telling.dilated(AROUND);
        let apart = own.with(lightness, |own, other| (own - other).powi(2));
        (apart.with(&near, |d, n| d * n).sum() / near.sum().max(1.0)) as f32
    }

    pub(in crate::locks::product) fn width(&self) -> usize {
        self.mask.width
    }

    pub(in crate::locks::product) fn height(&self) -> usize {
        self.mask.height
    }
}

fn points(image: &Linear, garment: f32) -> Vec<KeyPoint> {
    let wanted = POINTS_SCALE * SIDE / garment;
    let large = image.scaled(wanted.min(1.0));
    let unit = SIDE / garment / wanted.min(1.0);
    let mask = large.alpha.eroded((POINTS_RIM / unit).round() as usize);
    let picture = evened(&opaque(&large).l, LOCAL_SIGMA / unit);
    key_points(&picture, Some(&mask), unit, POINTS_MAX)
}

/// Colours without their coverage; where there is none, the garment's mean colour.
fn opaque(image: &Linear) -> Lab {
    let covered = image.alpha.sum().max(1.0);
    let mean = image.rgb.each_ref().map(|plane| (plane.sum() / covered) as f32);
    let channel = |c: usize| {
        image.rgb[c].with(
            &image.alpha,
            |v, alpha| if alpha > 0.02 { v / alpha } else { mean[c] },
        )
    };
    Lab::of(&[channel(0), channel(1), channel(2)])
}

/// Lightness without its local mean, in units of its local spread.
pub(super) fn evened(lightness: &Plane, sigma: f32) -> Plane {
    let mean = lightness.blurred(sigma);
    let away = lightness.with(&mean, |v, m| v - m);
    let spread = away.map(|v| v * v).blurred(sigma);
    away.with(&spread, |v, s| v / (s.max(0.0).sqrt() + SPREAD_FLOOR))
}
