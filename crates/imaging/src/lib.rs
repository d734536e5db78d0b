//! Pixels, on the CPU: reading and writing files, framing for channels, cutting products out, checking and finishing pictures.
//!
//! One pixel type crosses every border of this crate: [`Picture`], 16 bits a channel, straight alpha,
//! sRGB encoded. Inside, each room converts to what its arithmetic wants.

pub mod channel;
pub mod codec;
pub mod finish;
pub mod locks;
pub mod provenance;
pub mod vision;

/// Raised when the same photo gives another cut-out, verdict or file than before: a catalogue shot again then makes its
/// pictures anew.
pub const REVISION: u32 = 11;

/// Pixels: row-major RGBA, 16 bits a channel, straight alpha, sRGB encoded (IEC 61966-2-1).
/// An 8-bit value v is stored as v * 257, so that it comes back byte-exact.
pub type Picture = image::ImageBuffer<image::Rgba<u16>, Vec<u16>>;
