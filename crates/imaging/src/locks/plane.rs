//! One channel of a picture as numbers, and the few filters the locks need.
//!
//! Coordinates are continuous: pixel (i, j) covers i..i+1 by j..j+1, its centre is (i + 0.5, j + 0.5). So a change
//! of scale is a plain multiplication.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use pulp::Arch;

/// Row-major samples of one channel.
#[derive(Clone, Debug)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<f32>,
}

impl Plane {
    pub(crate) fn new(width: usize, height: usize, value: f32) -> Self {
        Self {
            width,
            height,
            data: vec![value; width * height],
        }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// A plane of the same size, each sample changed by `change`.
    pub(crate) fn map(&self, change: impl Fn(f32) -> f32) -> Self {
        Self {
            width: self.width,
            height: self.height,
            data: self.data.iter().map(|&v| change(v)).collect(),
        }
    }

    /// A plane of the same size from two.
    pub(crate) fn with(&self, other: &Self, join: impl Fn(f32, f32) -> f32) -> Self {
        let pairs = self.data.iter().zip(&other.data);
        Self {
            width: self.width,
            height: self.height,
            data: pairs.map(|(&a, &b)| join(a, b)).collect(),
        }
    }

    pub(crate) fn sum(&self) -> f64 {
        self.data.iter().map(|&v| f64::from(v)).sum()
    }

    /// Bilinear sample at a continuous position, the border repeated outward.
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        sample_all([self], x, y)[0]
    }

    /// Resized by area averaging when smaller, by bilinear sampling when larger.
    pub(crate) fn resized(&self, width: usize, height: usize) -> Self {
        // The shorter way first.
        if height < self.height {
            self.columns_resized(height).rows_resized(width)
        } else {
            self.rows_resized(width).columns_resized(height)
        }
    }

    fn columns_resized(&self, height: usize) -> Self {
        let width = self.width;
        let mut out = Self::new(width, height, 0.0);
        let taps = area_taps(self.height, height);
        vectorised(|| {
            for ((start, weights), into) in taps.iter().zip(out.data.chunks_exact_mut(width)) {
                for (row, weight) in self.data[start * width..].chunks_exact(width).zip(weights) {
                    add_scaled(into, row, *weight);
                }
            }
        });
        out
    }

    fn rows_resized(&self, width: usize) -> Self {
        let taps = area_taps(self.width, width);
        let most = taps.iter().map(|(_, weights)| weights.len()).max().unwrap_or(0);
        // One tap of every sample after the other, so that no sample waits for its own sum.
        let starts: Vec<usize> = taps
            .iter()
            .map(|(start, _)| (*start).min(self.width - most))
            .collect();
        let mut weights = vec![0.0; most * width];
        for (x, (start, own)) in taps.iter().enumerate() {
            for (tap, weight) in own.iter().enumerate() {
                weights[(start - starts[x] + tap) * width + x] = *weight;
            }
        }
        let mut out = Self::new(width, self.height, 0.0);
        let rows = self.data.chunks_exact(self.width);
        for (row, into) in rows.zip(out.data.chunks_exact_mut(width)) {
            for (tap, weights) in weights.chunks_exact(width).enumerate() {
                let row = &row[tap..];
                for ((o, start), weight) in into.iter_mut().zip(&starts).zip(weights) {
                    *o += weight * row[*start];
                }
            }
        }
        out
    }

    /// Gaussian blur; direct up to sigma 2.5, beyond that three box blurs of the same variance.
    pub(crate) fn blurred(&self, sigma: f32) -> Self {
        if sigma > 2.5 {
            // Three boxes of width 2r + 1 have the variance r(r + 1).
            let radius = (((1.0 + 4.0 * sigma * sigma).sqrt() - 1.0) / 2.0).round() as usize;
            return self.box_mean(radius).box_mean(radius).box_mean(radius);
        }
        let kernel = gaussian_kernel(sigma, (sigma * 3.0).ceil() as usize);
        self.rows_filtered(&kernel).columns_filtered(&kernel)
    }

