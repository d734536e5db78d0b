//! A hem or sleeves that end too early.

use super::super::{
    parts,
    plane::{Plane, smoothstep},
    subject::{Cut, Subject},
};
use crate::Random;

/// Share of the garment that is cut off, from and to.
const CUT: (f32, f32) = (0.12, 0.25);

pub(super) fn shortened(random: &mut Random, subject: &Subject, cut: Cut) -> Cut {
    if random.chance(0.4)
        && let Some(keep) = sleeves_kept(random, subject, &cut)
    {
        return with(cut, &keep);
    }
    let keep = hem_kept(random, &cut);
    with(cut, &keep)
}

fn with(cut: Cut, keep: &Plane<f32>) -> Cut {
    Cut {
        alpha: cut.alpha.zip(keep, |alpha, keep| alpha * keep),
        colours: cut.colours,
    }
}

fn hem_kept(random: &mut Random, cut: &Cut) -> Plane<f32> {
    let (width, height) = (cut.width() as f32, cut.height() as f32);
    let share = random.between(CUT.0, CUT.1);
    let (bow, slant) = (random.between(-0.015, 0.03), random.between(-0.01, 0.01));
    Plane::from_fn(cut.width(), cut.height(), |x, y| {
        let across = x as f32 / width - 0.5;
        let edge = height * (1.0 - share + bow * (1.0 - 4.0 * across * across) + slant * across);
        smoothstep(edge + 0.8, edge - 0.8, y as f32)
    })
}

/// Both sleeves lose 45 to 60 % of their length: downwards where they hang, outwards where they are spread.
fn sleeves_kept(random: &mut Random, subject: &Subject, cut: &Cut) -> Option<Plane<f32>> {
    let sleeves = parts::sleeves(&subject.sketch)?;
    let share = random.between(0.45, 0.6);
    let mut gone = subject.sketch.inside.map(|_| false);
    for (sleeve, is_left) in sleeves.iter().zip([true, false]) {
        let Some(bounds) = sleeve.bounds() else { continue };
        let hangs = bounds.height > bounds.width;
        for y in bounds.top..bounds.top + bounds.height {
            for x in bounds.left..bounds.left + bounds.width {
                let down = (y - bounds.top) as f32 / bounds.height as f32;
                let out = (x - bounds.left) as f32 / bounds.width as f32;
                let out = if is_left { 1.0 - out } else { out };
                let along = if hangs { down } else { out };
                gone.data[y * gone.width + x] |= sleeve.at(x, y) && along > 1.0 - share;
            }
        }
    }
    let lost = subject.sketch.share(gone.count());
    let gone = gone.grown(2).soft(cut.width(), cut.height());
    (lost > 0.06).then(|| gone.map(|gone| 1.0 - gone))
}
