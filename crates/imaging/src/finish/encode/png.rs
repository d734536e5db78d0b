//! PNG: 8 or 16 bits, RGB or RGBA.

use std::borrow::Cow;

use png::{
    BitDepth, ColorType, Compression, Encoder, Filter, Info, PixelDimensions, Unit, text_metadata::ITXtChunk,
};

use super::Order;

/// Inches in a metre.
const METRE_INCH: f64 = 1.0 / 0.0254;

pub(super) fn encode(order: &Order<'_>, wide: bool) -> Result<Vec<u8>, String> {
    let (width, height) = order.dimensions;
    let mut info = Info::with_size(width, height);
    info.color_type = if order.opaque {
        ColorType::Rgb
    } else {
        ColorType::Rgba
    };
    info.bit_depth = if wide { BitDepth::Sixteen } else { BitDepth::Eight };
    let per_metre = (f64::from(order.dpi) * METRE_INCH).round() as u32;
    info.pixel_dims = Some(PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: Unit::Meter,
    });
    info.icc_profile = Some(order.packets.icc.as_slice().into());
    info.exif_metadata = Some(order.packets.exif.as_slice().into());
    info.utf8_text = vec![ITXtChunk::new("XML:com.adobe.xmp", order.packets.xmp.as_str())];
    let mut bytes = Vec::new();
    let mut encoder = Encoder::with_info(&mut bytes, info).map_err(|error| error.to_string())?;
    // The fastest deflate there is, and for it the one filter that pictures want: choosing a filter for each row takes longer and
    // gains nothing (25.3 MB against 25.2 for 2048 x 3072 at 16 bits).
    encoder.set_compression(Compression::Fast);
    encoder.set_filter(Filter::Paeth);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    let samples = if wide {
        Cow::Owned(order.wide_bytes())
    } else {
        order.narrow()
    };
    writer
        .write_image_data(&samples)
        .map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(bytes)
}
