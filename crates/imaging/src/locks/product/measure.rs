//! What differs between two pictures that lie over each other, judged by the worst region, not the mean.

use super::pair::Pair;
use crate::locks::{
    ciede2000::ciede2000,
    colour::{Lab, delta_e76},
    plane::Plane,
    ssim::planes::{masked_mean, ssim_map},
};

/// The outline is left out by this share of the frame's longer side: edges misfit for honest reasons.
const RIM: f32 = 0.013;
/// Radius of the region whose colour is judged, as a share of the frame's longer side.
const PANEL_RADIUS: f32 = 0.03;
/// Radius of the region whose structure is judged, as a share of the frame's longer side.
const STRUCTURE_RADIUS: f32 = 0.02;
/// Contrast (L*a*b* variance) below which cloth counts as plain.
const PLAIN: f32 = 14.0;

/// Distance from the ground (L*a*b* units) from which cloth can be told from it.
const VISIBLE: f32 = 1.2;
/// Distance from the ground up to which a pixel is the ground.
const BARE: f32 = 0.5;

/// A region of the frame: left, top, width, height, in frame pixels.
pub(super) type Region = [f32; 4];

/// The worst region of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worst {
    pub(super) value: f32,
    pub(super) region: Region,
}

/// Everything measured on one pair.
#[derive(Clone, Debug)]
pub(super) struct Measures {
    /// Share of the garment (full) that lies inside the candidate.
    pub(super) inside: f32,
    /// Pixels compared.
    pub(super) compared: f32,
    /// Mean structural similarity of encoded luma over the compared pixels.
    pub(super) ssim: f32,
    /// CIEDE2000 between the median colours.
    pub(super) colour_median: f32,
    /// Mean CIEDE2000 over the compared pixels.
    pub(super) colour_mean: f32,
    /// Largest regional mean of CIEDE2000.
    pub(super) panel: Worst,
    /// Largest regional loss of structure, 0 (same) ..= 2 (inverted).
    pub(super) structure: Worst,
    /// Where the ground is known: what can be told from it.
    pub(super) against_ground: Option<AgainstGround>,
    /// The box around the compared pixels.
    pub(super) garment: Region,
    /// Contrast of the reference and of the candidate in the worst structure region, L*a*b* units.
    pub(super) contrast: [f32; 2],
    /// CIEDE2000 around each frame pixel, 0 where not compared.
    pub(super) difference: Plane,
}

/// What of the garment can be told from the ground it stands on.
#[derive(Clone, Copy, Debug)]
pub(super) struct AgainstGround {
    /// Largest regional share where the candidate shows its ground and the reference does not.
    pub(super) lost: Worst,
    /// Share of the compared pixels where the reference can be told from the candidate's ground.
    pub(super) visible: f32,
    /// Share of the compared pixels where the candidate can be told from its ground.
    pub(super) present: f32,
}

impl AgainstGround {
    fn of(pair: &Pair, ground: [f32; 3], mask: &Plane) -> Self {
        let long = mask.width.max(mask.height) as f32;
        let share = |lab: &Lab| masked_mean(&stands_out(lab, ground), mask).unwrap_or(0.0) as f32;
        Self {
            lost: worst(&lost_cloth(pair, ground), mask, (PANEL_RADIUS * long) as usize),
            visible: share(&pair.reference),
            present: share(&pair.candidate),
        }
    }
}

impl Measures {
    /// Measures a pair; nothing when no pixel can be compared.
    pub(super) fn of(pair: &Pair) -> Option<Self> {
        let long = pair.alpha.width.max(pair.alpha.height) as f32;
        let garment = core(&pair.alpha, (RIM * long).round() as usize)?;
        let mask = garment.with(&pair.inside, |g, i| g * i);
        let compared = mask.sum() as f32;
        if compared < 100.0 {
            return None;
        }
        let difference = difference(pair, &mask);
        let panel = worst(&difference, &mask, (PANEL_RADIUS * long) as usize);
        let radius = ((STRUCTURE_RADIUS * long) as usize).max(3);
        let (unlike, contrast) = structure(pair, radius.max(4) * 2 / 3);
        let structure = worst(&unlike, &mask, radius);
        Some(Self {
            inside: compared / garment.sum() as f32,
            compared,
            ssim: masked_mean(&ssim_map(&luma(&pair.reference), &luma(&pair.candidate))?, &mask)? as f32,
            colour_median: ciede2000(median(&pair.reference, &mask), median(&pair.candidate, &mask)) as f32,
            colour_mean: masked_mean(&difference, &mask)? as f32,
            panel,
            contrast: contrast.map(|plane| region_mean(&plane, structure.region)),
            structure,
            against_ground: pair.ground.map(|ground| AgainstGround::of(pair, ground, &mask)),
            garment: bounds(&mask),
            difference,
        })
    }
}

/// The garment without its rim; a thinner rim for thin garments; nothing when nothing is left.
fn core(alpha: &Plane, rim: usize) -> Option<Plane> {
    let area = alpha.map(|v| f32::from(u8::from(v >= 0.5))).sum();
    let solid = alpha.map(|v| if v > 0.97 { 1.0 } else { 0.0 });
    let thick = solid.eroded(rim);
    if thick.sum() > 0.3 * area {
        return Some(thick);
    }
    let thin = solid.eroded(rim / 2);
    (thin.sum() > 0.0).then_some(thin)
}

