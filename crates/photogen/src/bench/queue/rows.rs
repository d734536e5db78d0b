//! Rows by the hundred: the queue alone, and then with all that belongs to the order and the end of a picture.

use std::{process::ExitCode, time::Instant};

use domain::{
    clock::Clock as _,
    format::Format,
    manifest::DeliveredFile,
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome},
};
use serde_json::Value;
use store::{
    Store, StoreError,
    attempts::{Beginning, Closing, Left},
    endings::Ending,
    generations::{AttemptEnd, Delivered},
    ids::Ids,
    queue::Lease,
};

use super::{ENGINE, LEASE_MS, Place, Rates, alone, at_once, order, rate};
use crate::{bench::world::Database, clock::SystemClock, counted::grouped};

/// How fast jobs go through the queue when nothing is done for them: put in, claimed and ended, as other queues are measured; and how
/// fast pictures do: ordered, their attempts begun, their results, credits and events written. Every order and every end is on the
/// disk.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the queue lies
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// Jobs
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    jobs: u32,
    /// Jobs of one transaction
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: u16,
    /// Who put in and take out at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    workers: u8,
    /// One JSON object instead of words
    #[arg(long)]
    json: bool,
}

pub(in crate::bench) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (jobs, batch) = (args.jobs as usize, usize::from(args.batch));
    let (alone, pictures) = runtime.block_on(async {
        let alone = alone::measure(args.database, jobs, batch, args.workers).await?;
        let pictures = measure(args.database, jobs, batch, args.workers).await?;
        anyhow::Ok((alone, pictures))
    })?;
    if args.json {
        println!(
            "{}",
            serde_json::json!({
                "bench": "queue", "database": format!("{:?}", args.database), "jobs": jobs, "batch": batch,
                "workers": args.workers, "enqueue_per_s": alone.put.round(), "process_per_s": alone.taken.round(),
                "order_per_s": pictures.put.round(), "end_per_s": pictures.taken.round(),
            })
        );
    } else {
        println!(
            "{} jobs on {:?}, {batch} a transaction",
            grouped(jobs),
            args.database
        );
        for (what, rate) in [
            ("put in the queue", alone.put),
            ("claimed and ended", alone.taken),
            ("pictures ordered", pictures.put),
            ("pictures ended", pictures.taken),
        ] {
            println!("  {what:<20} {} a second", grouped(rate as usize));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How fast pictures are ordered, and how fast their jobs are claimed, begun and ended.
async fn measure(database: Database, jobs: usize, batch: usize, workers: u8) -> anyhow::Result<Rates> {
    let place = Place::open(database).await?;
    let ids = Ids::new(std::sync::Arc::new(SystemClock));
    let (_, took) = order(&place.store, &ids, jobs).await?;
    let started = Instant::now();
    at_once(workers, |_| work(place.store.clone(), batch)).await?;
    let taken = rate(jobs, started.elapsed());
    let found = place.store.contradictions(true).await?;
    anyhow::ensure!(found.is_empty(), "the books do not agree: {}", found.join("; "));
    Ok(Rates {
        put: rate(jobs, took),
        taken,
    })
}

/// Takes jobs through until none is left.
async fn work(store: Store, batch: usize) -> Result<(), StoreError> {
    let ids = Ids::new(std::sync::Arc::new(SystemClock));
    loop {
        let now_ms = SystemClock.now_ms();
        let leases = store
            .claim_many("bench", &ids.next(), batch, LEASE_MS, now_ms)
            .await?;
        if leases.is_empty() {
            return Ok(());
        }
        let beginnings: Vec<Beginning> = leases.iter().map(|lease| beginning(lease, now_ms)).collect();
        let begun = store.begin_attempts(&ids, &beginnings).await?;
        let endings: Vec<Ending> = leases
            .into_iter()
            .zip(begun)
            .filter_map(|(lease, attempt)| {
                Some(Ending {
                    end: AttemptEnd::Completed(Box::new(delivered(&lease))),
                    attempt: attempt?,
                    closing: Closing::of(AttemptOutcome::Done),
                    lease,
                    now_ms,
                })
            })
            .collect();
        store.end_attempts(&ids, &endings).await?;
    }
}

fn beginning(lease: &Lease, now_ms: i64) -> Beginning {
    Beginning {
        lease: lease.clone(),
        asked: Attempt {
            engine: domain::engine::EngineChoice::of(ENGINE),
            seed: 1,
            strength: None,
            hint: None,
            price: MicroUsd::default(),
        },
        left: Left::default(),
        now_ms,
    }
}

fn delivered(lease: &Lease) -> Delivered {
    Delivered {
        file: DeliveredFile {
            path: format!("pictures/{}.webp", lease.job),
            bytes: 1,
            sha256: "00".into(),
            width: 1,
            height: 1,
            format: Format::Webp,
            digital_source_type: String::new(),
            background_deviation: None,
        },
        recipe: Value::Null,
        inputs: Vec::new(),
        notes: Vec::new(),
        needs_review: false,
    }
}
