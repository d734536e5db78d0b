//! The API through its front door: the real router, a database of its own on each engine, and a clock that tests turn.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
mod auth;
mod imports;
mod keys;
mod limits;
mod uploads;
