//! Help for tests, never part of the program: real photos where there are any, drawn garments where there are none,
//! and pictures compared by numbers.
//!
//! What a machine does not have is skipped aloud: one `skipped:` line on standard error, past the test harness's own
//! capture, so that a green run never hides a test that did not look at anything.

mod compare;
pub mod database;
mod found;
pub mod fuzz;
mod garment;
mod http;
mod lab;
pub mod onnx;
pub mod pairs;
mod random;
pub mod smtp;
pub mod stripe;
pub mod vendor;

pub use compare::{Difference, compare};
pub use found::{garment_photos, home, model, portraits, repository, sample_people, sample_photos};
pub use garment::{Garment, Kind, Print};
pub use lab::lab;
pub use random::Random;

/// Pixels as the program holds them: row-major RGBA, 16 bits a channel, straight alpha, sRGB encoded.
/// The same type as `imaging::Picture`.
pub type Picture = image::ImageBuffer<image::Rgba<u16>, Vec<u16>>;
