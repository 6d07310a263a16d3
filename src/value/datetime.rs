//! Reading dates and times from strings, as MySQL reads a string that stands where a date is wanted.
//!
//! Only forms are read on which MariaDB and MySQL agree without a warning and in every `sql_mode`; all others give None,
//! and the caller must then not rely on knowing the value. Each accepted and refused form was tried on MariaDB 10.11 and
//! MySQL 9.7.

use super::DateTime;

// === impl DateTime ===

impl DateTime {
    /// Reads a date, with or without a time of day.
    ///
    /// - `2024-1-5`, `24/01/05`: a year of two or four digits, month and day of one or two, `-` or `/` between them;
    /// - then ` 10:11`, ` 10:11:12.5` or the same after a `T`;
    /// - `20240105`, `240105`, `20240105101112.5`, `240105101112`, `20240105T101112`.
    ///
    /// A year of two digits is 1970–2069. None for anything else: zero dates and months (they depend on `sql_mode`),
    /// days that the month does not have, more than six digits of a fraction (MariaDB cuts them, MySQL rounds), time
    /// zones, other delimiters, anything left over.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (date, rest) = match digits {
            6 | 8 | 12 | 14 => compact(text, digits)?,
            2 | 4 => delimited(text, digits)?,
            _ => return None,
        };
        if rest.is_empty() { date.checked() } else { None }
    }

    /// Itself, if it is a day of the calendar and a time of that day.
    pub fn checked(self) -> Option<Self> {
        let of = |years| self.year.is_multiple_of(years);
        let leap = of(4) && (!of(100) || of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let fits = self.year > 0
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self.micros < 1_000_000;
        fits.then_some(self)
    }
}

/// Digits without delimiters.
fn compact(text: &[u8], digits: usize) -> Option<(DateTime, &[u8])> {
    let (year, rest) = number(text, if matches!(digits, 8 | 14) { 4 } else { 2 })?;
    let year = if matches!(digits, 8 | 14) { year } else { of_two_digits(year) };
    let (month, rest) = number(rest, 2)?;
    let (day, rest) = number(rest, 2)?;
    let date = DateTime { year: narrow(year)?, month: narrow(month)?, day: narrow(day)?, ..DateTime::default() };
    let time = match (digits, rest.split_first()) {
        (12 | 14, _) => rest,
        (8, Some((b'T', time))) if time.iter().take_while(|byte| byte.is_ascii_digit()).count() == 6 => time,
        _ => return Some((date, rest)),
    };
    let (hour, rest) = number(time, 2)?;
    let (minute, rest) = number(rest, 2)?;
    let (second, rest) = number(rest, 2)?;
    let (micros, rest) = fraction(rest)?;
    let time = DateTime { hour: narrow(hour)?, minute: narrow(minute)?, second: narrow(second)?, micros, ..date };
    Some((time, rest))
}

/// Numbers with delimiters.
fn delimited(text: &[u8], digits: usize) -> Option<(DateTime, &[u8])> {
    let (year, rest) = number(text, digits)?;
    let year = if digits == 4 { year } else { of_two_digits(year) };
    let delimiter = *rest.first().filter(|byte| matches!(byte, b'-' | b'/'))?;
    let (month, rest) = one_or_two(rest.strip_prefix(&[delimiter])?)?;
    let (day, rest) = one_or_two(rest.strip_prefix(&[delimiter])?)?;
    let date = DateTime { year: narrow(year)?, month: narrow(month)?, day: narrow(day)?, ..DateTime::default() };
    let time = match rest.split_first() {
        None => return Some((date, rest)),
        Some((b'T', time)) => time,
        Some((b' ', time)) => {
            let spaces = time.iter().take_while(|&&byte| byte == b' ').count();
            time.get(spaces..)?
        }
        Some(_) => return None,
    };
    let (hour, rest) = one_or_two(time)?;
    let (minute, rest) = one_or_two(rest.strip_prefix(b":")?)?;
    let date = DateTime { hour: narrow(hour)?, minute: narrow(minute)?, ..date };
    let Some(rest) = rest.strip_prefix(b":") else { return Some((date, rest)) };
    let (second, rest) = one_or_two(rest)?;
    let (micros, rest) = fraction(rest)?;
    Some((DateTime { second: narrow(second)?, micros, ..date }, rest))
}

