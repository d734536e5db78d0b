//! From a vendor's file to a candidate: checked, on the exact canvas, on the exact ground.
//!
//! No vendor makes an exact `#ffffff`. What stands in the picture is cut out again and put on the asked ground; where
//! that is not sure, the picture stays as it came and a person looks.

use domain::{pose::Framing, shot::Shot};
use imaging::{
    Picture,
    codec::{ANIMATION, DecodeError, Limits, decode},
    finish::Fit,
    vision::Quality,
};
use sha2::{Digest, Sha256};

use crate::{
    CutOuts, EngineError,
    studio::{
        compose::compose,
        place::{Warp, place},
    },
};

/// A vendor's picture with a shorter side is no picture of a product.
const SIDE_MIN: u32 = 128;
/// Larger than any vendor makes.
const LIMITS: Limits = Limits {
    pixels_max: 40_000_000,
    side_max: 8_192,
    bytes_max: 100 << 20,
};
/// Enlarged by more than this a person looks.
const ENLARGED_MAX: f64 = 1.6;

/// A picture on its canvas.
pub(super) struct Grounded {
    /// Opaque, at the brief's size.
    pub(super) pixels: Picture,
    /// What a person should know.
    pub(super) notes: Vec<String>,
    /// A person should look.
    pub(super) doubtful: bool,
}

/// A vendor's file, opened.
pub(super) struct Read {
    /// Its pixels.
    pub(super) pixels: Picture,
    /// What is odd about the file.
    pub(super) notes: Vec<String>,
}

/// The vendor's pixels, or why its file is none.
pub(super) fn read(bytes: &[u8]) -> Result<Read, EngineError> {
    let broken = |reason: String| EngineError::Broken(format!("the vendor sent no usable picture: {reason}"));
    let photo = decode(bytes, &LIMITS).map_err(|error| broken(unreadable(&error)))?;
    if photo.info.notes.iter().any(|note| note == ANIMATION) {
        return Err(broken("it moves".to_owned()));
    }
    let (width, height) = photo.pixels.dimensions();
    if width.min(height) < SIDE_MIN {
        return Err(broken(format!("{width}x{height} pixels")));
    }
    let first = photo.pixels.get_pixel(0, 0);
    if photo.pixels.pixels().all(|pixel| pixel == first) {
        return Err(broken("it is one even colour".to_owned()));
    }
    Ok(Read {
        pixels: photo.pixels,
        notes: photo.info.notes,
    })
}

/// Why a file is no picture, without what the owner of a photo could do about it.
fn unreadable(error: &DecodeError) -> String {
    let said = error.to_string();
    said.split([';', ':']).next().unwrap_or(&said).to_owned()
}

/// Puts the picture on the brief's canvas and ground.
pub(super) fn ground(
    read: Read,
    bytes: &[u8],
    shot: &Shot,
    cut_outs: &dyn CutOuts,
) -> Result<Grounded, EngineError> {
    let Read {
        pixels: picture,
        mut notes,
    } = read;
    let size = shot.brief.size;
    let canvas = (size.width, size.height);
    let close_up = shot.pose.pose().framing == Framing::CloseUp;
    let fit = if close_up { Fit::Cover } else { Fit::Contain };
    let laid = Laid::new(picture.dimensions(), canvas, fit);
    let is_small = laid.scale > ENLARGED_MAX;
    let mut doubtful = is_small || !notes.is_empty();
    if is_small {
        notes.push(format!("enlarged {:.1}x from what the engine made", laid.scale));
    }
    let cutout = if close_up {
        None
    } else {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let found = cut_outs.cut_out(&sha256, bytes)?;
        found.filter(|cutout| cutout.gate.quality != Quality::Reject)
    };
    let mut pixels = match &cutout {
        Some(cutout) => place(&cutout.pixels, canvas, &laid),
        None => place(&picture, canvas, &laid),
    };
    match &cutout {
        Some(cutout) if cutout.gate.quality == Quality::Review => {
            doubtful = true;
            notes.push(format!("check the cut-out: {}", cutout.gate.reasons.join("; ")));
        }
        None if !close_up => {
            doubtful = true;
            notes.push(
                "its ground is the engine's own: nothing stood out clearly enough to be cut out".to_owned(),
            );
        }
        _ => {}
    }
    compose(&mut pixels, shot.brief.background, None);
    Ok(Grounded {
        pixels,
        notes,
        doubtful,
    })
}

/// One picture laid on a canvas: scaled and centred.
struct Laid {
    scale: f64,
    from: (f64, f64),
    to: (f64, f64),
    size: (f64, f64),
}

impl Laid {
    fn new((width, height): (u32, u32), canvas: (u32, u32), fit: Fit) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        let (across, down) = (f64::from(canvas.0) / w, f64::from(canvas.1) / h);
        Self {
            scale: if matches!(fit, Fit::Cover) {
                across.max(down)
            } else {
                across.min(down)
            },
            from: (w / 2.0, h / 2.0),
            to: (f64::from(canvas.0) / 2.0, f64::from(canvas.1) / 2.0),
            size: (w, h),
        }
    }
}

impl Warp for Laid {
    fn to_photo(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let u = self.from.0 + (x - self.to.0) / self.scale;
        let v = self.from.1 + (y - self.to.1) / self.scale;
        ((0.0..=self.size.0).contains(&u) && (0.0..=self.size.1).contains(&v)).then_some((u, v))
    }

    fn scale(&self) -> f64 {
        self.scale
    }
}
