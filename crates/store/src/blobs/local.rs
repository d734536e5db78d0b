//! Blobs as files under a folder.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{BlobError, check_key};

/// Files under a root folder; unfinished ones wait in a scratch folder on the same file system.
#[derive(Clone, Debug)]
pub struct LocalBlobs {
    root: PathBuf,
    scratch: PathBuf,
}

impl LocalBlobs {
    /// Opens a root, making it and its scratch folder, and sweeps what an earlier kill left unfinished.
    pub fn open(root: &Path, scratch: &Path) -> Result<Self, BlobError> {
        for folder in [root, scratch] {
            fs::create_dir_all(folder).map_err(io_error("write", folder))?;
        }
        for left in fs::read_dir(scratch)
            .map_err(io_error("read", scratch))?
            .flatten()
        {
            fs::remove_file(left.path()).map_err(io_error("remove", &left.path()))?;
        }
        Ok(Self {
            root: root.to_owned(),
            scratch: scratch.to_owned(),
        })
    }

    /// Where a key's file stands.
    pub fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    /// Writes a blob whole, replacing one of the same key. `unique` names the scratch file.
    pub fn put(&self, key: &str, unique: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(key)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io_error("write", folder))?;
        }
        let aside = self.scratch.join(unique);
        write_durably(&aside, bytes).map_err(io_error("write", &aside))?;
        fs::rename(&aside, &path).map_err(io_error("write", &path))?;
        sync_folder(&path);
        Ok(())
    }

    /// Reads a blob.
    pub fn get(&self, key: &str) -> Result<Vec<u8>, BlobError> {
        let path = self.path(key)?;
        fs::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BlobError::NotFound(key.to_owned()),
            _ => io_error("read", &path)(source),
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
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(io_error("remove", &path)(source)),
            _ => Ok(()),
        }
    }
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

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError + use<> {
    let path = path.display().to_string();
    move |source| BlobError::Io { doing, path, source }
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
    fn keys_cannot_leave_the_root() {
        for key in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a\\..\\b", "a/\0"] {
            assert!(matches!(check_key(key), Err(BlobError::BadKey(_))), "{key:?}");
        }
    }
}
