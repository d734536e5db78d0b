//! How long a few pictures of one workspace take while another has thousands in the queue.

mod report;
mod tenant;
mod workers;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use store::{Store, ids::Ids};
use worker::Listener;

use self::{
    tenant::Tenant,
    workers::{Ends, Workers},
};
use super::{Place, environment};
use crate::{bench::world::Database, clock::SystemClock};

/// Pictures of one shoot of the workspace that has many.
const SHOOT: usize = 1_000;
/// Pictures that the other workspace orders at once: one product in every pose.
const FEW: usize = 9;
/// With what SKUs begin, of the workspace with many and of the other.
const SKUS: [char; 2] = ['M', 'F'];
/// No longer may the few be delayed, in seconds.
const DELAY_S_MAX: f64 = 5.0;
/// Between two orders on an idle queue: workers have gone to sleep by then.
const PAUSE: Duration = Duration::from_millis(700);

/// How long nine pictures of one workspace take while another has thousands in the queue, beside an idle queue: a picture takes no
/// time to make, so that what is measured is the turn that it waits for. Exits 1 when one is delayed by five seconds or more.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the queue lies
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// Pictures that the one has in the queue, in shoots of 1,000: a season is 5,000 products in 9 poses
    #[arg(long, value_name = "N", default_value_t = 45_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    queued: u32,
    /// How often the other orders its nine, from the first of the many to their last
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// Pictures in work at once
    #[arg(long, value_name = "N", default_value_t = 64)]
    slots: u16,
    /// One JSON object instead of words
    #[arg(long)]
    json: bool,
    /// Draw the pictures a second of the one, and how long each of the other's took
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(in crate::bench) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measured = runtime.block_on(measure(args))?;
    if args.json {
        println!("{}", measured.json(args));
    } else {
        measured.print(args);
    }
    if let Some(file) = &args.svg {
        std::fs::write(file, measured.drawn())?;
    }
    Ok(ExitCode::from(u8::from(measured.delay_s() >= DELAY_S_MAX)))
}

/// An order of the few: when it was answered, how long that took, and when each picture ended.
struct Round {
    answered: Instant,
    answer_s: f64,
    ended: Vec<Instant>,
}

impl Round {
    /// How long each picture took from the answer; nothing where it was faster.
    fn took_s(&self) -> impl Iterator<Item = f64> {
        let answered = self.answered;
        self.ended
            .iter()
            .map(move |ended| ended.saturating_duration_since(answered).as_secs_f64())
    }
}

/// The few are ordered once, and made.
async fn round(store: &Store, ids: &Ids, few: &Tenant, workers: &Workers) -> anyhow::Result<Round> {
    let before = workers.ends.lock()[1].len();
    let asked = Instant::now();
    few.order(store, ids, FEW).await?;
    let answered = Instant::now();
    workers.wake.notify_one();
    workers.wait(1, before + FEW).await?;
    Ok(Round {
        answered,
        answer_s: answered.duration_since(asked).as_secs_f64(),
        ended: workers.ends.lock()[1][before..].to_vec(),
    })
}

/// What was measured.
struct Measured {
    idle: Vec<Round>,
    busy: Vec<Round>,
    /// When the workers began with the many, and when each of those ended.
    started: Instant,
    many: Vec<Instant>,
}

async fn measure(args: &Args) -> anyhow::Result<Measured> {
    let place = Place::open(args.database).await?;
    let (store, ids) = (&place.store, Ids::new(Arc::new(SystemClock)));
    let (queued, rounds) = (args.queued as usize, usize::from(args.rounds));
    let many = Tenant::new(store, &ids, SKUS[0], queued, SHOOT.min(queued)).await?;
    let few = Tenant::new(store, &ids, SKUS[1], 2 * rounds * FEW, FEW).await?;
    let ends = Arc::new(Ends::default());
    let listener = Arc::clone(&ends) as Arc<dyn Listener>;
    let environment = environment(store, usize::from(args.slots), listener);

    let workers = Workers::start(&environment, &ends);
    let mut idle = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        tokio::time::sleep(PAUSE).await;
        idle.push(round(store, &ids, &few, &workers).await?);
    }
    workers.stop().await?;

    for first in (0..queued).step_by(SHOOT) {
        many.order(store, &ids, SHOOT.min(queued - first)).await?;
    }
    let workers = Workers::start(&environment, &ends);
    let started = Instant::now();
    let mut busy = Vec::with_capacity(rounds);
    for number in 0..rounds {
        workers.wait(0, queued * number / rounds).await?;
        busy.push(round(store, &ids, &few, &workers).await?);
    }
    workers.wait(0, queued).await?;
    workers.stop().await?;

    let found = store.contradictions(true).await?;
    ensure!(found.is_empty(), "the books do not agree: {}", found.join("; "));
    let many = ends.lock()[0].clone();
    Ok(Measured {
        idle,
        busy,
        started,
        many,
    })
}
