//! `photogen check identity`: the identity lock alone, on files.

use std::{path::PathBuf, process::ExitCode};

use domain::{pose::PoseName, verdict::Verdict};
use imaging::{
    Picture,
    locks::identity::{self, References},
    vision::face::FaceEmbedder,
};

use crate::{faces, files};

/// Is the person in a picture the person of the reference photos?
#[derive(clap::Args)]
pub(super) struct Args {
    /// Photos of the person, one or more; each shows one face.
    #[arg(long, value_name = "PHOTO", required = true, num_args = 1..)]
    reference: Vec<PathBuf>,
    /// The picture to judge.
    #[arg(long, value_name = "PICTURE")]
    candidate: PathBuf,
    /// The pose the picture shows: in a BACK or a DETAIL_CLOSE_UP no face belongs.
    #[arg(long, value_name = "POSE")]
    pose: Option<PoseName>,
    /// Print the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Exits 0 when the picture passed, only wants a look, or shows no face by its pose; 1 when it failed or could not be
/// checked; 2 when a photo is no reference or the face service did not answer: then nothing was judged.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let candidate = files::open(&args.candidate)?.pixels;
    let photos = args
        .reference
        .iter()
        .map(|path| Ok((path.display().to_string(), files::open(path)?.pixels)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let verdict = args
        .pose
        .and_then(|pose| identity::not_applicable(pose.pose(), true))
        .map_or_else(|| judge(&photos, &candidate), Ok)?;
    Ok(super::tell(&verdict, args.json))
}

fn judge(photos: &[(String, Picture)], candidate: &Picture) -> anyhow::Result<Verdict> {
    let measured = match faces::open()? {
        Ok(embedder) => measure(&*embedder, photos, candidate)?,
        Err(reason) => Err(reason),
    };
    Ok(measured.unwrap_or_else(|reason| identity::unverifiable(&reason)))
}

fn measure(
    embedder: &dyn FaceEmbedder,
    photos: &[(String, Picture)],
    candidate: &Picture,
) -> anyhow::Result<Result<Verdict, String>> {
    let limits = faces::limits(embedder)?;
    let mut seen = Vec::new();
    for (name, photo) in photos {
        match faces::or_reason(embedder.look(photo))? {
            Ok(sighting) => seen.push((name.clone(), sighting)),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    let references = References::new(seen)?;
    let found = faces::or_reason(embedder.look(candidate))?;
    Ok(found.map(|found| identity::check(&references, &found, limits)))
}
