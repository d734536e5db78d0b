//! Clears away small copies whose picture or photo the page no longer shows.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use domain::manifest::Manifest;

use super::previews::{MARK, MARK_WITHIN, SOURCES, THUMBS, thumb_path};
use crate::preflight::shown;

/// See [`super::sweep_previews`].
pub(super) fn sweep(manifest: &Manifest, out: &Path) -> Vec<String> {
    let wanted: HashSet<String> = manifest
        .pictures
        .iter()
        .flat_map(|entry| {
            let photos = entry.inputs.iter().filter_map(|input| input.preview.clone());
            photos.chain(entry.file.as_ref().map(thumb_path))
        })
        .collect();
    let mut troubles = Vec::new();
    for folder in [SOURCES, THUMBS] {
        for file in fs::read_dir(out.join(folder)).into_iter().flatten().flatten() {
            let name = file.file_name();
            let is_wanted = name
                .to_str()
                .is_some_and(|name| wanted.contains(&format!("{folder}/{name}")));
            if is_wanted || !is_ours(&file.path()) {
                continue;
            }
            if let Err(error) = fs::remove_file(file.path()) {
                troubles.push(format!("cannot remove {}: {error}", shown(&file.path())));
            }
        }
    }
    troubles
}

/// A plain file that says at its start that we wrote it. Unfinished ones say so too.
fn is_ours(path: &Path) -> bool {
    let is_plain = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    let mut start = [0; MARK_WITHIN];
    is_plain
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start.ends_with(MARK)
}
