//! From bytes to an upright sRGB photo.

use image::{DynamicImage, metadata::Orientation};

use super::{
    DecodeError, Limits, Photo, PhotoInfo, colour, jpeg, png,
    raw::Raw,
    read::check_length,
    sniff::{Kind, sniff},
    tiff, webp,
};
use crate::Picture;

/// Decodes a JPEG, PNG, WebP or TIFF, told by its content: turned upright, converted to sRGB.
///
/// # Errors
/// One of the [`DecodeError`]s about content; never a picture that is only partly there.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Photo, DecodeError> {
    check_length(bytes.len() as u64, limits)?;
    let raw = match sniff(bytes)? {
        Kind::Jpeg => jpeg::decode(bytes, limits),
        Kind::Png => png::decode(bytes, limits),
        Kind::Webp => webp::decode(bytes, limits),
        Kind::Tiff => tiff::decode(bytes, limits),
    }?
    .check()?;
    photo(raw)
}

fn photo(mut raw: Raw) -> Result<Photo, DecodeError> {
    let srgb = colour::to_srgb(&raw);
    let info = PhotoInfo {
        format: raw.format,
        bits: raw.samples.bits(),
        has_alpha: raw.channels.has_alpha()
            && srgb.rgba.iter().skip(3).step_by(4).any(|&alpha| alpha < u16::MAX),
        converted_from: srgb.converted_from,
        notes: {
            raw.notes.extend(srgb.notes);
            raw.notes
        },
    };
    let pixels = Picture::from_raw(raw.width, raw.height, srgb.rgba)
        .ok_or_else(|| DecodeError::Damaged("its size does not fit its pixels".to_owned()))?;
    Ok(Photo {
        pixels: upright(pixels, raw.orientation),
        info,
    })
}

fn upright(pixels: Picture, orientation: u32) -> Picture {
    let turn = u8::try_from(orientation).ok().and_then(Orientation::from_exif);
    match turn {
        None | Some(Orientation::NoTransforms) => pixels,
        Some(turn) => {
            let mut image = DynamicImage::ImageRgba16(pixels);
            image.apply_orientation(turn);
            image.into_rgba16()
        }
    }
}
