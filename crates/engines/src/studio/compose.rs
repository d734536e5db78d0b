//! Puts a placed cut-out on its exact ground.

use domain::background::Background;
use imaging::Picture;

use super::{colour, shadow::FRAME, shadow::Shadow};

/// Steps of light the ground is tabulated at.
const STEPS: usize = 4096;

/// Makes a placed cut-out opaque on an exact ground, in place, with a shadow or without.
/// Blended in encoded sRGB, the space the cut-out's coverage was estimated in, so no rim appears.
pub(crate) fn compose(placed: &mut Picture, background: Background, shadow: Option<&Shadow>) {
    let ground = Ground::new(background);
    for (y, row) in placed.rows_mut().enumerate() {
        for (x, pixel) in row.enumerate() {
            if pixel[3] == u16::MAX {
                continue;
            }
            let light = shadow.map_or(1.0, |shadow| shadow.light(x as u32, y as u32));
            let ground = ground.under(light);
            let covered = f32::from(pixel[3]) / 65535.0;
            for (channel, &below) in ground.iter().enumerate() {
                let over = f32::from(pixel[channel]) * covered + f32::from(below) * (1.0 - covered);
                pixel[channel] = over.round() as u16;
            }
            pixel[3] = u16::MAX;
        }
    }
}

/// The outer 1.2 % (of the short side, a pixel at least) is the background in every pixel.
pub(crate) fn frame_is_exact(picture: &Picture, background: Background) -> bool {
    let (width, height) = picture.dimensions();
    let rim = ((width.min(height) as f32 * FRAME) as u32).max(1);
    let [red, green, blue] = background.rgb.map(|value| u16::from(value) * 257);
    let exact = [red, green, blue, u16::MAX];
    picture.enumerate_pixels().all(|(x, y, pixel)| {
        let inner = x >= rim && y >= rim && x < width - rim && y < height - rim;
        inner || pixel.0 == exact
    })
}

/// The ground's colour at every share of light.
struct Ground {
    exact: [u16; 3],
    lit: Vec<[u16; 3]>,
}

impl Ground {
    fn new(background: Background) -> Self {
        let linear = background
            .rgb
            .map(|value| colour::linear(f64::from(value) / 255.0));
        let lit = (0..=STEPS).map(|step| {
            let light = step as f64 / STEPS as f64;
            linear.map(|channel| (colour::encoded(channel * light) * 65535.0).round() as u16)
        });
        Self {
            exact: background.rgb.map(|value| u16::from(value) * 257),
            lit: lit.collect(),
        }
    }

    fn under(&self, light: f32) -> [u16; 3] {
        if light >= 1.0 {
            self.exact
        } else {
            self.lit[(light.max(0.0) * STEPS as f32).round() as usize]
        }
    }
}
