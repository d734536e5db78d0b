//! `photogen bench engines`: a whole shoot through an engine whose vendor misbehaves, and whether the books agree.

mod calls;
mod workers;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use domain::{
    engine::{EngineCard, EngineName},
    manifest::{AttemptEntry, Manifest},
    money::MicroUsd,
};
use testkit::{
    Garment,
    vendor::{Behaviour, VendorServer},
};

use crate::counted::counted;

/// Shoots drawn products with an engine whose vendor is a server on this machine that misbehaves, and prints what became of
/// every picture, how often the vendor was called, what it cost and how much of the engine's rate was used.
///
/// Exits 1 when a picture is left without an end, a call is not accounted for, an order without an answer is not told of, a
/// refusal is charged, or one picture cost more than is allowed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The engine, with the rate of its card
    #[arg(long, value_name = "NAME", default_value = "openai")]
    engine: String,
    /// Pictures to shoot
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pictures: u32,
    /// Orders in a hundred that go wrong
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100))]
    faults: u32,
    /// Which of them
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Only call the engine, as often as its rate allows, and work on no pixels: how much of the rate is used where the
    /// processor is not what is waited for
    #[arg(long)]
    calls_only: bool,
    /// Orders a minute that the engine's card allows, in place of its own: so few that this machine's processor keeps up,
    /// and the rate is what is waited for
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    per_minute: Option<u32>,
    /// So many `photogen work` processes on a PostgreSQL of their own, with a vendor that takes 5 to 20 seconds for a picture
    /// and allows 600 orders a minute: how much of that they use together, and whether they ever use more
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16), conflicts_with = "calls_only")]
    workers: Option<u8>,
    /// Draw the orders of each sliding minute beside what the vendor allows
    #[arg(long, value_name = "FILE", requires = "workers")]
    svg: Option<PathBuf>,
}

/// What goes wrong, in equal parts.
const FAULTS: [Behaviour; 10] = [
    Behaviour::TooMany { retry_after_ms: 300 },
    Behaviour::Error500,
    Behaviour::ProxyPage,
    Behaviour::CutStream,
    Behaviour::Silent,
    Behaviour::Moderation,
    Behaviour::Empty,
    Behaviour::HtmlAsPng,
    Behaviour::HalfPng,
    Behaviour::Recoloured,
];
/// A key that the server does not look at.
const KEY: &str = "sk-bench-0000000000";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let cards = crate::engines::cards()?;
    let mut card = cards
        .engine(&EngineName(args.engine.clone()))
        .with_context(|| format!("there is no engine `{}`", args.engine))?
        .clone();
    if let Some(rate) = args.per_minute {
        card.limits.requests_per_minute = rate;
    }
    let card = &card;
    if let Some(workers) = args.workers {
        return workers::run(args, workers);
    }
    if args.calls_only {
        return calls::run(args, card);
    }
    let folder = tempfile::tempdir()?;
    home_with(card, &folder.path().join("home"))?;
    draw(&folder.path().join("photos"), args.pictures)?;
    // Twice as many as pictures: those that are made again meet faults too.
    let behaviours: Vec<Behaviour> = behaviours(args).collect();
    let server = VendorServer::start(behaviours.clone());
    let started = Instant::now();
    shoot(card, &server, folder.path())?;
    let took = started.elapsed();
    let manifest = fs::read(folder.path().join("out/manifest.json"))?;
    let manifest: Manifest = serde_json::from_slice(&manifest)?;
    let came = server.order_times();
    let met = &behaviours[..came.len().min(behaviours.len())];
    let books = Books::of(&manifest, met, came.len());
    print_report(args, card, &books, &came, took);
    Ok(ExitCode::from(u8::from(!books.agree())))
}

fn behaviours(args: &Args) -> impl Iterator<Item = Behaviour> {
    misbehaviour(args.faults, args.seed, args.pictures as usize * 2)
}

/// How so many orders go, so many in a hundred of them wrong.
pub(super) fn misbehaviour(faults: u32, seed: u64, count: usize) -> impl Iterator<Item = Behaviour> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(move |_| {
        if random.u32(0..100) < faults {
            FAULTS[random.usize(0..FAULTS.len())].clone()
        } else {
            Behaviour::Well
        }
    })
}

fn draw(photos: &Path, count: u32) -> anyhow::Result<()> {
    fs::create_dir(photos)?;
    for number in 0..count {
        // Darker than their ground, so that what is sent back is the vendor's fault and none of the eye's.
        let shade = |step: u32| 20 + (number * step % 110) as u8;
        let garment = Garment {
            colour: [shade(37), shade(61), shade(17)],
            seed: u64::from(number),
            ..Garment::default()
        };
        let picture = image::DynamicImage::ImageRgba16(garment.photo()).into_rgb8();
        picture.save(photos.join(format!("SKU{number:04}.png")))?;
    }
    Ok(())
}

/// PhotoGen's home once more, with this card in it.
fn home_with(card: &EngineCard, new: &Path) -> anyhow::Result<()> {
    #[derive(serde::Serialize)]
    struct Cards<'a> {
        engine: [&'a EngineCard; 1],
    }
    fs::create_dir(new)?;
    let home = std::path::absolute(crate::home::home())?;
    for entry in fs::read_dir(&home).into_iter().flatten() {
        let entry = entry?;
        if entry.file_name() != "engines.toml" {
            link(&entry.path(), &new.join(entry.file_name()))?;
        }
    }
    fs::write(
        new.join("engines.toml"),
        toml::to_string(&Cards { engine: [card] })?,
    )?;
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(from, to)
}

