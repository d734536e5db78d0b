//! The whole garment on its ground: straight, centred, filled as its category asks, with a soft shadow.

use std::sync::Arc;

use domain::{
    product::{PhotoRef, View},
    shot::Shot,
    size::Size,
};
use imaging::vision::{Cutout, Quality};
use serde_json::json;

use super::{
    colour_check::colour_check,
    compose::{compose, frame_is_exact},
    fill,
    photos::{self, NoPhoto},
    place::{Placement, place},
    shadow::{Shadow, Strength, lightness},
    straighten::{Symmetry, symmetry},
    upright::Upright,
};
use crate::{EngineError, Kit, Reply};

/// Front and back are one garment: their boxes are scaled to one height unless the shapes differ by more than
/// this (one photo shows the garment folded or spread).
const SHAPE_DIFFERENCE_MAX: f64 = 0.25;
/// L* below which a ground counts as dark for an outline that only suits light ones.
const LIGHT_GROUND_MIN: f32 = 85.0;

/// Lightness (L*) from which a patch of white does not show.
const WHITE_MIN: f32 = 99.0;

/// A photo's garment, measured.
pub(super) struct Subject {
    pub(super) cutout: Arc<Cutout>,
    pub(super) symmetry: Symmetry,
    pub(super) upright: Upright,
}

impl Subject {
    pub(super) fn of(kit: &Kit, photo: &PhotoRef) -> Result<Self, NoPhoto> {
        let cutout = photos::cut_out(kit, photo)?;
        let symmetry = symmetry(&cutout.pixels, cutout.bounds);
        let upright = Upright::measure(&cutout.pixels, symmetry.tilt_deg);
        let Some(upright) = upright else {
            return Err(NoPhoto::Refused("no product found in the photo".to_owned()));
        };
        Ok(Self {
            cutout,
            symmetry,
            upright,
        })
    }
}

/// Makes the packshot of one photo. A `doubt` about the photo itself is noted and sends it to review.
pub(super) fn make(
    kit: &Kit,
    shot: &Shot,
    photo: &PhotoRef,
    doubt: Option<String>,
) -> Result<Reply, NoPhoto> {
    let subject = Subject::of(kit, photo)?;
    let mut sizing = Sizing::of(kit, shot, photo, &subject)?;
    let smaller = fill::smaller(sizing.scale, shot.brief.size).filter(|_| shot.brief.size_at_most);
    if let Some(size) = smaller {
        return make_smaller(kit, shot, photo, doubt, size);
    }
    let allowed = fill::allow(sizing.scale, shot.brief.size).map_err(NoPhoto::Refused)?;
    sizing.scale = allowed.scale;
    let mut notes: Vec<String> = allowed.note.into_iter().chain(sizing.note.take()).collect();
    let doubts: Vec<String> = doubt.into_iter().chain(doubts(shot, &subject.cutout)).collect();
    let needs_review = !doubts.is_empty();
    notes.splice(0..0, doubts);
    Ok(render(kit, shot, &subject, &sizing, notes, needs_review)?)
}

/// Makes it on a canvas that the photo carries, and says so.
fn make_smaller(
    kit: &Kit,
    shot: &Shot,
    photo: &PhotoRef,
    doubt: Option<String>,
    size: Size,
) -> Result<Reply, NoPhoto> {
    let asked = shot.brief.size;
    let mut shot = shot.clone();
    shot.brief.size = size;
    shot.brief.size_at_most = false;
    let reply = make(kit, &shot, photo, doubt)?;
    Ok(match reply {
        Reply::Done(mut candidate) => {
            candidate.notes.push(format!(
                "{size} instead of {asked}: the largest honest size from this photo"
            ));
            Reply::Done(candidate)
        }
        refused @ Reply::Refused(_) => refused,
    })
}

fn render(
    kit: &Kit,
    shot: &Shot,
    subject: &Subject,
    sizing: &Sizing,
    mut notes: Vec<String>,
    doubtful: bool,
) -> Result<Reply, EngineError> {
    let brief = &shot.brief;
    let placement = centred(shot, &subject.upright, sizing.scale);
    let size = (brief.size.width, brief.size.height);
    let mut picture = place(&subject.cutout.pixels, size, &placement);
    let strength = shadow_strength(shot, &subject.cutout);
    let shadow = strength.map(|strength| Shadow::of(&picture, strength));
    compose(&mut picture, brief.background, shadow.as_ref());
    if !frame_is_exact(&picture, brief.background) {
        return Err(EngineError::Broken(
            "the garment runs into the picture's frame".to_owned(),
        ));
    }
    let colour = colour_check(&subject.cutout.pixels, &picture, &placement);
    notes.extend(colour.note());
    let needs_review = doubtful || !colour.passed();
    let recipe = json!({
        "engine": "studio",
        "version": super::VERSION,
        "cut_out": {"model_sha256": kit.model_sha256, "gate": subject.cutout.gate},
        "straighten": subject.symmetry,
        "place": {
            "fill": sizing.fill,
            "scale": placement.scale,
            "from_upright": placement.from,
            "to_canvas": placement.to,
            "resampling": if placement.scale < 1.0 { "area" } else { "lanczos3" },
        },
        "shadow": strength,
        "background": brief.background,
        "size": brief.size,
        "light": "unchanged",
        "delta_e_2000": colour,
    });
    let inputs = sizing.inputs.clone();
    Ok(super::made(picture, notes, needs_review, recipe, inputs))
}

