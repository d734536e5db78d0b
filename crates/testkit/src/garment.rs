//! Drawn product photos: a garment of known outline and colour on a studio ground, the same for the same seed.

use image::Rgba;

use crate::{Picture, Random};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A T-shirt: body and two short sleeves.
    Shirt,
    /// Trousers, with ground between the legs.
    Trousers,
    /// A dress, wider at the hem.
    Dress,
}

/// What is on the cloth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    /// Nothing.
    Plain,
    /// Horizontal stripes of this colour.
    Stripes([u8; 3]),
    /// One square of this colour on the chest.
    Badge([u8; 3]),
    /// Two rows of strokes of this colour on the chest, as irregular as letters.
    Letters([u8; 3]),
}

/// A garment to photograph. Change the fields that a test is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Garment {
    /// What it is.
    pub kind: Kind,
    /// The cloth, sRGB.
    pub colour: [u8; 3],
    /// What is on it.
    pub print: Print,
    /// The studio ground, sRGB.
    pub ground: [u8; 3],
    /// Darkness of the cast shadow, 0 (none) to 1 (black).
    pub shadow: f32,
    /// How far it hangs askew, in degrees, clockwise.
    pub tilt_deg: f32,
    /// Width and height of the photo, in pixels.
    pub side: u32,
    /// Standard strength of the camera's noise, in 8-bit steps.
    pub noise: f32,
    /// Decides the noise and nothing else.
    pub seed: u64,
}

impl Default for Garment {
    /// A plain blue shirt, straight, on light gray with a soft shadow, 256 x 256.
    fn default() -> Self {
        Self {
            kind: Kind::Shirt,
            colour: [52, 92, 168],
            print: Print::Plain,
            ground: [236, 235, 232],
            shadow: 0.25,
            tilt_deg: 0.0,
            side: 256,
            noise: 1.0,
            seed: 1,
        }
    }
}

impl Garment {
    /// The photo: ground, shadow, garment with soft folds and an anti-aliased outline, noise.
    pub fn photo(&self) -> Picture {
        let mut random = Random::new(self.seed);
        self.each_pixel(|garment, x, y| {
            let cover = garment.cover(x, y);
            let shade = 1.0 - garment.shadow * garment.shadow_at(x, y);
            let cloth = garment.cloth(x, y);
            let noise = garment.noise * (random.between(-1.7, 1.7));
            let mut rgb = [0.0; 3];
            for channel in 0..3 {
                let ground = f32::from(garment.ground[channel]) * shade;
                rgb[channel] = ground + (cloth[channel] - ground) * cover + noise;
            }
            (rgb, 1.0)
        })
    }

    /// The truth to compare a cut-out with: white where the garment is, alpha its coverage.
    pub fn mask(&self) -> Picture {
        self.each_pixel(|garment, x, y| ([255.0; 3], garment.cover(x, y)))
    }

    fn each_pixel(&self, mut paint: impl FnMut(&Self, f32, f32) -> ([f32; 3], f32)) -> Picture {
        Picture::from_fn(self.side, self.side, |column, row| {
            let (x, y) = self.upright(column as f32 + 0.5, row as f32 + 0.5);
            let (rgb, alpha) = paint(self, x, y);
            let [r, g, b] = rgb.map(|v| v.round().clamp(0.0, 255.0) as u16 * 257);
            Rgba([r, g, b, (alpha * 65535.0).round() as u16])
        })
    }

    /// Pixel centre to garment space: x and y from -1 to 1, y down, the tilt undone.
    fn upright(&self, column: f32, row: f32) -> (f32, f32) {
        let half = self.side as f32 / 2.0;
        let (x, y) = ((column - half) / half, (row - half) / half);
        let (sin, cos) = self.tilt_deg.to_radians().sin_cos();
        (x * cos + y * sin, y * cos - x * sin)
    }

    /// Coverage of the pixel there, 0..=1: the outline is one pixel wide.
    fn cover(&self, x: f32, y: f32) -> f32 {
        let pixel = 2.0 / self.side as f32;
        (0.5 - self.distance(x, y) / pixel).clamp(0.0, 1.0)
    }

