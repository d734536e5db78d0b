//! What every request goes through.

pub(crate) mod idempotency;
pub mod rate;
pub(crate) mod security;
