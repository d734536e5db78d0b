//! PNG: 1 to 16 bits, gray, palette, colour, alpha.

use std::io::Cursor;

use png::{BitDepth, ColorType, DecodingError, Transformations};

use super::{
    ANIMATION, DecodeError, Limits,
    raw::{Channels, Raw, Samples, check_size},
};
use crate::provenance::ifd::{self, Ifd};

/// Most bytes for profiles, text and rows beside the picture itself.
const SIDE_BYTES_MAX: usize = 64 * 1024 * 1024;

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Raw, DecodeError> {
    let allowed = png::Limits {
        bytes: SIDE_BYTES_MAX,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), allowed);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(explain)?;
    let (width, height) = (header.width, header.height);
    check_size(width, height, limits)?;
    let mut reader = decoder.read_info().map_err(explain)?;
    let length = reader
        .output_buffer_size()
        .ok_or_else(|| DecodeError::TooLarge(format!("{width}x{height} pixels")))?;
    let mut samples = vec![0; length];
    reader.next_frame(&mut samples).map_err(explain)?;
    let mut notes = Vec::new();
    if reader.finish().is_err() {
        notes.push("the PNG ends badly, after the last of its pixels".to_owned());
    }
    if reader.info().animation_control().is_some() {
        notes.push(ANIMATION.to_owned());
    }
    let (colour, depth) = reader.output_color_type();
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.and_then(|exif| Ifd::first(exif)?.unsigned(ifd::ORIENTATION));
    Ok(Raw {
        format: "png",
        width,
        height,
        channels: match colour {
            ColorType::Grayscale => Channels::Gray,
            ColorType::GrayscaleAlpha => Channels::GrayAlpha,
            ColorType::Rgba => Channels::Rgba,
            ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
        },
        samples: match depth {
            BitDepth::Sixteen => Samples::Bits16(big_endian(&samples)),
            _ => Samples::Bits8(samples),
        },
        icc: reader.info().icc_profile.as_deref().map(<[u8]>::to_vec),
        orientation: orientation.unwrap_or(1),
        notes,
    })
}

fn big_endian(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

fn explain(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(_) => DecodeError::Damaged("the file ends before its picture does".to_owned()),
        DecodingError::LimitsExceeded => {
            DecodeError::TooLarge("a PNG with an outsized profile or text".to_owned())
        }
        other => DecodeError::Damaged(format!("PNG, {other}")),
    }
}
