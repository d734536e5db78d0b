//! The locks of a shoot: each candidate is measured against the photo it was made from.

use std::sync::Arc;

use domain::{
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use engines::{Candidate, Kit};
use imaging::{
    codec::{Limits, decode},
    locks::{
        background, no_op,
        product::{Reference, check, composite_back},
    },
    vision::Cutout,
};
use serde_json::json;
use worker::{Judge, PutBack};

use super::identity::Identity;

/// Every lock, with references cut out by the engine's own kit.
pub(crate) struct Locks {
    kit: Kit,
    /// Who wears the products, where a person was given.
    identity: Option<Identity>,
}

impl Locks {
    pub(crate) fn new(kit: Kit, identity: Option<Identity>) -> Self {
        Self { kit, identity }
    }

    /// The locks about the person, of a picture that was made from photos of one.
    fn person(&self, shot: &Shot, candidate: &Candidate) -> Vec<Verdict> {
        let (Some(identity), false) = (&self.identity, candidate.people.is_empty()) else {
            return Vec::new();
        };
        let mut verdicts = vec![identity.check(shot, &candidate.pixels)];
        verdicts.extend(self.unchanged(shot, candidate));
        verdicts
    }

    /// The no-op lock against each photo of the person that was sent: the one that the picture is most like.
    fn unchanged(&self, shot: &Shot, candidate: &Candidate) -> Option<Verdict> {
        let made = candidate.as_made.as_ref().unwrap_or(&candidate.pixels);
        let sent = shot
            .person
            .iter()
            .filter(|photo| candidate.people.contains(&photo.sha256));
        let verdicts = sent.filter_map(|photo| {
            let bytes = (self.kit.photos)(photo).ok()?;
            let photo = decode(&bytes, &Limits::default()).ok()?;
            Some(no_op::check(&photo.pixels, made))
        });
        verdicts.min_by(|one, other| score(one).total_cmp(&score(other)))
    }

    /// The cut-out of the photo the candidate says it was made from.
    fn reference(&self, shot: &Shot, candidate: &Candidate) -> Result<Arc<Cutout>, String> {
        let sha256 = candidate
            .inputs
            .first()
            .ok_or("the engine names no photo it worked from")?;
        let photo = shot
            .product
            .photos
            .iter()
            .find(|photo| photo.sha256 == *sha256)
            .ok_or("the engine worked from a photo that is not the product's")?;
        let bytes = (self.kit.photos)(photo).map_err(|error| error.to_string())?;
        let cutout = self
            .kit
            .cut_outs
            .cut_out(sha256, &bytes)
            .map_err(|error| error.to_string())?;
        cutout.ok_or_else(|| "no product was found in the photo".to_owned())
    }
}

impl Judge for Locks {
    fn judge(&self, shot: &Shot, candidate: &Candidate) -> Vec<Verdict> {
        let framing = shot.pose.pose().framing;
        let verdict = match self.reference(shot, candidate) {
            Ok(cutout) => eased(shot, check(&Reference::new(&cutout), &candidate.pixels, framing)),
            Err(reason) => Verdict {
                lock: "product".to_owned(),
                score: None,
                threshold: 0.0,
                outcome: Outcome::Unverifiable,
                evidence: json!({ "reason": reason }),
            },
        };
        let mut verdicts = vec![
            verdict,
            background::check(&candidate.pixels, shot.brief.background, framing),
        ];
        verdicts.extend(self.person(shot, candidate));
        verdicts
    }

    fn composite_back(&self, shot: &Shot, candidate: &Candidate) -> Option<PutBack> {
        let cutout = self.reference(shot, candidate).ok()?;
        let framing = shot.pose.pose().framing;
        let made = composite_back(&Reference::new(&cutout), &cutout, &candidate.pixels, framing)?;
        Some(PutBack {
            pixels: made.pixels,
            places: made.places,
            share: made.share,
        })
    }
}

fn score(verdict: &Verdict) -> f64 {
    verdict.score.unwrap_or(1.0)
}

/// A computed turn bends the garment on purpose, which the lock sees as a fault: of the same product, that is a doubt.
fn eased(shot: &Shot, mut verdict: Verdict) -> Verdict {
    let is_computed = !shot.pose.pose().in_all;
    let same_product = verdict.evidence["same_product"].as_f64().unwrap_or(0.0);
    if is_computed && verdict.outcome == Outcome::Failed && same_product >= 0.5 {
        verdict.outcome = Outcome::Doubtful;
    }
    verdict
}
