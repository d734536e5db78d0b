//! What exports rendered and keep in a catalogue's folder, and the sweep of what no picture can want any more.

use std::{
    collections::HashSet,
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use domain::{
    clock::Clock as _,
    manifest::Entry,
    profile::{self, Role},
};
use walkdir::WalkDir;
use worker::delivery::{Terms, key};

use crate::{clock::SystemClock, shoot::folder::STATE_FOLDER};

/// Where they lie in the state folder.
const EXPORTS: &str = "exports";
/// Where it is written what is known of files for channels, by their paths in the catalogue.
const CHANNELS: &str = "channels";
/// What is younger may be another program's that works here now.
const OLD: Duration = Duration::from_hours(24);

/// Where the file that a key decides is kept.
pub(super) fn path(key: &str, extension: &str) -> String {
    format!("{STATE_FOLDER}/{EXPORTS}/{key}.{extension}")
}

/// Removes files of exports that no picture of the catalogue gives any more under any profile, role and disclosure, and what is
/// known of files that are not there. What cannot be removed is only space.
pub(super) fn sweep(root: &Path, pictures: &[Entry], terms: &Terms) {
    let old: Vec<_> = files(&root.join(STATE_FOLDER).join(EXPORTS)).collect();
    if !old.is_empty() {
        let wanted = wanted(pictures, terms);
        for path in old {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            if !wanted.contains(stem) {
                let _ = fs::remove_file(path);
            }
        }
    }
    let records = root.join(STATE_FOLDER).join(CHANNELS);
    for record in files(&records) {
        let of = record
            .strip_prefix(&records)
            .map(|path| root.join(path.with_extension("")));
        if of.is_ok_and(|file| !file.exists()) {
            let _ = fs::remove_file(record);
        }
    }
}

/// Every key that an export of these pictures may ask for, by who signs now.
fn wanted(pictures: &[Entry], terms: &Terms) -> HashSet<String> {
    let mut wanted = HashSet::new();
    for disclose in [false, true] {
        let terms = Terms {
            disclose,
            signer: terms.signer.clone(),
        };
        for entry in pictures {
            let Some(source) = &entry.file else { continue };
            for profile in profile::all() {
                for role in [Role::Main, Role::Additional] {
                    wanted.insert(key(&source.sha256, entry, profile, role, &terms));
                }
            }
        }
    }
    wanted
}

fn files(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(SystemClock.now_ms().max(0) as u64);
    let is_old = move |entry: &walkdir::DirEntry| {
        let modified = entry.metadata().ok().and_then(|found| found.modified().ok());
        modified.is_some_and(|modified| now.duration_since(modified).is_ok_and(|age| age > OLD))
    };
    WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(move |entry| entry.file_type().is_file() && is_old(entry))
        .map(walkdir::DirEntry::into_path)
}
