//! How fast an engine is asked: a rate that a vendor's refusals lower and its answers win back, a number of pictures at
//! once, and a pause after many faults in a row. Rate and number are shared with other processes where there are some.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::engine::{EngineName, Health, Limits, RecentFault};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

use crate::{
    EngineError,
    sharing::{self, Sharing},
};

/// The share of the card's rate that is used: an order that is late on its way must not come with those of the next minute.
const RATE_USED: f64 = 0.98;
/// The rate never falls below this share of the card's.
const RATE_MIN: f64 = 1.0 / 64.0;
/// What one answer wins back of the card's rate.
const RATE_STEP: f64 = 1.0 / 32.0;
/// A second "too many requests" within so many replies says that the rate is wrong; one alone, that somebody else was quick.
const REPLIES_APART: u32 = 20;
/// Faults in a row that open the breaker.
const FAULTS_MAX: u32 = 5;
/// How long an open breaker lets nobody through.
const PAUSE: Duration = Duration::from_secs(20);
/// Faults that are remembered for people to read.
const RECENT_MAX: usize = 5;
/// The longest wait of a vendor that is kept to.
const WAIT_MAX: Duration = Duration::from_mins(5);

/// One engine's pace in this process.
pub struct Pace {
    /// Between two orders at the full rate.
    interval: Duration,
    concurrency: u32,
    places: Semaphore,
    state: Mutex<State>,
    shared: Option<(Arc<dyn Sharing>, EngineName)>,
}

/// A place among the pictures in work, here and among all processes; it is given back when dropped.
pub struct Place<'a> {
    _here: Option<SemaphorePermit<'a>>,
    _of_all: Option<sharing::Place>,
}

#[derive(Debug)]
struct State {
    /// Share of the card's rate, [`RATE_MIN`]..=1.
    rate: f64,
    /// The next order may go out from here on.
    next: Option<Instant>,
    /// The vendor asked for quiet until then.
    quiet_until: Option<Instant>,
    /// Replies since the last "too many requests".
    replies: u32,
    faults: u32,
    open_until: Option<Instant>,
    /// Calls that ended, by what they came to.
    calls: BTreeMap<&'static str, u64>,
    recent: VecDeque<(Instant, String)>,
}

