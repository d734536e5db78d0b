//! Fits the product lock's model (`locks/product/draped/model.json`) on generated pairs of real product photos.
//!
//! `cargo run --release -p imaging --example lock_fit NUMBERS.jsonl [SEEDS] [FROM]`: measures pairs of every kind of the
//! fitting half into the file (unless it is there already), each kind with so many seeds counted from FROM, fits on
//! them, prints how well each garment is judged by a model that did not see it, and writes the model. The held half is
//! for `photogen bench locks` alone.

#![expect(clippy::unwrap_used, reason = "a measuring tool stops at the first surprise")]

mod fit;
#[path = "../../tests/lock/photos.rs"]
mod photos;
mod report;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    ops::Range,
    path::Path,
};

use image::{DynamicImage, GrayImage, Luma};
use imaging::locks::product::{
    Reference, measurements,
    model::{Model, Values},
};
use serde::{Deserialize, Serialize};
use testkit::pairs::{self, Generator, Half, Kind};

/// Where the model is kept.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/locks/product/draped/model.json");
/// Faithful pictures for each picture of another kind.
const FAITHFUL: u64 = 3;

/// A measured pair.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) garment: String,
    pub(crate) kind: String,
    pub(crate) seed: u64,
    pub(crate) values: Values,
}

impl Sample {
    pub(crate) fn is_faithful(&self) -> bool {
        Kind::ALL
            .iter()
            .any(|kind| kind.name() == self.kind && kind.is_faithful())
    }
}

fn main() {
    let argument = |n: usize| std::env::args().nth(n);
    let Some(numbers) = argument(1) else {
        return println!("say where the numbers are, or shall go: lock_fit NUMBERS.jsonl");
    };
    if !Path::new(&numbers).exists() {
        let Some(folder) = testkit::garment_photos() else {
            return println!("no photos: set PHOTOGEN_PHOTOS");
        };
        let number = |n: usize| argument(n).and_then(|text| text.parse::<u64>().ok());
        let from = number(3).unwrap_or(0);
        measure(&folder, from..from + number(2).unwrap_or(1), &numbers);
    }
    let lines = BufReader::new(File::open(&numbers).unwrap()).lines();
    let samples: Vec<Sample> = lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let samples: Vec<&Sample> = samples.iter().collect();
    let fitted_on = format!("{} generated pairs of the fitting half's garments", samples.len());
    let model = fit::fitted_with_limits(&samples, fitted_on);
    let unseen = fit::cross_fitted(&samples).into_iter().map(|own| Model {
        blame: model.blame.clone(),
        ..own
    });
    report::print("each garment unseen", &samples, &unseen.collect::<Vec<_>>());
    fs::write(MODEL, serde_json::to_string_pretty(&model).unwrap() + "\n").unwrap();
    println!("wrote {MODEL}");
}

/// Measures pairs of every garment of a folder that is for fitting, a line each.
fn measure(folder: &Path, seeds: Range<u64>, numbers: &str) {
    let mut paths = photos::list(folder);
    paths.retain(|path| Half::of(&path.file_stem().unwrap().to_string_lossy()) == Half::Fit);
    let cutouts: Vec<_> = paths.iter().map(|path| photos::cutout(path)).collect();
    let sources: Vec<pairs::Reference> = paths
        .iter()
        .zip(&cutouts)
        .map(|(path, cutout)| {
            let pixels = DynamicImage::ImageRgba16(cutout.pixels.clone()).to_rgba8();
            pairs::Reference {
                id: path.file_stem().unwrap().to_string_lossy().into_owned(),
                photo: image::open(path).unwrap().to_rgb8(),
                alpha: GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
                    Luma([pixels.get_pixel(x, y)[3]])
                }),
            }
        })
        .collect();
    let generator = Generator::new(&sources, Vec::new());
    let mut out = File::create(numbers).unwrap();
    for (index, cutout) in cutouts.iter().enumerate() {
        let reference = Reference::new(cutout);
        for kind in Kind::ALL {
            let times = if kind == Kind::Faithful { FAITHFUL } else { 1 };
            let seeds = seeds.start * times..seeds.end * times;
            for pair in seeds.filter_map(|seed| generator.pair(index, kind, seed)) {
                let picture = DynamicImage::ImageRgb8(pair.candidate).to_rgba16();
                let Some(values) = measurements(&reference, &picture) else {
                    continue;
                };
                let sample = Sample {
                    garment: sources[index].id.clone(),
                    kind: kind.name().to_owned(),
                    seed: pair.seed,
                    values,
                };
                writeln!(out, "{}", serde_json::to_string(&sample).unwrap()).unwrap();
            }
        }
    }
}
