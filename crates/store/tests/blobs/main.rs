//! Blobs: one suite on every storage, then what is special to each, against servers that speak the real protocols.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
#[path = "../world/clock.rs"]
mod clock;
mod cloudinary;
mod cloudinary_server;
mod s3;
mod s3_server;
mod server;
mod storages;
mod suite;
