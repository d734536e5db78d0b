//! A hash that is taken beside the work, by a thread of its own: it costs as much as packing does.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, channel, sync_channel},
    thread::JoinHandle,
};

use sha2::{Digest, Sha256};

/// Bytes of a piece, at least.
pub(super) const PIECE: usize = 128 << 10;
/// Pieces that wait to be hashed.
const WAITING: usize = 4;

/// The SHA-256 of what it is given.
#[derive(Debug)]
pub(super) struct Hashing {
    pieces: SyncSender<Vec<u8>>,
    hashed_pieces: Receiver<Vec<u8>>,
    hash: JoinHandle<String>,
}

impl Hashing {
    pub(super) fn start() -> Self {
        let (pieces, given) = sync_channel::<Vec<u8>>(WAITING);
        let (give_back, hashed_pieces) = channel();
        let hash = std::thread::spawn(move || {
            let mut hash = Sha256::new();
            for piece in given {
                hash.update(&piece);
                // Nobody wants it at the end.
                let _ = give_back.send(piece);
            }
            hex::encode(hash.finalize())
        });
        Self {
            pieces,
            hashed_pieces,
            hash,
        }
    }

    /// Takes a piece, and gives an empty one to fill: one that was hashed, so that memory is not asked for again. Fails where the
    /// thread broke down.
    pub(super) fn exchange(&self, piece: Vec<u8>) -> io::Result<Vec<u8>> {
        self.pieces.send(piece).map_err(|_| broke_down())?;
        let mut empty = self.hashed_pieces.try_recv().unwrap_or_else(|_| empty_piece());
        empty.clear();
        Ok(empty)
    }

    /// With the last piece, in lower-case hex.
    pub(super) fn finish(self, piece: Vec<u8>) -> io::Result<String> {
        self.exchange(piece)?;
        drop(self.pieces);
        self.hash.join().map_err(|_| broke_down())
    }
}

/// A piece to fill, which may go on beyond its length.
pub(super) fn empty_piece() -> Vec<u8> {
    Vec::with_capacity(2 * PIECE)
}

fn broke_down() -> io::Error {
    io::Error::other("the thread that hashes broke down")
}
