//! Algorithms: from a shard-key value to a number, and from the number to a database and a table.
//!
//! The numbers are those of DRDS (and of ShardingSphere for `mod`), so that data which they spread is found again.
//! Sources: the open code of PolarDB-X 1.0, `SimpleRuleProcessor`, `IntegerRuleGen`, `BinaryRuleGen` and
//! `GroovyStaticMethod.hashPartitionIndex`; ShardingSphere's `ModShardingAlgorithm`. What they leave undefined is
//! defined here: absolute values are taken exactly, also of the smallest integer, which is what DRDS's fast path does
//! by taking the remainder first.

use super::key::{KeyForm, KeyValue};
use crate::value::DateTime;

/// How a shard-key value becomes a number of a database or table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// DRDS's HASH: integers by their absolute value, strings by Java's `String.hashCode` of their collation's normal
    /// form.
    Hash,
    /// DRDS's HASH, strings always as they are.
    RawHash,
    /// The remainder of an integer, never negative.
    Mod,
    /// DRDS's UNI_HASH: by Java's `hashCode` of the boxed value.
    UniHash,
    /// DRDS's RIGHT_SHIFT: the integer shifted right by this many bits (1–63).
    RightShift(u8),
    /// DRDS's MM: the month, 1–12.
    Month,
    /// DRDS's DD: the day of the month, 1–31.
    DayOfMonth,
    /// DRDS's WEEK: the day of the week, 1–7 from Sunday.
    DayOfWeek,
    /// DRDS's MMDD: the day of the year, 1–366.
    DayOfYear,
}

/// Why an algorithm does not take a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not this type.
    Kind,
    /// Text that is not a decimal number.
    Decimal,
    /// A date that the calendar does not have.
    Date,
}

/// Where a value goes when one algorithm and one key decide database and table together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) database: u16,
    pub(super) table: u16,
}

// === impl Algorithm ===

