//! Drawn garments with cloth that can be told apart: a T-shirt outline, folds, and a print or pattern.

use image::Rgba;
use imaging::{Picture, vision::Cutout};

use crate::photos::whole;

const SIZE: [u32; 2] = [560, 640];

/// What the cloth shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cloth {
    /// Nothing but folds and a pocket on the viewer's left.
    Plain,
    /// A lettered print on the chest.
    Print,
    /// Horizontal stripes.
    Stripes,
    /// Blots of two colours all over.
    Blots,
}

/// A T-shirt of that colour and cloth; the seed decides print, blots and grain.
pub(crate) fn shirt(cloth: Cloth, colour: [f64; 3], seed: u32) -> Cutout {
    whole(Picture::from_fn(SIZE[0], SIZE[1], |x, y| {
        let (u, v) = (
            (f64::from(x) + 0.5) / f64::from(SIZE[0]),
            (f64::from(y) + 0.5) / f64::from(SIZE[1]),
        );
        if !outline(u, v) {
            return Rgba([0; 4]);
        }
        let tint = tint(cloth, u, v, seed);
        let folds = 1.0 + 0.05 * (u * 21.0 + 3.0 * (v * 4.0).sin()).sin() + 0.03 * (v * 17.0 + u * 5.0).cos();
        let grain = 1.0 + 0.02 * (f64::from(hash(x, y, seed)) / f64::from(u32::MAX) - 0.5);
        let channel = |i: usize| {
            let base = tint.map_or(colour[i], |tint| tint[i]);
            ((base * folds * grain).clamp(0.0, 1.0) * 65535.0) as u16
        };
        Rgba([channel(0), channel(1), channel(2), u16::MAX])
    }))
}

/// Body, two sleeves, a round neck.
fn outline(u: f64, v: f64) -> bool {
    let body = (0.24..0.76).contains(&u) && (0.05..0.95).contains(&v);
    let out = (u - 0.5).abs();
    let sleeve =
        (0.24..0.48).contains(&out) && v > 0.05 + 0.5 * (out - 0.24) && v < 0.27 + 0.35 * (out - 0.24);
    let neck = (u - 0.5).hypot((v - 0.05) * 1.2) < 0.1;
    (body || sleeve) && !neck
}

fn tint(cloth: Cloth, u: f64, v: f64, seed: u32) -> Option<[f64; 3]> {
    let dark = [0.12, 0.1, 0.2];
    match cloth {
        Cloth::Plain => {
            let (du, dv) = ((u - 0.36).abs(), (v - 0.32).abs());
            let seam = du < 0.06 && dv < 0.06 && (du > 0.054 || dv > 0.054);
            seam.then_some(dark)
        }
        Cloth::Stripes => (v * 26.0).fract().lt(&0.4).then_some(dark),
        Cloth::Print => letters(u, v, seed).then_some([0.95, 0.85, 0.2]),
        Cloth::Blots => blot(u, v, seed),
    }
}

/// Three rows of upright and lying strokes, each cell by the seed: as irregular as text, and never symmetric.
fn letters(u: f64, v: f64, seed: u32) -> bool {
    let (x, y) = ((u - 0.33) / 0.34 * 6.0, (v - 0.25) / 0.24 * 3.0);
    if !(0.0..6.0).contains(&x) || !(0.0..3.0).contains(&y) {
        return false;
    }
    let code = hash(x as u32, y as u32, seed.wrapping_add(77));
    let (fx, fy) = (x.fract(), y.fract());
    let upright = (0.15..0.4).contains(&fx) && code & 1 == 0;
    let slant = (fx - 0.9 * fy).abs() < 0.13 && code & 2 == 0;
    let lying = (0.35..0.6).contains(&fy) && code & 4 == 0;
    (upright || slant || lying) && (0.08..0.92).contains(&fy) && fx < 0.9
}

fn blot(u: f64, v: f64, seed: u32) -> Option<[f64; 3]> {
    let (x, y) = (u * 11.0, v * 12.0);
    let code = hash(x as u32, y as u32, seed.wrapping_add(5));
    let middle = (
        0.35 + 0.3 * f64::from(code & 7) / 7.0,
        0.35 + 0.3 * f64::from(code >> 3 & 7) / 7.0,
    );
    let radius = 0.15 + 0.2 * f64::from(code >> 6 & 7) / 7.0;
    let inside = (x.fract() - middle.0).hypot(y.fract() - middle.1) < radius;
    inside.then_some(if (code >> 9).is_multiple_of(2) {
        [0.85, 0.3, 0.25]
    } else {
        [0.9, 0.85, 0.6]
    })
}

/// A number that looks random for each place.
fn hash(x: u32, y: u32, seed: u32) -> u32 {
    let mut h = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    h ^ (h >> 15)
}
