//! Files on this disk: checking them, putting them in place whole, and keeping two pulls apart.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::card::FileCard;
use crate::files;
use anyhow::{Context, anyhow};

/// What is found where a pinned file should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There, and the right one.
    Present,
    /// Not there.
    Missing,
    /// There, but other bytes.
    Wrong,
}

/// Looks at the size only: quick, for lists.
pub(crate) fn glance(folder: &Path, file: &FileCard) -> State {
    match fs::metadata(folder.join(&file.file)) {
        Ok(found) if found.is_file() && found.len() == file.bytes => State::Present,
        Ok(_) => State::Wrong,
        Err(_) => State::Missing,
    }
}

/// Reads every byte.
pub(crate) fn inspect(folder: &Path, file: &FileCard) -> State {
    match glance(folder, file) {
        State::Present => match files::sha256_of(&folder.join(&file.file)) {
            Ok(sha256) if sha256 == file.sha256 => State::Present,
            _ => State::Wrong,
        },
        other => other,
    }
}

/// Writes a file so that it is either not there or whole, whenever the machine stops.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut temporary = readable_by_all()
            .prefix(".")
            .suffix(".part")
            .tempfile_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        temporary.persist(path)?;
        Ok(())
    };
    write().map_err(|error| cannot_write(path, error))
}

/// A temporary file that keeps the permissions a new file normally has.
fn readable_by_all() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder
}

/// Makes a folder, with a message that says what to do where that is impossible.
pub(crate) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))
}

/// The way out of a full or closed disk.
pub(crate) fn cannot_write(path: &Path, error: io::Error) -> anyhow::Error {
    let full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    );
    let path = path.display();
    if full {
        anyhow!(error).context(format!(
            "cannot write {path}: the disk is full; free some space, or set PHOTOGEN_HOME to a folder on another disk"
        ))
    } else {
        anyhow!(error).context(format!(
            "cannot write {path}; set PHOTOGEN_HOME to a folder that you may write to"
        ))
    }
}

/// Held while files are fetched; released when dropped, also by a crash.
pub(crate) struct PullLock {
    _file: File,
    /// Where unfinished downloads and unpacked packages are kept.
    pub(crate) folder: PathBuf,
}

impl PullLock {
    /// Waits for another pull into the same home to end.
    pub(crate) fn take(home: &Path) -> anyhow::Result<Self> {
        let folder = home.join("models");
        make_folder(&folder)?;
        let path = folder.join(".lock");
        let file = File::create(&path).map_err(|error| cannot_write(&path, error))?;
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            eprintln!(
                "another photogen is fetching into {}; waiting for it",
                folder.display()
            );
            file.lock()
                .with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Ok(Self { _file: file, folder })
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn a_full_disk_says_so() {
        let error = cannot_write(Path::new("m.onnx"), io::Error::from(io::ErrorKind::StorageFull));
        assert!(format!("{error:#}").contains("disk is full"), "{error:#}");
    }

    #[test]
    fn a_file_of_the_right_size_and_other_bytes_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileCard {
            file: "m.onnx".to_owned(),
            path: None,
            bytes: 3,
            sha256: hex::encode(Sha256::digest(b"abc")),
        };
        for (bytes, state) in [(b"abc", State::Present), (b"abd", State::Wrong)] {
            write_whole(&folder.path().join("m.onnx"), bytes).unwrap();
            assert_eq!(inspect(folder.path(), &file), state);
        }
    }
}