/// The placement that puts the garment's visual centre in the middle of the canvas.
pub(super) fn centred(shot: &Shot, upright: &Upright, scale: f64) -> Placement {
    let size = shot.brief.size;
    Placement {
        upright: *upright,
        scale,
        from: upright.centre(),
        to: (f64::from(size.width) / 2.0, f64::from(size.height) / 2.0),
    }
}

/// The shadow of a shot; none when the brief says so, or when the outline is doubtful or cut by the photo's
/// frame (a shadow would draw attention to it).
pub(super) fn shadow_strength(shot: &Shot, cutout: &Cutout) -> Option<Strength> {
    let wanted = shot.brief.shadow && cutout.gate.quality == Quality::Clean && !cutout.gate.touches_frame;
    wanted.then(|| Strength::on(shot.brief.background))
}

/// What a person should look at before this cut-out is delivered on this ground.
pub(super) fn doubts(shot: &Shot, cutout: &Cutout) -> Vec<String> {
    let gate = &cutout.gate;
    let mut doubts = Vec::new();
    if gate.quality == Quality::Review {
        doubts.push(format!("check the cut-out: {}", gate.reasons.join("; ")));
    }
    if gate.touches_frame {
        doubts.push(
            "the photo cuts the garment off at its frame; a photo that shows it whole is better".into(),
        );
    }
    if gate.quality == Quality::Clean
        && gate.filled_gaps > 0.0
        && lightness(shot.brief.background) < WHITE_MIN
    {
        doubts.push(format!(
            "a gap inside the garment keeps the photo's white ground, which shows on {}; white suits this photo",
            shot.brief.background
        ));
    }
    if gate.light_ground_only && lightness(shot.brief.background) < LIGHT_GROUND_MIN {
        doubts.push(format!(
            "the outline keeps a trace of the old ground that shows on {}; white or light gray suits this photo",
            shot.brief.background
        ));
    }
    doubts
}

/// How large a garment stands on the canvas, and what that was decided from.
pub(super) struct Sizing {
    pub(super) fill: fill::Fill,
    pub(super) scale: f64,
    /// Sentence for the reviewer, if sizing was unusual.
    pub(super) note: Option<String>,
    /// SHA-256 of the photos that took part.
    pub(super) inputs: Vec<String>,
}

impl Sizing {
    pub(super) fn of(kit: &Kit, shot: &Shot, photo: &PhotoRef, subject: &Subject) -> Result<Self, NoPhoto> {
        let size = shot.brief.size;
        let fill = fill::fill(shot.product.category, &subject.upright);
        let alone = Self {
            fill,
            scale: fill::scale(&fill, &subject.upright, size),
            note: None,
            inputs: vec![photo.sha256.clone()],
        };
        let Some((other_photo, other)) = other_side(kit, shot, photo)? else {
            return Ok(alone);
        };
        Ok(alone.matched_to(shot, subject, &other_photo, &other))
    }

    /// Scales front and back to one height on the canvas: the smaller of what each may have alone.
    fn matched_to(mut self, shot: &Shot, subject: &Subject, other_photo: &PhotoRef, other: &Upright) -> Self {
        let (height, other_height) = (subject.upright.height(), other.height());
        let shape = (subject.upright.width() / height) / (other.width() / other_height);
        self.inputs.push(other_photo.sha256.clone());
        if !(1.0 / (1.0 + SHAPE_DIFFERENCE_MAX)..=1.0 + SHAPE_DIFFERENCE_MAX).contains(&shape) {
            self.note = Some(format!(
                "front and back photo show different shapes ({:.0} % apart), so each is sized by itself",
                (shape - 1.0).abs() * 100.0
            ));
            return self;
        }
        let other_fill = fill::fill(shot.product.category, other);
        let other_scale = fill::scale(&other_fill, other, shot.brief.size);
        let allowed = |scale: f64| fill::allow(scale, shot.brief.size).map(|allowed| allowed.scale);
        // A photo too small for this size is refused, and a picture that will not be there is not matched.
        if let (Ok(own), Ok(others)) = (allowed(self.scale), allowed(other_scale)) {
            self.scale = (own * height).min(others * other_height) / height;
        }
        self
    }
}

/// The measured other side of a garment, when this is its front or back and the other photo can be used.
fn other_side(kit: &Kit, shot: &Shot, photo: &PhotoRef) -> Result<Option<(PhotoRef, Upright)>, NoPhoto> {
    let other = match photo.view {
        View::Front => View::Back,
        View::Back => View::Front,
        View::Side | View::Detail => return Ok(None),
    };
    let Some(other) = shot.product.photo(other) else {
        return Ok(None);
    };
    match Subject::of(kit, other) {
        Ok(subject) => Ok(Some((other.clone(), subject.upright))),
        Err(NoPhoto::Refused(_) | NoPhoto::Failed(EngineError::Broken(_))) => Ok(None),
        Err(failed) => Err(failed),
    }
}
