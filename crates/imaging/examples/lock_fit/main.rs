//! Fits the product lock's model (`locks/product/draped/model.json`) on generated pairs of real product photos.
//!
//! `cargo run --release -p imaging --example lock_fit NUMBERS.jsonl [SEEDS]`: measures pairs of every kind and half into
//! the file (unless it is there already), fits on the fitting half, prints how well the held half is judged, and writes
//! the model.

#![expect(clippy::unwrap_used, reason = "a measuring tool stops at the first surprise")]

mod fit;
#[path = "../../tests/lock/photos.rs"]
mod photos;
mod report;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
};

use image::{DynamicImage, GrayImage, Luma};
use imaging::locks::product::{Reference, measurements, model::Values};
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
        let seeds = argument(2).and_then(|text| text.parse().ok()).unwrap_or(1);
        measure(&folder, seeds, &numbers);
    }
    let lines = BufReader::new(File::open(&numbers).unwrap()).lines();
    let samples: Vec<Sample> = lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let half =
        |half: Half| -> Vec<&Sample> { samples.iter().filter(|s| Half::of(&s.garment) == half).collect() };
    let (own, held) = (half(Half::Fit), half(Half::Held));
    let fitted_on = format!("{} generated pairs of the fitting half's garments", own.len());
    let model = fit::fitted_with_limits(&own, fitted_on);
    report::print("held half", &held, &vec![model.clone(); held.len()]);
    report::print(
        "fitting half, each garment unseen",
        &own,
        &fit::cross_fitted(&own),
    );
    fs::write(MODEL, serde_json::to_string_pretty(&model).unwrap() + "\n").unwrap();
    println!("wrote {MODEL}");
}

/// Measures pairs of every garment of a folder, a line each.
fn measure(folder: &Path, seeds: u64, numbers: &str) {
    let paths = photos::list(folder);
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
            let count = if kind == Kind::Faithful {
                FAITHFUL * seeds
            } else {
                seeds
            };
            for pair in (0..count).filter_map(|seed| generator.pair(index, kind, seed)) {
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
