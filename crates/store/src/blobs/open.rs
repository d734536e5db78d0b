//! From an address to a storage.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::clock::Clock;
use reqwest::Url;

use super::{
    BlobError, Blobs, Result, Within,
    cloudinary::{self, Cloudinary},
    local::LocalBlobs,
    memory::Memory,
    retrying::{Patience, Retrying},
    s3::{self, S3},
};

/// Opens the storage that an address names:
///
/// | address | storage |
/// |---|---|
/// | `/var/lib/photogen`, `./files`, `file:///var/lib/photogen` | files under a folder |
/// | `memory:` | memory, gone with the process |
/// | `s3://[KEY:SECRET@]BUCKET[/FOLDER][?region=..&endpoint=..]` | S3, MinIO, R2: see [`S3`] |
/// | `cloudinary://KEY:SECRET@CLOUD[/FOLDER]`, `cloudinary:` | Cloudinary: see [`Cloudinary`] |
///
/// Nothing is sent yet. An error says what to write instead, and repeats no secret.
pub fn open(address: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Blobs>> {
    if let Some(path) = folder_of(address) {
        return folder(&path);
    }
    let (scheme, rest) = scheme(address).unwrap_or_default();
    match scheme {
        "memory" => Ok(Arc::new(Memory::new(clock))),
        "file" => Err(bad(
            "a folder is written file:///var/lib/photogen, or /var/lib/photogen",
        )),
        "s3" => {
            let (storage, folder) = S3::open(address)?;
            within(&folder, s3::FORM, Arc::new(storage))
        }
        "cloudinary" => {
            let text = match rest {
                "" | "//" => &cloudinary::from_environment()?,
                _ => address,
            };
            let (storage, folder) = Cloudinary::open(text, clock)?;
            let patient = Retrying::new(Arc::new(storage), Patience::default());
            within(&folder, cloudinary::FORM, Arc::new(patient))
        }
        other => Err(bad(&format!(
            "`{other}:` is no storage there is; take a folder, memory:, {}, or {}",
            s3::FORM,
            cloudinary::FORM
        ))),
    }
}

/// The folder of this machine that an address names; none for what is stored elsewhere.
pub fn folder_of(address: &str) -> Option<PathBuf> {
    match scheme(address) {
        None => Some(PathBuf::from(address)),
        Some(("file", _)) => Url::parse(address).ok()?.to_file_path().ok(),
        Some(_) => None,
    }
}

/// The scheme and the rest; `None` for a plain path. One letter is a drive.
fn scheme(address: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = address.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '-' || c == '.';
    (scheme.len() > 1 && scheme.chars().all(plain)).then_some((scheme, rest))
}

fn folder(path: &Path) -> Result<Arc<dyn Blobs>> {
    if path.as_os_str().is_empty() {
        return Err(bad(
            "the address of the storage is empty; write a folder, or memory:",
        ));
    }
    Ok(Arc::new(LocalBlobs::shared(path)?))
}

fn within(folder: &str, form: &str, storage: Arc<dyn Blobs>) -> Result<Arc<dyn Blobs>> {
    if folder.is_empty() {
        return Ok(storage);
    }
    let within =
        Within::new(folder, storage).map_err(|_| bad(&format!("`{folder}` cannot be a folder in {form}")));
    Ok(Arc::new(within?))
}

fn bad(what: &str) -> BlobError {
    BlobError::BadAddress(what.to_owned())
}
