//! How far a garment leans, by the mirror symmetry of its outline.

use imaging::Picture;
use serde::Serialize;

use super::plane::Plane;

/// Side of the square the outline is judged in, in pixels.
const SIDE: usize = 192;
/// The largest lean that is corrected, in degrees: beyond it the garment was laid that way.
const TILT_MAX_DEG: f64 = 8.0;
/// Overlap with its mirror image below which a garment is asymmetric and is left alone.
const SYMMETRY_MIN: f64 = 0.82;
/// What turning has to gain in overlap before it is worth doing.
const GAIN_MIN: f64 = 0.006;

/// What the search found and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Symmetry {
    /// The lean that is corrected, in degrees clockwise; 0 when left alone.
    pub(crate) tilt_deg: f64,
    /// The lean with the best symmetry, corrected or not.
    pub(crate) best_tilt_deg: f64,
    /// Overlap of the outline with its mirror image at `best_tilt_deg`: intersection over union.
    pub(crate) overlap: f64,
    /// The same without turning.
    pub(crate) overlap_as_shot: f64,
}

/// Finds the lean of a cut-out garment.
pub(crate) fn symmetry(cutout: &Picture, bounds: [u32; 4]) -> Symmetry {
    let outline = Outline::of(cutout, bounds);
    let as_shot = outline.best_over(0.0, -8.0, 8.0, 1.0);
    let mut best = as_shot;
    for step in -8..=8 {
        best = best.max_overlap(outline.best_over(f64::from(step) * 1.5, -8.0, 8.0, 1.0));
    }
    let coarse = best;
    for step in -6..=6 {
        let tilt = coarse.tilt_deg + f64::from(step) * 0.25;
        best = best.max_overlap(outline.best_over(tilt, coarse.offset - 1.5, coarse.offset + 1.5, 0.5));
    }
    let worth_it = best.overlap - as_shot.overlap >= GAIN_MIN
        && best.overlap >= SYMMETRY_MIN
        && best.tilt_deg.abs() <= TILT_MAX_DEG;
    Symmetry {
        tilt_deg: if worth_it { best.tilt_deg } else { 0.0 },
        best_tilt_deg: best.tilt_deg,
        overlap: best.overlap,
        overlap_as_shot: as_shot.overlap,
    }
}

/// A mirror axis: how it leans, how far it lies from the centroid, and how well the outline folds over it.
#[derive(Clone, Copy)]
struct Axis {
    tilt_deg: f64,
    offset: f64,
    overlap: f64,
}

impl Axis {
    fn max_overlap(self, other: Self) -> Self {
        if other.overlap > self.overlap { other } else { self }
    }
}

/// Coverage of a garment, its longer side shrunk to fit [`SIDE`].
struct Outline {
    coverage: Plane,
    centroid: (f64, f64),
}

impl Outline {
    fn of(cutout: &Picture, [left, top, width, height]: [u32; 4]) -> Self {
        let longest = f64::from(width.max(height)).max(1.0);
        let shrink = longest / SIDE as f64;
        let columns = (f64::from(width) / shrink).round().max(1.0) as usize;
        let rows = (f64::from(height) / shrink).round().max(1.0) as usize;
        let coverage = Plane::from_fn(columns, rows, |x, y| {
            let span = |index: usize, start: u32, end: u32| {
                let first = start + (index as f64 * shrink) as u32;
                let last = start + ((index + 1) as f64 * shrink) as u32;
                first.min(end - 1)..last.max(first + 1).min(end)
            };
            mean_alpha(cutout, span(x, left, left + width), span(y, top, top + height))
        });
        let centroid = centroid(&coverage);
        Self { coverage, centroid }
    }

    /// The best axis of one lean, over a range of offsets in pixels.
    fn best_over(&self, tilt_deg: f64, from: f64, to: f64, step: f64) -> Axis {
        let turned = self.turned(tilt_deg);
        let steps = ((to - from) / step).round() as i32;
        (0..=steps)
            .map(|index| {
                let offset = from + f64::from(index) * step;
                Axis {
                    tilt_deg,
                    offset,
                    overlap: fold(&turned, offset),
                }
            })
            .reduce(Axis::max_overlap)
            .unwrap_or(Axis {
                tilt_deg,
                offset: 0.0,
                overlap: 0.0,
            })
    }

    /// The outline turned upright about its centroid, which lands in the middle of an odd-sided square.
    fn turned(&self, tilt_deg: f64) -> Plane {
        let side = SIDE * 3 / 2 + 1;
        let middle = (side / 2) as f64;
        let (sin, cos) = tilt_deg.to_radians().sin_cos();
        let (width, height) = (self.coverage.width as f64, self.coverage.height as f64);
        Plane::from_fn(side, side, |x, y| {
            let (dx, dy) = (x as f64 - middle, y as f64 - middle);
            let u = self.centroid.0 + dx * cos - dy * sin;
            let v = self.centroid.1 + dx * sin + dy * cos;
            let inside = u > 0.0 && v > 0.0 && u < width && v < height;
            if inside {
                self.coverage.sample(u as f32, v as f32)
            } else {
                0.0
            }
        })
    }
}

fn mean_alpha(cutout: &Picture, columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> f32 {
    let count = (columns.len() * rows.len()) as f64;
    let sum: f64 = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .map(|(x, y)| f64::from(cutout.get_pixel(x, y)[3]))
        .sum();
    (sum / (count * 65535.0)) as f32
}

fn centroid(coverage: &Plane) -> (f64, f64) {
    let (mut mass, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
    for y in 0..coverage.height {
        for x in 0..coverage.width {
            let value = f64::from(coverage.at(x, y));
            mass += value;
            x_sum += value * (x as f64 + 0.5);
            y_sum += value * (y as f64 + 0.5);
        }
    }
    if mass > 0.0 {
        (x_sum / mass, y_sum / mass)
    } else {
        (coverage.width as f64 / 2.0, coverage.height as f64 / 2.0)
    }
}

/// Intersection over union of a plane with itself folded over the column `middle + offset`.
fn fold(plane: &Plane, offset: f64) -> f64 {
    let twice = (2.0 * (plane.width / 2) as f64 + 2.0 * offset).round() as i64;
    let width = plane.width as i64;
    let (mut both, mut either) = (0.0, 0.0);
    for row in plane.values.chunks_exact(plane.width) {
        for (x, &here) in row.iter().enumerate() {
            let mirror = twice - x as i64;
            let there = if (0..width).contains(&mirror) {
                row[mirror as usize]
            } else {
                0.0
            };
            both += f64::from(here.min(there));
            either += f64::from(here.max(there));
        }
    }
    if either > 0.0 { both / either } else { 0.0 }
}
