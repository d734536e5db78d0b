//! `photogen bench identity`: who passes for whom, and how long a look takes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, anyhow, ensure};
use domain::verdict::{Outcome, Verdict};
use imaging::{
    locks::identity::{self, References},
    vision::face::{FaceEmbedder, Limits, Sighting},
};

use crate::{faces, files, models};

/// Every pair of the sample people, and of your own photos.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Folders of more photos: each file in one is another person, each folder in one is one person.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    photos: Vec<PathBuf>,
}

/// How often each picture is looked at.
const TRIES: u32 = 3;

/// One photo that was looked at.
struct Looked {
    person: String,
    name: String,
    seen: Sighting,
    /// Milliseconds a megapixel, the best of [`TRIES`]: what else the machine does is not what is measured.
    cost: f64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let embedder = faces::open()?.map_err(|reason| anyhow!(reason))?;
    let limits = faces::limits(&*embedder)?;
    let mut photos = sample_people()?;
    for folder in &args.photos {
        photos.append(&mut people_in(folder)?);
    }
    let looked = photos
        .into_iter()
        .map(|(person, path)| look(&*embedder, person, &path))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let pairs = matrix(&looked, limits);
    rates(&pairs, limits)?;
    times(&looked);
    Ok(ExitCode::SUCCESS)
}

/// `1_selfie.jpg`: what stands before the line is the person.
fn sample_people() -> anyhow::Result<Vec<(String, PathBuf)>> {
    let person = |path: PathBuf| {
        let name = name_of(&path);
        let person = name.split('_').next().unwrap_or_default();
        (format!("sample {person}"), path)
    };
    let photos = files_in(&models::ensure("openvto-people")?.path)?;
    Ok(photos.into_iter().map(person).collect())
}

fn people_in(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for path in files_in(folder)? {
        let person = path.display().to_string();
        if path.is_dir() {
            found.extend(files_in(&path)?.into_iter().map(|photo| (person.clone(), photo)));
        } else {
            found.push((person, path));
        }
    }
    Ok(found)
}

/// What lies in a folder, by name; hidden files left out.
fn files_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    paths.retain(|path| !name_of(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn look(embedder: &dyn FaceEmbedder, person: String, path: &Path) -> anyhow::Result<Looked> {
    let picture = files::open(path)?.pixels;
    let megapixels = f64::from(picture.width()) * f64::from(picture.height()) / 1e6;
    let mut looks = Vec::new();
    for _ in 0..TRIES {
        let started = Instant::now();
        let seen = embedder.look(&picture)?;
        looks.push((started.elapsed().as_secs_f64() * 1e3 / megapixels, seen));
    }
    let best = looks.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let (cost, seen) = best.context("nothing was looked at")?;
    Ok(Looked {
        person,
        name: name_of(path),
        seen,
        cost,
    })
}

/// Scores of pairs: of one person, and of two; and how many of each the lock passes, which asks more than a score.
struct Pairs {
    same: Vec<f64>,
    different: Vec<f64>,
    passed: [usize; 2],
}

/// Prints the score of every picture against every reference, and gathers those of different photos.
fn matrix(looked: &[Looked], limits: Limits) -> Pairs {
    let mut pairs = Pairs {
        same: Vec::new(),
        different: Vec::new(),
        passed: [0; 2],
    };
    for candidate in looked {
        let mut row = format!("{:<16}", candidate.name);
        for reference in looked {
            let verdict = judged(reference, candidate, limits);
            let score = verdict.as_ref().and_then(|verdict| verdict.score);
            row += &score.map_or("    -".to_owned(), |score| format!(" {score:.2}"));
            let (Some(verdict), Some(score), true) = (verdict, score, candidate.name != reference.name)
            else {
                continue;
            };
            let is_same = candidate.person == reference.person;
            pairs.passed[usize::from(!is_same)] += usize::from(verdict.outcome == Outcome::Passed);
            if is_same {
                pairs.same.push(score);
            } else {
                pairs.different.push(score);
            }
        }
        println!("{row}");
    }
    pairs
}

/// None where the reference cannot be one.
fn judged(reference: &Looked, candidate: &Looked, limits: Limits) -> Option<Verdict> {
    let references = References::new(vec![(reference.name.clone(), reference.seen.clone())]).ok()?;
    Some(identity::check(&references, &candidate.seen, limits))
}

fn rates(
    Pairs {
        same,
        different,
        passed,
    }: &Pairs,
    limits: Limits,
) -> anyhow::Result<()> {
    ensure!(!same.is_empty() && !different.is_empty(), "no pairs to compare");
    let below = |scores: &[f64], bar: f64| {
        let count = scores.iter().filter(|&&score| score < bar).count();
        100.0 * count as f64 / scores.len() as f64
    };
    let lowest = same.iter().copied().fold(1.0, f64::min);
    let highest = different.iter().copied().fold(0.0, f64::max);
    println!();
    println!("pairs of one person    {:>6}, lowest  {lowest:.3}", same.len());
    println!(
        "pairs of two people    {:>6}, highest {highest:.3}",
        different.len()
    );
    println!(
        "the lock passes        {:>6} of one person, {} of two people",
        passed[0], passed[1]
    );
    let mut bars: Vec<f64> = same.iter().chain(different).copied().collect();
    bars.sort_by(f64::total_cmp);
    // Where as many of one person fall below as of two people do not.
    let gap = |bar: f64| (below(same, bar) - (100.0 - below(different, bar))).abs();
    if let Some(bar) = bars.into_iter().min_by(|a, b| gap(*a).total_cmp(&gap(*b))) {
        let rate = f64::midpoint(below(same, bar), 100.0 - below(different, bar));
        println!("equal error rate       {rate:>5.1} % at {bar:.3}");
    }
    for (name, bar) in [("pass", limits.pass), ("review", limits.review)] {
        println!(
            "{name:<6} {bar:.2}            {:>5.1} % of two people reach it, {:>5.1} % of one person do not",
            100.0 - below(different, bar),
            below(same, bar)
        );
    }
    Ok(())
}

fn times(looked: &[Looked]) {
    let mut each: Vec<f64> = looked.iter().map(|photo| photo.cost).collect();
    each.sort_by(f64::total_cmp);
    println!(
        "a look takes           {:>5.0} ms a megapixel (median of the best of {TRIES}; longest {:.0})",
        each[each.len() / 2],
        each[each.len() - 1]
    );
}
