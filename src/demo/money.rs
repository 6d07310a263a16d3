//! Money in whole cents, and days: exact, no floating point anywhere.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

/// An amount in cents; written and read as DECIMAL(…,2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cents(pub(super) i64);

/// A calendar day, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(i64);

// === impl Cents ===

impl Cents {
    /// The share of this amount that `basis_points` (1/10000) are, rounded half up.
    pub(super) fn basis_points(self, basis_points: i64) -> Self {
        Self((self.0 * basis_points + 5_000) / 10_000)
    }

    /// `parts` amounts that add up to this one exactly: equal, and the last one takes the rest.
    pub(super) fn split(self, parts: u32) -> Vec<Self> {
        let parts = i64::from(parts.max(1));
        let share = self.0 / parts;
        (1..=parts).map(|part| if part < parts { Self(share) } else { Self(self.0 - share * (parts - 1)) }).collect()
    }
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

impl FromStr for Cents {
    type Err = String;

    /// Reads what MySQL writes for a DECIMAL with two places; anything else is refused, never rounded.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not an amount with two decimal places");
        let (whole, fraction) = text.split_once('.').ok_or_else(wrong)?;
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if fraction.len() != 2 || !all_digits(digits) || !all_digits(fraction) {
            return Err(wrong());
        }
        let cents: i64 = format!("{digits}{fraction}").parse().map_err(|_| wrong())?;
        Ok(Self(if whole.starts_with('-') { -cents } else { cents }))
    }
}

// === impl Day ===

impl Day {
    /// A day by year, month (1–12) and day of month.
    /// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    pub(super) const fn new(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// The same day `months` later; the day of month must be one that every month has (1–28).
    pub(super) fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = self.civil();
        let count = year * 12 + month - 1 + i64::from(months);
        Self::new(count.div_euclid(12), count.rem_euclid(12) + 1, day)
    }

    /// So many days later.
    pub(super) fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Year, month and day of month; civil_from_days of the same source.
    fn civil(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Cents, Day};

    #[test]
    fn shares_add_up() {
        for (cents, parts) in [(100_000, 3), (99_999, 24), (1, 12), (0, 6)] {
            let shares = Cents(cents).split(parts);
            assert_eq!(shares.len(), usize::try_from(parts).unwrap_or(0));
            assert_eq!(shares.into_iter().sum::<Cents>(), Cents(cents));
        }
    }

    #[test]
    fn amounts_are_written_and_read_as_decimals() {
        for (cents, text) in [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123_456, "1234.56"), (-100, "-1.00")] {
            assert_eq!(Cents(cents).to_string(), text);
            assert_eq!(text.parse(), Ok(Cents(cents)));
        }
        for text in ["", "1", "1.2", "1.234", "1.2e3", "-.10", "1.-1", "NULL", " 1.00"] {
            assert!(text.parse::<Cents>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_round_half_up() {
        assert_eq!(Cents(100).basis_points(50), Cents(1)); // 0.5 cents
        assert_eq!(Cents(100).basis_points(49), Cents(0));
        assert_eq!(Cents(1_000_000).basis_points(65), Cents(6_500));
    }

    #[test]
    fn days_follow_the_calendar() {
        assert_eq!(Day::new(1970, 1, 1), Day(0));
        assert_eq!(Day::new(2024, 2, 29).plus_days(1).to_string(), "2024-03-01");
        assert_eq!(Day::new(2023, 12, 31).plus_days(1).to_string(), "2024-01-01");
        assert_eq!(Day::new(2024, 11, 28).plus_months(3).to_string(), "2025-02-28");
        for days in (-800_000..800_000).step_by(997) {
            let (year, month, day) = Day(days).civil();
            assert_eq!(Day::new(year, month, day), Day(days));
        }
    }
}
