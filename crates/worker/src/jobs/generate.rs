//! The job `generate`: one attempt of one picture, from shot to finished file.

mod composite;
mod deliver;
mod kept;
mod record;
mod verdicts;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use domain::{
    clock::day,
    engine::EngineName,
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome, Known, Next, PastAttempt, next},
    shot::Shot,
    threshold::Thresholds,
    verdict::{Outcome, Verdict},
};
use engines::{Call, Candidate, EngineError, Reply, Resume, SharedEngine};
use store::{
    attempts::{Left, StartedAttempt},
    generations::Delivered,
    work::Work,
};

pub(crate) use self::kept::described;
use self::{
    deliver::deliver,
    record::Record,
    verdicts::{at_thresholds, rejection, withheld},
};
use crate::{Environment, Findings, Naming};

/// What one attempt came to. Nothing of it is written yet.
pub struct Made {
    /// In a word.
    pub outcome: AttemptOutcome,
    /// Why it is no picture to deliver.
    pub reason: Option<String>,
    /// Every lock's verdict.
    pub verdicts: Vec<Verdict>,
    /// What the vendor charged, or may have.
    pub cost: MicroUsd,
    /// The finished picture and its file, also of one that was sent back.
    pub picture: Option<(Box<Delivered>, Vec<u8>)>,
    /// Where its product differs, to be laid over it.
    pub heatmap: Option<Vec<u8>>,
    /// There was a picture, and our own work on it broke down: the vendor's file is kept.
    pub keeps_file: bool,
}

impl Made {
    /// An end without a picture that cost nothing.
    pub fn nothing(outcome: AttemptOutcome, reason: String) -> Self {
        Self {
            outcome,
            reason: Some(reason),
            verdicts: Vec::new(),
            cost: MicroUsd::default(),
            picture: None,
            heatmap: None,
            keeps_file: false,
        }
    }

    /// Our own work broke down, whatever the vendor had made by then.
    pub fn broken_down(job: &Job, why: &dyn std::fmt::Display) -> Self {
        Self {
            cost: job.maybe_charged(),
            keeps_file: true,
            ..Self::nothing(
                AttemptOutcome::Failed,
                format!("the picture's work broke down: {why}"),
            )
        }
    }
}

/// What is tried next of a shot after these attempts.
pub fn next_attempt(environment: &Environment, shot: &Shot, past: &[PastAttempt]) -> Next {
    let card = |name: &EngineName| engine(environment, name).map(|engine| engine.card());
    let known = Known {
        card: &card,
        today: day(environment.clock.now_ms()),
    };
    next(shot, past, &known)
}

/// What of an earlier attempt this one takes up: only the same order's.
pub fn taken_up(work: &Work, asked: &Attempt) -> Left {
    let same =
        |last: &&PastAttempt| last.outcome == AttemptOutcome::Pending && last.asked.engine == asked.engine;
    if work.past.last().as_ref().is_some_and(same) {
        work.left.clone()
    } else {
        Left::default()
    }
}

fn engine<'a>(environment: &'a Environment, name: &EngineName) -> Option<&'a SharedEngine> {
    environment
        .engines
        .iter()
        .find(|engine| engine.card().name == *name)
}

/// One attempt: what is asked for, and what an earlier one left.
pub struct Job {
    /// Its row.
    pub attempt: StartedAttempt,
    /// What differs from the shot.
    pub asked: Attempt,
    /// What it takes up.
    pub left: Left,
    /// The shot, its brief naming the engine of this attempt.
    pub shot: Shot,
    /// The lines that its verdicts are held to.
    pub thresholds: Thresholds,
    /// The vendor has taken the order or answered it: whatever follows, it may be billed.
    pub taken: AtomicBool,
    /// Where the vendor's file is kept until the attempt has ended.
    pub kept: OnceLock<String>,
}

impl Job {
    /// The blob of the vendor's file, of this attempt or of the one it takes up.
    pub fn vendor_file(&self) -> Option<&String> {
        self.kept.get().or(self.left.file.as_ref())
    }

    /// The vendor has answered this order, now or in an earlier attempt: what is broken is its answer, not what it was asked.
    fn is_answered(&self) -> bool {
        self.taken.load(Ordering::Relaxed) || self.left != Left::default()
    }

    /// What the vendor may have charged by now.
    pub fn maybe_charged(&self) -> MicroUsd {
        if self.taken.load(Ordering::Relaxed) {
            self.asked.price
        } else {
            MicroUsd::default()
        }
    }
}

/// Makes, checks and finishes one picture. Blocks; writes how far the call came, and nothing of its end.
pub fn run(environment: &Environment, job: &Job) -> Made {
    let record = Record::new(environment, job);
    match start(environment, job, &record) {
        Ok(Reply::Done(candidate)) => judge(environment, job, *candidate),
        Ok(Reply::Refused(reason)) => Made::nothing(AttemptOutcome::Refused, reason),
        Err(error) => fault(&error, job),
    }
}