    fn columns_filtered(&self, kernel: &[f32]) -> Self {
        let (width, radius) = (self.width, kernel.len() / 2);
        let mut out = Self::new(width, self.height, 0.0);
        vectorised(|| {
            for (y, into) in out.data.chunks_exact_mut(width).enumerate() {
                for (tap, &weight) in kernel.iter().enumerate() {
                    let from = (y + tap).saturating_sub(radius).min(self.height - 1) * width;
                    add_scaled(into, &self.data[from..from + width], weight);
                }
            }
        });
        out
    }

    fn rows_filtered(&self, kernel: &[f32]) -> Self {
        let radius = kernel.len() / 2;
        let mut out = Self::new(self.width, self.height, 0.0);
        let mut padded = vec![0.0; self.width + 2 * radius];
        vectorised(|| {
            let rows = self.data.chunks_exact(self.width);
            for (row, into) in rows.zip(out.data.chunks_exact_mut(self.width)) {
                pad(row, radius, &mut padded);
                for (tap, &weight) in kernel.iter().enumerate() {
                    add_scaled(into, &padded[tap..], weight);
                }
            }
        });
        out
    }

    /// Mean over the (2 radius + 1) square, the border repeated outward.
    pub(crate) fn box_mean(&self, radius: usize) -> Self {
        if radius == 0 {
            return self.clone();
        }
        vectorised(|| self.rows_boxed(radius).columns_boxed(radius))
    }

    #[inline(always)]
    fn columns_boxed(&self, radius: usize) -> Self {
        let (width, last) = (self.width, self.height - 1);
        let row = |y: usize| &self.data[y.min(last) * width..][..width];
        let share = 1.0 / (2 * radius + 1) as f64;
        let mut total = vec![0.0_f64; width];
        for y in 0..2 * radius {
            for (t, v) in total.iter_mut().zip(row(y.saturating_sub(radius))) {
                *t += f64::from(*v);
            }
        }
        let mut out = Self::new(width, self.height, 0.0);
        for (y, into) in out.data.chunks_exact_mut(width).enumerate() {
            let (enters, leaves) = (row(y + radius), row(y.saturating_sub(radius)));
            for (((o, t), enters), leaves) in into.iter_mut().zip(&mut total).zip(enters).zip(leaves) {
                *t += f64::from(*enters);
                *o = (*t * share) as f32;
                *t -= f64::from(*leaves);
            }
        }
        out
    }

    #[inline(always)]
    fn rows_boxed(&self, radius: usize) -> Self {
        // Several rows at a time: one row's running sum would wait for itself at every step.
        const ROWS: usize = 8;
        let (width, last) = (self.width, self.width - 1);
        let mut out = Self::new(width, self.height, 0.0);
        let share = 1.0 / (2 * radius + 1) as f64;
        for (rows, into) in self
            .data
            .chunks(ROWS * width)
            .zip(out.data.chunks_mut(ROWS * width))
        {
            let count = rows.len() / width;
            // Rows beyond the last repeat it, and are not kept.
            let row: [&[f32]; ROWS] =
                std::array::from_fn(|index| &rows[index.min(count - 1) * width..][..width]);
            let column = |x: usize| row.map(|row| f64::from(row[x.min(last)]));
            let mut total = [0.0_f64; ROWS];
            for x in 0..2 * radius {
                let enters = column(x.saturating_sub(radius));
                total.iter_mut().zip(enters).for_each(|(t, v)| *t += v);
            }
            for x in 0..width {
                let (enters, leaves) = (column(x + radius), column(x.saturating_sub(radius)));
                total.iter_mut().zip(enters).for_each(|(t, v)| *t += v);
                for (index, t) in total.iter().enumerate().take(count) {
                    into[index * width + x] = (t * share) as f32;
                }
                total.iter_mut().zip(leaves).for_each(|(t, v)| *t -= v);
            }
        }
        out
    }

    /// 1 where the whole (2 radius + 1) square is at least 0.5, else 0. Outside the plane counts as 0.
    pub(crate) fn eroded(&self, radius: usize) -> Self {
        let inside = self.map(|v| f32::from(u8::from(v >= 0.5)));
        let mut out = inside.box_mean(radius).map(|v| f32::from(u8::from(v > 0.9999)));
        for y in 0..out.height {
            for x in 0..out.width {
                let margin = x.min(y).min(out.width - 1 - x).min(out.height - 1 - y);
                if margin < radius {
                    out.data[y * out.width + x] = 0.0;
                }
            }
        }
        out
    }

