//! The metadata segments of a JPEG.

use super::{
    read_back::{Described, agreed, is_profile},
    xmp,
};

const ICC_PREFIX: &[u8] = b"ICC_PROFILE\0";

/// Reads JFIF density, EXIF, XMP and ICC from the segments before the first scan.
pub(super) fn read_back(bytes: &[u8]) -> Described {
    let (mut jfif_dpi, mut described) = (None, Described::default());
    let mut icc = Vec::new();
    for (marker, body) in segments(bytes) {
        match marker {
            0xe0 if body.starts_with(b"JFIF\0") => jfif_dpi = jfif(body),
            0xe1 if body.starts_with(b"Exif\0\0") => described.dpi = super::read_back::exif_dpi(body),
            0xe1 if body.starts_with(xmp::JPEG_PREFIX) => {
                described.digital_source_type = xmp::digital_source_type(body);
            }
            0xe2 if body.starts_with(ICC_PREFIX) => {
                icc.extend(body.get(ICC_PREFIX.len() + 2..).unwrap_or_default());
            }
            _ => {}
        }
    }
    described.icc = is_profile(&icc);
    described.dpi = agreed(jfif_dpi, described.dpi);
    described
}

fn jfif(body: &[u8]) -> Option<u32> {
    let &[unit, x_high, x_low, y_high, y_low] = body.get(7..12)? else {
        return None;
    };
    let (x, y) = (
        u16::from_be_bytes([x_high, x_low]),
        u16::from_be_bytes([y_high, y_low]),
    );
    (unit == 1 && x == y).then_some(u32::from(x))
}

/// Marker and body of each segment up to the first scan.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2;
    std::iter::from_fn(move || {
        let &[0xff, marker, high, low] = bytes.get(at..at + 4)? else {
            return None;
        };
        let body = bytes.get(at + 4..at + 2 + usize::from(u16::from_be_bytes([high, low])))?;
        at += 4 + body.len();
        (marker != 0xda).then_some((marker, body))
    })
}
