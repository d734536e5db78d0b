//! How the candidate's light differs from the reference's, measured where both surely show the same thing.

use super::{
    super::{laid::Laid, print::Print},
    cloth::{Cloth, SIGMA, distance},
    fit::Fit,
    light::{linear_of_lab, luminance},
};
use crate::locks::plane::{Plane, sample_all};

/// Added to both luminances before their ratio is taken: black cloth holds more flare than light. 4 % is the
/// lightness 24 at which the lock's own light (`light::DARK`) begins to be even.
const FLARE: f32 = 0.04;
/// Prints of both pictures that differ by less than this are the same print in another light.
const SAME: f32 = 14.0;
/// Greatest change of light, log units: as much as the lock forgives folds (`light::FOLD_MAX`).
const GAIN_MAX: f32 = 0.5;
/// How much the mean change of light counts where nothing near tells it.
const PRIOR: f32 = 0.01;
/// White balance of a render against a photo that still is one: twice what a camera errs by (`light::BALANCE_X`).
const BALANCE_MAX: f32 = 0.13;
/// Darker cloth (luminance) tells no balance.
const BALANCE_Y_MIN: f32 = 0.015;
/// Prints keep this far from cloth that is measured, frame pixels.
const AWAY: i32 = 4;

/// The candidate's light over the reference's.
pub(super) struct Shade {
    /// Log of the ratio of luminance, slow.
    pub(super) gain: Plane,
    /// One factor for each of red, green and blue.
    pub(super) balance: [f32; 3],
}

impl Shade {
    pub(super) fn of(fit: &Fit, cloth: &Cloth, prints: &[Print]) -> Self {
        let laid = fit.laid();
        let (mut ratio, mut weight) = (laid.ok.map(|_| 0.0), laid.ok.map(|_| 0.0));
        for index in 0..laid.ok.data.len() {
            if let Some(base) = base(fit, cloth, index) {
                let seen = luminance(laid.raw.l.data[index]);
                ratio.data[index] = ((seen + FLARE) / (base + FLARE)).ln();
                weight.data[index] = 1.0;
            }
        }
        let mean = (ratio.sum() / weight.sum().max(1.0)) as f32;
        let total = weight.blurred(SIGMA).map(|w| w + PRIOR);
        let gain = ratio.blurred(SIGMA).with(&total, |sum, total| {
            ((sum + PRIOR * mean) / total).clamp(-GAIN_MAX, GAIN_MAX)
        });
        Self {
            gain,
            balance: balance(laid, cloth, prints),
        }
    }

    /// The reference's linear light as the candidate's light shows it.
    pub(super) fn on(&self, colour: [f32; 3], x: f32, y: f32) -> [f32; 3] {
        let [gain] = sample_all([&self.gain], x, y);
        // The flare is added light, so that black stays black as the candidate's is.
        let own = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
        let factor = ((own + FLARE) * gain.exp() - FLARE).max(0.0) / own.max(1e-4);
        let factor = factor.clamp(0.0, gain.abs().exp() * 2.0);
        std::array::from_fn(|c| colour[c] * factor * self.balance[c])
    }
}

/// The luminance that the reference has of what the candidate shows there; nothing where they show different things.
fn base(fit: &Fit, cloth: &Cloth, index: usize) -> Option<f32> {
    let laid = fit.laid();
    if fit.open.data[index] < 0.5 {
        return None;
    }
    let is_cloth = [&cloth.reference, &cloth.candidate].map(|plane| plane.data[index] > 0.5);
    let alike = || distance(laid.balanced.at(index), laid.reference.at(index)) <= SAME;
    match is_cloth {
        [false, true] => Some(luminance(cloth.colour.l.data[index])),
        [true, true] => Some(luminance(laid.reference.l.data[index])),
        _ => alike().then(|| luminance(laid.reference.l.data[index])),
    }
}

/// Median ratio of each channel on cloth away from prints, luminance aside, as far as a balance goes.
fn balance(laid: &Laid, cloth: &Cloth, prints: &[Print]) -> [f32; 3] {
    let mut ratios: [Vec<f32>; 3] = Default::default();
    for index in (0..laid.ok.data.len()).step_by(3) {
        let (x, y) = ((index % laid.ok.width) as i32, (index / laid.ok.width) as i32);
        let is_plain = laid.ok.data[index] > 0.5
            && cloth.reference.data[index] > 0.5
            && cloth.candidate.data[index] > 0.5
            && !prints.iter().any(|print| print.is_near(x, y, AWAY));
        let (own, seen) = (laid.reference.at(index), laid.raw.at(index));
        let luminances = [own, seen].map(|lab| luminance(lab[0]));
        if is_plain && luminances.iter().all(|y| *y > BALANCE_Y_MIN) {
            let (one, two) = (linear_of_lab(own), linear_of_lab(seen));
            for c in 0..3 {
                let share = |rgb: [f32; 3], y: f32| rgb[c].max(0.0) / y + 0.05;
                ratios[c].push(share(two, luminances[1]) / share(one, luminances[0]));
            }
        }
    }
    ratios.map(|mut ratios| {
        let middle = ratios.len() / 2;
        if ratios.is_empty() {
            return 1.0;
        }
        let median = *ratios.select_nth_unstable_by(middle, f32::total_cmp).1;
        median.clamp(1.0 - BALANCE_MAX, 1.0 + BALANCE_MAX)
    })
}
