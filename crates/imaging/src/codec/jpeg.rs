//! JPEG: baseline and progressive, gray, RGB, YCbCr, CMYK and YCCK.

use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use super::{
    DecodeError, Limits,
    jpeg_outline::Outline,
    raw::{Channels, Raw, Samples, check_size},
};
use crate::provenance::ifd::{self, Ifd};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Raw, DecodeError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut header = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    header.decode_headers().map_err(|error| explain(&error))?;
    let (width, height) = header.dimensions().unwrap_or_default();
    let (width, height) = (width as u32, height as u32);
    check_size(width, height, limits)?;
    let outline = Outline::of(bytes);
    let guarded = outline
        .guarded(bytes)
        .ok_or_else(|| DecodeError::Damaged("the file ends before its picture does".to_owned()))?;
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(guarded), options);
    decoder.decode_headers().map_err(|error| explain(&error))?;
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let (asked, channels) = match stored {
        ColorSpace::Luma => (ColorSpace::Luma, Channels::Gray),
        ColorSpace::CMYK | ColorSpace::YCCK => (stored, Channels::Cmyk),
        _ => (ColorSpace::RGB, Channels::Rgb),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(asked));
    let mut samples = decoder.decode().map_err(|error| explain(&error))?;
    match stored {
        ColorSpace::YCCK => ycck_to_ink(&mut samples),
        ColorSpace::CMYK if outline.is_adobe => samples.iter_mut().for_each(|sample| *sample = !*sample),
        _ => {}
    }
    let orientation = decoder
        .exif()
        .and_then(|exif| Ifd::first(exif)?.unsigned(ifd::ORIENTATION));
    Ok(Raw {
        format: "jpeg",
        width,
        height,
        channels,
        samples: Samples::Bits8(samples),
        icc: decoder.icc_profile(),
        orientation: orientation.unwrap_or(1),
        notes: Vec::new(),
    })
}

fn explain(error: &DecodeErrors) -> DecodeError {
    match error {
        DecodeErrors::Unsupported(scheme) => {
            DecodeError::Unsupported(format!("a JPEG of a rare kind ({scheme:?})"))
        }
        DecodeErrors::SofError(reason) if reason.contains("8-bit") => {
            DecodeError::Unsupported("a JPEG with more than 8 bits".to_owned())
        }
        other => DecodeError::Damaged(format!("JPEG, {}", other.to_string().trim_matches('"'))),
    }
}

/// Adobe's YCCK keeps inverted ink: YCbCr gives R = 255 - (255 - C), so R is the ink itself; K is inverted.
/// YCbCr to RGB by JFIF 1.02 (BT.601, full range).
fn ycck_to_ink(samples: &mut [u8]) {
    for pixel in samples.chunks_exact_mut(4) {
        let (luma, blue, red) = (pixel[0] as f32, pixel[1] as f32 - 128.0, pixel[2] as f32 - 128.0);
        pixel[0] = round(luma + 1.402 * red);
        pixel[1] = round(luma - 0.344_136 * blue - 0.714_136 * red);
        pixel[2] = round(luma + 1.772 * blue);
        pixel[3] = 255 - pixel[3];
    }
}

fn round(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
