//! What the verdicts of the locks come to.

use domain::{
    retry::AttemptOutcome,
    shot::Shot,
    threshold::Thresholds,
    verdict::{Outcome, Verdict},
};
use engines::Candidate;

/// The verdicts as the workspace's thresholds make them.
pub(super) fn at_thresholds(verdicts: Vec<Verdict>, thresholds: &Thresholds) -> Vec<Verdict> {
    let at = |verdict: Verdict| match thresholds.get(&verdict.lock) {
        Some(threshold) => verdict.at(*threshold),
        None => verdict,
    };
    verdicts.into_iter().map(at).collect()
}

/// The sentence of the first lock that says no.
pub(super) fn rejection(verdicts: &[Verdict]) -> Option<String> {
    verdicts
        .iter()
        .find(|verdict| verdict.outcome == Outcome::Failed)
        .map(|verdict| format!("{} lock: {}", verdict.lock, sentence(verdict)))
}

/// Why a strict brief does not take a picture that a person would have to look at first. Where a lock doubts it, another may
/// be better; where nobody can tell, or the engine itself doubts it, another would be no surer.
pub(super) fn withheld(
    shot: &Shot,
    candidate: &Candidate,
    verdicts: &[Verdict],
) -> Option<(AttemptOutcome, String)> {
    let doubts = doubts(verdicts);
    if !shot.brief.strict || !needs_review(candidate, &doubts) {
        return None;
    }
    let why = if doubts.is_empty() {
        &candidate.notes
    } else {
        &doubts
    };
    let has = |outcome| verdicts.iter().any(|verdict| verdict.outcome == outcome);
    let outcome = if has(Outcome::Doubtful) && !has(Outcome::Unverifiable) {
        AttemptOutcome::Rejected
    } else {
        AttemptOutcome::Withheld
    };
    Some((
        outcome,
        format!("not taken without a look (strict): {}", why.join("; ")),
    ))
}

/// The engine or a lock wants a person to look.
pub(super) fn needs_review(candidate: &Candidate, doubts: &[String]) -> bool {
    candidate.needs_review || !doubts.is_empty()
}

/// What the locks doubt or could not check.
pub(super) fn doubts(verdicts: &[Verdict]) -> Vec<String> {
    let doubtful = verdicts
        .iter()
        .filter(|verdict| matches!(verdict.outcome, Outcome::Doubtful | Outcome::Unverifiable));
    doubtful
        .map(|verdict| {
            let (lock, outcome) = (&verdict.lock, verdict.outcome.name());
            format!("{lock} lock {outcome}: {}", sentence(verdict))
        })
        .collect()
}

fn sentence(verdict: &Verdict) -> &str {
    verdict.evidence["reason"]
        .as_str()
        .unwrap_or(verdict.outcome.name())
}
