//! Windows on a garment and sums over them.

use serde::Serialize;

use super::super::plane::Plane;

/// A rectangle in study pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Window {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Window {
    /// A window of an aspect (width over height) with the area of a square of this side.
    pub(super) fn centred(x: f32, y: f32, side: f32, aspect: f32) -> Self {
        let (width, height) = (side * aspect.sqrt(), side / aspect.sqrt());
        Self {
            left: x - width / 2.0,
            top: y - height / 2.0,
            width,
            height,
        }
    }

    pub(super) fn centre(&self) -> (f32, f32) {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    pub(super) fn right(&self) -> f32 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f32 {
        self.top + self.height
    }

    pub(super) fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Side of the square of the same area.
    pub(super) fn side(&self) -> f32 {
        self.area().sqrt()
    }

    pub(super) fn overlap(&self, other: &Self) -> f32 {
        self.shared(other).area()
    }

    /// What two windows share; empty when they are apart.
    pub(super) fn shared(&self, other: &Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            width: (self.right().min(other.right()) - left).max(0.0),
            height: (self.bottom().min(other.bottom()) - top).max(0.0),
        }
    }

    /// The strips of this width along the left, right, upper and lower side.
    pub(super) fn sides(&self, width: f32) -> [Self; 4] {
        let upright = |left: f32| Self { left, width, ..*self };
        let level = |top: f32| Self {
            top,
            height: width,
            ..*self
        };
        [
            upright(self.left),
            upright(self.right() - width),
            level(self.top),
            level(self.bottom() - width),
        ]
    }

    /// Scaled about its centre.
    pub(super) fn scaled(&self, factor: f32) -> Self {
        let (x, y) = self.centre();
        Self {
            left: x - self.width * factor / 2.0,
            top: y - self.height * factor / 2.0,
            width: self.width * factor,
            height: self.height * factor,
        }
    }

    /// Moved by the least that keeps it inside a plane; where it is larger, it hangs over evenly.
    pub(super) fn inside(&self, plane: &Plane) -> Self {
        let fit = |start: f32, length: f32, limit: f32| {
            if length >= limit {
                (limit - length) / 2.0
            } else {
                start.clamp(0.0, limit - length)
            }
        };
        Self {
            left: fit(self.left, self.width, plane.width as f32),
            top: fit(self.top, self.height, plane.height as f32),
            ..*self
        }
    }
}

/// A summed-area table: means over any window in constant time (Crow, "Summed-area tables", 1984).
pub(super) struct Sums {
    width: usize,
    height: usize,
    table: Vec<f64>,
}

impl Sums {
    pub(super) fn of(plane: &Plane) -> Self {
        let stride = plane.width + 1;
        let mut table = vec![0.0; stride * (plane.height + 1)];
        for y in 0..plane.height {
            let mut row = 0.0;
            for x in 0..plane.width {
                row += f64::from(plane.at(x, y));
                table[(y + 1) * stride + x + 1] = table[y * stride + x + 1] + row;
            }
        }
        Self {
            width: plane.width,
            height: plane.height,
            table,
        }
    }

    /// The sum over the pixels of a window that lie inside the plane.
    pub(super) fn sum(&self, window: &Window) -> f32 {
        let column = |x: f32| x.round().clamp(0.0, self.width as f32) as usize;
        let row = |y: f32| y.round().clamp(0.0, self.height as f32) as usize;
        let (left, right) = (column(window.left), column(window.right()));
        let (top, bottom) = (row(window.top), row(window.bottom()));
        let at = |x: usize, y: usize| self.table[y * (self.width + 1) + x];
        (at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)) as f32
    }

    /// The mean over a window; what lies outside the plane counts as 0.
    pub(super) fn mean(&self, window: &Window) -> f32 {
        self.sum(window) / window.area().max(1.0)
    }
}
