//! A print of the product photo put back onto an engine's picture, where the two surely lie over each other.
//!
//! What is put back, and when, is `draped::put_back`'s to say; whether the result is taken, [`is_mended`]'s.

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};

use super::{
    draped::{
        model::PRINT_RIGHT,
        put_back::{self, Fit, Patch, View},
    },
    judge::THRESHOLD,
    pair::{Candidate, Pair},
    reference::Reference,
};
use crate::{Picture, vision::Cutout};

/// A score has risen clearly where its odds have grown so many times: from 0.5 to 0.8, or from 0.93 to 0.982. Those of the
/// pictures that are taken on garments to fit on grow 30 times and more (docs/BENCHMARKS.md).
const RISEN: f64 = 4.0;
/// A score is kept this far from 0 and 1, where odds end.
const ENDS: f64 = 1e-4;

/// A picture with prints of the photo put back.
#[derive(Clone, Debug)]
pub struct Composited {
    /// The picture, everywhere else untouched.
    pub pixels: Picture,
    /// Prints put back.
    pub prints: usize,
    /// Share of the picture's pixels that changed.
    pub share: f64,
}

/// Puts the prints of a product photo back onto a picture of it, with the picture's own light; else why not.
/// `reference` was prepared from `cutout`; `before` is the lock's verdict on the picture.
///
/// Nothing in a picture that passed or whose print is right, in a close-up, where the product beside its prints or its
/// place is not sure, and where a print cannot be put back unseen: behind an arm, say. Whether the result is to be taken
/// says [`is_mended`].
pub fn composite_back(
    reference: &Reference,
    cutout: &Cutout,
    candidate: &Picture,
    framing: Framing,
    before: &Verdict,
) -> Result<Composited, &'static str> {
    if !is_print_wrong(before) {
        return Err("the lock does not find the print wrong");
    }
    if framing == Framing::CloseUp {
        return Err("a close-up");
    }
    if reference.distrust.is_some() {
        return Err("the photo's cut-out is not usable");
    }
    if !put_back::has_prints(reference.master()) {
        return Err("the photo shows no print that lies free on its cloth");
    }
    let prepared = Candidate::new(candidate);
    let found = Pair::find(reference, &prepared, framing);
    let flat = found.first().map(|pair| pair.map(reference, &prepared));
    let fit = Fit::of(reference, &prepared.image, flat).ok_or("the garment was not found")?;
    if !fit.is_this() {
        return Err("beside its prints it is not surely this garment");
    }
    if !fit.is_sure() {
        return Err("where the garment lies is not sure");
    }
    let (patch, prints) = Patch::of(reference.master(), &fit)?;
    let pixels = patch
        .painted(&View {
            cutout,
            reference,
            picture: candidate,
            fit: &fit,
            side: fit.side(),
            reduction: prepared.reduction,
        })
        .ok_or("the photo has too few pixels for its print")?;
    let changed = pixels.pixels().zip(candidate.pixels()).filter(|(p, q)| p != q);
    let share = changed.count() as f64 / f64::from(candidate.width() * candidate.height()).max(1.0);
    Ok(Composited {
        pixels,
        prints,
        share,
    })
}

/// The lock found the picture wrong, and its print among what is.
fn is_print_wrong(verdict: &Verdict) -> bool {
    let is_wrong = matches!(verdict.outcome, Outcome::Failed | Outcome::Doubtful);
    let right = if is_flat(verdict) { THRESHOLD } else { PRINT_RIGHT };
    is_wrong && print(verdict).is_some_and(|score| score < right)
}

/// The tight limits judged it.
fn is_flat(verdict: &Verdict) -> bool {
    verdict.evidence["road"] == "flat"
}

/// A picture that was judged `before` and, its prints put back, `after`, is taken: it passes now, and clearly better.
/// To pass the tight limits of a flat picture is enough.
///
/// One that would still be doubted stays as it came: painted prints speak for the product, so a wrong one must not come
/// before a person better dressed by them, and a print put askew is worse than none.
pub fn is_mended(before: &Verdict, after: &Verdict) -> bool {
    let has_risen = |score: fn(&Verdict) -> Option<f64>| {
        let scores = score(after).zip(score(before));
        scores.is_some_and(|(after, before)| odds(after) >= RISEN * odds(before))
    };
    let was_wrong = matches!(before.outcome, Outcome::Failed | Outcome::Doubtful);
    let is_better = is_flat(after) || (has_risen(|verdict| verdict.score) && has_risen(print));
    was_wrong && after.outcome == Outcome::Passed && is_better
}

fn odds(score: f64) -> f64 {
    let score = score.clamp(ENDS, 1.0 - ENDS);
    score / (1.0 - score)
}

/// The print part's score.
fn print(verdict: &Verdict) -> Option<f64> {
    verdict.evidence["parts"]["print"].as_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::locks::product::LOCK;

    fn verdict(road: &str, outcome: Outcome, score: f64, print: f64) -> Verdict {
        Verdict {
            lock: LOCK.name.to_owned(),
            score: Some(score),
            threshold: THRESHOLD,
            outcome,
            evidence: json!({ "road": road, "parts": { "print": print } }),
        }
    }

    /// Doubted before with the first two numbers (score, print), and passed after with the others.
    fn is_taken(before: (&str, f64, f64), after: (&str, f64, f64)) -> bool {
        let of = |(road, score, print), outcome| verdict(road, outcome, score, print);
        is_mended(&of(before, Outcome::Doubtful), &of(after, Outcome::Passed))
    }

    #[test]
    fn a_bent_picture_is_taken_where_both_its_score_and_its_print_have_risen_clearly() {
        assert!(is_taken(("draped", 0.45, 0.45), ("draped", 0.90, 0.90)));
        assert!(!is_taken(("draped", 0.45, 0.45), ("draped", 0.70, 0.90)));
        assert!(!is_taken(("draped", 0.45, 0.45), ("draped", 0.90, 0.70)));
        assert!(!is_taken(("draped", 0.45, 0.93), ("draped", 0.90, 0.97)));
        assert!(is_taken(("draped", 0.45, 0.93), ("draped", 0.90, 0.985)));
        // Odds end before 0 and 1 do.
        assert!(is_taken(("draped", 0.0, 0.0), ("draped", 0.6, 0.6)));
        assert!(!is_taken(("draped", 0.49, 1.0), ("draped", 0.99, 1.0)));
    }

    #[test]
    fn a_flat_picture_is_taken_where_it_passes() {
        assert!(is_taken(("flat", 0.40, 0.40), ("flat", 0.69, 0.69)));
        assert!(is_taken(("draped", 0.45, 0.60), ("flat", 0.69, 0.69)));
        assert!(!is_taken(("flat", 0.40, 0.40), ("draped", 0.69, 0.69)));
    }

    #[test]
    fn only_what_was_wrong_and_passes_now_is_taken() {
        let passed = verdict("draped", Outcome::Passed, 0.99, 0.99);
        let doubted = verdict("draped", Outcome::Doubtful, 0.40, 0.40);
        assert!(is_mended(&doubted, &passed) && !is_mended(&doubted, &doubted));
        assert!(!is_mended(&verdict("draped", Outcome::Passed, 0.6, 0.4), &passed));
    }

    #[test]
    fn each_road_has_its_own_limit_for_a_print_that_is_right() {
        let of = |road, print| is_print_wrong(&verdict(road, Outcome::Failed, 0.1, print));
        assert!(of("draped", 0.9) && !of("draped", 0.96));
        assert!(of("flat", 0.4) && !of("flat", 0.6));
    }
}
