//! Values over pixels, and the few filters that the generator is made of.

/// What a plane can blend.
pub(super) trait Value: Copy {
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
    fn times(self, factor: f32) -> Self;
}

impl Value for f32 {
    const ZERO: Self = 0.0;
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn times(self, factor: f32) -> Self {
        self * factor
    }
}

impl Value for [f32; 3] {
    const ZERO: Self = [0.0; 3];
    fn plus(self, other: Self) -> Self {
        [self[0] + other[0], self[1] + other[1], self[2] + other[2]]
    }
    fn times(self, factor: f32) -> Self {
        self.map(|v| v * factor)
    }
}

/// `a` at 0, `b` at 1.
pub(super) fn mix<T: Value>(a: T, b: T, share: f32) -> T {
    a.times(1.0 - share).plus(b.times(share))
}

/// 0 up to `low`, 1 from `high`, smooth between.
pub(super) fn smoothstep(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Row-major values. Pixel centres lie on whole coordinates.
#[derive(Clone, Debug)]
pub(super) struct Plane<T> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: Vec<T>,
}

impl<T: Copy> Plane<T> {
    pub(super) fn from_fn(width: usize, height: usize, mut value: impl FnMut(usize, usize) -> T) -> Self {
        let data = (0..width * height).map(|i| value(i % width, i / width)).collect();
        Self { width, height, data }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> T {
        self.data[y * self.width + x]
    }

    pub(super) fn map<U>(&self, value: impl FnMut(T) -> U) -> Plane<U> {
        Plane {
            width: self.width,
            height: self.height,
            data: self.data.iter().copied().map(value).collect(),
        }
    }

    pub(super) fn zip<U: Copy, V>(&self, other: &Plane<U>, mut value: impl FnMut(T, U) -> V) -> Plane<V> {
        Plane {
            width: self.width,
            height: self.height,
            data: self
                .data
                .iter()
                .zip(&other.data)
                .map(|(a, b)| value(*a, *b))
                .collect(),
        }
    }

    fn transposed(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.at(y, x))
    }
}

impl<T: Value> Plane<T> {
    /// Bilinear; past the edge, the edge.
    pub(super) fn sample(&self, x: f32, y: f32) -> T {
        let x = x.clamp(0.0, self.width as f32 - 1.0);
        let y = y.clamp(0.0, self.height as f32 - 1.0);
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (u, v) = (x - left as f32, y - top as f32);
        let above = mix(self.at(left, top), self.at(right, top), u);
        let below = mix(self.at(left, bottom), self.at(right, bottom), u);
        mix(above, below, v)
    }

    /// Gaussian blur: exact taps while they are few, three box filters beyond. Past the edge, the edge.
    pub(super) fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.2 {
            return self.clone();
        }
        self.rows_blurred(sigma)
            .transposed()
            .rows_blurred(sigma)
            .transposed()
    }

    fn rows_blurred(&self, sigma: f32) -> Self {
        let mut out = self.clone();
        for (row, target) in self.data.chunks(self.width).zip(out.data.chunks_mut(self.width)) {
            if sigma <= 2.0 {
                taps(row, target, sigma);
            } else {
                // Boxes are whole pixels wide; each takes its share of the variance that those before have left.
                let mut variance = sigma * sigma;
                for left in [3.0, 2.0, 1.0] {
                    let radius = (((12.0 * variance / left + 1.0).sqrt() - 1.0) / 2.0)
                        .round()
                        .max(1.0);
                    variance = (variance - radius * (radius + 1.0) / 3.0).max(0.0);
                    let from = target.to_vec();
                    boxed(&from, target, radius as usize);
                }
            }
        }
        out
    }

    /// Another size, without aliasing.
    pub(super) fn resized(&self, width: usize, height: usize) -> Self {
        let (sx, sy) = (
            self.width as f32 / width as f32,
            self.height as f32 / height as f32,
        );
        let source = self.blurred(antialias(1.0 / sx.max(sy)));
        Self::from_fn(width, height, |x, y| {
            source.sample((x as f32 + 0.5) * sx - 0.5, (y as f32 + 0.5) * sy - 0.5)
        })
    }

    /// Blurred over what has weight; where nothing near has any, the plain blur.
    pub(super) fn blurred_within(&self, weight: &Plane<f32>, sigma: f32) -> Self {
        let sum = self.zip(weight, |v, w| v.times(w + 1e-4)).blurred(sigma);
        sum.zip(&weight.map(|w| w + 1e-4).blurred(sigma), |v, w| v.times(1.0 / w))
    }

    /// Where the weight is under 1, smoothly continued from where it is not (pull and push over a pyramid).
    pub(super) fn filled(&self, weight: &Plane<f32>) -> Self {
        if self.width < 2 || self.height < 2 || weight.data.iter().all(|w| *w >= 0.999) {
            return self.clone();
        }
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut small_weight = Plane::from_fn(width, height, |_, _| 0.0);
        let small = Self::from_fn(width, height, |x, y| {
            let (mut sum, mut total, mut count) = (T::ZERO, 0.0, 0.0_f32);
            for (i, j) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (x, y) = ((2 * x + i).min(self.width - 1), (2 * y + j).min(self.height - 1));
                let w = weight.at(x, y);
                sum = sum.plus(self.at(x, y).times(w));
                total += w;
                count += 1.0;
            }
            small_weight.data[y * width + x] = (total / count * 2.0).min(1.0);
            if total > 0.0 { sum.times(1.0 / total) } else { sum }
        });
        let small = small.filled(&small_weight);
        Self::from_fn(self.width, self.height, |x, y| {
            let around = small.sample(x as f32 / 2.0 - 0.25, y as f32 / 2.0 - 0.25);
            mix(around, self.at(x, y), weight.at(x, y))
        })
    }
}

