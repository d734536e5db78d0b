//! `photogen check no_op`: the no-op lock alone, on files.

use std::{path::PathBuf, process::ExitCode};

use imaging::locks::no_op;

use crate::files;

/// Did an engine change the photo of a person at all, or hand it back?
#[derive(clap::Args)]
pub(super) struct Args {
    /// The photo that was sent.
    #[arg(long, value_name = "PHOTO")]
    photo: PathBuf,
    /// The picture that came back.
    #[arg(long, value_name = "PICTURE")]
    candidate: PathBuf,
    /// Print the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let photo = files::open(&args.photo)?.pixels;
    let candidate = files::open(&args.candidate)?.pixels;
    Ok(super::tell(&no_op::check(&photo, &candidate), args.json))
}
