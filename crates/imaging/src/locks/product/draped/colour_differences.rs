//! How far colours are off: as a whole, and region by region.

use super::{laid::Laid, print::median};
use crate::locks::{
    ciede2000::ciede2000,
    colour::Lab,
    plane::{Plane, length, vectorised},
};

/// Bins over L*, a*, b*, and the reach of the colour axes.
const BINS: [usize; 3] = [8, 16, 16];
const CHROMA_REACH: f32 = 80.0;
/// A region's colour is the closest within this many pixels (and the pixels between): seams shift.
const SHIFT: isize = 3;
/// Share of the squared difference of lightness that counts.
const LIGHTNESS: f32 = 0.35;
/// Differences above this count no more: one spot must not speak for a region.
const CAP: f32 = 40.0;
/// Chroma of cloth that has a hue.
const COLOURED: f32 = 12.0;

/// What is off with the colour as a whole.
pub(super) struct Whole {
    /// Median chroma difference (CIE94 without lightness) after light correction.
    pub(super) chroma: f32,
    /// The same after the white balance is evened, too.
    pub(super) chroma_balanced: f32,
    /// Log ratio of the median chromas, both ways.
    pub(super) saturation: f32,
    /// 1 - the share of colours in common, after and before light correction.
    pub(super) palette: f32,
    pub(super) palette_balanced: f32,
    pub(super) palette_raw: f32,
    /// Median difference of lightness before light correction.
    pub(super) lightness: f32,
    /// CIEDE2000 of the median colours before light correction.
    pub(super) medians: f32,
}

impl Whole {
    pub(super) fn of(laid: &Laid) -> Option<Self> {
        let (one, two) = (median(&laid.reference, &laid.ok)?, median(&laid.raw, &laid.ok)?);
        let chroma = |other: &Lab| {
            let mut chromas: Vec<f32> = kept(&laid.ok)
                .map(|index| chroma_difference(laid.reference.at(index), other.at(index)))
                .collect();
            middle(&mut chromas)
        };
        let own = histogram(&laid.reference, &laid.ok, 0.0);
        let overlap = |shift: f32, lab: &Lab| {
            let other = histogram(lab, &laid.ok, shift);
            own.iter().zip(&other).map(|(a, b)| a.min(*b)).sum::<f32>()
        };
        let raw = [-8.0, -4.0, 0.0, 4.0, 8.0].map(|shift| overlap(shift, &laid.raw));
        Some(Self {
            chroma: chroma(&laid.lit),
            chroma_balanced: chroma(&laid.balanced),
            saturation: saturation(laid),
            palette: 1.0 - overlap(0.0, &laid.lit),
            palette_balanced: 1.0 - overlap(0.0, &laid.balanced),
            palette_raw: 1.0 - raw.into_iter().fold(0.0, f32::max),
            lightness: (one[0] - two[0]).abs(),
            medians: ciede2000(one.map(f64::from), two.map(f64::from)) as f32,
        })
    }
}

/// Maps of the differences: colour alone after the median shift, and lightness with it.
pub(super) struct Regions {
    pub(super) relative: Plane,
    pub(super) total: Plane,
}

