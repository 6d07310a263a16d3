//! Values of at most 64 bits as one number that orders as MySQL orders them.

use super::row::malformed;
use super::{MergeError, ResultColumn, RowFormat, type_code};

/// A type whose values fit 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// TINYINT to BIGINT.
    Signed,
    /// The same, UNSIGNED, and YEAR.
    Unsigned,
    /// FLOAT.
    Float,
    /// DOUBLE.
    Double,
    /// DATE, DATETIME, TIMESTAMP.
    DateTime,
    /// TIME.
    Time,
    /// BIT.
    Bit,
    /// The type of a bare NULL, which has no values.
    Null,
}

// === impl Scalar ===

impl Scalar {
    /// The type of a column, if it is one of these.
    pub(super) fn of(column: ResultColumn) -> Option<Self> {
        match column.type_code {
            type_code::TINY | type_code::SHORT | type_code::LONG | type_code::INT24 | type_code::LONGLONG => {
                Some(if column.is_unsigned() { Scalar::Unsigned } else { Scalar::Signed })
            }
            type_code::YEAR => Some(Scalar::Unsigned),
            type_code::FLOAT => Some(Scalar::Float),
            type_code::DOUBLE => Some(Scalar::Double),
            type_code::DATE | type_code::NEWDATE | type_code::DATETIME | type_code::TIMESTAMP => Some(Scalar::DateTime),
            type_code::TIME => Some(Scalar::Time),
            type_code::BIT => Some(Scalar::Bit),
            type_code::NULL => Some(Scalar::Null),
            _ => None,
        }
    }
}

/// A cell's value as a number that orders as the values do.
pub(super) fn decode(scalar: Scalar, format: RowFormat, cell: &[u8]) -> Result<u64, MergeError> {
    let value = match (scalar, format) {
        (Scalar::Signed, RowFormat::Text) => signed_text(cell).map(signed_order),
        (Scalar::Signed, RowFormat::Binary) => signed_binary(cell).map(signed_order),
        (Scalar::Unsigned, RowFormat::Text) => parse::<u64>(cell),
        (Scalar::Unsigned, RowFormat::Binary) => little_endian(cell),
        (Scalar::Float | Scalar::Double, RowFormat::Text) => parse::<f64>(cell).and_then(float_order),
        (Scalar::Float, RowFormat::Binary) => {
            cell.try_into().ok().and_then(|bytes| float_order(f32::from_le_bytes(bytes).into()))
        }
        (Scalar::Double, RowFormat::Binary) => {
            cell.try_into().ok().and_then(|bytes| float_order(f64::from_le_bytes(bytes)))
        }
        (Scalar::DateTime, RowFormat::Text) => date_time_text(cell),
        (Scalar::DateTime, RowFormat::Binary) => date_time_binary(cell),
        (Scalar::Time, RowFormat::Text) => time_text(cell),
        (Scalar::Time, RowFormat::Binary) => time_binary(cell),
        (Scalar::Bit, RowFormat::Text | RowFormat::Binary) => big_endian(cell),
        (Scalar::Null, RowFormat::Text | RowFormat::Binary) => None,
    };
    value.ok_or(malformed("a cell does not fit its column's type"))
}

/// A text cell as a number.
pub(super) fn parse<T: std::str::FromStr>(cell: &[u8]) -> Option<T> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// A whole number. Up to 18 digits cannot overflow.
fn signed_text(cell: &[u8]) -> Option<i64> {
    let (negative, digits) = match cell.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, cell),
    };
    if !(1..=18).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return parse(cell);
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// A LONGLONG cell, signed or not, as 64 bits.
pub(super) fn integer(cell: &[u8], format: RowFormat, unsigned: bool) -> Result<u64, MergeError> {
    let value = match (format, unsigned) {
        (RowFormat::Text, true) => parse::<u64>(cell),
        (RowFormat::Text, false) => signed_text(cell).map(i64::cast_unsigned),
        (RowFormat::Binary, _) => little_endian(cell).filter(|_| cell.len() == 8),
    };
    value.ok_or(malformed("a cell does not fit its column's type"))
}

fn signed_order(value: i64) -> u64 {
    value.cast_unsigned() ^ 1 << 63
}

/// The order of the IEEE numbers; both zeros are one.
fn float_order(value: f64) -> Option<u64> {
    if value.is_nan() {
        return None;
    }
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    Some(if bits >> 63 == 1 { !bits } else { bits | 1 << 63 })
}

