//! Steps 6 and 7: the product's shadow on the ground, which the network takes for product.

use super::{
    garment::Garment,
    raster::{Mask, components, morphology, smoothstep},
    scene::{MASK_SURE, Scene},
    strong::Strong,
};

/// On the way to the product's colour up to here a smooth pixel can be shadow, where the cloth is smooth too.
const TOWARDS_SMOOTH: f32 = 0.72;

/// Gaps in the shadow up to this wide, in units, are JPEG blocks and dust: they are closed ...
const GAP: f32 = 2.5;

/// ... where the texture is not more than this many times the tolerance.
const GAP_TEXTURE: f32 = 2.2;

/// The ground with its shadows: the flood goes on through what can be shadow.
pub(super) fn with_shadow(scene: &Scene<'_>, garment: &Garment, strong: &Strong, outside: &Mask) -> Mask {
    let soft = components::flood(outside, &soft_shadow(scene, strong));
    if scene.flat && scene.near {
        return soft;
    }
    let shaded = shaded(scene, garment, strong);
    let smooth = shaded.same_size(|i| shaded.data[i] & u8::from(scene.smooth(i)));
    let ground = components::flood(&soft, &smooth);
    let closed = morphology::close(&ground, GAP * scene.unit());
    let gap = |i: usize| scene.texture.data[i] < GAP_TEXTURE * scene.texture_tolerance;
    ground.same_size(|i| ground.data[i] | (closed.data[i] & shaded.data[i] & u8::from(gap(i))))
}

/// Soft shadow: neutral, darker, without an edge.
fn soft_shadow(scene: &Scene<'_>, strong: &Strong) -> Mask {
    let d = &scene.d;
    let slope = if scene.flat { 1.6 } else { 1.3 };
    let shadow = |i: usize| {
        d.c.data[i] < scene.chroma_tolerance(i)
            && (-1.0..48.0).contains(&d.dark(i))
            && scene.gradient.data[i] < slope
            && scene.m.data[i] < 0.995
            && !strong.mask.is(i)
    };
    scene.m.same_size(|i| u8::from(shadow(i)))
}

/// Contact shadow can be as steep as an edge; it is smooth, though (tested by the caller). Where the product has a
/// structure that is enough; elsewhere it must not be far on the way to the product's colour.
fn shaded(scene: &Scene<'_>, garment: &Garment, strong: &Strong) -> Mask {
    let d = &scene.d;
    let sure = scene.m.mask(|m| m > MASK_SURE);
    let guarded = scene.guarded();
    let kept = if guarded {
        morphology::erode(&sure, 14.0 * scene.unit())
    } else {
        sure.same_size(|_| 0)
    };
    let shadow = |i: usize| {
        let contrast = garment.contrast_l(i);
        // A limit of 0.60 for everything ate light denim; black products need it.
        let plain = 0.45
            + if scene.near {
                0.0
            } else {
                0.15 * smoothstep(42.0, 52.0, contrast)
            };
        let limit = match (guarded, garment.has_texture(scene, i)) {
            (true, _) => plain,
            (false, true) => f32::INFINITY,
            (false, false) => TOWARDS_SMOOTH,
        };
        // JPEG carries the product's colour up to 8 pixels into its shadow.
        let bleeding = if limit.is_infinite() {
            0.6 * garment.chroma(i)
        } else {
            0.0
        };
        d.c.data[i] < (scene.chroma_tolerance(i) + 1.5 + 0.05 * contrast).max(bleeding)
            && d.dark(i) > if scene.flat { 1.2 } else { -1.0 }
            && garment.towards(scene, i) < limit
            && !kept.is(i)
            && (!strong.mask.is(i) || (!guarded && strong.doubtful.is(i)))
    };
    scene.m.same_size(|i| u8::from(shadow(i)))
}
