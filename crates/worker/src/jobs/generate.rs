//! The job `generate`: one picture from shot to delivered file.

use domain::{
    clock::day,
    manifest::DeliveredFile,
    pose::Framing,
    shot::Shot,
    threshold::Thresholds,
    verdict::{Outcome, Verdict},
};
use engines::{Call, Candidate, EngineError, Reply};
use imaging::finish::{FinishError, Finished, Spec, finish};
use sha2::{Digest, Sha256};
use store::{
    generations::{AttemptEnd, Delivered},
    queue::Lease,
};

use crate::Environment;

/// The first wait before a passing fault is tried again; it doubles each time.
const BACKOFF_MS: i64 = 1_000;
/// The resolution written into every delivered file.
const DPI: u32 = 300;

/// What one attempt came to.
pub struct Made {
    /// Every lock's verdict.
    pub verdicts: Vec<Verdict>,
    /// How the attempt ends once its file is put.
    pub end: AttemptEnd,
    /// The file of a completed picture, to be put while the lease holds.
    pub file: Vec<u8>,
}

impl Made {
    /// An end without a picture.
    pub fn nothing(end: AttemptEnd) -> Self {
        Self {
            verdicts: Vec::new(),
            end,
            file: Vec::new(),
        }
    }
}

/// Makes, checks and finishes one picture. Blocks, and writes nothing.
pub fn run(environment: &Environment, lease: &Lease, shot: &Shot, thresholds: &Thresholds) -> Made {
    let candidate = match start(environment, lease, shot) {
        Ok(candidate) => candidate,
        Err(end) => return Made::nothing(end),
    };
    let verdicts = at_thresholds(environment.judge.judge(shot, &candidate), thresholds);
    if let Some(reason) = rejection(&verdicts).or_else(|| withheld(shot, &candidate, &verdicts)) {
        return Made {
            verdicts,
            ..Made::nothing(AttemptEnd::Rejected(reason))
        };
    }
    match deliver(shot, *candidate, &verdicts) {
        Ok((delivered, file)) => Made {
            verdicts,
            end: AttemptEnd::Completed(Box::new(delivered)),
            file,
        },
        Err(error) => Made {
            verdicts,
            ..Made::nothing(AttemptEnd::Failed(error.to_string()))
        },
    }
}

/// The verdicts as the workspace's thresholds make them.
fn at_thresholds(verdicts: Vec<Verdict>, thresholds: &Thresholds) -> Vec<Verdict> {
    let at = |verdict: Verdict| match thresholds.get(&verdict.lock) {
        Some(threshold) => verdict.at(*threshold),
        None => verdict,
    };
    verdicts.into_iter().map(at).collect()
}

fn start(environment: &Environment, lease: &Lease, shot: &Shot) -> Result<Box<Candidate>, AttemptEnd> {
    let name = &shot.brief.engine.name;
    let engine = environment
        .engines
        .iter()
        .find(|engine| engine.card().name == *name)
        .ok_or_else(|| AttemptEnd::Failed(format!("there is no engine `{name}` here")))?;
    let call = Call::first(day(environment.clock.now_ms()));
    match engine.start(shot, &call) {
        Ok(Reply::Done(candidate)) => Ok(candidate),
        Ok(Reply::Refused(reason)) => Err(AttemptEnd::Refused(reason)),
        // A picture that may have been billed unseen is made again: nobody has it, and its attempt says so.
        Err(error @ (EngineError::Retry(_) | EngineError::Lost(_))) if !lease.is_last => {
            let wait_ms = BACKOFF_MS << lease.attempt.saturating_sub(1).min(10);
            Err(AttemptEnd::Retry {
                message: error.to_string(),
                run_at_ms: environment.clock.now_ms() + wait_ms,
            })
        }
        Err(error @ (EngineError::Retry(_) | EngineError::Lost(_))) => Err(AttemptEnd::Failed(format!(
            "{error} (tried {} times)",
            lease.attempt
        ))),
        Err(error) => Err(AttemptEnd::Failed(error.to_string())),
    }
}

/// The sentence of the first lock that says no.
fn rejection(verdicts: &[Verdict]) -> Option<String> {
    verdicts
        .iter()
        .find(|verdict| verdict.outcome == Outcome::Failed)
        .map(|verdict| format!("{} lock: {}", verdict.lock, sentence(verdict)))
}

/// Why a strict brief does not take a picture that a person would have to look at first.
fn withheld(shot: &Shot, candidate: &Candidate, verdicts: &[Verdict]) -> Option<String> {
    let doubts = doubts(verdicts);
    if !shot.brief.strict || !needs_review(candidate, &doubts) {
        return None;
    }
    let why = if doubts.is_empty() {
        &candidate.notes
    } else {
        &doubts
    };
    Some(format!("not taken without a look (strict): {}", why.join("; ")))
}

/// The engine or a lock wants a person to look.
fn needs_review(candidate: &Candidate, doubts: &[String]) -> bool {
    candidate.needs_review || !doubts.is_empty()
}

/// What the locks doubt or could not check.
fn doubts(verdicts: &[Verdict]) -> Vec<String> {
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

/// What is delivered, and its file.
fn deliver(
    shot: &Shot,
    candidate: Candidate,
    verdicts: &[Verdict],
) -> Result<(Delivered, Vec<u8>), FinishError> {
    let spec = Spec {
        background: Some(shot.brief.background),
        format: shot.brief.format,
        dpi: DPI,
        digital_source_type: candidate.digital_source_type,
        ..Spec::default()
    };
    let finished = finish(&candidate.pixels, &spec)?;
    let doubts = doubts(verdicts);
    let needs_review = needs_review(&candidate, &doubts);
    let notes = [
        candidate.notes,
        doubts,
        finished.notes.clone(),
        ground_note(shot, &finished),
    ]
    .concat();
    let delivered = Delivered {
        needs_review,
        file: describe(shot.file_key(), &finished, shot, candidate.digital_source_type),
        recipe: candidate.recipe,
        inputs: candidate.inputs,
        notes,
    };
    Ok((delivered, finished.bytes))
}

/// Says it when a lossy format shows another ground than the asked one.
fn ground_note(shot: &Shot, finished: &Finished) -> Vec<String> {
    let steps = ground_deviation(shot, finished).unwrap_or(0);
    let format = shot.brief.format;
    (steps > 0)
        .then(|| format!("{format} shows the ground up to {steps} of 255 off; png, tiff and webp-lossless keep it exact"))
        .into_iter()
        .collect()
}

/// Measured on packshots only: the border of a close-up is product.
fn ground_deviation(shot: &Shot, finished: &Finished) -> Option<u8> {
    (shot.pose.pose().framing == Framing::Full)
        .then_some(finished.background_deviation)
        .flatten()
}

fn describe(path: String, finished: &Finished, shot: &Shot, digital_source_type: &str) -> DeliveredFile {
    DeliveredFile {
        path,
        bytes: finished.bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&finished.bytes)),
        width: finished.width,
        height: finished.height,
        format: shot.brief.format,
        digital_source_type: digital_source_type.to_owned(),
        background_deviation: ground_deviation(shot, finished),
    }
}
