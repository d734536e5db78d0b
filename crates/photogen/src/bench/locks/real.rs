//! Trials on real pictures: people who wear a garment whose photo is known, and every other garment as a wrong answer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::{garments, trial::Trial};
use crate::{files, preflight};

/// The manifest: every picture is compared with every garment photo, right where it is listed, wrong elsewhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Folders of garment photos, from the root.
    garments: Vec<PathBuf>,
    /// Pictures, from the root.
    #[serde(rename = "picture")]
    pictures: Vec<Shown>,
}

/// A picture and the photos of what is worn in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    candidate: PathBuf,
    /// Photos of garments that the picture shows; none of the known ones where empty.
    wears: Vec<PathBuf>,
    /// Photos that cannot be told from what is shown, and so are neither right nor wrong.
    #[serde(default)]
    unclear: Vec<PathBuf>,
}

pub(super) fn run(manifest: &Path, root: &Path, jobs: usize) -> anyhow::Result<Vec<Trial>> {
    let text = fs::read_to_string(manifest).with_context(|| manifest.display().to_string())?;
    let manifest: Manifest = toml::from_str(&text).with_context(|| manifest.display().to_string())?;
    let folders: Vec<PathBuf> = manifest.garments.iter().map(|folder| root.join(folder)).collect();
    let paths = garments::photos(&folders)?;
    for path in manifest
        .pictures
        .iter()
        .flat_map(|shown| shown.wears.iter().chain(&shown.unclear))
    {
        ensure!(
            paths.contains(&root.join(path)),
            "{} is not among the garments",
            path.display()
        );
    }
    eprintln!(
        "cutting out {} garments for {} real pictures",
        paths.len(),
        manifest.pictures.len()
    );
    let garments = garments::cut(&paths, jobs)?;
    let mut trials = Vec::new();
    for shown in &manifest.pictures {
        let candidate = files::open(&root.join(&shown.candidate))?.pixels;
        let small = garments::eight_bit(&candidate);
        let listed = |paths: &[PathBuf], path: &Path| paths.iter().any(|listed| root.join(listed) == path);
        let judged = preflight::pool::map(&garments, jobs, |garment| {
            if listed(&shown.unclear, &garment.path) {
                return None;
            }
            let same = listed(&shown.wears, &garment.path);
            let kind = if same { "worn" } else { "not-worn" };
            Some(Trial::of(kind, same, garment, &candidate, &small))
        });
        trials.extend(judged.into_iter().flatten());
    }
    Ok(trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_the_repository_reads() {
        let text = fs::read_to_string(testkit::repository().join("docs/bench-real-pairs.toml")).unwrap();
        let manifest: Manifest = toml::from_str(&text).unwrap();
        assert!(manifest.pictures.iter().any(|shown| !shown.wears.is_empty()));
        let relative = |path: &PathBuf| path.is_relative();
        assert!(
            manifest
                .pictures
                .iter()
                .all(|shown| relative(&shown.candidate) && shown.wears.iter().all(relative))
        );
    }
}
