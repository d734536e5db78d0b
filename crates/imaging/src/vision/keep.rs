//! Step 10: which parts of the cut belong to the product.

use super::{
    raster::{Mask, components, morphology},
    scene::Scene,
};

/// Keeps the main parts, what hangs on them (chains, tassels), and small parts that colour and network agree on.
pub(super) fn keep_product(scene: &Scene<'_>, strong: &Mask, mask: &Mask) -> Mask {
    let unit = scene.unit();
    let parts = components::parts(mask);
    let largest = parts.size.iter().copied().max().unwrap_or(0) as f32;
    let evident = parts.sums(|i| strong.data[i] as f32);
    let seen = parts.maxima(|i| scene.m.data[i]);
    let main = parts.keep(|part| parts.size[part] as f32 > 0.03 * largest);
    let around = morphology::dilate(&main, 10.0 * unit);
    let touching = parts.maxima(|i| around.data[i] as f32);
    let whole = mask.data.len() as f32;
    parts.keep(|part| {
        let size = parts.size[part] as f32;
        let evident = evident[part] as f32 / size;
        size > 0.03 * largest
            || (evident > 0.5 && size > 12.0 * unit * unit && touching[part] > 0.0)
            || (size > 0.0005 * whole && seen[part] > 0.8 && evident > 0.3)
    })
}
