//! The product's own colour near each pixel: what tells its shadow from itself.

use super::{
    raster::{Field, Mask, Plane, gaussian, morphology, percentile},
    scene::Scene,
};

/// Where the local averages hold less than this weight the wider one is used.
const WEIGHT_MIN: f32 = 0.01;

/// Cloth this many times rougher than the ground may be is told from shadow by its roughness alone.
const TEXTURE_TELLS: f32 = 1.6;

/// Difference from the ground, Lab, averaged over the sure product around each pixel.
pub(super) struct Garment {
    d: Plane<[f32; 3]>,
    /// Root mean texture of the product nearby.
    texture: Field,
}

impl Garment {
    pub(super) fn new(scene: &Scene<'_>) -> Self {
        let unit = scene.unit();
        let sure = sure_product(scene);
        let d = &scene.d;
        let weighted = sure.same_size(|i| {
            if sure.is(i) {
                [d.l.data[i], d.a.data[i], d.b.data[i], scene.texture.data[i], 1.0]
            } else {
                [0.0; 5]
            }
        });
        let near = gaussian::blur(&weighted, 10.0 * unit);
        let wide = gaussian::blur(&weighted, 40.0 * unit);
        let all = weighted.data.iter().fold([0.0_f64; 5], |sum, v| {
            std::array::from_fn(|k| sum[k] + f64::from(v[k]))
        });
        let all = all.map(|v| (v / all[4].max(1.0)) as f32);
        let pick = |i: usize| {
            let found = [near.data[i], wide.data[i]]
                .into_iter()
                .find(|v| v[4] > WEIGHT_MIN);
            found.map_or(all, |sum| sum.map(|v| v / sum[4]))
        };
        let means = sure.same_size(pick);
        let d = means.same_size(|i| {
            let [l, a, b, ..] = means.data[i];
            [l, a, b]
        });
        Self {
            d,
            texture: means.same_size(|i| means.data[i][3]),
        }
    }

    /// The product's cloth shows its structure here, which no shadow has.
    pub(super) fn has_texture(&self, scene: &Scene<'_>, i: usize) -> bool {
        self.texture.data[i] > TEXTURE_TELLS * scene.texture_tolerance
    }

    /// How far the pixel is on the way from ground (0) to product (1). Lightness counts little, since shadow
    /// moves it too; where the product has a colour, less still.
    pub(super) fn towards(&self, scene: &Scene<'_>, i: usize) -> f32 {
        let [l, a, b] = self.d.data[i];
        let weight = if self.chroma(i) > 10.0 { 0.2 } else { 0.35 };
        let (own_l, seen_l) = (weight * l, weight * scene.d.l.data[i]);
        let along = own_l * seen_l + a * scene.d.a.data[i] + b * scene.d.b.data[i];
        along / (own_l * own_l + a * a + b * b).max(1e-3)
    }

    pub(super) fn chroma(&self, i: usize) -> f32 {
        self.d.data[i][1].hypot(self.d.data[i][2])
    }

    /// How much darker or brighter than the ground the product is.
    pub(super) fn contrast_l(&self, i: usize) -> f32 {
        self.d.data[i][0].abs()
    }
}

fn sure_product(scene: &Scene<'_>) -> Mask {
    let d = &scene.d;
    let mut core: Vec<f32> = (0..d.e.data.len())
        .filter(|&i| scene.core.is(i))
        .map(|i| d.e.data[i])
        .collect();
    let limit = (0.6 * percentile(&mut core, 0.5)).max(12.0);
    let sure = scene
        .m
        .same_size(|i| u8::from(scene.m.data[i] > 0.8 && (d.e.data[i] > limit || scene.near)));
    morphology::erode(&sure, 4.0 * scene.unit())
}
