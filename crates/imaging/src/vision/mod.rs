//! Finding the product in a photo and cutting it out, finding the faces in a picture, and reading what is written on it.

mod alpha;
mod background;
mod cache;
mod cut;
mod cutter;
mod edge;
mod error;
pub mod face;
mod filled;
mod gaps;
mod garment;
mod gate;
mod islands;
mod keep;
mod lab;
mod model;
mod network;
mod outside;
mod own_alpha;
mod random_walk;
mod raster;
mod recipe;
mod scene;
mod shadow;
mod soft_mask;
mod strong;
pub mod text;
mod working;

pub use cache::{CutoutCache, PhotoHash};
pub use cutter::{Cutter, SIDE_MIN};
pub use error::VisionError;
pub use model::{CutoutCard, Infer, RtenNetwork};
pub use recipe::Step;

use crate::Picture;

/// How far a cut-out can be trusted without a person looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Deliver it.
    Clean,
    /// Usable, but a person should look: the reasons say where.
    Review,
    /// Not usable: the reasons say what photo would work.
    Reject,
}

/// The measurements behind a [`Quality`], and what follows from them.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Gate {
    /// The verdict.
    pub quality: Quality,
    /// One sentence each, for people.
    pub reasons: Vec<String>,
    /// Share of the outline, 0..=1, where inside and outside differ by less than 4 Lab units.
    pub weak_edge: f32,
    /// Overlap of the final mask with the network's, 0..=1.
    pub iou: f32,
    /// Partly transparent pixels per outline pixel.
    pub softness: f32,
    /// Share of the product, 0..=1, that is probably old ground in gaps the cut filled. On a clean cut-out that ground is
    /// pure white: deliver it on white only.
    pub filled_gaps: f32,
    /// The outline would show on a dark ground: use white or light gray.
    pub light_ground_only: bool,
    /// The product runs out of the frame.
    pub touches_frame: bool,
}

/// A product cut out of its photo.
#[derive(Clone, Debug)]
pub struct Cutout {
    /// Same size as the photo. Alpha is coverage; colours at partial coverage are the product's own
    /// (the old ground is removed). Where alpha is full the pixels are the photo's, untouched.
    pub pixels: Picture,
    /// Smallest box holding every pixel with alpha > 0: x, y, width, height in pixels.
    pub bounds: [u32; 4],
    /// How far to trust it.
    pub gate: Gate,
}

/// Smallest box holding every pixel with alpha > 0: x, y, width, height; none if there is no such pixel.
fn bounds(pixels: &Picture) -> Option<[u32; 4]> {
    let covered = pixels.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] > 0);
    let all = covered.fold(None, |found: Option<[u32; 4]>, (x, y, _)| {
        let [left, top, right, low] = found.unwrap_or([x, y, x, y]);
        Some([left.min(x), top.min(y), right.max(x), low.max(y)])
    });
    all.map(|[left, top, right, low]| [left, top, right - left + 1, low - top + 1])
}
