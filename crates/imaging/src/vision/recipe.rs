//! The steps, in order.

use super::{
    Cutout, CutoutCard, Infer, VisionError, alpha, bounds,
    edge::Edge,
    gate::{self, Evidence},
    soft_mask,
    working::Working,
};
use crate::Picture;

/// Smallest share of the picture that can be a product.
const AREA_MIN: f32 = 0.002;

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
    watch(&Step {
        name: "soft mask",
        width: soft_mask.width,
        found: &soft_mask.data,
    });
    let mask = soft_mask.mask(|m| m > 0.5);
    if (mask.count() as f32) < AREA_MIN * mask.data.len() as f32 {
        return Err(VisionError::NoProduct);
    }
    let edge = Edge::new(mask, working);
    let cleaned = alpha::clean(photo, working, &edge);
    let evidence = Evidence {
        working,
        edge: &edge,
        soft_mask: &soft_mask,
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
