//! C2PA: a signed statement of what was done to a picture, inside its file, after everything else.
//!
//! [`Signer`] adds it, [`check()`] says what a file's statement is worth. A crate of its own, because its library is the heaviest
//! of the build and only the binary hands it in.

mod check;
mod identity;
mod sign;

pub use check::check;
pub use identity::{DevelopmentIdentity, development_identity};
pub use sign::Signer;

use domain::format::Format;

/// The media type that the signature is laid out for.
fn media_type(format: Format) -> &'static str {
    match format {
        Format::Webp | Format::WebpLossless => "image/webp",
        Format::Png | Format::Png16 => "image/png",
        Format::Jpeg => "image/jpeg",
        Format::Tiff => "image/tiff",
        Format::Avif => "image/avif",
    }
}

/// The same, told by a file's first bytes.
fn media_type_of(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xff, 0xd8]) {
        Some("image/jpeg")
    } else if bytes.starts_with(b"\x89PNG") {
        Some("image/png")
    } else if bytes.starts_with(b"RIFF") {
        Some("image/webp")
    } else if bytes.get(4..8) == Some(b"ftyp") {
        Some("image/avif")
    } else if bytes.starts_with(b"II") || bytes.starts_with(b"MM") {
        Some("image/tiff")
    } else {
        None
    }
}

/// Settings that never reach for the network, and trust these roots (PEM).
fn context(anchors: Option<&str>) -> Result<c2pa::Context, c2pa::Error> {
    let mut settings = serde_json::json!({
        "verify": { "remote_manifest_fetch": false, "ocsp_fetch": false },
    });
    if let Some(anchors) = anchors {
        settings["trust"] = serde_json::json!({ "user_anchors": anchors });
    }
    c2pa::Context::new().with_settings(settings.to_string().as_str())
}
