//! Steps 6 and 7: the product's shadow on the ground, which the network takes for product.

use super::{
    garment::Garment,
    raster::{Mask, components, morphology, smoothstep},
    scene::{MASK_SURE, Scene},
};

/// The ground with its shadows: the flood goes on through what can be shadow.
pub(super) fn with_shadow(scene: &Scene<'_>, garment: &Garment, strong: &Mask, outside: &Mask) -> Mask {
    let smooth = components::flood(outside, &smooth_shadow(scene, strong));
    if scene.flat && scene.near {
        return smooth;
    }
    components::flood(&smooth, &steep_shadow(scene, garment, strong))
}

/// Soft shadow: neutral, darker, without an edge.
fn smooth_shadow(scene: &Scene<'_>, strong: &Mask) -> Mask {
    let d = &scene.d;
    let slope = if scene.flat { 1.6 } else { 1.3 };
    let shadow = |i: usize| {
        d.c.data[i] < scene.chroma_tolerance(i)
            && (-1.0..48.0).contains(&d.dark(i))
            && scene.gradient.data[i] < slope
            && scene.m.data[i] < 0.995
            && !strong.is(i)
    };
    scene.m.same_size(|i| u8::from(shadow(i)))
}

/// Contact shadow: as steep as an edge, told by not being on the way to the product's colour.
fn steep_shadow(scene: &Scene<'_>, garment: &Garment, strong: &Mask) -> Mask {
    let d = &scene.d;
    let sure = scene.m.mask(|m| m > MASK_SURE);
    let kept = if scene.near || scene.flat {
        morphology::erode(&sure, 14.0 * scene.unit())
    } else {
        sure.same_size(|_| 0)
    };
    let shadow = |i: usize| {
        let contrast = garment.contrast_l(i);
        // A limit of 0.60 for everything ate light denim; black products need it.
        let limit = 0.45
            + if scene.near {
                0.0
            } else {
                0.15 * smoothstep(42.0, 52.0, contrast)
            };
        d.c.data[i] < scene.chroma_tolerance(i) + 1.5 + 0.05 * contrast
            && garment.towards(scene, i) < limit
            && (!scene.flat || d.dark(i) > 1.2)
            && !kept.is(i)
            && !strong.is(i)
    };
    scene.m.same_size(|i| u8::from(shadow(i)))
}
