//! `photogen bench ssim`: the SSIM kernel beside scikit-image, on the same two pictures in the same run.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use image::RgbImage;
use imaging::locks::ssim::{Image, mean};
use serde_json::{Value, json};

use super::{cpu, script, statistics::median};
use crate::files;

/// Times SSIM (11x11 Gaussian window, grey and RGB) on two pictures of one size; the CPU time of one core, medians.
///
/// With --peer, a script that prints the same measurements of another program as one line of JSON is run by python3 after
/// it, and the ratios are shown. The script gets both pictures and the rounds:
/// `{"gray_u8": {"score": .., "cpu_ms_median": ..}, "rgb_u8": {"score": .., "cpu_ms_median": ..}}`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A picture.
    one: PathBuf,
    /// Another of the same size.
    two: PathBuf,
    /// Measurements, of which the median counts.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// The other program's script.
    #[arg(long, value_name = "SCRIPT.py")]
    peer: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A score and what it took.
struct Measured {
    score: f64,
    cpu_ms: f64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (one, two) = (opened(&args.one)?, opened(&args.two)?);
    ensure!(
        one.dimensions() == two.dimensions(),
        "the pictures are of different sizes, {:?} and {:?}; give two of one size",
        one.dimensions(),
        two.dimensions()
    );
    let ours = measured(&one, &two, args.rounds)?;
    let peer = args
        .peer
        .as_deref()
        .map(|script| peer(script, args))
        .transpose()?;
    if args.json {
        println!("{}", as_json(&ours, peer.as_ref()));
    } else {
        print_table(one.dimensions(), &ours, peer.as_ref());
    }
    Ok(ExitCode::SUCCESS)
}

fn opened(path: &Path) -> anyhow::Result<RgbImage> {
    Ok(image::DynamicImage::ImageRgba16(files::open(path)?.pixels).to_rgb8())
}

/// Grey, then RGB.
fn measured(one: &RgbImage, two: &RgbImage, rounds: u32) -> anyhow::Result<[Measured; 2]> {
    let (width, height) = (one.width() as usize, one.height() as usize);
    let (grey_one, grey_two) = (luma(one), luma(two));
    let grey = || {
        mean(
            &Image::grey8(&grey_one, width, height)?,
            &Image::grey8(&grey_two, width, height)?,
        )
    };
    let rgb = || {
        mean(
            &Image::rgb8(one, width, height)?,
            &Image::rgb8(two, width, height)?,
        )
    };
    Ok([timed(rounds, grey)?, timed(rounds, rgb)?])
}

/// Rounded to the nearest, by the weights of Rec. 601.
fn luma(picture: &RgbImage) -> Vec<u8> {
    let weighted = |[r, g, b]: [u8; 3]| 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    picture
        .pixels()
        .map(|pixel| (weighted(pixel.0) + 0.5) as u8)
        .collect()
}

/// One round to warm up, then the counted ones.
fn timed<E: std::error::Error + Send + Sync + 'static>(
    rounds: u32,
    score: impl Fn() -> Result<f64, E>,
) -> anyhow::Result<Measured> {
    let score_found = score()?;
    let times: Vec<f64> = (0..rounds).map(|_| cpu::timed(&score).1).collect();
    Ok(Measured {
        score: score_found,
        cpu_ms: median(&times).context("nothing was measured")?,
    })
}

fn peer(script: &Path, args: &Args) -> anyhow::Result<[Measured; 2]> {
    let rounds = args.rounds.to_string();
    let words = [args.one.as_os_str(), args.two.as_os_str(), rounds.as_ref()];
    let answer = script::python(script, words.into_iter())?;
    let read = |key: &str| {
        let number = |name: &str| answer[key][name].as_f64();
        let found = number("score").zip(number("cpu_ms_median"));
        let (score, cpu_ms) = found.with_context(|| format!("{} says no {key}", script.display()))?;
        Ok::<_, anyhow::Error>(Measured { score, cpu_ms })
    };
    Ok([read("gray_u8")?, read("rgb_u8")?])
}

fn print_table((width, height): (u32, u32), ours: &[Measured; 2], peer: Option<&[Measured; 2]>) {
    println!("SSIM of {width}x{height}, CPU time of one core, median");
    println!("| | score | ms | peer\'s score | peer\'s ms | ratio |");
    println!("|---|---|---|---|---|---|");
    for (index, name) in ["grey", "RGB"].into_iter().enumerate() {
        let Measured { score, cpu_ms } = ours[index];
        let beside = peer.map(|peer| {
            let Measured {
                score,
                cpu_ms: theirs,
            } = peer[index];
            format!("{score:.8} | {theirs:.1} | {:.1}x", theirs / cpu_ms)
        });
        println!(
            "| {name} | {score:.8} | {cpu_ms:.2} | {} |",
            beside.unwrap_or("- | - | -".to_owned())
        );
    }
}

fn as_json(ours: &[Measured; 2], peer: Option<&[Measured; 2]>) -> Value {
    let entry = |measured: &Measured| json!({"score": measured.score, "cpu_ms_median": measured.cpu_ms});
    let both =
        |measured: &[Measured; 2]| json!({"gray_u8": entry(&measured[0]), "rgb_u8": entry(&measured[1])});
    json!({"bench": "ssim", "ours": both(ours), "peer": peer.map(both)})
}