impl Algorithm {
    /// The name in a rule.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Hash => "hash",
            Algorithm::RawHash => "raw_hash",
            Algorithm::Mod => "mod",
            Algorithm::UniHash => "uni_hash",
            Algorithm::RightShift(_) => "right_shift",
            Algorithm::Month => "mm",
            Algorithm::DayOfMonth => "dd",
            Algorithm::DayOfWeek => "week",
            Algorithm::DayOfYear => "mmdd",
        }
    }

    /// What values it takes, for an error.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Algorithm::Hash | Algorithm::RawHash => "integers, decimals, character and byte strings",
            Algorithm::Mod => "integers and decimals",
            Algorithm::UniHash => "integers and character strings",
            Algorithm::RightShift(_) => "integers",
            Algorithm::Month | Algorithm::DayOfMonth | Algorithm::DayOfWeek | Algorithm::DayOfYear => "dates",
        }
    }

    /// Whether strings are hashed as they are or in the normal form of their collation.
    pub(super) fn key_form(self) -> KeyForm {
        match self {
            Algorithm::Hash | Algorithm::UniHash => KeyForm::Normal,
            Algorithm::RawHash
            | Algorithm::Mod
            | Algorithm::RightShift(_)
            | Algorithm::Month
            | Algorithm::DayOfMonth
            | Algorithm::DayOfWeek
            | Algorithm::DayOfYear => KeyForm::Raw,
        }
    }

    /// Whether it can split over databases; DRDS's date functions of one year split tables only.
    pub(super) fn splits_databases(self) -> bool {
        match self {
            Algorithm::Month | Algorithm::DayOfMonth | Algorithm::DayOfWeek | Algorithm::DayOfYear => false,
            Algorithm::Hash | Algorithm::RawHash | Algorithm::Mod | Algorithm::UniHash | Algorithm::RightShift(_) => {
                true
            }
        }
    }

    /// The number of a value at one level of `count` databases or tables: 0..count.
    pub(super) fn index(self, value: &KeyValue<'_>, count: u16) -> Result<u16, Refusal> {
        Ok(narrow(self.remainder(self.number(value)?, u64::from(count))))
    }

    /// Database and table of a value when this algorithm decides both.
    pub(super) fn cell(self, value: &KeyValue<'_>, databases: u16, tables: u16) -> Result<Cell, Refusal> {
        let number = self.number(value)?;
        let (databases, tables) = (u64::from(databases.max(1)), u64::from(tables.max(1)));
        Ok(match self {
            Algorithm::UniHash | Algorithm::RightShift(_) => {
                let number = number.unsigned_abs();
                Cell { database: narrow(number % databases), table: narrow(number / databases % tables) }
            }
            Algorithm::Hash
            | Algorithm::RawHash
            | Algorithm::Mod
            | Algorithm::Month
            | Algorithm::DayOfMonth
            | Algorithm::DayOfWeek
            | Algorithm::DayOfYear => {
                let table = self.remainder(number, databases * tables);
                Cell { database: narrow(table / tables), table: narrow(table % tables) }
            }
        })
    }

    fn remainder(self, number: i64, count: u64) -> u64 {
        let count = count.max(1);
        match self {
            // Counts are those of rules: far below i64's range.
            Algorithm::Mod => number.rem_euclid(i64::try_from(count).unwrap_or(i64::MAX)).unsigned_abs(),
            _ => number.unsigned_abs() % count,
        }
    }

    fn number(self, value: &KeyValue<'_>) -> Result<i64, Refusal> {
        match self {
            Algorithm::Hash | Algorithm::RawHash => match value {
                KeyValue::Text(text) => Ok(i64::from(java_string_hash(text))),
                KeyValue::Bytes(bytes) => Ok(i64::from(java_array_hash(bytes))),
                _ => long_value(value),
            },
            Algorithm::Mod => long_value(value),
            Algorithm::UniHash => match value {
                KeyValue::Text(text) => Ok(i64::from(java_string_hash(text))),
                KeyValue::Decimal(_) => Err(Refusal::Kind),
                _ => long_value(value).map(|long| i64::from(java_long_hash(long))),
            },
            Algorithm::RightShift(bits) => match value {
                KeyValue::Decimal(_) => Err(Refusal::Kind),
                _ => long_value(value).map(|long| long >> bits.min(63)),
            },
            Algorithm::Month => date(value, |date| i64::from(date.month)),
            Algorithm::DayOfMonth => date(value, |date| i64::from(date.day)),
            Algorithm::DayOfWeek => date(value, day_of_week),
            Algorithm::DayOfYear => date(value, day_of_year),
        }
    }
}

/// A number below a `u16`'s range, which every count in rules is.
fn narrow(number: u64) -> u16 {
    u16::try_from(number).unwrap_or_default()
}

/// Java's `Number.longValue`: the integer part's low 64 bits. NULL counts as 0.
fn long_value(value: &KeyValue<'_>) -> Result<i64, Refusal> {
    match value {
        KeyValue::Null => Ok(0),
        KeyValue::Int(int) => Ok(low_bits(int.unsigned_abs(), *int < 0)),
        KeyValue::Decimal(text) => decimal_long_value(text),
        KeyValue::Text(_) | KeyValue::Bytes(_) | KeyValue::DateTime(_) => Err(Refusal::Kind),
    }
}

fn low_bits(magnitude: u128, negative: bool) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = magnitude.to_le_bytes();
    let low = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
    if negative { low.wrapping_neg() } else { low }
}

fn decimal_long_value(text: &str) -> Result<i64, Refusal> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut parts = digits.splitn(2, |byte| *byte == b'.');
    let whole = parts.next().unwrap_or_default();
    let fraction = parts.next().unwrap_or_default();
    let all_digits = whole.iter().chain(fraction).all(u8::is_ascii_digit);
    if !all_digits || (whole.is_empty() && fraction.is_empty()) {
        return Err(Refusal::Decimal);
    }
    let low = whole.iter().fold(0_u64, |low, digit| low.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    Ok(low_bits(u128::from(low), negative))
}

/// Java's `String.hashCode`: 31·h + unit over UTF-16 units, wrapping at 32 bits.
pub(super) fn java_string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Java's `Arrays.hashCode(byte[])`: from 1, 31·h + signed byte, wrapping at 32 bits.
pub(super) fn java_array_hash(bytes: &[u8]) -> i32 {
    bytes.iter().fold(1_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(i8::from_le_bytes([*byte]))))
}

