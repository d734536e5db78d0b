//! The clock of everybody who works on one database.
//!
//! One process writes how long it holds something and another judges whether that time is over, so both must read the same clock.
//! On PostgreSQL that is the server's: asked for at the start and twice a minute, and told in between by a timer of the machine, which
//! goes on evenly when somebody sets the machine's clock. Who works on a file is on one machine, and goes by its clock.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use domain::clock::{Clock, EpochMs};
use tokio::time::{sleep, timeout};

use crate::{Result, Store};

/// How often the server is asked: a timer that is wrong by 50 millionths, as cheap quartz is, is 1.5 ms off by then.
const EVERY_MS: i64 = 30_000;
/// How often it is looked whether to ask.
const LOOK: Duration = Duration::from_secs(1);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// A clock and a timer that move apart by this between two looks: the machine slept, or its clock was set.
const APART_MS: i64 = 1_000;
/// A clock that is to go back by no more stands still instead, until the time has come up to it.
const HELD_MS: i64 = 1_000;

impl Store {
    /// The clock that all who work on this database go by: the server's, or this `machine`'s where it is a file. Made on the runtime of
    /// the store. A server that goes away is not missed; the machine's clock only hints at when to ask it again.
    pub async fn shared_clock(&self, machine: Arc<dyn Clock>) -> Result<Arc<dyn Clock>> {
        let timer = Instant::now();
        let Some(answer) = ask(self, timer).await? else {
            return Ok(machine);
        };
        let clock = Arc::new(ServerClock {
            timer,
            told: Mutex::new(Told::new(answer)),
        });
        tokio::spawn(keep(Arc::downgrade(&clock), timer, self.clone(), machine));
        Ok(clock)
    }
}

/// The server's clock, by this machine's timer.
#[derive(Debug)]
struct ServerClock {
    timer: Instant,
    told: Mutex<Told>,
}

impl ServerClock {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ServerClock {
    fn now_ms(&self) -> EpochMs {
        let timer_ms = elapsed_ms(self.timer);
        self.told().at(timer_ms)
    }
}

/// Asks again and again, until nobody has the clock any more.
async fn keep(clock: Weak<ServerClock>, timer: Instant, store: Store, machine: Arc<dyn Clock>) {
    // A timer stands still while its machine sleeps.
    let apart_ms = || machine.now_ms() - elapsed_ms(timer);
    let (mut asked_ms, mut apart_then_ms) = (elapsed_ms(timer), apart_ms());
    loop {
        sleep(LOOK).await;
        let Some(clock) = clock.upgrade() else { return };
        let (timer_ms, apart_now_ms) = (elapsed_ms(timer), apart_ms());
        let is_due = timer_ms - asked_ms >= EVERY_MS;
        if !is_due && (apart_now_ms - apart_then_ms).abs() < APART_MS {
            continue;
        }
        // One that is away is asked at the next look; others say that it is.
        if let Ok(Ok(Some(answer))) = timeout(PATIENCE, ask(&store, timer)).await {
            clock.told().correct(answer);
            (asked_ms, apart_then_ms) = (timer_ms, apart_now_ms);
        }
    }
}

/// `None` where there is no server.
async fn ask(store: &Store, timer: Instant) -> Result<Option<Answer>> {
    let asked_ms = elapsed_ms(timer);
    let server_ms = store.clock().await?;
    let heard_ms = elapsed_ms(timer);
    Ok(server_ms.map(|server_ms| Answer::new(asked_ms, server_ms, heard_ms)))
}

fn elapsed_ms(timer: Instant) -> i64 {
    timer.elapsed().as_millis() as i64
}

/// What an answer says of the server's time when the timer began: it was between these.
#[derive(Clone, Copy, Debug)]
struct Answer {
    from_ms: EpochMs,
    to_ms: EpochMs,
}

impl Answer {
    /// The server looked at its clock after it was asked and before it was heard, both by the timer.
    fn new(asked_ms: i64, server_ms: EpochMs, heard_ms: i64) -> Self {
        Self {
            from_ms: server_ms - heard_ms,
            to_ms: server_ms - asked_ms,
        }
    }
}

/// What is known of the server's time.
#[derive(Debug)]
struct Told {
    /// When the timer began.
    began_ms: EpochMs,
    /// The last time that was told here.
    last_ms: EpochMs,
}

impl Told {
    /// The middle is never off by more than half the way there and back.
    fn new(answer: Answer) -> Self {
        let began_ms = i64::midpoint(answer.from_ms, answer.to_ms);
        Self {
            began_ms,
            last_ms: began_ms,
        }
    }

    /// By as much as an answer demands and no more: a slow one, which says little, changes nothing.
    fn correct(&mut self, answer: Answer) {
        self.began_ms = self.began_ms.clamp(answer.from_ms, answer.to_ms);
    }

    /// The time. It goes back only where it was set back far.
    fn at(&mut self, timer_ms: i64) -> EpochMs {
        let now_ms = self.began_ms + timer_ms;
        if !(0..=HELD_MS).contains(&(self.last_ms - now_ms)) {
            self.last_ms = now_ms;
        }
        self.last_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that began at this time when the timer began.
    const BEGAN_MS: EpochMs = 1_795_478_400_000;

    fn told() -> Told {
        Told::new(Answer::new(0, BEGAN_MS, 0))
    }

    #[test]
    fn the_first_answer_is_from_the_middle_of_its_way() {
        let mut told = Told::new(Answer::new(100, BEGAN_MS + 120, 140));
        assert_eq!(told.at(0), BEGAN_MS);
        assert_eq!(told.at(30_000), BEGAN_MS + 30_000);
    }

    #[test]
    fn a_later_answer_corrects_by_no_more_than_it_must() {
        // Asked, the server's time, heard; by how much that moves the clock.
        for (asked_ms, server_ms, heard_ms, moved_ms) in [
            (30_000, 30_001, 30_002, 0),
            (30_000, 31_900, 32_000, 0),
            (30_000, 30_100, 32_000, 0),
            (30_000, 30_250, 30_010, 240),
            (30_000, 3_630_000, 30_000, 3_600_000),
            (30_000, 29_750, 30_010, -250),
            (30_000, -3_570_000, 30_000, -3_600_000),
        ] {
            let mut told = told();
            told.correct(Answer::new(asked_ms, BEGAN_MS + server_ms, heard_ms));
            assert_eq!(told.at(60_000), BEGAN_MS + 60_000 + moved_ms, "{server_ms}");
        }
    }

    #[test]
    fn a_clock_that_is_to_go_back_a_little_stands_still() {
        let mut told = told();
        assert_eq!(told.at(10_000), BEGAN_MS + 10_000);
        told.correct(Answer::new(10_000, BEGAN_MS + 9_600, 10_000));
        for (timer_ms, time_ms) in [(10_001, 10_000), (10_400, 10_000), (10_500, 10_100)] {
            assert_eq!(told.at(timer_ms), BEGAN_MS + time_ms, "{timer_ms}");
        }
    }

    #[test]
    fn one_that_was_wrong_by_an_hour_goes_back_at_once() {
        let mut told = told();
        assert_eq!(told.at(3_600_000), BEGAN_MS + 3_600_000);
        told.correct(Answer::new(3_600_000, BEGAN_MS + 1_000, 3_600_000));
        assert_eq!(told.at(3_600_500), BEGAN_MS + 1_500);
    }

    #[test]
    fn threads_that_read_the_timer_in_another_order_see_no_step_back() {
        let mut told = told();
        assert_eq!(told.at(11), BEGAN_MS + 11);
        assert_eq!(told.at(10), BEGAN_MS + 11);
    }
}