/// The blur in source pixels that a picture needs before it is sampled at this scale.
pub(super) fn antialias(scale: f32) -> f32 {
    0.45 * ((1.0 / scale).powi(2) - 1.0).max(0.0).sqrt()
}

fn taps<T: Value>(row: &[T], target: &mut [T], sigma: f32) {
    let radius = (3.0 * sigma).ceil() as isize;
    let kernel: Vec<f32> = (-radius..=radius)
        .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
        .collect();
    let total: f32 = kernel.iter().sum();
    let last = row.len() as isize - 1;
    for (x, value) in target.iter_mut().enumerate() {
        let mut sum = T::ZERO;
        for (i, weight) in (-radius..=radius).zip(&kernel) {
            sum = sum.plus(row[(x as isize + i).clamp(0, last) as usize].times(weight / total));
        }
        *value = sum;
    }
}

fn boxed<T: Value>(row: &[T], target: &mut [T], radius: usize) {
    let (r, last) = (radius as isize, row.len() as isize - 1);
    let at = |i: isize| row[i.clamp(0, last) as usize];
    let mut sum = (-r..=r).fold(T::ZERO, |sum, i| sum.plus(at(i)));
    let share = 1.0 / (2 * radius + 1) as f32;
    for (x, value) in target.iter_mut().enumerate() {
        *value = sum.times(share);
        let x = x as isize;
        sum = sum.plus(at(x + r + 1)).plus(at(x - r).times(-1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_the_sum_and_spreads_by_sigma() {
        for sigma in [0.8, 1.7, 4.0, 9.0] {
            let dot = Plane::from_fn(121, 121, |x, y| if (x, y) == (60, 60) { 1.0 } else { 0.0 });
            let out = dot.blurred(sigma);
            let (mut sum, mut spread) = (0.0, 0.0);
            for y in 0..121 {
                for x in 0..121 {
                    sum += out.at(x, y);
                    spread += out.at(x, y) * (x as f32 - 60.0).powi(2);
                }
            }
            assert!((sum - 1.0).abs() < 1e-3, "sigma {sigma}: sum {sum}");
            assert!(
                (spread.sqrt() / sigma - 1.0).abs() < 0.1,
                "sigma {sigma}: {}",
                spread.sqrt()
            );
        }
    }

    #[test]
    fn a_hole_is_filled_from_around_it() {
        let ramp = Plane::from_fn(64, 64, |x, _| x as f32);
        let hole = Plane::from_fn(64, 64, |x, y| {
            f32::from(!((24..40).contains(&x) && (24..40).contains(&y)))
        });
        let holed = ramp.zip(&hole, |v, w| v * w);
        let filled = holed.filled(&hole);
        let worst = filled
            .zip(&ramp, |a, b| (a - b).abs())
            .data
            .into_iter()
            .fold(0.0, f32::max);
        assert!(worst < 6.0, "off by {worst}");
        assert_eq!(filled.at(3, 3), 3.0);
    }
}
