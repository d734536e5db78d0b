//! The garment as it would hang straight: a frame of reference turned with it, and its box in that frame.

use imaging::Picture;

/// Half coverage: what counts as garment when boxes are measured.
const HALF: u16 = 32_768;

/// A turned frame over a photo. Upright coordinates are photo pixels, turned about the photo's centre
/// so that the garment's axis is vertical; (0, 0) is the photo's centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Upright {
    /// How far the garment leans clockwise in the photo, in degrees; turned back by this much.
    pub(crate) tilt_deg: f64,
    /// The photo's centre, in photo pixels.
    pub(crate) pivot: (f64, f64),
    /// Left, top, right, bottom of the garment in upright coordinates.
    pub(crate) bounds: [f64; 4],
    /// Horizontal centre of mass in upright coordinates.
    pub(crate) mass_x: f64,
}

impl Upright {
    /// Measures a cut-out in the frame turned by `tilt_deg`. `None` when nothing is at least half covered.
    pub(crate) fn measure(cutout: &Picture, tilt_deg: f64) -> Option<Self> {
        let (width, height) = cutout.dimensions();
        let pivot = (f64::from(width) / 2.0, f64::from(height) / 2.0);
        let mut frame = Self {
            tilt_deg,
            pivot,
            bounds: [f64::MAX, f64::MAX, f64::MIN, f64::MIN],
            mass_x: 0.0,
        };
        let mut mass = 0.0;
        for (y, row) in cutout.rows().enumerate() {
            let y = y as f64;
            let mut ends: Option<(usize, usize)> = None;
            for (x, _) in row.enumerate().filter(|(_, pixel)| pixel[3] >= HALF) {
                ends = Some((ends.map_or(x, |(first, _)| first), x));
                mass += 1.0;
                frame.mass_x += frame.upright_of(x as f64 + 0.5, y + 0.5).0;
            }
            if let Some((first, last)) = ends {
                frame.include(first as f64, y);
                frame.include(last as f64, y);
            }
        }
        (mass > 0.0).then(|| Self {
            mass_x: frame.mass_x / mass,
            ..frame
        })
    }

    /// Widens the bounds by a pixel. A turned pixel is counted as a square of its own size, which keeps
    /// an unturned box exact and a turned one within half a pixel.
    fn include(&mut self, x: f64, y: f64) {
        let (u, v) = self.upright_of(x + 0.5, y + 0.5);
        let [left, top, right, bottom] = self.bounds;
        self.bounds = [
            left.min(u - 0.5),
            top.min(v - 0.5),
            right.max(u + 0.5),
            bottom.max(v + 0.5),
        ];
    }

    /// Photo pixels to upright coordinates.
    pub(crate) fn upright_of(&self, x: f64, y: f64) -> (f64, f64) {
        turn(x - self.pivot.0, y - self.pivot.1, -self.tilt_deg)
    }

    /// Upright coordinates to photo pixels.
    pub(crate) fn to_photo(self, u: f64, v: f64) -> (f64, f64) {
        let (x, y) = turn(u, v, self.tilt_deg);
        (x + self.pivot.0, y + self.pivot.1)
    }

    /// The garment's width in photo pixels.
    pub(crate) fn width(&self) -> f64 {
        self.bounds[2] - self.bounds[0]
    }

    /// The garment's height in photo pixels.
    pub(crate) fn height(&self) -> f64 {
        self.bounds[3] - self.bounds[1]
    }

    /// The point that goes to the middle of the canvas: the box's middle, drawn a third of the way to the
    /// centre of mass sideways (so chains and tails do not pull), by 1.5 % of the width at most.
    pub(crate) fn centre(&self) -> (f64, f64) {
        let [left, top, right, bottom] = self.bounds;
        let middle = f64::midpoint(left, right);
        let limit = 0.015 * self.width();
        let shift = (0.35 * (self.mass_x - middle)).clamp(-limit, limit);
        (middle + shift, f64::midpoint(top, bottom))
    }
}

/// Turns a vector clockwise on the screen (y down).
fn turn(x: f64, y: f64, degrees: f64) -> (f64, f64) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    (x * cos - y * sin, x * sin + y * cos)
}
