//! Light on the garment: how much, from where, of which colour, and the shading of soft folds.

use std::f32::consts::TAU;

use super::{Style, subject::Cut};
use crate::Random;

/// Encoded values above this are pressed together, as a camera does, so that bright cloth keeps its folds.
const SHOULDER: f32 = 235.0;

/// Light of one picture.
#[derive(Clone, Debug)]
pub(super) struct Light {
    gain: f32,
    slope: (f32, f32),
    folds: Vec<Fold>,
    /// Factors of red and blue for the whole picture.
    white: (f32, f32),
}

/// One ridge, in shares of the garment's longer side.
#[derive(Clone, Debug)]
struct Fold {
    centre: (f32, f32),
    along: (f32, f32),
    curve: f32,
    width: f32,
    length: f32,
    depth: f32,
}

impl Light {
    /// Light +-12 % of the encoded values and a gradient of up to 10 % across; a studio's hardly differs.
    pub(super) fn draw(random: &mut Random, style: Style, cut: &Cut) -> Self {
        let studio = style == Style::Studio;
        let reach = if studio { 0.02 } else { 0.12 };
        let gain = (1.0 + random.between(-reach, reach)).min(headroom(cut));
        let (sin, cos) = random.between(0.0, TAU).sin_cos();
        let slope = if studio { 0.0 } else { random.between(0.0, 0.10) };
        let tint = if studio { 0.0 } else { 0.03 };
        let folds = if studio { 0 } else { 2 + random.below(5) };
        Self {
            gain,
            slope: (cos * slope, sin * slope),
            folds: (0..folds).map(|_| Fold::draw(random)).collect(),
            white: (
                1.0 + random.between(-tint, tint),
                1.0 + random.between(-tint, tint),
            ),
        }
    }

    /// The colour of cloth there; `x` and `y` in shares of the garment's longer side from its centre.
    pub(super) fn on_cloth(&self, colour: [f32; 3], x: f32, y: f32) -> [f32; 3] {
        let shade: f32 = self.folds.iter().map(|fold| fold.shade(x, y)).sum();
        let factor = self.gain * (1.0 + self.slope.0 * x + self.slope.1 * y) * (1.0 + shade);
        colour.map(|v| rolled_off(v * factor))
    }

    /// The colour that the camera's white balance gives anything in the picture.
    pub(super) fn balanced(&self, [r, g, b]: [f32; 3]) -> [f32; 3] {
        [r * self.white.0, g, b * self.white.1]
    }
}

impl Fold {
    fn draw(random: &mut Random) -> Self {
        let (sin, cos) = random.between(0.0, TAU).sin_cos();
        Self {
            centre: (random.between(-0.4, 0.4), random.between(-0.45, 0.45)),
            along: (cos, sin),
            curve: random.between(-1.2, 1.2),
            width: random.between(0.012, 0.05),
            length: random.between(0.10, 0.35),
            depth: random.between(0.04, 0.11),
        }
    }

    /// Bright on one flank, dark on the other.
    fn shade(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.centre.0, y - self.centre.1);
        let along = dx * self.along.0 + dy * self.along.1;
        let across = dy * self.along.0 - dx * self.along.1 + self.curve * along * along;
        let t = across / self.width;
        let fade = (-(along / self.length).powi(2) - 0.5 * t * t).exp();
        self.depth * 1.65 * t * fade
    }
}

/// The largest gain that does not burn the garment out.
fn headroom(cut: &Cut) -> f32 {
    let mut bright: Vec<f32> = cut
        .colours
        .data
        .iter()
        .zip(&cut.alpha.data)
        .step_by(17)
        .filter(|(_, alpha)| **alpha > 0.9)
        .map(|(colour, _)| colour[1])
        .collect();
    bright.sort_by(f32::total_cmp);
    let high = bright.get(bright.len() * 9 / 10).copied().unwrap_or(128.0);
    (248.0 / high.max(1.0)).max(1.0)
}

fn rolled_off(v: f32) -> f32 {
    if v <= SHOULDER {
        return v.max(0.0);
    }
    let room = 255.0 - SHOULDER;
    SHOULDER + room * (1.0 - (-(v - SHOULDER) / room).exp())
}
