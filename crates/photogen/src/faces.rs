//! Who looks at faces here: the three networks on this machine, or the service at `INSIGHTFACE_URL`.

use anyhow::{Context as _, ensure};
use engines::insightface::{self, InsightFace};
use imaging::vision::face::{FaceEmbedder, FaceError, Limits, LocalFaces, Model};

use crate::{
    models::{self, Card},
    settings,
};

/// The kinds of the three networks, in the order they work.
pub(crate) const KINDS: [&str; 3] = ["face_detect", "face_landmarks", "face_embed"];

/// The address of the service, where one is set.
pub(crate) fn service_url() -> Option<String> {
    settings::read("INSIGHTFACE_URL")
}

/// Opens whichever is set up. The inner error says why faces cannot be judged here: a model cannot be had or is broken.
/// The outer one is a setting that is wrong.
pub(crate) fn open() -> anyhow::Result<Result<Box<dyn FaceEmbedder>, String>> {
    if let Some(url) = service_url() {
        let service = InsightFace::new(&url).context("INSIGHTFACE_URL")?;
        return Ok(Ok(Box::new(service)));
    }
    Ok(local().map_err(|error| format!("{error:#}")))
}

fn local() -> anyhow::Result<Box<dyn FaceEmbedder>> {
    let [detect, landmarks, embed] = KINDS.map(models::ensure);
    let faces = LocalFaces::load(
        &model(detect?, |card| card.face_detect)?,
        &model(landmarks?, |card| card.face_landmarks)?,
        &model(embed?, |card| card.face_embed)?,
    )?;
    Ok(Box::new(faces))
}

fn model<C>(found: models::ModelFile, input: impl Fn(Card) -> Option<C>) -> anyhow::Result<Model<C>> {
    let name = found.card.name.clone();
    let card = input(found.card).with_context(|| format!("{name} is no face model of this kind"))?;
    Ok(Model {
        path: found.path,
        card,
    })
}

/// What the embedder's cosines mean, with [`threshold`] as the bar to pass where it is set.
pub(crate) fn limits(embedder: &dyn FaceEmbedder) -> anyhow::Result<Limits> {
    with_threshold(embedder.limits())
}

/// The same of whoever looks here, without opening it; nothing is pulled.
pub(crate) fn limits_here() -> anyhow::Result<Limits> {
    if service_url().is_some() {
        return with_threshold(insightface::LIMITS);
    }
    let embedder = models::here(KINDS[2]).and_then(|file| file.card.face_embed);
    with_threshold(embedder.context("the face models are not here")?.limits)
}

fn with_threshold(limits: Limits) -> anyhow::Result<Limits> {
    Ok(threshold()?.map_or(limits, |pass| limits.with_pass(pass)))
}

/// `FACE_SIMILARITY_THRESHOLD`, where it is set: above 0, at most 1.
pub(crate) fn threshold() -> anyhow::Result<Option<f64>> {
    let Some(text) = settings::read("FACE_SIMILARITY_THRESHOLD") else {
        return Ok(None);
    };
    let pass: f64 = text.trim().parse().unwrap_or(f64::NAN);
    ensure!(
        0.0 < pass && pass <= 1.0,
        "FACE_SIMILARITY_THRESHOLD is `{text}`; give a number above 0, at most 1"
    );
    Ok(Some(pass))
}

/// An outage or a wrong address ends a command; a broken model only means that the picture cannot be judged, and why.
pub(crate) fn or_reason<T>(seen: Result<T, FaceError>) -> anyhow::Result<Result<T, String>> {
    match seen {
        Ok(seen) => Ok(Ok(seen)),
        Err(error @ (FaceError::Unreachable(_) | FaceError::Refused(_))) => Err(error.into()),
        Err(error @ (FaceError::Model { .. } | FaceError::Mismatch { .. })) => Ok(Err(error.to_string())),
    }
}

/// What looks at faces here, in a word that changes with it: what one saw is not compared with what another sees. The error says
/// why nobody looks; nothing is pulled.
pub(crate) fn revision() -> Result<String, String> {
    if let Some(url) = service_url() {
        return Ok(format!("service {url}"));
    }
    let files: Option<Vec<String>> = KINDS
        .map(models::here)
        .into_iter()
        .map(|file| Some(file?.sha256))
        .collect();
    files.map(|files| files.join(" ")).ok_or_else(|| {
        format!(
            "the face models are not here: run `photogen models pull {}`",
            KINDS.join(" ")
        )
    })
}
