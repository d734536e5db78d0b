//! The verdict of the draped road: another product, a fault that can be trusted, or a drape that hides too much.

use std::collections::BTreeMap;

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use serde_json::{Value, json};

use super::{
    LOCK, SIDE_MIN, SSIM_THRESHOLD,
    draped::{
        Draped,
        model::{Model, PARTS, PRINT_RIGHT},
        writing::Misread,
    },
    flat::Flat,
    judge::THRESHOLD,
    map::Map,
    measure::Region,
    pair::{Candidate, Pair},
    reference::Reference,
    rounded, words,
};
use crate::locks::plane::Plane;

/// Share of the garment that must be seen to be judged.
const SEEN_MIN: f32 = 0.3;

/// The draped road's judgement of one candidate.
pub(super) struct Worn<'a> {
    draped: Draped,
    model: &'a Model,
    same: f64,
    /// Log odds that it is wrong, by part.
    parts: BTreeMap<&'a str, f64>,
    /// The part that is most likely the cause.
    part: &'a str,
}

/// Finds and measures the garment; the flat road's place is looked for if it is not there yet.
pub(super) fn draped(reference: &Reference, candidate: &Candidate, flat: Option<Map>) -> Option<Draped> {
    let flat = || {
        flat.or_else(|| {
            let found = Pair::find(reference, candidate, Framing::Full);
            found.first().map(|pair| pair.map(reference, candidate))
        })
    };
    Draped::of(reference.master(), &reference.image, &candidate.image, flat)
}

