//! The studio, through its front door: drawn garments in, pictures or reasons out.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bench;
mod close_ups;
mod packshots;
mod real_photos;
mod refusals;
mod suite;
