//! `photogen check set`: the set lock alone, on files.

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;
use imaging::{
    Picture,
    locks::set::{self, Member},
    vision::face::Face,
};

use crate::{faces, files};

/// Which of one product's pictures does not belong with the others?
#[derive(clap::Args)]
pub(super) struct Args {
    /// Three pictures or more of one product: whole views, no close-ups.
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// Compare the faces in them too (fetches the face networks when they are missing).
    #[arg(long)]
    faces: bool,
    /// Print the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let pictures = args
        .pictures
        .iter()
        .map(|path| Ok((path.display().to_string(), files::open(path)?.pixels)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (seen, same_face) = if args.faces {
        looked_at(&pictures)?
    } else {
        (vec![None; pictures.len()], 1.0)
    };
    let members: Vec<Member<'_>> = pictures
        .iter()
        .zip(&seen)
        .map(|((name, picture), face)| Member {
            name,
            picture,
            face: face.as_ref().map(|face| &face.embedding),
        })
        .collect();
    Ok(super::tell(&set::check(&members, same_face), args.json))
}

/// The largest face of each picture, and the cosine below which two are different people.
fn looked_at(pictures: &[(String, Picture)]) -> anyhow::Result<(Vec<Option<Face>>, f64)> {
    let embedder = match faces::open()? {
        Ok(embedder) => embedder,
        Err(reason) => bail!("the faces cannot be compared: {reason}"),
    };
    let limits = faces::limits(&*embedder)?;
    let mut seen = Vec::new();
    for (name, picture) in pictures {
        match faces::or_reason(embedder.look(picture))? {
            Ok(sighting) => seen.push(sighting.face),
            Err(reason) => bail!("{name}: the faces cannot be compared: {reason}"),
        }
    }
    Ok((seen, limits.review))
}
