//! `photogen bench locks`: how well the product lock tells faithful pictures from tampered ones, beside simpler judges.

mod garments;
mod generated;
mod real;
mod report;
mod rivals;
mod trial;

use std::{fs, path::PathBuf, process::ExitCode, thread};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use testkit::pairs;

use self::{garments::Garment, report::Report};
use crate::models;

/// Builds pairs of product photos and pictures, faithful or tampered, and puts the product lock and simpler judges to
/// them: AUC for each kind of tamper, false passes and false rejects, time.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder of product photos, one garment on a plain ground each; without it, the sample photos. Give it again for more.
    #[arg(long, value_name = "DIR")]
    photos: Vec<PathBuf>,
    /// Pairs of each kind of tamper; three times as many faithful ones.
    #[arg(long, value_name = "N", default_value_t = 12)]
    per_kind: usize,
    /// Other pairs by another seed.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Which half of the garments: `fit` is what thresholds may be set on, `held` what is reported.
    #[arg(long, value_enum, default_value_t = Halves::Held)]
    half: Halves,
    /// Real pictures and what they show: a TOML file (docs/bench-real-pairs.toml is one).
    #[arg(long, value_name = "MANIFEST.toml", requires = "root")]
    real: Option<PathBuf>,
    /// The folder that the manifest's paths start from.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Write contact sheets of the pairs, reference beside picture, one PNG a kind.
    #[arg(long, value_name = "DIR")]
    sheet: Option<PathBuf>,
    /// Pairs worked on at a time; as many as there are cores without it.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Put the tables into docs/BENCHMARKS.md of the current folder.
    #[arg(long)]
    write: bool,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

/// Garments by what they may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Halves {
    Fit,
    Held,
    Both,
}

impl Halves {
    fn holds(self, id: &str) -> bool {
        match self {
            Self::Both => true,
            Self::Fit => pairs::Half::of(id) == pairs::Half::Fit,
            Self::Held => pairs::Half::of(id) == pairs::Half::Held,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Fit => "fit",
            Self::Held => "held",
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure!(args.per_kind > 0, "--per-kind must be at least 1");
    for path in args.real.iter().chain(&args.root) {
        ensure!(path.exists(), "there is no {}", path.display());
    }
    let jobs = args
        .jobs
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let folders = if args.photos.is_empty() {
        vec![models::ensure("photos")?.path]
    } else {
        args.photos.clone()
    };
    let paths: Vec<PathBuf> = garments::photos(&folders)?
        .into_iter()
        .filter(|path| args.half.holds(&garments::id(path)))
        .collect();
    ensure!(
        paths.len() > 1,
        "two garments at least are needed; {} found",
        paths.len()
    );
    eprintln!("cutting out {} garments", paths.len());
    let garments: Vec<Garment> = garments::cut(&paths, jobs)?;
    let trials = generated::run(&garments, args.per_kind, args.seed, jobs, args.sheet.as_deref())?;
    let real = match (&args.real, &args.root) {
        (Some(manifest), Some(root)) => Some(real::run(manifest, root, jobs)?),
        _ => None,
    };
    let report = Report::new(
        &trials,
        real.as_deref(),
        report::Setting {
            garments: garments.len(),
            half: args.half.name(),
            per_kind: args.per_kind,
            seed: args.seed,
        },
    );
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{}", report.markdown());
    }
    if args.write {
        write(&report.markdown())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Between these lines of docs/BENCHMARKS.md stands what `--write` wrote last.
const MARKS: (&str, &str) = (
    "<!-- photogen bench locks -->",
    "<!-- end of photogen bench locks -->",
);

fn write(tables: &str) -> anyhow::Result<()> {
    let path = PathBuf::from("docs/BENCHMARKS.md");
    let old = if path.exists() {
        fs::read_to_string(&path).with_context(|| path.display().to_string())?
    } else {
        "# Benchmarks\n\nEvery number here is printed by a command that anyone can repeat.\n".to_owned()
    };
    fs::write(&path, with_section(&old, tables)).with_context(|| path.display().to_string())
}

/// The document with the section between the marks replaced, or appended where there is none.
fn with_section(old: &str, tables: &str) -> String {
    let section = format!("{}\n\n{}\n{}", MARKS.0, tables.trim_end(), MARKS.1);
    let between = old.split_once(MARKS.0).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(MARKS.1)?;
        Some((before, after))
    });
    match between {
        Some((before, after)) => format!("{before}{section}{after}"),
        None => format!("{}\n\n{section}\n", old.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_nothing_else() {
        let first = with_section("# Title\n", "one");
        let second = with_section(&format!("{first}\nkept\n"), "two");
        assert!(
            second.starts_with("# Title\n") && second.ends_with("\nkept\n"),
            "{second}"
        );
        assert!(second.contains("two") && !second.contains("one"), "{second}");
        assert_eq!(with_section(&second, "two"), second);
    }
}
