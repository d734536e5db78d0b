//! Where a garment lies in a picture: place, size, turn, mild perspective, and the long soft waves of bending cloth.

use std::f32::consts::TAU;

use super::{Style, subject::Cut};
use crate::Random;

/// The map from picture to garment.
#[derive(Clone, Debug)]
pub(super) struct Warp {
    centre: (f32, f32),
    /// Picture pixels for each pixel of the garment.
    pub(super) scale: f32,
    turn: (f32, f32),
    perspective: (f32, f32),
    waves: Vec<Wave>,
    garment: (f32, f32),
}

/// One wave of displacement, in garment pixels.
#[derive(Clone, Debug)]
struct Wave {
    along: (f32, f32),
    phase: f32,
    shift: (f32, f32),
}

impl Warp {
    /// A place in a picture of this size.
    pub(super) fn draw(random: &mut Random, style: Style, picture: (usize, usize), cut: &Cut) -> Self {
        let (width, height) = (picture.0 as f32, picture.1 as f32);
        let garment = (cut.width() as f32, cut.height() as f32);
        let studio = style == Style::Studio;
        let share = if studio {
            random.between(0.6, 0.85)
        } else {
            random.between(0.35, 0.85)
        };
        let scale = (share * height / garment.1).min(0.86 * width / garment.0);
        let (w, h) = (garment.0 * scale, garment.1 * scale);
        let (free_x, free_y) = (
            (0.96 * width - w).max(0.0) / 2.0,
            (0.96 * height - h).max(0.0) / 2.0,
        );
        let stray = if studio { 0.1 } else { 0.85 };
        let centre = (
            width / 2.0 + random.between(-stray, stray) * free_x,
            height / 2.0 + random.between(-stray, stray) * free_y,
        );
        let angle: f32 = random.between(-8.0, 8.0);
        let (sin, cos) = (angle * if studio { 0.15 } else { 1.0 }).to_radians().sin_cos();
        let lean = if studio { 0.0 } else { 0.10 };
        let perspective = (random.between(-lean, lean), random.between(-lean, lean));
        let bend = if studio { 0.003 } else { random.between(0.01, 0.03) };
        Self {
            centre,
            scale,
            turn: (sin, cos),
            perspective,
            waves: waves(random, cut.side(), bend),
            garment,
        }
    }

    /// The place on the garment that this pixel of the picture shows.
    pub(super) fn to_garment(&self, x: f32, y: f32) -> (f32, f32) {
        let (dx, dy) = ((x - self.centre.0) / self.scale, (y - self.centre.1) / self.scale);
        let (sin, cos) = self.turn;
        let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
        let (w, h) = self.garment;
        let depth = 1.0 + self.perspective.0 * u / w + self.perspective.1 * v / h;
        let (mut u, mut v) = (u / depth + w / 2.0, v / depth + h / 2.0);
        let (x, y) = (u, v);
        for wave in &self.waves {
            let swing = (x * wave.along.0 + y * wave.along.1 + wave.phase).sin();
            u += swing * wave.shift.0;
            v += swing * wave.shift.1;
        }
        (u, v)
    }

    /// The garment's centre in the picture.
    pub(super) fn centre(&self) -> (f32, f32) {
        self.centre
    }

    /// The garment's width and height in the picture, without turn and bend.
    pub(super) fn size(&self) -> (f32, f32) {
        (self.garment.0 * self.scale, self.garment.1 * self.scale)
    }
}

/// Four waves that together move cloth by `bend` of the garment's longer side at most, each 0.3..1 of it long: real
/// cloth bends over a third of a garment, a garbled print within a tenth.
fn waves(random: &mut Random, side: f32, bend: f32) -> Vec<Wave> {
    (0..4)
        .map(|_| {
            let (sin, cos) = random.between(0.0, TAU).sin_cos();
            let frequency = TAU / (side * random.between(0.3, 1.0));
            let (down, right) = random.between(0.0, TAU).sin_cos();
            let reach = bend * side / 4.0 * random.between(0.7, 1.0);
            Wave {
                along: (cos * frequency, sin * frequency),
                phase: random.between(0.0, TAU),
                shift: (right * reach, down * reach),
            }
        })
        .collect()
}
