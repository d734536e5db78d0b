//! A hash that is taken beside the work, by a thread of its own: it costs as much as packing does.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    thread::JoinHandle,
};

use sha2::{Digest, Sha256};

/// Pieces that wait to be hashed; each is what was written at once.
const WAITING: usize = 4;

/// The SHA-256 of what it is given.
#[derive(Debug)]
pub(super) struct Hashing {
    pieces: SyncSender<Vec<u8>>,
    hashed: JoinHandle<String>,
}

impl Hashing {
    pub(super) fn start() -> Self {
        let (pieces, given) = sync_channel::<Vec<u8>>(WAITING);
        let hashed = std::thread::spawn(move || {
            let mut hash = Sha256::new();
            for piece in given {
                hash.update(&piece);
            }
            hex::encode(hash.finalize())
        });
        Self { pieces, hashed }
    }

    /// Fails where the thread broke down.
    pub(super) fn give(&self, piece: &[u8]) -> std::io::Result<()> {
        self.pieces.send(piece.to_vec()).map_err(|_| broke_down())
    }

    /// Lower-case hex.
    pub(super) fn finish(self) -> std::io::Result<String> {
        drop(self.pieces);
        self.hashed.join().map_err(|_| broke_down())
    }
}

fn broke_down() -> std::io::Error {
    std::io::Error::other("the thread that hashes broke down")
}
