//! From a guess to a fit: Gauss-Newton on locally normalised lightness, coarse to fine.
//!
//! Lightness is divided by its local spread first, so that a recoloured garment is still found in its place:
//! judging its colour is another step's work.

use super::map::Map;
use crate::locks::plane::{Plane, sample_all};

/// Local mean and spread are taken over this sigma, as a share of the frame's longer side.
const LOCAL_SIGMA: f32 = 0.04;
/// Added to the local spread, in L units, so that noise of plain cloth stays small.
const SPREAD_FLOOR: f32 = 2.0;
/// Of a template with more pixels, only every second, third and so on is looked at, both ways.
const POINTS_MAX: usize = 15_000;
/// A round that moves no corner by this many pixels is the last.
const MOVE_MIN: f32 = 0.002;

/// Lightness with its local mean taken off, divided by its local spread.
pub(super) fn normalised(lightness: &Plane) -> Plane {
    let sigma = LOCAL_SIGMA * lightness.width.max(lightness.height) as f32;
    let mean = lightness.blurred(sigma);
    let away = lightness.with(&mean, |v, m| v - m);
    let spread = away.map(|v| v * v).blurred(sigma);
    away.with(&spread, |v, s| v / (s.max(0.0).sqrt() + SPREAD_FLOOR))
        .blurred(0.8)
}

/// Moves `start` (template frame to `moving`) so that the moving picture explains the template where it has weight.
pub(super) fn refined(template: &Plane, weight: &Plane, moving: &Plane, start: Map, rounds: usize) -> Map {
    let gradients = gradients(moving);
    let mut map = start;
    let mut spread = 1.0_f32;
    for _ in 0..rounds {
        let mut normal = Normal::default();
        for (x, y, t, w) in points(template, weight) {
            let (u, v) = map.apply(x, y);
            if u < 0.0 || v < 0.0 || u > moving.width as f32 || v > moving.height as f32 {
                continue;
            }
            let [m, gx, gy] = sample_all([moving, &gradients.0, &gradients.1], u, v);
            let residual = t - m;
            let (cx, cy) = (x - template.width as f32 / 2.0, y - template.height as f32 / 2.0);
            let trust = w / (1.0 + (residual / spread).powi(2));
            normal.add([gx * cx + gy * cy, gy * cx - gx * cy, gx, gy], residual, trust, w);
        }
        let Some([da, db, dx, dy]) = normal.step() else {
            return map;
        };
        spread = normal.spread().max(0.05);
        let (cx, cy) = (template.width as f32 / 2.0, template.height as f32 / 2.0);
        map.a += da;
        map.b += db;
        map.x0 += dx - da * cx + db * cy;
        map.y0 += dy - db * cx - da * cy;
        if (da.abs() + db.abs()) * cx.max(cy) + dx.abs() + dy.abs() < MOVE_MIN {
            break;
        }
    }
    map
}

/// Weighted correlation of the template with what the map brings from the moving picture, -1..=1.
pub(super) fn correlation(template: &Plane, weight: &Plane, moving: &Plane, map: Map) -> f32 {
    let (mut n, mut t1, mut m1, mut tt, mut mm, mut tm) = (0.0_f64, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y, t, w) in points(template, weight) {
        let (u, v) = map.apply(x, y);
        let (t, m, w) = (f64::from(t), f64::from(moving.sample(u, v)), f64::from(w));
        n += w;
        t1 += w * t;
        m1 += w * m;
        tt += w * t * t;
        mm += w * m * m;
        tm += w * t * m;
    }
    if n <= 0.0 {
        return 0.0;
    }
    let covariance = tm / n - t1 * m1 / (n * n);
    let variances = (tt / n - (t1 / n).powi(2)) * (mm / n - (m1 / n).powi(2));
    (covariance / (variances.max(0.0).sqrt() + 1e-4)) as f32
}

fn points<'a>(template: &'a Plane, weight: &'a Plane) -> impl Iterator<Item = (f32, f32, f32, f32)> + 'a {
    let (width, height) = (template.width, template.height);
    let step = ((width * height) as f32 / POINTS_MAX as f32)
        .sqrt()
        .ceil()
        .max(1.0) as usize;
    let places = (0..height)
        .step_by(step)
        .flat_map(move |y| (0..width).step_by(step).map(move |x| (x, y)));
    places.filter_map(move |(x, y)| {
        let index = y * width + x;
        let w = weight.data[index];
        (w > 0.0).then_some((x as f32 + 0.5, y as f32 + 0.5, template.data[index], w))
    })
}

