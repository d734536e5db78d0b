//! Step 7 of the studio recipe: can this cut-out be trusted without a person looking?

use super::{
    Gate, Quality,
    edge::Edge,
    filled, lab,
    raster::{Field, Mask, Plane, gaussian},
    scene::Scene,
};

/// Inside and outside differ by less than this (Lab): the outline is weak there.
const WEAK_DIFFERENCE: f32 = 4.0;
/// Share of weak outline above which a person should look.
const WEAK_MAX: f32 = 0.15;
/// With a weak outline, an overlap below this means that part of the product is lost.
const IOU_REJECT: f32 = 0.945;
/// Overlap with the network's mask below which a person should look.
const IOU_REVIEW: f32 = 0.92;
/// Soft pixels per outline pixel: sheer or blurred above.
const SOFTNESS_MAX: f32 = 3.3;
/// Share of the outline whose inner rim looks like the ground, above which dark grounds would show it.
const RIM_MAX: f32 = 0.04;
/// Outline pixels on the frame that mean the product runs out of the picture, in units.
const FRAME_RUN_MIN: f32 = 6.0;

pub(super) const TOUCHES_FRAME: &str = "the product runs out of the frame: it will be cut off on that side";

/// What the verdict is made from.
pub(super) struct Evidence<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) edge: &'a Edge,
    /// Partly covered pixels at full size.
    pub(super) soft_pixels: usize,
}

/// Measures and judges.
pub(super) fn judge(evidence: &Evidence<'_>) -> Gate {
    let Evidence {
        scene,
        edge,
        soft_pixels,
    } = evidence;
    let working = scene.working;
    let filled_gaps = filled::filled_gaps(scene, edge);
    let outline = outline(&edge.mask);
    let lab = lab::lab_plane(&working.rgb);
    let weak_edge = weak_edge(edge, &lab, &outline);
    let iou = overlap(&edge.mask, scene.m);
    // At working size, so that a photo and its reduction are judged alike.
    let softness = *soft_pixels as f32 * working.scale.powi(2) / outline.len().max(1) as f32;
    let light_ground_only = rim(edge, &lab, &outline) > RIM_MAX;
    let on_frame = edge.mask.border(1).filter(|&i| edge.mask.is(i)).count();
    let touches_frame = on_frame as f32 >= FRAME_RUN_MIN * working.unit;
    let gate = Gate {
        quality: Quality::Clean,
        reasons: Vec::new(),
        weak_edge,
        iou,
        softness,
        filled_gaps,
        light_ground_only,
        touches_frame,
    };
    verdict(gate, scene.flat)
}

/// The verdict on a product that colour cannot tell from its ground, cut along the network's outline instead: never
/// clean, and only for light grounds, where a wrong pixel is nearly the ground's colour.
pub(super) fn guessed(gate: &Gate) -> Gate {
    let reason = "the product has the colour of the ground, so its outline is the network's guess: check hems, collar \
                  and sleeves, or use a photo on a darker or coloured ground";
    Gate {
        quality: Quality::Review,
        reasons: vec![reason.to_owned()],
        light_ground_only: true,
        ..gate.clone()
    }
}

/// Turns the measurements into a verdict with its reasons.
/// A filled gap of pure white does not show on white; any other always shows.
fn verdict(mut gate: Gate, white_ground: bool) -> Gate {
    let weak = gate.weak_edge > WEAK_MAX;
    let mut say = |quality: Quality, reason: &str| {
        gate.reasons.push(reason.to_owned());
        if quality == Quality::Reject || gate.quality == Quality::Clean {
            gate.quality = quality;
        }
    };
    if weak && gate.iou < IOU_REJECT {
        say(
            Quality::Reject,
            "the product has the colour of the ground and part of it is lost: use a photo on a darker or coloured ground",
        );
    } else if weak {
        say(
            Quality::Review,
            "much of the outline has nearly the colour of the ground: check hems and shoulders",
        );
    } else if gate.iou < IOU_REVIEW {
        say(
            Quality::Review,
            "the outline differs from what the network saw: check gaps between legs and under sleeves",
        );
    }
    if gate.softness > SOFTNESS_MAX {
        say(
            Quality::Review,
            "the outline is soft (blurred photo or sheer cloth): check it on the chosen ground",
        );
    }
    if gate.filled_gaps > 0.0 && !white_ground {
        say(
            Quality::Review,
            "a gap seems filled with the old ground: check between sleeve and body, between legs and under straps",
        );
    } else if gate.filled_gaps > 0.0 {
        gate.reasons.push(
            "a gap in the outline keeps its white ground, which shows on any other ground: use white"
                .to_owned(),
        );
    }
    if gate.light_ground_only {
        gate.reasons
            .push("a rim of the old ground may show on dark grounds: use white or light gray".to_owned());
    }
    if gate.touches_frame {
        gate.reasons.push(TOUCHES_FRAME.to_owned());
    }
    gate
}

