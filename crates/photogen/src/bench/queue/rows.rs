//! The queue alone: its rows are claimed, begun and ended by the hundred, with all that belongs to an end.

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

use super::{ENGINE, Place, order, rate};
use crate::{bench::world::Database, clock::SystemClock, counted::grouped};

/// How fast pictures are ordered, and how fast jobs go through the queue when nothing is done for them: claimed, their attempts
/// begun, their results, credits and events written, every commit on the disk.
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
    /// Who work at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    workers: u8,
    /// One JSON object instead of words
    #[arg(long)]
    json: bool,
}

/// Longer than the bench takes.
const LEASE_MS: i64 = 600_000;

pub(in crate::bench) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let jobs = args.jobs as usize;
    let (enqueued, processed) = runtime.block_on(async {
        let place = Place::open(args.database).await?;
        let ids = Ids::new(std::sync::Arc::new(SystemClock));
        let (_, took) = order(&place.store, &ids, jobs).await?;
        let enqueued = rate(jobs, took);
        let started = Instant::now();
        let working = (0..args.workers).map(|_| {
            let (store, batch) = (place.store.clone(), usize::from(args.batch));
            tokio::spawn(async move { work(&store, batch).await })
        });
        for working in working.collect::<Vec<_>>() {
            working.await??;
        }
        let processed = rate(jobs, started.elapsed());
        let found = place.store.contradictions(true).await?;
        anyhow::ensure!(found.is_empty(), "the books do not agree: {}", found.join("; "));
        anyhow::Ok((enqueued, processed))
    })?;
    if args.json {
        println!(
            "{}",
            serde_json::json!({
                "bench": "queue", "database": format!("{:?}", args.database), "jobs": jobs, "batch": args.batch,
                "workers": args.workers, "enqueue_per_s": enqueued.round(), "process_per_s": processed.round(),
            })
        );
    } else {
        println!(
            "{} jobs on {:?}, {} a transaction",
            grouped(jobs),
            args.database,
            args.batch
        );
        println!("  {:<20} {} a second", "ordered", grouped(enqueued as usize));
        println!("  {:<20} {} a second", "processed", grouped(processed as usize));
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes jobs through until none is left.
async fn work(store: &Store, batch: usize) -> Result<(), StoreError> {
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
