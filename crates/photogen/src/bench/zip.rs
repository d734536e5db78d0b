//! `photogen bench zip`: packing pictures beside npm's archiver and a plain copy, in one run.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{channel, sync_channel},
    thread,
    time::Instant,
};

use anyhow::{Context as _, anyhow, ensure};
use cpu_time::ProcessTime;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use worker::delivery::{Disk, Packer};

use super::{script, statistics::median};

/// Bytes that a copy moves at once.
const CHUNK: usize = 256 << 10;

/// Packs the files of a folder, in turn, into a stored zip, and copies the same bytes plainly and with their hash; all to the disk
/// itself.
///
/// With --peer, `node SCRIPT DIR OUT store FILES` is run after each round, in the folder --modules, and prints one line of JSON
/// with `mb_s`, `cpu_s` and `peak_rss_mib`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files that stand for pictures.
    folder: PathBuf,
    /// Where to write; removed afterwards.
    #[arg(long, value_name = "DIR", default_value = ".")]
    scratch: PathBuf,
    /// Entries of the archive.
    #[arg(long, value_name = "N", default_value_t = 500)]
    files: usize,
    /// Measurements, of which the median counts.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// The other program's script.
    #[arg(long, value_name = "SCRIPT.mjs", requires = "modules")]
    peer: Option<PathBuf>,
    /// The folder with its node_modules.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// One run of one program.
struct Measured {
    mb_s: f64,
    cpu_s: f64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut files: Vec<PathBuf> = fs::read_dir(&args.folder)
        .with_context(|| format!("cannot read {}", args.folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "{} holds no files", args.folder.display());
    let to = args.scratch.join("photogen-bench.zip");
    let (mut zip, mut copy, mut hashed, mut peer) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut peer_rss = 0.0_f64;
    for _ in 0..args.rounds {
        cleared(&to)?;
        copy.push(timed(|| copied(&files, args.files, &to))?);
        cleared(&to)?;
        hashed.push(timed(|| copied_and_hashed(&files, args.files, &to))?);
        cleared(&to)?;
        zip.push(timed(|| packed(&files, args.files, &to))?);
        cleared(&to)?;
        if let (Some(script), Some(modules)) = (&args.peer, &args.modules) {
            let answer = node(script, modules, &args.folder, &to, args.files)?;
            let number = |name: &str| {
                answer[name]
                    .as_f64()
                    .with_context(|| format!("the peer says no {name}"))
            };
            peer.push(Measured {
                mb_s: number("mb_s")?,
                cpu_s: number("cpu_s")?,
            });
            peer_rss = peer_rss.max(number("peak_rss_mib")?);
        }
    }
    cleared(&to)?;
    let rss = peak_rss_mib();
    let row = |measured: &[Measured]| -> Option<(f64, f64)> {
        let speeds: Vec<f64> = measured.iter().map(|one| one.mb_s).collect();
        let times: Vec<f64> = measured.iter().map(|one| one.cpu_s).collect();
        Some((median(&speeds)?, median(&times)?))
    };
    let (zip, copy, hashed, peer) = (row(&zip), row(&copy), row(&hashed), row(&peer));
    if args.json {
        let entry =
            |row: Option<(f64, f64)>| row.map(|(mb_s, cpu_s)| json!({ "mb_s": mb_s, "cpu_s": cpu_s }));
        println!(
            "{}",
            json!({ "bench": "zip", "files": args.files, "zip": entry(zip), "copy": entry(copy),
                    "copy_and_hash": entry(hashed), "peer": entry(peer),
                    "peak_rss_mib": rss, "peer_peak_rss_mib": peer_rss })
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} files packed, stored, written through; medians of {}",
        args.files, args.rounds
    );
    println!("| | MB/s | CPU s | peak RSS MiB |");
    println!("|---|---|---|---|");
    for (name, row, rss) in [
        ("zip", zip, rss),
        ("plain copy", copy, None),
        ("copy and hash", hashed, None),
        ("peer", peer, Some(peer_rss)),
    ] {
        if let Some((mb_s, cpu_s)) = row {
            let rss = rss.map_or_else(String::new, |rss| format!("{rss:.0}"));
            println!("| {name} | {mb_s:.0} | {cpu_s:.2} | {rss} |");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes what was written and has the disk take note of it, so that nobody is timed while it frees another's file.
fn cleared(to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_file(to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Bytes moved by `work`, over its wall and CPU time.
fn timed(work: impl FnOnce() -> anyhow::Result<u64>) -> anyhow::Result<Measured> {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let bytes = work()?;
    Ok(Measured {
        mb_s: bytes as f64 / 1e6 / wall.elapsed().as_secs_f64(),
        cpu_s: cpu.elapsed().as_secs_f64(),
    })
}

fn packed(files: &[PathBuf], count: usize, to: &Path) -> anyhow::Result<u64> {
    let mut packer = Packer::new(Disk::create(to)?);
    let mut bytes = 0;
    for number in 0..count {
        let file = File::open(&files[number % files.len()])?;
        let length = file.metadata()?.len();
        packer.add(&format!("img_{number:05}.webp"), length, file)?;
        bytes += length;
    }
    let (_, to) = packer.end()?;
    to.finish()?;
    Ok(bytes)
}

/// What an archive must do and a copy need not: the bytes are hashed as they go, by a thread of its own. Nothing else, so no archive
/// that names its hash is faster here.
fn copied_and_hashed(files: &[PathBuf], count: usize, to: &Path) -> anyhow::Result<u64> {
    let (chunks, given) = sync_channel::<Vec<u8>>(4);
    let (give_back, used) = channel();
    let hashing = thread::spawn(move || {
        let mut hash = Sha256::new();
        for chunk in given {
            hash.update(&chunk);
            // Nobody wants it at the end.
            let _ = give_back.send(chunk);
        }
        hash.finalize()
    });
    let mut out = File::create(to)?;
    let mut bytes = 0;
    for number in 0..count {
        let mut file = File::open(&files[number % files.len()])?;
        loop {
            let mut chunk = used.try_recv().unwrap_or_default();
            chunk.resize(CHUNK, 0);
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            chunk.truncate(read);
            out.write_all(&chunk)?;
            bytes += read as u64;
            chunks.send(chunk)?;
        }
    }
    drop(chunks);
    let hash = hashing
        .join()
        .map_err(|_| anyhow!("the thread that hashes broke down"))?;
    ensure!(hash.iter().any(|byte| *byte != 0), "there is no hash");
    out.sync_all()?;
    Ok(bytes)
}

fn copied(files: &[PathBuf], count: usize, to: &Path) -> anyhow::Result<u64> {
    let mut out = File::create(to)?;
    let mut chunk = vec![0; CHUNK];
    let mut bytes = 0;
    for number in 0..count {
        let mut file = File::open(&files[number % files.len()])?;
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            out.write_all(&chunk[..read])?;
            bytes += read as u64;
        }
    }
    out.sync_all()?;
    Ok(bytes)
}

/// One line of JSON from a script.
fn node(script: &Path, modules: &Path, folder: &Path, to: &Path, files: usize) -> anyhow::Result<Value> {
    let arguments = [folder.as_os_str(), to.as_os_str(), "store".as_ref()].map(ToOwned::to_owned);
    let count = files.to_string();
    script::node(
        script,
        modules,
        arguments.iter().map(AsRef::as_ref).chain([count.as_ref()]),
    )
}

/// The most memory that this process held.
pub(super) fn peak_rss_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
