//! A file that goes to the disk while it is written, so that nothing waits for all of it at the end.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::mpsc::{SyncSender, sync_channel},
    thread::JoinHandle,
};

/// Bytes after which the disk is asked to take what there is. Systems begin by themselves only after many seconds.
const STEP: u64 = 32 << 20;

/// A new file, to be written in large pieces. What is written is whole on the disk after [`finish`](Disk::finish).
#[derive(Debug)]
pub struct Disk {
    file: File,
    /// Bytes since the disk was asked last.
    since: u64,
    ask: SyncSender<()>,
    asked: JoinHandle<io::Result<()>>,
}

impl Disk {
    /// Makes a file, or empties the one that is there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let same = file.try_clone()?;
        let (ask, asks) = sync_channel(1);
        let asked = std::thread::Builder::new()
            .name("disk".to_owned())
            .spawn(move || asks.into_iter().try_for_each(|()| same.sync_data()))?;
        Ok(Self {
            file,
            since: 0,
            ask,
            asked,
        })
    }

    /// Waits until all of it is on the disk.
    ///
    /// # Errors
    /// Where some of it cannot be.
    pub fn finish(self) -> io::Result<()> {
        drop(self.ask);
        self.asked
            .join()
            .map_err(|_| io::Error::other("the thread that writes to the disk broke down"))??;
        self.file.sync_all()
    }
}

impl Write for Disk {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let written = self.file.write(chunk)?;
        self.since += written as u64;
        if self.since >= STEP {
            self.since = 0;
            // Where it is still at the last, that will do.
            let _ = self.ask.try_send(());
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
