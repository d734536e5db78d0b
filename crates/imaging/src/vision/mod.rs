//! Finding the product in a photo and cutting it out.

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
