//! `photogen cutout`: one product out of one photo, with the verdict on the cut.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use domain::background::Background;
use imaging::{
    Picture,
    vision::{Cutout, Cutter, Quality},
};

use crate::{files, models};

/// Cuts the product out of a photo and says how far the cut can be trusted.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The photo: one product on a plain ground.
    input: PathBuf,
    /// The cut-out: PNG, see-through around the product unless --background is given.
    output: PathBuf,
    /// Lay the product on this ground: white, light-gray or #rrggbb.
    #[arg(long, value_name = "COLOUR")]
    background: Option<Background>,
    /// Print the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Exits 0 when the cut-out can be delivered or only wants a look, 1 when it cannot be used.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    files::check_png(&args.output)?;
    files::check_output(&args.output, &[&args.input])?;
    let photo = files::open(&args.input)?.pixels;
    let model = models::ensure("cutout")?;
    let cutter = Cutter::load(&model.path, model.input()?)?;
    let cutout = cutter
        .cut(&photo)
        .with_context(|| args.input.display().to_string())?;
    let picture = args.background.map_or_else(
        || cutout.pixels.clone(),
        |ground| on_ground(&cutout.pixels, ground),
    );
    files::write_png(&args.output, &picture)?;
    if args.json {
        print_json(args, &cutout);
    } else {
        print_lines(args, &cutout);
    }
    Ok(ExitCode::from(u8::from(cutout.gate.quality == Quality::Reject)))
}

/// Blends over one colour, in gamma sRGB as the cut-out was taken apart.
fn on_ground(pixels: &Picture, ground: Background) -> Picture {
    let colour = ground.rgb;
    let mut out = pixels.clone();
    for pixel in out.pixels_mut() {
        let [.., alpha] = pixel.0;
        for (value, ground) in pixel.0.iter_mut().zip(colour) {
            let (over, under) = (u64::from(*value) * u64::from(alpha), u64::from(ground) * 257);
            *value = ((over + under * u64::from(u16::MAX - alpha) + 32767) / 65535) as u16;
        }
        pixel.0[3] = u16::MAX;
    }
    out
}

fn print_json(args: &Args, cutout: &Cutout) {
    let line = serde_json::json!({
        "input": args.input, "output": args.output, "bounds": cutout.bounds, "gate": cutout.gate,
    });
    println!("{line}");
}

fn print_lines(args: &Args, cutout: &Cutout) {
    let verdict = match cutout.gate.quality {
        Quality::Clean => "clean: deliver it",
        Quality::Review => "review: usable, look at it first",
        Quality::Reject => "reject: not usable",
    };
    println!("{}: {verdict}", args.output.display());
    for reason in &cutout.gate.reasons {
        println!("  {reason}");
    }
}
