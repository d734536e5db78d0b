//! Step: pixels and metadata into a file, one module per format.

use std::borrow::Cow;

use domain::format::Format;

use super::{
    FinishError, Work,
    light::{is_opaque, narrowed},
    pixels::Pixels,
};
use crate::provenance::Packets;

mod avif;
mod jpeg;
mod png;
mod tiff;
mod webp;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let Some(packets) = &work.packets else {
        return Err(FinishError::BadSpec("nothing describes the picture".to_owned()));
    };
    let (opaque, samples) = match &work.pixels {
        Pixels::Rgb8(opaque) => (true, Samples::Narrow(&opaque.samples)),
        Pixels::Rgb16(opaque) => (true, Samples::Wide(Cow::Borrowed(&opaque.samples))),
        Pixels::Rgba(picture) if is_opaque(picture) => {
            (true, Samples::Wide(Cow::Owned(without_alpha(picture.as_raw()))))
        }
        Pixels::Rgba(picture) => (false, Samples::Wide(Cow::Borrowed(picture.as_raw()))),
    };
    let order = Order {
        dimensions: work.pixels.dimensions(),
        samples,
        opaque,
        packets,
        dpi: work.spec.dpi,
        quality: work.spec.quality.map(|quality| quality.clamp(1, 100)),
    };
    let made = match work.spec.format {
        Format::Webp => webp::encode(&order, false),
        Format::WebpLossless => webp::encode(&order, true),
        Format::Png => png::encode(&order, false),
        Format::Png16 => png::encode(&order, true),
        Format::Jpeg => jpeg::encode(&order),
        Format::Tiff => tiff::encode(&order),
        Format::Avif => avif::encode(&order),
    };
    work.bytes = made.map_err(|reason| FinishError::Encoder {
        format: work.spec.format,
        reason,
    })?;
    Ok(())
}

/// The longest side a format can hold, in pixels.
pub(super) fn side_max(format: Format) -> u32 {
    match format {
        Format::Webp | Format::WebpLossless => 16_383,
        Format::Jpeg | Format::Avif => 65_535,
        Format::Png | Format::Png16 | Format::Tiff => u32::MAX,
    }
}

/// A format that holds 8 bits of a value, as far as we write it.
pub(super) fn is_eight_bits(format: Format) -> bool {
    match format {
        Format::Webp | Format::WebpLossless | Format::Jpeg | Format::Png => true,
        Format::Png16 | Format::Tiff | Format::Avif => false,
    }
}

/// What an encoder gets. They answer with the file, or with what went wrong.
struct Order<'a> {
    dimensions: (u32, u32),
    /// RGB when opaque, RGBA when not.
    samples: Samples<'a>,
    opaque: bool,
    packets: &'a Packets,
    dpi: u32,
    /// Of a lossy format, where it is asked for.
    quality: Option<u8>,
}

enum Samples<'a> {
    Wide(Cow<'a, [u16]>),
    Narrow(&'a [u8]),
}

impl Order<'_> {
    /// 16 bits.
    fn wide(&self) -> Cow<'_, [u16]> {
        match &self.samples {
            Samples::Wide(samples) => Cow::Borrowed(samples),
            Samples::Narrow(samples) => samples.iter().map(|&value| u16::from(value) * 257).collect(),
        }
    }

    /// 16 bits, the higher byte first.
    fn wide_bytes(&self) -> Vec<u8> {
        let samples = self.wide();
        let mut bytes = vec![0; samples.len() * 2];
        for (pair, value) in bytes.chunks_exact_mut(2).zip(samples.iter()) {
            pair.copy_from_slice(&value.to_be_bytes());
        }
        bytes
    }

    /// 8 bits, rounded to the nearest.
    fn narrow(&self) -> Cow<'_, [u8]> {
        match &self.samples {
            Samples::Wide(samples) => samples.iter().map(|&value| narrowed(value)).collect(),
            Samples::Narrow(samples) => Cow::Borrowed(samples),
        }
    }
}

fn without_alpha(pixels: &[u16]) -> Vec<u16> {
    let mut samples = vec![0; pixels.len() / 4 * 3];
    for (sample, pixel) in samples.chunks_exact_mut(3).zip(pixels.chunks_exact(4)) {
        sample.copy_from_slice(&pixel[..3]);
    }
    samples
}
