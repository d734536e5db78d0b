//! One print that is to be put back: where it is seen, whether it is wrong, and whether it can be painted unseen.

use super::light::linear_of_lab;
use super::{
    super::{
        laid::Laid,
        master::Master,
        print::{Likeness, Print, components},
    },
    cloth::{Cloth, distance},
    fit::Fit,
    shade::Shade,
};
use crate::locks::{
    colour::{Lab, lab_of_linear},
    plane::Plane,
    product::measure::Region,
};

/// A print that correlates this well with the photo's is left alone: putting it back would only soften it.
const AGREES: f32 = 0.93;
/// What is wrong may stick out of the print's box by so much, frame pixels.
const AROUND: i32 = 8;
/// The patch is whole this far around the print, and fades over twice `FADE` beyond, frame pixels.
const GROWN: usize = 5;
const FADE: usize = 2;
/// The ring around the patch in which cloth must fit, frame pixels.
const RING: usize = 8;
/// Share of the patch and its feather that must be in view: what covers a print stays, and half a print beside a hand
/// would be seen.
/// Generated pairs: 1 without an arm before it, 0.06 to 0.85 with one.
const OPEN_MIN: f64 = 0.995;
/// What the patch leaves of a wrong print, as a share of the patch: half a letter beside it would be worse than the
/// fault. Looked at up to so far from the print, frame pixels. Generated pairs: 0 to 0.001, and 0.005 where a scrap was seen at
/// the armhole.
const LEFT_OVER_MAX: f64 = 0.003;
const LEFT_OVER_REACH: i32 = 20;
/// Share of the ring that is cloth in both pictures: a strap or a hand that leads out of the print is none. Generated pairs:
/// 0.98 to 1 where nothing lies before the print, 0.5 to 0.76 behind an arm.
const RING_CLOTH_MIN: f64 = 0.9;
/// Median difference (CIE L*a*b*, lightness counting less) of that cloth that a feather hides. Generated pairs in any light:
/// 0.3 to 1.7; a recoloured garment (CIEDE2000 8 and more) is beyond it.
const RING_APART_MAX: f32 = 5.0;
/// The candidate's colours that are neither cloth nor near any of the print's own, and the share of the print they may
/// take: more, and something else lies there.
const FOREIGN: f32 = 24.0;
const FOREIGN_MAX: f64 = 0.02;
/// Smallest and largest local change of area against the print's own mean: a sharper fold is not followed.
const STRETCH: std::ops::RangeInclusive<f32> = 0.6..=1.6;

/// A print worth putting back.
pub(super) struct Site {
    /// How much of it is painted, per frame pixel.
    pub(super) alpha: Plane,
    /// The box that holds all of that.
    pub(super) region: Region,
}

impl Site {
    /// Why not, where the print agrees or cannot be put back unseen.
    pub(super) fn of(
        print: &Print,
        master: &Master,
        fit: &Fit,
        cloth: &Cloth,
        shade: &Shade,
    ) -> Result<Self, &'static str> {
        let laid = fit.laid();
        let seen = Likeness::of(print, &laid.reference, &laid.lit, &fit.open).ok_or("its print is hidden")?;
        let patch = patch(print, master, fit, cloth);
        let alpha = feathered(&patch, master, laid);
        let ring = ring(&alpha, master);
        let is_right = seen.straight >= AGREES && seen.mirrored < seen.straight;
        let (share, apart) = ring_fit(&ring, laid, cloth, shade);
        if is_right {
            return Err("its print is right");
        }
        if open(&patch, laid) < OPEN_MIN {
            return Err("something lies before its print");
        }
        if foreign(print, &patch, fit, cloth) > FOREIGN_MAX {
            return Err("its print has colours that are not the photo's: perhaps something lies before it");
        }
        if !stretch(fit, &patch).iter().all(|by| STRETCH.contains(by)) {
            return Err("the cloth under its print is folded too sharply");
        }
        if left_over(print, &patch, &alpha, master, fit, cloth) > LEFT_OVER_MAX {
            return Err("what is wrong reaches beyond its print");
        }
        if share < RING_CLOTH_MIN {
            return Err("there is no cloth all around its print");
        }
        if apart > RING_APART_MAX {
            return Err("the cloth around its print has another colour");
        }
        Ok(Self {
            region: region(&alpha),
            alpha,
        })
    }
}

