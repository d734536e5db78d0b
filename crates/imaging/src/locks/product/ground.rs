//! What the candidate's garment stands on: the colour most of its border has.

use crate::locks::colour::{Lab, Linear};

/// Width of the border strip, as a share of the longer side.
const STRIP: f32 = 0.02;
/// Border pixels are counted in cells of this many L*a*b* units.
const CELL: f32 = 4.0;

/// The commonest colour of the border (linear RGB), and how far the border strays from it (L*a*b* units,
/// 90th percentile of the pixels of that colour's cell and its neighbours).
pub(super) fn ground(picture: &Linear) -> [f32; 3] {
    let lab = picture.over([1.0; 3]);
    let strip = (STRIP * picture.long_side() as f32).ceil() as usize;
    let border = border(&lab, strip);
    let mut cells = std::collections::BTreeMap::<[i32; 3], Vec<usize>>::new();
    for &index in &border {
        let cell = lab.at(index).map(|v| (v / CELL).round() as i32);
        cells.entry(cell).or_default().push(index);
    }
    let commonest = cells.into_values().max_by_key(Vec::len).unwrap_or_default();
    let count = commonest.len().max(1) as f32;
    std::array::from_fn(|channel| {
        let plane = &picture.rgb[channel];
        commonest.iter().map(|&index| plane.data[index]).sum::<f32>() / count
    })
}

fn border(lab: &Lab, strip: usize) -> Vec<usize> {
    let (width, height) = (lab.width(), lab.height());
    (0..width * height)
        .filter(|index| {
            let (x, y) = (index % width, index / width);
            x.min(y).min(width - 1 - x).min(height - 1 - y) < strip
        })
        .collect()
}
