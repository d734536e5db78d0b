//! The vendor's file of a picture whose work broke down: it is paid for, so it is kept beside those that were sent back.

use domain::{format::Format, manifest::DeliveredFile, shot::Shot};
use imaging::{
    codec::{Limits, decode},
    provenance::source_type,
};
use sha2::{Digest, Sha256};

/// What a vendor's file is, as it came; `None` when it is no picture.
pub(crate) fn described(file: &[u8], shot: &Shot) -> Option<DeliveredFile> {
    let picture = decode(file, &Limits::default()).ok()?;
    let (width, height) = picture.pixels.dimensions();
    let format = match picture.info.format {
        "png" => Format::Png,
        "webp" => Format::Webp,
        "tiff" => Format::Tiff,
        _ => Format::Jpeg,
    };
    let path = shot.file_key();
    let stem = path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem);
    Some(DeliveredFile {
        path: format!("{stem}-as-made.{}", format.extension()),
        bytes: file.len() as u64,
        sha256: hex::encode(Sha256::digest(file)),
        width,
        height,
        format,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA.to_owned(),
        background_deviation: None,
    })
}
