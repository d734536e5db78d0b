//! WebP: lossy and lossless, with alpha; of an animation the first frame.

use std::io::Cursor;

use image::{ImageDecoder, ImageError, codecs::webp::WebPDecoder};

use super::{
    ANIMATION, DecodeError, Limits,
    raw::{Channels, Raw, Samples, check_size},
};
use crate::provenance::ifd::{self, Ifd};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Raw, DecodeError> {
    check_whole(bytes)?;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(explain)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    let icc = decoder.icc_profile().unwrap_or_default();
    let exif = decoder.exif_metadata().unwrap_or_default();
    let orientation = exif.and_then(|exif| Ifd::first(&exif)?.unsigned(ifd::ORIENTATION));
    let mut notes = Vec::new();
    if decoder.has_animation() {
        notes.push(ANIMATION.to_owned());
    }
    let channels = if decoder.color_type().has_alpha() {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    let mut samples = vec![0; width as usize * height as usize * channels.count()];
    decoder.read_image(&mut samples).map_err(explain)?;
    Ok(Raw {
        format: "webp",
        width,
        height,
        channels,
        samples: Samples::Bits8(samples),
        icc,
        orientation: orientation.unwrap_or(1),
        notes,
    })
}

/// The RIFF header says how long the file is; lossy data has no other sign of being cut short.
fn check_whole(bytes: &[u8]) -> Result<(), DecodeError> {
    let length = bytes
        .get(4..8)
        .and_then(|length| length.try_into().ok())
        .map(u32::from_le_bytes);
    match length {
        Some(length) if u64::from(length) + 8 <= bytes.len() as u64 => Ok(()),
        _ => Err(DecodeError::Damaged(
            "the file ends before its picture does".to_owned(),
        )),
    }
}

fn explain(error: ImageError) -> DecodeError {
    match error {
        ImageError::Limits(error) => DecodeError::TooLarge(error.to_string()),
        ImageError::Unsupported(error) => DecodeError::Unsupported(error.to_string()),
        other => DecodeError::Damaged(format!("WebP, {other}")),
    }
}
