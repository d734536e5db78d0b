//! `photogen bench`: the measurements behind the numbers in the documents, for anyone to repeat.

mod cost;
mod cpu;
mod crash;
mod engines;
mod finish;
mod identity;
mod locks;
mod plot;
mod queue;
mod script;
mod sign;
mod ssim;
mod statistics;
mod stripe;
mod vendor;
mod world;
mod zip;

use std::process::ExitCode;

/// Measures this build and prints a table.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    bench: Bench,
}

// One line per benchmark; each lives in a module of its own with `Args` and `run`.
#[derive(clap::Subcommand)]
enum Bench {
    Locks(locks::Args),
    Identity(identity::Args),
    Ssim(ssim::Args),
    Engines(engines::Args),
    Vendor(vendor::Args),
    Stripe(stripe::Args),
    Finish(finish::Args),
    Zip(zip::Args),
    Sign(sign::Args),
    Crash(crash::Args),
    Queue(queue::RowsArgs),
    Shoot(queue::Args),
    Fairness(queue::FairnessArgs),
    Cost(cost::Args),
}

/// Exits 0 when the benchmark ran.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.bench {
        Bench::Locks(args) => locks::run(args),
        Bench::Identity(args) => identity::run(args),
        Bench::Ssim(args) => ssim::run(args),
        Bench::Engines(args) => engines::run(args),
        Bench::Vendor(args) => vendor::run(args),
        Bench::Stripe(args) => stripe::run(args),
        Bench::Finish(args) => finish::run(args),
        Bench::Zip(args) => zip::run(args),
        Bench::Sign(args) => sign::run(args),
        Bench::Crash(args) => crash::run(args),
        Bench::Queue(args) => queue::run_rows(args),
        Bench::Shoot(args) => queue::run(args),
        Bench::Fairness(args) => queue::run_fairness(args),
        Bench::Cost(args) => cost::run(args),
    }
}
