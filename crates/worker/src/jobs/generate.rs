//! The job `generate`: one try of one picture, from shot to finished file.

mod composite;
mod deliver;
mod record;
mod verdicts;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::{
    clock::day,
    engine::EngineName,
    money::MicroUsd,
    retry::{Known, Next, Past, Try, TryOutcome, next},
    shot::Shot,
    threshold::Thresholds,
    verdict::Verdict,
};
use engines::{Call, Candidate, EngineError, Reply, Resume, SharedEngine};
use store::{
    attempts::{Attempt, Left, Work},
    generations::Delivered,
};

pub(crate) use self::record::received_key;
use self::{
    deliver::deliver,
    record::Record,
    verdicts::{at_thresholds, rejection, withheld},
};
use crate::Environment;

/// What one try came to. Nothing of it is written yet.
pub struct Made {
    /// In a word.
    pub outcome: TryOutcome,
    /// Why it is no picture to deliver.
    pub reason: Option<String>,
    /// Every lock's verdict.
    pub verdicts: Vec<Verdict>,
    /// What the vendor charged, or may have.
    pub cost: MicroUsd,
    /// The finished picture and its file, also of one that was sent back.
    pub picture: Option<(Box<Delivered>, Vec<u8>)>,
}

impl Made {
    /// An end without a picture that cost nothing.
    pub fn nothing(outcome: TryOutcome, reason: String) -> Self {
        Self {
            outcome,
            reason: Some(reason),
            verdicts: Vec::new(),
            cost: MicroUsd::default(),
            picture: None,
        }
    }
}

/// What is tried next of a shot after these tries.
pub fn next_try(environment: &Environment, shot: &Shot, past: &[Past]) -> Next {
    let card = |name: &EngineName| engine(environment, name).map(|engine| engine.card());
    let known = Known {
        card: &card,
        today: day(environment.clock.now_ms()),
    };
    next(shot, past, &known)
}

/// What of an earlier try this one takes up: only the same order's.
pub fn taken_up(work: &Work, asked: &Try) -> Left {
    let same = |last: &&Past| last.outcome == TryOutcome::Pending && last.asked.engine == asked.engine;
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

/// One try: what is asked for, and what an earlier one left.
pub struct Job {
    /// Its row.
    pub attempt: Attempt,
    /// What differs from the shot.
    pub asked: Try,
    /// What it takes up.
    pub left: Left,
    /// The shot, its brief naming the engine of this try.
    pub shot: Shot,
    /// The lines that its verdicts are held to.
    pub thresholds: Thresholds,
    /// The vendor has taken the order or answered it: whatever follows, it may be billed.
    pub taken: AtomicBool,
}

impl Job {
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
        Ok(Reply::Refused(reason)) => Made::nothing(TryOutcome::Refused, reason),
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
        EngineError::Retry(_) => (TryOutcome::Fault, MicroUsd::default()),
        EngineError::Lost(_) => (TryOutcome::Lost, job.asked.price),
        EngineError::Pending(_) => (TryOutcome::Pending, job.asked.price),
        // An answer that is no picture was billed all the same.
        EngineError::Broken(_) | EngineError::Misconfigured(_) => (TryOutcome::Failed, job.maybe_charged()),
    };
    Made {
        cost,
        ..Made::nothing(outcome, error.to_string())
    }
}

/// The candidate that is delivered, with its own verdicts: with prints put back where that is asked for and better.
fn judged(environment: &Environment, job: &Job, candidate: Candidate) -> (Candidate, Vec<Verdict>) {
    let (shot, judge) = (&job.shot, &environment.judge);
    let measured = |candidate: &Candidate| at_thresholds(judge.judge(shot, candidate), &job.thresholds);
    let verdicts = measured(&candidate);
    let card = engine(environment, &job.asked.engine.name).map(|engine| engine.card());
    let put_back = card
        .filter(|card| composite::is_asked(shot, card))
        .and_then(|_| composite::product(&verdicts))
        .and_then(|verdict| judge.composite_back(shot, &candidate, verdict));
    match put_back {
        Some(put_back) => composite::better(candidate, verdicts, put_back, measured),
        None => (candidate, verdicts),
    }
}

fn judge(environment: &Environment, job: &Job, candidate: Candidate) -> Made {
    let shot = &job.shot;
    let (candidate, verdicts) = judged(environment, job, candidate);
    let sent_back = match rejection(&verdicts) {
        Some(reason) => Some((TryOutcome::Rejected, reason)),
        None => withheld(shot, &candidate, &verdicts),
    };
    let finished = environment.cores.with(1, || {
        deliver(shot, candidate, &verdicts, environment.signer.as_deref())
    });
    let (outcome, reason) = match (sent_back, &finished) {
        (Some((outcome, reason)), _) => (outcome, Some(reason)),
        (None, Ok(_)) => (TryOutcome::Done, None),
        (None, Err(error)) => (TryOutcome::Failed, Some(error.to_string())),
    };
    Made {
        outcome,
        reason,
        verdicts,
        cost: job.asked.price,
        picture: finished.ok().map(|(delivered, file)| (Box::new(delivered), file)),
    }
}
