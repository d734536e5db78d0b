//! Step 5: the ground, reached from the frame.

use super::{
    raster::{Mask, components},
    scene::Scene,
};

/// Ground reached from the frame without crossing product. Colour overrules the network: between legs and under
/// sleeves it often sees product where there is ground.
pub(super) fn outside(scene: &Scene<'_>, strong: &Mask) -> Mask {
    let open = open_ground(scene, strong);
    let reached = components::flood_from_frame(&open);
    if scene.flat {
        without_white_product(scene, &open, &reached)
    } else {
        reached
    }
}

/// Where the flood may go.
fn open_ground(scene: &Scene<'_>, strong: &Mask) -> Mask {
    let d = &scene.d;
    let slope_reach = scene.tolerance.max(5.0);
    let open = |i: usize| {
        if strong.is(i) || (scene.near && !scene.flat && scene.core.is(i)) {
            return false;
        }
        let ground = d.e.data[i] < scene.tolerance && (scene.quiet(i) || scene.m.data[i] < 0.3);
        let slope = !scene.flat
            && !scene.near
            && d.e.data[i] < slope_reach
            && scene.gradient.data[i] < 1.5
            && scene.smooth(i);
        ground || slope
    };
    scene.m.same_size(|i| u8::from(open(i)))
}

/// On an even ground, parts of the network's core that differ a little, or are tiny, are white product: they are
/// closed and the flood runs again.
fn without_white_product(scene: &Scene<'_>, open: &Mask, reached: &Mask) -> Mask {
    let inside = components::parts(&reached.and(&scene.core));
    let sums = inside.sums(|i| scene.d.e.data[i]);
    let limit = if scene.near { 0.3 } else { 0.6 };
    let area = 100.0 * scene.unit() * scene.unit();
    let product = inside.keep(|part| {
        let size = inside.size[part] as f32;
        size < area || sums[part] as f32 / size >= limit
    });
    components::flood_from_frame(&open.minus(&product))
}
