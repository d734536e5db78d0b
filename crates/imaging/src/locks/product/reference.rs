//! The product as its own photo shows it, prepared once for all pictures of it.

use std::sync::{Arc, OnceLock};

use super::draped::{
    Master,
    writing::{Line, lines},
};
use crate::{
    locks::{colour::Linear, plane::Plane},
    vision::{Cutout, Quality, text::TextReader},
};

/// Longest side of the garment kept for comparing, in pixels: finer detail is judged by eye, not here.
const SIDE_MAX: u32 = 900;
/// Empty space kept around the garment, as a share of its longer side.
const MARGIN: f32 = 0.1;

/// A product cut out of its photo, ready to be compared with pictures of it. Build it once per cut-out.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The garment with empty space around it.
    pub(super) image: Linear,
    /// Why the cut-out itself cannot be trusted, if so.
    pub(super) distrust: Option<String>,
    /// Pixels of the cut-out per pixel of `image`.
    pub(super) reduction: f32,
    /// Prepared when a picture first asks for it.
    master: OnceLock<Master>,
    /// Reads its prints; none where they are not read.
    reader: Option<Arc<TextReader>>,
    /// What is written on them, read when one is doubted for the first time.
    lines: OnceLock<Vec<Line>>,
}

impl Reference {
    /// Prepares a cut-out. An empty one gives a reference that makes every check unverifiable.
    pub fn new(cutout: &Cutout) -> Self {
        let [_, _, width, height] = cutout.bounds;
        let empty = width == 0 || height == 0;
        let bounds = if empty { [0, 0, 1, 1] } else { cutout.bounds };
        let garment = Linear::of(&cutout.pixels, bounds, SIDE_MAX);
        let reduction = width.max(height).max(1) as f32 / garment.long_side() as f32;
        let margin = (MARGIN * garment.long_side() as f32).ceil() as usize;
        Self {
            image: with_margin(&garment, margin),
            distrust: distrust(cutout, empty),
            reduction,
            master: OnceLock::new(),
            reader: None,
            lines: OnceLock::new(),
        }
    }

    /// With somebody who reads its prints where they are doubted; without, nothing is said of what is written on them.
    #[must_use]
    pub fn read_by(self, reader: Option<Arc<TextReader>>) -> Self {
        Self { reader, ..self }
    }

    /// What is written on its prints, and who reads it; none where nobody does.
    pub(super) fn writing(&self) -> Option<(&[Line], &TextReader)> {
        let reader = self.reader.as_deref()?;
        Some((self.lines.get_or_init(|| lines(self, reader)), reader))
    }

    /// The garment as the draped road compares it.
    pub(super) fn master(&self) -> &Master {
        self.master.get_or_init(|| {
            let long = self.image.long_side() as f32;
            Master::new(&self.image, long / (1.0 + 2.0 * MARGIN))
        })
    }

    /// Where a position in the draped road's frame lies in the cut-out's bounds, as shares of their width and height.
    pub(super) fn in_bounds(&self, x: f32, y: f32) -> (f32, f32) {
        let master = self.master();
        // The longer side with a margin of a tenth on both ends is twelve tenths of it.
        let margin = self.image.long_side().div_ceil(12);
        let share = |at: f32, frame: usize, own: usize| {
            let own_at = at * own as f32 / frame as f32;
            (own_at - margin as f32) / (own - 2 * margin) as f32
        };
        (
            share(x, master.width(), self.image.width()),
            share(y, master.height(), self.image.height()),
        )
    }

    /// The product seen in a mirror.
    pub(super) fn mirrored(&self) -> Self {
        Self {
            image: Linear {
                rgb: self.image.rgb.each_ref().map(mirrored),
                alpha: mirrored(&self.image.alpha),
            },
            distrust: self.distrust.clone(),
            reduction: self.reduction,
            master: OnceLock::new(),
            reader: None,
            lines: OnceLock::new(),
        }
    }
}

fn distrust(cutout: &Cutout, empty: bool) -> Option<String> {
    if empty {
        return Some("the cut-out of the reference photo is empty".to_owned());
    }
    (cutout.gate.quality == Quality::Reject).then(|| {
        let why = cutout.gate.reasons.join("; ");
        format!("the cut-out of the reference photo is not usable ({why})")
    })
}

fn mirrored(plane: &Plane) -> Plane {
    let mut out = plane.clone();
    for row in out.data.chunks_exact_mut(plane.width) {
        row.reverse();
    }
    out
}

fn with_margin(image: &Linear, margin: usize) -> Linear {
    let (width, height) = (image.width() + 2 * margin, image.height() + 2 * margin);
    let framed = |plane: &Plane| {
        let mut out = Plane::new(width, height, 0.0);
        for (y, row) in plane.data.chunks_exact(plane.width).enumerate() {
            let at = (y + margin) * width + margin;
            out.data[at..at + plane.width].copy_from_slice(row);
        }
        out
    };
    Linear {
        rgb: image.rgb.each_ref().map(framed),
        alpha: framed(&image.alpha),
    }
}
