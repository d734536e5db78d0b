//! `photogen bench vendor`: the misbehaving vendor as a server, to try engines without a key.

use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use testkit::vendor::{Behaviour, NAMED, VendorServer, WEBHOOK_SECRET};

use super::engines::misbehaviour;

/// Starts a server on this machine that speaks every engine's language, draws pictures from the photos it is sent, and gets some
/// orders wrong. Runs until Ctrl-C.
///
/// Prints the settings that lead the engines to it; paste them into another terminal and shoot with any engine.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Orders in a hundred that go wrong
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    faults: u32,
    /// Which of them
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Every order goes wrong in this way, in place of --faults: well, too-many, error-500, proxy-page, gateway-timeout,
    /// repeats-key, silent, slow, cut-stream, moderation, empty, html-as-png, one-pixel, half-png, no-size, animated, ten-pages,
    /// unauthorised, no-credit, garbled, recoloured, wrong-person, expired-url, job-fails, job-never-ends, job-lost, calls-twice,
    /// calls-forged
    #[arg(long, value_name = "NAME", conflicts_with = "faults", value_parser = behaviour)]
    fault: Option<Behaviour>,
    /// Only the first so many orders go wrong; with --fault
    #[arg(long, value_name = "N", requires = "fault")]
    first: Option<usize>,
    /// Ends after so many seconds
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// Orders for which it is decided beforehand how they go.
const ORDERS: usize = 100_000;
/// How often the counts are looked at.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let server = match &args.fault {
        Some(fault) => {
            let wrong = std::iter::repeat_n(fault.clone(), args.first.unwrap_or(ORDERS));
            VendorServer::start(wrong)
        }
        None => VendorServer::start(misbehaviour(args.faults, args.seed, ORDERS)),
    };
    println!("# a vendor for every engine; no key is looked at");
    for card in crate::engines::cards()?.engines {
        let Some(known) = card.server else { continue };
        println!("export {}={}", known.base_url_env, server.url);
        if let Some(key) = known.key_env {
            println!("export {key}=any");
        }
        if let Some(secret) = known.webhook_secret_env {
            println!("export {secret}={WEBHOOK_SECRET}");
        }
    }
    let until = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut told = String::new();
    while until.is_none_or(|until| Instant::now() < until) {
        thread::sleep(LOOK);
        told = tell(&server, &told);
    }
    tell(&server, &told);
    Ok(ExitCode::SUCCESS)
}

/// Prints how often it was called, when that has changed.
fn tell(server: &VendorServer, told: &str) -> String {
    let counts = server.counts();
    let line = format!(
        "# {} orders, {} polls, {} files",
        counts.orders, counts.polls, counts.files
    );
    if line != told {
        println!("{line}");
    }
    line
}

fn behaviour(name: &str) -> Result<Behaviour, String> {
    Behaviour::of_name(name).ok_or_else(|| {
        let known: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
        format!("use {}", known.join(", "))
    })
}
