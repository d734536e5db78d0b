//! `photogen`: product photos in, a finished catalogue out.

use std::{env, process::ExitCode};

use clap::{Parser, Subcommand};

mod admin;
mod backup;
mod bench;
mod check;
mod clock;
mod contact_sheet;
mod counted;
mod cut_outs;
mod cutout;
mod doctor;
mod engines;
mod export;
mod faces;
mod files;
mod finish;
mod home;
mod memory;
mod migrate;
mod models;
mod openapi;
mod preflight;
mod profiles;
mod serve;
mod settings;
mod shoot;
mod signing;
mod text;
mod thresholds;
mod verify;

/// A service frees on one thread what it took on another, thousands of times a second; the system's allocator takes a lock for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Turns product photos into a finished fashion catalogue, on this machine, without a key.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

// One line per command, in the order of `--help`; each lives in a module of its own with `Args` and `run`.
#[derive(Subcommand)]
enum Command {
    Shoot(shoot::Args),
    Check(check::Args),
    Cutout(cutout::Args),
    Finish(finish::Args),
    Verify(verify::Args),
    Profiles(profiles::Args),
    Export(export::Args),
    Serve(serve::Args),
    Work(serve::WorkArgs),
    Migrate(migrate::Args),
    Backup(backup::Args),
    Restore(backup::RestoreArgs),
    Admin(admin::Args),
    Openapi(openapi::Args),
    Settings(settings::Args),
    Thresholds(thresholds::Args),
    Models(models::Args),
    Engines(engines::Args),
    Doctor(doctor::Args),
    Bench(bench::Args),
}

/// The exit code for bad usage or unusable input. 0 is success, 1 means that some pictures failed.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    memory::take_small_pages();
    end_quietly_when_nobody_reads();
    let cli: Cli = settings::parse(env::args_os()).unwrap_or_else(|error| error.exit());
    let result: anyhow::Result<ExitCode> = match cli.command {
        Command::Shoot(args) => shoot::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Cutout(args) => cutout::run(&args),
        Command::Finish(args) => finish::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Profiles(args) => profiles::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Work(args) => serve::run_worker(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => backup::run_restore(&args),
        Command::Openapi(args) => openapi::run(&args),
        Command::Settings(args) => settings::run(&args),
        Command::Admin(args) => admin::run(&args),
        Command::Thresholds(args) => thresholds::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Engines(args) => engines::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(BAD_INPUT)
    })
}

/// Whoever reads what is printed may stop early, as `photogen ... | head` does: no fault, and no reason to go on.
fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout") && message.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}
