//! Dense movement between two pictures of one size: T. Kroeger and others, "Fast Optical Flow using Dense Inverse
//! Search", ECCV 2016, without its variational step.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use crate::locks::plane::{Plane, vectorised};

/// Side of a patch and distance between patches, in pixels of a level.
const PATCH: usize = 8;
const STRIDE: usize = 4;
/// Steps of a patch's search.
const STEPS: usize = 12;
/// A patch that moves less than this in a step has arrived.
const ARRIVED: f32 = 0.02;
/// The coarsest level has at least this many pixels on its shorter side.
const COARSEST: usize = 24;
/// A patch with less gradient (summed squares) stays where the coarser level put it.
const GRADIENT_MIN: f32 = 60.0;

/// For each pixel of `from`, how far to the right and down its likeness lies in `to`. Found at half of the size and
/// finer detail left out. Both hold values of about 0..=255.
pub(super) fn flow(from: &Plane, to: &Plane) -> (Plane, Plane) {
    let mut levels = vec![(halved(from), halved(to))];
    while levels
        .last()
        .is_some_and(|(plane, _)| plane.width.min(plane.height) >= 2 * COARSEST)
    {
        let (one, two) = &levels[levels.len() - 1];
        levels.push((halved(one), halved(two)));
    }
    let mut moved: Option<(Plane, Plane)> = None;
    for (one, two) in levels.iter().rev() {
        let start = moved.map_or_else(
            || {
                (
                    Plane::new(one.width, one.height, 0.0),
                    Plane::new(one.width, one.height, 0.0),
                )
            },
            |(u, v)| (doubled(&u, one), doubled(&v, one)),
        );
        moved = Some(level(one, two, &start));
    }
    let (u, v) = moved.unwrap_or_else(|| (from.map(|_| 0.0), from.map(|_| 0.0)));
    (doubled(&u, from), doubled(&v, from))
}

fn halved(plane: &Plane) -> Plane {
    plane.resized((plane.width / 2).max(1), (plane.height / 2).max(1))
}

/// A coarser level's movement in the size and pixels of a finer one.
fn doubled(plane: &Plane, like: &Plane) -> Plane {
    plane.resized(like.width, like.height).map(|v| 2.0 * v)
}

fn level(from: &Plane, to: &Plane, start: &(Plane, Plane)) -> (Plane, Plane) {
    let (width, height) = (from.width, from.height);
    let mut sums = [
        Plane::new(width, height, 0.0),
        Plane::new(width, height, 0.0),
        Plane::new(width, height, 1e-6),
    ];
    let places = |length: usize| {
        let last = length.saturating_sub(PATCH);
        (0..last).step_by(STRIDE).chain(std::iter::once(last))
    };
    if width < PATCH || height < PATCH {
        return start.clone();
    }
    vectorised(|| {
        for top in places(height) {
            for left in places(width) {
                let patch = Patch::new(from, left, top);
                let middle = (top + PATCH / 2) * width + left + PATCH / 2;
                let moved = patch.search(to, (start.0.data[middle], start.1.data[middle]));
                patch.vote(to, moved, &mut sums);
            }
        }
    });
    let [u, v, weight] = sums;
    (u.with(&weight, |u, w| u / w), v.with(&weight, |v, w| v / w))
}

struct Patch {
    left: usize,
    top: usize,
    /// Values without their mean, and their gradients.
    values: [f32; PATCH * PATCH],
    across: [f32; PATCH * PATCH],
    down: [f32; PATCH * PATCH],
    /// Inverse of the gradients' products, none where the patch is plain.
    inverse: Option<[f32; 3]>,
}

impl Patch {
    #[inline(always)]
    fn new(plane: &Plane, left: usize, top: usize) -> Self {
        let mut patch = Self {
            left,
            top,
            values: [0.0; PATCH * PATCH],
            across: [0.0; PATCH * PATCH],
            down: [0.0; PATCH * PATCH],
            inverse: None,
        };
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for j in 0..PATCH {
            for i in 0..PATCH {
                let (x, y) = (left + i, top + j);
                let at = |x: usize, y: usize| plane.at(x.min(plane.width - 1), y.min(plane.height - 1));
                let gx = (at(x + 1, y) - at(x.saturating_sub(1), y)) / 2.0;
                let gy = (at(x, y + 1) - at(x, y.saturating_sub(1))) / 2.0;
                let k = j * PATCH + i;
                patch.values[k] = plane.at(x, y);
                (patch.across[k], patch.down[k]) = (gx, gy);
                xx += gx * gx;
                xy += gx * gy;
                yy += gy * gy;
            }
        }
        let mean = patch.values.iter().sum::<f32>() / (PATCH * PATCH) as f32;
        for value in &mut patch.values {
            *value -= mean;
        }
        // A little damping keeps a patch on a line from sliding along it.
        let damping = 0.02 * (xx + yy) + 1.0;
        let determinant = (xx + damping) * (yy + damping) - xy * xy;
        if xx + yy >= GRADIENT_MIN {
            patch.inverse = Some([
                (yy + damping) / determinant,
                -xy / determinant,
                (xx + damping) / determinant,
            ]);
        }
        patch
    }

