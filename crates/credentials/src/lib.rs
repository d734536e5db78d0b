//! C2PA: a signed statement of what was done to a picture, inside its file, after everything else.
//!
//! [`Signer`] adds it, [`Verifier`] says what a file's statement is worth. A crate of its own, because its library is the heaviest
//! of the build and only the binary hands it in. Nothing here speaks to the network.

mod compact;
mod identity;
mod sign;
mod verify;

pub use identity::{DevelopmentIdentity, development_identity};
pub use sign::Signer;
pub use verify::Verifier;

use domain::format::Format;
use imaging::provenance::SealError;

/// The media type that a format's statement is laid out for.
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

/// Settings that never reach for the network, make no thumbnails, and trust these roots (PEM).
fn context(roots: Option<&str>) -> Result<c2pa::Context, SealError> {
    let mut settings = serde_json::json!({
        "builder": { "thumbnail": { "enabled": false } },
        "verify": { "remote_manifest_fetch": false, "ocsp_fetch": false },
    });
    if let Some(roots) = roots {
        settings["trust"] = serde_json::json!({ "user_anchors": roots });
    }
    c2pa::Context::new()
        .with_settings(settings.to_string().as_str())
        .map_err(refused)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(error: c2pa::Error) -> SealError {
    SealError(error.to_string())
}
