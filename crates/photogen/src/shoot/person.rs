//! The photos of the person who wears the products: `--model DIR`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use domain::product::{PhotoRef, View};
use imaging::codec::{Limits, decode, read};
use sha2::{Digest as _, Sha256};

/// Most photos of one person.
const PHOTOS_MAX: usize = 8;
/// A shorter side shows no face worth keeping.
const SIDE_MIN: u32 = 256;

/// The folder's photos, by name. Each is opened once, so that a broken one is found before anything is paid for.
pub(super) fn photos(folder: &Path) -> anyhow::Result<Vec<PhotoRef>> {
    let place = || format!("--model {}", folder.display());
    let listed = fs::read_dir(folder).with_context(place)?;
    let mut paths: Vec<PathBuf> = listed
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && is_picture(path))
        .collect();
    paths.sort();
    if paths.is_empty() {
        bail!(
            "{}: no photo is in it; put 1 to {PHOTOS_MAX} photos of one person there",
            place()
        );
    }
    if paths.len() > PHOTOS_MAX {
        bail!(
            "{}: {} photos are in it; keep the {PHOTOS_MAX} best",
            place(),
            paths.len()
        );
    }
    let photo = |(i, path): (usize, &PathBuf)| {
        photo(path, i as u32 + 1).with_context(|| format!("--model: {}", path.display()))
    };
    paths.iter().enumerate().map(photo).collect()
}

fn is_picture(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|text| text.to_str())
        .unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    ["jpg", "jpeg", "png", "webp", "tif", "tiff"].contains(&extension.as_str())
}

fn photo(path: &Path, number: u32) -> anyhow::Result<PhotoRef> {
    let limits = Limits::default();
    let bytes = read(path, &limits)?;
    let decoded = decode(&bytes, &limits)?;
    let (width, height) = decoded.pixels.dimensions();
    if width.min(height) < SIDE_MIN {
        bail!("{width}x{height} pixels are too few; use a photo of {SIDE_MIN} pixels a side or more");
    }
    let source = path
        .to_str()
        .context("the file name is not Unicode text; rename the file")?;
    Ok(PhotoRef {
        view: View::Front,
        side: None,
        number,
        source: source.to_owned(),
        sha256: hex::encode(Sha256::digest(&bytes)),
    })
}