    /// Signed distance to the outline, negative inside, in garment space.
    fn distance(&self, x: f32, y: f32) -> f32 {
        let x = x.abs();
        match self.kind {
            Kind::Shirt => {
                let body = block(x, y, 0.40, -0.55, 0.65);
                // The sleeve is a block turned by 35 degrees about the shoulder.
                let (sin, cos) = 35.0_f32.to_radians().sin_cos();
                let (u, v) = (
                    (x - 0.38) * cos + (y + 0.40) * sin,
                    (y + 0.40) * cos - (x - 0.38) * sin,
                );
                body.min(block(u - 0.14, v, 0.22, -0.14, 0.14))
            }
            Kind::Trousers => block(x, y, 0.34, -0.80, -0.30).min(block(x - 0.20, y, 0.14, -0.50, 0.80)),
            Kind::Dress => {
                let width = 0.24 + 0.26 * ((y + 0.75) / 1.5).clamp(0.0, 1.0);
                block(x, y, width, -0.75, 0.75)
            }
        }
    }

    /// 0..=1: a soft shadow to the lower right of the garment.
    fn shadow_at(&self, x: f32, y: f32) -> f32 {
        (1.0 - self.distance(x - 0.02, y - 0.03) / 0.08).clamp(0.0, 1.0)
    }

    fn cloth(&self, x: f32, y: f32) -> [f32; 3] {
        let rgb = match self.print {
            Print::Stripes(stripe) if (y * 12.0).rem_euclid(2.0) < 1.0 => stripe,
            Print::Badge(badge) if (0.08..0.24).contains(&x) && (-0.30..-0.14).contains(&y) => badge,
            Print::Letters(ink) if is_stroke(x, y) => ink,
            _ => self.colour,
        };
        let fold = 1.0 + 0.06 * (x * 9.0 + (y * 5.0).sin()).sin();
        rgb.map(|v| f32::from(v) * fold)
    }
}

/// Two rows of five letters between (-0.25, -0.3) and (0.25, 0.02), each a frame that lacks some of its sides.
fn is_stroke(x: f32, y: f32) -> bool {
    const LACKING: [[u8; 5]; 2] = [
        [0b0001, 0b0100, 0b0011, 0b1000, 0b0110],
        [0b1001, 0b0010, 0b0101, 0b1100, 0b0001],
    ];
    let (u, v) = ((x + 0.25) / 0.1, (y + 0.3) / 0.16);
    if !(0.0..5.0).contains(&u) || !(0.0..2.0).contains(&v) {
        return false;
    }
    let (s, t) = (u.fract(), v.fract());
    let lacks = LACKING[v as usize][u as usize];
    let sides = [
        (0.1..0.3).contains(&s),
        (0.6..0.8).contains(&s),
        (0.1..0.25).contains(&t),
        (0.65..0.8).contains(&t),
    ];
    let within = (0.1..0.8).contains(&s) && (0.1..0.8).contains(&t);
    within
        && sides
            .iter()
            .enumerate()
            .any(|(side, on)| *on && lacks >> side & 1 == 0)
}

/// Signed distance to an upright block centred on x = 0.
fn block(x: f32, y: f32, half_width: f32, top: f32, bottom: f32) -> f32 {
    let dx = x.abs() - half_width;
    let dy = (y - f32::midpoint(top, bottom)).abs() - (bottom - top) / 2.0;
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare;

    #[test]
    fn a_seed_decides_the_noise_and_nothing_else() {
        let garment = Garment::default();
        let other = Garment {
            seed: 2,
            ..garment.clone()
        };
        assert_eq!(garment.photo(), garment.photo());
        let difference = compare(&garment.photo(), &other.photo()).unwrap();
        assert!(
            difference.max > 0 && difference.mean_delta_e < 2.0,
            "{difference:?}"
        );
        assert_eq!(garment.mask(), other.mask());
    }

    #[test]
    fn every_kind_stays_inside_the_frame_and_fills_a_good_part_of_it() {
        for kind in [Kind::Shirt, Kind::Trousers, Kind::Dress] {
            let mask = Garment {
                kind,
                tilt_deg: 5.0,
                ..Garment::default()
            }
            .mask();
            let covered = mask.pixels().filter(|pixel| pixel.0[3] > 32768).count();
            assert!(
                (10_000..40_000).contains(&covered),
                "{kind:?} covers {covered} of 65536 pixels"
            );
            assert!(
                mask.rows().next().unwrap().all(|pixel| pixel.0[3] == 0),
                "{kind:?} touches the frame"
            );
        }
    }

    #[test]
    fn there_is_ground_between_the_legs() {
        let mask = Garment {
            kind: Kind::Trousers,
            ..Garment::default()
        }
        .mask();
        assert_eq!(mask.get_pixel(128, 200).0[3], 0);
        assert_eq!(mask.get_pixel(153, 200).0[3], u16::MAX);
    }
}
