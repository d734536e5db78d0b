//! `photogen bench vendor`: the misbehaving vendor as a server, to try engines without a key.

use std::{process::ExitCode, thread, time::Duration};

use testkit::vendor::{VendorServer, WEBHOOK_SECRET};

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
    /// Ends after so many seconds
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// Orders for which it is decided beforehand how they go.
const ORDERS: usize = 100_000;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let server = VendorServer::start(misbehaviour(args.faults, args.seed, ORDERS));
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
    match args.seconds {
        Some(seconds) => thread::sleep(Duration::from_secs(seconds)),
        None => loop {
            thread::park();
        },
    }
    let counts = server.counts();
    println!(
        "# {} orders, {} polls, {} files",
        counts.orders, counts.polls, counts.files
    );
    Ok(ExitCode::SUCCESS)
}
