//! The soft shadow a garment throws on its ground: a wide ambient one and a close contact one.

use domain::background::Background;
use imaging::Picture;
use serde::Serialize;

use super::{colour, plane::Plane};

/// How dark a shadow is at full strength, 0 (none) ..= 1 (black), for each of its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Strength {
    /// The wide one.
    pub(crate) ambient: f32,
    /// The close one.
    pub(crate) contact: f32,
}

impl Strength {
    /// What anchors a garment on a ground without looking pasted: light grounds show a shadow soonest.
    pub(crate) fn on(background: Background) -> Self {
        let lightness = lightness(background);
        let (ambient, contact) = if lightness < 40.0 {
            (0.20, 0.30)
        } else if lightness < 88.0 {
            (0.12, 0.20)
        } else {
            (0.10, 0.16)
        };
        Self { ambient, contact }
    }
}

/// L* of a background, 0..=100.
pub(crate) fn lightness(background: Background) -> f32 {
    colour::lab(background.rgb.map(|value| f32::from(value) * 257.0))[0]
}

/// One part of the shadow, in shares of the canvas height: light from above, slightly left.
struct Part {
    right: f32,
    down: f32,
    blur: f32,
    /// The part is drawn at 1/shrink of the canvas; its blur is wide enough to hide it.
    shrink: usize,
}

const AMBIENT: Part = Part {
    right: 0.004,
    down: 0.014,
    blur: 0.020,
    shrink: 4,
};
const CONTACT: Part = Part {
    right: 0.001,
    down: 0.004,
    blur: 0.005,
    shrink: 2,
};

/// Light that reaches each point of a ground, from the coverage of what stands on it.
pub(crate) struct Shadow {
    ambient: Plane,
    contact: Plane,
    strength: Strength,
    size: (f32, f32),
}

impl Shadow {
    /// The shadow of a placed cut-out.
    pub(crate) fn of(placed: &Picture, strength: Strength) -> Self {
        let half = reduced_alpha(placed, CONTACT.shrink);
        let quarter = halved(&half);
        let height = placed.height() as f32;
        let blurred = |plane: &Plane, part: &Part| plane.blurred(part.blur * height / part.shrink as f32);
        Self {
            ambient: blurred(&quarter, &AMBIENT),
            contact: blurred(&half, &CONTACT),
            strength,
            size: (placed.width() as f32, height),
        }
    }

    /// Share of light, 0..=1, at a canvas pixel; exactly 1 on the outer 1.2 % and wherever the shadow is
    /// too faint to show in 8 bits.
    pub(crate) fn light(&self, x: u32, y: u32) -> f32 {
        let (width, height) = self.size;
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let to_frame = x.min(y).min(width - x).min(height - y) / width.min(height);
        if to_frame <= FRAME {
            return 1.0;
        }
        let part = |plane: &Plane, part: &Part| {
            let shrink = part.shrink as f32;
            plane.sample(
                (x - part.right * height) / shrink,
                (y - part.down * height) / shrink,
            )
        };
        let dark = self.strength.ambient * part(&self.ambient, &AMBIENT)
            + self.strength.contact * part(&self.contact, &CONTACT);
        let light = 1.0 - dark * smoothstep(FRAME, 0.05, to_frame);
        if light > 0.9985 { 1.0 } else { light }
    }
}

/// Share of the short side that always stays exact background.
pub(crate) const FRAME: f32 = 0.012;

fn smoothstep(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Coverage 0..=1, averaged over squares of `shrink` pixels.
fn reduced_alpha(placed: &Picture, shrink: usize) -> Plane {
    let width = (placed.width() as usize).div_ceil(shrink);
    let height = (placed.height() as usize).div_ceil(shrink);
    let mut plane = Plane::filled(width, height, 0.0);
    let share = 1.0 / (65535.0 * (shrink * shrink) as f32);
    let columns = placed.width() as usize;
    for (y, row) in placed.as_raw().chunks_exact(columns * 4).enumerate() {
        let line = &mut plane.values[y / shrink * width..][..width];
        for (x, pixel) in row.chunks_exact(4).enumerate() {
            line[x / shrink] += f32::from(pixel[3]) * share;
        }
    }
    plane
}

/// A plane averaged over squares of two.
fn halved(plane: &Plane) -> Plane {
    let at = |x: usize, y: usize| {
        if x < plane.width && y < plane.height {
            plane.at(x, y)
        } else {
            0.0
        }
    };
    Plane::from_fn(plane.width.div_ceil(2), plane.height.div_ceil(2), |x, y| {
        let (x, y) = (2 * x, 2 * y);
        (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4.0
    })
}
