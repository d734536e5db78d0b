//! Real product photos, where they are present.

use std::path::{Path, PathBuf};

use imaging::{
    Picture,
    vision::{Cutout, Gate, Quality},
};

/// The photos of a folder, by name.
pub(crate) fn list(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jpg"))
        .collect();
    paths.sort();
    paths
}

/// A rough cut-out: everything the ground's colour does not reach from the border. Good enough to test a lock,
/// which compares with whatever cut-out it is given.
pub(crate) fn cutout(path: &Path) -> Cutout {
    let mut pixels = image::open(path).unwrap().to_rgba16();
    let (w, h) = pixels.dimensions();
    let close =
        |one: &image::Rgba<u16>, two: &image::Rgba<u16>| (0..3).all(|c| one[c].abs_diff(two[c]) < 257 * 7);
    let ground = *pixels.get_pixel(2, 2);
    let mut outside = vec![false; (w * h) as usize];
    let mut stack: Vec<(u32, u32)> = (0..w).flat_map(|x| [(x, 0), (x, h - 1)]).collect();
    stack.extend((0..h).flat_map(|y| [(0, y), (w - 1, y)]));
    while let Some((x, y)) = stack.pop() {
        let index = (y * w + x) as usize;
        if outside[index] || !close(pixels.get_pixel(x, y), &ground) {
            continue;
        }
        outside[index] = true;
        let next = [
            (x.wrapping_sub(1), y),
            (x + 1, y),
            (x, y.wrapping_sub(1)),
            (x, y + 1),
        ];
        stack.extend(next.into_iter().filter(|&(x, y)| x < w && y < h));
    }
    for (pixel, outside) in pixels.pixels_mut().zip(&outside) {
        if *outside {
            *pixel = image::Rgba([0; 4]);
        }
    }
    whole(pixels)
}

/// A cut-out that is trusted as it is.
pub(crate) fn whole(pixels: Picture) -> Cutout {
    let solid = || pixels.enumerate_pixels().filter(|(_, _, p)| p[3] > 0);
    let (left, right) = (
        solid().map(|p| p.0).min().unwrap(),
        solid().map(|p| p.0).max().unwrap(),
    );
    let (top, low) = (
        solid().map(|p| p.1).min().unwrap(),
        solid().map(|p| p.1).max().unwrap(),
    );
    Cutout {
        bounds: [left, top, right - left + 1, low - top + 1],
        gate: Gate {
            quality: Quality::Clean,
            reasons: Vec::new(),
            weak_edge: 0.0,
            iou: 1.0,
            softness: 1.0,
            filled_gaps: 0.0,
            light_ground_only: false,
            touches_frame: false,
        },
        pixels,
    }
}
