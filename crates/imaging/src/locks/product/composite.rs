//! A print of the product photo put back onto an engine's picture, where the two surely lie over each other.
//!
//! The map is the draped road's own. What is put back, and when, is `draped::put_back`'s to say.

use domain::pose::Framing;

use super::{
    draped::put_back::{self, Fit, Patch, View},
    flat::Flat,
    pair::Candidate,
    reference::Reference,
    worn::Worn,
};
use crate::{Picture, vision::Cutout};

/// A picture with prints of the photo put back.
#[derive(Clone, Debug)]
pub struct Composited {
    /// The picture, everywhere else untouched.
    pub pixels: Picture,
    /// Prints put back.
    pub places: usize,
    /// Share of the picture's pixels that changed.
    pub share: f64,
}

/// Puts the prints of a product photo back onto a picture of it, with the picture's own light. `reference` was
/// prepared from `cutout`.
///
/// Nothing in a close-up, where the product or its place is not sure, where the prints already agree, and where a print
/// cannot be put back unseen.
pub fn composite_back(
    reference: &Reference,
    cutout: &Cutout,
    candidate: &Picture,
    framing: Framing,
) -> Option<Composited> {
    let is_trusted = framing == Framing::Full && reference.distrust.is_none();
    if !is_trusted || !put_back::has_prints(reference.master()) {
        return None;
    }
    let prepared = Candidate::new(candidate);
    let flat = prepared
        .even_ground
        .then(|| Flat::of(reference, &prepared, framing))
        .flatten();
    let map = flat.map(|flat| flat.map(reference, &prepared));
    let worn = Worn::of(reference, &prepared, map)?;
    let draped = worn.sure()?;
    let fit = Fit::of(draped, reference.master(), &prepared.image).filter(Fit::is_sure)?;
    let (patch, places) = Patch::of(reference.master(), &fit)?;
    let pixels = patch.painted(&View {
        cutout,
        reference,
        picture: candidate,
        fit: &fit,
        side: draped.side(),
        reduction: prepared.reduction,
    })?;
    let changed = pixels.pixels().zip(candidate.pixels()).filter(|(p, q)| p != q);
    let share = changed.count() as f64 / f64::from(candidate.width() * candidate.height()).max(1.0);
    Some(Composited {
        pixels,
        places,
        share,
    })
}