impl Regions {
    pub(super) fn of(laid: &Laid) -> Self {
        let soft = |lab: &Lab| lab.map(|plane| plane.blurred(1.0));
        let (one, two) = (soft(&laid.reference), soft(&laid.balanced));
        let shift = match (median(&one, &laid.ok), median(&two, &laid.ok)) {
            (Some(one), Some(two)) => [one[1] - two[1], one[2] - two[2]],
            _ => [0.0; 2],
        };
        let (width, height) = (laid.ok.width, laid.ok.height);
        let mut relative = Plane::new(width, height, f32::MAX);
        let mut total = relative.clone();
        let steps = [-SHIFT, 0, SHIFT];
        vectorised(|| {
            for (dx, dy) in steps.iter().flat_map(|dy| steps.map(|dx| (dx, *dy))) {
                for y in dy.unsigned_abs()..height - dy.unsigned_abs() {
                    let from = dx.unsigned_abs();
                    let length = width - 2 * from;
                    let here = y * width + from;
                    let there = here.strict_add_signed(dy * width as isize + dx);
                    let own = [&one.l, &one.a, &one.b].map(|plane| &plane.data[here..here + length]);
                    let other = [&two.l, &two.a, &two.b].map(|plane| &plane.data[there..there + length]);
                    let least = &mut relative.data[here..here + length];
                    let least_total = &mut total.data[here..here + length];
                    for x in 0..length {
                        let [dl, da, db] = [0, 1, 2].map(|c| other[c][x] - own[c][x]);
                        let (sa, sb) = (da + shift[0], db + shift[1]);
                        least[x] = least[x].min(sa * sa + sb * sb);
                        least_total[x] = least_total[x].min(da * da + db * db + LIGHTNESS * dl * dl);
                    }
                }
            }
        });
        for index in 0..width * height {
            let ok = laid.ok.data[index];
            let chroma = 1.0 + 0.03 * length(one.a.data[index], one.b.data[index]);
            for plane in [&mut relative, &mut total] {
                let value = &mut plane.data[index];
                *value = if ok < 0.5 {
                    0.0
                } else {
                    (value.sqrt() / chroma).min(CAP)
                };
            }
        }
        Self { relative, total }
    }
}

/// CIE94 without lightness.
fn chroma_difference([_, a1, b1]: [f32; 3], [_, a2, b2]: [f32; 3]) -> f32 {
    let (c1, c2) = (length(a1, b1), length(a2, b2));
    let dc = c1 - c2;
    let dh2 = ((a1 - a2).powi(2) + (b1 - b2).powi(2) - dc * dc).max(0.0);
    ((dc / (1.0 + 0.045 * c1)).powi(2) + dh2 / (1.0 + 0.015 * c1).powi(2)).sqrt()
}

fn saturation(laid: &Laid) -> f32 {
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for index in kept(&laid.ok) {
        let chroma = |lab: &Lab| length(lab.a.data[index], lab.b.data[index]);
        if chroma(&laid.reference) > COLOURED {
            own.push(chroma(&laid.reference));
            other.push(chroma(&laid.lit));
        }
    }
    if own.len() < 200 {
        return 0.0;
    }
    ((middle(&mut other) + 3.0) / (middle(&mut own) + 3.0)).ln().abs()
}

fn kept(mask: &Plane) -> impl Iterator<Item = usize> + '_ {
    mask.data
        .iter()
        .enumerate()
        .filter(|(_, m)| **m > 0.5)
        .map(|(index, _)| index)
}

fn middle(values: &mut [f32]) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = values.len() / 2;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// Shares of colours over soft bins.
fn histogram(lab: &Lab, mask: &Plane, lighter: f32) -> Vec<f32> {
    let mut bins = vec![0.0_f32; BINS[0] * BINS[1] * BINS[2]];
    let mut total = 0.0;
    for index in kept(mask).step_by(3) {
        let [l, a, b] = lab.at(index);
        let place = |value: f32, bins: usize| {
            let at = (value * bins as f32 - 0.5).clamp(0.0, bins as f32 - 1.001);
            (at as usize, at.fract())
        };
        let places = [
            place((l + lighter) / 100.0, BINS[0]),
            place(a / (2.0 * CHROMA_REACH) + 0.5, BINS[1]),
            place(b / (2.0 * CHROMA_REACH) + 0.5, BINS[2]),
        ];
        for corner in 0..8_usize {
            let mut at = 0;
            let mut share = 1.0;
            for (axis, (low, fraction)) in places.into_iter().enumerate() {
                let high = corner >> axis & 1;
                at = at * BINS[axis] + low + high;
                share *= if high == 1 { fraction } else { 1.0 - fraction };
            }
            bins[at] += share;
        }
        total += 1.0;
    }
    bins.iter().map(|v| v / f32::max(total, 1.0)).collect()
}
