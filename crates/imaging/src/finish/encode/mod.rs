//! Step: pixels and metadata into a file, one module per format.

use domain::format::Format;

use super::{
    FinishError, Work,
    light::{is_opaque, narrowed},
};
use crate::{Picture, provenance::Packets};

mod avif;
mod jpeg;
mod png;
mod tiff;
mod webp;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let Some(packets) = &work.packets else {
        return Err(FinishError::BadSpec("nothing describes the picture".to_owned()));
    };
    let order = Order {
        picture: &work.picture,
        opaque: is_opaque(&work.picture),
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

/// What an encoder gets. They answer with the file, or with what went wrong.
struct Order<'a> {
    picture: &'a Picture,
    opaque: bool,
    packets: &'a Packets,
    dpi: u32,
    /// Of a lossy format, where it is asked for.
    quality: Option<u8>,
}

impl Order<'_> {
    /// 16-bit samples: RGB when opaque, RGBA when not.
    fn samples(&self) -> Vec<u16> {
        let pixels = self.picture.as_raw();
        if !self.opaque {
            return pixels.clone();
        }
        let mut samples = vec![0; pixels.len() / 4 * 3];
        for (sample, pixel) in samples.chunks_exact_mut(3).zip(pixels.chunks_exact(4)) {
            sample.copy_from_slice(&pixel[..3]);
        }
        samples
    }

    /// 16-bit samples, the higher byte first.
    fn wide_bytes(&self) -> Vec<u8> {
        let pixels = self.picture.as_raw();
        let channels = if self.opaque { 3 } else { 4 };
        let mut bytes = vec![0; pixels.len() / 4 * channels * 2];
        for (bytes, pixel) in bytes.chunks_exact_mut(channels * 2).zip(pixels.chunks_exact(4)) {
            for (pair, value) in bytes.chunks_exact_mut(2).zip(pixel) {
                pair.copy_from_slice(&value.to_be_bytes());
            }
        }
        bytes
    }

    /// The same at 8 bits, rounded to the nearest.
    fn narrow_samples(&self) -> Vec<u8> {
        let pixels = self.picture.as_raw();
        if !self.opaque {
            return pixels.iter().map(|&value| narrowed(value)).collect();
        }
        let mut samples = vec![0; pixels.len() / 4 * 3];
        for (sample, pixel) in samples.chunks_exact_mut(3).zip(pixels.chunks_exact(4)) {
            sample[0] = narrowed(pixel[0]);
            sample[1] = narrowed(pixel[1]);
            sample[2] = narrowed(pixel[2]);
        }
        samples
    }
}
