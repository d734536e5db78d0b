//! Turn, scale and place a cut-out on a canvas in one resampling.

use imaging::Picture;

use super::upright::Upright;

/// From canvas pixels to photo pixels.
pub(crate) trait Warp {
    /// The photo point under a canvas point; `None` where nothing of the photo belongs.
    fn to_photo(&self, x: f64, y: f64) -> Option<(f64, f64)>;

    /// Canvas pixels per photo pixel.
    fn scale(&self) -> f64;
}

/// A straight placement: an upright garment, scaled, with one point of it at a given canvas point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    /// The garment's frame.
    pub(crate) upright: Upright,
    /// Canvas pixels per photo pixel.
    pub(crate) scale: f64,
    /// The upright point that goes to `to`.
    pub(crate) from: (f64, f64),
    /// Where on the canvas it goes, in pixels.
    pub(crate) to: (f64, f64),
}

impl Placement {
    /// The upright point of a canvas point.
    pub(crate) fn to_upright(self, x: f64, y: f64) -> (f64, f64) {
        (
            self.from.0 + (x - self.to.0) / self.scale,
            self.from.1 + (y - self.to.1) / self.scale,
        )
    }
}

impl Warp for Placement {
    fn to_photo(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (u, v) = self.to_upright(x, y);
        Some(self.upright.to_photo(u, v))
    }

    fn scale(&self) -> f64 {
        self.scale
    }
}

/// Resamples a cut-out onto a transparent canvas: Lanczos3 when enlarging, area averaging when reducing,
/// on colour weighted by coverage, so the removed ground never bleeds back in.
pub(crate) fn place(cutout: &Picture, size: (u32, u32), warp: &impl Warp) -> Picture {
    let mut canvas = Picture::new(size.0, size.1);
    let sampler = Sampler::new(cutout, warp.scale());
    let mut columns = Taps::default();
    let mut rows = Taps::default();
    for (y, line) in canvas.rows_mut().enumerate() {
        for (x, pixel) in line.enumerate() {
            let Some((u, v)) = warp.to_photo(x as f64 + 0.5, y as f64 + 0.5) else {
                continue;
            };
            if !sampler.near(u, v) {
                continue;
            }
            sampler.kernel.fill(u, &mut columns);
            sampler.kernel.fill(v, &mut rows);
            pixel.0 = sampler.pixel(&columns, &rows);
        }
    }
    canvas
}

/// Weights of neighbouring pixels along one side.
#[derive(Default)]
struct Taps {
    /// The first pixel's index; may lie outside.
    first: i64,
    /// Weights that add up to 1.
    weights: Vec<f32>,
}

/// Phases of the Lanczos table between two pixels.
const PHASES: usize = 512;

enum Kernel {
    /// Six weights for each phase, row by row.
    Lanczos3(Vec<[f32; 6]>),
    /// Half the side, in photo pixels, of the square a canvas pixel covers.
    Area(f64),
}

impl Kernel {
    fn new(scale: f64) -> Self {
        if scale < 1.0 {
            return Self::Area(0.5 / scale);
        }
        Self::Lanczos3(
            (0..=PHASES)
                .map(|phase| lanczos_weights(phase as f64 / PHASES as f64))
                .collect(),
        )
    }

    /// Photo pixels the kernel reaches to each side.
    fn reach(&self) -> f64 {
        match self {
            Self::Lanczos3(_) => 3.0,
            Self::Area(half) => half + 1.0,
        }
    }

    fn fill(&self, centre: f64, taps: &mut Taps) {
        taps.weights.clear();
        match self {
            Self::Lanczos3(table) => {
                let position = centre - 0.5;
                let whole = position.floor();
                let phase = ((position - whole) * PHASES as f64).round() as usize;
                taps.first = whole as i64 - 2;
                taps.weights.extend_from_slice(&table[phase]);
            }
            Self::Area(half) => {
                let (from, to) = (centre - half, centre + half);
                taps.first = from.floor() as i64;
                let count = to.ceil() as i64 - taps.first;
                taps.weights.extend((0..count).map(|index| {
                    let left = (taps.first + index) as f64;
                    (((left + 1.0).min(to) - left.max(from)) / (2.0 * half)) as f32
                }));
            }
        }
    }
}

/// Weights of the six pixels around a point `part` of the way between the third and the fourth
/// (Duchon, "Lanczos filtering in one and two dimensions", 1979), normalised.
fn lanczos_weights(part: f64) -> [f32; 6] {
    let raw: [f64; 6] = std::array::from_fn(|index| {
        let t = (index as f64 - 2.0 - part) * std::f64::consts::PI;
        if t.abs() < 1e-9 {
            1.0
        } else if t.abs() >= 3.0 * std::f64::consts::PI {
            0.0
        } else {
            3.0 * t.sin() * (t / 3.0).sin() / (t * t)
        }
    });
    let sum: f64 = raw.iter().sum();
    raw.map(|weight| (weight / sum) as f32)
}

