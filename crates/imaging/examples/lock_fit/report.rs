//! How well models judge measured pairs: the area under the curve for each kind, and which part they blame.

use std::collections::BTreeMap;

use imaging::locks::product::model::Model;

use crate::Sample;

/// Prints a table; `models` holds the model of each sample.
pub(crate) fn print(title: &str, samples: &[&Sample], models: &[Model]) {
    let judged: Vec<(&Sample, f64, &str)> = samples
        .iter()
        .zip(models)
        .map(|(sample, model)| {
            let parts = model.badness(&sample.values);
            let blamed = model.blamed(&parts);
            (*sample, model.margin(&sample.values), blamed.unwrap_or_default())
        })
        .collect();
    let margins = |wanted: &dyn Fn(&Sample) -> bool| -> Vec<f64> {
        judged
            .iter()
            .filter(|(sample, ..)| wanted(sample))
            .map(|(_, margin, _)| *margin)
            .collect()
    };
    let (right, wrong) = (margins(&|s| s.is_faithful()), margins(&|s| !s.is_faithful()));
    println!(
        "{title}: {} faithful, {} tampered, AUC {:.3}",
        right.len(),
        wrong.len(),
        area(&right, &wrong)
    );
    let mut kinds: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (sample, _, part) in judged.iter().filter(|(sample, ..)| !sample.is_faithful()) {
        *kinds.entry(&sample.kind).or_default().entry(part).or_default() += 1;
    }
    for (kind, parts) in kinds {
        let own = margins(&|sample| sample.kind == kind);
        println!(
            "  {kind:18} {:3} pairs, AUC {:.3}, blamed {parts:?}",
            own.len(),
            area(&right, &own)
        );
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
