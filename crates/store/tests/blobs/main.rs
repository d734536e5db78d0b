//! Blobs: one suite on every storage, then what is special to each, against a server that speaks the real protocol.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod clock;
mod s3;
mod s3_server;
mod server;
mod storages;
mod suite;
