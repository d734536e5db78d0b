//! Files under a folder as [`Blobs`]: the same files, durability and names as for the command line, off the threads
//! that serve.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream, stream::BoxStream};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{LocalBlobs, is_absence};
use crate::blobs::{
    BlobError, Blobs, Listed, Reading, Result, check_key, check_portable_key, error::io_error,
    key::check_folder, reading::cut,
};

/// Bytes read at once.
const CHUNK: u64 = 256 << 10;
/// Listed blobs that wait for a slow reader.
const LISTED_MAX: usize = 256;

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        let path = self.place_of(key)?;
        let blobs = self.clone();
        on_a_thread(move || blobs.put_aside(&path, |file| io::copy(&mut bytes.as_ref(), file).map(drop)))
            .await
    }

    async fn put_file(&self, key: &str, file: &Path) -> Result<()> {
        let path = self.place_of(key)?;
        let (blobs, from) = (self.clone(), file.to_owned());
        on_a_thread(move || {
            let mut source = File::open(&from).map_err(io_error("read", &from))?;
            blobs.put_aside(&path, |file| io::copy(&mut source, file).map(drop))
        })
        .await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        let path = self.place_of(key)?;
        let key = key.to_owned();
        let reading = on_a_thread({
            let key = key.clone();
            move || open(&path, key, range)
        });
        Ok(reading.await?.whole(&key))
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        self.place_of(key)?;
        let (blobs, key) = (self.clone(), key.to_owned());
        on_a_thread(move || blobs.get(&key).map(Bytes::from)).await
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        let path = self.place_of(key)?;
        on_a_thread(move || match fs::metadata(&path) {
            Ok(found) => Ok(found.is_file().then_some(found.len())),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(io_error("read", &path)(error)),
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.place_of(key)?;
        let (blobs, key) = (self.clone(), key.to_owned());
        on_a_thread(move || blobs.remove(&key)).await
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        if let Err(error) = check_folder(folder) {
            return stream::iter([Err(error)]).boxed();
        }
        let (found, listed) = mpsc::channel(LISTED_MAX);
        let (blobs, folder) = (self.clone(), self.root.join(folder));
        spawn_blocking(move || blobs.walk(folder, &found));
        stream::unfold(listed, |mut listed| async {
            listed.recv().await.map(|next| (next, listed))
        })
        .boxed()
    }

    async fn presign(&self, key: &str, _: Duration, _: Option<&str>) -> Result<Option<String>> {
        self.place_of(key)?;
        Ok(None)
    }
}

impl LocalBlobs {
    /// Where a key's file stands; no key leads among the unfinished ones.
    fn place_of(&self, key: &str) -> Result<PathBuf> {
        if self.any_name {
            check_key(key)?;
        } else {
            check_portable_key(key)?;
        }
        let path = self.root.join(key);
        if path.starts_with(&self.scratch) {
            return Err(BlobError::BadKey(key.to_owned()));
        }
        Ok(path)
    }

    fn put_aside(&self, path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
        let (aside, mut file) = self.aside()?;
        let written = write(&mut file).and_then(|()| file.sync_data());
        let placed = written
            .map_err(io_error("write", &aside))
            .and_then(|()| self.place(&aside, path));
        if placed.is_err() {
            // What cannot be removed now is swept when it is old.
            let _ = fs::remove_file(&aside);
        }
        placed
    }

    /// Sends every file under a folder, until nobody listens.
    fn walk(&self, folder: PathBuf, found: &mpsc::Sender<Result<Listed>>) {
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            if folder == self.scratch {
                continue;
            }
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if is_absence(&error) => continue,
                Err(error) => {
                    let _ = found.blocking_send(Err(io_error("list", &folder)(error)));
                    return;
                }
            };
            for entry in entries.flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                } else if let Some(listed) = self.listed(&entry)
                    && found.blocking_send(Ok(listed)).is_err()
                {
                    return;
                }
            }
        }
    }

    /// A file that has a key and is still there.
    fn listed(&self, entry: &fs::DirEntry) -> Option<Listed> {
        let path = entry.path();
        let key = path.strip_prefix(&self.root).ok()?.to_str()?.to_owned();
        check_portable_key(&key).ok()?;
        let found = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let modified = found.modified().ok()?.duration_since(UNIX_EPOCH);
        Some(Listed {
            key,
            size: found.len(),
            modified_ms: modified.map_or(0, |since| since.as_millis() as i64),
        })
    }
}

fn open(path: &Path, key: String, range: Option<Range<u64>>) -> Result<Reading> {
    let opened = File::open(path).and_then(|file| file.metadata().map(|found| (file, found)));
    let (mut file, found) = match opened {
        Ok((file, found)) if found.is_file() => (file, found),
        Ok(_) => return Err(BlobError::NotFound(key)),
        Err(error) if is_absence(&error) => return Err(BlobError::NotFound(key)),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    let size = found.len();
    let range = cut(range, size);
    file.seek(SeekFrom::Start(range.start))
        .map_err(io_error("read", path))?;
    let left = range.end - range.start;
    let path = path.to_owned();
    let bytes = stream::try_unfold((file, left, path), |(file, left, path)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (file, chunk, path) = on_a_thread(move || {
            let mut chunk = Vec::with_capacity(left.min(CHUNK) as usize);
            let read = (&file).take(left.min(CHUNK)).read_to_end(&mut chunk);
            read.map_err(io_error("read", &path))?;
            Ok((file, chunk, path))
        })
        .await?;
        let left = if chunk.is_empty() {
            0
        } else {
            left - chunk.len() as u64
        };
        Ok((!chunk.is_empty()).then(|| (Bytes::from(chunk), (file, left, path))))
    });
    Ok(Reading {
        size,
        range,
        bytes: bytes.boxed(),
    })
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|stopped| {
        Err(BlobError::Io {
            doing: "reach",
            path: "the blobs' folder".to_owned(),
            source: io::Error::other(stopped),
        })
    })
}
