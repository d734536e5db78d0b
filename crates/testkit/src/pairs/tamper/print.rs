//! A print that is gone, mirrored or garbled. A print is the largest patch of other colours that lies free on plain
//! cloth.

use std::f32::consts::TAU;

use super::super::{
    mask::{Bounds, Mask},
    plane::{Plane, mix},
    subject::{Cut, Sketch, Subject, distance, median},
};
use crate::Random;

/// Distance to the cloth's colour at which a pixel belongs to a print.
const CONTRAST: f32 = 14.0;
/// Median distance of a print to the cloth: creases, and cloth that is sheer where it lies single, are nearer.
const INK: f32 = 28.0;
/// A print's share of the garment, least and most.
const SHARE: (f32, f32) = (0.005, 0.40);
/// A print that looks this much like its own mirror image (correlation) cannot be seen to be mirrored.
const SYMMETRIC: f32 = 0.6;

/// The print in the sketch, holes and gaps between letters included. None on patterned cloth, where there are others
/// like it.
pub(super) fn find(sketch: &Sketch) -> Option<Mask> {
    if sketch.is_patterned() {
        return None;
    }
    let off = sketch.off_cloth(CONTRAST);
    let free = free_patches(sketch, &off);
    let group = free
        .grown(8)
        .pieces()
        .into_iter()
        .max_by_key(|piece| piece.pixels.iter().filter(|i| free.data[**i]).count())?;
    let mut near = free.map(|_| false);
    group.pixels.iter().for_each(|i| near.data[*i] = true);
    let print = free.and(&near);
    // A tenth of the ring around a print may be seams and shadows; a motif of a pattern has its like all around.
    let ring = near.grown(6).and(&near.inverted()).and(&sketch.core);
    let plain = ring.and(&off.inverted()).count() as f32;
    let lies_free = ring.count() > 0 && plain > 0.75 * ring.count() as f32;
    let alone = free.count() * 2 < print.count() * 3;
    let share = sketch.share(print.count());
    (share > SHARE.0 && share < SHARE.1 && lies_free && alone && stands_out(sketch, &print))
        .then(|| print.grown(6).shrunk(6).without_holes())
}

/// Patches of other colours that lie neither on the rim nor at the neck, where labels are.
fn free_patches(sketch: &Sketch, off: &Mask) -> Mask {
    let rim = sketch.inside.and(&sketch.core.inverted());
    let mut free = off.map(|_| false);
    for piece in off.grown(2).shrunk(2).pieces() {
        let on_rim = piece.pixels.iter().filter(|i| rim.data[**i]).count();
        let large = sketch.share(piece.pixels.len()) > 0.0006;
        let below_neck = piece.bounds.top + piece.bounds.height > off.height / 6;
        if large && below_neck && (on_rim as f32) < 0.08 * piece.pixels.len() as f32 {
            piece.pixels.iter().for_each(|i| free.data[*i] = true);
        }
    }
    free
}

/// Ink, not a crease: far from the cloth's colour, and wide enough.
fn stands_out(sketch: &Sketch, print: &Mask) -> bool {
    let Some(bounds) = print.bounds() else {
        return false;
    };
    let apart: Vec<f32> = (0..print.data.len())
        .filter(|i| print.data[*i])
        .map(|i| distance(sketch.lab.data[i], sketch.cloth))
        .collect();
    let (width, height) = (print.width as f32, print.height as f32);
    median(apart) > INK && bounds.width as f32 > 0.06 * width && bounds.height as f32 > 0.015 * height
}

pub(super) fn erased(subject: &Subject, cut: Cut) -> Option<Cut> {
    let print = find(&subject.sketch)?;
    let hole = print.grown(3).soft(cut.width(), cut.height());
    Some(Cut {
        colours: without(&cut, &hole),
        alpha: cut.alpha,
    })
}

/// The cloth continued over what is to go.
pub(super) fn without(cut: &Cut, hole: &Plane<f32>) -> Plane<[f32; 3]> {
    let weight = hole.zip(&cut.alpha, |hole, alpha| (1.0 - hole) * f32::from(alpha > 0.5));
    let filled = cut.colours.filled(&weight);
    cut.colours
        .zip(&filled, |a, b| (a, b))
        .zip(hole, |(a, b), share| mix(a, b, share))
}

pub(super) fn mirrored(subject: &Subject, cut: Cut) -> Option<Cut> {
    let sketch = &subject.sketch;
    let print = find(sketch)?;
    let bounds = print.bounds()?;
    if likeness_to_mirror(sketch, bounds) > SYMMETRIC {
        return None;
    }
    let flip = |x: usize| (2 * bounds.left + bounds.width - 1).checked_sub(x);
    let turned = Mask::from_fn(print.width, print.height, |x, y| {
        flip(x).is_some_and(|x| x < print.width && print.at(x, y))
    });
    let outside = turned.and(&sketch.core.inverted()).count();
    if outside as f32 > 0.03 * turned.count() as f32 {
        return None;
    }
    let (width, height) = (cut.width(), cut.height());
    let base = without(&cut, &print.or(&turned).grown(3).soft(width, height));
    let paste = turned.grown(2).soft(width, height);
    let scale = width as f32 / print.width as f32;
    let axis = (2.0 * bounds.left as f32 + bounds.width as f32) * scale - 1.0;
    let colours = Plane::from_fn(width, height, |x, y| {
        let over = cut.colours.sample(axis - x as f32, y as f32);
        mix(base.at(x, y), over, paste.at(x, y))
    });
    Some(Cut {
        colours,
        alpha: cut.alpha,
    })
}

