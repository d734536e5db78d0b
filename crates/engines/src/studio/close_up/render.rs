//! Draws a close-up: the crop at its honest size, lightly sharpened when enlarged.

use domain::{product::PhotoRef, shot::Shot, size::Size};
use imaging::{
    Picture,
    codec::{Limits, decode},
};
use serde_json::json;

use super::{
    super::{
        VERSION,
        colour_check::colour_check,
        compose::compose,
        made,
        packshot::{Subject, doubts},
        photos::{self, NoPhoto},
        place::{Placement, place},
        sharpen::sharpen,
        upright::Upright,
    },
    regions::Region,
    study::Study,
};
use crate::{EngineError, Kit, Reply};

/// The most a close-up is enlarged.
const ENLARGEMENT_MAX: f64 = 1.5;
/// Photo pixels a side below which a close-up serves on a page but not as a listing picture.
const LISTING_MIN: f64 = 350.0;

/// Rim of a detail photo that is left out, in pixels: resampling reaches that far and must not see past the photo.
const RIM: f64 = 3.0;

/// A crop in upright photo coordinates and the size it is delivered at.
struct Crop {
    left_top: (f64, f64),
    width: f64,
    height: f64,
    /// Canvas pixels per photo pixel.
    factor: f64,
    canvas: (u32, u32),
}

impl Crop {
    /// As large as asked, or as the photo allows.
    fn new(left_top: (f64, f64), width: f64, height: f64, asked: Size) -> Self {
        let factor = (f64::from(asked.width) / width).min(ENLARGEMENT_MAX);
        let side = |length: f64, limit: u32| ((length * factor).floor() as u32).clamp(1, limit);
        Self {
            left_top,
            width,
            height,
            factor,
            canvas: (side(width, asked.width), side(height, asked.height)),
        }
    }

    fn notes(&self, asked: Size) -> Vec<String> {
        let mut notes = Vec::new();
        let (width, height) = self.canvas;
        if (width, height) != (asked.width, asked.height) {
            notes.push(format!(
                "{width}x{height} instead of {asked}: the photo holds {:.0}x{:.0} pixels here, enlarged {:.2}x",
                self.width, self.height, self.factor
            ));
        } else if self.factor > 1.0 {
            notes.push(format!("enlarged {:.2}x", self.factor));
        }
        if self.width.min(self.height) < LISTING_MIN {
            notes.push("small: fit for a product page, not as a listing picture".to_owned());
        }
        notes
    }

    fn recipe(&self) -> serde_json::Value {
        json!({
            "left_top_upright": self.left_top,
            "width": self.width,
            "height": self.height,
            "scale": self.factor,
            "resampling": if self.factor < 1.0 { "area" } else { "lanczos3" },
        })
    }
}

/// A region of the front photo on the brief's ground, without shadow.
pub(super) fn region(
    kit: &Kit,
    shot: &Shot,
    photo: &PhotoRef,
    subject: &Subject,
    study: &Study,
    region: &Region,
) -> Reply {
    let brief = &shot.brief;
    let window = region.window;
    let scale = study.placement.scale;
    let (left, top) = study.placement.to_upright(window.left.into(), window.top.into());
    let crop = Crop::new(
        on_pixel_grid((left, top), &subject.upright),
        (f64::from(window.width) / scale).round(),
        (f64::from(window.height) / scale).round(),
        brief.size,
    );
    let placement = Placement {
        upright: subject.upright,
        scale: crop.factor,
        from: crop.left_top,
        to: (0.0, 0.0),
    };
    let mut picture = place(&subject.cutout.pixels, crop.canvas, &placement);
    sharpen(&mut picture, crop.factor);
    compose(&mut picture, brief.background, None);
    let colour = colour_check(&subject.cutout.pixels, &picture, &placement);
    let doubts = doubts(shot, &subject.cutout);
    let mut notes = vec![format!("close-up of {}", region.kind.words())];
    notes.extend(crop.notes(brief.size));
    notes.extend(colour.note());
    let needs_review = !doubts.is_empty() || !colour.passed();
    notes.extend(doubts);
    let recipe = json!({
        "engine": "studio",
        "version": VERSION,
        "cut_out": {"model_sha256": kit.model_sha256, "gate": subject.cutout.gate},
        "straighten": subject.symmetry,
        "close_up": region,
        "crop": crop.recipe(),
        "background": brief.background,
        "size": brief.size,
        "light": "unchanged",
        "delta_e_2000": colour,
    });
    let inputs = vec![photo.sha256.clone()];
    made(picture, notes, needs_review, recipe, inputs)
}

/// The middle of a detail photo, as photographed: a part fills the frame, so there is nothing to cut out.
pub(super) fn detail_photo(kit: &Kit, shot: &Shot, photo: &PhotoRef) -> Result<Reply, NoPhoto> {
    let bytes = photos::read(kit, photo)?;
    let decoded =
        decode(&bytes, &Limits::default()).map_err(|error| EngineError::Broken(error.to_string()))?;
    let mut pixels = decoded.pixels;
    flatten(&mut pixels, shot);
    let size = shot.brief.size;
    let (width, height) = (f64::from(pixels.width()), f64::from(pixels.height()));
    let (usable_width, usable_height) = ((width - 2.0 * RIM).max(1.0), (height - 2.0 * RIM).max(1.0));
    let aspect = f64::from(size.width) / f64::from(size.height);
    let crop_width = usable_width.min(usable_height * aspect).round();
    let crop_height = usable_height.min(usable_width / aspect).round();
    let upright = Upright {
        tilt_deg: 0.0,
        pivot: (0.0, 0.0),
        bounds: [0.0, 0.0, width, height],
        mass_x: width / 2.0,
    };
    let left_top = (
        ((width - crop_width) / 2.0).floor(),
        ((height - crop_height) / 2.0).floor(),
    );
    let crop = Crop::new(left_top, crop_width, crop_height, size);
    let placement = Placement {
        upright,
        scale: crop.factor,
        from: crop.left_top,
        to: (0.0, 0.0),
    };
    let mut picture = place(&pixels, crop.canvas, &placement);
    sharpen(&mut picture, crop.factor);
    compose(&mut picture, shot.brief.background, None);
    let colour = colour_check(&pixels, &picture, &placement);
    let mut notes = vec!["the product's own detail photo, on the ground it was photographed on".to_owned()];
    notes.extend(crop.notes(size));
    notes.extend(colour.note());
    let recipe = json!({
        "engine": "studio",
        "version": VERSION,
        "close_up": "detail_photo",
        "crop": crop.recipe(),
        "size": size,
        "light": "unchanged",
        "delta_e_2000": colour,
    });
    let inputs = vec![photo.sha256.clone()];
    Ok(made(picture, notes, !colour.passed(), recipe, inputs))
}

/// A photo with transparency stands on the brief's ground.
fn flatten(pixels: &mut Picture, shot: &Shot) {
    if pixels.pixels().any(|pixel| pixel[3] != u16::MAX) {
        compose(pixels, shot.brief.background, None);
    }
}

/// The nearest upright point that is the corner of a photo pixel when the photo is not turned, so that an
/// unscaled crop copies pixels as they are.
fn on_pixel_grid((u, v): (f64, f64), upright: &Upright) -> (f64, f64) {
    let (x, y) = upright.pivot;
    ((u + x).round() - x, (v + y).round() - y)
}
