//! Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): 11 x 11 Gaussian window of sigma 1.5,
//! K1 = 0.01, K2 = 0.03, population covariance.
//!
//! Agrees with scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)` to
//! 1e-6, on grey and (`channel_axis`) on RGB: windows that reach over the border see it mirrored, and the plain mean leaves
//! them out. The work is done by [`kernel`], in single precision, on whatever vectors the processor has.

mod kernel;
pub(crate) mod planes;
mod samples;

use std::{mem::discriminant, ops::Range};

use pulp::Arch;
use thiserror::Error;

use self::{
    kernel::{RADIUS, Row, STRIP, Strip},
    samples::{Channel, Samples},
};
/// The smallest side, in pixels: one window.
pub const SIDE_MIN: usize = 2 * RADIUS + 1;

/// A picture to compare: one or three channels of equal size.
#[derive(Clone, Debug)]
pub struct Image<'a> {
    channels: Vec<Channel<'a>>,
    width: usize,
    height: usize,
}

/// Why two pictures cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SsimError {
    /// A side is shorter than the window.
    #[error("{0}x{1} pixels are too few: the window needs 11x11")]
    TooSmall(usize, usize),
    /// There are more or fewer samples than the size says.
    #[error("{samples} samples are not a picture of {width}x{height}")]
    WrongLength {
        /// Samples given.
        samples: usize,
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
    },
    /// The pictures differ in size, in channels or in the kind of their samples.
    #[error("the pictures are of different sizes or kinds")]
    Different,
}

impl<'a> Image<'a> {
    /// Grey, 0..=255, row by row.
    pub fn grey8(samples: &'a [u8], width: usize, height: usize) -> Result<Self, SsimError> {
        check(samples.len(), width, height, 1)?;
        Ok(Self::of(vec![Samples::Eight(samples)], width, height))
    }

    /// Red, green, blue, 0..=255, interleaved, row by row.
    pub fn rgb8(samples: &'a [u8], width: usize, height: usize) -> Result<Self, SsimError> {
        check(samples.len(), width, height, 3)?;
        let (pixels, _) = samples.as_chunks::<3>();
        let channels = [0, 1, 2].map(|channel| Samples::OfThree(pixels, channel));
        Ok(Self::of(channels.to_vec(), width, height))
    }

    /// Grey, 0..=1, row by row.
    pub fn unit(samples: &'a [f32], width: usize, height: usize) -> Result<Self, SsimError> {
        check(samples.len(), width, height, 1)?;
        Ok(Self::of(vec![Samples::Unit(samples)], width, height))
    }

    fn of(channels: Vec<Samples<'a>>, width: usize, height: usize) -> Self {
        let channel = |samples| Channel {
            samples,
            width,
            height,
        };
        Self {
            channels: channels.into_iter().map(channel).collect(),
            width,
            height,
        }
    }
}

/// The mean similarity, -1..=1, over every window that lies wholly inside, and over the channels.
///
/// # Errors
/// [`SsimError::Different`] unless size, channels and kind of samples are the same.
pub fn mean(one: &Image<'_>, two: &Image<'_>) -> Result<f64, SsimError> {
    let inside = [RADIUS..one.width - RADIUS, RADIUS..one.height - RADIUS];
    let mut total = 0.0;
    walk(one, two, inside.clone(), |_, _, row| total += sum(row))?;
    let windows = inside.iter().map(Range::len).product::<usize>() * one.channels.len();
    Ok(total / windows as f64)
}

/// The mean similarity over the pixels that a mask sets, and over the channels; nothing when it sets none. Windows around
/// pixels within 5 of the border see it mirrored.
///
/// # Errors
/// [`SsimError::Different`] unless size, channels and kind of samples are the same, and the mask has that size.
pub fn masked_mean(one: &Image<'_>, two: &Image<'_>, mask: &[bool]) -> Result<Option<f64>, SsimError> {
    if mask.len() != one.width * one.height {
        return Err(SsimError::Different);
    }
    let Some(inside) = bounds(mask, one.width) else {
        return Ok(None);
    };
    let mut total = 0.0;
    walk(one, two, inside, |x, y, row| {
        let mask = &mask[y * one.width + x..][..row.len()];
        let set = row.iter().zip(mask).filter(|(_, set)| **set);
        total += set.map(|(value, _)| f64::from(*value)).sum::<f64>();
    })?;
    let pixels = mask.iter().filter(|set| **set).count();
    Ok(Some(total / (pixels * one.channels.len()) as f64))
}

