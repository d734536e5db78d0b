//! Points of a picture that can be found again: extrema of differences of Gaussians, described by their gradients.
//!
//! D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004, with his constants unless said
//! otherwise, and the square root of R. Arandjelovic and A. Zisserman, CVPR 2012.

use super::orientation::{dominant, gradient};
use crate::locks::plane::Plane;

/// Scales per octave.
const SCALES: usize = 3;
/// Blur of an octave's first level, and the blur a picture is taken to have.
pub(super) const SIGMA: f32 = 1.6;
const SIGMA_OWN: f32 = 0.5;
/// Least response, in units of the local spread of lightness.
const CONTRAST_MIN: f32 = 0.02;
/// Greatest ratio of the curvatures: above it, the point lies on an edge and slides.
const CURVATURES: f32 = 10.0;
/// An octave has at least this many pixels on its shorter side.
const OCTAVE_MIN: usize = 16;
/// Numbers in a description: 4 x 4 places of 8 directions.
pub(super) const NUMBERS: usize = 128;
/// Length of a description.
pub(super) const LENGTH: f32 = 256.0;

/// A point and what it looks like.
#[derive(Clone, Debug)]
pub(super) struct KeyPoint {
    /// Position and scale in pixels of the frame.
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) scale: f32,
    /// Main direction of the gradient, radians.
    pub(super) angle: f32,
    /// Square roots of shares of the gradient, of length [`LENGTH`].
    pub(super) numbers: [i16; NUMBERS],
}

/// The strongest points of a locally normalised picture where the mask (same size) allows; `unit` is the length of a
/// picture pixel in frame pixels.
pub(super) fn key_points(picture: &Plane, mask: Option<&Plane>, unit: f32, keep: usize) -> Vec<KeyPoint> {
    let mut base = picture.blurred((SIGMA * SIGMA - SIGMA_OWN * SIGMA_OWN).sqrt());
    let mut step = 1.0;
    let mut octaves = Vec::new();
    let mut found = Vec::new();
    while base.width.min(base.height) >= OCTAVE_MIN {
        let levels = levels(base);
        let allowed = |x: f32, y: f32| mask.is_none_or(|mask| mask.sample(x * step, y * step) > 0.5);
        for extremum in extrema(&levels, &allowed) {
            found.push((octaves.len(), extremum));
        }
        base = halved(&levels[SCALES]);
        octaves.push((levels, step));
        step *= 2.0;
    }
    found.sort_by(|(_, one), (_, two)| two.response.total_cmp(&one.response));
    found.truncate(keep);
    let described = |(octave, extremum): (usize, Extremum)| {
        let (levels, step) = &octaves[octave];
        describe(&levels[extremum.level], &extremum, step * unit)
    };
    found.into_iter().filter_map(described).collect()
}

/// Blurred versions of an octave's first level, each 2^(1/3) wider.
fn levels(base: Plane) -> Vec<Plane> {
    let ratio = 2.0_f32.powf(1.0 / SCALES as f32);
    let mut levels = vec![base];
    for level in 1..SCALES + 3 {
        let sigma = SIGMA * ratio.powi(level as i32 - 1) * (ratio * ratio - 1.0).sqrt();
        levels.push(levels[level - 1].blurred(sigma));
    }
    levels
}

fn halved(plane: &Plane) -> Plane {
    let mut out = Plane::new(plane.width / 2, plane.height / 2, 0.0);
    for y in 0..out.height {
        for x in 0..out.width {
            // The mean of four keeps pixel centres where the coordinates say they are.
            let sum = plane.at(2 * x, 2 * y)
                + plane.at(2 * x + 1, 2 * y)
                + plane.at(2 * x, 2 * y + 1)
                + plane.at(2 * x + 1, 2 * y + 1);
            out.data[y * out.width + x] = sum / 4.0;
        }
    }
    out
}

/// A place in an octave, in its continuous pixel coordinates.
struct Extremum {
    level: usize,
    x: f32,
    y: f32,
    sigma: f32,
    response: f32,
}

fn extrema(levels: &[Plane], allowed: &dyn Fn(f32, f32) -> bool) -> Vec<Extremum> {
    let differences: Vec<Plane> = levels
        .windows(2)
        .map(|pair| pair[1].with(&pair[0], |wide, narrow| wide - narrow))
        .collect();
    let (width, height) = (levels[0].width, levels[0].height);
    let mut found = Vec::new();
    for level in 1..=SCALES {
        let around = [
            &differences[level - 1],
            &differences[level],
            &differences[level + 1],
        ];
        for y in 5..height.saturating_sub(5) {
            for x in 5..width.saturating_sub(5) {
                let value = around[1].data[y * width + x];
                if value.abs() >= CONTRAST_MIN
                    && is_extremum(around, x, y, value)
                    && !on_edge(around[1], x, y)
                    && allowed(x as f32 + 0.5, y as f32 + 0.5)
                {
                    found.push(placed(around, level, (x, y), value));
                }
            }
        }
    }
    found
}

