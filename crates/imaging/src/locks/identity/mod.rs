//! The identity lock: is the person in this picture the person of the reference photos?
//!
//! The largest face is judged, every other one reported. The score is the cosine between embeddings, half of it with the
//! mean of the references, half with the nearest of them: the mean is steadier than any one photo, the nearest knows the
//! angle. What it takes to pass is the embedder's own ([`Limits`]). Where the references are not surely one person with
//! each other, their mean is nobody's face, and lifts no score above the nearest.
//!
//! An embedder forgives what a lock must not, so two more things send a face that would pass to a person: it is
//! squeezed or stretched ([`STRETCH_MAX`]), or the picture was made from a reference photo and the face came out changed
//! ([`DERIVED`]). No face, one too small, one the edge cuts: unverifiable, for a lock never guesses.
//!
//! What it cannot see: twins and look-alikes that the embedder takes for one person, and a face printed on cloth, which
//! is a face to it.

mod likeness;
mod references;
mod words;

use domain::{
    pose::Pose,
    verdict::{Outcome, Verdict},
};
use serde_json::{Value, json};

use self::words::reason;
pub use self::{
    likeness::likeness,
    references::{ReferenceError, References},
};
use super::Lock;
use crate::vision::face::{Face, Limits, Sighting, Yaw};

/// The register's line.
pub const LOCK: Lock = Lock {
    name: "identity",
    asks: "is this the person of the reference photos?",
    needs: "one or more photos of the person",
};

/// A face with a shorter side than this, in pixels, is not judged: below it one person's photos agree no better than two
/// people's.
pub const SIDE_MIN: f32 = 64.0;
/// A detector less sure than this, 0..=1, may have seen no face at all: such a find passes or is doubted, never fails.
const CONFIDENCE_MIN: f32 = 0.9;
/// Two faces seen from the front that differ by more than this in their proportions are not shown alike. Photos of one
/// person differ by up to 1.05; a face squeezed to 0.85 by 1.11 and more.
const STRETCH_MAX: f32 = 1.09;
/// Detail that agrees this well, on a scale of -1..=1, comes from the same photo: other photos of one person reach 0.70
/// (0.90 where one was painted after the other), blends that would pass have 0.80 and more. From the second number on it
/// is that photo unchanged: copies at two thirds of the size and JPEG quality 60 have 0.99. A slight twist, by which a
/// person is still known, is not seen.
const DERIVED: [f32; 2] = [0.75, 0.97];
/// A face made from a reference photo and faithful to it has at least this share of the way from the bar to one; blends
/// with other faces reach 0.65 of it.
const DERIVED_SHARE: f64 = 0.7;

/// The answer for pictures in which no face belongs: a pose seen from behind or close up, a product without a person.
/// None where the question arises.
pub fn not_applicable(pose: &Pose, shows_person: bool) -> Option<Verdict> {
    let reason = if !pose.shows_face {
        format!("no face belongs in the pose {}", pose.name)
    } else if shows_person {
        return None;
    } else {
        "the picture shows a product without a person".to_owned()
    };
    Some(unmeasured(Outcome::NotApplicable, &reason, 0.0))
}

/// The answer where a face belongs but could not be measured: a model is missing or broken, say.
pub fn unverifiable(reason: &str) -> Verdict {
    unmeasured(Outcome::Unverifiable, reason, 0.0)
}

fn unmeasured(outcome: Outcome, reason: &str, threshold: f64) -> Verdict {
    Verdict {
        lock: LOCK.name.to_owned(),
        score: None,
        threshold,
        outcome,
        evidence: json!({ "reason": reason }),
    }
}

/// Judges what was seen in a picture in which the person's face belongs.
pub fn check(references: &References, seen: &Sighting, limits: Limits) -> Verdict {
    let Some(face) = &seen.face else {
        let reason = "no face was found where one belongs";
        return unmeasured(Outcome::Unverifiable, reason, limits.pass);
    };
    let measured = match obstacle(face) {
        Some(obstacle) => Err(obstacle),
        None => Measures::of(references, face, limits)
            .ok_or_else(|| "the picture and the references were embedded by different models".to_owned()),
    };
    let measures = match measured {
        Ok(measures) => measures,
        Err(reason) => {
            let mut verdict = unmeasured(Outcome::Unverifiable, &reason, limits.pass);
            verdict.evidence["face"] = found(face, seen);
            return verdict;
        }
    };
    let finding = Finding::of(&measures, face, limits);
    Verdict {
        lock: LOCK.name.to_owned(),
        score: Some(rounded(measures.score.max(0.0))),
        threshold: limits.pass,
        outcome: finding.outcome(),
        evidence: json!({
            "reason": reason(finding, &measures, seen),
            "review": limits.review,
            "mean": rounded(measures.mean),
            "best": rounded(measures.best),
            "references": references.len(),
            "reference_yaws": references.yaws(),
            "stretch": measures.stretch.map(rounded),
            "detail": measures.detail.map(rounded),
            "face": found(face, seen),
        }),
    }
}

