//! The steps, in order.

use super::{
    Cutout, CutoutCard, Infer, Quality, VisionError, alpha, bounds,
    cut::{self, Found},
    edge::Edge,
    gaps,
    garment::Garment,
    gate::{self, Evidence},
    islands, keep, outside,
    raster::{Field, Mask},
    scene::Scene,
    shadow, soft_mask,
    strong::{self, Strong},
    working::Working,
};
use crate::Picture;

/// Smallest share of the picture that can be a product.
const AREA_MIN: f32 = 0.002;

/// Most pixels the network is unsure of, for each it is sure of, that still make an outline.
const UNDECIDED_MAX: f32 = 0.12;

/// What one step of the recipe found, for those who look inside.
pub struct Step<'a> {
    /// The step.
    pub name: &'static str,
    /// Columns of `found`.
    pub width: usize,
    /// `width` values a row, 0..=1, at working size (at most 1280 pixels a side).
    pub found: &'a [f32],
}

/// Cuts the product out of a photo on a plain ground.
pub(super) fn cut(
    photo: &Picture,
    working: &Working,
    card: &CutoutCard,
    network: &dyn Infer,
    watch: &mut dyn FnMut(&Step<'_>),
) -> Result<Cutout, VisionError> {
    let soft_mask = soft_mask::soft_mask(working, card, network)?;
    show(watch, "1 soft mask", &soft_mask);
    let scene = Scene::new(working, &soft_mask);
    let mask = outline(&scene, watch);
    let cutout = clean(photo, &scene, mask, watch)?;
    if cutout.gate.quality != Quality::Reject || !is_decided(&soft_mask) {
        return Ok(cutout);
    }
    let guess = clean(photo, &scene, soft_mask.mask(|m| m > 0.5), watch)?;
    Ok(Cutout {
        gate: gate::guessed(&guess.gate),
        ..guess
    })
}

/// Whether the network drew one clear outline: few pixels, against those it takes for product, are neither in nor out.
fn is_decided(soft_mask: &Field) -> bool {
    let count =
        |low: f32, high: f32| soft_mask.data.iter().filter(|m| (low..high).contains(*m)).count() as f32;
    count(0.2, 0.8) < UNDECIDED_MAX * count(0.8, f32::INFINITY)
}

/// Steps 11 and 12, and the verdict, for a mask at working size.
fn clean(
    photo: &Picture,
    scene: &Scene<'_>,
    mask: Mask,
    watch: &mut dyn FnMut(&Step<'_>),
) -> Result<Cutout, VisionError> {
    if (mask.count() as f32) < AREA_MIN * mask.data.len() as f32 {
        return Err(VisionError::NoProduct);
    }
    let edge = Edge::new(mask, scene.working);
    show(watch, "11 edge", &edge.thin);
    let cleaned = alpha::clean(photo, scene.working, &edge);
    show(watch, "12 alpha", &edge.distance);
    let evidence = Evidence {
        scene,
        edge: &edge,
        soft_pixels: cleaned.soft,
    };
    let gate = gate::judge(&evidence);
    let bounds = bounds(&cleaned.pixels).ok_or(VisionError::NoProduct)?;
    Ok(Cutout {
        pixels: cleaned.pixels,
        bounds,
        gate,
    })
}

/// Steps 2 to 10: from the network's rough answer to the product's mask at working size.
fn outline(scene: &Scene<'_>, watch: &mut dyn FnMut(&Step<'_>)) -> Mask {
    show(
        watch,
        "2 ground",
        &scene.d.e.same_size(|i| scene.d.e.data[i] / 50.0),
    );
    show(
        watch,
        "3 texture",
        &scene.texture.same_size(|i| scene.texture.data[i] / 4.0),
    );
    let strong = Strong::new(scene);
    show_mask(watch, "4 strong", &strong.mask);
    let zone = strong::zone(scene, &strong.mask);
    let outside = outside::outside(scene, &strong.mask);
    show_mask(watch, "5 outside", &outside);
    let garment = Garment::new(scene);
    let ground = shadow::with_shadow(scene, &garment, &strong, &outside);
    show_mask(watch, "7 shadow", &ground);
    let strong = strong.beside(&ground);
    let islands = islands::islands(scene, &strong, &ground).or(&gaps::gaps(scene, &strong, &ground));
    show_mask(watch, "8 islands", &islands);
    let found = Found {
        strong: &strong,
        zone: &zone,
        outside: &outside,
        ground: &ground,
        islands: &islands,
    };
    let mask = cut::cut(scene, &garment, &found);
    show_mask(watch, "9 cut", &mask);
    let product = keep::keep_product(scene, &strong, &mask);
    show_mask(watch, "10 product", &product);
    product
}

fn show(watch: &mut dyn FnMut(&Step<'_>), name: &'static str, found: &Field) {
    watch(&Step {
        name,
        width: found.width,
        found: &found.data,
    });
}

fn show_mask(watch: &mut dyn FnMut(&Step<'_>), name: &'static str, found: &Mask) {
    show(watch, name, &found.same_size(|i| found.data[i] as f32));
}