fn is_extremum(around: [&Plane; 3], x: usize, y: usize, value: f32) -> bool {
    let width = around[0].width;
    let sign = value.signum();
    [1, 0, 2].into_iter().all(|level| {
        (y - 1..=y + 1).all(|j| {
            let row = &around[level].data[j * width + x - 1..j * width + x + 2];
            row.iter().all(|&other| sign * other <= sign * value)
        })
    })
}

fn on_edge(plane: &Plane, x: usize, y: usize) -> bool {
    let at = |dx: usize, dy: usize| plane.at(x + dx - 1, y + dy - 1);
    let (xx, yy) = (
        at(0, 1) + at(2, 1) - 2.0 * at(1, 1),
        at(1, 0) + at(1, 2) - 2.0 * at(1, 1),
    );
    let xy = (at(2, 2) + at(0, 0) - at(2, 0) - at(0, 2)) / 4.0;
    let (trace, determinant) = (xx + yy, xx * yy - xy * xy);
    determinant <= 0.0 || trace * trace * CURVATURES >= (CURVATURES + 1.0).powi(2) * determinant
}

/// The extremum between the pixels, by a parabola along each axis.
fn placed(around: [&Plane; 3], level: usize, (x, y): (usize, usize), value: f32) -> Extremum {
    let peak = |before: f32, after: f32| {
        let curvature = before + after - 2.0 * value;
        if curvature.abs() < 1e-9 {
            return 0.0;
        }
        ((before - after) / (2.0 * curvature)).clamp(-0.5, 0.5)
    };
    let middle = around[1];
    let (dx, dy) = (
        peak(middle.at(x - 1, y), middle.at(x + 1, y)),
        peak(middle.at(x, y - 1), middle.at(x, y + 1)),
    );
    let ds = peak(around[0].at(x, y), around[2].at(x, y));
    Extremum {
        level,
        x: x as f32 + 0.5 + dx,
        y: y as f32 + 0.5 + dy,
        sigma: SIGMA * 2.0_f32.powf((level as f32 + ds) / SCALES as f32),
        response: value.abs(),
    }
}

/// Gradient directions over 4 x 4 places, turned by the point's own direction.
fn describe(level: &Plane, point: &Extremum, unit: f32) -> Option<KeyPoint> {
    let angle = dominant(level, (point.x, point.y), point.sigma);
    let (sin, cos) = angle.sin_cos();
    let spacing = 0.75 * point.sigma;
    let mut sums = [0.0_f32; NUMBERS];
    for index in 0..256 {
        let (u, v) = ((index % 16) as f32 - 7.5, (index / 16) as f32 - 7.5);
        let (x, y) = (
            point.x + spacing * (cos * u - sin * v),
            point.y + spacing * (sin * u + cos * v),
        );
        let Some((length, direction)) = gradient(level, x, y) else {
            continue;
        };
        let weight = length * (-(u * u + v * v) / 128.0).exp();
        let turned = (direction - angle).rem_euclid(std::f32::consts::TAU) / std::f32::consts::FRAC_PI_4;
        spread(&mut sums, (u / 4.0 + 1.5, v / 4.0 + 1.5, turned), weight);
    }
    Some(KeyPoint {
        x: point.x * unit,
        y: point.y * unit,
        scale: point.sigma * unit,
        angle,
        numbers: normalised(&sums)?,
    })
}

/// Shares a weight among the eight nearest bins of place and direction.
fn spread(sums: &mut [f32; NUMBERS], (x, y, direction): (f32, f32, f32), weight: f32) {
    let (i, j, k) = (x.floor(), y.floor(), direction.floor());
    let (fx, fy, fk) = (x - i, y - j, direction - k);
    for (row, share_y) in [(j, 1.0 - fy), (j + 1.0, fy)] {
        for (column, share_x) in [(i, 1.0 - fx), (i + 1.0, fx)] {
            if !(0.0..4.0).contains(&row) || !(0.0..4.0).contains(&column) {
                continue;
            }
            let at = (row as usize * 4 + column as usize) * 8;
            let share = weight * share_x * share_y;
            sums[at + k as usize % 8] += share * (1.0 - fk);
            sums[at + (k as usize + 1) % 8] += share * fk;
        }
    }
}

/// Unit length, no number above 0.2 of it, then square roots of the shares.
fn normalised(sums: &[f32; NUMBERS]) -> Option<[i16; NUMBERS]> {
    let length = sums.iter().map(|v| v * v).sum::<f32>().sqrt();
    let clipped = sums.map(|v| (v / length).min(0.2));
    let total: f32 = clipped.iter().sum();
    (length > 1e-6 && total > 0.0).then(|| clipped.map(|v| (LENGTH * (v / total).sqrt()).round() as i16))
}