/// The similarity around every pixel, row by row, averaged over the channels. Borders are mirrored.
///
/// # Errors
/// [`SsimError::Different`] unless size, channels and kind of samples are the same.
pub fn map(one: &Image<'_>, two: &Image<'_>) -> Result<Vec<f32>, SsimError> {
    let mut map = vec![0.0; one.width * one.height];
    let share = 1.0 / one.channels.len() as f32;
    walk(one, two, [0..one.width, 0..one.height], |x, y, row| {
        for (into, value) in map[y * one.width + x..].iter_mut().zip(row) {
            *into += value * share;
        }
    })?;
    Ok(map)
}

/// Calls `row` with the left column, the number and the similarities of every piece of every row of a rectangle (columns,
/// rows), channel after channel.
fn walk(
    one: &Image<'_>,
    two: &Image<'_>,
    [columns, rows]: [Range<usize>; 2],
    mut row: impl FnMut(usize, usize, &[f32]),
) -> Result<(), SsimError> {
    if (one.width, one.height, one.channels.len()) != (two.width, two.height, two.channels.len()) {
        return Err(SsimError::Different);
    }
    let arch = Arch::new();
    for (a, b) in one.channels.iter().zip(&two.channels) {
        if discriminant(&a.samples) != discriminant(&b.samples) {
            return Err(SsimError::Different);
        }
        for left in columns.clone().step_by(STRIP) {
            let width = STRIP.min(columns.end - left);
            arch.dispatch(Strip {
                one: *a,
                two: *b,
                left,
                rows: rows.clone(),
                row: |y: usize, similarities: &Row| row(left, y, &similarities[..width]),
            });
        }
    }
    Ok(())
}

fn check(samples: usize, width: usize, height: usize, channels: usize) -> Result<(), SsimError> {
    if width < SIDE_MIN || height < SIDE_MIN {
        return Err(SsimError::TooSmall(width, height));
    }
    let expected = width
        .checked_mul(height)
        .and_then(|pixels| pixels.checked_mul(channels));
    if expected != Some(samples) {
        return Err(SsimError::WrongLength {
            samples,
            width,
            height,
        });
    }
    Ok(())
}

/// Columns and rows that hold every set pixel.
fn bounds(mask: &[bool], width: usize) -> Option<[Range<usize>; 2]> {
    let set = |row: &[bool]| row.contains(&true);
    let mut rows = mask.chunks_exact(width).enumerate().filter(|(_, row)| set(row));
    let top = rows.next()?.0;
    let bottom = rows.next_back().map_or(top, |(y, _)| y);
    let columns = mask[top * width..(bottom + 1) * width].chunks_exact(width);
    let (left, right) = columns.fold((width, 0), |(left, right), row| {
        let first = row.iter().position(|set| *set).unwrap_or(width);
        let last = row.iter().rposition(|set| *set).unwrap_or(0);
        (left.min(first), right.max(last))
    });
    Some([left..right + 1, top..bottom + 1])
}

