//! Time as a parameter: rules and jobs ask a [`Clock`], never the machine.

use jiff::{
    Span, Timestamp,
    civil::{Date, date},
};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type EpochMs = i64;

/// The day in UTC of a time.
pub fn day(ms: EpochMs) -> Date {
    let days = i32::try_from(ms.div_euclid(86_400_000)).unwrap_or(0);
    date(1970, 1, 1).saturating_add(Span::new().days(days))
}

/// A time in words that every system reads (RFC 3339).
pub fn rfc3339(ms: EpochMs) -> String {
    Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

/// Where the current time comes from.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds since the Unix epoch.
    fn now_ms(&self) -> EpochMs;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_millisecond() {
        assert_eq!(rfc3339(1_795_478_399_999), "2026-11-23T23:59:59.999Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(day(0), date(1970, 1, 1));
        assert_eq!(day(-1), date(1969, 12, 31));
        assert_eq!(day(1_795_478_399_999), date(2026, 11, 23));
        assert_eq!(day(1_795_478_400_000), date(2026, 11, 24));
    }
}
