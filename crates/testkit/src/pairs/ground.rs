//! What a garment is photographed on: studio paper, a gradient, a wall, a room out of focus, another photo.

use image::{RgbImage, imageops};

use super::{
    Style,
    chance::Noise,
    plane::{Plane, mix, smoothstep},
    subject::lab_of,
};
use crate::{Random, lab::ciede2000};

type Colours = Plane<[f32; 3]>;

/// A ground of this size that the cloth (CIE L*a*b*) can be told from.
pub(super) fn draw(
    random: &mut Random,
    style: Style,
    (width, height): (usize, usize),
    cloth: [f32; 3],
    scenes: &[RgbImage],
) -> Colours {
    if style == Style::Studio {
        let paper = random.one_of(&[
            [255.0; 3],
            [246.0; 3],
            [238.0, 238.0, 240.0],
            [244.0, 241.0, 236.0],
        ]);
        return Plane::from_fn(width, height, |_, _| paper);
    }
    match random.below(if scenes.is_empty() { 4 } else { 5 }) {
        0 => paper(random, width, height, cloth),
        1 => gradient(random, width, height, cloth),
        2 => wall(random, width, height, cloth),
        3 => room(random, width, height, cloth),
        _ => photo(random, width, height, scenes),
    }
}

/// A quiet colour of a real interior, apart from the cloth where chance allows.
fn quiet(random: &mut Random, cloth: [f32; 3]) -> [f32; 3] {
    let mut best = [200.0; 3];
    let mut apart = -1.0;
    for _ in 0..5 {
        let level = random.between(70.0, 245.0);
        let (warm, green) = (random.between(-14.0, 22.0), random.between(-6.0, 6.0));
        let colour = [level + warm, level + green, level - warm].map(|v: f32| v.clamp(20.0, 252.0));
        let found = ciede2000(lab_of(colour), cloth);
        if found > apart {
            (best, apart) = (colour, found);
        }
        if found > 12.0 {
            break;
        }
    }
    best
}

fn paper(random: &mut Random, width: usize, height: usize, cloth: [f32; 3]) -> Colours {
    let colour = quiet(random, cloth);
    let (fall, grain) = (random.between(0.0, 0.06), Noise::new(random, 160.0));
    Plane::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32 - 0.5, y as f32 / height as f32 - 0.5);
        let shade = 1.0 - fall * 2.0 * (u * u + v * v) + 0.008 * grain.at(x as f32, y as f32);
        colour.map(|v| v * shade)
    })
}

fn gradient(random: &mut Random, width: usize, height: usize, cloth: [f32; 3]) -> Colours {
    let (top, bottom) = (quiet(random, cloth), quiet(random, cloth));
    let round = random.chance(0.4);
    let centre = (random.between(0.3, 0.7), random.between(0.2, 0.6));
    Plane::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let t = if round {
            1.3 * (u - centre.0).hypot(v - centre.1)
        } else {
            v
        };
        mix(top, bottom, smoothstep(0.0, 1.0, t))
    })
}

/// Plaster, bricks or boards.
fn wall(random: &mut Random, width: usize, height: usize, cloth: [f32; 3]) -> Colours {
    let colour = quiet(random, cloth);
    let (coarse, fine) = (Noise::new(random, 90.0), Noise::new(random, 7.0));
    let rough = random.between(0.02, 0.06);
    let unit = random.between(38.0, 80.0);
    let kind = random.below(3);
    let joint = random.between(0.72, 0.92);
    let tones = Noise::new(random, 1.0);
    Plane::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let shade = 1.0 + rough * (coarse.at(x, y) + 0.8 * fine.at(x, y));
        let row = (y / unit).floor();
        let (column, across, down) = match kind {
            0 => return colour.map(|v| v * shade),
            1 => {
                let shifted = x + row.rem_euclid(2.0) * unit * 1.3;
                let column = (shifted / (2.6 * unit)).floor();
                (column, shifted - column * 2.6 * unit, y - row * unit)
            }
            _ => {
                let column = (x / (1.8 * unit)).floor();
                (column, x - column * 1.8 * unit, unit)
            }
        };
        let seam = smoothstep(1.0, 3.5, across.min(down));
        let tone = 1.0 + 0.05 * tones.at(column * 7.3 + 0.5, if kind == 1 { row * 3.7 } else { 0.5 });
        colour.map(|v| v * shade * tone * (joint + (1.0 - joint) * seam))
    })
}

/// Furniture out of focus.
fn room(random: &mut Random, width: usize, height: usize, cloth: [f32; 3]) -> Colours {
    let (wall, floor) = (quiet(random, cloth), quiet(random, cloth));
    let horizon = (random.between(0.62, 0.9) * height as f32) as usize;
    let mut scene = Plane::from_fn(width, height, |_, y| if y < horizon { wall } else { floor });
    for _ in 0..4 + random.below(7) {
        let mut colour = quiet(random, cloth);
        if random.chance(0.3) {
            let vivid = random.below(3);
            colour[vivid] = (colour[vivid] * 1.35).min(250.0);
        }
        let (w, h) = (
            random.between(0.06, 0.35) * width as f32,
            random.between(0.05, 0.4) * height as f32,
        );
        let (left, top) = (
            random.between(-0.1, 0.9) * width as f32,
            random.between(-0.1, 0.9) * height as f32,
        );
        for y in 0..height {
            for x in 0..width {
                if (left..left + w).contains(&(x as f32)) && (top..top + h).contains(&(y as f32)) {
                    scene.data[y * width + x] = colour;
                }
            }
        }
    }
    scene.blurred(random.between(5.0, 18.0))
}

/// A part of another photo, sometimes out of focus.
fn photo(random: &mut Random, width: usize, height: usize, scenes: &[RgbImage]) -> Colours {
    let scene = &scenes[random.below(scenes.len())];
    let (w, h) = (scene.width() as f32, scene.height() as f32);
    let shape = width as f32 / height as f32;
    let crop_height = h.min(w / shape) * random.between(0.6, 1.0);
    let crop_width = crop_height * shape;
    let (left, top) = (
        random.between(0.0, w - crop_width),
        random.between(0.0, h - crop_height),
    );
    let crop = imageops::crop_imm(
        scene,
        left as u32,
        top as u32,
        crop_width as u32,
        crop_height as u32,
    );
    let filled = imageops::resize(
        &crop.to_image(),
        width as u32,
        height as u32,
        imageops::FilterType::Triangle,
    );
    let colours = Plane::from_fn(width, height, |x, y| {
        filled.get_pixel(x as u32, y as u32).0.map(f32::from)
    });
    if random.chance(0.5) {
        colours.blurred(random.between(1.0, 6.0))
    } else {
        colours
    }
}