    /// 1 where any sample of the (2 radius + 1) square is at least 0.5, else 0.
    pub(crate) fn dilated(&self, radius: usize) -> Self {
        let inside = self.map(|v| f32::from(u8::from(v >= 0.5)));
        inside.box_mean(radius).map(|v| f32::from(u8::from(v > 1e-6)))
    }

    /// The pixels above 0.5, in islands of those that touch by a side (4-connected).
    pub(crate) fn islands(&self) -> Vec<Vec<usize>> {
        islands(self.data.iter().map(|value| *value > 0.5).collect(), self.width)
    }
}

/// The open pixels of rows of `width`, in islands of those that touch by a side (4-connected).
pub(crate) fn islands(mut open: Vec<bool>, width: usize) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for start in 0..open.len() {
        if std::mem::take(&mut open[start]) {
            found.push(island(start, &mut open, width));
        }
    }
    found
}

/// All that touches `start` and is still open.
fn island(start: usize, open: &mut [bool], width: usize) -> Vec<usize> {
    let mut island = vec![start];
    let mut next = 0;
    while next < island.len() {
        let index = island[next];
        next += 1;
        let x = index % width;
        let beside = [
            (x > 0).then(|| index - 1),
            (x + 1 < width).then_some(index + 1),
            index.checked_sub(width),
            Some(index + width),
        ];
        for other in beside.into_iter().flatten() {
            if open.get_mut(other).is_some_and(std::mem::take) {
                island.push(other);
            }
        }
    }
    island
}

/// Runs a loop compiled for the processor's own vectors, as far as all of it is inlined.
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// The length of (x, y), several times as fast as the library's, which guards against numbers we do not have.
#[inline]
pub(crate) fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// Bilinear samples of planes of one size at a continuous position, the border repeated outward.
#[inline(always)]
pub(crate) fn sample_all<const N: usize>(planes: [&Plane; N], x: f32, y: f32) -> [f32; N] {
    let (width, height) = (planes[0].width, planes[0].height);
    let (u, v) = (
        (x - 0.5).clamp(0.0, (width - 1) as f32),
        (y - 0.5).clamp(0.0, (height - 1) as f32),
    );
    let (i, j) = (u as usize, v as usize);
    let (fu, fv) = (u - i as f32, v - j as f32);
    let right = usize::from(i + 1 < width);
    let below = if j + 1 < height { width } else { 0 };
    let at = j * width + i;
    let mut samples = [0.0; N];
    for (sample, plane) in samples.iter_mut().zip(planes) {
        let data = &plane.data;
        let top = data[at] + fu * (data[at + right] - data[at]);
        let low = data[at + below] + fu * (data[at + below + right] - data[at + below]);
        *sample = top + fv * (low - top);
    }
    samples
}

/// Adds a row, scaled, to another.
#[inline(always)]
fn add_scaled(into: &mut [f32], row: &[f32], weight: f32) {
    for (o, v) in into.iter_mut().zip(row) {
        *o += weight * v;
    }
}

#[inline(always)]
fn pad(row: &[f32], radius: usize, padded: &mut [f32]) {
    padded[..radius].fill(row[0]);
    padded[radius..radius + row.len()].copy_from_slice(row);
    padded[radius + row.len()..].fill(row[row.len() - 1]);
}

/// A normalised Gaussian of 2 radius + 1 taps.
pub(crate) fn gaussian_kernel(sigma: f32, radius: usize) -> Vec<f32> {
    let tap = |i: usize| {
        let x = i as f64 - radius as f64;
        (-x * x / (2.0 * f64::from(sigma).powi(2))).exp()
    };
    let total: f64 = (0..=2 * radius).map(tap).sum();
    (0..=2 * radius).map(|i| (tap(i) / total) as f32).collect()
}

/// For each of `to` samples: where its share of `from` samples starts, and their weights (sum 1).
pub(crate) fn area_taps(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            if step <= 1.0 {
                return linear_tap((i as f64 + 0.5) * step - 0.5, from);
            }
            let (low, high) = (i as f64 * step, ((i + 1) as f64 * step).min(from as f64));
            let (start, end) = (low as usize, (high - 1e-9).ceil().max(low + 1e-9) as usize);
            let share = |s: usize| ((s + 1) as f64).min(high) - (s as f64).max(low);
            let weights = (start..end).map(|s| (share(s) / (high - low)) as f32).collect();
            (start, weights)
        })
        .collect()
}

