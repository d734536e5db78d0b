//! The locks of a shoot: each candidate is measured against the photo it was made from.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use domain::{
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use engines::{Budget, Candidate, Kit};
use imaging::{
    codec::{Limits, decode},
    locks::{
        background, no_op,
        product::{Reference, composite_back, examine},
    },
    vision::{Cutout, text::TextReader},
};
use serde_json::json;
use worker::{Findings, Judge, PutBack};

use super::identity::Identity;
use crate::text;

/// Who wears the products of a shot.
pub(crate) trait People: Send + Sync {
    /// The person's known face, or why it is not known; none where nobody does.
    fn of(&self, shot: &Shot) -> Option<Arc<Identity>>;
}

/// The same person in every shot, or nobody.
pub(crate) struct One(pub(crate) Option<Arc<Identity>>);

impl People for One {
    fn of(&self, _: &Shot) -> Option<Arc<Identity>> {
        self.0.clone()
    }
}

/// References kept ready: of the product that is shot and of the one before. One is some 20 MB.
const READY_MAX: usize = 2;

/// Every lock, with references cut out by the engine's own kit.
pub(crate) struct Locks {
    kit: Kit,
    /// References by the cut-out that they were prepared from (which they do not keep), the latest last.
    ready: Mutex<Vec<(Weak<Cutout>, Arc<Reference>)>>,
    /// Reads prints that are doubted, where text is read here.
    reader: Option<Arc<TextReader>>,
    /// Who wears the products.
    people: Box<dyn People>,
    /// Turns at the processor.
    cores: Arc<Budget>,
}

impl Locks {
    pub(crate) fn new(kit: Kit, people: Box<dyn People>, cores: Arc<Budget>) -> Self {
        Self {
            kit,
            ready: Mutex::default(),
            reader: text::reader(),
            people,
            cores,
        }
    }

    /// The locks about the person, of a picture that was made from photos of one.
    fn person(&self, shot: &Shot, candidate: &Candidate) -> Vec<Verdict> {
        if candidate.people.is_empty() {
            return Vec::new();
        }
        let Some(identity) = self.people.of(shot) else {
            return Vec::new();
        };
        let mut verdicts = vec![identity.check(shot, &candidate.pixels, &self.cores)];
        verdicts.extend(self.cores.with(1, || self.unchanged(shot, candidate)));
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

    /// The cut-out made ready for comparing: all pictures of a product are compared with the same one.
    fn prepared(&self, cutout: &Arc<Cutout>) -> Arc<Reference> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let is_own = |(own, _): &(Weak<Cutout>, Arc<Reference>)| own.as_ptr() == Arc::as_ptr(cutout);
        let known = ready.iter().position(is_own).map(|at| ready.remove(at));
        let found = known.unwrap_or_else(|| {
            let reference = Reference::new(cutout).read_by(self.reader.clone());
            (Arc::downgrade(cutout), Arc::new(reference))
        });
        let reference = Arc::clone(&found.1);
        ready.push(found);
        let spare = ready.len().saturating_sub(READY_MAX);
        ready.drain(..spare);
        reference
    }
}

impl Judge for Locks {
    fn judge(&self, shot: &Shot, candidate: &Candidate) -> Findings {
        let mut findings = self.cores.with(1, || self.product_and_ground(shot, candidate));
        findings.verdicts.extend(self.person(shot, candidate));
        findings
    }

    fn composite_back(&self, shot: &Shot, candidate: &Candidate, verdict: &Verdict) -> Option<PutBack> {
        let cutout = self.reference(shot, candidate).ok()?;
        let (pixels, framing) = (&candidate.pixels, shot.pose.pose().framing);
        let made = self.cores.with(1, || {
            composite_back(&self.prepared(&cutout), &cutout, pixels, framing, verdict)
        });
        let made = made.ok()?;
        Some(PutBack {
            pixels: made.pixels,
            prints: made.prints,
            share: made.share,
        })
    }
}

impl Locks {
    fn product_and_ground(&self, shot: &Shot, candidate: &Candidate) -> Findings {
        let framing = shot.pose.pose().framing;
        let (product, heat) = match self.reference(shot, candidate) {
            Ok(cutout) => {
                let examined = examine(&self.prepared(&cutout), &candidate.pixels, framing);
                (eased(shot, examined.verdict), examined.heat)
            }
            Err(reason) => (unmeasured(&reason), None),
        };
        let ground = background::check(&candidate.pixels, shot.brief.background, framing);
        let ground = cut_by_the_edge(shot, candidate, ground);
        Findings {
            verdicts: vec![product, ground],
            heat,
        }
    }
}

/// The product lock where there is nothing to compare with.
fn unmeasured(reason: &str) -> Verdict {
    Verdict {
        lock: "product".to_owned(),
        score: None,
        threshold: 0.0,
        outcome: Outcome::Unverifiable,
        evidence: json!({ "reason": reason }),
    }
}

/// A person may be cut by the picture's edge, which the lock sees as another ground: that is for a person to tell.
fn cut_by_the_edge(shot: &Shot, candidate: &Candidate, mut verdict: Verdict) -> Verdict {
    let shows_person = shot.pose.pose().needs_person || !candidate.people.is_empty();
    if shows_person && verdict.outcome == Outcome::Failed {
        let reason = verdict.evidence["reason"].as_str().unwrap_or_default();
        let told = format!("{reason}; is that the person, cut by the edge?");
        verdict.evidence["reason"] = told.into();
        verdict.outcome = Outcome::Doubtful;
    }
    verdict
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