/// Java's `Long.hashCode`: the low 32 bits of v xor (v >>> 32).
pub(super) fn java_long_hash(long: i64) -> i32 {
    let [a, b, c, d, e, f, g, h] = long.to_le_bytes();
    i32::from_le_bytes([a, b, c, d]) ^ i32::from_le_bytes([e, f, g, h])
}

fn date(value: &KeyValue<'_>, number: impl Fn(&DateTime) -> i64) -> Result<i64, Refusal> {
    match value {
        KeyValue::Null => Ok(0),
        KeyValue::DateTime(date) if in_calendar(date) => Ok(number(date)),
        KeyValue::DateTime(_) => Err(Refusal::Date),
        KeyValue::Int(_) | KeyValue::Decimal(_) | KeyValue::Text(_) | KeyValue::Bytes(_) => Err(Refusal::Kind),
    }
}

fn in_calendar(date: &DateTime) -> bool {
    date.year >= 1 && (1..=12).contains(&date.month) && (1..=days_in(date.year, date.month)).contains(&date.day)
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn day_of_year(date: &DateTime) -> i64 {
    let before: i64 = (1..date.month).map(|month| i64::from(days_in(date.year, month))).sum();
    before + i64::from(date.day)
}

/// 1–7 from Sunday, in the Gregorian calendar, as Java's `Calendar.DAY_OF_WEEK`.
fn day_of_week(date: &DateTime) -> i64 {
    let years = i64::from(date.year) - 1;
    // Days since Monday, 1 January of the year 1.
    let days = years * 365 + years / 4 - years / 100 + years / 400 + day_of_year(date) - 1;
    (days + 1) % 7 + 1
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn int(value: i128) -> KeyValue<'static> {
        KeyValue::Int(value)
    }

    fn decimal(text: &'static str) -> KeyValue<'static> {
        KeyValue::Decimal(text.into())
    }

    fn text(text: &'static str) -> KeyValue<'static> {
        KeyValue::Text(text.into())
    }

    fn day(year: u16, month: u8, day: u8) -> KeyValue<'static> {
        KeyValue::DateTime(DateTime { year, month, day, ..DateTime::default() })
    }

    /// Values printed by a Java runtime, as published for these strings in many places.
    #[test]
    fn java_string_hashes() {
        for (text, hash) in [
            ("", 0),
            ("0", 48),
            ("a", 97),
            ("hello", 99_162_322),
            ("Hello", 69_609_650),
            ("hello world", 1_794_106_052),
            ("Aa", 2112),
            ("BB", 2112),
            ("polygenelubricants", i32::MIN),
            ("中文", 646_394),
        ] {
            assert_eq!(java_string_hash(text), hash, "{text}");
        }
        // A character outside the basic plane is two units: D83D DE00.
        assert_eq!(java_string_hash("😀"), 0xD83D * 31 + 0xDE00);
    }

    #[test]
    fn java_hashes_of_numbers_and_arrays() {
        assert_eq!(java_long_hash(0), 0);
        assert_eq!(java_long_hash(1), 1);
        assert_eq!(java_long_hash(-1), 0);
        assert_eq!(java_long_hash(1 << 32), 1);
        assert_eq!(java_long_hash(i64::MIN), i32::MIN);
        assert_eq!(java_array_hash(&[]), 1);
        assert_eq!(java_array_hash(&[1]), 32);
        assert_eq!(java_array_hash(&[0xff]), 30);
        assert_eq!(java_array_hash(&[1, 2]), (31 + 1) * 31 + 2);
    }

    #[test]
    fn hash_takes_absolute_values_and_never_fails_on_the_smallest_integer() {
        let hash = |value: &KeyValue<'_>, count| Algorithm::Hash.index(value, count).unwrap();
        assert_eq!(hash(&int(37), 32), 5);
        assert_eq!(hash(&int(-37), 32), 5);
        assert_eq!(hash(&KeyValue::Null, 32), 0);
        // |i64::MIN| = 9223372036854775808, |i32::MIN| = 2147483648
        assert_eq!(hash(&int(i128::from(i64::MIN)), 10), 8);
        assert_eq!(hash(&int(i128::from(i32::MIN)), 10), 8);
        assert_eq!(hash(&text("polygenelubricants"), 10), 8);
        // Above i64::MAX Java's longValue wraps: 2^64 - 1 is -1 there.
        assert_eq!(hash(&int(i128::from(u64::MAX)), 10), 1);
    }

    #[test]
    fn decimals_count_by_their_integer_part() {
        let hash = |text: &'static str| Algorithm::Hash.index(&decimal(text), 100).unwrap();
        assert_eq!(hash("12"), 12);
        assert_eq!(hash("12.00"), 12);
        assert_eq!(hash("-12.99"), 12);
        assert_eq!(hash(".5"), 0);
        assert_eq!(hash("0007."), 7);
        // 2^64 + 3
        assert_eq!(hash("18446744073709551619"), 3);
        for bad in ["", ".", "-", "1e3", "1.2.3", "abc", " 1"] {
            assert_eq!(Algorithm::Hash.index(&decimal(bad), 100), Err(Refusal::Decimal), "{bad}");
        }
    }

    #[test]
    fn mod_is_never_negative() {
        let by_mod = |value| Algorithm::Mod.index(&int(value), 4).unwrap();
        assert_eq!([by_mod(-5), by_mod(-4), by_mod(-1), by_mod(0), by_mod(5)], [3, 0, 3, 0, 1]);
        assert_eq!(Algorithm::Mod.index(&text("5"), 4), Err(Refusal::Kind));
    }

    #[test]
    fn joint_cells_follow_drds() {
        let hash = |v| Algorithm::Hash.cell(&int(v), 8, 4).unwrap();
        assert_eq!(hash(0), Cell { database: 0, table: 0 });
        assert_eq!(hash(31), Cell { database: 7, table: 3 });
        assert_eq!(hash(37), Cell { database: 1, table: 1 });
        // database = a mod 8, table = (a div 8) mod 4
        let uni = |v| Algorithm::UniHash.cell(&int(v), 8, 4).unwrap();
        assert_eq!(uni(37), Cell { database: 5, table: 0 });
        assert_eq!(uni(1 << 32), Cell { database: 1, table: 0 });
        let shift = |v| Algorithm::RightShift(4).cell(&int(v), 8, 4).unwrap();
        assert_eq!(shift(37 << 4), Cell { database: 5, table: 0 });
        assert_eq!(shift(-1), Cell { database: 1, table: 0 });
    }

    #[test]
    fn dates() {
        let number = |algorithm: Algorithm, value| algorithm.number(&value).unwrap();
        assert_eq!(number(Algorithm::Month, day(2024, 2, 29)), 2);
        assert_eq!(number(Algorithm::DayOfMonth, day(2024, 2, 29)), 29);
        assert_eq!(number(Algorithm::DayOfYear, day(2024, 12, 31)), 366);
        assert_eq!(number(Algorithm::DayOfYear, day(2023, 12, 31)), 365);
        assert_eq!(number(Algorithm::DayOfYear, day(1900, 3, 1)), 60);
        // 1970-01-01 was a Thursday, 2000-02-29 a Tuesday, 2018-12-31 a Monday, 2023-01-01 a Sunday.
        assert_eq!(number(Algorithm::DayOfWeek, day(1970, 1, 1)), 5);
        assert_eq!(number(Algorithm::DayOfWeek, day(2000, 2, 29)), 3);
        assert_eq!(number(Algorithm::DayOfWeek, day(2018, 12, 31)), 2);
        assert_eq!(number(Algorithm::DayOfWeek, day(2023, 1, 1)), 1);
        for bad in [day(2023, 2, 29), day(0, 0, 0), day(2023, 13, 1), day(2023, 4, 31), day(2023, 1, 0)] {
            assert_eq!(Algorithm::Month.number(&bad), Err(Refusal::Date));
        }
        assert_eq!(Algorithm::Month.number(&int(5)), Err(Refusal::Kind));
        assert_eq!(Algorithm::Hash.number(&day(2023, 1, 1)), Err(Refusal::Kind));
    }
}
