//! `photogen bench finish`: finishing pictures beside npm's sharp, in one run.

use std::{
    fs,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, ensure};
use cpu_time::ProcessTime;
use domain::{format::Format, size::Size};
use imaging::{
    codec::{self, Limits},
    finish::{Fit, Spec, finish_all},
};
use serde_json::json;

use super::{
    statistics::median,
    zip::{peak_rss_mib, script_line},
};

/// The size that everything is made at.
const CANVAS: (u32, u32) = (2048, 3072);

/// Decodes, resizes to 2048 x 3072 in 16-bit linear light and encodes; CPU seconds a picture, medians.
///
/// With --peer, `node SCRIPT DIR - MODE 2 1` is run after each round, in the folder --modules, and prints one line of JSON with
/// `cpu_s_per_img` and `out_bytes_per_img`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// PNG and JPEG sources.
    folder: PathBuf,
    /// What to make: main (WebP 100), jpeg, png16, seed (lossless WebP), full (main, two small WebPs, JPEG and PNG16). All without.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    modes: Vec<String>,
    /// Pictures worked on at once.
    #[arg(long, value_name = "N", default_value_t = 2)]
    at_once: usize,
    /// Measurements, of which the median counts.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Decode every file again and compare, as deliveries do.
    #[arg(long)]
    read_back: bool,
    /// The other program's script.
    #[arg(long, value_name = "SCRIPT.mjs", requires = "modules")]
    peer: Option<PathBuf>,
    /// The folder with its node_modules.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Print one JSON object a mode.
    #[arg(long)]
    json: bool,
}

/// CPU seconds and bytes a picture.
type Measured = (f64, f64);

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let sources = sources(args)?;
    let modes: Vec<&str> = if args.modes.is_empty() {
        vec!["main", "jpeg", "png16", "seed", "full"]
    } else {
        args.modes.iter().map(String::as_str).collect()
    };
    if !args.json {
        println!(
            "{} sources to {}x{}, {} at once; CPU s a picture, medians of {}",
            sources.len(),
            CANVAS.0,
            CANVAS.1,
            args.at_once,
            args.rounds
        );
        println!("| | CPU s | kB | peer's CPU s | peer's kB | ratio |");
        println!("|---|---|---|---|---|---|");
    }
    for mode in modes {
        let specs = specs(mode, args.read_back)?;
        let (mut ours, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            ours.push(measured(&sources, &specs, args.at_once)?);
            if let (Some(script), Some(modules)) = (&args.peer, &args.modules) {
                let count = args.at_once.to_string();
                let words = [
                    args.folder.as_os_str(),
                    "-".as_ref(),
                    mode.as_ref(),
                    count.as_ref(),
                    "1".as_ref(),
                ];
                let answer = script_line(script, modules, words.into_iter())?;
                let number = |name: &str| {
                    answer[name]
                        .as_f64()
                        .with_context(|| format!("the peer says no {name}"))
                };
                peers.push((number("cpu_s_per_img")?, number("out_bytes_per_img")?));
            }
        }
        print(args, mode, middle(&ours), middle(&peers));
    }
    Ok(ExitCode::SUCCESS)
}

fn sources(args: &Args) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(&args.folder)
        .with_context(|| format!("cannot read {}", args.folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "png" || ending == "jpg")
        })
        .collect();
    paths.sort();
    ensure!(
        !paths.is_empty(),
        "{} holds no .png or .jpg",
        args.folder.display()
    );
    Ok(paths.iter().map(fs::read).collect::<Result<_, _>>()?)
}

/// The files of a mode; the same that the peer's script makes.
fn specs(mode: &str, read_back: bool) -> anyhow::Result<Vec<Spec>> {
    let spec = |width, height, format, quality| Spec {
        size: Size::new(width, height),
        fit: Fit::Cover,
        format,
        quality,
        read_back,
        ..Spec::default()
    };
    let (width, height) = CANVAS;
    let main = spec(width, height, Format::Webp, None);
    let jpeg = spec(width, height, Format::Jpeg, Some(92));
    let png16 = spec(width, height, Format::Png16, None);
    Ok(match mode {
        "main" => vec![main],
        "jpeg" => vec![jpeg],
        "png16" => vec![png16],
        "seed" => vec![spec(width, height, Format::WebpLossless, None)],
        "full" => vec![
            main,
            jpeg,
            png16,
            spec(400, 600, Format::Webp, Some(80)),
            spec(1024, 1536, Format::Webp, Some(85)),
        ],
        _ => anyhow::bail!("`{mode}` is none of main, jpeg, png16, seed and full"),
    })
}

fn measured(sources: &[Vec<u8>], specs: &[Spec], at_once: usize) -> anyhow::Result<Measured> {
    let next = AtomicUsize::new(0);
    let started = ProcessTime::now();
    let bytes = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.max(1))
            .map(|_| {
                scope.spawn(|| -> anyhow::Result<usize> {
                    let mut bytes = 0;
                    while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let photo = codec::decode(source, &Limits::default())?;
                        let made = finish_all(&photo.pixels, specs)?;
                        bytes += made.iter().map(|file| file.bytes.len()).sum::<usize>();
                    }
                    Ok(bytes)
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .map_err(|_| anyhow::anyhow!("a thread broke down"))?
            })
            .sum::<anyhow::Result<usize>>()
    })?;
    let count = sources.len() as f64;
    Ok((started.elapsed().as_secs_f64() / count, bytes as f64 / count))
}

fn middle(measured: &[Measured]) -> Option<Measured> {
    let times: Vec<f64> = measured.iter().map(|one| one.0).collect();
    let bytes: Vec<f64> = measured.iter().map(|one| one.1).collect();
    Some((median(&times)?, median(&bytes)?))
}

fn print(args: &Args, mode: &str, ours: Option<Measured>, peer: Option<Measured>) {
    let Some((cpu, bytes)) = ours else { return };
    if args.json {
        let entry = |(cpu, bytes): Measured| json!({ "cpu_s": cpu, "bytes": bytes });
        let ours = entry((cpu, bytes));
        let line = json!({
            "bench": "finish", "mode": mode, "ours": ours, "peer": peer.map(entry), "read_back": args.read_back,
            "peak_rss_mib": peak_rss_mib(),
        });
        println!("{line}");
        return;
    }
    let beside = peer.map_or_else(
        || "- | - | -".to_owned(),
        |(theirs, size)| format!("{theirs:.3} | {:.0} | {:.2}x", size / 1000.0, theirs / cpu),
    );
    println!("| {mode} | {cpu:.3} | {:.0} | {beside} |", bytes / 1000.0);
}
