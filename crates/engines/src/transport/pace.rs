//! How fast an engine is asked: a rate that a vendor's refusals halve and its answers win back, a number of requests at
//! once, and a pause after many faults in a row.

use std::{sync::Mutex, time::Duration};

use domain::engine::Limits;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

/// The rate never falls below this share of the card's.
const RATE_MIN: f64 = 1.0 / 64.0;
/// What one answer wins back of the card's rate.
const RATE_STEP: f64 = 1.0 / 32.0;
/// Faults in a row that open the breaker.
const FAULTS_MAX: u32 = 5;
/// How long an open breaker lets nobody through.
const PAUSE: Duration = Duration::from_secs(20);
/// The longest wait of a vendor that is kept to.
const WAIT_MAX: Duration = Duration::from_mins(5);

/// One engine's pace in this process.
#[derive(Debug)]
pub struct Pace {
    /// Between two requests at the card's full rate.
    interval: Duration,
    slots: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Share of the card's rate, [`RATE_MIN`]..=1.
    rate: f64,
    /// The next request may go out from here on.
    next: Option<Instant>,
    faults: u32,
    open_until: Option<Instant>,
}

impl Pace {
    /// At a card's limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            interval: Duration::from_mins(1) / limits.requests_per_minute.max(1),
            slots: Semaphore::new(limits.concurrency.max(1) as usize),
            state: Mutex::new(State {
                rate: 1.0,
                next: None,
                faults: 0,
                open_until: None,
            }),
        }
    }

    /// Waits for a slot and its turn. `None` while the breaker is open.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.slots.acquire().await.ok()?;
        let at = self.reserve(Instant::now())?;
        sleep_until(at).await;
        Some(permit)
    }

    fn reserve(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state();
        if state.open_until.is_some_and(|until| now < until) {
            return None;
        }
        let at = state.next.map_or(now, |next| next.max(now));
        state.next = Some(at + self.interval.div_f64(state.rate));
        Some(at)
    }

    /// The vendor answered, whatever it said about the order.
    pub fn answered(&self) {
        let mut state = self.state();
        state.rate = (state.rate + RATE_STEP).min(1.0);
        state.faults = 0;
        state.open_until = None;
    }

    /// The vendor says it is asked too often: half the rate, and nobody goes before its wait is over.
    pub fn throttled(&self, after: Option<Duration>) {
        let mut state = self.state();
        state.rate = (state.rate / 2.0).max(RATE_MIN);
        if let Some(after) = after {
            let until = Instant::now() + after.min(WAIT_MAX);
            state.next = Some(state.next.map_or(until, |next| next.max(until)));
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

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
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
    async fn requests_keep_the_cards_rate() {
        let (pace, start) = (pace(), Instant::now());
        for _ in 0..5 {
            drop(pace.turn().await.unwrap());
            pace.answered();
        }
        assert_eq!(start.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_halves_the_rate_keeps_the_wait_and_answers_win_it_back() {
        let (pace, start) = (pace(), Instant::now());
        drop(pace.turn().await.unwrap());
        pace.throttled(Some(Duration::from_secs(7)));
        drop(pace.turn().await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 7);
        drop(pace.turn().await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 9);
        (0..16).for_each(|_| pace.answered());
        assert!((pace.state().rate - 1.0).abs() < 1e-9);
    }

    #[tokio::test(start_paused = true)]
    async fn many_faults_in_a_row_pause_everybody_and_an_answer_after_the_pause_ends_it() {
        let pace = pace();
        (0..FAULTS_MAX).for_each(|_| pace.failed());
        assert!(pace.turn().await.is_none());
        tokio::time::advance(PAUSE).await;
        drop(pace.turn().await.unwrap());
        pace.answered();
        pace.failed();
        assert!(pace.turn().await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_cards_number_at_once() {
        let pace = pace();
        let (first, _second) = (pace.turn().await.unwrap(), pace.turn().await.unwrap());
        let third = tokio::time::timeout(Duration::from_mins(1), pace.turn());
        assert!(third.await.is_err());
        drop(first);
        assert!(pace.turn().await.is_some());
    }
}