/// Mask pixels with a side neighbour outside it.
fn outline(mask: &Mask) -> Vec<usize> {
    let (width, height) = (mask.width, mask.height);
    let open = |i: usize| {
        let (x, y) = (i % width, i / width);
        (x > 0 && !mask.is(i - 1))
            || (x + 1 < width && !mask.is(i + 1))
            || (y > 0 && !mask.is(i - width))
            || (y + 1 < height && !mask.is(i + width))
    };
    (0..mask.data.len()).filter(|&i| mask.is(i) && open(i)).collect()
}

/// Share of the outline where the mean colours 2 to 6 units inside and outside are close.
fn weak_edge(edge: &Edge, lab: &Plane<[f32; 3]>, outline: &[usize]) -> f32 {
    let unit = edge.unit;
    let inside = band_mean(edge, lab, |d| (2.0 * unit..=6.0 * unit).contains(&d));
    let outside = band_mean(edge, lab, |d| (-6.0 * unit..=-2.0 * unit).contains(&d));
    share(outline, |i| match (mean(inside.data[i]), mean(outside.data[i])) {
        (Some(a), Some(b)) => distance(a, b) < WEAK_DIFFERENCE,
        _ => false,
    })
}

/// Share of the outline whose rim, 2 to 5 units inside, is nearer to the ground outside than to the product deeper in.
fn rim(edge: &Edge, lab: &Plane<[f32; 3]>, outline: &[usize]) -> f32 {
    let unit = edge.unit;
    let rim = band_mean(edge, lab, |d| (2.0 * unit..5.0 * unit).contains(&d));
    let deep = band_mean(edge, lab, |d| d > 6.0 * unit);
    let ground = band_mean(edge, lab, |d| d < -2.5 * unit);
    share(outline, |i| {
        match (mean(rim.data[i]), mean(deep.data[i]), mean(ground.data[i])) {
            (Some(rim), Some(deep), Some(ground)) => distance(rim, ground) < distance(rim, deep),
            _ => false,
        }
    })
}

/// Sums of Lab and weight around each pixel, over the pixels at the chosen distances.
fn band_mean(edge: &Edge, lab: &Plane<[f32; 3]>, chosen: impl Fn(f32) -> bool) -> Plane<[f32; 4]> {
    let weighted = lab.same_size(|i| {
        let [l, a, b] = lab.data[i];
        if chosen(edge.distance.data[i]) {
            [l, a, b, 1.0]
        } else {
            [0.0; 4]
        }
    });
    gaussian::blur(&weighted, 3.0 * edge.unit)
}

fn mean([l, a, b, weight]: [f32; 4]) -> Option<[f32; 3]> {
    (weight > 0.01).then(|| [l / weight, a / weight, b / weight])
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    super::edge::squared_difference(a, b).sqrt()
}

fn share(outline: &[usize], test: impl Fn(usize) -> bool) -> f32 {
    outline.iter().filter(|&&i| test(i)).count() as f32 / outline.len().max(1) as f32
}

fn overlap(mask: &Mask, soft_mask: &Field) -> f32 {
    let (mut both, mut either) = (0_u32, 0_u32);
    for (i, &m) in soft_mask.data.iter().enumerate() {
        both += u32::from(mask.is(i) && m > 0.5);
        either += u32::from(mask.is(i) || m > 0.5);
    }
    both as f32 / either.max(1) as f32
}
