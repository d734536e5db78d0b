//! What looks at files that people send: decoding is the binary's, so that no pixel is known here.

use std::path::Path;

/// What a photo is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFacts {
    /// By its content, never by its name.
    pub media_type: &'static str,
    /// Columns, upright.
    pub width: u32,
    /// Rows, upright.
    pub height: u32,
}

/// Looks at files. Blocks: called on threads for such work.
pub trait Intake: Send + Sync {
    /// What a photo file is, every pixel of it read; the sentence says why it is none that can be used.
    fn look(&self, path: &Path) -> Result<PhotoFacts, String>;

    /// A small copy as JPEG whose longer side has at most so many pixels.
    fn thumbnail(&self, file: &[u8], side: u32) -> Result<Vec<u8>, String>;
}
