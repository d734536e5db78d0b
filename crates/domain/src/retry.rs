//! The next attempt of a picture: what it changes, and when there is none.
//!
//! Derived from the attempts so far and nothing else, so it is the same whoever asks, also after a crash. A picture that a lock
//! sent back is tried up to [`Brief::retries_max`](crate::brief::Brief::retries_max) times more: first with another seed
//! (or, without one, closer to the photo) and with words for what was wrong, then by the next engine of the chain. Faults
//! in passing have a count of their own. Nothing is tried that could cost more than the brief allows, as
//! far as prices are known.

use jiff::civil::Date;

use crate::{
    brief::Brief,
    engine::{EngineCard, EngineChoice, EngineName, Voice},
    money::MicroUsd,
    seed::retry_seed,
    shot::Shot,
};

/// Faults in passing on one engine after which the next is asked, or the picture fails.
pub const FAULTS_MAX: usize = 8;
/// Rejected pictures of one engine after which the next of the chain is asked, where there is one.
const REJECTED_MAX: usize = 3;
/// Orders of one engine without an answer, each maybe billed, after which it is not asked again.
pub const LOSSES_MAX: usize = 2;
/// Answers of one engine that were no usable picture, each maybe billed, after which it is not asked again.
pub const BROKEN_MAX: usize = 2;
/// Looks at a job that the vendor has, or at a file that is here, each a longer wait after the last: some hours.
const LOOKS_MAX: usize = 24;
/// By how many percent less a model may leave the first photo at each attempt after a rejection.
const STRENGTH_STEP: u8 = 25;

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// A picture that was accepted.
    Done,
    /// A picture that a lock sent back.
    Rejected,
    /// A picture that nobody can vouch for, where a strict brief asks for it. Another would be no surer.
    Withheld,
    /// The engine will not make it.
    Refused,
    /// It cannot work, however often it is tried.
    Failed,
    /// A fault in passing; nothing was billed.
    Fault,
    /// It was sent and no answer came: maybe billed, and nobody has the picture.
    Lost,
    /// An answer that is no usable picture: empty, cut off, or of another kind. It may be billed.
    Broken,
    /// The vendor has the job, or we have its picture: the next attempt takes it up instead of ordering anew.
    Pending,
}

impl AttemptOutcome {
    /// All, for reading back.
    const ALL: [Self; 9] = [
        Self::Done,
        Self::Rejected,
        Self::Withheld,
        Self::Refused,
        Self::Failed,
        Self::Fault,
        Self::Lost,
        Self::Broken,
        Self::Pending,
    ];

    /// The name used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Withheld => "withheld",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Fault => "fault",
            Self::Lost => "lost",
            Self::Broken => "broken",
            Self::Pending => "pending",
        }
    }

    /// Reads [`Self::name`]; what an older version wrote counts as a fault.
    pub fn from_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|outcome| outcome.name() == name);
        known.unwrap_or(Self::Fault)
    }
}

/// An attempt that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct PastAttempt {
    /// What it asked for.
    pub asked: Attempt,
    /// What it came to.
    pub outcome: AttemptOutcome,
    /// Why it was sent back or what happened.
    pub reason: Option<String>,
    /// What the vendor charged, or may have.
    pub cost: MicroUsd,
}

/// What an attempt asks for, beside the shot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Who is asked.
    pub engine: EngineChoice,
    /// With which seed, where it has any.
    pub seed: u64,
    /// How much of its usual freedom to leave the first picture the engine is given, in percent, where it can be told so;
    /// `None`: all of it.
    pub strength: Option<u8>,
    /// What was wrong with the last picture.
    pub hint: Option<String>,
    /// Its price by the card.
    pub price: MicroUsd,
}

/// What follows the attempts so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This.
    Attempt(Box<Attempt>),
    /// Nothing; the sentence says why, and is empty where the last outcome says it all.
    Stop(String),
}

/// The engines that can be asked, and the day.
pub struct Known<'a> {
    /// The card of an engine that is open here.
    pub card: &'a dyn Fn(&EngineName) -> Option<&'a EngineCard>,
    /// For the end of models.
    pub today: Date,
}

/// The next attempt of a shot after these.
pub fn next(shot: &Shot, past: &[PastAttempt], known: &Known<'_>) -> Next {
    match past.last() {
        // Whatever it costs is spent: it is looked after before anything else is thought of.
        Some(last) if last.outcome == AttemptOutcome::Pending => return look_again(last, past),
        Some(last) if last.outcome == AttemptOutcome::Withheld => return Next::Stop(String::new()),
        _ => {}
    }
    let rejected = count(past, &[AttemptOutcome::Rejected]);
    if rejected > shot.brief.retries_max as usize {
        return Next::Stop(match rejected {
            1 => String::new(),
            tries => format!("{tries} tries, each with a change"),
        });
    }
    let able = able(shot, known);
    let turn = able
        .iter()
        .enumerate()
        .find(|(place, (choice, card))| !is_enough(past, choice, card, place + 1 == able.len()));
    let Some((_, (choice, card))) = turn else {
        return Next::Stop(String::new());
    };
    let asked = attempt(shot, past, choice, card, known.today);
    let spent: MicroUsd = past.iter().map(|one| one.cost).sum();
    let most = shot.brief.cost_max;
    if spent + asked.price > most {
        return Next::Stop(format!(
            "another try costs about {}, {spent} is spent, and {most} is allowed for one picture",
            asked.price
        ));
    }
    Next::Attempt(Box::new(asked))
}

