//! How often the product lock is right on real garments, by kind of picture.
//!
//! `cargo run -p imaging --example lock_rates [EVERY_NTH] [all]`: `all` prints every picture, else only wrong verdicts.

#![expect(clippy::unwrap_used, reason = "a measuring tool stops at the first surprise")]

#[path = "../tests/lock/kinds.rs"]
mod kinds;
#[path = "../tests/lock/lab.rs"]
mod lab;
#[path = "../tests/lock/photos.rs"]
mod photos;
#[path = "../tests/lock/studio.rs"]
mod studio;
#[path = "../tests/lock/tamper.rs"]
mod tamper;

use std::collections::BTreeMap;

use domain::verdict::Outcome;
use imaging::locks::product::{Reference, check};

/// Milliseconds this process has computed for; other programs do not count.
fn cpu_ms() -> u32 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds: u64 = text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    (nanoseconds / 1_000_000) as u32
}

fn main() {
    let Some(folder) = testkit::garment_photos() else {
        return println!("no photos: set PHOTOGEN_PHOTOS");
    };
    let argument = |n: usize| std::env::args().nth(n);
    let step: usize = argument(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let all = argument(2).is_some();
    let list = photos::list(&folder);
    let cutouts: Vec<_> = list
        .iter()
        .step_by(step)
        .map(|path| photos::cutout(path))
        .collect();
    let mut table: BTreeMap<&str, [u32; 6]> = BTreeMap::new();
    for (index, cutout) in cutouts.iter().enumerate() {
        let reference = Reference::new(cutout);
        let name = list[index * step].file_stem().unwrap().to_string_lossy();
        for picture in kinds::pictures(&cutouts, index) {
            let started = cpu_ms();
            let verdict = check(&reference, &picture.pixels, picture.framing);
            let time_ms = cpu_ms() - started;
            let row = table.entry(picture.kind).or_default();
            row[verdict.outcome as usize] += 1;
            row[5] += time_ms;
            let wrong = (verdict.outcome == Outcome::Passed) != picture.faithful;
            if wrong || all {
                println!(
                    "{name:12} {:16} {:?} {time_ms} ms {}",
                    picture.kind, verdict.outcome, verdict.evidence
                );
            }
        }
    }
    println!(
        "{:16} {:>7} {:>8} {:>6} {:>12} {:>8}",
        "kind", "passed", "doubtful", "failed", "unverifiable", "cpu ms"
    );
    for (kind, [passed, doubtful, failed, _, unverifiable, time_ms]) in table {
        let count = passed + doubtful + failed + unverifiable;
        println!(
            "{kind:16} {passed:7} {doubtful:8} {failed:6} {unverifiable:12} {:8}",
            time_ms / count
        );
    }
}
