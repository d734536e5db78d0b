//! Hashes of files, and the list of them.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::SUMS;
use crate::files;

/// SHA-256 in hex, by the file's path below the backup.
pub(super) type Sums = BTreeMap<String, String>;

/// The SHA-256 of a file, in hex, and its size.
pub(super) fn sum(path: &Path) -> io::Result<(String, u64)> {
    Ok((files::sha256_of(path)?, fs::metadata(path)?.len()))
}

/// Writes the list, whole or not at all.
pub(super) fn write(folder: &Path, sums: &Sums) -> anyhow::Result<()> {
    let path = folder.join(SUMS);
    let aside = folder.join(format!("{SUMS}.new"));
    let lines = sums.iter().fold(String::new(), |lines, (name, sum)| {
        lines + sum + "  " + name + "\n"
    });
    let mut file = File::create(&aside).with_context(|| format!("cannot write {}", aside.display()))?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, &path).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads the list of a backup.
pub(super) fn read(folder: &Path) -> anyhow::Result<Sums> {
    let path = folder.join(SUMS);
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "{} is no whole backup: it has no readable {SUMS}; was `photogen backup` ended halfway?",
            folder.display()
        )
    })?;
    text.lines()
        .map(|line| match line.split_once("  ") {
            Some((sum, name)) if is_inside(name) => Ok((name.to_owned(), sum.to_owned())),
            _ => bail!("{} has a line that is none of ours: {line:?}", path.display()),
        })
        .collect()
}

/// It leads to a place in the folder.
fn is_inside(name: &str) -> bool {
    let path = PathBuf::from(name);
    path.components().next().is_some()
        && path
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)))
}