/// The same order once more, which the vendor has taken already: it costs nothing more.
fn look_again(last: &PastAttempt, past: &[PastAttempt]) -> Next {
    let looks = past
        .iter()
        .rev()
        .take_while(|one| one.outcome == AttemptOutcome::Pending);
    if looks.count() >= LOOKS_MAX {
        return Next::Stop("it was asked after for hours".to_owned());
    }
    Next::Attempt(Box::new(Attempt {
        price: MicroUsd::default(),
        ..last.asked.clone()
    }))
}

fn count(past: &[PastAttempt], wanted: &[AttemptOutcome]) -> usize {
    past.iter().filter(|one| wanted.contains(&one.outcome)).count()
}

/// The engines of the brief's chain that are here and can make the pose, in order.
fn able<'a>(shot: &Shot, known: &Known<'a>) -> Vec<(EngineChoice, &'a EngineCard)> {
    let chain = chain(&shot.brief);
    let of = |choice: &EngineChoice| {
        let card = (known.card)(&choice.name)?;
        let model = card.model_for(choice.model.as_deref(), shot.scene(card), known.today);
        let works = model.is_ok();
        (works && card.refusal(shot.pose).is_none()).then_some((choice.clone(), card))
    };
    chain.filter_map(of).collect()
}

/// The engine of a brief and those that are asked after it.
pub fn chain(brief: &Brief) -> impl Iterator<Item = &EngineChoice> {
    std::iter::once(&brief.engine).chain(&brief.fallbacks)
}

/// Whether an engine has been asked enough; `is_last`: nobody comes after it.
fn is_enough(past: &[PastAttempt], choice: &EngineChoice, card: &EngineCard, is_last: bool) -> bool {
    let own: Vec<PastAttempt> = past
        .iter()
        .filter(|one| one.asked.engine == *choice)
        .cloned()
        .collect();
    let rejected = count(&own, &[AttemptOutcome::Rejected]);
    count(
        &own,
        &[
            AttemptOutcome::Done,
            AttemptOutcome::Refused,
            AttemptOutcome::Failed,
        ],
    ) > 0
        || count(&own, &[AttemptOutcome::Fault]) >= FAULTS_MAX
        || count(&own, &[AttemptOutcome::Lost]) >= LOSSES_MAX
        || count(&own, &[AttemptOutcome::Broken]) >= BROKEN_MAX
        || rejected > 0 && !changes(card)
        || rejected >= REJECTED_MAX && !is_last
}

/// An attempt of this engine can differ from the last.
fn changes(card: &EngineCard) -> bool {
    card.seed_max.is_some() || card.strength || card.voice != Voice::None
}

fn attempt(
    shot: &Shot,
    past: &[PastAttempt],
    choice: &EngineChoice,
    card: &EngineCard,
    today: Date,
) -> Attempt {
    let rejected: Vec<&PastAttempt> = past
        .iter()
        .filter(|one| one.outcome == AttemptOutcome::Rejected)
        .collect();
    let of_engine = rejected.iter().filter(|one| one.asked.engine == *choice).count();
    let strength = 100 - STRENGTH_STEP * of_engine.min(3) as u8;
    let model = card.model_for(choice.model.as_deref(), shot.scene(card), today);
    let model = model.ok().flatten();
    let price = model.and_then(|model| model.price(shot.brief.quality));
    Attempt {
        engine: choice.clone(),
        // What came broken with one seed may come broken with it again.
        seed: retry_seed(
            shot.seed,
            (rejected.len() + count(past, &[AttemptOutcome::Broken])) as u32,
        ),
        strength: (card.strength && strength < 100).then_some(strength),
        hint: if card.voice == Voice::None {
            None
        } else {
            hint(&rejected)
        },
        price: MicroUsd::of_usd(price.unwrap_or(0.0)),
    }
}

/// What was wrong so far, the last first, each with how often: where an engine has no seed, this is what a try changes.
fn hint(rejected: &[&PastAttempt]) -> Option<String> {
    let mut faults: Vec<(String, usize)> = Vec::new();
    for fault in rejected
        .iter()
        .rev()
        .filter_map(|one| fault(one.reason.as_deref()?))
    {
        match faults.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, times)) => *times += 1,
            None => faults.push((fault, 1)),
        }
    }
    let said = faults.into_iter().map(|(fault, times)| match times {
        1 => fault,
        times => format!("{fault}, {times} times by now"),
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; before that: "))
}

/// What a lock found wrong, in its own words alone: what else a reason tells is not for a vendor.
fn fault(reason: &str) -> Option<String> {
    let (_, said) = [" lock: ", " lock doubtful: "]
        .into_iter()
        .find_map(|mark| reason.split_once(mark))?;
    Some(said.split(';').next().unwrap_or(said).to_owned())
}

#[cfg(test)]
mod tests;
