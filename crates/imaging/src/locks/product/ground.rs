//! What the candidate's garment stands on: the colour most of its border has.

use crate::locks::colour::{Linear, lab_of_linear};

/// Width of the border strip, as a share of the longer side.
const STRIP: f32 = 0.02;
/// Border pixels are counted in cells of this many L*a*b* units.
const CELL: f32 = 4.0;

/// The commonest colour of the border, linear RGB, and the share of the border within two cells of it.
pub(super) fn ground(picture: &Linear) -> ([f32; 3], f32) {
    let strip = (STRIP * picture.long_side() as f32).ceil() as usize;
    let mut cells = std::collections::BTreeMap::<[i32; 3], Vec<usize>>::new();
    for index in border(picture, strip) {
        let lab = lab_of_linear(picture.rgb.each_ref().map(|plane| plane.data[index]));
        let cell = lab.map(|v| (v / CELL).round() as i32);
        cells.entry(cell).or_default().push(index);
    }
    let total: usize = cells.values().map(Vec::len).sum();
    let Some((cell, commonest)) = cells.iter().max_by_key(|(_, pixels)| pixels.len()) else {
        return ([1.0; 3], 0.0);
    };
    let is_near = |other: &[i32; 3]| other.iter().zip(cell).all(|(a, b)| a.abs_diff(*b) <= 1);
    let near: usize = cells
        .iter()
        .filter(|(other, _)| is_near(other))
        .map(|(_, pixels)| pixels.len())
        .sum();
    let count = commonest.len() as f32;
    let colour = std::array::from_fn(|channel| {
        let plane = &picture.rgb[channel];
        commonest.iter().map(|&index| plane.data[index]).sum::<f32>() / count
    });
    (colour, near as f32 / total as f32)
}

fn border(picture: &Linear, strip: usize) -> impl Iterator<Item = usize> {
    let (width, height) = (picture.width(), picture.height());
    (0..width * height).filter(move |index| {
        let (x, y) = (index % width, index / width);
        x.min(y).min(width - 1 - x).min(height - 1 - y) < strip
    })
}
