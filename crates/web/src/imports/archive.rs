//! ZIP archives as people send them, and as nobody should: nothing is trusted but what is read, and no name becomes a path of ours.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use domain::intake::names::path_inside;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

/// More files are no archive of one import.
const ENTRIES_MAX: u64 = 100_000;
/// The most bytes of an archive's list of files.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;
/// Bytes that may come out whatever went in.
const UNPACKED_FREE: u64 = 1 << 30;
/// How many times its size an archive may unpack to. Photos shrink by a few percent, plain TIFF by some ten times.
const RATIO_MAX: u64 = 100;
/// Bytes that one file may have whatever it was packed to.
const ENTRY_FREE: u64 = 8 << 20;
/// How many times its packed size one file may have.
const ENTRY_RATIO_MAX: u64 = 200;

/// An archive that can be read.
pub(crate) struct Archive {
    zip: ZipArchive<BufReader<File>>,
}

/// A file in an archive, as its list says.
pub(crate) struct Entry {
    /// Its place in the list.
    pub(crate) index: usize,
    /// Where it says it lies; none: the sentence says why it is not taken.
    pub(crate) path: Result<PathBuf, String>,
    /// As the archive writes it.
    pub(crate) name: String,
    /// How large it says it is.
    pub(crate) bytes: u64,
}

/// A file that was taken out.
pub(crate) struct Unpacked {
    /// Of its bytes.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: u64,
}

/// Why a file was not taken out.
pub(crate) enum Trouble {
    /// It is not as its list says, or larger than is taken.
    Entry(String),
    /// Our own disk.
    Disk(io::Error),
}

impl Archive {
    /// Opens an archive whose files have at most `unpacked_max` bytes together. The sentence says why it is none that is taken.
    pub(crate) fn open(path: &Path, unpacked_max: u64) -> Result<Self, String> {
        let damaged = |error: &dyn std::fmt::Display| {
            format!("it cannot be opened as a ZIP archive: {error}; pack it again")
        };
        let mut file = File::open(path).map_err(|error| damaged(&error))?;
        let length = file.metadata().map_err(|error| damaged(&error))?.len();
        check_directory(&mut file, length).map_err(|error| damaged(&error))?;
        file.seek(SeekFrom::Start(0)).map_err(|error| damaged(&error))?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
        let archive = Self { zip };
        let unpacked = archive.unpacked().map_err(|error| damaged(&error))?;
        if unpacked > unpacked_max || (unpacked > UNPACKED_FREE && unpacked / RATIO_MAX > length) {
            let (unpacked, most) = (unpacked >> 20, unpacked_max >> 20);
            return Err(format!(
                "it says it unpacks to {unpacked} MB: more than {RATIO_MAX} times its size, or than the {most} MB that are taken"
            ));
        }
        Ok(archive)
    }

    /// What its list says all files have together.
    fn unpacked(&self) -> zip::result::ZipResult<u64> {
        let mut sum = 0_u64;
        for index in 0..self.zip.len() {
            sum = sum.saturating_add(self.zip.by_index_data(index)?.size());
        }
        Ok(sum)
    }

    /// Its files, without folders; those that must not be opened with the reason.
    pub(crate) fn entries(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for index in 0..self.zip.len() {
            let raw = match self.zip.by_index_raw(index) {
                Ok(raw) => raw,
                Err(error) => {
                    entries.push(Entry {
                        index,
                        path: Err(format!("the archive is damaged here: {error}; pack it again")),
                        name: format!("#{}", index + 1),
                        bytes: 0,
                    });
                    continue;
                }
            };
            if raw.is_dir() {
                continue;
            }
            let name = String::from_utf8_lossy(raw.name_raw()).into_owned();
            let name = raw.name().map_or(name, std::borrow::Cow::into_owned);
            let (size, packed) = (raw.size(), raw.compressed_size().max(1));
            let trouble = if raw.encrypted() {
                Some("it is encrypted; pack it again without a password".to_owned())
            } else if raw.is_symlink() {
                Some("it is a link, not a file; pack the file itself".to_owned())
            } else if size > ENTRY_FREE && size / ENTRY_RATIO_MAX > packed {
                Some(format!(
                    "it unpacks to more than {ENTRY_RATIO_MAX} times its size, as no photo does"
                ))
            } else {
                None
            };
            let path = match trouble {
                Some(trouble) => Err(trouble),
                None => path_inside(&name).map_err(ToOwned::to_owned),
            };
            entries.push(Entry {
                index,
                path,
                name,
                bytes: size,
            });
        }
        entries
    }

