//! Where a point of the frame lies in another picture: turned, scaled, moved.

/// x' = a x - b y + x0, y' = b x + a y + y0, in continuous pixel coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Map {
    pub(super) a: f32,
    pub(super) b: f32,
    pub(super) x0: f32,
    pub(super) y0: f32,
}

impl Map {
    pub(super) const IDENTITY: Self = Self {
        a: 1.0,
        b: 0.0,
        x0: 0.0,
        y0: 0.0,
    };

    pub(super) fn apply(self, x: f32, y: f32) -> (f32, f32) {
        (
            self.a * x - self.b * y + self.x0,
            self.b * x + self.a * y + self.y0,
        )
    }

    /// Pixels of the other picture per pixel of the frame.
    pub(super) fn scale(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// Degrees, positive when the picture is turned clockwise on screen against the frame.
    pub(super) fn angle_degrees(self) -> f32 {
        self.b.atan2(self.a).to_degrees()
    }

    /// Turns about `centre` of the frame, scales, and brings that point to `target`.
    pub(super) fn around(centre: (f32, f32), scale: f32, angle_degrees: f32, target: (f32, f32)) -> Self {
        let (sin, cos) = angle_degrees.to_radians().sin_cos();
        let turned = Self {
            a: scale * cos,
            b: scale * sin,
            x0: 0.0,
            y0: 0.0,
        };
        let (x, y) = turned.apply(centre.0, centre.1);
        Self {
            x0: target.0 - x,
            y0: target.1 - y,
            ..turned
        }
    }

    /// The frame's point moved by that much first, then this map.
    pub(super) fn after_shift(self, dx: f32, dy: f32) -> Self {
        let (x0, y0) = self.apply(dx, dy);
        Self { x0, y0, ..self }
    }

    /// This map, then `second`.
    pub(super) fn then(self, second: Self) -> Self {
        let (x0, y0) = second.apply(self.x0, self.y0);
        Self {
            a: second.a * self.a - second.b * self.b,
            b: second.b * self.a + second.a * self.b,
            x0,
            y0,
        }
    }

    /// The map back.
    pub(super) fn inverse(self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let turned = Self {
            a: self.a / square,
            b: -self.b / square,
            x0: 0.0,
            y0: 0.0,
        };
        let (x, y) = turned.apply(self.x0, self.y0);
        Self {
            x0: -x,
            y0: -y,
            ..turned
        }
    }

    /// The same map for a frame `frame` times as large and a picture `picture` times as large.
    pub(super) fn resized(self, frame: f32, picture: f32) -> Self {
        Self {
            a: self.a * picture / frame,
            b: self.b * picture / frame,
            x0: self.x0 * picture,
            y0: self.y0 * picture,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_chain_and_turn_back() {
        let one = Map::around((3.0, 4.0), 1.3, 12.0, (9.0, 1.0));
        let two = Map::around((1.0, 7.0), 0.6, -30.0, (2.0, 2.0));
        let (x, y) = one.apply(5.0, 6.0);
        let (u, v) = two.apply(x, y);
        let (cu, cv) = one.then(two).apply(5.0, 6.0);
        assert!((u - cu).abs() < 1e-4 && (v - cv).abs() < 1e-4);
        let (bx, by) = one.inverse().apply(x, y);
        assert!((bx - 5.0).abs() < 1e-4 && (by - 6.0).abs() < 1e-4);
    }

    #[test]
    fn resizing_frame_and_picture_keeps_the_meaning() {
        let map = Map::around((10.0, 20.0), 1.7, 5.0, (33.0, 44.0));
        let (x, y) = map.apply(12.0, 3.0);
        let (bx, by) = map.resized(2.0, 3.0).apply(24.0, 6.0);
        assert!((bx - 3.0 * x).abs() < 1e-3 && (by - 3.0 * y).abs() < 1e-3);
        assert!((map.scale() - 1.7).abs() < 1e-5 && (map.angle_degrees() - 5.0).abs() < 1e-4);
    }
}
