//! Keys: what may name a blob.

use super::{BlobError, Result};

/// Longest key in bytes. S3 takes 1,024, Cloudinary 255 characters, both with the folder they are within.
const KEY_BYTES_MAX: usize = 250;

/// What Cloudinary forbids in a public id, or its addresses cannot carry.
const NOT_PORTABLE: &[char] = &['?', '&', '#', '%', '<', '>', '+', '\\'];

/// Checks that a key is a relative path of plain segments.
pub fn check_key(key: &str) -> Result<()> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
    if key.split('/').all(plain) {
        Ok(())
    } else {
        Err(BlobError::BadKey(key.to_owned()))
    }
}

/// Checks that a key is a relative path of plain segments that every storage can hold: short, no control characters
/// (listings are XML), none that addresses give a meaning to, no space at the end of a segment.
pub fn check_portable_key(key: &str) -> Result<()> {
    check_key(key)?;
    let trimmed = |part: &str| part.trim() == part;
    let short = key.len() <= KEY_BYTES_MAX;
    let portable = !key.contains(|c: char| c.is_control() || NOT_PORTABLE.contains(&c));
    if short && portable && key.split('/').all(trimmed) {
        Ok(())
    } else {
        Err(BlobError::BadKey(key.to_owned()))
    }
}

/// Checks a folder to list: empty for everything, or like a key.
pub(super) fn check_folder(folder: &str) -> Result<()> {
    if folder.is_empty() {
        return Ok(());
    }
    check_portable_key(folder)
}

/// The media type of a file that a browser may be shown or given, by its ending. Never a page or a script.
pub(super) fn media_type(key: &str) -> Option<&'static str> {
    let (_, ending) = key.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "avif" => "image/avif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "tif" | "tiff" => "image/tiff",
        "webp" => "image/webp",
        "csv" => "text/csv",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        _ => return None,
    })
}