/// Why a face cannot be judged at all.
fn obstacle(face: &Face) -> Option<String> {
    let side = face.frame.short_side();
    if side < SIDE_MIN {
        Some(format!("the face is {side:.0} px wide; {SIDE_MIN:.0} are needed"))
    } else if face.cut_off {
        Some("the picture's edge cuts through the face".to_owned())
    } else {
        None
    }
}

/// What of the faces may be shown: where they are and how they are turned, nothing of whose they are.
fn found(face: &Face, seen: &Sighting) -> Value {
    let others: Vec<_> = seen
        .others
        .iter()
        .map(|frame| json!({ "box": frame.rounded() }))
        .collect();
    json!({
        "box": face.frame.rounded(),
        "confidence": rounded(face.confidence),
        "yaw": face.shape.as_ref().map(|shape| shape.yaw().name()),
        "others": others,
    })
}

/// How a face compares with the references.
#[derive(Clone, Copy, Debug)]
struct Measures {
    /// Cosine with the mean of the references.
    mean: f64,
    /// Cosine with the nearest of them.
    best: f64,
    /// Half of each; no more than `best` where the references do not agree.
    score: f64,
    /// The least stretch against a reference seen from the front; none where one of them is turned.
    stretch: Option<f32>,
    /// The best agreement of detail with a reference; none where it was not measured or would change nothing.
    detail: Option<f32>,
    /// The face is in profile and no reference is.
    unseen_profile: bool,
}

impl Measures {
    fn of(references: &References, face: &Face, limits: Limits) -> Option<Self> {
        let mean = references.mean().cosine(&face.embedding)?;
        let cosines = references
            .faces()
            .map(|reference| reference.embedding.cosine(&face.embedding))
            .collect::<Option<Vec<f64>>>()?;
        let best = cosines.into_iter().fold(-1.0, f64::max);
        let score = if references.agree(limits) {
            f64::midpoint(mean, best)
        } else {
            f64::midpoint(mean, best).min(best)
        };
        let shape = face.shape.as_ref();
        let shapes = || {
            references
                .faces()
                .filter_map(|reference| reference.shape.as_ref())
        };
        let in_front = shape.filter(|shape| shape.yaw() == Yaw::Front);
        let stretch = in_front.and_then(|shape| {
            shapes()
                .filter(|reference| reference.yaw() == Yaw::Front)
                .map(|reference| shape.stretch(reference))
                .reduce(f32::min)
        });
        let detail = shape.filter(|_| score >= limits.pass).and_then(|shape| {
            shapes()
                .map(|reference| shape.agreement(reference))
                .reduce(f32::max)
        });
        let is_profile = |yaw: Yaw| yaw == Yaw::Profile;
        Some(Self {
            mean,
            best,
            score,
            stretch,
            detail,
            unseen_profile: shape.is_some_and(|shape| is_profile(shape.yaw()))
                && !shapes().any(|reference| is_profile(reference.yaw())),
        })
    }

    /// Made from a reference photo, and the face is further off than making would explain.
    fn is_altered(&self, limits: Limits) -> bool {
        let bar = limits.pass + (1.0 - limits.pass) * DERIVED_SHARE;
        let [same_photo, unchanged] = DERIVED;
        self.best < bar
            && self
                .detail
                .is_some_and(|detail| (same_photo..unchanged).contains(&detail))
    }
}

/// What the measures come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    SamePerson,
    Alike,
    Stretched,
    Altered,
    OtherPerson,
    PerhapsNoFace,
    UnseenProfile,
}

impl Finding {
    fn of(measures: &Measures, face: &Face, limits: Limits) -> Self {
        if measures.score >= limits.pass {
            if measures.stretch.is_some_and(|stretch| stretch > STRETCH_MAX) {
                Self::Stretched
            } else if measures.is_altered(limits) {
                Self::Altered
            } else {
                Self::SamePerson
            }
        } else if measures.score >= limits.review {
            Self::Alike
        } else if face.confidence < CONFIDENCE_MIN {
            Self::PerhapsNoFace
        } else if measures.unseen_profile {
            Self::UnseenProfile
        } else {
            Self::OtherPerson
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::SamePerson => Outcome::Passed,
            Self::Alike | Self::Stretched | Self::Altered => Outcome::Doubtful,
            Self::OtherPerson => Outcome::Failed,
            Self::PerhapsNoFace | Self::UnseenProfile => Outcome::Unverifiable,
        }
    }
}

fn rounded(value: impl Into<f64>) -> f64 {
    (value.into() * 10_000.0).round() / 10_000.0
}
