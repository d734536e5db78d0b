//! Time as a parameter: rules and jobs ask a [`Clock`], never the machine.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type EpochMs = i64;

/// Where the current time comes from.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds since the Unix epoch.
    fn now_ms(&self) -> EpochMs;
}
