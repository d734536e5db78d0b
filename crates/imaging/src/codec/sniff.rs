//! Telling what a file is from its first bytes.

use super::DecodeError;

/// A format we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    Webp,
    Tiff,
}

/// The format of the content, or what it is instead.
pub(super) fn sniff(bytes: &[u8]) -> Result<Kind, DecodeError> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(Kind::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Kind::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Kind::Webp);
    }
    if [b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"]
        .iter()
        .any(|magic| bytes.starts_with(*magic))
    {
        return Ok(Kind::Tiff);
    }
    Err(DecodeError::NotAPicture(stranger(bytes)))
}

/// A picture format by the brand of its ISO media file, or a well-known signature, or plain text.
fn stranger(bytes: &[u8]) -> String {
    const SIGNATURES: [(&[u8], &str); 8] = [
        (b"GIF8", "a GIF"),
        (b"BM", "a BMP"),
        (b"%PDF", "a PDF"),
        (b"8BPS", "a Photoshop document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\0\0\x01\0", "an icon"),
        (b"\xff\x0a", "a JPEG XL picture"),
        (b"<svg", "an SVG drawing"),
    ];
    let brand = match bytes.get(4..12) {
        Some(b"ftypavif" | b"ftypavis") => Some("an AVIF picture"),
        Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftypheim") => Some("a HEIC picture"),
        Some([b'f', b't', b'y', b'p', ..]) => Some("a film"),
        _ => None,
    };
    let signature = SIGNATURES
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, name)| *name);
    match brand.or(signature) {
        Some(name) => format!("it is {name}"),
        None if looks_like_text(bytes) => "it is text".to_owned(),
        None => "its content is unknown".to_owned(),
    }
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    let valid = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    valid
        && head
            .iter()
            .all(|&byte| byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t'))
}
