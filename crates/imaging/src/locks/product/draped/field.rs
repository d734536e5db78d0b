//! Where every frame pixel lies in the candidate.

use super::affine::{Affine, Tie};
use crate::locks::{
    colour::Lab,
    plane::{Plane, sample_all},
};

/// Every so many pixels of the frame are asked how far they stray.
const BEND_STEP: usize = 6;

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

    /// Places of the masked garment and where they lie.
    fn ties(&self, mask: &Plane) -> Vec<Tie> {
        let places = (0..mask.data.len()).filter(|&index| {
            let (x, y) = (index % mask.width, index / mask.width);
            x % BEND_STEP == 0 && y % BEND_STEP == 0 && mask.data[index] > 0.5
        });
        let tie = |index: usize| Tie {
            from: (
                (index % mask.width) as f32 + 0.5,
                (index / mask.width) as f32 + 0.5,
            ),
            to: (self.x.data[index], self.y.data[index]),
            weight: 1.0,
        };
        places.map(tie).collect()
    }

    /// How much more the masked garment is scaled along one direction than across it, log units: a garment that is laid
    /// over what is left of it is squeezed.
    pub(super) fn squeeze(&self, mask: &Plane) -> f32 {
        Affine::fitted(&self.ties(mask), &Affine::IDENTITY, 0.0).map_or(0.0, |map| map.squeeze())
    }

    /// How far the field strays from the closest turn, scale and move, in frame pixels: four fifths of the masked
    /// garment stray less.
    pub(super) fn bend(&self, mask: &Plane) -> f32 {
        let ties = self.ties(mask);
        let Some(straight) = Affine::similarity(&ties) else {
            return 0.0;
        };
        let mut strays: Vec<f32> = ties
            .iter()
            .map(|tie| {
                let (x, y) = straight.apply(tie.from.0, tie.from.1);
                (x - tie.to.0).hypot(y - tie.to.1) / straight.scale().max(0.05)
            })
            .collect();
        let at = strays.len() * 4 / 5;
        *strays.select_nth_unstable_by(at, f32::total_cmp).1
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_is_no_bend_and_a_wave_is() {
        let mask = Plane::new(120, 120, 1.0);
        let turned = Affine {
            a: 1.2,
            b: -0.3,
            c: 0.3,
            d: 1.2,
            x0: 40.0,
            y0: 7.0,
        };
        let straight = Field::of(&turned, (120, 120));
        assert!(straight.bend(&mask) < 0.01);
        let mut wavy = straight.clone();
        for (index, x) in wavy.x.data.iter_mut().enumerate() {
            *x += 6.0 * ((index / 120) as f32 / 15.0).sin();
        }
        assert!(wavy.bend(&mask) > 2.0, "{}", wavy.bend(&mask));
    }
}