/// CIEDE2000 of both pictures after a blur that forgives a pixel of misfit; measured on every second pixel of
/// every second row and repeated.
fn difference(pair: &Pair, mask: &Plane) -> Plane {
    let soft = |lab: &Lab| lab.map(|plane| plane.blurred(1.6));
    let (one, two) = (soft(&pair.reference), soft(&pair.candidate));
    let mut out = Plane::new(mask.width, mask.height, 0.0);
    for y in (0..mask.height).step_by(2) {
        for x in (0..mask.width).step_by(2) {
            let block = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| (x + dx, y + dy));
            let mut within = block
                .into_iter()
                .filter(|&(x, y)| x < mask.width && y < mask.height)
                .map(|(x, y)| y * mask.width + x)
                .filter(|&at| mask.data[at] > 0.5)
                .peekable();
            if within.peek().is_none() {
                continue;
            }
            let index = y * mask.width + x;
            let apart = ciede2000(one.at(index).map(f64::from), two.at(index).map(f64::from)) as f32;
            for at in within {
                out.data[at] = apart;
            }
        }
    }
    out
}

/// Loss of structure around each pixel over all three channels, and both pictures' local contrast.
fn structure(pair: &Pair, radius: usize) -> (Plane, [Plane; 2]) {
    let (one, two) = (&pair.reference, &pair.candidate);
    let size = (one.width(), one.height());
    let mut covariance = Plane::new(size.0, size.1, 0.0);
    let (mut own, mut other) = (covariance.clone(), covariance.clone());
    for (x, y) in [(&one.l, &two.l), (&one.a, &two.a), (&one.b, &two.b)] {
        let (mx, my) = (x.box_mean(radius), y.box_mean(radius));
        let add = |sum: &mut Plane, product: Plane, mean: Plane| {
            let spread = product.box_mean(radius).with(&mean, |p, m| p - m);
            *sum = sum.with(&spread, |s, v| s + v);
        };
        add(
            &mut covariance,
            x.with(y, |p, q| p * q),
            mx.with(&my, |p, q| p * q),
        );
        add(&mut own, x.map(|p| p * p), mx.map(|p| p * p));
        add(&mut other, y.map(|p| p * p), my.map(|p| p * p));
    }
    let total = own.with(&other, |p, q| p.max(0.0) + q.max(0.0) + PLAIN);
    let lost = covariance.with(&total, |c, t| 1.0 - (2.0 * c + PLAIN) / t);
    (lost, [own, other].map(|plane| plane.map(|v| v.max(0.0).sqrt())))
}

/// 1 where a picture can be told from the ground, else 0.
fn stands_out(lab: &Lab, ground: [f32; 3]) -> Plane {
    let mut out = Plane::new(lab.width(), lab.height(), 0.0);
    for (index, value) in out.data.iter_mut().enumerate() {
        *value = f32::from(u8::from(delta_e76(lab.at(index), ground) > VISIBLE));
    }
    out
}

/// 1 where the candidate is its ground, and the reference is not.
fn lost_cloth(pair: &Pair, ground: [f32; 3]) -> Plane {
    let mut out = Plane::new(pair.alpha.width, pair.alpha.height, 0.0);
    for (index, value) in out.data.iter_mut().enumerate() {
        let cloth = delta_e76(pair.reference.at(index), ground) > VISIBLE;
        let bare = delta_e76(pair.candidate.at(index), ground) < BARE;
        *value = f32::from(u8::from(cloth && bare));
    }
    out
}

pub(super) fn bounds(mask: &Plane) -> Region {
    let (mut left, mut top, mut right, mut low) = (f32::MAX, f32::MAX, 0.0_f32, 0.0_f32);
    for (index, _) in mask.data.iter().enumerate().filter(|(_, m)| **m >= 0.5) {
        let (x, y) = ((index % mask.width) as f32, (index / mask.width) as f32);
        (left, top) = (left.min(x), top.min(y));
        (right, low) = (right.max(x + 1.0), low.max(y + 1.0));
    }
    [left, top, right - left, low - top]
}

/// The largest mean over a square that lies at least half in the mask.
pub(super) fn worst(values: &Plane, mask: &Plane, radius: usize) -> Worst {
    let covered = mask.box_mean(radius);
    let totals = values.with(mask, |v, m| v * m).box_mean(radius);
    let mut worst = Worst::default();
    for (index, (total, share)) in totals.data.iter().zip(&covered.data).enumerate() {
        if *share >= 0.5 && total / share > worst.value {
            let (x, y) = ((index % mask.width) as f32, (index / mask.width) as f32);
            let (r, side) = (radius as f32, 2.0 * radius as f32 + 1.0);
            worst = Worst {
                value: total / share,
                region: [x - r, y - r, side, side],
            };
        }
    }
    worst
}

fn region_mean(plane: &Plane, [left, top, width, height]: Region) -> f32 {
    plane.at(
        ((left + width / 2.0) as usize).min(plane.width - 1),
        ((top + height / 2.0) as usize).min(plane.height - 1),
    )
}

/// sRGB-encoded luma, 0..=1, from lightness: the gray axis carries both.
pub(super) fn luma(lab: &Lab) -> Plane {
    lab.l.map(|l| {
        if l > 8.0 {
            // Light is f cubed, and the cube's root of degree 2.4 is f to the power of 1.25.
            let f = (l + 16.0) / 116.0;
            return 1.055 * f * f.sqrt().sqrt() - 0.055;
        }
        let y = l * 27.0 / 24389.0;
        if y <= 0.003_130_8 {
            12.92 * y
        } else {
            1.055 * y.powf(1.0 / 2.4) - 0.055
        }
    })
}

fn median(lab: &Lab, mask: &Plane) -> [f64; 3] {
    [&lab.l, &lab.a, &lab.b].map(|plane| {
        let mut values: Vec<f32> = plane
            .data
            .iter()
            .zip(&mask.data)
            .filter(|(_, m)| **m >= 0.5)
            .map(|(v, _)| *v)
            .collect();
        let middle = values.len() / 2;
        f64::from(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
    })
}
