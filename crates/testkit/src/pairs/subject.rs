//! A garment ready to be laid into a scene, and what can be known of it from a small sketch.

use image::{RgbaImage, imageops};

use super::{
    Reference,
    mask::{Bounds, Mask},
    plane::Plane,
};
use crate::lab::lab;

/// Longer side of a garment as it is worked on, in pixels.
const SIDE_MAX: u32 = 1000;
/// Longer side of the sketch that garments are examined in, in pixels.
const SKETCH_SIDE: f32 = 400.0;

/// sRGB colours, 0..=255, continued past the outline, and coverage 0..=1.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) colours: Plane<[f32; 3]>,
    pub(super) alpha: Plane<f32>,
}

impl Cut {
    pub(super) fn width(&self) -> usize {
        self.alpha.width
    }

    pub(super) fn height(&self) -> usize {
        self.alpha.height
    }

    /// Squeezed or stretched to this size.
    pub(super) fn resized(self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width(), self.height()) {
            return self;
        }
        Self {
            colours: self.colours.resized(width, height),
            alpha: self.alpha.resized(width, height),
        }
    }

    /// The longer side in pixels.
    pub(super) fn side(&self) -> f32 {
        self.width().max(self.height()) as f32
    }
}

/// One reference garment, cropped to its outline.
pub(super) struct Subject {
    pub(super) id: String,
    pixels: RgbaImage,
    pub(super) sketch: Sketch,
}

impl Subject {
    /// None if nothing of the photo is garment.
    pub(super) fn new(reference: &Reference) -> Option<Self> {
        let inside = Mask::from_fn(
            reference.alpha.width() as usize,
            reference.alpha.height() as usize,
            |x, y| reference.alpha.get_pixel(x as u32, y as u32).0[0] > 12,
        );
        let bounds = inside.bounds()?;
        if bounds.width.min(bounds.height) < 32 {
            return None;
        }
        let mut pixels = cropped(reference, bounds);
        let side = pixels.width().max(pixels.height());
        if side > SIDE_MAX {
            let shrunk = |v: u32| (v * SIDE_MAX / side).max(1);
            let (width, height) = (shrunk(pixels.width()), shrunk(pixels.height()));
            pixels = imageops::resize(&pixels, width, height, imageops::FilterType::Triangle);
        }
        let sketch = Sketch::of(&cut(&pixels));
        Some(Self {
            id: reference.id.clone(),
            pixels,
            sketch,
        })
    }

    pub(super) fn cut(&self) -> Cut {
        cut(&self.pixels)
    }
}

fn cropped(reference: &Reference, bounds: Bounds) -> RgbaImage {
    RgbaImage::from_fn(bounds.width as u32, bounds.height as u32, |x, y| {
        let (x, y) = (x + bounds.left as u32, y + bounds.top as u32);
        let [r, g, b] = reference.photo.get_pixel(x, y).0;
        image::Rgba([r, g, b, reference.alpha.get_pixel(x, y).0[0]])
    })
}

fn cut(pixels: &RgbaImage) -> Cut {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let at = |x: usize, y: usize| pixels.get_pixel(x as u32, y as u32).0.map(f32::from);
    let alpha = Plane::from_fn(width, height, |x, y| at(x, y)[3] / 255.0);
    let colours = Plane::from_fn(width, height, |x, y| {
        let [r, g, b, _] = at(x, y);
        [r, g, b]
    });
    Cut {
        colours: colours.filled(&alpha.map(|a| a * a)),
        alpha,
    }
}

/// CIE L*a*b* of an sRGB colour of 0..=255.
pub(super) fn lab_of(colour: [f32; 3]) -> [f32; 3] {
    lab(colour.map(|v| v / 255.0))
}

/// Distance that makes little of light and shade.
pub(super) fn distance([l, a, b]: [f32; 3], [m, c, d]: [f32; 3]) -> f32 {
    (0.7 * (l - m)).hypot((a - c).hypot(b - d))
}

/// A garment small enough to look at as a whole.
pub(super) struct Sketch {
    pub(super) lab: Plane<[f32; 3]>,
    /// The garment.
    pub(super) inside: Mask,
    /// The garment without its rim.
    pub(super) core: Mask,
    /// The cloth's median colour, CIE L*a*b*.
    pub(super) cloth: [f32; 3],
}

impl Sketch {
    fn of(cut: &Cut) -> Self {
        let scale = (SKETCH_SIDE / cut.side()).min(1.0);
        let size = |v: usize| ((v as f32 * scale).round() as usize).max(8);
        let (width, height) = (size(cut.width()), size(cut.height()));
        let inside = cut.alpha.resized(width, height).map(|a| a > 0.5);
        let lab = cut.colours.resized(width, height).map(lab_of);
        let core = inside.shrunk(5);
        let cloth = median_colour(&lab, &core);
        Self {
            lab,
            inside,
            core,
            cloth,
        }
    }

    /// Everything inside that is not of the cloth's colour.
    pub(super) fn off_cloth(&self, least: f32) -> Mask {
        let off = self.lab.map(|colour| distance(colour, self.cloth) > least);
        off.and(&self.inside)
    }

    /// Share of the garment that these pixels are.
    pub(super) fn share(&self, pixels: usize) -> f32 {
        pixels as f32 / self.inside.count().max(1) as f32
    }

    /// The cloth is covered by a pattern: nearly every place of it holds contrast of small size.
    pub(super) fn is_patterned(&self) -> bool {
        let weight = self.inside.map(f32::from);
        let smooth = self.lab.blurred_within(&weight, 9.0);
        let contrast = self.lab.zip(&smooth, |p, q| distance(p, q).powi(2));
        let energy = contrast.blurred_within(&weight, 12.0);
        let busy = energy.map(|e| e.sqrt() > 8.0).and(&self.core).count();
        busy as f32 >= 0.72 * self.core.count().max(1) as f32
    }
}

/// Medians of L, a and b over the set pixels; of all if none is set.
pub(super) fn median_colour(lab: &Plane<[f32; 3]>, within: &Mask) -> [f32; 3] {
    let none = within.count() == 0;
    let chosen: Vec<[f32; 3]> = lab
        .data
        .iter()
        .zip(&within.data)
        .filter(|(_, set)| **set || none)
        .map(|(colour, _)| *colour)
        .collect();
    [0, 1, 2].map(|channel| median(chosen.iter().map(|colour| colour[channel]).collect()))
}

/// The middle value, 0 of none.
pub(super) fn median(mut values: Vec<f32>) -> f32 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
