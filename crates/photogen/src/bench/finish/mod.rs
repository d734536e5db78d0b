//! `photogen bench finish`: finishing pictures beside npm's sharp, in one run.

mod alone;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, ensure};
use cpu_time::ProcessTime;
use domain::{format::Format, size::Size};
use imaging::{
    codec::{self, Limits},
    finish::{Fit, Spec, finish, finish_all},
};
use serde_json::json;

use super::{script, statistics::median, zip::peak_rss_mib};

/// The size that everything is made at.
const CANVAS: (u32, u32) = (2048, 3072);

/// Decodes, resizes to 2048 x 3072 in 16-bit linear light and encodes; CPU seconds a picture, medians. Beside it the encoder's
/// library alone, on pixels that are there.
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
    /// Write what the mode `main` makes there, for others to compare.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
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
        println!(
            "| | CPU s | kB | encoder alone, CPU s | ours / that | peer's CPU s | peer's kB | peer's / ours |"
        );
        println!("|---|---|---|---|---|---|---|---|");
    }
    for mode in modes {
        let specs = specs(mode, args.read_back)?;
        if let (Some(folder), "main") = (&args.keep, mode) {
            keep(folder, args, &specs[0])?;
        }
        let pixels: Option<Vec<_>> = sources
            .iter()
            .map(|source| alone::pixels(mode, source))
            .collect::<anyhow::Result<_>>()?;
        let (mut ours, mut alone, mut peers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            ours.push(timed(&sources, args.at_once, |source| {
                let photo = codec::decode(source, &Limits::default())?;
                let made = finish_all(&photo.pixels, &specs)?;
                Ok(made.iter().map(|file| file.bytes.len()).sum())
            })?);
            if let Some(pixels) = &pixels {
                alone.push(timed(pixels, args.at_once, |pixels| alone::encode(mode, pixels))?);
            }
            if let (Some(script), Some(modules)) = (&args.peer, &args.modules) {
                let count = args.at_once.to_string();
                let words = [
                    args.folder.as_os_str(),
                    "-".as_ref(),
                    mode.as_ref(),
                    count.as_ref(),
                    "1".as_ref(),
                ];
                let answer = script::node(script, modules, words.into_iter())?;
                let number = |name: &str| {
                    answer[name]
                        .as_f64()
                        .with_context(|| format!("the peer says no {name}"))
                };
                peers.push((number("cpu_s_per_img")?, number("out_bytes_per_img")?));
            }
        }
        print(args, mode, middle(&ours), middle(&alone), middle(&peers));
    }
    Ok(ExitCode::SUCCESS)
}

fn sources(args: &Args) -> anyhow::Result<Vec<Vec<u8>>> {
    Ok(paths(args)?.iter().map(fs::read).collect::<Result<_, _>>()?)
}

fn paths(args: &Args) -> anyhow::Result<Vec<PathBuf>> {
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
    Ok(paths)
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

/// Does all of something, some at once; what it takes of each.
fn timed<T: Sync>(
    all: &[T],
    at_once: usize,
    work: impl Fn(&T) -> anyhow::Result<usize> + Sync,
) -> anyhow::Result<Measured> {
    let next = AtomicUsize::new(0);
    let started = ProcessTime::now();
    let bytes = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.max(1))
            .map(|_| {
                scope.spawn(|| -> anyhow::Result<usize> {
                    let mut bytes = 0;
                    while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                        bytes += work(one)?;
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
    let count = all.len() as f64;
    Ok((started.elapsed().as_secs_f64() / count, bytes as f64 / count))
}

/// Writes each source's file under its name.
fn keep(folder: &Path, args: &Args, spec: &Spec) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for path in paths(args)? {
        let photo = codec::decode(&fs::read(&path)?, &Limits::default())?;
        let name = path.file_stem().unwrap_or_default();
        fs::write(
            folder.join(name).with_extension("webp"),
            finish(&photo.pixels, spec)?.bytes,
        )?;
    }
    Ok(())
}

fn middle(measured: &[Measured]) -> Option<Measured> {
    let times: Vec<f64> = measured.iter().map(|one| one.0).collect();
    let bytes: Vec<f64> = measured.iter().map(|one| one.1).collect();
    Some((median(&times)?, median(&bytes)?))
}

fn print(args: &Args, mode: &str, ours: Option<Measured>, alone: Option<Measured>, peer: Option<Measured>) {
    let Some((cpu, bytes)) = ours else { return };
    if args.json {
        let entry = |(cpu, bytes): Measured| json!({ "cpu_s": cpu, "bytes": bytes });
        let ours = entry((cpu, bytes));
        let line = json!({
            "bench": "finish", "mode": mode, "ours": ours, "encoder_alone": alone.map(entry), "peer": peer.map(entry),
            "read_back": args.read_back, "peak_rss_mib": peak_rss_mib(),
        });
        println!("{line}");
        return;
    }
    let floor = alone.map_or_else(
        || "- | -".to_owned(),
        |(floor, _)| format!("{floor:.3} | {:.2}x", cpu / floor),
    );
    let beside = peer.map_or_else(
        || "- | - | -".to_owned(),
        |(theirs, size)| format!("{theirs:.3} | {:.0} | {:.2}x", size / 1000.0, theirs / cpu),
    );
    println!(
        "| {mode} | {cpu:.3} | {:.0} | {floor} | {beside} |",
        bytes / 1000.0
    );
}
