//! Packing: files streamed into a zip, stored, with the same bytes for the same files.

use std::io::{Read, Write};

use domain::delivery::{ExportManifest, csv};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::{
    hashing::{Hashing, PIECE, empty_piece},
    report::html,
};

/// Bytes that are moved at once.
const CHUNK: usize = PIECE;
/// From here on an entry needs the large form.
const LARGE: u64 = u32::MAX as u64 - (1 << 20);

/// Why there is no archive.
#[derive(Debug, Error)]
pub enum PackError {
    /// A file or the archive cannot be read or written.
    #[error("the archive cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// The archive's form does not hold it.
    #[error("the archive cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The manifest is no JSON.
    #[error("the manifest cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// A finished archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its size.
    pub bytes: u64,
    /// Its hash, lower-case hex.
    pub sha256: String,
}

/// An archive that is being written. Entries are stored: pictures do not shrink.
pub struct Packer<W: Write> {
    zip: ZipWriter<StreamWriter<Hashed<W>>>,
    chunk: Vec<u8>,
}

impl<W: Write> Packer<W> {
    /// Begins an archive.
    pub fn new(to: W) -> Self {
        let hashed = Hashed {
            to,
            piece: empty_piece(),
            bytes: 0,
            hash: Hashing::start(),
        };
        Self {
            zip: ZipWriter::new_stream(hashed),
            chunk: vec![0; CHUNK],
        }
    }

    /// Adds a file of that many bytes.
    ///
    /// # Errors
    /// [`PackError`] where it cannot be read or written.
    pub fn add(&mut self, path: &str, bytes: u64, mut from: impl Read) -> Result<(), PackError> {
        // The time is the format's first: the same files are the same archive.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(bytes >= LARGE);
        self.zip.start_file(path, options)?;
        loop {
            let read = from.read(&mut self.chunk)?;
            if read == 0 {
                return Ok(());
            }
            self.zip.write_all(&self.chunk[..read])?;
        }
    }

    /// Adds the manifest, its table and the page for people, and ends the archive.
    ///
    /// # Errors
    /// [`PackError`] where it cannot be written.
    pub fn finish(mut self, manifest: &ExportManifest) -> Result<(Packed, W), PackError> {
        for paper in papers(manifest)? {
            self.add(paper.path, paper.bytes.len() as u64, paper.bytes.as_slice())?;
        }
        self.end()
    }

    /// Ends the archive as it is.
    ///
    /// # Errors
    /// [`PackError`] where it cannot be written.
    pub fn end(self) -> Result<(Packed, W), PackError> {
        let mut hashed = self.zip.finish()?.into_inner();
        hashed.to.flush()?;
        let packed = Packed {
            bytes: hashed.bytes,
            sha256: hashed.hash.finish(hashed.piece)?,
        };
        Ok((packed, hashed.to))
    }
}

/// A file that tells of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Where it lies in the delivery.
    pub path: &'static str,
    /// What it says.
    pub bytes: Vec<u8>,
}

impl Paper {
    /// Its hash, lower-case hex.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

/// The manifest, its table and the page for people.
///
/// # Errors
/// [`PackError::Json`] where the manifest is none.
pub fn papers(manifest: &ExportManifest) -> Result<[Paper; 3], PackError> {
    let json = serde_json::to_string_pretty(manifest)? + "\n";
    let paper = |path, bytes| Paper { path, bytes };
    Ok([
        paper("manifest.json", json.into_bytes()),
        paper("manifest.csv", csv(manifest)),
        paper("report.html", html(manifest).into_bytes()),
    ])
}

/// Hashes what goes through, gathered into pieces. It is written as it comes: no second buffer, and where files start anywhere in a
/// page of memory systems write faster than in large aligned pieces (6 GB on a small virtual machine: half the processor time).
struct Hashed<W> {
    to: W,
    piece: Vec<u8>,
    bytes: u64,
    hash: Hashing,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        self.piece.extend_from_slice(&bytes[..written]);
        if self.piece.len() >= PIECE {
            self.piece = self.hash.exchange(std::mem::take(&mut self.piece))?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
