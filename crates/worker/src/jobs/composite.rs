//! Composite-back: when prints are put back from the photo, and when the result is taken.

use domain::{
    engine::{EngineCard, Mask},
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use engines::Candidate;
use imaging::provenance::source_type;
use serde_json::json;

use crate::PutBack;

/// The lock that decides.
const PRODUCT: &str = "product";
/// A print that the lock scores lower is looked at although the picture passed: 0.5 is where a part just passes, and
/// faithful pictures of the lock's benchmark score 0.99.
const PRINT_PERFECT: f64 = 0.95;

/// The brief wants it, the engine cannot keep pixels by itself, and the product lock finds the print less than perfect.
pub(super) fn is_asked(shot: &Shot, card: &EngineCard, verdicts: &[Verdict]) -> bool {
    let invents = !card.local && card.mask != Mask::Exact;
    let is_wrong = |verdict: &Verdict| {
        let print = verdict.evidence["parts"]["print"].as_f64();
        verdict.outcome != Outcome::Passed || print.is_some_and(|score| score < PRINT_PERFECT)
    };
    shot.brief.composite_back && invents && product(verdicts).is_some_and(is_wrong)
}

/// The picture with prints put back, if the product lock likes it better and no other lock likes it less.
pub(super) fn better(
    candidate: Candidate,
    verdicts: Vec<Verdict>,
    put_back: PutBack,
    measured: impl Fn(&Candidate) -> Vec<Verdict>,
) -> (Candidate, Vec<Verdict>) {
    let mut changed = candidate.clone();
    changed.pixels = put_back.pixels;
    let after = measured(&changed);
    let scores = [&verdicts, &after].map(|verdicts| product(verdicts).and_then(|verdict| verdict.score));
    let [Some(score_before), Some(score_after)] = scores else {
        return (candidate, verdicts);
    };
    if score_after <= score_before || !is_no_worse(&verdicts, &after) {
        return (candidate, verdicts);
    }
    changed
        .notes
        .push("its print was put back from the photo: look at its edges".to_owned());
    changed.digital_source_type = source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA;
    changed.recipe["composite_back"] = json!({
        "places": put_back.places,
        "share": put_back.share,
        "score_before": score_before,
        "score_after": score_after,
    });
    (changed, after)
}

fn product(verdicts: &[Verdict]) -> Option<&Verdict> {
    verdicts.iter().find(|verdict| verdict.lock == PRODUCT)
}

/// Every lock's outcome is at least as good as before.
fn is_no_worse(before: &[Verdict], after: &[Verdict]) -> bool {
    before.iter().all(|one| {
        let now = after.iter().find(|other| other.lock == one.lock);
        now.is_some_and(|now| rank(now.outcome) >= rank(one.outcome))
    })
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Failed => 0,
        Outcome::Unverifiable => 1,
        Outcome::Doubtful => 2,
        Outcome::Passed | Outcome::NotApplicable => 3,
    }
}