fn shoot(card: &EngineCard, server: &VendorServer, folder: &Path) -> anyhow::Result<()> {
    let Some(known) = &card.server else {
        bail!(
            "{} works on this machine: it has no vendor that could misbehave",
            card.name
        );
    };
    let mut command = Command::new(env::current_exe()?);
    command
        .arg("shoot")
        .arg(folder.join("photos"))
        .arg("--out")
        .arg(folder.join("out"))
        .args(["--engine", &card.name.0, "--poses", "front", "--size", "256"])
        .env("PHOTOGEN_HOME", folder.join("home"))
        .env(&known.base_url_env, &server.url)
        .stdout(Stdio::null());
    if let Some(key) = &known.key_env {
        command.env(key, KEY);
    }
    let status = command.status()?;
    ensure!(
        matches!(status.code(), Some(0 | 1)),
        "the shoot ended with {status}"
    );
    Ok(())
}

/// What the manifest and the vendor each say.
struct Books {
    statuses: BTreeMap<&'static str, usize>,
    attempts: BTreeMap<String, usize>,
    cost: MicroUsd,
    dearest: MicroUsd,
    allowed: MicroUsd,
    unfinished: usize,
    refused_charged: usize,
    /// Orders that the vendor counted.
    orders: usize,
    /// Of those, sent again because the vendor said so or broke before it took them.
    resent: usize,
    /// Orders that the manifest accounts for.
    accounted: usize,
    /// Orders that the vendor took and did not answer.
    unanswered: usize,
}

impl Books {
    fn of(manifest: &Manifest, met: &[Behaviour], orders: usize) -> Self {
        let mut books = Self {
            statuses: BTreeMap::new(),
            attempts: BTreeMap::new(),
            cost: MicroUsd::default(),
            dearest: MicroUsd::default(),
            allowed: manifest.brief.cost_max,
            unfinished: manifest.counts.unfinished,
            refused_charged: 0,
            orders,
            resent: met.iter().filter(|one| is_resent(one)).count(),
            accounted: 0,
            unanswered: met.iter().filter(|one| is_unanswered(one)).count(),
        };
        for entry in &manifest.pictures {
            *books.statuses.entry(entry.status.name()).or_default() += 1;
            let cost: MicroUsd = entry
                .attempts
                .iter()
                .map(|one| MicroUsd::of_usd(one.cost_usd))
                .sum();
            books.cost = books.cost + cost;
            books.dearest = books.dearest.max(cost);
            for attempt in &entry.attempts {
                *books.attempts.entry(attempt.outcome.clone()).or_default() += 1;
            }
            // A fault in passing is an order that the vendor did not take; a job that is taken up was ordered before.
            let ordered = entry.attempts.iter().filter(|one| one.outcome != "fault");
            books.accounted += ordered.count();
            let charged = |one: &&AttemptEntry| one.outcome == "refused" && one.cost_usd > 0.0;
            books.refused_charged += entry.attempts.iter().filter(charged).count();
        }
        books
    }

    fn agree(&self) -> bool {
        self.unfinished == 0
            && self.refused_charged == 0
            && self.dearest <= self.allowed
            && self.orders == self.resent + self.accounted
            && self.unanswered == self.told_lost()
    }

    /// Orders that the manifest tells of as maybe billed.
    fn told_lost(&self) -> usize {
        self.attempts.get("lost").copied().unwrap_or(0)
    }
}

/// The vendor has not taken such an order, so the transport sends it once more within the same try.
fn is_resent(behaviour: &Behaviour) -> bool {
    matches!(
        behaviour,
        Behaviour::TooMany { .. } | Behaviour::Error500 | Behaviour::ProxyPage
    )
}

/// The vendor has taken such an order and may have billed it, and nobody has its picture.
fn is_unanswered(behaviour: &Behaviour) -> bool {
    matches!(behaviour, Behaviour::CutStream | Behaviour::Silent)
}

/// How much of the card's rate was used between the first order and the last.
fn rate(card: &EngineCard, came: &[Instant]) -> String {
    let (Some(first), Some(last)) = (came.first(), came.last()) else {
        return "none".to_owned();
    };
    let minutes = last.duration_since(*first).as_secs_f64() / 60.0;
    let rate = came.len().saturating_sub(1) as f64 / minutes.max(1e-9);
    let allowed = f64::from(card.limits.requests_per_minute);
    format!("{rate:.1} of {allowed:.0} ({:.1} %)", 100.0 * rate / allowed)
}

fn print_report(args: &Args, card: &EngineCard, books: &Books, came: &[Instant], took: Duration) {
    println!(
        "{} through {}, {} % of the orders go wrong, seed {}: {} s",
        counted(args.pictures as usize, "picture"),
        card.name,
        args.faults,
        args.seed,
        took.as_secs()
    );
    let row = |what: &str, value: String| println!("  {what:<38} {value}");
    for (status, count) in &books.statuses {
        row(status, count.to_string());
    }
    let told: Vec<String> = books
        .attempts
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    row("tries that cost or were sent back", told.join(", "));
    row("orders the vendor counted", books.orders.to_string());
    row(
        "  sent again within a try + tries",
        format!("{} + {}", books.resent, books.accounted),
    );
    row(
        "orders without an answer, and told of",
        format!("{}, {}", books.unanswered, books.told_lost()),
    );
    row("refusals that were charged", books.refused_charged.to_string());
    row("charged, or maybe charged", books.cost.to_string());
    row(
        "dearest picture, of what is allowed",
        format!("{} of {}", books.dearest, books.allowed),
    );
    row("orders a minute, of the card's", rate(card, came));
    row(
        "the books",
        if books.agree() { "agree" } else { "DO NOT AGREE" }.to_owned(),
    );
}
