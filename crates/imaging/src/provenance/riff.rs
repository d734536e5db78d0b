//! WebP's container: reading its metadata chunks and adding them (WebP container specification).

use super::{
    Packets,
    read_back::{Described, is_profile},
    xmp,
};

/// Reads ICCP, EXIF and XMP.
pub(super) fn read_back(bytes: &[u8]) -> Described {
    let mut described = Described::default();
    for (kind, body) in chunks(bytes) {
        match kind {
            b"ICCP" => described.icc = is_profile(body),
            b"EXIF" => described.dpi = super::read_back::exif_dpi(body),
            b"XMP " => described.digital_source_type = xmp::digital_source_type(body),
            _ => {}
        }
    }
    described
}

/// Wraps an encoder's plain WebP in the extended format with a profile, EXIF and XMP.
/// `None` when there is no picture in it.
pub(crate) fn webp_with(plain: &[u8], width: u32, height: u32, packets: &Packets) -> Option<Vec<u8>> {
    const ICC: u8 = 0x20;
    const ALPHA: u8 = 0x10;
    const EXIF: u8 = 0x08;
    const XMP: u8 = 0x04;
    let picture: Vec<_> = chunks(plain)
        .filter(|(kind, _)| matches!(*kind, b"ALPH" | b"VP8 " | b"VP8L"))
        .collect();
    let alpha = picture.iter().any(|(kind, body)| match *kind {
        b"ALPH" => true,
        b"VP8L" => body.get(4).is_some_and(|byte| byte & 0x10 != 0),
        _ => false,
    });
    if picture.is_empty() || width == 0 || height == 0 {
        return None;
    }
    let flags = ICC | EXIF | XMP | if alpha { ALPHA } else { 0 };
    let mut header = vec![flags, 0, 0, 0];
    header.extend(&(width - 1).to_le_bytes()[..3]);
    header.extend(&(height - 1).to_le_bytes()[..3]);
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    push(&mut file, *b"VP8X", &header);
    push(&mut file, *b"ICCP", &packets.icc);
    for (kind, body) in picture {
        push(&mut file, *kind, body);
    }
    push(&mut file, *b"EXIF", &packets.exif);
    push(&mut file, *b"XMP ", packets.xmp.as_bytes());
    let length = u32::try_from(file.len() - 8).ok()?;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    Some(file)
}

fn push(file: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    file.extend(kind);
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    if body.len() % 2 == 1 {
        file.push(0);
    }
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let kind = bytes.get(at..at + 4)?.try_into().ok()?;
        let length = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        let body = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
        at += 8 + length + length % 2;
        Some((kind, body))
    })
}
