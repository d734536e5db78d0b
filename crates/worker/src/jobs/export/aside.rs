//! Archives aside: in a folder of this machine, on their way to our storage or from there to another.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use domain::clock::EpochMs;

use super::Held;

/// What is aside and this old has lost its worker. Nothing takes a day to pack or to send.
const LEFT_AFTER: Duration = Duration::from_hours(24);

/// Why an archive is aside; its name begins so.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    /// It is packed.
    Export,
    /// It is put somewhere.
    Deliver,
}

impl Why {
    const ALL: [Self; 2] = [Self::Export, Self::Deliver];

    fn begins(self) -> &'static str {
        match self {
            Self::Export => "export-",
            Self::Deliver => "deliver-",
        }
    }
}

/// An archive aside. It goes when it is let go, however that comes; one whose process was killed stays until [`sweep`].
#[derive(Debug)]
pub(super) struct Aside(PathBuf);

impl Aside {
    /// Makes the folder; the file is for who has this to write.
    pub(super) fn at(path: PathBuf) -> io::Result<Self> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Where a held export's archive is put aside. Of this hold alone: who took the export up after us has a file of its own.
pub(super) fn path(scratch: &Path, why: Why, held: &Held<'_>) -> PathBuf {
    scratch.join(format!("{}{}-{}.zip", why.begins(), held.export.id, held.token))
}

/// Removes what killed workers left. Others may be at work in the folder: what is young may be theirs, and what is not named as these
/// are is nobody's of us.
pub(super) fn sweep(scratch: &Path, now_ms: EpochMs) {
    let Ok(entries) = fs::read_dir(scratch) else {
        return; // It is made when something is put aside.
    };
    let now = UNIX_EPOCH + Duration::from_millis(now_ms.unsigned_abs());
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified
            .ok()
            .and_then(|modified| now.duration_since(modified).ok());
        if is_aside(&entry.file_name()) && age.is_some_and(|age| age > LEFT_AFTER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_aside(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.ends_with(".zip") && Why::ALL.iter().any(|why| name.starts_with(why.begins()))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn an_archive_aside_goes_with_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outgoing/export-1-2.zip");
        let aside = Aside::at(path.clone()).unwrap();
        fs::write(aside.path(), b"half").unwrap();
        drop(aside);
        assert!(!path.exists());
        assert!(path.parent().unwrap().is_dir());
    }

    #[test]
    fn what_killed_workers_left_goes_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        sweep(&folder.path().join("none"), 0);
        let probe = tempfile::tempfile().unwrap();
        let now = probe.metadata().unwrap().modified().unwrap();
        for (name, age) in [
            ("export-1-2.zip", 2 * LEFT_AFTER),
            ("deliver-1-2.zip", 2 * LEFT_AFTER),
            ("export-3-4.zip", LEFT_AFTER / 2),
            ("report.zip", 2 * LEFT_AFTER),
            ("export-1-2.txt", 2 * LEFT_AFTER),
        ] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(now - age).unwrap();
        }
        let now_ms = now.duration_since(UNIX_EPOCH).unwrap().as_millis();
        sweep(folder.path(), i64::try_from(now_ms).unwrap());
        let left = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<String> = left
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["export-1-2.txt", "export-3-4.zip", "report.zip"]);
    }
}