    /// Takes a file out, no more than so many bytes of it.
    pub(crate) fn unpack(&mut self, index: usize, to: &Path, bytes_max: u64) -> Result<Unpacked, Trouble> {
        let damaged = |error: &dyn std::fmt::Display| {
            Trouble::Entry(format!("it is damaged in the archive: {error}; pack it again"))
        };
        let mut entry = self.zip.by_index(index).map_err(|error| damaged(&error))?;
        let bytes_max = bytes_max.min(entry.size());
        let mut out = File::create_new(to).map_err(Trouble::Disk)?;
        let (mut hash, mut buffer, mut bytes) = (Sha256::new(), vec![0; 64 << 10], 0);
        loop {
            let read = entry.read(&mut buffer).map_err(|error| damaged(&error))?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            if bytes > bytes_max {
                return Err(Trouble::Entry(
                    "it is larger than the archive says; pack it again".to_owned(),
                ));
            }
            hash.update(&buffer[..read]);
            out.write_all(&buffer[..read]).map_err(Trouble::Disk)?;
        }
        Ok(Unpacked {
            sha256: hex::encode(hash.finalize()),
            bytes,
        })
    }

    /// A small file's bytes.
    pub(crate) fn bytes(&mut self, index: usize, bytes_max: u64) -> Result<Vec<u8>, String> {
        let damaged =
            |error: &dyn std::fmt::Display| format!("it is damaged in the archive: {error}; pack it again");
        let entry = self.zip.by_index(index).map_err(|error| damaged(&error))?;
        let mut bytes = Vec::new();
        entry
            .take(bytes_max + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(&error))?;
        if bytes.len() as u64 > bytes_max {
            return Err(format!("it is larger than {} MB", bytes_max >> 20));
        }
        Ok(bytes)
    }

    /// Whether all that it holds, really unpacked, has at most so many bytes.
    pub(crate) fn holds_at_most(&mut self, bytes_max: u64) -> bool {
        let mut left = bytes_max;
        (0..self.zip.len()).all(|index| {
            let Ok(entry) = self.zip.by_index(index) else {
                return false;
            };
            let read = io::copy(&mut entry.take(left + 1), &mut io::sink()).unwrap_or(u64::MAX);
            let fits = read <= left;
            left = left.saturating_sub(read);
            fits
        })
    }
}

/// Refuses a list of files that would fill the memory, from what the archive's end says of it (APPNOTE 4.3.14 to 4.3.16).
fn check_directory(file: &mut File, length: u64) -> io::Result<()> {
    const END: &[u8] = b"PK\x05\x06";
    const END_64: &[u8] = b"PK\x06\x06";
    let tail = length.min((64 << 10) + 22 + 20 + 56 + (4 << 10));
    file.seek(SeekFrom::Start(length - tail))?;
    let mut bytes = vec![0; tail as usize];
    file.read_exact(&mut bytes)?;
    let number = |at: usize, width: usize| -> Option<u64> {
        let field = bytes.get(at..at + width)?;
        Some(
            field
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        )
    };
    for at in 0..bytes.len() {
        let (entries, size) = if bytes[at..].starts_with(END) {
            (number(at + 10, 2), number(at + 12, 4))
        } else if bytes[at..].starts_with(END_64) {
            (number(at + 32, 8), number(at + 40, 8))
        } else {
            continue;
        };
        let unset = |value: u64, width: u32| value == (1_u64 << width) - 1;
        let entries = entries.filter(|value| !unset(*value, 16)).unwrap_or(0);
        let size = size.filter(|value| !unset(*value, 32)).unwrap_or(0);
        if entries > ENTRIES_MAX || size > DIRECTORY_BYTES_MAX {
            return Err(io::Error::other(format!(
                "it lists more than {ENTRIES_MAX} files; send several archives"
            )));
        }
    }
    Ok(())
}
