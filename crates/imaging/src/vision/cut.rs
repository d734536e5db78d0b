//! Step 9: what is sure, what is likely, and the cut between them.

use super::{
    garment::Garment,
    random_walk::{self, Problem},
    raster::{Field, Mask, Plane, components, gaussian, morphology, smoothstep},
    scene::Scene,
};

/// How far from shadow a dark pixel is doubted, in units: the width of the edge's own texture.
const DOUBT_REACH: f32 = 5.0;

/// How far from shadow a pale pixel is doubted, in units.
const PALE_REACH: f32 = 14.0;

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
    let mask = with_small_gaps_closed(scene, found, &likely, &mask);
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
    let (target, pull) = likelihood(scene, garment, found);
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
    let pale = pale_beside_shadow(scene, garment, found);
    let seen = |i: usize| {
        scene.core.is(i)
            && !found.ground.is(i)
            && !found.islands.is(i)
            && !pale.is(i)
            && (d.e.data[i] > 12.0 || scene.near)
    };
    let evident = scene.m.same_size(|i| found.strong.data[i] | u8::from(seen(i)));
    let reach = if scene.flat && scene.near { 1.0 } else { 6.0 * unit };
    let solid = morphology::erode(&morphology::close(&evident, 2.0 * unit), reach);
    let doubted = doubted(scene, garment, found);
    let deep = |i: usize| {
        !doubted.is(i)
            && d.dark(i) > 55.0
            && (garment.chroma(i) < 8.0 || d.c.data[i] > scene.chroma_tolerance(i) + 2.0)
    };
    scene
        .m
        .same_size(|i| solid.data[i] | (found.strong.data[i] & u8::from(deep(i))))
}

/// Gray and much paler than the dark product it lies in, beside shadow: shadow in a corner, seen as product.
fn pale_beside_shadow(scene: &Scene<'_>, garment: &Garment, found: &Found<'_>) -> Mask {
    if scene.guarded() {
        return found.ground.same_size(|_| 0);
    }
    let d = &scene.d;
    let beside = morphology::dilate(found.ground, PALE_REACH * scene.unit());
    beside.same_size(|i| {
        let gray = d.c.data[i] < scene.chroma_tolerance(i) + 5.5;
        let pale = garment.contrast_l(i) > 40.0 && d.dark(i) < 0.6 * garment.contrast_l(i);
        beside.data[i] & u8::from(gray && pale)
    })
}

/// Strong for darkness alone, right beside shadow: the last pixels of a deep shadow look like this too. They lean
/// to neither side, and the cut finds the edge among them.
fn doubted(scene: &Scene<'_>, garment: &Garment, found: &Found<'_>) -> Mask {
    let d = &scene.d;
    let beside = morphology::dilate(found.ground, DOUBT_REACH * scene.unit());
    let doubt = |i: usize| {
        let as_product = d.dark(i) > 0.8 * garment.contrast_l(i) && !garment.has_texture(scene, i);
        beside.is(i) && d.dark(i) > 0.0 && d.c.data[i] < scene.chroma_tolerance(i) + 5.5 && !as_product
    };
    if scene.guarded() {
        return beside.same_size(|_| 0);
    }
    beside.same_size(|i| found.strong.data[i] & u8::from(doubt(i)))
}

/// What each undecided pixel leans to, and how hard.
fn likelihood(scene: &Scene<'_>, garment: &Garment, found: &Found<'_>) -> (Plane<f32>, Plane<f32>) {
    let unit = scene.unit();
    let empty = found.ground.or(found.islands);
    let near_ground = morphology::dilate(&empty, 9.0 * unit);
    let leaning = found.strong.minus(&doubted(scene, garment, found));
    let deep_ground = morphology::erode(&empty, 5.0 * unit);
    let inner_ground = morphology::erode(&empty, 2.0 * unit);
    let target = scene.m.same_size(|i| {
        if found.ground.is(i) || found.islands.is(i) {
            0.0
        } else if leaning.is(i) {
            1.0
        } else {
            smoothstep(0.2, 0.8, scene.m.data[i])
        }
    });
    let pull = scene.m.same_size(|i| {
        if deep_ground.is(i) {
            0.05
        } else if inner_ground.is(i) {
            0.02
        } else if found.ground.is(i) || found.islands.is(i) || leaning.is(i) {
            4e-3
        } else if near_ground.is(i) {
            1e-4
        } else {
            3e-3
        }
    });
    (target, pull)
}

/// Closes cuts into pale parts that the network is sure of and the walk undecided about.
fn with_small_gaps_closed(scene: &Scene<'_>, found: &Found<'_>, likely: &Field, mask: &Mask) -> Mask {
    if !scene.guarded() {
        return mask.clone();
    }
    let closed = morphology::close(mask, 4.0 * scene.unit());
    mask.same_size(|i| {
        let pale = scene.m.data[i] > 0.85
            && likely.data[i] > 0.25
            && scene.d.dark(i) < 12.0
            && !found.ground.is(i)
            && !found.islands.is(i);
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
