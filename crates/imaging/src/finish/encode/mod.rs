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
}

impl Order<'_> {
    /// 16-bit samples: RGB when opaque, RGBA when not.
    fn samples(&self) -> Vec<u16> {
        let pixels = self.picture.as_raw();
        if self.opaque {
            pixels
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect()
        } else {
            pixels.clone()
        }
    }

    /// The same at 8 bits, rounded to the nearest.
    fn narrow_samples(&self) -> Vec<u8> {
        let pixels = self.picture.as_raw();
        if self.opaque {
            pixels
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]].map(narrowed))
                .collect()
        } else {
            pixels.iter().map(|&value| narrowed(value)).collect()
        }
    }
}
