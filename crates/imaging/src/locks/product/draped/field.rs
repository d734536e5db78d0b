//! Where every frame pixel lies in the candidate.

use super::affine::Affine;
use crate::locks::{
    colour::Lab,
    plane::{Plane, sample_all},
};

/// Candidate pixel coordinates of each frame pixel's centre.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) x: Plane,
    pub(super) y: Plane,
}

impl Field {
    pub(super) fn of(map: &Affine, (width, height): (usize, usize)) -> Self {
        let (mut x, mut y) = (Plane::new(width, height, 0.0), Plane::new(width, height, 0.0));
        for index in 0..width * height {
            let (i, j) = (index % width, index / width);
            (x.data[index], y.data[index]) = map.apply(i as f32 + 0.5, j as f32 + 0.5);
        }
        Self { x, y }
    }

    /// Each frame pixel looked up `u` to the right and `v` down first.
    pub(super) fn shifted(&self, u: &Plane, v: &Plane) -> Self {
        let (mut x, mut y) = (self.x.clone(), self.y.clone());
        for index in 0..x.data.len() {
            let (i, j) = ((index % x.width) as f32 + 0.5, (index / x.width) as f32 + 0.5);
            let [nx, ny] = sample_all([&self.x, &self.y], i + u.data[index], j + v.data[index]);
            (x.data[index], y.data[index]) = (nx, ny);
        }
        Self { x, y }
    }

    /// Where a frame position lies in the candidate.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let [u, v] = sample_all([&self.x, &self.y], x, y);
        (u, v)
    }

    /// The same field for a picture `factor` times as large.
    pub(super) fn scaled(&self, factor: f32) -> Self {
        Self {
            x: self.x.map(|v| v * factor),
            y: self.y.map(|v| v * factor),
        }
    }

    pub(super) fn look(&self, plane: &Plane) -> Plane {
        let mut out = self.x.clone();
        for (value, y) in out.data.iter_mut().zip(&self.y.data) {
            *value = plane.sample(*value, *y);
        }
        out
    }

    pub(super) fn look_in_colour(&self, lab: &Lab) -> Lab {
        let empty = || Plane::new(self.x.width, self.x.height, 0.0);
        let mut out = Lab {
            l: empty(),
            a: empty(),
            b: empty(),
        };
        for (index, (x, y)) in self.x.data.iter().zip(&self.y.data).enumerate() {
            let [l, a, b] = sample_all([&lab.l, &lab.a, &lab.b], *x, *y);
            (out.l.data[index], out.a.data[index], out.b.data[index]) = (l, a, b);
        }
        out
    }

    /// 1 where the candidate has pixels, else 0.
    pub(super) fn inside(&self, (width, height): (usize, usize)) -> Plane {
        self.x.with(&self.y, |x, y| {
            let within = x >= 1.0 && y >= 1.0 && x <= width as f32 - 1.0 && y <= height as f32 - 1.0;
            f32::from(u8::from(within))
        })
    }
}
