//! How well models judge measured pairs: the area under the curve for each kind, verdicts, and which part they blame.

use std::collections::BTreeMap;

use domain::verdict::Outcome;
use imaging::locks::product::model::Model;

use crate::Sample;

/// Scores under which the flat road passes no picture, and fails it.
const FLAT_LIMITS: [f64; 2] = [0.5, 0.25];

/// A sample and what its model says, on the road that judges it.
struct Judged<'a> {
    sample: &'a Sample,
    rank: f64,
    outcome: Outcome,
    part: &'a str,
}

impl<'a> Judged<'a> {
    fn of(sample: &'a Sample, model: &'a Model) -> Self {
        let parts = model.badness(&sample.values);
        let [pass, fail] = FLAT_LIMITS;
        let (rank, outcome) = match sample.flat {
            Some(score) if score >= pass => (score, Outcome::Passed),
            Some(score) if score >= fail => (score, Outcome::Doubtful),
            Some(score) => (score, Outcome::Failed),
            None => (
                1.0 / (1.0 + (-model.margin(&sample.values)).exp()),
                model.outcome(&sample.values),
            ),
        };
        Self {
            sample,
            rank,
            outcome,
            part: model.blamed(&parts).unwrap_or_default(),
        }
    }
}

/// Prints a table; `models` holds the model of each sample. Every faithful picture that fails and every tampered one
/// that passes is named.
pub(crate) fn print(title: &str, samples: &[&Sample], models: &[Model]) {
    let judged: Vec<Judged> = samples
        .iter()
        .zip(models)
        .map(|(sample, model)| Judged::of(sample, model))
        .collect();
    let ranks = |wanted: &dyn Fn(&Sample) -> bool| -> Vec<f64> {
        let own = judged.iter().filter(|judged| wanted(judged.sample));
        own.map(|judged| judged.rank).collect()
    };
    let (right, wrong) = (ranks(&|s| s.is_faithful()), ranks(&|s| !s.is_faithful()));
    let share = |wanted: Outcome, faithful: bool| {
        let own = judged.iter().filter(|j| j.sample.is_faithful() == faithful);
        let count = own.filter(|j| j.outcome == wanted).count();
        100.0 * count as f64 / if faithful { right.len() } else { wrong.len() } as f64
    };
    println!(
        "{title}: {} faithful, {} tampered, AUC {:.3}, false reject {:.1} %, false pass {:.1} %",
        right.len(),
        wrong.len(),
        area(&right, &wrong),
        share(Outcome::Failed, true),
        share(Outcome::Passed, false),
    );
    let mut kinds: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for judged in &judged {
        kinds.entry(&judged.sample.kind).or_default().push(judged);
    }
    for (kind, own) in kinds {
        let count = |wanted: Outcome| own.iter().filter(|j| j.outcome == wanted).count();
        let mut parts: BTreeMap<&str, usize> = BTreeMap::new();
        for judged in own.iter().filter(|j| j.sample.flat.is_none()) {
            *parts.entry(judged.part).or_default() += 1;
        }
        let ranks: Vec<f64> = own.iter().map(|j| j.rank).collect();
        println!(
            "  {kind:18} {:3} pairs, AUC {:.3}, passed {:3}, doubtful {:3}, failed {:3}, blamed {parts:?}",
            own.len(),
            area(&right, &ranks),
            count(Outcome::Passed),
            count(Outcome::Doubtful),
            count(Outcome::Failed),
        );
    }
    for judged in &judged {
        let wrong = if judged.sample.is_faithful() {
            Outcome::Failed
        } else {
            Outcome::Passed
        };
        if judged.outcome == wrong {
            let Sample {
                garment,
                kind,
                seed,
                flat,
                ..
            } = judged.sample;
            let (rank, part) = (judged.rank, judged.part);
            println!("  wrong: {garment} {kind} seed {seed}: rank {rank:.4}, {part}, flat {flat:?}");
        }
    }
}

/// The chance that a right picture ranks above a wrong one.
fn area(right: &[f64], wrong: &[f64]) -> f64 {
    let pairs = right.iter().flat_map(|r| wrong.iter().map(move |w| (r, w)));
    let won = pairs.map(|(r, w)| {
        if r > w {
            1.0
        } else if r < w {
            0.0
        } else {
            0.5
        }
    });
    won.sum::<f64>() / (right.len() * wrong.len()).max(1) as f64
}