/// What differs from cloth in either picture in and near the print's box and the marks beside it, its holes filled.
fn patch(print: &Print, master: &Master, fit: &Fit, cloth: &Cloth) -> Plane {
    let marks = marks(print, master, cloth);
    let mut patch = master.mask.clone();
    for (index, value) in patch.data.iter_mut().enumerate() {
        let (x, y) = ((index % fit.open.width) as i32, (index / fit.open.width) as i32);
        let near = |by| print.is_near(x, y, by) || marks.iter().any(|mark| mark.is_near(x, y, by));
        let own = cloth.reference.data[index] < 0.5 && near(0);
        let other = fit.open.data[index] > 0.5 && cloth.candidate.data[index] < 0.5 && near(AROUND);
        *value *= f32::from(u8::from(own || other));
    }
    // Single specks are noise.
    let speckless = patch.box_mean(1).map(|v| f32::from(u8::from(v > 0.3)));
    let joined = patch.with(&speckless, f32::min);
    joined.dilated(3).eroded(3).with(&master.mask, f32::min)
}

/// Marks too small to be prints of their own that lie close beside one: a line of small letters is as wrong as the large.
fn marks(print: &Print, master: &Master, cloth: &Cloth) -> Vec<Print> {
    let other = cloth
        .reference
        .with(&master.core, |cloth, core| core * (1.0 - cloth));
    let islands = components(&other.dilated(2), &other, &master.core);
    let is_beside = |mark: &Print| {
        print.is_near(mark.left, mark.top, LEFT_OVER_REACH)
            && print.is_near(mark.right - 1, mark.low - 1, LEFT_OVER_REACH)
    };
    islands
        .into_iter()
        .map(|(mark, _)| mark)
        .filter(is_beside)
        .collect()
}

/// Whole on the print, fading out around it, never over what lies before the cloth or beyond its outline.
fn feathered(patch: &Plane, master: &Master, laid: &Laid) -> Plane {
    let faded = |plane: &Plane| plane.box_mean(FADE).box_mean(FADE);
    let covered = laid.hidden.dilated(2 * FADE);
    let open = faded(&covered.map(|c| 1.0 - c));
    let inner = faded(&master.mask.eroded(3 + FADE));
    let alpha = faded(&patch.dilated(GROWN));
    alpha.with(&open, |a, o| a * o).with(&inner, |a, i| a * i)
}

/// 1 in the ring around the patch, on the garment.
fn ring(alpha: &Plane, master: &Master) -> Plane {
    let any = alpha.map(|a| f32::from(u8::from(a > 0.01)));
    let wide = any.dilated(RING).with(&any.eroded(1), |w, a| w * (1.0 - a));
    wide.with(&master.core, |w, c| w * c)
}

/// Share of the patch and its feather that is in view.
fn open(patch: &Plane, laid: &Laid) -> f64 {
    let whole = patch.dilated(GROWN + 2 * FADE);
    let view = laid.inside.with(&laid.hidden, |i, h| i * (1.0 - h));
    whole.with(&view, |p, v| p * v).sum() / whole.sum().max(1.0)
}

/// What near the print is no cloth in the candidate, but in the reference, and stays, as a share of the patch.
fn left_over(print: &Print, patch: &Plane, alpha: &Plane, master: &Master, fit: &Fit, cloth: &Cloth) -> f64 {
    let inner = master.mask.eroded(2);
    let stays = |index: &usize| {
        let (x, y) = ((index % inner.width) as i32, (index / inner.width) as i32);
        let own = print.is_near(x, y, LEFT_OVER_REACH) && inner.data[*index] > 0.5;
        let is_seen = fit.laid().inside.data[*index] > 0.5 && fit.laid().hidden.data[*index] < 0.5;
        let is_wrong = cloth.candidate.data[*index] < 0.5 && cloth.reference.data[*index] > 0.5;
        own && is_seen && is_wrong && alpha.data[*index] < 0.5
    };
    (0..inner.data.len()).filter(stays).count() as f64 / patch.sum().max(1.0)
}

