//! Straight maps: turned, scaled, slanted, moved.

use crate::locks::product::map::Map;

/// x' = a x + b y + x0, y' = c x + d y + y0, in continuous pixel coordinates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    pub(super) a: f32,
    pub(super) b: f32,
    pub(super) c: f32,
    pub(super) d: f32,
    pub(super) x0: f32,
    pub(super) y0: f32,
}

/// A point, where it lies in the other picture, and how much that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    pub(super) from: (f32, f32),
    pub(super) to: (f32, f32),
    pub(super) weight: f32,
}

impl From<Map> for Affine {
    fn from(map: Map) -> Self {
        Self {
            a: map.a,
            b: -map.b,
            c: map.b,
            d: map.a,
            x0: map.x0,
            y0: map.y0,
        }
    }
}

impl Affine {
    pub(super) const IDENTITY: Self = Self {
        a: 1.0,
        b: 0.0,
        c: 0.0,
        d: 1.0,
        x0: 0.0,
        y0: 0.0,
    };

    pub(super) fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        (
            self.a * x + self.b * y + self.x0,
            self.c * x + self.d * y + self.y0,
        )
    }

    /// `first`, then this map.
    pub(super) fn after(&self, first: &Self) -> Self {
        let (x0, y0) = self.apply(first.x0, first.y0);
        Self {
            a: self.a * first.a + self.b * first.c,
            b: self.a * first.b + self.b * first.d,
            c: self.c * first.a + self.d * first.c,
            d: self.c * first.b + self.d * first.d,
            x0,
            y0,
        }
    }

    /// The frame's point moved by that much first, then this map.
    pub(super) fn shifted(&self, dx: f32, dy: f32) -> Self {
        let (x0, y0) = self.apply(dx, dy);
        Self { x0, y0, ..*self }
    }

    /// Pixels of the other picture per pixel of the frame, by area.
    pub(super) fn scale(&self) -> f32 {
        (self.a * self.d - self.b * self.c).abs().sqrt()
    }

    /// Log ratio of the largest scale to the smallest, over all directions.
    pub(super) fn squeeze(&self) -> f32 {
        let turned = (self.a + self.d).hypot(self.c - self.b);
        let slanted = (self.a - self.d).hypot(self.c + self.b);
        ((turned + slanted) / (turned - slanted).abs().max(1e-3)).ln()
    }

    /// The same map for a frame `frame` times as large and a picture `picture` times as large.
    pub(super) fn resized(&self, frame: f32, picture: f32) -> Self {
        let linear = picture / frame;
        Self {
            a: self.a * linear,
            b: self.b * linear,
            c: self.c * linear,
            d: self.d * linear,
            x0: self.x0 * picture,
            y0: self.y0 * picture,
        }
    }

    /// The similarity that brings the ties together; nothing from fewer than two places.
    pub(super) fn similarity(ties: &[Tie]) -> Option<Self> {
        let middle = Middle::of(ties)?;
        let (mut spread, mut along, mut across) = (0.0, 0.0, 0.0);
        for (x, y, u, v, w) in middle.centred(ties) {
            spread += w * (x * x + y * y);
            along += w * (x * u + y * v);
            across += w * (x * v - y * u);
        }
        (spread > 1e-3)
            .then(|| middle.about([along / spread, -across / spread, across / spread, along / spread]))
    }

    /// The affine map that brings the ties together, its linear part drawn towards `prior` with a strength in squared
    /// pixels.
    pub(super) fn fitted(ties: &[Tie], prior: &Self, ridge: f32) -> Option<Self> {
        let middle = Middle::of(ties)?;
        let (mut xx, mut xy, mut yy) = (f64::from(ridge), 0.0, f64::from(ridge));
        let ridge = f64::from(ridge);
        let mut right = [
            [ridge * f64::from(prior.a), ridge * f64::from(prior.b)],
            [ridge * f64::from(prior.c), ridge * f64::from(prior.d)],
        ];
        for (x, y, u, v, w) in middle.centred(ties) {
            xx += w * x * x;
            xy += w * x * y;
            yy += w * y * y;
            for (row, to) in right.iter_mut().zip([u, v]) {
                row[0] += w * x * to;
                row[1] += w * y * to;
            }
        }
        let determinant = xx * yy - xy * xy;
        if determinant.abs() < 1e-6 {
            return None;
        }
        let solve = |[p, q]: [f64; 2]| [(yy * p - xy * q) / determinant, (xx * q - xy * p) / determinant];
        let ([a, b], [c, d]) = (solve(right[0]), solve(right[1]));
        Some(middle.about([a, b, c, d]))
    }
}

/// Weighted middles of both ends of the ties.
struct Middle {
    from: (f64, f64),
    to: (f64, f64),
}

impl Middle {
    fn of(ties: &[Tie]) -> Option<Self> {
        let total: f64 = ties.iter().map(|tie| f64::from(tie.weight)).sum();
        let mean = |end: fn(&Tie) -> f32| {
            let sum: f64 = ties
                .iter()
                .map(|tie| f64::from(tie.weight) * f64::from(end(tie)))
                .sum();
            sum / total
        };
        (total > 0.0).then(|| Self {
            from: (mean(|tie| tie.from.0), mean(|tie| tie.from.1)),
            to: (mean(|tie| tie.to.0), mean(|tie| tie.to.1)),
        })
    }

    fn centred<'a>(&'a self, ties: &'a [Tie]) -> impl Iterator<Item = (f64, f64, f64, f64, f64)> + 'a {
        ties.iter().map(|tie| {
            (
                f64::from(tie.from.0) - self.from.0,
                f64::from(tie.from.1) - self.from.1,
                f64::from(tie.to.0) - self.to.0,
                f64::from(tie.to.1) - self.to.1,
                f64::from(tie.weight),
            )
        })
    }

    fn about(&self, [a, b, c, d]: [f64; 4]) -> Affine {
        Affine {
            a: a as f32,
            b: b as f32,
            c: c as f32,
            d: d as f32,
            x0: (self.to.0 - a * self.from.0 - b * self.from.1) as f32,
            y0: (self.to.1 - c * self.from.0 - d * self.from.1) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_map_after_another_is_both() {
        let one = Affine {
            a: 1.1,
            b: 0.2,
            c: -0.3,
            d: 0.9,
            x0: 4.0,
            y0: -2.0,
        };
        let two = Affine {
            a: 0.7,
            b: -0.1,
            c: 0.4,
            d: 1.3,
            x0: 9.0,
            y0: 1.0,
        };
        let (x, y) = one.apply(5.0, 6.0);
        let (u, v) = two.apply(x, y);
        let (cu, cv) = two.after(&one).apply(5.0, 6.0);
        assert!((u - cu).abs() < 1e-4 && (v - cv).abs() < 1e-4);
    }
}
