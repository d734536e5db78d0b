//! Parts of a garment that can be another colour or missing: sleeves, hem, collar, one side. Found in the sketch.

use super::{
    mask::Mask,
    subject::{Sketch, median},
};
use crate::Random;

/// Rows of a garment's height, from and to, in which its trunk is measured.
const TRUNK_ROWS: (f32, f32) = (0.55, 0.85);
/// A part is at least this share of the garment.
const PART_MIN: f32 = 0.03;

/// The columns of the trunk, first and last: the run through the middle, of the median row.
pub(super) fn trunk(sketch: &Sketch) -> Option<(usize, usize)> {
    let inside = &sketch.inside;
    let middle = centre_column(inside)?;
    let rows = (inside.height as f32 * TRUNK_ROWS.0) as usize..(inside.height as f32 * TRUNK_ROWS.1) as usize;
    let wanted = rows.len() / 2;
    let rows: Vec<usize> = rows.filter(|y| inside.at(middle, *y)).collect();
    if rows.len() < wanted {
        return None;
    }
    let left = rows
        .iter()
        .map(|y| (0..middle).rev().take_while(|x| inside.at(*x, *y)).count());
    let right = rows
        .iter()
        .map(|y| (middle..inside.width).take_while(|x| inside.at(*x, *y)).count());
    let reach = |runs: Vec<f32>| median(runs) as usize;
    let (left, right) = (
        reach(left.map(|n| n as f32).collect()),
        reach(right.map(|n| n as f32).collect()),
    );
    Some((middle.checked_sub(left)?, middle + right.max(1) - 1))
}

fn centre_column(inside: &Mask) -> Option<usize> {
    let columns = (0..inside.data.len())
        .filter(|i| inside.data[*i])
        .map(|i| i % inside.width);
    let (sum, count) = columns.fold((0, 0), |(sum, count), x| (sum + x, count + 1));
    (count > 0).then(|| sum / count)
}

/// The sleeves, left and right, as far as they stand clear of the trunk; one of the two may be empty.
pub(super) fn sleeves(sketch: &Sketch) -> Option<[Mask; 2]> {
    let (left, right) = trunk(sketch)?;
    let inside = &sketch.inside;
    let beside = |is_left: bool| {
        Mask::from_fn(inside.width, inside.height, |x, y| {
            let off = if is_left { x + 2 < left } else { x > right + 2 };
            off && inside.at(x, y)
        })
    };
    let sleeve = |is_left: bool| {
        let all = beside(is_left);
        let mut kept = all.map(|_| false);
        // A sleeve starts at the shoulder; what lies beside the trunk further down is a wide hem.
        let piece = all.pieces().into_iter().next();
        if let Some(piece) = piece.filter(|piece| (piece.bounds.top as f32) < 0.3 * inside.height as f32) {
            for pixel in piece.pixels {
                kept.data[pixel] = true;
            }
        }
        kept
    };
    let sleeves = [sleeve(true), sleeve(false)];
    let found = sleeves
        .iter()
        .any(|sleeve| sketch.share(sleeve.count()) > PART_MIN);
    found.then_some(sleeves)
}

/// One part by chance, as an area of the sketch that may reach past the garment.
pub(super) fn draw(random: &mut Random, sketch: &Sketch) -> Option<Mask> {
    let (width, height) = (sketch.inside.width, sketch.inside.height);
    let wave = random.between(0.0, 6.0);
    let share = random.between(0.16, 0.28);
    let area = match random.below(4) {
        0 => {
            let [left, right] = sleeves(sketch)?;
            match random.below(4) {
                0 => left,
                1 => right,
                _ => left.or(&right),
            }
        }
        1 => Mask::from_fn(width, height, |x, y| {
            let edge = (1.0 - share) * height as f32 + 2.0 * (x as f32 / 37.0 + wave).sin();
            y as f32 > edge
        }),
        2 => {
            let (left, right) = trunk(sketch)?;
            Mask::from_fn(width, height, |x, y| {
                let deep = 0.6 * share * height as f32;
                let across = (x as f32 - (left + right) as f32 / 2.0) / (0.34 * (right - left).max(1) as f32);
                (y as f32) < deep * (1.0 - 0.4 * across * across) && across.abs() < 1.0
            })
        }
        _ => {
            let middle = centre_column(&sketch.inside)? as f32;
            let first = random.chance(0.5);
            Mask::from_fn(width, height, |x, y| {
                let edge = middle + 2.0 * (y as f32 / 41.0 + wave).sin();
                (x as f32 > edge) == first
            })
        }
    };
    let found = sketch.share(area.and(&sketch.inside).count());
    // Grown a little, so that the part's own outline is inside.
    (found > PART_MIN && found < 0.6).then(|| area.grown(1))
}