struct Sampler<'a> {
    samples: &'a [u16],
    width: i64,
    height: i64,
    kernel: Kernel,
    /// Left, top, right, bottom of what a canvas pixel can see any of.
    visible: [f64; 4],
}

impl<'a> Sampler<'a> {
    fn new(cutout: &'a Picture, scale: f64) -> Self {
        let kernel = Kernel::new(scale);
        let reach = kernel.reach();
        let [left, top, right, bottom] = visible_box(cutout);
        Self {
            samples: cutout.as_raw(),
            width: i64::from(cutout.width()),
            height: i64::from(cutout.height()),
            visible: [left - reach, top - reach, right + reach, bottom + reach],
            kernel,
        }
    }

    fn near(&self, u: f64, v: f64) -> bool {
        let [left, top, right, bottom] = self.visible;
        u > left && u < right && v > top && v < bottom
    }

    fn pixel(&self, columns: &Taps, rows: &Taps) -> [u16; 4] {
        let inside = columns.first >= 0 && columns.first + columns.weights.len() as i64 <= self.width;
        let mut sum = [0.0f32; 4];
        for (index, &weight) in rows.weights.iter().enumerate() {
            let y = rows.first + index as i64;
            if !(0..self.height).contains(&y) {
                continue;
            }
            let line = &self.samples[(y * self.width * 4) as usize..][..self.width as usize * 4];
            let row = if inside {
                weigh(&line[columns.first as usize * 4..], &columns.weights)
            } else {
                weigh_clipped(line, columns)
            };
            for (total, part) in sum.iter_mut().zip(row) {
                *total += weight * part;
            }
        }
        self.finish(sum, columns, rows)
    }

    /// Takes the coverage out of the colour again. Lanczos rings beside an outline: the ring cancels in the
    /// colour (both sums ring alike), and coverage is held between its four nearest pixels.
    fn finish(&self, sum: [f32; 4], columns: &Taps, rows: &Taps) -> [u16; 4] {
        let coverage = match self.kernel {
            Kernel::Area(_) => sum[3],
            Kernel::Lanczos3(_) => {
                let (low, high) = self.nearest_coverage(columns.first + 2, rows.first + 2);
                sum[3].clamp(low, high)
            }
        };
        let alpha = coverage.round() as u16;
        if alpha == 0 || sum[3] <= 0.0 {
            return [0; 4];
        }
        let colour = |channel: usize| (sum[channel] / sum[3]).round().clamp(0.0, 65535.0) as u16;
        [colour(0), colour(1), colour(2), alpha]
    }

    fn nearest_coverage(&self, x: i64, y: i64) -> (f32, f32) {
        let mut range = (f32::MAX, f32::MIN);
        for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
            let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
            let alpha = if inside {
                f32::from(self.samples[((y * self.width + x) * 4 + 3) as usize])
            } else {
                0.0
            };
            range = (range.0.min(alpha), range.1.max(alpha));
        }
        range
    }
}

/// Left, top, right, bottom of the pixels with any coverage.
fn visible_box(cutout: &Picture) -> [f64; 4] {
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (y, row) in cutout.rows().enumerate() {
        for (x, _) in row.enumerate().filter(|(_, pixel)| pixel[3] > 0) {
            let (x, y) = (x as f64, y as f64);
            bounds = [
                bounds[0].min(x),
                bounds[1].min(y),
                bounds[2].max(x + 1.0),
                bounds[3].max(y + 1.0),
            ];
        }
    }
    bounds
}

/// Weighted sums of colour times coverage (in units of 16-bit coverage) and of coverage.
fn weigh(samples: &[u16], weights: &[f32]) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    for (pixel, &weight) in samples.chunks_exact(4).zip(weights) {
        let covered = weight * f32::from(pixel[3]);
        sum[0] += covered * f32::from(pixel[0]);
        sum[1] += covered * f32::from(pixel[1]);
        sum[2] += covered * f32::from(pixel[2]);
        sum[3] += covered;
    }
    sum
}

fn weigh_clipped(line: &[u16], columns: &Taps) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    for (index, &weight) in columns.weights.iter().enumerate() {
        let Some(pixel) = usize::try_from(columns.first + index as i64)
            .ok()
            .and_then(|x| line.get(x * 4..x * 4 + 4))
        else {
            continue;
        };
        for (total, part) in sum.iter_mut().zip(weigh(pixel, &[weight])) {
            *total += part;
        }
    }
    sum
}
