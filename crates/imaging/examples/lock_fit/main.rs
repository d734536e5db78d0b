//! Fits the product lock's model (`locks/product/draped/model.json`) on generated pairs of real product photos.
//!
//! `cargo run --release -p imaging --example lock_fit NUMBERS.jsonl [SEEDS] [FROM]`: measures pairs of every kind of the
//! fitting half into the file (unless it is there already), each kind with so many seeds counted from FROM, fits on
//! them, prints how well each garment is judged by a model that did not see it, and writes the model. The held half is
//! for `photogen bench locks` alone. `KEEP=1` leaves the model as it is. `PHOTOS` names a folder of more product photos
//! to fit on, none of which may show a garment of the held half; the shipped model was fitted with those that `photos.tsv`
//! lists: examples that try-on projects and demonstration shops publish, without those that show people, that we have, or
//! that have a wild ground, each as JPEG of quality 95 over white.

#![expect(clippy::unwrap_used, reason = "a measuring tool stops at the first surprise")]

mod fit;
mod measure;
mod report;

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

use imaging::locks::product::model::{Model, Values};
use serde::{Deserialize, Serialize};
use testkit::pairs::Kind;

/// Where the model is kept.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/locks/product/draped/model.json");

/// A measured pair.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) garment: String,
    pub(crate) kind: String,
    pub(crate) seed: u64,
    pub(crate) values: Values,
    /// The flat road's score, where it judges alone.
    pub(crate) flat: Option<f64>,
}

impl Sample {
    /// Front and back are of one product.
    pub(crate) fn product(&self) -> &str {
        self.garment.trim_end_matches("_back").trim_end_matches("_front")
    }

    pub(crate) fn is_faithful(&self) -> bool {
        Kind::ALL
            .iter()
            .any(|kind| kind.name() == self.kind && kind.is_faithful())
    }
}

fn main() {
    let argument = |n: usize| env::args().nth(n);
    let Some(numbers) = argument(1) else {
        return println!("say where the numbers are, or shall go: lock_fit NUMBERS.jsonl");
    };
    if !Path::new(&numbers).exists() {
        let number = |n: usize| argument(n).and_then(|text| text.parse::<u64>().ok());
        let from = number(3).unwrap_or(0);
        let measured = measure::run(from..from + number(2).unwrap_or(1));
        let lines: Vec<String> = measured
            .iter()
            .map(|sample| serde_json::to_string(sample).unwrap() + "\n")
            .collect();
        fs::write(&numbers, lines.concat()).unwrap();
    }
    let lines = BufReader::new(File::open(&numbers).unwrap()).lines();
    let samples: Vec<Sample> = lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let samples: Vec<&Sample> = samples.iter().collect();
    let products: BTreeSet<&str> = samples.iter().map(|sample| sample.product()).collect();
    let fitted_on = format!(
        "{} generated pairs of {} products, none of them of the held half",
        samples.len(),
        products.len()
    );
    let model = fit::fitted_with_limits(&samples, fitted_on);
    let unseen = fit::cross_fitted(&samples).into_iter().map(|own| Model {
        blame: model.blame.clone(),
        fault_pass: model.fault_pass,
        fault_fail: model.fault_fail,
        ..own
    });
    report::print("each garment unseen", &samples, &unseen.collect::<Vec<_>>());
    if env::var_os("KEEP").is_none() {
        fs::write(MODEL, serde_json::to_string_pretty(&model).unwrap() + "\n").unwrap();
        println!("wrote {MODEL}");
    }
}
