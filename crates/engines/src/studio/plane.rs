//! One channel of numbers on a pixel grid, and the few filters the studio needs on it.

/// Row-major `f32` values, one a pixel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    /// Pixels a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// `width * height` values.
    pub(crate) values: Vec<f32>,
}

impl Plane {
    /// A plane of one value.
    pub(crate) fn filled(width: usize, height: usize, value: f32) -> Self {
        Self {
            width,
            height,
            values: vec![value; width * height],
        }
    }

    /// A plane whose value at (x, y) is `value(x, y)`.
    pub(crate) fn from_fn(width: usize, height: usize, mut value: impl FnMut(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                values.push(value(x, y));
            }
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// The same plane with every value changed.
    pub(crate) fn map(&self, change: impl Fn(f32) -> f32) -> Self {
        Self {
            values: self.values.iter().map(|&value| change(value)).collect(),
            ..*self
        }
    }

    /// Two planes of one size, value by value.
    pub(crate) fn zip(&self, other: &Self, join: impl Fn(f32, f32) -> f32) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            values: pairs.map(|(&a, &b)| join(a, b)).collect(),
            ..*self
        }
    }

    /// The value at a pixel inside the plane.
    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// Bilinear value at a point in pixels (the centre of the first pixel is 0.5, 0.5); the rim repeats outside.
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        let (x0, x1, fx) = neighbours(x, self.width);
        let (y0, y1, fy) = neighbours(y, self.height);
        let top = self.at(x0, y0) * (1.0 - fx) + self.at(x1, y0) * fx;
        let bottom = self.at(x0, y1) * (1.0 - fx) + self.at(x1, y1) * fx;
        top * (1.0 - fy) + bottom * fy
    }

    /// Gaussian blur as three box blurs (within 3 % of the true kernel); the rim is zero outside.
    pub(crate) fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.3 {
            return self.clone();
        }
        let mut plane = self.clone();
        for radius in box_radii(sigma) {
            plane.box_rows(radius);
            plane.box_columns(radius);
        }
        plane
    }

    /// Largest value within a square of side 2 radius + 1; the rim repeats outside.
    pub(crate) fn dilated(&self, radius: usize) -> Self {
        let rows = Self::from_fn(self.width, self.height, |x, y| {
            let row = &self.values[y * self.width..][..self.width];
            let near = &row[x.saturating_sub(radius)..(x + radius + 1).min(self.width)];
            near.iter().copied().fold(f32::MIN, f32::max)
        });
        Self::from_fn(self.width, self.height, |x, y| {
            let near = y.saturating_sub(radius)..(y + radius + 1).min(self.height);
            near.map(|row| rows.at(x, row)).fold(f32::MIN, f32::max)
        })
    }

    /// Smallest value within a square of side 2 radius + 1; the rim repeats outside.
    pub(crate) fn eroded(&self, radius: usize) -> Self {
        self.map(|value| -value).dilated(radius).map(|value| -value)
    }

    fn box_rows(&mut self, radius: usize) {
        let width = self.width;
        let mut out = vec![0.0; width];
        for row in self.values.chunks_exact_mut(width) {
            box_line(row, &mut out, radius);
            row.copy_from_slice(&out);
        }
    }

    /// Runs down all columns at once, row by row, which the cache likes.
    fn box_columns(&mut self, radius: usize) {
        let (width, height) = (self.width, self.height);
        let scale = 1.0 / (2 * radius + 1) as f64;
        let mut sums = vec![0.0f64; width];
        let source = self.values.clone();
        let row = |y: usize| &source[y * width..][..width];
        for y in 0..radius.min(height) {
            add(&mut sums, row(y), 1.0);
        }
        for y in 0..height {
            if y + radius < height {
                add(&mut sums, row(y + radius), 1.0);
            }
            for (value, sum) in self.values[y * width..][..width].iter_mut().zip(&sums) {
                *value = (sum * scale) as f32;
            }
            if y >= radius {
                add(&mut sums, row(y - radius), -1.0);
            }
        }
    }
}

fn add(sums: &mut [f64], row: &[f32], sign: f64) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum += sign * f64::from(value);
    }
}

fn box_line(row: &[f32], out: &mut [f32], radius: usize) {
    let scale = 1.0 / (2 * radius + 1) as f64;
    let mut sum: f64 = row.iter().take(radius).map(|&value| f64::from(value)).sum();
    for x in 0..row.len() {
        if x + radius < row.len() {
            sum += f64::from(row[x + radius]);
        }
        out[x] = (sum * scale) as f32;
        if x >= radius {
            sum -= f64::from(row[x - radius]);
        }
    }
}

/// Radii of three boxes whose variances add up to sigma squared (Kovesi, "Fast almost-Gaussian filtering", 2010).
fn box_radii(sigma: f32) -> [usize; 3] {
    let ideal = (12.0 * sigma * sigma / 3.0 + 1.0).sqrt();
    let mut small = ideal.floor() as i64;
    if small % 2 == 0 {
        small -= 1;
    }
    let small = small.max(1);
    let side = small as f32;
    let count = (12.0 * sigma * sigma - 3.0 * side * side - 12.0 * side - 9.0) / (-4.0 * side - 4.0);
    let count = count.round().clamp(0.0, 3.0) as usize;
    let radius = |index: usize| {
        let side = if index < count { small } else { small + 2 };
        (side as usize - 1) / 2
    };
    [radius(0), radius(1), radius(2)]
}

/// The two pixels around a point on a line of pixels and how far it is from the first to the second.
fn neighbours(point: f32, length: usize) -> (usize, usize, f32) {
    let last = (length - 1) as f32;
    let point = (point - 0.5).clamp(0.0, last);
    let first = point.floor();
    let index = first as usize;
    (index, (index + 1).min(length - 1), point - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blurred_point_has_the_variance_asked_for_and_keeps_its_sum() {
        for sigma in [1.5f32, 4.0, 9.0] {
            let side = 101;
            let point = Plane::from_fn(side, side, |x, y| f32::from(x == 50 && y == 50));
            let blurred = point.blurred(sigma);
            let sum: f32 = blurred.values.iter().sum();
            let variance: f32 = (0..side)
                .flat_map(|y| (0..side).map(move |x| (x, y)))
                .map(|(x, y)| blurred.at(x, y) * (x as f32 - 50.0).powi(2))
                .sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
            assert!(
                (variance.sqrt() - sigma).abs() < 0.12 * sigma,
                "{sigma}: {variance}"
            );
        }
    }

    #[test]
    fn sampling_between_pixels_is_linear_and_repeats_the_rim() {
        let ramp = Plane::from_fn(4, 1, |x, _| x as f32);
        assert_eq!(ramp.sample(1.5, 0.5), 1.0);
        assert_eq!(ramp.sample(2.0, 0.5), 1.5);
        assert_eq!(ramp.sample(-3.0, 9.0), 0.0);
        assert_eq!(ramp.sample(40.0, 0.5), 3.0);
    }

    #[test]
    fn dilation_and_erosion_move_an_edge_by_the_radius() {
        let edge = Plane::from_fn(10, 3, |x, _| f32::from(x >= 5));
        assert_eq!(edge.dilated(2).at(3, 1), 1.0);
        assert_eq!(edge.dilated(2).at(2, 1), 0.0);
        assert_eq!(edge.eroded(2).at(6, 1), 0.0);
        assert_eq!(edge.eroded(2).at(7, 1), 1.0);
    }
}
