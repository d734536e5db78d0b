//! `photogen bench stripe`: Stripe's part of a payment, to try buying credits without an account.

use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use testkit::stripe::{StripeServer, WEBHOOK_SECRET};

/// Starts a server on this machine that plays Stripe's part of a payment: checkout, a pay page, signed webhooks. No money moves.
/// Runs until Ctrl-C.
///
/// Prints the settings that lead a service to it; paste them into another terminal and start `photogen serve` there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where its webhooks go
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:3001/api/billing/webhook"
    )]
    webhooks_to: String,
    /// The port it listens on [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Ends after so many seconds
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// How often the events are looked at.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let server = StripeServer::start_at(args.port, Some(args.webhooks_to.clone()))
        .with_context(|| format!("cannot listen on port {}", args.port))?;
    println!(
        "# Stripe's part of a payment; no money moves. Webhooks go to {}",
        args.webhooks_to
    );
    println!("export STRIPE_BASE_URL={}", server.url);
    println!("export STRIPE_SECRET_KEY=sk_test_any");
    println!("export STRIPE_WEBHOOK_SECRET={WEBHOOK_SECRET}");
    let until = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut told = 0;
    while until.is_none_or(|until| Instant::now() < until) {
        thread::sleep(LOOK);
        let events = server.events();
        for event in &events[told..] {
            println!("# {}", event.body);
        }
        told = events.len();
    }
    Ok(ExitCode::SUCCESS)
}