impl Worn<'static> {
    /// Nothing where the garment is not found or too little of it can be compared.
    /// `flat` is where the flat road laid the reference: reference image to candidate image pixels.
    pub(super) fn of(reference: &Reference, candidate: &Candidate, flat: Option<Map>) -> Option<Self> {
        let draped = draped(reference, candidate, flat)?;
        let model = Model::shipped();
        let parts = model.badness(&draped.values);
        Some(Self {
            part: model.blamed(&parts).unwrap_or("structure"),
            same: model.same_product(&draped.values),
            model,
            parts,
            draped,
        })
    }

    /// How far the cloth bends, frame pixels.
    pub(super) fn bend(&self) -> f32 {
        self.draped.bend()
    }

    /// `flat` is the reference laid flat over the picture, where that was tried.
    pub(super) fn verdict(
        &self,
        reference: &Reference,
        candidate: &Candidate,
        flat: Option<&Flat>,
    ) -> Verdict {
        let obstacle = self.obstacle(reference, candidate);
        let judged = match (self.model.outcome(&self.draped.values), flat) {
            (Outcome::Doubtful, Some(flat)) if flat.looks_wrong() && self.is_unexcused(flat) => {
                Outcome::Failed
            }
            (outcome, _) => outcome,
        };
        let is_unsure = matches!(judged, Outcome::Passed | Outcome::Doubtful) && obstacle.is_none();
        let misread = is_unsure.then(|| self.misread(reference, candidate)).flatten();
        let judged = match (&misread, judged) {
            (Some(_), Outcome::Passed) => Outcome::Doubtful,
            (Some(_), Outcome::Doubtful) => Outcome::Failed,
            (_, judged) => judged,
        };
        let (outcome, reason) = match obstacle {
            Some(obstacle) if judged != Outcome::Failed || reference.distrust.is_some() => {
                (Outcome::Unverifiable, obstacle)
            }
            _ => (judged, self.reason(judged, misread.as_ref())),
        };
        let score = if misread.is_some() {
            self.score() / 2.0
        } else {
            self.score()
        };
        Verdict {
            lock: LOCK.name.to_owned(),
            score: Some(rounded(score)),
            threshold: THRESHOLD,
            outcome,
            evidence: self.evidence(candidate, &reason, misread.as_ref()),
        }
    }

    /// What is written on a print that is doubted, and says something else than the product's. Nothing where it may be
    /// another product, or hangs so that other letters may lie in a line's place.
    fn misread(&self, reference: &Reference, candidate: &Candidate) -> Option<Misread> {
        let print = self.parts.get("print").map(|odds| self.part_score(*odds))?;
        let is_placed = self.same >= self.model.same_pass && !self.model.is_draped(&self.draped.values);
        if print >= PRINT_RIGHT || !is_placed {
            return None;
        }
        let (lines, reader) = reference.writing()?;
        self.draped.misread(lines, &candidate.image, reader)
    }

    /// 0..=1, 0.5 where the part just passes.
    fn part_score(&self, odds: f64) -> f64 {
        chance(self.model.fault_pass - odds)
    }

    /// What is doubted laid flat, too, and is no drape's doing: it may be another product, or has a fault and hangs as its
    /// photo does.
    fn is_unexcused(&self, flat: &Flat) -> bool {
        let has_fault = self.model.fault(&self.draped.values) >= self.model.fault_fail;
        self.is_doubted() || (has_fault && flat.lies_level())
    }

    /// It may be another product, and nothing of its detail was found in place.
    fn is_doubted(&self) -> bool {
        self.same < self.model.same_pass && !Model::has_points(&self.draped.values)
    }

    /// 0..=1, 0.5 where a picture just passes.
    fn score(&self) -> f64 {
        chance(self.model.margin(&self.draped.values))
    }

    fn obstacle(&self, reference: &Reference, candidate: &Candidate) -> Option<String> {
        if let Some(distrust) = &reference.distrust {
            return Some(distrust.clone());
        }
        let side = self.draped.side() * candidate.reduction;
        if side < SIDE_MIN {
            return Some(format!(
                "only {side:.0} px of the garment are in the picture; {SIDE_MIN:.0} are needed"
            ));
        }
        (self.draped.seen < SEEN_MIN).then(|| {
            format!(
                "only {:.0} % of the garment can be seen",
                self.draped.seen * 100.0
            )
        })
    }

    /// What is wrong, if anything is.
    fn fault(&self) -> String {
        let part = self.part;
        let values = &self.draped.values;
        let place = words::place(self.draped.regions[part], self.draped.garment);
        match part {
            "colour" => format!("the colour is off by dE {:.1}", values["medians"]),
            "panel" => format!("a part {place} has another colour"),
            "print" if values["print_mirrored"] > 0.35 => format!("the print {place} is mirrored"),
            "print" => format!("the print {place} is missing or garbled"),
            "pattern" => format!("the pattern is another, or of another size, most so {place}"),
            "silhouette" => format!("the garment ends elsewhere, or is covered, {place}"),
            _ => format!("detail differs {place}"),
        }
    }

    fn reason(&self, outcome: Outcome, misread: Option<&Misread>) -> String {
        let values = &self.draped.values;
        let fault = misread.map_or_else(
            || self.fault(),
            |Misread { product, picture, .. }| {
                format!("the print reads \"{picture}\" where the product says \"{product}\"")
            },
        );
        let same = self.same * 100.0;
        match outcome {
            Outcome::Passed => format!("the same garment ({same:.0} % sure), and no fault was found"),
            Outcome::Failed if self.is_doubted() => {
                format!("another garment: only {same:.0} % likely to be this one")
            }
            Outcome::Failed => format!("this garment, but {fault}"),
            _ if self.same < self.model.same_pass => {
                format!("it may be another garment ({same:.0} % likely to be this one): please look")
            }
            _ if self.model.is_draped(values) => format!(
                "probably this garment ({same:.0} %), but it hangs too unlike the photo to compare details; \
                 perhaps {fault}: please look"
            ),
            _ => format!("this garment ({same:.0} % sure), but perhaps {fault}: please look"),
        }
    }

    fn evidence(&self, candidate: &Candidate, reason: &str, misread: Option<&Misread>) -> Value {
        let score = |name: &str, odds: f64| match name {
            "print" if misread.is_some() => rounded(self.part_score(odds) / 2.0),
            _ => rounded(self.part_score(odds)),
        };
        let odds = PARTS
            .iter()
            .filter_map(|name| Some((*name, *self.parts.get(name)?)));
        let parts: serde_json::Map<String, Value> = odds
            .map(|(name, odds)| (name.to_owned(), json!(score(name, odds))))
            .collect();
        let (part, region) = match misread {
            Some(misread) => ("print", misread.region),
            None => (self.part, self.draped.regions[self.part]),
        };
        json!({
            "reason": reason,
            "road": "draped",
            "same_product": rounded(self.same),
            "ssim": rounded(self.draped.ssim),
            "ssim_threshold": SSIM_THRESHOLD,
            "parts": parts,
            "worst": { "box": self.candidate_box(region, candidate), "part": part },
            "seen": rounded(self.draped.seen),
        })
    }

    /// Left, top, width, height in candidate pixels of the upright box around a region of the frame.
    fn candidate_box(&self, [left, top, width, height]: Region, candidate: &Candidate) -> [u32; 4] {
        let corners = [
            (left, top),
            (left + width, top),
            (left, top + height),
            (left + width, top + height),
        ];
        let corners = corners.map(|(x, y)| {
            let (u, v) = self.draped.at(x, y);
            (u * candidate.reduction, v * candidate.reduction)
        });
        let low = corners
            .iter()
            .fold((f32::MAX, f32::MAX), |low, c| (low.0.min(c.0), low.1.min(c.1)));
        let high = corners
            .iter()
            .fold((f32::MIN, f32::MIN), |high, c| (high.0.max(c.0), high.1.max(c.1)));
        candidate.boxed(low, high)
    }

    /// What differs (about CIEDE2000), in the candidate image's pixels.
    pub(super) fn heat(&self, candidate: &Candidate) -> Plane {
        let mut heat = Plane::new(candidate.image.width(), candidate.image.height(), 0.0);
        let shade = self.model.shade_of(&self.draped.values);
        // Steps small enough that no candidate pixel is left out.
        let step = 0.7 / self.draped.scale.max(0.7);
        let count = |length: usize| (length as f32 / step) as usize;
        let difference = &self.draped.difference;
        for j in 0..count(difference.height) {
            for i in 0..count(difference.width) {
                let (x, y) = ((i as f32 + 0.5) * step, (j as f32 + 0.5) * step);
                let (u, v) = self.draped.at(x, y);
                if u >= 0.0 && v >= 0.0 && u < heat.width as f32 && v < heat.height as f32 {
                    let into = &mut heat.data[v as usize * candidate.image.width() + u as usize];
                    *into = into.max(self.draped.differs(x, y, shade));
                }
            }
        }
        heat
    }
}

/// The chance that belongs to log odds.
fn chance(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}
