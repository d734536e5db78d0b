//! TIFF: 8 and 16 bits, gray, RGB, YCbCr, CMYK, alpha, strips or tiles, one plane or several.

use std::io::Cursor;

use tiff::{
    ColorType, TiffError,
    decoder::{Decoder, DecodingResult},
    tags::Tag,
};

use super::{
    DecodeError, Limits,
    raw::{Channels, Raw, Samples, check_size},
};
use crate::provenance::ifd::{self, Ifd};

/// Most bytes of one tag: an ICC profile of a printing press is a few megabytes.
const TAG_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The value of the ExtraSamples tag that says "colours are multiplied by alpha".
const ASSOCIATED_ALPHA: u32 = 1;

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Raw, DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(bytes))
        .map_err(explain)?
        .with_limits(allowed(limits));
    let (width, height) = decoder.dimensions().map_err(explain)?;
    check_size(width, height, limits)?;
    let colour = decoder.colortype().map_err(explain)?;
    let channels = channels(colour)?;
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(explain)?;
    let mut samples = match result {
        DecodingResult::U8(samples) => Samples::Bits8(samples),
        DecodingResult::U16(samples) => Samples::Bits16(samples),
        _ => return Err(unsupported(colour)),
    };
    if layout.planes > 1 {
        samples = interleave(&samples, layout.planes);
    }
    if matches!(colour, ColorType::YCbCr(_)) {
        ycbcr_to_rgb(&mut samples);
    }
    let extra = number(&mut decoder, Tag::ExtraSamples);
    if channels.has_alpha() && extra == Some(ASSOCIATED_ALPHA) {
        unmultiply(&mut samples, channels.count());
    }
    let embedded = || Some(Ifd::first(bytes)?.bytes(ifd::ICC_PROFILE)?.to_vec());
    let icc = decoder
        .get_tag_u8_vec(Tag::Unknown(ifd::ICC_PROFILE))
        .ok()
        .or_else(embedded);
    Ok(Raw {
        format: "tiff",
        width,
        height,
        channels,
        samples,
        icc,
        orientation: number(&mut decoder, Tag::Orientation).unwrap_or(1),
        notes: notes(&decoder),
    })
}

fn allowed(limits: &Limits) -> tiff::decoder::Limits {
    let mut allowed = tiff::decoder::Limits::default();
    allowed.decoding_buffer_size = usize::try_from(limits.pixels_max.saturating_mul(8)).unwrap_or(usize::MAX);
    allowed.intermediate_buffer_size = allowed.decoding_buffer_size;
    allowed.ifd_value_size = TAG_BYTES_MAX;
    allowed
}

fn notes(decoder: &Decoder<Cursor<&[u8]>>) -> Vec<String> {
    if decoder.more_images() {
        vec!["several pages: only the first is used".to_owned()]
    } else {
        Vec::new()
    }
}

fn number(decoder: &mut Decoder<Cursor<&[u8]>>, tag: Tag) -> Option<u32> {
    let values = decoder.find_tag_unsigned_vec::<u32>(tag).ok()??;
    values.first().copied()
}

fn channels(colour: ColorType) -> Result<Channels, DecodeError> {
    match colour {
        ColorType::Gray(8 | 16) => Ok(Channels::Gray),
        ColorType::GrayA(8 | 16)
        | ColorType::Multiband {
            bit_depth: 8 | 16,
            num_samples: 2,
        } => Ok(Channels::GrayAlpha),
        ColorType::RGB(8 | 16) | ColorType::YCbCr(8) => Ok(Channels::Rgb),
        ColorType::RGBA(8 | 16) => Ok(Channels::Rgba),
        ColorType::CMYK(8 | 16) => Ok(Channels::Cmyk),
        other => Err(unsupported(other)),
    }
}

fn unsupported(colour: ColorType) -> DecodeError {
    DecodeError::Unsupported(format!("a TIFF of {colour:?} pixels"))
}

/// From planes (all red, all green, …) to pixels.
fn interleave(samples: &Samples, planes: usize) -> Samples {
    fn weave<T: Copy + Default>(samples: &[T], planes: usize) -> Vec<T> {
        let length = samples.len() / planes;
        let mut woven = vec![T::default(); length * planes];
        for (plane, values) in samples.chunks_exact(length.max(1)).enumerate().take(planes) {
            for (pixel, &value) in values.iter().enumerate() {
                woven[pixel * planes + plane] = value;
            }
        }
        woven
    }
    match samples {
        Samples::Bits8(samples) => Samples::Bits8(weave(samples, planes)),
        Samples::Bits16(samples) => Samples::Bits16(weave(samples, planes)),
    }
}

/// TIFF 6.0 section 21 with its default coefficients (BT.601), full range as JPEG-in-TIFF stores it.
fn ycbcr_to_rgb(samples: &mut Samples) {
    let Samples::Bits8(samples) = samples else { return };
    for pixel in samples.chunks_exact_mut(3) {
        let (luma, blue, red) = (pixel[0] as f32, pixel[1] as f32 - 128.0, pixel[2] as f32 - 128.0);
        let rgb = [
            luma + 1.402 * red,
            luma - 0.344_136 * blue - 0.714_136 * red,
            luma + 1.772 * blue,
        ];
        for (sample, light) in pixel.iter_mut().zip(rgb) {
            *sample = light.round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// Divides colours by alpha, in the 16-bit scale: 8-bit samples would lose steps.
fn unmultiply(samples: &mut Samples, count: usize) {
    const FULL: u32 = u16::MAX as u32;
    let mut wide = vec![0; samples.len()];
    samples.widen(0, &mut wide);
    for pixel in wide.chunks_exact_mut(count) {
        let alpha = u32::from(pixel[count - 1]);
        for colour in &mut pixel[..count - 1] {
            let full = (u32::from(*colour) * FULL + alpha / 2).checked_div(alpha);
            *colour = full.unwrap_or(0).min(FULL) as u16;
        }
    }
    *samples = Samples::Bits16(wide);
}

fn explain(error: TiffError) -> DecodeError {
    match error {
        TiffError::UnsupportedError(error) => {
            DecodeError::Unsupported(format!("a TIFF of a rare kind ({error})"))
        }
        TiffError::LimitsExceeded | TiffError::IntSizeError => {
            DecodeError::TooLarge("a TIFF that asks for more memory than its limit".to_owned())
        }
        TiffError::IoError(_) => DecodeError::Damaged("the file ends before its picture does".to_owned()),
        other => DecodeError::Damaged(format!("TIFF, {other}")),
    }
}
