//! Whole shoots through the worker, with an engine that does nothing and locks that are off.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::clock::Clock as _;
use store::{Store, ids::Ids};
use worker::{Stop, run_until_idle};

use super::{Place, environment, made::Silent, order, rate};
use crate::{bench::world::Database, clock::SystemClock, counted::grouped};

/// Shoots in which a picture takes no time to make, one after the other into the same tables: how many pictures a second go from
/// their order to their file, with rows, leases, attempts, credits and events, every commit on the disk.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the rows lie
    #[arg(long, value_enum, default_value_t = Database::Postgres)]
    database: Database,
    /// Pictures of each shoot: a season is 5,000 products in 9 poses
    #[arg(long, value_name = "N", default_value_t = 45_000)]
    pictures: u32,
    /// Shoots, so that the tables grow
    #[arg(long, value_name = "N", default_value_t = 1)]
    shoots: u32,
    /// Pictures in work at once: those of a shoot end in one transaction after the other, so that more of them share one
    #[arg(long, value_name = "N", default_value_t = 192)]
    slots: u16,
}

pub(in crate::bench) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let place = Place::open(args.database).await?;
        let pictures = args.pictures as usize;
        println!("{} pictures a shoot on {:?}", grouped(pictures), args.database);
        println!(
            "{:>12} {:>10} {:>10} {:>8}",
            "rows before", "ordered/s", "made/s", "MiB"
        );
        for number in 0..args.shoots as usize {
            let (ordering, making) = shoot(&place.store, pictures, usize::from(args.slots)).await?;
            println!(
                "{:>12} {:>10} {:>10} {:>8}",
                grouped(number * pictures),
                grouped(rate(pictures, ordering) as usize),
                grouped(rate(pictures, making) as usize),
                resident_mib().map_or_else(|| "?".to_owned(), grouped),
            );
        }
        let found = place.store.contradictions(true).await?;
        anyhow::ensure!(
            found.is_empty(),
            "the books of {} do not agree: {}",
            place.url,
            found.join("; ")
        );
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// How long it took to order a shoot, and to make it.
async fn shoot(store: &Store, pictures: usize, slots: usize) -> anyhow::Result<(Duration, Duration)> {
    let ids = Ids::new(Arc::new(SystemClock));
    let (workspace, ordering) = order(store, &ids, pictures).await?;
    let environment = environment(store, slots, Arc::new(Silent));
    let started = Instant::now();
    run_until_idle(&environment, &Stop::default()).await?;
    let making = started.elapsed();
    let balance = store.balance(&workspace).await?;
    anyhow::ensure!(
        (balance.available, balance.open_holds) == (0, 0),
        "after {}: {balance:?}",
        SystemClock.now_ms()
    );
    Ok((ordering, making))
}

/// Memory of this process.
fn resident_mib() -> Option<usize> {
    let mut system = sysinfo::System::new().ok()?;
    let own = sysinfo::get_current_pid().ok()?;
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[own]), false);
    Some((system.process(own)?.memory() >> 20) as usize)
}