/// Central differences.
fn gradients(plane: &Plane) -> (Plane, Plane) {
    let (w, h) = (plane.width, plane.height);
    let mut gx = Plane::new(w, h, 0.0);
    let mut gy = Plane::new(w, h, 0.0);
    for y in 0..h {
        for x in 0..w {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(w - 1));
            let (above, below) = (y.saturating_sub(1), (y + 1).min(h - 1));
            gx.data[y * w + x] = (plane.at(right, y) - plane.at(left, y)) / 2.0;
            gy.data[y * w + x] = (plane.at(x, below) - plane.at(x, above)) / 2.0;
        }
    }
    (gx, gy)
}

/// The normal equations of one round.
#[derive(Default)]
struct Normal {
    matrix: [[f64; 4]; 4],
    right: [f64; 4],
    misfit: f64,
    weight: f64,
}

impl Normal {
    fn add(&mut self, jacobian: [f32; 4], residual: f32, trust: f32, weight: f32) {
        let j = jacobian.map(f64::from);
        let (r, t) = (f64::from(residual), f64::from(trust));
        for row in 0..4 {
            for column in 0..=row {
                self.matrix[row][column] += t * j[row] * j[column];
            }
            self.right[row] += t * j[row] * r;
        }
        self.misfit += f64::from(weight * residual.abs());
        self.weight += f64::from(weight);
    }

    /// Robust spread of the residuals: their mean size as that of a normal distribution.
    fn spread(&self) -> f32 {
        (1.2533 * self.misfit / self.weight.max(1e-9)) as f32
    }

    /// Solves by Cholesky's decomposition, slightly damped; nothing when the picture says nothing.
    fn step(&self) -> Option<[f32; 4]> {
        let mut low = [[0.0_f64; 4]; 4];
        for row in 0..4 {
            for column in 0..=row {
                let known: f64 = (0..column).map(|k| low[row][k] * low[column][k]).sum();
                if row == column {
                    let pivot = self.matrix[row][row] * 1.001 + 1e-6 - known;
                    if pivot <= 1e-9 {
                        return None;
                    }
                    low[row][row] = pivot.sqrt();
                } else {
                    low[row][column] = (self.matrix[row][column] - known) / low[column][column];
                }
            }
        }
        let mut y = [0.0; 4];
        for row in 0..4 {
            let known: f64 = (0..row).map(|k| low[row][k] * y[k]).sum();
            y[row] = (self.right[row] - known) / low[row][row];
        }
        let mut x = [0.0; 4];
        for row in (0..4).rev() {
            let known: f64 = (row + 1..4).map(|k| low[k][row] * x[k]).sum();
            x[row] = (y[row] - known) / low[row][row];
        }
        Some(x.map(|v| v as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_and_moved_pattern_is_found_to_a_twentieth_of_a_pixel() {
        let value = |x: f32, y: f32| (x / 5.0).sin() * (y / 7.0).cos() + (x * y / 300.0).sin();
        let truth = Map::around((40.0, 40.0), 1.03, 2.5, (51.0, 47.0));
        let plane = |size: usize, at: &dyn Fn(f32, f32) -> f32| Plane {
            width: size,
            height: size,
            data: (0..size * size)
                .map(|i| at((i % size) as f32 + 0.5, (i / size) as f32 + 0.5))
                .collect(),
        };
        let moving = plane(100, &value);
        let template = plane(80, &|x, y| {
            let (u, v) = truth.apply(x, y);
            value(u, v)
        });
        let weight = Plane::new(80, 80, 1.0);
        let start = Map::around((40.0, 40.0), 1.0, 0.0, (52.0, 46.0));
        let found = refined(&template, &weight, &moving, start, 30);
        for (x, y) in [(5.0, 5.0), (75.0, 5.0), (40.0, 75.0)] {
            let ((fx, fy), (tx, ty)) = (found.apply(x, y), truth.apply(x, y));
            assert!(
                (fx - tx).hypot(fy - ty) < 0.05,
                "({fx}, {fy}) is not ({tx}, {ty})"
            );
        }
        assert!(correlation(&template, &weight, &moving, found) > 0.99);
    }
}