fn start(environment: &Environment, job: &Job, record: &Record<'_>) -> Result<Reply, EngineError> {
    let name = &job.asked.engine.name;
    let engine = engine(environment, name)
        .ok_or_else(|| EngineError::Misconfigured(format!("there is no engine `{name}` here")))?;
    let file = job.left.file.as_ref().and_then(|key| {
        let (blobs, key) = (Arc::clone(&environment.blobs), key.clone());
        record.wait(async move { blobs.get(&key).await })?.ok()
    });
    let resume = match (&file, &job.left.job) {
        (Some(file), _) => Some(Resume::File(file)),
        (None, Some(id)) => Some(Resume::Job(id)),
        (None, None) if job.left.file.is_some() => {
            return Err(EngineError::Lost(
                "the vendor's file is gone from this disk".to_owned(),
            ));
        }
        (None, None) => None,
    };
    let call = Call {
        log: record,
        cores: &environment.cores,
        resume,
        today: day(environment.clock.now_ms()),
        seed: Some(job.asked.seed),
        strength: job.asked.strength.map(|percent| f32::from(percent) / 100.0),
        hint: job.asked.hint.as_deref(),
    };
    engine.start(&job.shot, &call)
}

fn fault(error: &EngineError, job: &Job) -> Made {
    let (outcome, cost) = match error {
        EngineError::Retry(_) => (AttemptOutcome::Fault, MicroUsd::default()),
        EngineError::Lost(_) => (AttemptOutcome::Lost, job.asked.price),
        EngineError::Pending(_) => (AttemptOutcome::Pending, job.asked.price),
        // An answer that is no picture was billed all the same.
        EngineError::Broken(_) if job.is_answered() => (AttemptOutcome::Broken, job.maybe_charged()),
        EngineError::Broken(_) | EngineError::Misconfigured(_) => {
            (AttemptOutcome::Failed, job.maybe_charged())
        }
    };
    Made {
        cost,
        ..Made::nothing(outcome, error.to_string())
    }
}

/// The candidate that is delivered, with what was found of it: with prints put back where that is asked for and better.
fn judged(environment: &Environment, job: &Job, candidate: Candidate) -> (Candidate, Findings) {
    let (shot, judge) = (&job.shot, &environment.judge);
    let measured = |candidate: &Candidate| {
        let found = judge.judge(shot, candidate);
        Findings {
            verdicts: at_thresholds(found.verdicts, &job.thresholds),
            heat: found.heat,
        }
    };
    let findings = measured(&candidate);
    let card = engine(environment, &job.asked.engine.name).map(|engine| engine.card());
    let put_back = card
        .filter(|card| composite::is_asked(shot, card))
        .and_then(|_| composite::product(&findings.verdicts))
        .and_then(|verdict| judge.composite_back(shot, &candidate, verdict));
    match put_back {
        Some(put_back) => composite::better(candidate, findings, put_back, measured),
        None => (candidate, findings),
    }
}

/// The heat-map of a picture that people will look at for its product. In a folder nobody would find it.
fn heatmap(environment: &Environment, findings: &Findings) -> Option<Vec<u8>> {
    let heat = findings
        .heat
        .as_ref()
        .filter(|_| environment.naming == Naming::Content)?;
    let outcome = composite::product(&findings.verdicts)?.outcome;
    matches!(outcome, Outcome::Failed | Outcome::Doubtful)
        .then(|| environment.cores.with(1, || heat.overlay()))
        .flatten()
}

fn judge(environment: &Environment, job: &Job, candidate: Candidate) -> Made {
    let shot = &job.shot;
    let (candidate, findings) = judged(environment, job, candidate);
    let heatmap = heatmap(environment, &findings);
    let verdicts = findings.verdicts;
    let sent_back = match rejection(&verdicts) {
        Some(reason) => Some((AttemptOutcome::Rejected, reason)),
        None => withheld(shot, &candidate, &verdicts),
    };
    let finished = environment.cores.with(1, || {
        deliver(shot, candidate, &verdicts, environment.signer.as_deref())
    });
    let (outcome, reason) = match (sent_back, &finished) {
        (Some((outcome, reason)), _) => (outcome, Some(reason)),
        (None, Ok(_)) => (AttemptOutcome::Done, None),
        (None, Err(error)) => (AttemptOutcome::Failed, Some(error.to_string())),
    };
    Made {
        outcome,
        reason,
        verdicts,
        cost: job.asked.price,
        keeps_file: finished.is_err(),
        picture: finished.ok().map(|(delivered, file)| (Box::new(delivered), file)),
        heatmap,
    }
}
