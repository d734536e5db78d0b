//! What a delivered file says about itself: resolution, colour profile, how it was made.
//!
//! [`Packets`] are the bytes, the `finish` steps put them into files, and [`read_back()`] reads them out of
//! a finished file again, so that nothing is delivered that does not say what it should.

mod about;
mod bmff;
mod exif;
pub mod ifd;
mod jpeg;
mod packets;
mod png;
mod read_back;
mod riff;
mod seal;
pub mod source_type;
mod xmp;

pub use about::About;
pub use packets::Packets;
pub use read_back::{Described, read_back};
pub use seal::{Parent, Seal, SealError, Seen, Statement, holds_statement};

pub(crate) use bmff::with_profile_and_xmp;
pub(crate) use packets::srgb_profile;
pub(crate) use riff::webp_with;
