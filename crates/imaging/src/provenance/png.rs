//! The metadata chunks of a PNG.

use super::{
    read_back::{Described, agreed, is_profile},
    xmp,
};

/// Metres in an inch.
const INCH_M: f64 = 0.0254;

/// Reads pHYs, eXIf, XMP and iCCP.
pub(super) fn read_back(bytes: &[u8]) -> Described {
    let (mut physical_dpi, mut described) = (None, Described::default());
    for (kind, body) in chunks(bytes) {
        match kind {
            b"pHYs" => physical_dpi = physical(body),
            b"eXIf" => described.dpi = super::read_back::exif_dpi(body),
            b"iTXt" if body.starts_with(xmp::PNG_KEYWORD.as_bytes()) => {
                described.digital_source_type = xmp::digital_source_type(body);
            }
            _ => {}
        }
    }
    let decoder = ::png::Decoder::new(std::io::Cursor::new(bytes));
    let profile = decoder
        .read_info()
        .ok()
        .and_then(|reader| reader.info().icc_profile.clone());
    described.icc = profile.is_some_and(|profile| is_profile(&profile));
    described.dpi = agreed(physical_dpi, described.dpi);
    described
}

fn physical(body: &[u8]) -> Option<u32> {
    let x = u32::from_be_bytes(body.get(..4)?.try_into().ok()?);
    let y = u32::from_be_bytes(body.get(4..8)?.try_into().ok()?);
    (x == y && body.get(8) == Some(&1)).then(|| (f64::from(x) * INCH_M).round() as u32)
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut at = 8;
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let kind = bytes.get(at + 4..at + 8)?.try_into().ok()?;
        let body = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
        at += 12 + length;
        Some((kind, body))
    })
}
