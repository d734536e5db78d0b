//! Blobs as files under a folder. The command line calls it as it is; the service through [`Blobs`](super::Blobs).

mod service;

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{BlobError, check_key, error::io_error};

/// Where [`LocalBlobs::shared`] keeps what is unfinished.
const UNFINISHED: &str = ".unfinished";
/// What is unfinished and this old has lost its writer. Nothing takes a day to write.
const LEFT_AFTER: Duration = Duration::from_hours(24);

/// Files under a root folder; unfinished ones wait in a scratch folder on the same file system.
#[derive(Clone, Debug)]
pub struct LocalBlobs {
    root: PathBuf,
    scratch: PathBuf,
    /// Names the next unfinished file.
    next: Arc<AtomicU64>,
    /// Every plain key is taken, not only those that other storages hold too.
    any_name: bool,
}

impl LocalBlobs {
    /// Opens a folder that people look into, making it and its scratch folder, and sweeps what an earlier kill left unfinished.
    /// Its files have the names that people gave: it takes every plain key.
    pub fn open(root: &Path, scratch: &Path) -> Result<Self, BlobError> {
        let mut blobs = Self::make(root, scratch)?;
        blobs.any_name = true;
        blobs.sweep(|_| true)?;
        Ok(blobs)
    }

    /// Opens a root that other processes have open too: only what is too old to be anybody's is swept.
    pub fn shared(root: &Path) -> Result<Self, BlobError> {
        let blobs = Self::make(root, &root.join(UNFINISHED))?;
        // The file system's own idea of now, which may be another machine's.
        let (probe, file) = blobs.aside()?;
        let now = file.metadata().and_then(|found| found.modified());
        fs::remove_file(&probe).map_err(io_error("remove", &probe))?;
        let now = now.map_err(io_error("read", &probe))?;
        blobs.sweep(|modified| now.duration_since(modified).is_ok_and(|age| age > LEFT_AFTER))?;
        Ok(blobs)
    }

    fn make(root: &Path, scratch: &Path) -> Result<Self, BlobError> {
        for folder in [root, scratch] {
            fs::create_dir_all(folder).map_err(io_error("write", folder))?;
        }
        Ok(Self {
            root: root.to_owned(),
            scratch: scratch.to_owned(),
            next: Arc::default(),
            any_name: false,
        })
    }

    fn sweep(&self, is_left: impl Fn(SystemTime) -> bool) -> Result<(), BlobError> {
        let unfinished = fs::read_dir(&self.scratch).map_err(io_error("read", &self.scratch))?;
        for left in unfinished.flatten() {
            let modified = left.metadata().and_then(|found| found.modified());
            if is_left(modified.unwrap_or(SystemTime::UNIX_EPOCH)) {
                fs::remove_file(left.path()).map_err(io_error("remove", &left.path()))?;
            }
        }
        Ok(())
    }

    /// A new unfinished file that is nobody else's, whatever process or machine writes here too.
    fn aside(&self) -> Result<(PathBuf, File), BlobError> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = self.scratch.join(format!("{}-{number}", process::id()));
            match File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    return made
                        .map(|file| (path.clone(), file))
                        .map_err(io_error("write", &path));
                }
            }
        }
    }

    /// Where a key's file stands.
    pub fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    /// Writes a blob whole, replacing one of the same key. `unique` names the scratch file.
    pub fn put(&self, key: &str, unique: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(key)?;
        let aside = self.scratch.join(unique);
        write_durably(&aside, bytes).map_err(io_error("write", &aside))?;
        self.place(&aside, &path)
    }

    /// Puts a finished file in its place.
    fn place(&self, aside: &Path, path: &Path) -> Result<(), BlobError> {
        let folder = path.parent().unwrap_or(&self.root);
        let is_new = !folder.exists();
        fs::create_dir_all(folder).map_err(io_error("write", folder))?;
        fs::rename(aside, path).map_err(io_error("write", path))?;
        sync_folder(path);
        if is_new {
            let above = folder.ancestors().take_while(|path| path.starts_with(&self.root));
            above.for_each(sync_folder);
        }
        Ok(())
    }

    /// Reads a blob.
    pub fn get(&self, key: &str) -> Result<Vec<u8>, BlobError> {
        let path = self.path(key)?;
        fs::read(&path).map_err(|source| match source {
            source if is_absence(&source) => BlobError::NotFound(key.to_owned()),
            source => io_error("read", &path)(source),
        })
    }

    /// The size of a blob in bytes; `None` when there is none.
    pub fn size(&self, key: &str) -> Option<u64> {
        let found = fs::metadata(self.path(key).ok()?).ok()?;
        found.is_file().then_some(found.len())
    }

    /// Removes a blob. One that is not there is no error.
    pub fn remove(&self, key: &str) -> Result<(), BlobError> {
        let path = self.path(key)?;
        match fs::remove_file(&path) {
            Err(source) if !is_absence(&source) => Err(io_error("remove", &path)(source)),
            _ => Ok(()),
        }
    }
}

/// There is no file there: nothing, a folder, or a file where a folder should be.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

/// Makes the new name durable where the system can open folders. A failure here is no loss: the row is not written yet,
/// and a picture whose file is missing is made again.
fn sync_folder(path: &Path) {
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_come_back_and_unfinished_ones_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join(".scratch");
        let blobs = LocalBlobs::open(folder.path(), &scratch).unwrap();
        blobs.put("A/A_front.webp", "1", b"one").unwrap();
        blobs.put("A/A_front.webp", "2", b"two").unwrap();
        assert_eq!(blobs.get("A/A_front.webp").unwrap(), b"two");
        assert_eq!(blobs.size("A/A_front.webp"), Some(3));
        assert!(matches!(blobs.get("A/none"), Err(BlobError::NotFound(_))));
        fs::write(scratch.join("half"), b"ha").unwrap();
        LocalBlobs::open(folder.path(), &scratch).unwrap();
        assert!(fs::read_dir(&scratch).unwrap().next().is_none());
        blobs.remove("A/A_front.webp").unwrap();
        blobs.remove("A/A_front.webp").unwrap();
    }

    #[test]
    fn a_shared_root_keeps_what_another_process_is_writing() {
        let folder = tempfile::tempdir().unwrap();
        let one = LocalBlobs::shared(folder.path()).unwrap();
        let (young, _) = one.aside().unwrap();
        let (old, file) = one.aside().unwrap();
        let two_days_before = file.metadata().unwrap().modified().unwrap() - 2 * LEFT_AFTER;
        file.set_modified(two_days_before).unwrap();
        LocalBlobs::shared(folder.path()).unwrap();
        assert!(young.exists());
        assert!(!old.exists());
    }

    #[test]
    fn keys_cannot_leave_the_root() {
        for key in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a\\..\\b", "a/\0"] {
            assert!(matches!(check_key(key), Err(BlobError::BadKey(_))), "{key:?}");
        }
    }
}
