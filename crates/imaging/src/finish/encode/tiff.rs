//! TIFF: 16 bits, deflate with horizontal prediction.

use std::{
    borrow::Cow,
    io::{Cursor, Seek, Write},
};

use tiff::{
    TiffResult,
    encoder::{
        Compression, DeflateLevel, Rational, TiffEncoder, TiffValue,
        colortype::{ColorType, RGB16, RGBA16},
    },
    tags::{Predictor, ResolutionUnit, Tag, Type},
};

use super::Order;
use crate::provenance::ifd;

/// The value of ExtraSamples for straight alpha.
const UNASSOCIATED_ALPHA: u16 = 2;

pub(super) fn encode(order: &Order<'_>) -> Result<Vec<u8>, String> {
    let mut file = Cursor::new(Vec::new());
    let written = if order.opaque {
        write::<_, RGB16>(&mut file, order)
    } else {
        write::<_, RGBA16>(&mut file, order)
    };
    written.map_err(|error| error.to_string())?;
    Ok(file.into_inner())
}

fn write<W: Write + Seek, C: ColorType<Inner = u16>>(file: W, order: &Order<'_>) -> TiffResult<()> {
    let (width, height) = order.dimensions;
    let mut encoder = TiffEncoder::new(file)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let mut image = encoder.new_image::<C>(width, height)?;
    image.resolution(ResolutionUnit::Inch, Rational { n: order.dpi, d: 1 });
    let tags = image.encoder();
    if !order.opaque {
        tags.write_tag(Tag::ExtraSamples, UNASSOCIATED_ALPHA)?;
    }
    tags.write_tag(Tag::Software, "PhotoGen")?;
    tags.write_tag(Tag::Unknown(ifd::XMP), order.packets.xmp.as_bytes())?;
    tags.write_tag(Tag::Unknown(ifd::ICC_PROFILE), Undefined(&order.packets.icc))?;
    image.write_data(&order.wide())
}

/// Bytes of TIFF's type UNDEFINED, which the ICC specification asks of an embedded profile (annex B.4).
struct Undefined<'a>(&'a [u8]);

impl TiffValue for Undefined<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::UNDEFINED;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0)
    }
}
