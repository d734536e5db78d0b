//! Another colour: of the whole garment, of one part of it, or with half of its strength gone.

use std::f32::consts::TAU;

use super::super::{
    parts,
    plane::{Plane, mix},
    subject::{Cut, Subject, lab_of, median, median_colour},
};
use crate::{
    Random,
    lab::{ciede2000, srgb},
};

/// CIEDE2000 asked for; light moves the measured value, which must stay in 8..=25.
const ASKED: (f32, f32) = (9.5, 22.0);
/// Share of the garments that get another shade of their own hue, and its CIEDE2000: further than light goes.
const SHADES: f32 = 0.25;
const SHADE: (f32, f32) = (15.0, 22.0);
/// Cloth of less chroma than this is tinted: a turn of its hue would hardly be seen.
const GRAY: f32 = 18.0;
/// Garments of less chroma than this have no colour to lose.
const COLOURED: f32 = 15.0;

pub(super) fn whole(random: &mut Random, subject: &Subject, cut: Cut) -> Option<Cut> {
    let everywhere = cut.alpha.map(|_| 1.0);
    let colour = subject.sketch.cloth;
    if random.chance(SHADES) {
        let shade = shade(random, colour);
        return recoloured(random, &shade, SHADE, cut, &everywhere);
    }
    let plan = plan(random, colour);
    recoloured(random, &plan, ASKED, cut, &everywhere)
}

pub(super) fn part(random: &mut Random, subject: &Subject, cut: Cut) -> Option<Cut> {
    let part = parts::draw(random, &subject.sketch)?;
    let there = subject.sketch.inside.and(&part);
    let colour = median_colour(&subject.sketch.lab, &there);
    let weight = part.soft(cut.width(), cut.height());
    let plan = plan(random, colour);
    recoloured(random, &plan, ASKED, cut, &weight)
}

/// Half the chroma of a garment that has some.
pub(super) fn desaturated(subject: &Subject, cut: Cut) -> Option<Cut> {
    let sketch = &subject.sketch;
    let chroma = sketch.lab.map(|[_, a, b]| a.hypot(b));
    let coloured = chroma.map(|c| c > COLOURED).and(&sketch.core).count();
    if (coloured as f32) < 0.5 * sketch.core.count() as f32 {
        return None;
    }
    Some(Cut {
        colours: cut.colours.map(|colour| changed(colour, &Change::Fade(0.5))),
        alpha: cut.alpha,
    })
}

/// A change of colour that keeps light and shade.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Hue turned by radians.
    Turn(f32),
    /// Moved in L, a and b.
    Tint([f32; 3]),
    /// Chroma multiplied.
    Fade(f32),
}

impl Change {
    /// For cloth of this colour, of a strength 0..=1.
    fn of_strength(&self, strength: f32) -> Self {
        match *self {
            Self::Turn(angle) => Self::Turn(angle * strength),
            Self::Tint(shift) => Self::Tint(shift.map(|v| v * strength)),
            Self::Fade(factor) => Self::Fade(mix(1.0, factor, strength)),
        }
    }
}

fn changed(colour: [f32; 3], change: &Change) -> [f32; 3] {
    let [l, a, b] = lab_of(colour);
    let lab = match *change {
        Change::Turn(angle) => {
            let (sin, cos) = angle.sin_cos();
            [l, a * cos - b * sin, a * sin + b * cos]
        }
        Change::Tint([dl, da, db]) => {
            // Ink darkens what is bright and cannot tint pure black.
            [(l + dl).clamp(2.0, 98.0), a + da, b + db]
        }
        Change::Fade(factor) => [l, a * factor, b * factor],
    };
    srgb(lab).map(|v| v * 255.0)
}

fn plan(random: &mut Random, [l, a, b]: [f32; 3]) -> Change {
    if a.hypot(b) >= GRAY {
        return Change::Turn(random.sign() * 0.45 * TAU);
    }
    let (sin, cos) = random.between(0.0, TAU).sin_cos();
    let lift = if l < 35.0 {
        30.0
    } else if l > 80.0 {
        -16.0
    } else {
        random.between(-8.0, 8.0)
    };
    Change::Tint([lift, 50.0 * cos, 50.0 * sin])
}

/// Darker or lighter, towards where there is room.
fn shade(random: &mut Random, [l, ..]: [f32; 3]) -> Change {
    let darker = l > 60.0 || (l > 40.0 && random.chance(0.5));
    Change::Tint([if darker { -60.0 } else { 60.0 }, 0.0, 0.0])
}

/// Changed where there is weight, by a strength found by halving so that the median pixel moves as far as asked.
fn recoloured(
    random: &mut Random,
    plan: &Change,
    (least, most): (f32, f32),
    cut: Cut,
    weight: &Plane<f32>,
) -> Option<Cut> {
    let asked = random.between(least, most);
    let sample: Vec<[f32; 3]> = cut
        .colours
        .data
        .iter()
        .zip(&cut.alpha.data)
        .zip(&weight.data)
        .filter(|((_, alpha), weight)| **alpha > 0.9 && **weight > 0.9)
        .map(|((colour, _), _)| *colour)
        .collect();
    let sample: Vec<[f32; 3]> = sample
        .iter()
        .copied()
        .step_by((sample.len() / 1500).max(1))
        .collect();
    if sample.len() < 100 {
        return None;
    }
    let moved = |strength: f32| {
        let change = plan.of_strength(strength);
        let far = sample
            .iter()
            .map(|colour| ciede2000(lab_of(*colour), lab_of(changed(*colour, &change))));
        median(far.collect())
    };
    let (mut low, mut high) = (0.0, 1.0);
    if moved(high) < least {
        return None;
    }
    for _ in 0..10 {
        let middle = f32::midpoint(low, high);
        if moved(middle) < asked {
            low = middle;
        } else {
            high = middle;
        }
    }
    let change = plan.of_strength(high);
    let colours = cut.colours.zip(weight, |colour, weight| {
        if weight <= 0.0 {
            return colour;
        }
        mix(colour, changed(colour, &change), weight)
    });
    Some(Cut {
        colours,
        alpha: cut.alpha,
    })
}