/// Share of the patch with colours of its own: neither cloth nor of the print.
fn foreign(print: &Print, patch: &Plane, fit: &Fit, cloth: &Cloth) -> f64 {
    let laid = fit.laid();
    let palette = palette(print, &laid.reference);
    let (mut all, mut foreign) = (0.0, 0.0);
    for index in (0..patch.data.len()).filter(|index| patch.data[*index] > 0.5) {
        all += 1.0;
        let seen = laid.balanced.at(index);
        let is_known = fit.open.data[index] < 0.5
            || cloth.candidate.data[index] > 0.5
            || palette.iter().any(|own| distance(*own, seen) <= FOREIGN);
        foreign += f64::from(u8::from(!is_known));
    }
    foreign / f64::max(all, 1.0)
}

/// The print's colours, one for each cell of 12 units.
fn palette(print: &Print, reference: &Lab) -> Vec<[f32; 3]> {
    let mut cells = std::collections::BTreeMap::new();
    for y in print.top..print.low {
        for x in print.left..print.right {
            let colour = reference.at(y as usize * reference.width() + x as usize);
            cells.entry(colour.map(|v| (v / 12.0) as i32)).or_insert(colour);
        }
    }
    cells.into_values().collect()
}

/// The smallest and the largest local change of area over the patch, against the middle one.
fn stretch(fit: &Fit, patch: &Plane) -> [f32; 2] {
    const STEP: f32 = 4.0;
    let mut areas: Vec<f32> = Vec::new();
    for index in (0..patch.data.len())
        .step_by(7)
        .filter(|index| patch.data[*index] > 0.5)
    {
        let (x, y) = (
            (index % patch.width) as f32 + 0.5,
            (index / patch.width) as f32 + 0.5,
        );
        let (here, right, below) = (fit.at(x, y), fit.at(x + STEP, y), fit.at(x, y + STEP));
        let (ax, ay) = (right.0 - here.0, right.1 - here.1);
        let (bx, by) = (below.0 - here.0, below.1 - here.1);
        areas.push(ax * by - ay * bx);
    }
    areas.sort_by(f32::total_cmp);
    match areas.as_slice() {
        [low, .., high] => {
            let middle = areas[areas.len() / 2].max(1e-3);
            [low / middle, high / middle]
        }
        _ => [1.0, 1.0],
    }
}

/// Share of the ring that is cloth in both pictures, and how far its colours are apart once lit alike.
fn ring_fit(ring: &Plane, laid: &Laid, cloth: &Cloth, shade: &Shade) -> (f64, f32) {
    let mut apart: Vec<f32> = Vec::new();
    for index in (0..ring.data.len()).filter(|index| ring.data[*index] > 0.5) {
        if cloth.reference.data[index] > 0.5 && cloth.candidate.data[index] > 0.5 {
            let (x, y) = (
                (index % ring.width) as f32 + 0.5,
                (index / ring.width) as f32 + 0.5,
            );
            let lit = shade.on(linear_of_lab(laid.reference.at(index)), x, y);
            apart.push(distance(lab_of_linear(lit), laid.raw.at(index)));
        }
    }
    let share = apart.len() as f64 / ring.sum().max(1.0);
    let middle = apart.len() / 2;
    let median = (!apart.is_empty()).then(|| *apart.select_nth_unstable_by(middle, f32::total_cmp).1);
    (share, median.unwrap_or(f32::MAX))
}

/// The box of everything that is painted.
fn region(alpha: &Plane) -> Region {
    let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
    for index in (0..alpha.data.len()).filter(|index| alpha.data[*index] > 0.0) {
        let at = [(index % alpha.width) as f32, (index / alpha.width) as f32];
        for axis in 0..2 {
            low[axis] = low[axis].min(at[axis]);
            high[axis] = high[axis].max(at[axis] + 1.0);
        }
    }
    [low[0], low[1], high[0] - low[0], high[1] - low[1]]
}
