//! `photogen bench crash`: processes are killed in the middle of shoots, and then the books must agree.

mod books;
mod ears;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use domain::{clock::Clock as _, engine::Limits};
use testkit::vendor::Behaviour;

use self::{books::Totals, ears::Heard};
use super::{
    engines::misbehaviour,
    world::{Database, Setup, Target, World},
};
use crate::{clock::SystemClock, counted::counted};

/// Shoots drawn products as a service, with an engine whose vendor misbehaves, kills its processes at random moments without a
/// warning (SIGKILL), starts them again, and looks at the books after every shoot: each picture has one end, the balance is the
/// sum of the ledger, every hold ended once, the vendor was ordered from no more often than is written down, events have no gap
/// and were all heard once, every webhook came, and no file is without a row or a row without its file.
///
/// On PostgreSQL it starts a server of its own, a service without a worker and two workers. Exits 1 when anything does not agree.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the service runs on
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// Who is killed, each as likely [default: all there are]
    #[arg(long = "kill", value_enum, value_delimiter = ',', value_name = "WHO")]
    targets: Vec<Target>,
    /// Shoots, one after the other
    #[arg(long, value_name = "N", default_value_t = 10)]
    rounds: u32,
    /// Pictures of each
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pictures: u32,
    /// Kills in each; a shoot may end before
    #[arg(long, value_name = "N", default_value_t = 2)]
    kills: u32,
    /// Orders in a hundred that go wrong
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100))]
    faults: u32,
    /// Which moments and faults [default: another each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// A vendor that nobody waits for long.
const LIMITS: Limits = Limits {
    requests_per_minute: 60_000,
    concurrency: 8,
    read_timeout_s: 3,
    job_timeout_s: 20,
};
/// Orders for which it is decided beforehand how they go.
const ORDERS: usize = 500_000;
/// The longest that a kill waits for its moment.
const MOMENT_MS: u64 = 1_500;
/// The pictures of a killed worker are taken up soon.
const LEASE_S: u16 = 3;
/// The longest that a process stays dead.
const DEAD_MS: u64 = 400;
/// The longest that one shoot may take after its last kill.
const PATIENCE: Duration = Duration::from_mins(5);

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(rounds(args))
}

async fn rounds(args: &Args) -> anyhow::Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| SystemClock.now_ms() as u64);
    println!(
        "{} of {} each, {} % of the orders go wrong, on {:?}, seed {seed}",
        counted(args.rounds as usize, "shoot"),
        counted(args.pictures as usize, "picture"),
        args.faults,
        args.database,
    );
    let mut random = fastrand::Rng::with_seed(seed);
    let mut world = World::start(Setup {
        database: args.database,
        workers: 2,
        lease_s: LEASE_S,
        products: args.pictures,
        limits: LIMITS,
        behaviours: &mut behaviours(args.faults, seed),
    })
    .await?;
    let targets = targets(args);
    let (mut killed, mut violations, mut totals) = (Vec::new(), Vec::new(), Totals::default());
    for round in 1..=args.rounds {
        let started = Instant::now();
        let (shoot, kills) = one_shoot(&mut world, args, &targets, round, &mut random).await?;
        totals = books::totals(&world).await?;
        let found = books::check(&world, &shoot).await?;
        println!(
            "{round:4}  {:5.1} s  killed {:<40} {}",
            started.elapsed().as_secs_f64(),
            told(&kills),
            if found.is_empty() {
                "agrees"
            } else {
                "DOES NOT AGREE"
            },
        );
        for one in &found {
            println!("      {one}");
        }
        killed.extend(kills);
        violations.extend(found);
    }
    let unheard = books::check_webhooks(&world).await?;
    for one in &unheard {
        println!("      {one}");
    }
    violations.extend(unheard);
    println!("{}", told(&killed));
    println!("{totals}");
    println!("{}", counted(violations.len(), "violation"));
    if !violations.is_empty() {
        world.keep();
    }
    Ok(ExitCode::from(u8::from(!violations.is_empty())))
}

fn targets(args: &Args) -> Vec<Target> {
    if !args.targets.is_empty() {
        return args.targets.clone();
    }
    match args.database {
        Database::Sqlite => vec![Target::Server],
        Database::Postgres => vec![Target::Server, Target::Worker, Target::Worker, Target::Postgres],
    }
}

/// How orders go: most take a moment, some go wrong.
fn behaviours(faults: u32, seed: u64) -> impl Iterator<Item = Behaviour> {
    let mut random = fastrand::Rng::with_seed(seed);
    misbehaviour(faults, seed, ORDERS).map(move |behaviour| match behaviour {
        Behaviour::Well => Behaviour::Slow {
            after_ms: random.u64(0..1_000),
        },
        other => other,
    })
}

/// A shoot from its order to its last event, with kills in between.
async fn one_shoot(
    world: &mut World,
    args: &Args,
    targets: &[Target],
    round: u32,
    random: &mut fastrand::Rng,
) -> anyhow::Result<(Heard, Vec<Target>)> {
    let mut kills = Vec::new();
    let name = format!("round {round}");
    // One order in four is cut off by a kill of the service itself.
    let shoot = if targets.contains(&Target::Server) && random.u8(0..4) == 0 {
        kills.push(Target::Server);
        world
            .order_and_kill(&name, Duration::from_millis(random.u64(0..60)))
            .await?
    } else {
        world.order(&name).await?
    };
    let listening = tokio::spawn(ears::listen(world.caller(), shoot));
    while kills.len() < args.kills as usize {
        tokio::time::sleep(Duration::from_millis(random.u64(0..MOMENT_MS))).await;
        if listening.is_finished() {
            break;
        }
        let target = targets[random.usize(0..targets.len())];
        kills.push(target);
        world.kill(target, random)?;
        tokio::time::sleep(Duration::from_millis(random.u64(0..DEAD_MS))).await;
        world.start_again()?;
    }
    let Ok(heard) = tokio::time::timeout(PATIENCE, listening).await else {
        world.keep();
        anyhow::bail!("{name}: the shoot did not end within {} s", PATIENCE.as_secs());
    };
    Ok((heard??, kills))
}

/// `3 x server, 2 x worker`.
fn told(kills: &[Target]) -> String {
    let count = |target: Target| kills.iter().filter(|one| **one == target).count();
    let rows = [
        (Target::Server, "server"),
        (Target::Worker, "worker"),
        (Target::Postgres, "postgres"),
    ]
    .map(|(target, name)| (count(target), name));
    let some: Vec<String> = rows
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} x {name}"))
        .collect();
    if some.is_empty() {
        "nobody".to_owned()
    } else {
        some.join(", ")
    }
}
