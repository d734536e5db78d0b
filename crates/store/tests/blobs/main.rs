//! Blobs: one suite on every storage.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod clock;
mod storages;
mod suite;
