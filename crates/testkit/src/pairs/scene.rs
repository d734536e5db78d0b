//! One picture in the making: ground, shadow, garment, what hides it. The same scene shows a garment and its tampered
//! double, so that what a tamper changed can be measured.

use image::RgbImage;

use super::{
    Style, ground,
    light::Light,
    occluder::{self, Layer},
    plane::{Plane, antialias, mix},
    subject::Cut,
    warp::Warp,
};
use crate::Random;

/// Pictures of about one megapixel, width and height.
const SIZES: [(usize, usize); 4] = [(768, 1024), (832, 1152), (896, 1088), (1024, 1024)];

/// Everything that a rendition draws by chance, except the camera's noise.
pub(super) struct Scene {
    ground: Plane<[f32; 3]>,
    warp: Warp,
    light: Light,
    shadow: Shadow,
    layer: Option<Layer>,
}

struct Shadow {
    x: f32,
    y: f32,
    blur: f32,
    depth: f32,
}

impl Scene {
    /// A scene for a garment whose cloth has this colour (CIE L*a*b*).
    pub(super) fn draw(
        random: &mut Random,
        style: Style,
        cut: &Cut,
        cloth: [f32; 3],
        scenes: &[RgbImage],
    ) -> Self {
        let size = random.one_of(&SIZES);
        let warp = Warp::draw(random, style, size, cut);
        let light = Light::draw(random, style, cut);
        let ground = ground::draw(random, style, size, cloth, scenes);
        let shadow = Shadow {
            x: random.between(-14.0, 14.0),
            y: random.between(2.0, 16.0),
            blur: random.between(5.0, 14.0),
            depth: random.between(0.05, 0.30),
        };
        let mut scene = Self {
            ground,
            warp,
            light,
            shadow,
            layer: None,
        };
        if style == Style::Scene {
            let cover = scene.cover(&scene.at_scale(cut).alpha);
            scene.layer = occluder::draw(random, &cover, &scene.warp);
        }
        scene
    }

    /// The scene with this garment in it, colours 0..=255.
    pub(super) fn with(&self, cut: &Cut) -> Plane<[f32; 3]> {
        let cut = self.at_scale(cut);
        let cover = self.cover(&cut.alpha);
        let shade = cover.blurred(self.shadow.blur);
        let (side, centre) = (cut.side(), (cut.width() as f32 / 2.0, cut.height() as f32 / 2.0));
        let mut scene = Plane::from_fn(cover.width, cover.height, |x, y| {
            let (fx, fy) = (x as f32, y as f32);
            let dark = 1.0 - self.shadow.depth * shade.sample(fx - self.shadow.x, fy - self.shadow.y);
            let under = self.ground.at(x, y).map(|v| v * dark);
            let covered = cover.at(x, y);
            if covered <= 0.0 {
                return under;
            }
            let (u, v) = self.warp.to_garment(fx, fy);
            let colour = cut.colours.sample(u, v);
            let lit = self
                .light
                .on_cloth(colour, (u - centre.0) / side, (v - centre.1) / side);
            mix(under, lit, covered)
        });
        if let Some(layer) = &self.layer {
            layer.over(&mut scene);
        }
        scene.map(|colour| self.light.balanced(colour))
    }

    /// How much of every pixel the garment covers, whatever lies in front of it.
    pub(super) fn covers(&self, cut: &Cut) -> Plane<f32> {
        self.cover(&self.at_scale(cut).alpha)
    }

    fn cover(&self, alpha: &Plane<f32>) -> Plane<f32> {
        let (width, height) = (alpha.width as f32, alpha.height as f32);
        Plane::from_fn(self.ground.width, self.ground.height, |x, y| {
            let (u, v) = self.warp.to_garment(x as f32, y as f32);
            let inside = u > -1.0 && v > -1.0 && u < width && v < height;
            if inside {
                alpha.sample(u, v) * rim(u, width) * rim(v, height)
            } else {
                0.0
            }
        })
    }

    /// Blurred so that it can be sampled at the picture's scale.
    fn at_scale(&self, cut: &Cut) -> Cut {
        let sigma = antialias(self.warp.scale);
        Cut {
            colours: cut.colours.blurred(sigma),
            alpha: cut.alpha.blurred(sigma),
        }
    }
}

/// Coverage fades over the last pixel of the crop.
fn rim(at: f32, length: f32) -> f32 {
    (at + 1.0).min(length - at).clamp(0.0, 1.0)
}