impl Pace {
    /// At a card's limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            interval: Duration::from_mins(1)
                .div_f64(f64::from(limits.requests_per_minute.max(1)) * RATE_USED),
            concurrency: limits.concurrency.max(1),
            places: Semaphore::new(limits.concurrency.max(1) as usize),
            shared: None,
            state: Mutex::new(State {
                rate: 1.0,
                next: None,
                quiet_until: None,
                replies: REPLIES_APART,
                faults: 0,
                open_until: None,
                calls: BTreeMap::new(),
                recent: VecDeque::new(),
            }),
        }
    }

    /// Shares it with every process that asks this engine.
    pub fn share(&mut self, sharing: Arc<dyn Sharing>, engine: EngineName) {
        self.shared = Some((sharing, engine));
    }

    /// Waits for a place among the pictures in work.
    pub async fn place(&self) -> Result<Place<'_>, EngineError> {
        // Never closed, so never an error.
        let here = self.places.acquire().await.ok();
        let of_all = match &self.shared {
            Some((sharing, engine)) => Some(sharing.place(engine, self.concurrency).await?),
            None => None,
        };
        Ok(Place {
            _here: here,
            _of_all: of_all,
        })
    }

    /// Waits until the next order may go out, and takes that turn.
    pub async fn turn(&self) -> Result<(), EngineError> {
        let mut at = self.next_here();
        if let Some((sharing, engine)) = &self.shared {
            let wait = sharing.turn(engine, self.interval).await?;
            at = at.max(Instant::now() + wait);
        }
        sleep_until(at).await;
        // Meanwhile the vendor may have asked for quiet.
        self.pause().await;
        Ok(())
    }

    fn next_here(&self) -> Instant {
        let mut state = self.state();
        let now = Instant::now();
        let starts = [state.next, state.quiet_until, state.open_until];
        let at = starts.into_iter().flatten().fold(now, Instant::max);
        state.next = Some(at + self.interval.div_f64(state.rate));
        at
    }

    /// Waits while the vendor wants quiet or the breaker is open. Takes no turn.
    pub async fn pause(&self) {
        loop {
            let until = {
                let state = self.state();
                state.quiet_until.max(state.open_until)
            };
            match until {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// The vendor answered, whatever it said about the order; `used_up`: its count allows nothing more for so long.
    pub fn answered(&self, used_up: Option<Duration>) {
        let mut state = self.state();
        state.rate = (state.rate + RATE_STEP).min(1.0);
        state.replies = state.replies.saturating_add(1);
        state.faults = 0;
        state.open_until = None;
        state.be_quiet(used_up);
        drop(state);
        self.tell_quiet(used_up);
    }

    /// The vendor says it is asked too often: nobody goes before its wait is over, and the second time soon after another the
    /// rate is halved.
    pub fn throttled(&self, after: Option<Duration>) {
        let mut state = self.state();
        if state.replies < REPLIES_APART {
            state.rate = (state.rate / 2.0).max(RATE_MIN);
        }
        state.replies = 0;
        state.be_quiet(after);
        drop(state);
        self.tell_quiet(after);
    }

    fn tell_quiet(&self, wait: Option<Duration>) {
        if let (Some((sharing, engine)), Some(wait)) = (&self.shared, wait) {
            sharing.be_quiet(engine, wait.min(WAIT_MAX));
        }
    }

    /// The vendor is out of order or cannot be reached.
    pub fn failed(&self) {
        let mut state = self.state();
        state.faults += 1;
        if state.faults >= FAULTS_MAX {
            state.open_until = Some(Instant::now() + PAUSE);
        }
    }

    /// A call ended like this.
    pub fn ended(&self, outcome: &'static str, fault: Option<String>) {
        let mut state = self.state();
        *state.calls.entry(outcome).or_default() += 1;
        if let Some(message) = fault {
            state.recent.push_back((Instant::now(), message));
            if state.recent.len() > RECENT_MAX {
                state.recent.pop_front();
            }
        }
    }

    /// How it stands.
    pub fn health(&self) -> Health {
        let state = self.state();
        let now = Instant::now();
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let calls = state.calls.iter();
        let recent = state.recent.iter().map(|(at, message)| RecentFault {
            ago_ms: ms(now.saturating_duration_since(*at)),
            message: message.clone(),
        });
        Health {
            rate_share: state.rate,
            faults: state.faults,
            rests_ms: state
                .open_until
                .map(|until| ms(until.saturating_duration_since(now)))
                .filter(|rest| *rest > 0),
            calls: calls.map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            recent: recent.collect(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn be_quiet(&mut self, wait: Option<Duration>) {
        let until = wait.map(|wait| Instant::now() + wait.min(WAIT_MAX));
        self.quiet_until = self.quiet_until.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace::new(&Limits {
            requests_per_minute: 60,
            concurrency: 2,
            ..Limits::default()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn orders_keep_the_cards_rate() {
        let (pace, start) = (pace(), Instant::now());
        for _ in 0..5 {
            pace.turn().await.unwrap();
            pace.answered(None);
        }
        assert_eq!(start.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn one_refusal_is_waited_for_and_a_second_soon_after_halves_the_rate_until_answers_win_it_back() {
        let (pace, start) = (pace(), Instant::now());
        pace.turn().await.unwrap();
        pace.throttled(Some(Duration::from_secs(7)));
        pace.turn().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 7);
        assert!((pace.health().rate_share - 1.0).abs() < 1e-9);
        pace.throttled(None);
        assert!((pace.health().rate_share - 0.5).abs() < 1e-9);
        pace.turn().await.unwrap();
        let second = Instant::now();
        pace.turn().await.unwrap();
        assert_eq!(second.elapsed().as_secs(), 2);
        (0..16).for_each(|_| pace.answered(None));
        assert!((pace.health().rate_share - 1.0).abs() < 1e-9);
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_that_is_used_up_is_waited_for_by_orders_and_polls_without_slowing_them_later() {
        let (pace, start) = (pace(), Instant::now());
        pace.answered(Some(Duration::from_secs(30)));
        pace.pause().await;
        assert_eq!(start.elapsed().as_secs(), 30);
        pace.turn().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 30);
        assert!((pace.health().rate_share - 1.0).abs() < 1e-9);
    }

    #[tokio::test(start_paused = true)]
    async fn many_faults_in_a_row_make_everybody_wait_and_an_answer_ends_it() {
        let (pace, start) = (pace(), Instant::now());
        (0..FAULTS_MAX).for_each(|_| pace.failed());
        assert_eq!(pace.health().rests_ms, Some(20_000));
        pace.turn().await.unwrap();
        assert_eq!(start.elapsed(), PAUSE);
        pace.failed();
        assert_eq!(
            pace.health().rests_ms,
            Some(20_000),
            "one more fault is enough to rest again"
        );
        pace.answered(None);
        assert_eq!(pace.health().rests_ms, None);
        pace.failed();
        assert_eq!(pace.health().rests_ms, None);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_counted_by_their_end_and_the_last_faults_told_of() {
        let pace = pace();
        pace.ended("done", None);
        for number in 0..=RECENT_MAX {
            pace.ended("retry", Some(format!("fault {number}")));
        }
        tokio::time::advance(Duration::from_secs(3)).await;
        let health = pace.health();
        assert_eq!((health.calls["done"], health.calls["retry"]), (1, 6));
        let told: Vec<_> = health
            .recent
            .iter()
            .map(|fault| (fault.ago_ms, &*fault.message))
            .collect();
        assert_eq!(
            (told.len(), told[0], told[4]),
            (5, (3_000, "fault 1"), (3_000, "fault 5"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_pictures_than_the_cards_number_are_in_work() {
        let pace = pace();
        let (first, _second) = (pace.place().await.unwrap(), pace.place().await.unwrap());
        let third = tokio::time::timeout(Duration::from_mins(1), pace.place());
        assert!(third.await.is_err());
        drop(first);
        assert!(pace.place().await.is_ok());
    }
}
