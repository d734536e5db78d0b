//! The garment laid over the candidate by everything but its prints: a print that is wrong would draw the map along.

use super::super::{Draped, affine::Affine, laid::Laid, model::Model};
use crate::locks::{
    colour::Linear,
    plane::Plane,
    product::{map::Map, reference::Reference},
};

/// Share of the outline that may be missing and the map is still sure. Drawn pairs with another print: 0 to 0.03; a
/// photo on a person whose sleeves hang otherwise: 0.2.
const MISSING_MAX: f32 = 0.1;

/// Where the garment lies, and whether it is this one, whatever its prints show there.
pub(in crate::locks::product) struct Fit {
    draped: Draped,
    /// 1 where the garment's core is in view, prints among it, else 0.
    pub(super) open: Plane,
}

impl Fit {
    /// `flat` is where the flat road lays the reference.
    pub(in crate::locks::product) fn of(
        reference: &Reference,
        candidate: &Linear,
        flat: Option<Map>,
    ) -> Option<Self> {
        let master = reference.master();
        let beside = master.beside_prints();
        let own = master.width() as f32 / reference.image.width() as f32;
        let straight = flat.map(|map| Affine::from(map.resized(own, 1.0)));
        let draped =
            Draped::of(&beside, &reference.image, candidate, || flat)?.simplest(&beside, candidate, straight);
        let view = draped.laid.inside.with(&draped.laid.hidden, |i, h| i * (1.0 - h));
        Some(Self {
            open: view.with(&master.core, |v, c| v * c),
            draped,
        })
    }

    /// Beside its prints it is this garment as surely as in a picture that passes.
    pub(in crate::locks::product) fn is_this(&self) -> bool {
        let model = Model::shipped();
        model.same_product(&self.draped.values) >= model.same_pass
    }

    /// The garment ends where the map says that it does.
    pub(in crate::locks::product) fn is_sure(&self) -> bool {
        self.draped.values["outline_missing"] <= MISSING_MAX
    }

    /// Where a frame position lies in the candidate image.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        self.draped.at(x, y)
    }

    /// Both pictures in the frame.
    pub(super) fn laid(&self) -> &Laid {
        &self.draped.laid
    }

    /// The garment's longer side in candidate image pixels.
    pub(in crate::locks::product) fn side(&self) -> f32 {
        self.draped.side()
    }
}
