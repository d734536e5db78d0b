//! Pairs to look at, reference beside candidate.

use image::{RgbImage, imageops};

/// Width and height of one picture on a sheet, in pixels.
const CELL: (u32, u32) = (150, 200);
/// Pairs in a row.
const COLUMNS: u32 = 4;

/// Reference and candidate side by side, four pairs a row, each fitted into 150 x 200 pixels.
pub fn sheet(pairs: &[(&RgbImage, &RgbImage)]) -> RgbImage {
    let rows = (pairs.len() as u32).div_ceil(COLUMNS).max(1);
    let width = COLUMNS * (2 * CELL.0 + 12);
    let mut out = RgbImage::from_pixel(width, rows * (CELL.1 + 6), image::Rgb([40; 3]));
    for (i, (reference, candidate)) in pairs.iter().enumerate() {
        let (column, row) = (i as u32 % COLUMNS, i as u32 / COLUMNS);
        let (left, top) = (column * (2 * CELL.0 + 12), row * (CELL.1 + 6));
        imageops::overlay(&mut out, &fitted(reference), i64::from(left), i64::from(top));
        let beside = i64::from(left + CELL.0 + 2);
        imageops::overlay(&mut out, &fitted(candidate), beside, i64::from(top));
    }
    out
}

fn fitted(picture: &RgbImage) -> RgbImage {
    let scale = (CELL.0 as f32 / picture.width() as f32).min(CELL.1 as f32 / picture.height() as f32);
    let size = |v: u32| ((v as f32 * scale) as u32).max(1);
    let (width, height) = (size(picture.width()), size(picture.height()));
    imageops::resize(picture, width, height, imageops::FilterType::Triangle)
}
