//! The worker against engines that succeed, fail in passing, break down and refuse.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod ends;
mod exports;
mod retries;
mod signed;
