//! Halving, doubling and sampling between pixels.

use super::{Plane, gaussian::Blend};

/// Half the size, each pixel the mean of four; an odd last row or column counts twice.
pub(super) fn halve<T: Blend>(plane: &Plane<T>) -> Plane<T> {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let mut data = Vec::with_capacity(width * height);
    for y in 0..height {
        let (above, below) = (plane.row(2 * y), plane.row((2 * y + 1).min(plane.height - 1)));
        for x in 0..width {
            let (left, right) = (2 * x, (2 * x + 1).min(plane.width - 1));
            let sum = T::ZERO.plus(above[left], 0.25).plus(above[right], 0.25);
            data.push(sum.plus(below[left], 0.25).plus(below[right], 0.25));
        }
    }
    Plane { width, height, data }
}

/// Twice the size (or one less), linear between pixel centres.
pub(super) fn double<T: Blend>(plane: &Plane<T>, width: usize, height: usize) -> Plane<T> {
    let mut data = Vec::with_capacity(width * height);
    let mut mixed = vec![T::ZERO; plane.width];
    for y in 0..height {
        let near = (y / 2).min(plane.height - 1);
        let far = neighbour(y, plane.height);
        for ((m, a), b) in mixed.iter_mut().zip(plane.row(near)).zip(plane.row(far)) {
            *m = T::ZERO.plus(*a, 0.75).plus(*b, 0.25);
        }
        for x in 0..width {
            let (near, far) = ((x / 2).min(plane.width - 1), neighbour(x, plane.width));
            data.push(T::ZERO.plus(mixed[near], 0.75).plus(mixed[far], 0.25));
        }
    }
    Plane { width, height, data }
}

/// The second nearest small pixel to the large pixel at `at`.
fn neighbour(at: usize, side: usize) -> usize {
    if at.is_multiple_of(2) {
        (at / 2).saturating_sub(1)
    } else {
        (at / 2 + 1).min(side - 1)
    }
}

/// The value at (x, y), in pixels with centres at whole numbers, linear between; clamped to the frame.
#[inline]
pub(in crate::vision) fn bilinear<T: Blend>(plane: &Plane<T>, x: f32, y: f32) -> T {
    let x = x.clamp(0.0, (plane.width - 1) as f32);
    let y = y.clamp(0.0, (plane.height - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (right, low) = ((left + 1).min(plane.width - 1), (top + 1).min(plane.height - 1));
    let (fx, fy) = (x - left as f32, y - top as f32);
    let (above, below) = (top * plane.width, low * plane.width);
    T::ZERO
        .plus(plane.data[above + left], (1.0 - fx) * (1.0 - fy))
        .plus(plane.data[above + right], fx * (1.0 - fy))
        .plus(plane.data[below + left], (1.0 - fx) * fy)
        .plus(plane.data[below + right], fx * fy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_survives_halving_and_doubling() {
        let ramp = Plane {
            width: 64,
            height: 3,
            data: (0..192).map(|i| (i % 64) as f32).collect(),
        };
        let back = double(&halve(&ramp), 64, 3);
        for x in 2..62 {
            assert!(
                (back.row(1)[x] - x as f32).abs() < 1e-3,
                "{x}: {}",
                back.row(1)[x]
            );
        }
    }
}