fn signed_binary(cell: &[u8]) -> Option<i64> {
    match cell.len() {
        1 => Some(i8::from_le_bytes(cell.try_into().ok()?).into()),
        2 => Some(i16::from_le_bytes(cell.try_into().ok()?).into()),
        4 => Some(i32::from_le_bytes(cell.try_into().ok()?).into()),
        8 => Some(i64::from_le_bytes(cell.try_into().ok()?)),
        _ => None,
    }
}

fn little_endian(cell: &[u8]) -> Option<u64> {
    (cell.len() <= 8).then(|| cell.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

fn big_endian(cell: &[u8]) -> Option<u64> {
    (cell.len() <= 8).then(|| cell.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// Year, month, day, hour, minute, second and microsecond side by side.
fn packed(parts: [u64; 6], micros: u64) -> Option<u64> {
    let [year, month, day, hour, minute, second] = parts;
    let fits = year < 10_000 && month <= 12 && day <= 31 && hour < 24 && minute < 60 && second < 60;
    (fits && micros < 1_000_000)
        .then_some(year << 46 | month << 42 | day << 37 | hour << 32 | minute << 26 | second << 20 | micros)
}

/// `2024-01-31`, `2024-01-31 10:11:12`, with a fraction of up to six digits.
fn date_time_text(cell: &[u8]) -> Option<u64> {
    let (whole, micros) = split_fraction(cell)?;
    let mut parts = [0; 6];
    let pieces = whole.split(|byte| matches!(byte, b'-' | b' ' | b':'));
    match whole.len() {
        10 | 19 => {}
        _ => return None,
    }
    let mut pieces = pieces.fuse();
    for part in &mut parts {
        *part = match pieces.next() {
            Some(piece) => digits(piece)?,
            None => break,
        };
    }
    if pieces.next().is_some() { None } else { packed(parts, micros) }
}

fn date_time_binary(cell: &[u8]) -> Option<u64> {
    let at = |index: usize| cell.get(index).copied().map_or(0, u64::from);
    let micros = match cell.len() {
        0 | 4 | 7 => 0,
        11 => little_endian(cell.get(7..)?)?,
        _ => return None,
    };
    packed([at(0) | at(1) << 8, at(2), at(3), at(4), at(5), at(6)], micros)
}

/// `-838:59:59.000`.
fn time_text(cell: &[u8]) -> Option<u64> {
    let (negative, cell) = match cell.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, cell),
    };
    let (whole, micros) = split_fraction(cell)?;
    let mut pieces = whole.split(|&byte| byte == b':');
    let (hours, minutes, seconds) = (digits(pieces.next()?)?, digits(pieces.next()?)?, digits(pieces.next()?)?);
    if pieces.next().is_some() { None } else { time_order(negative, hours, [minutes, seconds, micros]) }
}

fn time_binary(cell: &[u8]) -> Option<u64> {
    let at = |index: usize| cell.get(index).copied().map_or(0, u64::from);
    let micros = match cell.len() {
        0 | 8 => 0,
        12 => little_endian(cell.get(8..)?)?,
        _ => return None,
    };
    let days = cell.get(1..5).map_or(Some(0), little_endian)?;
    time_order(at(0) != 0, days * 24 + at(5), [at(6), at(7), micros])
}

fn time_order(negative: bool, hours: u64, [minutes, seconds, micros]: [u64; 3]) -> Option<u64> {
    let fits = hours < 1_000_000 && minutes < 60 && seconds < 60 && micros < 1_000_000;
    let span = i64::try_from(((hours.min(1_000_000) * 60 + minutes) * 60 + seconds) * 1_000_000 + micros).ok()?;
    fits.then(|| signed_order(if negative { -span } else { span }))
}

/// What stands before the point, and the microseconds after it.
fn split_fraction(cell: &[u8]) -> Option<(&[u8], u64)> {
    let Some(point) = cell.iter().position(|&byte| byte == b'.') else {
        return Some((cell, 0));
    };
    let (whole, fraction) = (cell.get(..point)?, cell.get(point + 1..)?);
    if fraction.len() > 6 {
        return None;
    }
    let missing = (fraction.len()..6).fold(1, |power, _| power * 10);
    Some((whole, digits(fraction)? * missing))
}

/// One to nine digits.
fn digits(text: &[u8]) -> Option<u64> {
    let fits = (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    fits.then(|| text.iter().fold(0, |value, &digit| value * 10 + u64::from(digit - b'0')))
}
