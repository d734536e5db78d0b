//! Composite-back: when prints are put back from the photo, and when the result is taken.

use domain::{
    engine::{EngineCard, Mask},
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use engines::Candidate;
use imaging::{locks::product::is_mended, provenance::source_type};
use serde_json::json;

use crate::{Findings, PutBack};

/// The lock that decides.
const PRODUCT: &str = "product";

/// The brief wants it, and the engine cannot keep the product's pixels by itself.
pub(super) fn is_asked(shot: &Shot, card: &EngineCard) -> bool {
    shot.brief.composite_back && !card.local && card.mask != Mask::Exact
}

/// The verdict on the product.
pub(super) fn product(verdicts: &[Verdict]) -> Option<&Verdict> {
    verdicts.iter().find(|verdict| verdict.lock == PRODUCT)
}

/// The picture with prints put back where the product lock finds it mended and no other lock likes it less; else the
/// picture as it was.
pub(super) fn better(
    candidate: Candidate,
    findings: Findings,
    put_back: PutBack,
    measured: impl Fn(&Candidate) -> Findings,
) -> (Candidate, Findings) {
    let mut changed = candidate.clone();
    // The person's photo handed back unchanged is told by the picture as it came.
    changed.as_made.get_or_insert(candidate.pixels.clone());
    changed.pixels = put_back.pixels;
    let after = measured(&changed);
    let (Some(was), Some(is)) = (product(&findings.verdicts), product(&after.verdicts)) else {
        return (candidate, findings);
    };
    if !is_mended(was, is) || !is_no_worse(&findings.verdicts, &after.verdicts) {
        return (candidate, findings);
    }
    changed.recipe["composite_back"] = json!({
        "photo": candidate.inputs.first(),
        "prints": put_back.prints,
        "share": put_back.share,
        "before": told(was),
        "after": told(is),
    });
    changed
        .notes
        .push("its print was wrong and was put back from the product's photo".to_owned());
    changed.digital_source_type = source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA;
    (changed, after)
}

fn told(verdict: &Verdict) -> serde_json::Value {
    json!({
        "outcome": verdict.outcome,
        "score": verdict.score,
        "print": verdict.evidence["parts"]["print"],
        "reason": verdict.evidence["reason"],
    })
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

#[cfg(test)]
mod tests {
    use imaging::Picture;

    use super::*;

    fn candidate() -> Candidate {
        Candidate {
            pixels: Picture::new(2, 2),
            notes: Vec::new(),
            needs_review: false,
            digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
            recipe: json!({ "model": "m" }),
            inputs: vec!["photo".to_owned()],
            people: Vec::new(),
            as_made: None,
            parent: None,
        }
    }

    fn verdict(lock: &str, outcome: Outcome, score: f64) -> Verdict {
        Verdict {
            lock: lock.to_owned(),
            score: Some(score),
            threshold: 0.5,
            outcome,
            evidence: json!({ "parts": { "print": score }, "reason": "told" }),
        }
    }

    fn mended(after: &[Verdict]) -> (Candidate, Vec<Verdict>) {
        let before = vec![
            verdict(PRODUCT, Outcome::Failed, 0.1),
            verdict("background", Outcome::Passed, 1.0),
        ];
        let put_back = PutBack {
            pixels: Picture::from_pixel(2, 2, image::Rgba([9; 4])),
            prints: 1,
            share: 0.5,
        };
        let (made, findings) = better(candidate(), before.into(), put_back, |_| after.to_vec().into());
        (made, findings.verdicts)
    }

    #[test]
    fn a_mended_picture_says_what_was_put_back_and_what_the_lock_thought() {
        let ground = verdict("background", Outcome::Passed, 1.0);
        let (made, verdicts) = mended(&[verdict(PRODUCT, Outcome::Passed, 0.9), ground]);
        assert_eq!(made.pixels.get_pixel(0, 0).0, [9; 4]);
        let told = &made.recipe["composite_back"];
        assert_eq!(
            (&told["photo"], &told["before"]["score"], &told["after"]["score"]),
            (&json!("photo"), &json!(0.1), &json!(0.9))
        );
        assert_eq!(made.recipe["model"], "m");
        assert_eq!(
            made.digital_source_type,
            source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA
        );
        assert_eq!(made.as_made, Some(Picture::new(2, 2)));
        assert_eq!(verdicts[0].outcome, Outcome::Passed);
    }

    #[test]
    fn what_is_not_better_for_every_lock_stays_as_the_engine_made_it() {
        let product = |outcome, score| verdict(PRODUCT, outcome, score);
        let passed = || verdict("background", Outcome::Passed, 1.0);
        for after in [
            vec![product(Outcome::Failed, 0.4), passed()],
            vec![product(Outcome::Doubtful, 0.4), passed()],
            vec![
                product(Outcome::Passed, 0.9),
                verdict("background", Outcome::Failed, 0.0),
            ],
            vec![product(Outcome::Passed, 0.9)],
            Vec::new(),
        ] {
            let (made, verdicts) = mended(&after);
            assert_eq!(made.pixels, Picture::new(2, 2));
            assert!(made.recipe["composite_back"].is_null() && made.notes.is_empty());
            assert_eq!(verdicts[0].outcome, Outcome::Failed);
        }
    }
}