/// Correlation of a box's colours with their mirror image, colour counted more than light.
fn likeness_to_mirror(sketch: &Sketch, bounds: Bounds) -> f32 {
    let colour = |x: usize, y: usize| {
        let [l, a, b] = sketch.lab.at(x, y);
        [l, 1.5 * a, 1.5 * b]
    };
    let (mut mean, mut pixels) = ([0.0; 3], Vec::new());
    for y in bounds.top..bounds.top + bounds.height {
        for x in bounds.left..bounds.left + bounds.width {
            let other = colour(2 * bounds.left + bounds.width - 1 - x, y);
            let here = colour(x, y);
            (0..3).for_each(|i| mean[i] += here[i]);
            pixels.push((here, other));
        }
    }
    mean = mean.map(|sum| sum / pixels.len().max(1) as f32);
    let (mut both, mut own) = (0.0, 0.0);
    for (here, other) in pixels {
        for i in 0..3 {
            both += (here[i] - mean[i]) * (other[i] - mean[i]);
            own += (here[i] - mean[i]).powi(2);
        }
    }
    both / own.max(1.0)
}

/// Letters and faces that melt: short waves that push the print's pixels about, or blocks of it in the wrong places.
pub(super) fn garbled(random: &mut Random, subject: &Subject, cut: Cut) -> Option<Cut> {
    let print = find(&subject.sketch)?;
    let bounds = print.bounds()?;
    let (width, height) = (cut.width(), cut.height());
    let scale = width as f32 / print.width as f32;
    let box_area = (bounds.width * bounds.height).max(1);
    let dense = print.count() as f32 > 0.55 * box_area as f32;
    let shift: Box<dyn Fn(f32, f32) -> (f32, f32)> = if dense && random.chance(0.4) {
        Box::new(shuffle(random, bounds, scale))
    } else {
        Box::new(ripple(random, bounds, scale))
    };
    let soft = print.grown(4).soft(width, height);
    let core = subject.sketch.core.soft(width, height);
    let colours = Plane::from_fn(width, height, |x, y| {
        let share = soft.at(x, y);
        let here = cut.colours.at(x, y);
        if share <= 0.0 {
            return here;
        }
        let (dx, dy) = shift(x as f32, y as f32);
        let (u, v) = (x as f32 + dx, y as f32 + dy);
        // What would be fetched from beyond the garment stays as it is.
        let share = share * core.sample(u, v);
        mix(here, cut.colours.sample(u, v), share)
    });
    Some(Cut {
        colours,
        alpha: cut.alpha,
    })
}

/// Displacement by waves of 5 to 9 % of the print (at least 8 pixels), half as far as they are long.
fn ripple(random: &mut Random, bounds: Bounds, scale: f32) -> impl Fn(f32, f32) -> (f32, f32) + use<> {
    let side = bounds.width.max(bounds.height) as f32 * scale;
    let short = bounds.width.min(bounds.height) as f32 * scale;
    // Lettering is low and wide: its letters, not its line, set the size.
    let length = (side * random.between(0.05, 0.09)).min(0.45 * short).max(8.0);
    let waves: Vec<[f32; 5]> = (0..6)
        .map(|_| {
            let (sin, cos) = random.between(0.0, TAU).sin_cos();
            let frequency = TAU / (length * random.between(1.4, 2.6));
            let (down, right) = random.between(0.0, TAU).sin_cos();
            let reach = length * random.between(0.30, 0.45);
            [
                cos * frequency,
                sin * frequency,
                random.between(0.0, TAU),
                right * reach,
                down * reach,
            ]
        })
        .collect();
    move |x, y| {
        waves
            .iter()
            .fold((0.0, 0.0), |(u, v), [fx, fy, phase, right, down]| {
                let swing = (x * fx + y * fy + phase).sin();
                (u + swing * right, v + swing * down)
            })
    }
}

/// Blocks of the print change places: each shows the block some steps further on.
fn shuffle(random: &mut Random, bounds: Bounds, scale: f32) -> impl Fn(f32, f32) -> (f32, f32) + use<> {
    let (columns, rows) = (3 + random.below(2), 3 + random.below(2));
    let mut order: Vec<usize> = (0..columns * rows).collect();
    for i in (1..order.len()).rev() {
        // Sattolo's shuffle: no block stays where it was.
        order.swap(i, random.below(i));
    }
    let (left, top) = (bounds.left as f32 * scale, bounds.top as f32 * scale);
    let (w, h) = (
        bounds.width as f32 * scale / columns as f32,
        bounds.height as f32 * scale / rows as f32,
    );
    move |x, y| {
        let (column, row) = (((x - left) / w).floor(), ((y - top) / h).floor());
        let inside = column >= 0.0 && row >= 0.0 && column < columns as f32 && row < rows as f32;
        if !inside {
            return (0.0, 0.0);
        }
        let to = order[row as usize * columns + column as usize];
        (
            ((to % columns) as f32 - column) * w,
            ((to / columns) as f32 - row) * h,
        )
    }
}
