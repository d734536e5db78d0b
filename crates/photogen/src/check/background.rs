//! `photogen check background`: the background lock alone, on a file.

use std::{path::PathBuf, process::ExitCode};

use domain::{background::Background, pose::Framing};
use imaging::locks::background;

use crate::files;

/// Is the border of a picture exactly the background that was asked for?
#[derive(clap::Args)]
pub(super) struct Args {
    /// The picture to judge.
    #[arg(long, value_name = "PICTURE")]
    candidate: PathBuf,
    /// The asked ground: white, light-gray or #rrggbb.
    #[arg(long, value_name = "COLOUR", default_value_t)]
    background: Background,
    /// Print the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let candidate = files::open(&args.candidate)?.pixels;
    let verdict = background::check(&candidate, args.background, Framing::Full);
    Ok(super::tell(&verdict, args.json))
}