fn linear_tap(position: f64, from: usize) -> (usize, Vec<f32>) {
    let position = position.clamp(0.0, (from - 1) as f64);
    let start = (position as usize).min(from.saturating_sub(2));
    let fraction = (position - start as f64) as f32;
    if from == 1 {
        return (0, vec![1.0]);
    }
    (start, vec![1.0 - fraction, fraction])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Plane {
        let mut plane = Plane::new(width, height, 0.0);
        for y in 0..height {
            for x in 0..width {
                plane.data[y * width + x] = (x as f32 + 0.5) + 10.0 * (y as f32 + 0.5);
            }
        }
        plane
    }

    #[test]
    fn sampling_and_resizing_keep_a_ramp() {
        let plane = ramp(40, 30);
        assert!((plane.sample(12.3, 20.7) - (12.3 + 207.0)).abs() < 1e-3);
        let small = plane.resized(20, 10);
        // The middle of small pixel (5, 4) lies at (5.5 * 2, 4.5 * 3) of the large plane.
        assert!(
            (small.at(5, 4) - (11.0 + 135.0)).abs() < 1e-3,
            "{}",
            small.at(5, 4)
        );
        let odd = plane.resized(17, 9);
        assert!((odd.sum() / 153.0 - plane.sum() / 1200.0).abs() < 1e-3);
        let large = plane.resized(80, 60);
        assert!(
            (large.at(41, 30) - (20.75 + 152.5)).abs() < 1e-3,
            "{}",
            large.at(41, 30)
        );
    }

    #[test]
    fn blurs_spread_a_point_by_their_sigma() {
        let mut point = Plane::new(81, 81, 0.0);
        point.data[40 * 81 + 40] = 1.0;
        for sigma in [1.0_f32, 2.0, 6.0, 9.0] {
            let blurred = point.blurred(sigma);
            let variance: f32 = (0..81)
                .map(|x| (0..81).map(|y| blurred.at(x, y)).sum::<f32>() * (x as f32 - 40.0).powi(2))
                .sum();
            assert!((blurred.sum() - 1.0).abs() < 1e-4);
            assert!(
                (variance.sqrt() / sigma - 1.0).abs() < 0.09,
                "sigma {sigma}: {variance}"
            );
        }
    }

    #[test]
    fn a_box_mean_is_the_mean_of_its_box_at_every_height() {
        for height in [1, 7, 8, 19] {
            let mut plane = Plane::new(13, height, 0.0);
            for (index, value) in plane.data.iter_mut().enumerate() {
                *value = (index * 37 % 101) as f32;
            }
            let mean = plane.box_mean(2);
            let near =
                |at: usize, by: isize, last: usize| (at as isize + by).clamp(0, last as isize) as usize;
            for index in 0..plane.data.len() {
                let (x, y) = (index % 13, index / 13);
                let rows = (-2..=2).map(|j| near(y, j, height - 1));
                let sum: f32 = rows
                    .map(|row| (-2..=2).map(|i| plane.at(near(x, i, 12), row)).sum::<f32>())
                    .sum();
                assert!((mean.at(x, y) - sum / 25.0).abs() < 1e-3, "{x}, {y} of {height}");
            }
        }
    }

    #[test]
    fn erosion_and_dilation_move_the_edge_by_the_radius() {
        let mut square = Plane::new(20, 20, 0.0);
        for y in 5..15 {
            for x in 0..10 {
                square.data[y * 20 + x] = 1.0;
            }
        }
        assert_eq!(square.eroded(2).sum(), 6.0 * 6.0);
        assert_eq!(square.dilated(2).sum(), 14.0 * 12.0);
    }

    #[test]
    fn islands_touch_by_a_side_and_not_around_the_edge() {
        let mut plane = Plane::new(10, 8, 0.0);
        for index in [9, 10, 11, 12, 21, 23, 79] {
            plane.data[index] = 1.0;
        }
        assert_eq!(
            plane.islands(),
            [vec![9], vec![10, 11, 12, 21], vec![23], vec![79]]
        );
    }
}
