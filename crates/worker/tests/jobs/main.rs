//! The worker against engines that succeed, fail in passing, break down and refuse.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod deliveries;
mod ends;
mod exports;
mod failing;
mod retries;
// The store's own: an S3 server that checks signatures, and a server that misbehaves on command.
#[path = "../../../store/tests/blobs/s3_server.rs"]
mod s3_server;
#[path = "../../../store/tests/blobs/server.rs"]
#[expect(dead_code, reason = "the store's tests want more of it")]
mod server;
mod signed;
mod troubles;
#[path = "../../../store/tests/world/workspace.rs"]
mod workspace;
