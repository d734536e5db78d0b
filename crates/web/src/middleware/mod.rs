//! What every request goes through.

pub(crate) mod idempotency;
pub(crate) mod metrics;
pub mod rate;
pub(crate) mod security;
