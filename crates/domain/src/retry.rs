//! The next try of a picture: what it changes, and when there is none.
//!
//! Derived from the tries so far and nothing else, so it is the same whoever asks, also after a crash. A picture that a lock
//! sent back is tried up to [`Brief::retries_max`](crate::brief::Brief::retries_max) times more: first with another seed
//! (or, without one, closer to the photo) and with words for what was wrong, then by the next engine of the chain. Faults
//! in passing have a count of their own. Nothing is tried that could cost more than the brief allows.

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
/// How far the first picture may be left at the first try, in percent; vendors' own examples lie between 50 and 70.
const STRENGTH: u8 = 60;
/// By how much less at each try after a rejection.
const STRENGTH_STEP: u8 = 15;

/// What a try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryOutcome {
    /// A picture that was accepted.
    Done,
    /// A picture that a lock sent back.
    Rejected,
    /// The engine will not make it.
    Refused,
    /// It cannot work, however often it is tried.
    Failed,
    /// A fault in passing; nothing was billed.
    Fault,
    /// It was sent and no answer came: maybe billed, and nobody has the picture.
    Lost,
    /// The vendor has the job, or we have its picture: the next try takes it up instead of ordering anew.
    Pending,
}

impl TryOutcome {
    /// All, for reading back.
    const ALL: [Self; 7] = [
        Self::Done,
        Self::Rejected,
        Self::Refused,
        Self::Failed,
        Self::Fault,
        Self::Lost,
        Self::Pending,
    ];

    /// The name used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Fault => "fault",
            Self::Lost => "lost",
            Self::Pending => "pending",
        }
    }

    /// Reads [`Self::name`]; what an older version wrote counts as a fault.
    pub fn from_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|outcome| outcome.name() == name);
        known.unwrap_or(Self::Fault)
    }
}

/// A try that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What it asked for.
    pub asked: Try,
    /// What it came to.
    pub outcome: TryOutcome,
    /// Why it was sent back or what happened.
    pub reason: Option<String>,
    /// What the vendor charged, or may have.
    pub cost: MicroUsd,
}

/// What a try asks for, beside the shot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// Who is asked.
    pub engine: EngineChoice,
    /// With which seed, where it has any.
    pub seed: u64,
    /// How far the first picture may be left, in percent, where the engine can be told so.
    pub strength: Option<u8>,
    /// What was wrong with the last picture.
    pub hint: Option<String>,
    /// Its price by the card.
    pub price: MicroUsd,
}

/// What follows the tries so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This.
    Try(Box<Try>),
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

/// The next try of a shot after these.
pub fn next(shot: &Shot, past: &[Past], known: &Known<'_>) -> Next {
    let rejected = past
        .iter()
        .filter(|one| one.outcome == TryOutcome::Rejected)
        .count();
    if rejected > shot.brief.retries_max as usize {
        return Next::Stop(match rejected {
            1 => String::new(),
            tries => format!("{tries} tries, each with a change"),
        });
    }
    let able = able(shot, known);
    let Some((choice, card)) = engine_of(&able, past) else {
        return Next::Stop(String::new());
    };
    let asked = match past.last() {
        Some(last) if last.outcome == TryOutcome::Pending && last.asked.engine == *choice => taken_up(last),
        _ => attempt(shot, past, choice, card, known.today),
    };
    if !changes(card)
        && past
            .iter()
            .any(|one| one.outcome == TryOutcome::Rejected && one.asked.engine == *choice)
    {
        // It would give the same picture.
        return Next::Stop(String::new());
    }
    let spent: MicroUsd = past.iter().map(|one| one.cost).sum();
    let most = shot.brief.cost_max;
    if spent + asked.price > most {
        return Next::Stop(format!(
            "another try costs about {}, {spent} is spent, and {most} is allowed for one picture",
            asked.price
        ));
    }
    Next::Try(Box::new(asked))
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

/// Whose turn it is: the engine of the last try, unless it has been asked enough; then the one after it.
fn engine_of<'a, 'c>(
    able: &'a [(EngineChoice, &'c EngineCard)],
    past: &[Past],
) -> Option<(&'a EngineChoice, &'c EngineCard)> {
    let place = match past.last() {
        None => 0,
        Some(last) => {
            let place = able.iter().position(|(choice, _)| *choice == last.asked.engine)?;
            let is_last = place + 1 == able.len();
            place + usize::from(is_enough(past, last, able[place].1, is_last))
        }
    };
    able.get(place).map(|(choice, card)| (choice, *card))
}

/// Whether the engine of the last try has been asked enough.
fn is_enough(past: &[Past], last: &Past, card: &EngineCard, is_last: bool) -> bool {
    let of_engine = || past.iter().filter(|one| one.asked.engine == last.asked.engine);
    let count = |wanted: &[TryOutcome]| of_engine().filter(|one| wanted.contains(&one.outcome)).count();
    match last.outcome {
        TryOutcome::Done | TryOutcome::Refused | TryOutcome::Failed => true,
        TryOutcome::Rejected => {
            !is_last && (!changes(card) || count(&[TryOutcome::Rejected]) >= REJECTED_MAX)
        }
        TryOutcome::Fault | TryOutcome::Lost | TryOutcome::Pending => {
            count(&[TryOutcome::Fault, TryOutcome::Lost, TryOutcome::Pending]) >= FAULTS_MAX
        }
    }
}

/// A try of this engine can differ from the last.
fn changes(card: &EngineCard) -> bool {
    card.seed_max.is_some() || card.strength || card.voice != Voice::None
}

/// The same order once more, which the vendor has taken already: it costs nothing more.
fn taken_up(last: &Past) -> Try {
    Try {
        price: MicroUsd::default(),
        ..last.asked.clone()
    }
}

fn attempt(shot: &Shot, past: &[Past], choice: &EngineChoice, card: &EngineCard, today: Date) -> Try {
    let rejected: Vec<&Past> = past
        .iter()
        .filter(|one| one.outcome == TryOutcome::Rejected)
        .collect();
    let of_engine = rejected.iter().filter(|one| one.asked.engine == *choice).count();
    let strength = STRENGTH.saturating_sub(STRENGTH_STEP * of_engine.min(4) as u8);
    let model = card.model_for(choice.model.as_deref(), shot.scene(card), today);
    let model = model.ok().flatten();
    let price = model.and_then(|model| model.price(shot.brief.quality));
    Try {
        engine: choice.clone(),
        seed: retry_seed(shot.seed, rejected.len() as u32),
        strength: card.strength.then_some(strength),
        hint: (card.voice != Voice::None)
            .then(|| rejected.last().and_then(|one| one.reason.as_deref()).map(fault))
            .flatten(),
        price: MicroUsd::of_usd(price.unwrap_or(0.0)),
    }
}

/// What was wrong, without the name of the lock that found it.
fn fault(reason: &str) -> String {
    let said = reason.split_once(" lock: ").map_or(reason, |(_, said)| said);
    said.to_owned()
}

#[cfg(test)]
mod tests;
