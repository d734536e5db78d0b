//! From a photo to a cut-out, by the recipe, step by step.

use std::path::Path;

use super::{
    Cutout, CutoutCard, Infer, VisionError,
    model::RtenNetwork,
    own_alpha,
    recipe::{self, Step},
    working::Working,
};
use crate::Picture;

/// Shortest side of a photo that can be cut out, in pixels.
pub const SIDE_MIN: u32 = 32;

/// Cuts products out of photos. Loads its network once; each call runs on the calling thread, so several photos
/// can be cut at once. The same photo and network give the same pixels.
pub struct Cutter {
    network: Box<dyn Infer>,
    card: CutoutCard,
}

impl Cutter {
    /// Loads an ONNX network that fits the card.
    pub fn load(path: &Path, card: &CutoutCard) -> Result<Self, VisionError> {
        Ok(Self::new(Box::new(RtenNetwork::load(path)?), card.clone()))
    }

    /// A cutter on another runtime.
    pub fn new(network: Box<dyn Infer>, card: CutoutCard) -> Self {
        Self { network, card }
    }

    /// Cuts the product out. A photo that comes isolated, with its ground see-through, keeps its own alpha.
    pub fn cut(&self, photo: &Picture) -> Result<Cutout, VisionError> {
        self.cut_watched(photo, &mut |_| {})
    }

    /// [`Self::cut`], calling `watch` after each step with what the step found.
    pub fn cut_watched(
        &self,
        photo: &Picture,
        watch: &mut dyn FnMut(&Step<'_>),
    ) -> Result<Cutout, VisionError> {
        let (width, height) = photo.dimensions();
        if width.min(height) < SIDE_MIN {
            return Err(VisionError::TooSmall { width, height });
        }
        if let Some(cutout) = own_alpha::cut(photo) {
            return Ok(cutout);
        }
        recipe::cut(
            photo,
            &Working::new(photo),
            &self.card,
            self.network.as_ref(),
            watch,
        )
    }
}
