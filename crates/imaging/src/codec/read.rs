//! Reading a photo's bytes from disk, no more of them than the limits allow.

use std::{
    fs::File,
    io::{Cursor, Read},
    path::Path,
};

use super::{DecodeError, Limits};

/// The bytes of a file.
///
/// # Errors
/// [`DecodeError::Unreadable`] when it is missing or not permitted, [`DecodeError::Folder`],
/// [`DecodeError::Empty`], and [`DecodeError::TooLarge`] past `limits.bytes_max`.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let unreadable = |source| DecodeError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let kind = std::fs::metadata(path).map_err(unreadable)?;
    if kind.is_dir() {
        return Err(DecodeError::Folder {
            path: path.to_owned(),
        });
    }
    if !kind.is_file() {
        return Err(DecodeError::NotAPicture("it is a device or a pipe".to_owned()));
    }
    check_length(kind.len(), limits)?;
    let mut bytes = Vec::with_capacity(kind.len() as usize);
    let file = File::open(path).map_err(unreadable)?;
    file.take(limits.bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    check_length(bytes.len() as u64, limits)?;
    Ok(bytes)
}

/// Width x height as the file's header states them, to plan memory by; 0 when it cannot be read.
pub fn pixels_promised(bytes: &[u8]) -> u64 {
    image::ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()
        .and_then(|reader| reader.into_dimensions().ok())
        .map_or(0, |(width, height)| u64::from(width) * u64::from(height))
}

pub(super) fn check_length(length: u64, limits: &Limits) -> Result<(), DecodeError> {
    if length == 0 {
        return Err(DecodeError::Empty);
    }
    if length > limits.bytes_max {
        return Err(DecodeError::TooLarge(format!(
            "{} MB of file, and the limit is {} MB",
            length.div_ceil(1_000_000),
            limits.bytes_max / 1_000_000
        )));
    }
    Ok(())
}