fn of_two_digits(year: u32) -> u32 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// Exactly `count` digits.
fn number(text: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| (digits.iter().fold(0, |value, &digit| value * 10 + u32::from(digit - b'0')), rest))
}

fn one_or_two(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if matches!(digits, 1 | 2) { number(text, digits) } else { None }
}

/// A point and one to six digits, or nothing: microseconds.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else { return Some((0, text)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=6).contains(&digits) {
        return None;
    }
    let (value, rest) = number(text, digits)?;
    Some((value * (digits..6).fold(1, |power, _| power * 10), rest))
}

fn narrow<T: TryFrom<u32>>(value: u32) -> Option<T> {
    T::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = DateTime::parse(text.as_bytes()).map_or("none".to_owned(), |t| {
            format!(
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
                t.year, t.month, t.day, t.hour, t.minute, t.second, t.micros
            )
        });
        assert_eq!(shown, expected, "{text:?}");
    }

    /// `SELECT CAST('…' AS DATETIME(6))` on MariaDB 10.11 and MySQL 9.7.
    #[test]
    fn reads_what_the_servers_read() {
        check("2024-1-5", "2024-01-05 00:00:00.000000");
        check("24-1-5", "2024-01-05 00:00:00.000000");
        check("70-1-1", "1970-01-01 00:00:00.000000");
        check("69-12-31", "2069-12-31 00:00:00.000000");
        check("00-01-01", "2000-01-01 00:00:00.000000");
        check("0099-01-01", "0099-01-01 00:00:00.000000");
        check("2024/01/05", "2024-01-05 00:00:00.000000");
        check("2000-02-29", "2000-02-29 00:00:00.000000");
        check("20240105", "2024-01-05 00:00:00.000000");
        check("240105", "2024-01-05 00:00:00.000000");
        check("20240105101112", "2024-01-05 10:11:12.000000");
        check("20240105101112.5", "2024-01-05 10:11:12.500000");
        check("240105101112.25", "2024-01-05 10:11:12.250000");
        check("20240105T101112", "2024-01-05 10:11:12.000000");
        check("2024-01-05T10:11:12.5", "2024-01-05 10:11:12.500000");
        check("2024-1-05 09:8:07.000001", "2024-01-05 09:08:07.000001");
        check("2024-01-05  10:11:12", "2024-01-05 10:11:12.000000");
        check("2024-01-05 1:2", "2024-01-05 01:02:00.000000");
        check("2024-01-05T10:11", "2024-01-05 10:11:00.000000");
    }

    #[test]
    fn what_is_not_sure_is_none() {
        for text in [
            "",
            "x",
            "2024",
            "202401",
            "2024010",
            "2024-1",
            "124-1-5",
            "2024-001-05",
            "2024-01/05",
            "2024.01.05",
            "2024-02-30",
            "1900-02-29",
            "2024-13-01",
            "0000-00-00",
            "2024-00-00",
            "0000-01-01",
            " 2024-01-05",
            "2024-01-05 ",
            "2024-01-05x",
            "2024-01-05 10",
            "2024-01-05 24:00:00",
            "2024-01-05 23:59:60",
            "2024-01-05 10:11:12.",
            "2024-01-05 10:11:12.1234567",
            "2024-01-05 10:11:12+00:00",
            "2024-01-05T",
            "20240105 101112",
            "20240105T1011",
            "20240105T",
            "99999999",
            "2024-01-05\u{a0}",
        ] {
            check(text, "none");
        }
    }
}
