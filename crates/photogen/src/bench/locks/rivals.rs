//! Simpler judges of two whole pictures, for the table: what the product lock must beat.

use image::{RgbImage, imageops};
use imaging::locks::ssim;

/// Pictures are squeezed to a square of this many pixels a side.
const SIDE: u32 = 256;
/// SSIM's two constants for samples of 0..=255 (Wang, Bovik, Sheikh, Simoncelli 2004).
const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);

/// A judge that gives more to pictures that it takes for the same product.
pub(super) struct Rival {
    pub(super) name: &'static str,
    pub(super) judge: fn(&RgbImage, &RgbImage) -> f64,
}

/// All of them.
pub(super) const ALL: [Rival; 3] = [
    Rival {
        name: "one global SSIM, 256x256 grey",
        judge: global_ssim,
    },
    Rival {
        name: "windowed SSIM, 256x256 grey",
        judge: windowed_ssim,
    },
    Rival {
        name: "Lab histogram",
        judge: histogram,
    },
];

fn squeezed(picture: &RgbImage) -> Vec<u8> {
    let small = imageops::resize(picture, SIDE, SIDE, imageops::FilterType::CatmullRom);
    imageops::grayscale(&small).into_raw()
}

/// One mean, variance and covariance of the whole squeezed pictures.
fn global_ssim(one: &RgbImage, two: &RgbImage) -> f64 {
    let grey = |picture| squeezed(picture).into_iter().map(f64::from).collect::<Vec<f64>>();
    let (x, y) = (grey(one), grey(two));
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(&x), mean(&y));
    let cross = |a: &[f64], ma: f64, b: &[f64], mb: f64| {
        a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>() / a.len() as f64
    };
    let (xx, yy, xy) = (
        cross(&x, mx, &x, mx),
        cross(&y, my, &y, my),
        cross(&x, mx, &y, my),
    );
    (2.0 * mx * my + C1) * (2.0 * xy + C2) / ((mx * mx + my * my + C1) * (xx + yy + C2))
}

/// The mean of SSIM over Gaussian windows that lie wholly inside; 0 where it cannot be taken.
fn windowed_ssim(one: &RgbImage, two: &RgbImage) -> f64 {
    let (x, y) = (squeezed(one), squeezed(two));
    let side = SIDE as usize;
    let image = |samples| ssim::Image::grey8(samples, side, side);
    let mean = image(&x).and_then(|x| ssim::mean(&x, &image(&y)?));
    mean.unwrap_or(0.0)
}

/// Intersection of the pictures' colour histograms, 8 x 16 x 16 boxes of CIE L*a*b*.
fn histogram(one: &RgbImage, two: &RgbImage) -> f64 {
    let (x, y) = (boxes(one), boxes(two));
    x.iter().zip(&y).map(|(a, b)| a.min(*b)).sum()
}

fn boxes(picture: &RgbImage) -> Vec<f64> {
    let small = imageops::resize(picture, SIDE, SIDE, imageops::FilterType::Triangle);
    let mut counts = vec![0.0; 8 * 16 * 16];
    for pixel in small.pixels() {
        let [l, a, b] = testkit::lab(pixel.0.map(|v| f32::from(v) / 255.0));
        let step = |v: f32, low: f32, high: f32, count: usize| {
            (((v - low) / (high - low) * count as f32).max(0.0) as usize).min(count - 1)
        };
        let at = (step(l, 0.0, 100.0, 8) * 16 + step(a, -80.0, 80.0, 16)) * 16 + step(b, -80.0, 80.0, 16);
        counts[at] += 1.0 / f64::from(SIDE * SIDE);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(on: [u8; 3], off: [u8; 3], size: u32) -> RgbImage {
        RgbImage::from_fn(300, 200, |x, y| {
            image::Rgb(if (x / size + y / size).is_multiple_of(2) {
                on
            } else {
                off
            })
        })
    }

    #[test]
    fn every_judge_gives_equal_pictures_1_and_others_less() {
        let (one, two) = (
            checks([200, 30, 40], [20, 20, 30], 20),
            checks([40, 160, 60], [240, 230, 220], 33),
        );
        for rival in ALL {
            let (same, other) = ((rival.judge)(&one, &one), (rival.judge)(&one, &two));
            assert!((same - 1.0).abs() < 1e-5, "{}: {same}", rival.name);
            assert!(other < 0.8, "{}: {other}", rival.name);
        }
    }

    #[test]
    fn the_global_formula_is_blind_to_colour() {
        // Red and green of the same grey.
        let (red, green) = (
            checks([200, 30, 40], [250, 250, 250], 20),
            checks([20, 91, 40], [250, 250, 250], 20),
        );
        assert!(global_ssim(&red, &green) > 0.99);
    }
}
