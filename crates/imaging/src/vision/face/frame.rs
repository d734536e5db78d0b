//! Upright boxes in a picture.

/// A box in picture pixels. It may reach beyond the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Frame {
    /// The box with these corners.
    pub(super) fn between([left, top, right, low]: [f32; 4]) -> Self {
        Self {
            left,
            top,
            width: (right - left).max(0.0),
            height: (low - top).max(0.0),
        }
    }

    /// The square around the middle of these points, `grown` times their larger extent.
    pub(super) fn square_around(points: &[[f32; 2]], grown: f32) -> Self {
        let low = points
            .iter()
            .fold([f32::MAX; 2], |low, p| [low[0].min(p[0]), low[1].min(p[1])]);
        let high = points
            .iter()
            .fold([f32::MIN; 2], |high, p| [high[0].max(p[0]), high[1].max(p[1])]);
        let side = (high[0] - low[0]).max(high[1] - low[1]) * grown;
        Self {
            left: (low[0] + high[0] - side) / 2.0,
            top: (low[1] + high[1] - side) / 2.0,
            width: side,
            height: side,
        }
    }

    /// The shorter side.
    pub fn short_side(&self) -> f32 {
        self.width.min(self.height)
    }

    /// In square pixels.
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// The part both cover, in square pixels.
    pub(super) fn shared(&self, other: &Self) -> f32 {
        let across = (self.left + self.width).min(other.left + other.width) - self.left.max(other.left);
        let down = (self.top + self.height).min(other.top + other.height) - self.top.max(other.top);
        across.max(0.0) * down.max(0.0)
    }

    /// Share of the box that lies inside a picture of this size, 0..=1.
    pub fn inside(&self, width: u32, height: u32) -> f32 {
        let picture = Self::between([0.0, 0.0, width as f32, height as f32]);
        self.shared(&picture) / self.area().max(f32::MIN_POSITIVE)
    }

    /// Left, top, width, height in whole pixels, for evidence.
    pub fn rounded(&self) -> [i64; 4] {
        [self.left, self.top, self.width, self.height].map(|v| v.round() as i64)
    }
}