/// The sum of a row, in eight running sums.
fn sum(row: &[f32]) -> f64 {
    let (chunks, rest) = row.as_chunks::<8>();
    let mut lanes = [0.0_f32; 8];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().chain(rest).map(|value| f64::from(*value)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight bits of a linear congruential generator (Numerical Recipes' constants).
    fn noise(count: usize, seed: u32) -> Vec<u32> {
        let step = |x: &mut u32| {
            *x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some(*x >> 24)
        };
        std::iter::repeat_n((), count)
            .scan(seed, |x, ()| step(x))
            .collect()
    }

    /// A ramp with noise, and four others to compare it with.
    fn pictures(width: usize, height: usize) -> (Vec<u8>, [Vec<u8>; 4]) {
        let (n1, n2) = (noise(width * height, 1), noise(width * height, 2));
        let base = |i: usize| ((i % width) * 3 + (i / width) * 2) as u32 % 256;
        let one = |i: usize| (base(i) * 3 + n1[i]) / 4;
        let picture = |value: &dyn Fn(usize) -> u32| (0..width * height).map(|i| value(i) as u8).collect();
        let others = [
            picture(&|i| (one(i) + 20).min(255)),
            picture(&|i| (one(i) * 3 + n2[i]) / 4),
            picture(&|_| 128),
            picture(&|i| one(i - i % width + (width - 1 - i % width))),
        ];
        (picture(&one), others)
    }

    fn units(samples: &[u8]) -> Vec<f32> {
        samples.iter().map(|&value| f32::from(value) / 255.0).collect()
    }

    /// Expected numbers: scikit-image 0.26.0, the call of the module's first lines.
    const SCIKIT_IMAGE: [((usize, usize), [f64; 4]); 2] = [
        (
            (48, 40),
            [
                0.9847094359254951,
                0.6169636783358925,
                0.1408102677981454,
                0.06315730363645139,
            ],
        ),
        (
            (64, 33),
            [
                0.9864790130663241,
                0.6086122241474455,
                0.13910482840162935,
                0.01825422746738547,
            ],
        ),
    ];

    #[test]
    fn grey_agrees_with_scikit_image() {
        for ((width, height), expected) in SCIKIT_IMAGE {
            let (one, others) = pictures(width, height);
            for (other, expected) in others.iter().zip(expected) {
                let grey = |samples| Image::grey8(samples, width, height).unwrap();
                let found = mean(&grey(&one), &grey(other)).unwrap();
                assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
                let (one, other) = (units(&one), units(other));
                let unit = |samples| Image::unit(samples, width, height).unwrap();
                let found = mean(&unit(&one), &unit(&other)).unwrap();
                assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
            }
        }
    }

    #[test]
    fn rgb_is_the_mean_of_its_channels() {
        let ((width, height), expected) = SCIKIT_IMAGE[0];
        let (one, others) = pictures(width, height);
        let weave = |channels: [&[u8]; 3]| -> Vec<u8> {
            (0..width * height)
                .flat_map(|i| channels.map(|channel| channel[i]))
                .collect()
        };
        let (a, b) = (weave([&one; 3]), weave([&others[0], &others[1], &others[2]]));
        let rgb = |samples| Image::rgb8(samples, width, height).unwrap();
        let found = mean(&rgb(&a), &rgb(&b)).unwrap();
        let expected = expected[..3].iter().sum::<f64>() / 3.0;
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }

    /// The plain formula in double precision, window by window.
    fn by_hand(one: &[u8], two: &[u8], width: usize, height: usize, x: usize, y: usize) -> f64 {
        let weight = |d: isize| (-(d * d) as f64 / 4.5).exp();
        let total: f64 = (-5..=5).map(weight).sum();
        let fold = |i: isize, n: usize| {
            let n = n as isize;
            let i = i.rem_euclid(2 * n);
            i.min(2 * n - 1 - i) as usize
        };
        let mut sums = [0.0; 5];
        for dy in -5..=5 {
            for dx in -5..=5 {
                let at = fold(y as isize + dy, height) * width + fold(x as isize + dx, width);
                let (a, b) = (f64::from(one[at]), f64::from(two[at]));
                let w = weight(dx) * weight(dy) / (total * total);
                for (sum, value) in sums.iter_mut().zip([a, b, a * a, b * b, a * b]) {
                    *sum += w * value;
                }
            }
        }
        let [a, b, aa, bb, ab] = sums;
        let (c1, c2) = (2.55_f64.powi(2), 7.65_f64.powi(2));
        (2.0 * a * b + c1) * (2.0 * (ab - a * b) + c2)
            / ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2))
    }

    #[test]
    fn every_pixel_agrees_with_the_formula_also_where_strips_meet_and_at_the_borders() {
        let (width, height) = (STRIP * 2 + 29, 23);
        let (one, others) = pictures(width, height);
        for two in &others {
            let grey = |samples| Image::grey8(samples, width, height).unwrap();
            let map = map(&grey(&one), &grey(two)).unwrap();
            for (i, found) in map.iter().enumerate() {
                let expected = by_hand(&one, two, width, height, i % width, i / width);
                assert!(
                    (f64::from(*found) - expected).abs() < 2e-5,
                    "{found}, not {expected} at {i}"
                );
            }
        }
    }

    /// Catalogue pictures are mostly flat: white ground, black cloth, hard edges. Single precision must not show there.
    #[test]
    fn flat_ground_and_hard_edges_are_as_exact_as_noise() {
        let (width, height) = (96, 64);
        let picture = |ground: u8, cloth: u8, shift: usize| -> Vec<u8> {
            (0..width * height)
                .map(|i| {
                    let inside = (30 + shift..70 + shift).contains(&(i % width)) && i / width > 20;
                    if inside { cloth } else { ground }
                })
                .collect()
        };
        let one = picture(255, 3, 0);
        for two in [
            picture(255, 3, 1),
            picture(250, 3, 0),
            picture(255, 30, 0),
            picture(3, 255, 0),
        ] {
            let grey = |samples| Image::grey8(samples, width, height).unwrap();
            let found = mean(&grey(&one), &grey(&two)).unwrap();
            let inside = (5..height - 5).flat_map(|y| (5..width - 5).map(move |x| (x, y)));
            let each: Vec<f64> = inside
                .map(|(x, y)| by_hand(&one, &two, width, height, x, y))
                .collect();
            let expected = each.iter().sum::<f64>() / each.len() as f64;
            assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
        }
    }

    #[test]
    fn a_mask_picks_its_pixels() {
        let (width, height) = (150, 40);
        let (one, others) = pictures(width, height);
        let grey = |samples| Image::grey8(samples, width, height).unwrap();
        let (one, two) = (grey(&one), grey(&others[1]));
        let whole = map(&one, &two).unwrap();
        let mask: Vec<bool> = (0..width * height)
            .map(|i| i % width > 90 && i / width < 17 && i % 3 == 0)
            .collect();
        let picked: Vec<f64> = whole
            .iter()
            .zip(&mask)
            .filter(|(_, set)| **set)
            .map(|(v, _)| f64::from(*v))
            .collect();
        let expected = picked.iter().sum::<f64>() / picked.len() as f64;
        let found = masked_mean(&one, &two, &mask).unwrap().unwrap();
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
        assert_eq!(masked_mean(&one, &two, &vec![false; width * height]), Ok(None));
        assert_eq!(masked_mean(&one, &two, &mask[1..]), Err(SsimError::Different));
    }

    #[test]
    fn a_picture_is_itself_everywhere_and_misfits_are_told() {
        let (one, _) = pictures(30, 20);
        let image = Image::grey8(&one, 30, 20).unwrap();
        assert!(
            map(&image, &image)
                .unwrap()
                .iter()
                .all(|v| (v - 1.0).abs() < 1e-6)
        );
        let turned = Image::grey8(&one, 20, 30).unwrap();
        assert_eq!(mean(&image, &turned), Err(SsimError::Different));
        let unit = units(&one);
        assert_eq!(
            mean(&image, &Image::unit(&unit, 30, 20).unwrap()),
            Err(SsimError::Different)
        );
        assert_eq!(
            Image::grey8(&one, 60, 10).unwrap_err(),
            SsimError::TooSmall(60, 10)
        );
        assert!(matches!(
            Image::rgb8(&one, 30, 20),
            Err(SsimError::WrongLength { .. })
        ));
        let smallest = Image::grey8(&one[..121], 11, 11).unwrap();
        assert!((mean(&smallest, &smallest).unwrap() - 1.0).abs() < 1e-6);
    }
}
