//! Progress of a shoot: a live bar on a terminal, plain lines elsewhere, JSON events for programs.

use std::{
    io::{IsTerminal as _, stderr},
    sync::Mutex,
    time::Duration,
};

use domain::clock::{Clock as _, EpochMs};
use engines::SharedEngine;
use indicatif::{ProgressBar, ProgressDrawTarget};
use store::generations::AttemptEnd;
use worker::{Ended, Listener};

use super::events::{Events, style};
use crate::clock::SystemClock;

/// The least time between two plain progress lines.
const PLAIN_LINE_EVERY_MS: i64 = 5_000;

/// Counts pictures as they end and shows them.
pub(crate) struct Progress {
    events: Events,
    bar: ProgressBar,
    is_plain: bool,
    started_ms: EpochMs,
    to_make: usize,
    engines: Vec<SharedEngine>,
    tally: Mutex<Tally>,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    done: usize,
    failed: usize,
    skipped: usize,
    said_ms: EpochMs,
}

impl Tally {
    fn ended(&self) -> usize {
        self.done + self.failed + self.skipped
    }
}

impl Progress {
    pub(crate) fn new(to_make: usize, events: Events, engines: Vec<SharedEngine>) -> Self {
        let is_terminal = stderr().is_terminal() && !events.is_json();
        let bar = ProgressBar::with_draw_target(Some(to_make as u64), ProgressDrawTarget::stderr());
        bar.set_style(style(
            "pictures {bar:30} {pos}/{len}  {msg}  {elapsed} elapsed, {eta} left",
        ));
        if is_terminal && to_make > 0 {
            bar.enable_steady_tick(Duration::from_millis(250));
        } else {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let started_ms = SystemClock.now_ms();
        let tally = Mutex::new(Tally {
            said_ms: started_ms,
            ..Tally::default()
        });
        Self {
            events,
            bar,
            is_plain: !is_terminal && !events.is_json(),
            started_ms,
            to_make,
            engines,
            tally,
        }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    pub(crate) fn elapsed_ms(&self) -> i64 {
        SystemClock.now_ms() - self.started_ms
    }

    /// Pictures that failed or were rejected, and pictures not made yet.
    pub(crate) fn failed_and_left(&self) -> (usize, usize) {
        let tally = self
            .tally
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        (tally.failed, self.to_make.saturating_sub(tally.ended()))
    }

    fn count(&self, end: &AttemptEnd) -> Tally {
        let mut tally = self
            .tally
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match end {
            AttemptEnd::Completed(_) => tally.done += 1,
            AttemptEnd::Refused(_) => tally.skipped += 1,
            AttemptEnd::Failed(_) | AttemptEnd::Rejected(_) => tally.failed += 1,
            AttemptEnd::Retry { .. } => {}
        }
        let now_ms = SystemClock.now_ms();
        let seen = *tally;
        let is_due = now_ms - tally.said_ms >= PLAIN_LINE_EVERY_MS || tally.ended() == self.to_make;
        if is_due {
            tally.said_ms = now_ms;
        }
        Tally {
            said_ms: if is_due { now_ms } else { 0 },
            ..seen
        }
    }

    fn words(&self, tally: &Tally) -> String {
        let seconds = (self.elapsed_ms().max(1)) as f64 / 1000.0;
        let rate = tally.ended() as f64 / seconds;
        format!(
            "{} done, {} failed, {} skipped, {rate:.2}/s{}",
            tally.done,
            tally.failed,
            tally.skipped,
            self.resting()
        )
    }

    /// Engines that are not asked for a while, because they failed many times in a row.
    fn resting(&self) -> String {
        let resting = self.engines.iter().filter_map(|engine| {
            let rests_ms = engine.health()?.rests_ms?;
            Some(format!(
                "; {} rests {} s",
                engine.card().name,
                rests_ms / 1000 + 1
            ))
        });
        resting.collect()
    }

    fn say_trouble(&self, ended: &Ended<'_>) {
        let why = match ended.end {
            AttemptEnd::Failed(why) | AttemptEnd::Rejected(why) | AttemptEnd::Refused(why) => why,
            AttemptEnd::Retry { message, .. } => message,
            AttemptEnd::Completed(_) => return,
        };
        let again = if matches!(ended.end, AttemptEnd::Retry { .. }) {
            " (will be tried again)"
        } else {
            ""
        };
        let line = format!("{} {}: {why}{again}", ended.shot.product.sku, ended.shot.pose);
        if self.is_plain {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}

impl Listener for Progress {
    fn ended(&self, ended: &Ended<'_>) {
        self.events.ended(ended);
        let tally = self.count(ended.end);
        self.say_trouble(ended);
        self.bar.set_position(tally.ended() as u64);
        self.bar.set_message(self.words(&tally));
        if self.is_plain && tally.said_ms > 0 {
            let left_s = self.elapsed_ms() as f64 / 1000.0 / tally.ended().max(1) as f64
                * self.to_make.saturating_sub(tally.ended()) as f64;
            eprintln!(
                "pictures {}/{}: {}, {left_s:.0} s left",
                tally.ended(),
                self.to_make,
                self.words(&tally)
            );
        }
    }
}
