//! The garment's outline: does cloth end in the candidate where the reference ends?

use super::{affine::Affine, field::Field, laid::Laid, master::Master};
use crate::locks::{
    colour::{Lab, delta_e76},
    plane::{Plane, sample_all},
    product::measure::{Region, Worst, bounds},
};

/// How far inside and outside of the outline colours are compared, frame pixels.
const BESIDE: f32 = 4.0;
/// The outline may have moved by this much.
const MOVED: [f32; 3] = [-3.0, 0.0, 3.0];
/// A smaller step (L*a*b* units) is none.
const STEP: f32 = 5.0;
/// Where the reference differs from what lies this far outside by more than that, a step is to be expected.
const FAR: f32 = 14.0;
const EXPECTED: f32 = 10.0;
/// Share of the garment's height that is its hem, and share of its width that are its sides.
const HEM: f32 = 0.2;
const SIDES: f32 = 0.16;
/// What bare ground counts as a difference.
const BARE: f32 = 40.0;
/// Share of the garment's height and width that are its very ends.
const BAND: f32 = 0.12;
/// Fewer places of the outline say nothing.
const PLACES_MIN: usize = 40;

/// Share of the outline, where it should show, at which the candidate shows none.
pub(super) fn missing(master: &Master, laid: &Laid) -> f32 {
    let slope = master.alpha.blurred(3.0);
    let (mut expected, mut missing) = (0_usize, 0_usize);
    let (width, height) = (master.width(), master.height());
    for y in (8..height.saturating_sub(8)).step_by(2) {
        for x in 8..width.saturating_sub(8) {
            let index = y * width + x;
            if !on_outline(&master.mask, x, y)
                || laid.hidden.data[index] > 0.5
                || laid.inside.data[index] < 0.5
            {
                continue;
            }
            let gx = slope.at(x + 1, y) - slope.at(x - 1, y);
            let gy = slope.at(x, y + 1) - slope.at(x, y - 1);
            let length = gx.hypot(gy).max(1e-6);
            // The normal leads out of the garment.
            let (nx, ny) = (-gx / length, -gy / length);
            let at = |lab: &Lab, out: f32| {
                let (u, v) = (x as f32 + 0.5 + out * nx, y as f32 + 0.5 + out * ny);
                sample_all([&lab.l, &lab.a, &lab.b], u, v)
            };
            if delta_e76(at(&laid.reference, -BESIDE), at(&laid.raw, FAR)) < EXPECTED {
                continue;
            }
            expected += 1;
            let step = MOVED
                .map(|moved| delta_e76(at(&laid.raw, moved - BESIDE), at(&laid.raw, moved + BESIDE)))
                .into_iter()
                .fold(0.0, f32::max);
            missing += usize::from(step < STEP);
        }
    }
    if expected < PLACES_MIN {
        0.0
    } else {
        missing as f32 / expected as f32
    }
}

fn on_outline(mask: &Plane, x: usize, y: usize) -> bool {
    let around = [
        mask.at(x - 1, y),
        mask.at(x + 1, y),
        mask.at(x, y - 1),
        mask.at(x, y + 1),
    ];
    mask.at(x, y) > 0.5 && around.iter().any(|v| *v < 0.5)
}

/// How far the hem, and the outer ends at the sides, lie from where the key points put them (`straight`, frame to the
/// pixels that `field` leads to), in frame pixels. Plain cloth stretches without a trace: only its ends tell.
pub(super) fn moved(master: &Master, laid: &Laid, field: &Field, straight: &Affine) -> [f32; 2] {
    let [left, top, width, height] = bounds(&master.mask);
    let bands = [
        [left, top + (1.0 - BAND) * height, width, BAND * height],
        [left, top, BAND * width, height],
        [left + (1.0 - BAND) * width, top, BAND * width, height],
    ];
    let [hem, one, other] = bands.map(|band| {
        let mut apart: Vec<f32> = places(laid, band)
            .step_by(5)
            .map(|index| {
                let (x, y) = (
                    (index % master.width()) as f32 + 0.5,
                    (index / master.width()) as f32 + 0.5,
                );
                let (u, v) = straight.apply(x, y);
                (field.x.data[index] - u).hypot(field.y.data[index] - v) / straight.scale().max(0.05)
            })
            .collect();
        let at = apart.len() / 2;
        if apart.len() < 10 {
            0.0
        } else {
            *apart.select_nth_unstable_by(at, f32::total_cmp).1
        }
    });
    [hem, one.max(other)]
}

/// Share of the hem that something hides: an arm crosses a hem, but a hem that is cut off shows all ground.
pub(super) fn hem_hidden(master: &Master, laid: &Laid) -> f32 {
    let [_, top, _, height] = bounds(&master.mask);
    let from = (top + (1.0 - BAND) * height).max(0.0) as usize * master.width();
    let (mut whole, mut hidden) = (0.0_f32, 0.0_f32);
    for index in from..master.core.data.len() {
        let counted = master.core.data[index] * laid.inside.data[index];
        whole += counted;
        hidden += counted * laid.hidden.data[index];
    }
    hidden / whole.max(1.0)
}

/// Median difference in the hem, and the largest mean difference in six strips at the sides.
pub(super) fn ends(differences: &Plane, master: &Master, laid: &Laid) -> [Worst; 2] {
    let [left, top, width, height] = bounds(&master.mask);
    let hem = [left, top + (1.0 - HEM) * height, width, HEM * height];
    let median = {
        let mut values = inside(differences, laid, hem);
        let at = values.len() / 2;
        if values.len() < 50 {
            0.0
        } else {
            *values.select_nth_unstable_by(at, f32::total_cmp).1
        }
    };
    let strip = SIDES * width;
    let thirds = (0..3).map(|third| top + third as f32 * height / 3.0);
    let strips = thirds.flat_map(|from| [left, left + width - strip].map(|x| [x, from, strip, height / 3.0]));
    let side = strips
        .map(|region| {
            let values = inside(differences, laid, region);
            let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
            Worst {
                value: if values.len() < 80 { 0.0 } else { mean },
                region,
            }
        })
        .max_by(|one, two| one.value.total_cmp(&two.value))
        .unwrap_or_default();
    [
        Worst {
            value: median,
            region: hem,
        },
        side,
    ]
}

/// Differences in a region, bare ground counting fully.
fn inside(values: &Plane, laid: &Laid, region: Region) -> Vec<f32> {
    let value = |index: usize| {
        if laid.bare.data[index] > 0.5 {
            BARE
        } else {
            values.data[index]
        }
    };
    places(laid, region).map(value).collect()
}

/// Compared pixels of a region.
fn places(laid: &Laid, [left, top, width, height]: Region) -> impl Iterator<Item = usize> + '_ {
    let across = laid.ok.width;
    let (x0, y0) = (left.max(0.0) as usize, top.max(0.0) as usize);
    let (x1, y1) = (
        ((left + width) as usize).min(across),
        ((top + height) as usize).min(laid.ok.height),
    );
    let all = (y0..y1).flat_map(move |y| (x0..x1).map(move |x| y * across + x));
    all.filter(|&index| laid.ok.data[index] + laid.bare.data[index] > 0.5)
}
