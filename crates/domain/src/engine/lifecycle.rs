//! The end of a model: vendors close image models within months.

use jiff::civil::Date;

/// From this many days before its end a model warns.
pub const RETIRING_DAYS: i64 = 30;

/// Where a model stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// No end known, or far off.
    Current,
    /// Ends within [`RETIRING_DAYS`].
    Retiring {
        /// Whole days left, from 1; on its last day 0.
        days: i64,
    },
    /// Ended.
    Retired,
}

impl Lifecycle {
    /// Where a model with this last day stands. On the day itself it still works.
    pub fn on(shutdown: Option<Date>, today: Date) -> Self {
        let Some(shutdown) = shutdown else {
            return Self::Current;
        };
        let days = i64::from((shutdown - today).get_days());
        match days {
            ..0 => Self::Retired,
            0..=RETIRING_DAYS => Self::Retiring { days },
            _ => Self::Current,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_last_day_still_works_and_thirty_days_before_it_warn() {
        let on = |y, m, d| Lifecycle::on(Some(date(2026, 12, 24)), date(y, m, d));
        assert_eq!(on(2026, 11, 23), Lifecycle::Current);
        assert_eq!(on(2026, 11, 24), Lifecycle::Retiring { days: 30 });
        assert_eq!(on(2026, 12, 24), Lifecycle::Retiring { days: 0 });
        assert_eq!(on(2026, 12, 25), Lifecycle::Retired);
        assert_eq!(on(2028, 1, 1), Lifecycle::Retired);
        assert_eq!(Lifecycle::on(None, date(2028, 1, 1)), Lifecycle::Current);
    }
}