    /// What lies under the patch moved so far, without its mean.
    #[inline(always)]
    fn seen(&self, to: &Plane, (u, v): (f32, f32)) -> [f32; PATCH * PATCH] {
        let (x, y) = (
            (self.left as f32 + u).clamp(0.0, (to.width - PATCH) as f32),
            (self.top as f32 + v).clamp(0.0, (to.height - PATCH) as f32),
        );
        let (i, j) = (
            (x as usize).min(to.width - PATCH),
            (y as usize).min(to.height - PATCH),
        );
        let (fx, fy) = (x - i as f32, y - j as f32);
        let right = usize::from(i + PATCH < to.width);
        let below = usize::from(j + PATCH < to.height);
        let mut seen = [0.0; PATCH * PATCH];
        for (row, out) in seen.chunks_exact_mut(PATCH).enumerate() {
            let upper = &to.data[(j + row) * to.width + i..][..PATCH + right];
            let lower = &to.data[(j + row + below) * to.width + i..][..PATCH + right];
            for (k, o) in out.iter_mut().enumerate() {
                let next = (k + 1).min(upper.len() - 1);
                let high = upper[k] + fx * (upper[next] - upper[k]);
                let low = lower[k] + fx * (lower[next] - lower[k]);
                *o = high + fy * (low - high);
            }
        }
        let mean = seen.iter().sum::<f32>() / (PATCH * PATCH) as f32;
        seen.map(|v| v - mean)
    }

    #[inline(always)]
    fn search(&self, to: &Plane, start: (f32, f32)) -> (f32, f32) {
        let Some([xx, xy, yy]) = self.inverse else {
            return start;
        };
        let (mut u, mut v) = start;
        for _ in 0..STEPS {
            let seen = self.seen(to, (u, v));
            let (mut gx, mut gy) = (0.0, 0.0);
            for (k, seen) in seen.iter().enumerate() {
                let error = seen - self.values[k];
                gx += self.across[k] * error;
                gy += self.down[k] * error;
            }
            let (du, dv) = (xx * gx + xy * gy, xy * gx + yy * gy);
            (u, v) = (u - du, v - dv);
            if du * du + dv * dv < ARRIVED * ARRIVED {
                break;
            }
        }
        // A patch that ran further than its own side is lost.
        if (u - start.0).hypot(v - start.1) > PATCH as f32 {
            start
        } else {
            (u, v)
        }
    }

    /// Each pixel of the patch votes for its movement, the better it fits the more.
    #[inline(always)]
    fn vote(&self, to: &Plane, (u, v): (f32, f32), [sum_u, sum_v, sum]: &mut [Plane; 3]) {
        let seen = self.seen(to, (u, v));
        for row in 0..PATCH {
            let start = (self.top + row) * sum.width + self.left;
            for column in 0..PATCH {
                let k = row * PATCH + column;
                let weight = 1.0 / (seen[k] - self.values[k]).abs().max(1.0);
                sum_u.data[start + column] += weight * u;
                sum_v.data[start + column] += weight * v;
                sum.data[start + column] += weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_pattern_is_followed_to_a_fifth_of_a_pixel() {
        let value =
            |x: f32, y: f32| 128.0 + 50.0 * (x / 6.0).sin() * (y / 7.0).cos() + 40.0 * (x * y / 900.0).sin();
        let bend = |x: f32, y: f32| (3.0 + 2.0 * (y / 40.0).sin(), -2.0 + 1.5 * (x / 50.0).cos());
        let plane = |at: &dyn Fn(f32, f32) -> f32| Plane {
            width: 160,
            height: 140,
            data: (0..160 * 140)
                .map(|i| at((i % 160) as f32 + 0.5, (i / 160) as f32 + 0.5))
                .collect(),
        };
        let to = plane(&value);
        let from = plane(&|x, y| {
            let (u, v) = bend(x, y);
            value(x + u, y + v)
        });
        let (u, v) = flow(&from, &to);
        let mut apart: Vec<f32> = Vec::new();
        for y in 20..120 {
            for x in 20..140 {
                let (tu, tv) = bend(x as f32 + 0.5, y as f32 + 0.5);
                apart.push((u.at(x, y) - tu).hypot(v.at(x, y) - tv));
            }
        }
        apart.sort_by(f32::total_cmp);
        assert!(apart[apart.len() / 2] < 0.2, "median {}", apart[apart.len() / 2]);
        assert!(
            apart[apart.len() * 9 / 10] < 0.6,
            "90 %: {}",
            apart[apart.len() * 9 / 10]
        );
    }
}
