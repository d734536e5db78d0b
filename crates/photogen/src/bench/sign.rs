//! `photogen bench sign`: what signing (C2PA) costs a file, and checking it.

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context as _, anyhow};
use credentials::{Signer, development_identity};
use domain::format::Format;
use imaging::provenance::{Parent, Seal, Statement, source_type};
use serde_json::json;

use super::{statistics::median, zip::peak_rss_mib};

/// Signs finished files with a certificate made for the occasion: milliseconds of wall time, medians.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Finished pictures.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Measurements, of which the median counts.
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Print one JSON object a file.
    #[arg(long)]
    json: bool,
}

/// Of one file.
struct Measured {
    format: Format,
    bytes: usize,
    /// Bytes that the statement adds; with a signed parent of the same size.
    added: [usize; 2],
    /// Milliseconds to sign; with that parent.
    sign_ms: [f64; 2],
    check_ms: f64,
    /// The most memory that was held beyond what the file itself needed, so far.
    rss_mib: f64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let identity = development_identity("PhotoGen bench").map_err(anyhow::Error::msg)?;
    let signer = Signer::from_pem(&identity.chain, &identity.key)?;
    if !args.json {
        println!("| file | kB | sign ms | + kB | with a signed parent, ms | + kB | check ms | RSS + MiB |");
        println!("|---|---|---|---|---|---|---|---|");
    }
    for path in &args.files {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let ending = path.extension().and_then(|ending| ending.to_str());
        let format = ending
            .and_then(Format::from_extension)
            .with_context(|| format!("cannot tell the format of {}", path.display()))?;
        print(args, &measured(&signer, format, &bytes, args.rounds)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn measured(signer: &Signer, format: Format, bytes: &[u8], rounds: u32) -> anyhow::Result<Measured> {
    let before = peak_rss_mib().unwrap_or(f64::NAN);
    let sign = |parent: Option<&[u8]>| signer.sign(bytes, &statement(format, parent));
    let (sign_ms, signed) = timed(rounds, || sign(None))?;
    let (with_parent_ms, with_parent) = timed(rounds, || sign(Some(&signed)))?;
    let (check_ms, _) = timed(rounds, || anyhow::Ok(signer.check(&with_parent)))?;
    Ok(Measured {
        format,
        bytes: bytes.len(),
        added: [signed.len() - bytes.len(), with_parent.len() - bytes.len()],
        sign_ms: [sign_ms, with_parent_ms],
        check_ms,
        rss_mib: peak_rss_mib().unwrap_or(f64::NAN) - before,
    })
}

fn statement(format: Format, parent: Option<&[u8]>) -> Statement<'_> {
    Statement {
        format,
        digital_source_type: source_type::ALGORITHMICALLY_ENHANCED,
        maker: "studio",
        actions: &["c2pa.resized"],
        parent: parent.map(|bytes| Parent {
            title: "the picture in the catalogue",
            bytes,
        }),
    }
}

/// The median of some runs in milliseconds, and what the last one gave.
fn timed<T, E: Into<anyhow::Error>>(
    rounds: u32,
    work: impl Fn() -> Result<T, E>,
) -> anyhow::Result<(f64, T)> {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..rounds {
        let started = Instant::now();
        let made = work().map_err(Into::into)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        last = Some(made);
    }
    median(&times).zip(last).ok_or_else(|| anyhow!("no round"))
}

fn print(args: &Args, measured: &Measured) {
    let Measured {
        format,
        bytes,
        added,
        sign_ms,
        check_ms,
        rss_mib,
    } = measured;
    if args.json {
        let line = json!({
            "bench": "sign", "format": format, "bytes": bytes, "added": added, "sign_ms": sign_ms,
            "check_ms": check_ms, "rss_mib": rss_mib,
        });
        println!("{line}");
        return;
    }
    let kb = |bytes: usize| bytes as f64 / 1000.0;
    println!(
        "| {format} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {check_ms:.1} | {rss_mib:.0} |",
        kb(*bytes),
        sign_ms[0],
        kb(added[0]),
        sign_ms[1],
        kb(added[1]),
    );
}
