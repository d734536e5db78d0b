//! Step 9: what is sure, what is likely, and the cut between them.

use super::{
    garment::Garment,
    random_walk::{self, Problem},
    raster::{Mask, Plane, components, gaussian, morphology, smoothstep},
    scene::Scene,
};

/// What the earlier steps found.
pub(super) struct Found<'a> {
    pub(super) strong: &'a Mask,
    pub(super) zone: &'a Mask,
    pub(super) outside: &'a Mask,
    /// Outside and its shadows.
    pub(super) ground: &'a Mask,
    pub(super) islands: &'a Mask,
}

/// The product as a mask: the random walk from what is sure, cleaned.
pub(super) fn cut(scene: &Scene<'_>, garment: &Garment, found: &Found<'_>) -> Mask {
    let problem = problem(scene, garment, found);
    let likely = random_walk::solve(scene, &problem);
    let mask = likely.same_size(|i| u8::from(likely.data[i] > 0.5) | problem.product.data[i]);
    let mask = with_small_gaps_closed(scene, found, &mask);
    let mask = with_holes_filled(found, &mask);
    let smooth = gaussian::blur(&mask.same_size(|i| mask.data[i] as f32), 1.2 * scene.unit());
    smooth.mask(|v| v > 0.5)
}

fn problem(scene: &Scene<'_>, garment: &Garment, found: &Found<'_>) -> Problem {
    let unit = scene.unit();
    let sure_reach = if scene.flat && scene.near { 1.0 } else { 4.0 * unit };
    let zone_outside = found.zone.not();
    let ground = morphology::erode(found.outside, sure_reach)
        .or(&morphology::erode(found.islands, unit))
        .or(&zone_outside);
    let product = sure_product(scene, garment, found).minus(&ground);
    let (target, pull) = likelihood(scene, found);
    Problem {
        ground,
        product,
        target,
        pull,
    }
}

/// Pixels that the cut must keep.
fn sure_product(scene: &Scene<'_>, garment: &Garment, found: &Found<'_>) -> Mask {
    let (d, unit) = (&scene.d, scene.unit());
    let seen = |i: usize| {
        scene.core.is(i) && !found.ground.is(i) && !found.islands.is(i) && (d.e.data[i] > 12.0 || scene.near)
    };
    let evident = scene.m.same_size(|i| found.strong.data[i] | u8::from(seen(i)));
    let reach = if scene.flat && scene.near { 1.0 } else { 6.0 * unit };
    let solid = morphology::erode(&morphology::close(&evident, 2.0 * unit), reach);
    let deep = |i: usize| {
        d.dark(i) > 55.0 && (garment.chroma(i) < 8.0 || d.c.data[i] > scene.chroma_tolerance(i) + 2.0)
    };
    scene
        .m
        .same_size(|i| solid.data[i] | (found.strong.data[i] & u8::from(deep(i))))
}

/// What each undecided pixel leans to, and how hard.
fn likelihood(scene: &Scene<'_>, found: &Found<'_>) -> (Plane<f32>, Plane<f32>) {
    let unit = scene.unit();
    let near_outside = morphology::dilate(found.outside, 9.0 * unit);
    let deep_ground = morphology::erode(&found.ground.or(found.islands), 5.0 * unit);
    let target = scene.m.same_size(|i| {
        if found.ground.is(i) || found.islands.is(i) {
            0.0
        } else if found.strong.is(i) {
            1.0
        } else {
            smoothstep(0.2, 0.8, scene.m.data[i])
        }
    });
    let pull = scene.m.same_size(|i| {
        if deep_ground.is(i) {
            0.05
        } else if found.ground.is(i) || found.islands.is(i) || found.strong.is(i) {
            4e-3
        } else if near_outside.is(i) {
            1e-4
        } else {
            3e-3
        }
    });
    (target, pull)
}

/// Closes cuts into pale parts that the network is sure of.
fn with_small_gaps_closed(scene: &Scene<'_>, found: &Found<'_>, mask: &Mask) -> Mask {
    let closed = morphology::close(mask, 4.0 * scene.unit());
    mask.same_size(|i| {
        let pale =
            scene.m.data[i] > 0.85 && scene.d.dark(i) < 12.0 && !found.ground.is(i) && !found.islands.is(i);
        mask.data[i] | (closed.data[i] & u8::from(pale))
    })
}

/// Fills holes that no ground was found in.
fn with_holes_filled(found: &Found<'_>, mask: &Mask) -> Mask {
    let open = mask.not();
    let holes = components::parts(&open.minus(&components::flood_from_frame(&open)));
    let ground = holes.sums(|i| (found.ground.data[i] | found.islands.data[i]) as f32);
    let filled = holes.keep(|part| ground[part] < 0.3 * f64::from(holes.size[part]));
    mask.or(&filled)
}
