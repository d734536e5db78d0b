//! How different two pictures are, in numbers a test can bound.

use crate::{Picture, lab::lab};

/// The distance between two pictures of one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Largest difference of any channel, alpha included, in 16-bit steps.
    pub max: u16,
    /// Peak signal-to-noise ratio over R, G and B in decibels; infinite for equal pictures.
    pub psnr_db: f64,
    /// Mean distance in CIE L*a*b* (D65): CIE76, so one unit is about what an eye just sees.
    pub mean_delta_e: f64,
}

/// Compares two pictures, or none if their sizes differ.
pub fn compare(a: &Picture, b: &Picture) -> Option<Difference> {
    if a.dimensions() != b.dimensions() {
        return None;
    }
    let (mut max, mut squares, mut delta_e) = (0, 0.0, 0.0);
    for (p, q) in a.pixels().zip(b.pixels()) {
        for channel in 0..4 {
            let step = p.0[channel].abs_diff(q.0[channel]);
            max = max.max(step);
            if channel < 3 {
                squares += f64::from(step) * f64::from(step);
            }
        }
        delta_e += distance(lab(unit(p.0)), lab(unit(q.0)));
    }
    let pixels = f64::from(a.width()) * f64::from(a.height());
    let mse = squares / (3.0 * pixels);
    let psnr_db = 10.0 * (65535.0_f64.powi(2) / mse).log10();
    Some(Difference {
        max,
        psnr_db,
        mean_delta_e: delta_e / pixels,
    })
}

fn unit(pixel: [u16; 4]) -> [f32; 3] {
    [0, 1, 2].map(|channel| f32::from(pixel[channel]) / 65535.0)
}

fn distance(p: [f32; 3], q: [f32; 3]) -> f64 {
    let squares = p.iter().zip(q).map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(v: u8) -> Picture {
        let v = u16::from(v) * 257;
        Picture::from_pixel(8, 8, image::Rgba([v, v, v, u16::MAX]))
    }

    #[test]
    fn equal_pictures_do_not_differ() {
        let difference = compare(&plain(90), &plain(90)).unwrap();
        assert_eq!(
            difference,
            Difference {
                max: 0,
                psnr_db: f64::INFINITY,
                mean_delta_e: 0.0
            }
        );
    }

    #[test]
    fn white_and_black_are_100_apart() {
        let difference = compare(&plain(255), &plain(0)).unwrap();
        assert_eq!(difference.max, u16::MAX);
        assert!(difference.psnr_db.abs() < 1e-9, "{difference:?}");
        assert!((difference.mean_delta_e - 100.0).abs() < 0.01, "{difference:?}");
    }

    #[test]
    fn one_8_bit_step_is_48_db() {
        // 20 log10(255), the textbook value for an error of one step everywhere.
        let difference = compare(&plain(100), &plain(101)).unwrap();
        assert!((difference.psnr_db - 48.13).abs() < 0.01, "{difference:?}");
    }

    #[test]
    fn other_sizes_cannot_be_compared() {
        assert_eq!(compare(&plain(1), &Picture::new(8, 9)), None);
    }
}
