//! Trials on generated pairs.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::Context as _;
use image::{RgbImage, imageops};
use imaging::Picture;
use testkit::pairs::{self, Generator, Kind};

use super::{garments::Garment, trial::Trial};
use crate::preflight;

/// Rounds over the garments, each with seeds of its own, until there are pairs enough of a kind.
const ROUNDS: u64 = 6;
/// Faithful pairs for each pair of a tamper.
const FAITHFUL: usize = 3;
/// Longer side of a picture kept for a contact sheet, in pixels.
const THUMB: u32 = 240;

/// As many pairs of each kind as asked, or as the garments give, put to every judge.
pub(super) fn run(
    garments: &[Garment],
    per_kind: usize,
    seed: u64,
    jobs: usize,
    sheets: Option<&Path>,
) -> anyhow::Result<Vec<Trial>> {
    let generator = Generator::new(garments.iter().map(|garment| &garment.source), Vec::new());
    let mut trials = Vec::new();
    for kind in Kind::ALL {
        let wanted = if kind == Kind::Faithful {
            FAITHFUL * per_kind
        } else {
            per_kind
        };
        let found = of_kind(&generator, garments, kind, wanted, seed, jobs, sheets.is_some());
        eprintln!("{}: {} pairs", kind.name(), found.len());
        if let Some(folder) = sheets {
            write_sheet(folder, kind, garments, &found)?;
        }
        trials.extend(found.into_iter().map(|found| found.trial));
    }
    Ok(trials)
}

struct Found {
    garment: usize,
    thumb: Option<RgbImage>,
    trial: Trial,
}

fn of_kind(
    generator: &Generator,
    garments: &[Garment],
    kind: Kind,
    wanted: usize,
    seed: u64,
    jobs: usize,
    keep: bool,
) -> Vec<Found> {
    // Garments to which the kind does not apply are not asked again.
    let mut hopeful: Vec<usize> = (0..garments.len()).collect();
    let mut found = Vec::new();
    for round in 0..ROUNDS {
        let mut refused = BTreeSet::new();
        for chunk in shuffled(&hopeful, seed ^ round).chunks(jobs.max(1) * 2) {
            if found.len() >= wanted {
                return found;
            }
            let made = preflight::pool::map(chunk, jobs, |garment| {
                let pair = generator.pair(*garment, kind, seed.wrapping_mul(1000) + round)?;
                Some(judged(&garments[*garment], &pair, keep))
            });
            for (garment, made) in chunk.iter().zip(made) {
                match made {
                    Some(made) if found.len() < wanted => found.push(made),
                    Some(_) => {}
                    None => {
                        refused.insert(*garment);
                    }
                }
            }
        }
        hopeful.retain(|garment| !refused.contains(garment));
    }
    found
}

fn judged(garment: &Garment, pair: &pairs::Pair, keep: bool) -> Found {
    let candidate = picture(&pair.candidate);
    Found {
        garment: pair.garment,
        thumb: keep.then(|| {
            imageops::thumbnail(
                &pair.candidate,
                THUMB,
                THUMB * pair.candidate.height() / pair.candidate.width(),
            )
        }),
        trial: Trial::of(
            pair.kind.name(),
            pair.kind.is_faithful(),
            garment,
            &candidate,
            &pair.candidate,
        ),
    }
}

fn picture(candidate: &RgbImage) -> Picture {
    Picture::from_fn(candidate.width(), candidate.height(), |x, y| {
        let [r, g, b] = candidate.get_pixel(x, y).0.map(|v| u16::from(v) * 257);
        image::Rgba([r, g, b, u16::MAX])
    })
}

/// In an order of the seed's.
fn shuffled(indices: &[usize], seed: u64) -> Vec<usize> {
    let mut random = testkit::Random::new(seed);
    let mut keyed: Vec<(u64, usize)> = indices.iter().map(|index| (random.next_u64(), *index)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, index)| index).collect()
}

fn write_sheet(folder: &Path, kind: Kind, garments: &[Garment], found: &[Found]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let rows: Vec<(&RgbImage, &RgbImage)> = found
        .iter()
        .filter_map(|found| Some((&garments[found.garment].photo, found.thumb.as_ref()?)))
        .collect();
    let path = folder.join(format!("{}.png", kind.name()));
    pairs::sheet(&rows)
        .save(&path)
        .with_context(|| path.display().to_string())
}
