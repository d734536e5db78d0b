//! Several workers that share what a vendor allows: how much of it they use, and whether they ever use more.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::ensure;
use domain::engine::Limits;
use reqwest::Method;
use serde_json::Value;
use testkit::vendor::Behaviour;

use super::Args;
use crate::{
    bench::{
        plot::{self, Panel},
        world::{Database, Setup, World},
    },
    counted::counted,
};

/// How long a picture takes at the vendor, in milliseconds.
const LATENCY_MS: std::ops::Range<u64> = 5_000..20_000;
/// Orders a minute that the vendor allows, where nobody says.
const PER_MINUTE: u32 = 600;
/// The least share of them that is used.
const USED_MIN: f64 = 0.95;
/// How often it is looked whether the shoot has ended.
const LOOK: Duration = Duration::from_secs(1);

/// A shoot by so many `photogen work` processes. Exits 1 when they use less than [`USED_MIN`] of the rate, or break it.
pub(super) fn run(args: &Args, workers: u8) -> anyhow::Result<ExitCode> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let per_minute = args.per_minute.unwrap_or(PER_MINUTE);
    let (orders, statuses) = runtime.block_on(shoot(args, workers, per_minute))?;
    let (first, last) = (orders.first(), orders.last());
    let took = first
        .zip(last)
        .map_or(Duration::ZERO, |(first, last)| last.duration_since(*first));
    let used = orders.len().saturating_sub(1) as f64 / (took.as_secs_f64() / 60.0) / f64::from(per_minute);
    let most = within_a_minute(&orders).max().unwrap_or(0);
    println!(
        "{} by {}, {per_minute} orders a minute allowed, 5 to 20 s each, seed {}: {:.0} s",
        counted(args.pictures as usize, "picture"),
        counted(usize::from(workers), "worker"),
        args.seed,
        took.as_secs_f64()
    );
    for (status, count) in statuses {
        println!("  {status:<34} {count}");
    }
    println!("  {:<34} {}", "orders the vendor counted", orders.len());
    println!("  {:<34} {:.1} %", "of the rate used", used * 100.0);
    println!("  {:<34} {most}", "most orders within any minute");
    let keeps = most <= per_minute as usize && used >= USED_MIN;
    println!("  {:<34} {}", "kept and used", if keeps { "yes" } else { "NO" });
    if let Some(file) = &args.svg {
        std::fs::write(file, drawn(&orders, per_minute, took))?;
    }
    Ok(ExitCode::from(u8::from(!keeps)))
}

/// When each order came, and how the pictures ended.
async fn shoot(
    args: &Args,
    workers: u8,
    per_minute: u32,
) -> anyhow::Result<(Vec<Instant>, Vec<(String, u64)>)> {
    let mut random = fastrand::Rng::with_seed(args.seed);
    let mut behaviours = (0..args.pictures * 2).map(|_| Behaviour::Slow {
        after_ms: random.u64(LATENCY_MS),
    });
    let world = World::start(Setup {
        database: Database::Postgres,
        workers,
        lease_s: worker::LEASE.as_secs() as u16,
        products: args.pictures,
        limits: Limits {
            requests_per_minute: per_minute,
            // Twice what is at the vendor on average at the full rate.
            concurrency: per_minute * 25 / 60,
            ..Limits::default()
        },
        behaviours: &mut behaviours,
    })
    .await?;
    let shoot = world.order("rate").await?;
    let path = format!("/api/shoots/{shoot}");
    loop {
        tokio::time::sleep(LOOK).await;
        let told = world.caller().call(Method::GET, &path, &Value::Null).await?;
        if told["state"] == "done" {
            break;
        }
        ensure!(told["state"] == "running", "the shoot is {}", told["state"]);
    }
    let store = store::Store::connect(&world.database_url, 2, false).await?;
    Ok((world.vendor.order_times(), store.statuses().await?))
}

/// How many came within the minute that ends with each, the minute's start not included.
fn within_a_minute(times: &[Instant]) -> impl Iterator<Item = usize> {
    let mut start = 0;
    times.iter().enumerate().map(move |(end, time)| {
        while time.duration_since(times[start]) >= Duration::from_mins(1) {
            start += 1;
        }
        end + 1 - start
    })
}

/// Orders of each sliding minute, beside what the vendor allows.
fn drawn(orders: &[Instant], per_minute: u32, took: Duration) -> String {
    let times = orders
        .iter()
        .map(|time| time.duration_since(orders[0]).as_secs_f64());
    let within = within_a_minute(orders).map(|count| count as f64);
    let panel = Panel {
        title: "orders within the minute before",
        line: times.zip(within).collect(),
        level: Some((f64::from(per_minute), "allowed".to_owned())),
        ..Panel::default()
    };
    plot::draw(&[panel], took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_any_minute() {
        let start = Instant::now();
        let at = |seconds: &[u64]| {
            let times: Vec<Instant> = seconds.iter().map(|s| start + Duration::from_secs(*s)).collect();
            within_a_minute(&times).collect::<Vec<_>>()
        };
        assert_eq!(at(&[]), Vec::<usize>::new());
        assert_eq!(at(&[0, 60, 120]), [1, 1, 1]);
        assert_eq!(at(&[0, 30, 59, 61, 89, 90]), [1, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn orders_are_drawn_beside_what_is_allowed() {
        let start = Instant::now();
        let times = [0, 30, 100].map(|seconds| start + Duration::from_secs(seconds));
        let svg = drawn(&times, 600, Duration::from_secs(100));
        // One, two and one of 660: the axis lies at 150 and is 120 pixels high.
        assert!(svg.contains("M60.0 149.8L276.0 149.6L780.0 149.8"), "{svg}");
        assert!(svg.contains(">allowed</text>"));
    }
}
