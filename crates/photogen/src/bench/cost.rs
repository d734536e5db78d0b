//! `photogen bench cost`: what 1,000 accepted pictures cost, and what so many a day need.

use std::process::ExitCode;

use serde::Serialize;

use crate::counted::grouped;

const DAYS_A_MONTH: f64 = 365.0 / 12.0;
const MINUTES_A_DAY: f64 = 24.0 * 60.0;
const SECONDS_A_DAY: f64 = 86_400.0;

/// What 1,000 accepted pictures cost, and what so many a day need. It measures nothing: each figure is what another benchmark
/// measured, or an assumption that says so, and can be replaced by your own.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Accepted pictures a day, one or several
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1_500_u32, 45_000, 1_000_000],
        value_parser = clap::value_parser!(u32).range(1..))]
    a_day: Vec<u32>,
    /// Orders that a vendor charges for an accepted picture: `bench engines`, 533 for 492 with one in ten gone wrong
    #[arg(long, value_name = "N", default_value_t = 1.083, value_parser = amount)]
    orders: f64,
    /// One of them: the card of `openai`, medium
    #[arg(long, value_name = "USD", default_value_t = 0.13, value_parser = amount)]
    order_usd: f64,
    /// Orders a minute that one account allows, and is held to: `bench engines --workers 4`, 98 % of 600
    #[arg(long, value_name = "N", default_value_t = 588.0, value_parser = divisor)]
    account_per_minute: f64,
    /// Processor for an order: locks 0.3 to 0.8 s, cut-out and finishing as much again (docs/SCALE.md)
    #[arg(long, value_name = "SECONDS", default_value_t = 1.6, value_parser = amount)]
    processor_s: f64,
    /// Share of the processors' time that is used; an assumption
    #[arg(long, value_name = "SHARE", default_value_t = 0.7, value_parser = share)]
    used: f64,
    /// An hour of a processor with 2 GB; an assumption, near Fargate's list price
    #[arg(long, value_name = "USD", default_value_t = 0.05, value_parser = amount)]
    processor_hour_usd: f64,
    /// What is kept of a picture: `bench finish`, WebP of 2048 x 3072
    #[arg(long, value_name = "MB", default_value_t = 1.06, value_parser = amount)]
    picture_mb: f64,
    /// How long it is kept; an assumption
    #[arg(long, value_name = "MONTHS", default_value_t = 12.0, value_parser = amount)]
    kept_months: f64,
    /// A GB for a month; an assumption, near S3's list price
    #[arg(long, value_name = "USD", default_value_t = 0.023, value_parser = amount)]
    gb_month_usd: f64,
    /// Files that an order writes: one, and two more with a vendor (docs/SCALE.md)
    #[arg(long, value_name = "N", default_value_t = 3.0, value_parser = amount)]
    writes: f64,
    /// 1,000 writes; an assumption, near S3's list price
    #[arg(long, value_name = "USD", default_value_t = 0.005, value_parser = amount)]
    thousand_writes_usd: f64,
    /// Database, server and balancer for a month, whatever is ordered; an assumption
    #[arg(long, value_name = "USD", default_value_t = 300.0, value_parser = amount)]
    base_usd: f64,
    /// Whole pictures a second that one PostgreSQL took: `bench shoot`
    #[arg(long, value_name = "N", default_value_t = 593.0, value_parser = divisor)]
    database_per_s: f64,
    /// One JSON object a number of pictures
    #[arg(long)]
    json: bool,
}

/// An amount of something.
fn amount(text: &str) -> Result<f64, String> {
    let is_one = |amount: &f64| amount.is_finite() && *amount >= 0.0;
    let amount = text.parse().ok().filter(is_one);
    amount.ok_or_else(|| "give a number that is not negative".to_owned())
}

/// An amount that something is divided by.
fn divisor(text: &str) -> Result<f64, String> {
    let some = amount(text).ok().filter(|amount| *amount > 0.0);
    some.ok_or_else(|| "give a number above 0".to_owned())
}

/// A part of a whole.
fn share(text: &str) -> Result<f64, String> {
    let share = divisor(text).ok().filter(|share| *share <= 1.0);
    share.ok_or_else(|| "give a share above 0, up to 1".to_owned())
}

/// So many accepted pictures a day: USD for 1,000 of them, and what they need.
#[derive(Serialize)]
struct Load {
    a_day: u32,
    total_usd: f64,
    vendor_usd: f64,
    processor_usd: f64,
    storage_usd: f64,
    writes_usd: f64,
    base_usd: f64,
    accounts: f64,
    processors: f64,
    stored_gb_a_month: f64,
    database_percent: f64,
}

impl Load {
    fn of(a_day: u32, args: &Args) -> Self {
        let pictures = f64::from(a_day);
        let (orders, orders_a_day) = (1000.0 * args.orders, pictures * args.orders);
        let processor_s = args.processor_s / args.used;
        let picture_gb = args.picture_mb / 1000.0;
        let vendor_usd = orders * args.order_usd;
        let processor_usd = orders * processor_s / 3600.0 * args.processor_hour_usd;
        let storage_usd = 1000.0 * picture_gb * args.kept_months * args.gb_month_usd;
        let writes_usd = args.orders * args.writes * args.thousand_writes_usd;
        let base_usd = args.base_usd / (pictures * DAYS_A_MONTH) * 1000.0;
        Self {
            a_day,
            total_usd: vendor_usd + processor_usd + storage_usd + writes_usd + base_usd,
            vendor_usd,
            processor_usd,
            storage_usd,
            writes_usd,
            base_usd,
            accounts: (orders_a_day / MINUTES_A_DAY / args.account_per_minute).ceil(),
            processors: (orders_a_day * processor_s / SECONDS_A_DAY).ceil(),
            stored_gb_a_month: pictures * DAYS_A_MONTH * picture_gb,
            database_percent: 100.0 * orders_a_day / SECONDS_A_DAY / args.database_per_s,
        }
    }

    /// What is told of it, a row each.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let usd = |usd: f64| format!("{usd:.3}");
        vec![
            ("accepted pictures a day", grouped(self.a_day as usize)),
            ("USD for 1,000 of them", format!("{:.2}", self.total_usd)),
            ("  the vendor's orders", usd(self.vendor_usd)),
            ("  processors", usd(self.processor_usd)),
            ("  storage", usd(self.storage_usd)),
            ("  writes to it", usd(self.writes_usd)),
            ("  what runs anyway", usd(self.base_usd)),
            ("accounts at the vendor", format!("{:.0}", self.accounts)),
            ("processors", format!("{:.0}", self.processors)),
            ("GB more a month", grouped(self.stored_gb_a_month as usize)),
            ("of one PostgreSQL, %", format!("{:.2}", self.database_percent)),
        ]
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let loads: Vec<Load> = args.a_day.iter().map(|a_day| Load::of(*a_day, args)).collect();
    if args.json {
        for load in &loads {
            println!("{}", serde_json::to_string(load)?);
        }
    } else {
        print(&loads);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(loads: &[Load]) {
    let columns: Vec<_> = loads.iter().map(Load::rows).collect();
    for (at, (what, _)) in columns.iter().take(1).flatten().enumerate() {
        let cells = columns.iter().map(|column| format!("{:>12}", column[at].1));
        println!("{what:<24}{}", cells.collect::<Vec<_>>().concat());
    }
}
