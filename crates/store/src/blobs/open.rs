//! From an address to a storage.

use std::{path::Path, sync::Arc};

use domain::clock::Clock;
use reqwest::Url;

use super::{BlobError, Blobs, Result, local::LocalBlobs, memory::Memory};

/// Opens the storage that an address names:
///
/// | address | storage |
/// |---|---|
/// | `/var/lib/photogen`, `./files`, `file:///var/lib/photogen` | files under a folder |
/// | `memory:` | memory, gone with the process |
///
/// Nothing is sent yet. An error says what to write instead, and repeats no secret.
pub fn open(address: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Blobs>> {
    let Some(scheme) = scheme(address) else {
        return folder(Path::new(address));
    };
    match scheme {
        "memory" => Ok(Arc::new(Memory::new(clock))),
        "file" => {
            let path = Url::parse(address).ok().and_then(|url| url.to_file_path().ok());
            folder(
                &path.ok_or_else(|| {
                    bad("a folder is written file:///var/lib/photogen, or /var/lib/photogen")
                })?,
            )
        }
        other => Err(bad(&format!(
            "`{other}:` is no storage there is; take a folder, or memory:"
        ))),
    }
}

/// The scheme; `None` for a plain path. One letter is a drive.
fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '-' || c == '.';
    (scheme.len() > 1 && scheme.chars().all(plain)).then_some(scheme)
}

fn folder(path: &Path) -> Result<Arc<dyn Blobs>> {
    if path.as_os_str().is_empty() {
        return Err(bad(
            "the address of the storage is empty; write a folder, or memory:",
        ));
    }
    Ok(Arc::new(LocalBlobs::shared(path)?))
}

fn bad(what: &str) -> BlobError {
    BlobError::BadAddress(what.to_owned())
}
