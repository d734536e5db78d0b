//! Step 8: gaps inside the product that show the ground, such as between legs or in a loop.

use super::{
    raster::{Mask, components, morphology},
    scene::Scene,
};

/// Enclosed ground. Every other hole in the product is filled: white interiors, labels, prints.
pub(super) fn islands(scene: &Scene<'_>, strong: &Mask, ground: &Mask) -> Mask {
    let unit = scene.unit();
    let d = &scene.d;
    let enclosed = |i: usize| {
        d.e.data[i] < scene.tolerance
            && scene.quiet(i)
            && !strong.is(i)
            && !ground.is(i)
            && (!scene.near || scene.m.data[i] < 0.5)
    };
    let candidates = morphology::open(&scene.m.same_size(|i| u8::from(enclosed(i))), 2.0 * unit);
    let parts = components::parts(&candidates);
    let m = parts.sums(|i| scene.m.data[i]);
    let e = parts.sums(|i| d.e.data[i]);
    let deviation = parts.sums(|i| scene.deviation.data[i]);
    let (e_max, deviation_max, area_min) = if scene.near {
        (0.2, 0.12, 400.0)
    } else {
        (0.4, 0.15, 200.0)
    };
    parts.keep(|part| {
        let size = f64::from(parts.size[part]);
        let area = size / f64::from(unit * unit);
        let seen_as_product = m[part] / size > 0.9;
        let evident = scene.flat
            && e[part] / size < e_max
            && deviation[part] / size < deviation_max
            && area >= area_min;
        area >= 50.0 && (!seen_as_product || evident)
    })
}
