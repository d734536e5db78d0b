//! `photogen thresholds`: what a picture must score to pass each lock of a catalogue, and what another line would change.

use std::{path::PathBuf, process::ExitCode};

use anyhow::ensure;
use domain::{
    clock::Clock as _,
    ids::WorkspaceId,
    threshold::{Threshold, Thresholds},
    verdict::Outcome,
};
use imaging::locks;
use serde_json::json;
use store::{
    Store,
    thresholds::{Judged, Scope, ThresholdVersion},
};

use crate::{clock::SystemClock, shoot::folder};

/// Shows and sets the scores that pictures of a catalogue need to pass its locks
///
/// A threshold is read before every picture is judged, so one set while a shoot runs holds for its next picture. Every
/// version is kept.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  photogen thresholds list --out catalogue
  photogen thresholds what-if product 0.8 --out catalogue --last 200
  photogen thresholds set product 0.8 --out catalogue
  photogen thresholds reset product --out catalogue")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Every threshold set in this catalogue, version by version, and the locks there are
    List(Catalogue),
    /// Sets a lock's threshold from now on
    Set {
        #[command(flatten)]
        line: Line,
        #[command(flatten)]
        catalogue: Catalogue,
    },
    /// Gives a lock its own threshold back
    Reset {
        /// The lock
        #[arg(value_name = "LOCK", value_parser = lock_name)]
        lock: String,
        #[command(flatten)]
        catalogue: Catalogue,
    },
    /// How many of the last pictures would have passed at a threshold; changes nothing
    WhatIf {
        #[command(flatten)]
        line: Line,
        #[command(flatten)]
        catalogue: Catalogue,
        /// How many of the last judged pictures
        #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
        last: u32,
    },
}

/// A lock and a score.
#[derive(clap::Args)]
struct Line {
    /// The lock
    #[arg(value_name = "LOCK", value_parser = lock_name)]
    lock: String,
    /// The score to pass, from 0 (everything) to 1 (only the certain)
    #[arg(value_name = "SCORE")]
    threshold: Threshold,
}

/// Which catalogue.
#[derive(clap::Args)]
struct Catalogue {
    /// The folder a shoot was written to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn lock_name(text: &str) -> Result<String, String> {
    let known = locks::ALL.iter().any(|lock| lock.name == text);
    let names: Vec<&str> = locks::ALL.iter().map(|lock| lock.name).collect();
    known
        .then(|| text.to_owned())
        .ok_or_else(|| format!("there is no lock `{text}`; the locks are {}", names.join(", ")))
}

impl Action {
    fn catalogue(&self) -> &Catalogue {
        match self {
            Self::List(catalogue)
            | Self::Set { catalogue, .. }
            | Self::Reset { catalogue, .. }
            | Self::WhatIf { catalogue, .. } => catalogue,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let catalogue = args.action.catalogue();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (store, workspace) = folder::existing(&catalogue.out).await?;
        let done = act(&args.action, &store, &workspace).await;
        store.close().await;
        done?;
        Ok(ExitCode::SUCCESS)
    })
}

async fn act(action: &Action, store: &Store, workspace: &WorkspaceId) -> anyhow::Result<()> {
    let scope = Scope::workspace(workspace);
    let json = action.catalogue().json;
    match action {
        Action::List(_) => list(
            &store.threshold_versions(scope).await?,
            &store.thresholds(scope).await?,
            json,
        ),
        Action::Set { line, .. } => set(store, workspace, &line.lock, Some(line.threshold), json).await?,
        Action::Reset { lock, .. } => set(store, workspace, lock, None, json).await?,
        Action::WhatIf { line, last, .. } => {
            let judged = store.last_judged(workspace, &line.lock, *last).await?;
            ensure!(
                !judged.is_empty(),
                "no picture of this catalogue was judged by the {} lock yet",
                line.lock
            );
            what_if(line, &judged, json);
        }
    }
    Ok(())
}

async fn set(
    store: &Store,
    workspace: &WorkspaceId,
    lock: &str,
    value: Option<Threshold>,
    json: bool,
) -> anyhow::Result<()> {
    let scope = Scope::workspace(workspace);
    let version = store
        .set_threshold(scope, lock, value, SystemClock.now_ms())
        .await?;
    if json {
        println!(
            "{}",
            json!({"lock": lock, "threshold": value, "version": version})
        );
        return Ok(());
    }
    match value {
        Some(value) => println!(
            "{lock}: {value} from now on (version {version}); pictures already judged keep their verdicts"
        ),
        None => println!("{lock}: its own threshold from now on (version {version})"),
    }
    Ok(())
}

fn list(versions: &[ThresholdVersion], held: &Thresholds, json: bool) {
    for lock in locks::ALL {
        let set = held.get(lock.name);
        let of_lock = versions.iter().filter(|version| version.lock == lock.name);
        if json {
            let versions: Vec<_> = of_lock
                .map(|one| json!({"version": one.version, "threshold": one.value, "set_ms": one.set_ms}))
                .collect();
            println!(
                "{}",
                json!({"lock": lock.name, "asks": lock.asks, "threshold": set, "versions": versions})
            );
            continue;
        }
        let value = set.map_or_else(|| "its own".to_owned(), ToString::to_string);
        println!("{:<12} {value:<8} {}", lock.name, lock.asks);
        for one in of_lock {
            let value = one
                .value
                .map_or_else(|| "its own".to_owned(), |value| value.to_string());
            println!("{:<12} version {}: {value}", "", one.version);
        }
    }
}

fn what_if(line: &Line, judged: &[Judged], json: bool) {
    let outcomes = |outcome: Outcome| {
        let now = judged.iter().filter(|one| one.verdict.outcome == outcome).count();
        let then = judged
            .iter()
            .filter(|one| one.verdict.outcome_at(line.threshold) == outcome)
            .count();
        (now, then)
    };
    if json {
        let counts = |which: fn((usize, usize)) -> usize| {
            let count = |outcome| which(outcomes(outcome));
            json!({"passed": count(Outcome::Passed), "doubtful": count(Outcome::Doubtful), "failed": count(Outcome::Failed)})
        };
        println!(
            "{}",
            json!({"lock": line.lock, "threshold": line.threshold, "pictures": judged.len(),
                   "now": counts(|(now, _)| now), "then": counts(|(_, then)| then)})
        );
        return;
    }
    println!(
        "The last {} pictures that the {} lock judged, at {}:",
        judged.len(),
        line.lock,
        line.threshold
    );
    for outcome in [Outcome::Passed, Outcome::Doubtful, Outcome::Failed] {
        let (now, then) = outcomes(outcome);
        println!("  {:<9} {then} (now {now})", outcome.name());
    }
    let changed = |one: &&Judged| one.verdict.outcome_at(line.threshold) != one.verdict.outcome;
    for one in judged.iter().filter(changed).take(20) {
        println!(
            "  {} {}: {} -> {} ({:.2})",
            one.sku,
            one.pose,
            one.verdict.outcome.name(),
            one.verdict.outcome_at(line.threshold).name(),
            one.verdict.score.unwrap_or_default()
        );
    }
}
