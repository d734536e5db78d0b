//! Maps between points: the similarity that lays a face on a template, and how far a face is stretched.

/// A point: x, y.
pub(super) type Point = [f32; 2];

/// Turn, scale and shift: `(x, y) -> (a x - b y + dx, b x + a y + dy)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Similarity {
    a: f32,
    b: f32,
    dx: f32,
    dy: f32,
}

impl Similarity {
    /// The one that brings `from` nearest to `to`, by least squares; none where the points fall together.
    pub(super) fn between(from: &[Point], to: &[Point]) -> Option<Self> {
        let (from_mean, to_mean) = (mean(from), mean(to));
        let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (p, q) = (minus(*p, from_mean), minus(*q, to_mean));
            dot += p[0] * q[0] + p[1] * q[1];
            cross += p[0] * q[1] - p[1] * q[0];
            spread += p[0] * p[0] + p[1] * p[1];
        }
        let (a, b) = (dot / spread, cross / spread);
        let found = a.is_finite() && b.is_finite() && a.hypot(b) > 1e-6;
        found.then(|| Self {
            a,
            b,
            dx: to_mean[0] - a * from_mean[0] + b * from_mean[1],
            dy: to_mean[1] - b * from_mean[0] - a * from_mean[1],
        })
    }

    /// The one that lays a square of `side` onto a square frame of `width` pixels.
    pub(super) fn onto_square([left, top]: Point, width: f32, side: f32) -> Self {
        Self {
            a: width / side,
            b: 0.0,
            dx: left,
            dy: top,
        }
    }

    pub(super) fn apply(&self, [x, y]: Point) -> Point {
        [
            self.a * x - self.b * y + self.dx,
            self.b * x + self.a * y + self.dy,
        ]
    }

    /// The way back.
    pub(super) fn inverse(&self) -> Self {
        let size = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / size, -self.b / size);
        Self {
            a,
            b,
            dx: -(a * self.dx - b * self.dy),
            dy: -(b * self.dx + a * self.dy),
        }
    }

    /// Length after over length before.
    pub(super) fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }
}

/// How much the points are stretched in one direction against the other, from 1 (not at all): the ratio of the singular
/// values of the affine map that brings `from` nearest to `to`. None where the points lie on a line.
pub(super) fn stretch(from: &[Point], to: &[Point]) -> Option<f32> {
    let (from_mean, to_mean) = (mean(from), mean(to));
    // Sums of products: of `from` with itself, and of `to` with `from`.
    let (mut own, mut with) = ([0.0_f32; 3], [[0.0_f32; 2]; 2]);
    for (p, q) in from.iter().zip(to) {
        let (p, q) = (minus(*p, from_mean), minus(*q, to_mean));
        own = [own[0] + p[0] * p[0], own[1] + p[0] * p[1], own[2] + p[1] * p[1]];
        for (row, value) in with.iter_mut().zip(q) {
            *row = [row[0] + value * p[0], row[1] + value * p[1]];
        }
    }
    let [xx, xy, yy] = own;
    let determinant = xx * yy - xy * xy;
    // The affine map's 2 x 2 part, one row a coordinate.
    let [[a, b], [c, d]] =
        with.map(|[x, y]| [(x * yy - y * xy) / determinant, (y * xx - x * xy) / determinant]);
    let (sum, difference) = ((a + d).hypot(c - b), (a - d).hypot(b + c));
    let ratio = (sum + difference) / (sum - difference).abs();
    ratio.is_finite().then_some(ratio)
}

/// The middle of points.
pub(super) fn mean(points: &[Point]) -> Point {
    let sum = points
        .iter()
        .fold([0.0; 2], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
    sum.map(|v| v / points.len() as f32)
}

pub(super) fn minus(p: Point, q: Point) -> Point {
    [p[0] - q[0], p[1] - q[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: [Point; 5] = [
        [38.3, 51.7],
        [73.5, 51.5],
        [56.0, 71.7],
        [41.5, 92.4],
        [70.7, 92.2],
    ];

    #[test]
    fn a_turned_scaled_and_shifted_face_is_laid_back_exactly() {
        let (sin, cos) = 0.4_f32.sin_cos();
        let moved = FACE.map(|[x, y]| {
            [
                3.1 * (cos * x - sin * y) + 400.0,
                3.1 * (sin * x + cos * y) - 20.0,
            ]
        });
        let map = Similarity::between(&moved, &FACE).unwrap();
        assert!((map.inverse().scale() - 3.1).abs() < 1e-3);
        for (p, q) in moved.iter().zip(FACE) {
            let [x, y] = map.apply(*p);
            assert!((x - q[0]).hypot(y - q[1]) < 1e-2, "{x} {y}, not {q:?}");
            let back = map.inverse().apply(q);
            assert!((back[0] - p[0]).hypot(back[1] - p[1]) < 1e-2);
        }
    }

    #[test]
    fn points_that_fall_together_have_no_map() {
        assert_eq!(Similarity::between(&[[5.0, 5.0]; 5], &FACE), None);
        assert_eq!(stretch(&[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], &FACE[..3]), None);
    }

    #[test]
    fn a_squeezed_face_is_stretched_and_a_turned_one_is_not() {
        let squeezed = FACE.map(|[x, y]| [x * 0.8, y]);
        assert!((stretch(&FACE, &squeezed).unwrap() - 1.25).abs() < 1e-3);
        let turned = FACE.map(|[x, y]| [-2.0 * y, 2.0 * x]);
        assert!((stretch(&FACE, &turned).unwrap() - 1.0).abs() < 1e-3);
    }
}
