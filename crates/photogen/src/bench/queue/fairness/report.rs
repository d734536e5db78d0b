//! What was measured, in words, for machines and drawn.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Args, DELAY_S_MAX, FEW, Measured, Round};
use crate::{
    bench::{
        plot::{self, Panel},
        statistics::{median, worst},
    },
    counted::grouped,
};

/// The middle and the longest of some times.
struct Times {
    median_s: f64,
    worst_s: f64,
}

impl Times {
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let times: Vec<f64> = times.collect();
        Self {
            median_s: median(&times).unwrap_or_default(),
            worst_s: worst(&times).unwrap_or_default(),
        }
    }

    fn pictures(rounds: &[Round]) -> Self {
        Self::of(rounds.iter().flat_map(Round::took_s))
    }

    fn answers(rounds: &[Round]) -> Self {
        Self::of(rounds.iter().map(|round| round.answer_s))
    }

    fn json(&self) -> Value {
        json!({ "median": self.median_s, "worst": self.worst_s })
    }
}

impl Measured {
    /// How much longer the slowest of the few took than one does on an idle queue.
    pub(super) fn delay_s(&self) -> f64 {
        Times::pictures(&self.busy).worst_s - Times::pictures(&self.idle).median_s
    }

    /// How long the many took.
    fn took_s(&self) -> f64 {
        self.many.last().map_or(0.0, |last| self.since_s(last))
    }

    fn since_s(&self, time: &Instant) -> f64 {
        time.saturating_duration_since(self.started).as_secs_f64()
    }

    fn many_per_s(&self) -> f64 {
        self.many.len() as f64 / self.took_s().max(1e-9)
    }

    pub(super) fn json(&self, args: &Args) -> Value {
        json!({
            "bench": "fairness", "database": format!("{:?}", args.database), "queued": args.queued, "rounds": args.rounds,
            "slots": args.slots, "idle_s": Times::pictures(&self.idle).json(), "busy_s": Times::pictures(&self.busy).json(),
            "idle_answer_s": Times::answers(&self.idle).json(), "busy_answer_s": Times::answers(&self.busy).json(),
            "delay_s": self.delay_s(), "many_per_s": self.many_per_s(),
        })
    }

    pub(super) fn print(&self, args: &Args) {
        println!(
            "{} pictures of one workspace in the queue, {FEW} of another ordered {} times, on {:?}, {} in work at once",
            grouped(args.queued as usize),
            args.rounds,
            args.database,
            args.slots
        );
        println!("  {:<42} {:>8} {:>8}", "", "median s", "worst s");
        for (what, times) in [
            ("answer to end, idle queue", Times::pictures(&self.idle)),
            ("answer to end, among the many", Times::pictures(&self.busy)),
            ("order to answer, idle queue", Times::answers(&self.idle)),
            ("order to answer, among the many", Times::answers(&self.busy)),
        ] {
            println!("  {what:<42} {:>8.3} {:>8.3}", times.median_s, times.worst_s);
        }
        let (delay_s, rate) = (self.delay_s(), grouped(self.many_per_s() as usize));
        println!("  delay of the slowest, of {DELAY_S_MAX} s allowed       {delay_s:>14.3}");
        println!("  pictures a second of the many              {rate:>17}");
    }

    pub(super) fn drawn(&self) -> String {
        let slowest = Times::pictures(&self.idle).worst_s;
        let few = self.busy.iter().flat_map(move |round| {
            let ends = round.ended.iter().map(move |ended| self.since_s(ended));
            ends.zip(round.took_s())
        });
        let panels = [
            Panel {
                title: "pictures a second of the workspace with many",
                line: self.rate(),
                ..Panel::default()
            },
            Panel {
                title: "nine pictures of another: seconds from the order's answer to the end of each",
                marks: few.collect(),
                level: Some((slowest, "slowest on an idle queue".to_owned())),
                ..Panel::default()
            },
        ];
        plot::draw(&panels, self.took_s())
    }

    /// Pictures a second of the many, by seconds.
    fn rate(&self) -> Vec<(f64, f64)> {
        let step = (self.took_s() / 120.0).max(0.1);
        let mut counts = vec![0_u32; (self.took_s() / step) as usize + 1];
        for ended in &self.many {
            counts[(self.since_s(ended) / step) as usize] += 1;
        }
        // What is left at the end is no whole step.
        counts.pop();
        let rate = |(number, count): (usize, &u32)| ((number as f64 + 0.5) * step, f64::from(*count) / step);
        counts.iter().enumerate().map(rate).collect()
    }
}
