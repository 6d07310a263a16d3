//! Parameters of COM_STMT_EXECUTE: type, and the bytes of the value as they came.
//!
//! A parameter is passed on as those bytes, so that its value survives exactly; [`Param::value`] reads it for routing.

use std::borrow::Cow;

use super::read::Reader;
use super::write::put_lenenc_bytes;
use super::{ColumnType, ProtocolError};
use crate::value::{DateTime, Time, Value};

const NAME: &str = "ComStmtExecute";

/// The type that a client bound a parameter with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParamType {
    /// The type byte.
    pub kind: ColumnType,
    /// 0x80 when unsigned.
    pub flags: u8,
}

/// One bound parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Its type.
    pub kind: ParamType,
    /// Its value.
    pub data: ParamData<'a>,
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamData<'a> {
    /// NULL, by the bitmap.
    Null,
    /// The value as encoded in the packet, any length byte included.
    Wire(&'a [u8]),
    /// What COM_STMT_SEND_LONG_DATA put together, without a length.
    Long(&'a [u8]),
}

// === impl ParamType ===

impl ParamType {
    /// Whether integers are unsigned.
    pub fn is_unsigned(self) -> bool {
        self.flags & 0x80 != 0
    }

    /// Whether COM_STMT_SEND_LONG_DATA may bring a value of this type: strings and bytes.
    pub(super) fn takes_long_data(self) -> bool {
        matches!(
            self.kind,
            ColumnType::VARCHAR
                | ColumnType::TINY_BLOB
                | ColumnType::MEDIUM_BLOB
                | ColumnType::LONG_BLOB
                | ColumnType::BLOB
                | ColumnType::VAR_STRING
                | ColumnType::STRING
        )
    }

    /// Takes one value of this type off the reader, as its encoded bytes.
    pub(super) fn take<'a>(self, reader: &mut Reader<'a>) -> Result<&'a [u8], ProtocolError> {
        let start = reader.rest();
        match self.kind {
            // The bitmap says it, and servers look nowhere else.
            ColumnType::NULL => return Err(reader.malformed("a NULL that is none")),
            ColumnType::TINY => drop(reader.bytes(1)?),
            ColumnType::SHORT | ColumnType::YEAR => drop(reader.bytes(2)?),
            ColumnType::LONG | ColumnType::INT24 | ColumnType::FLOAT => drop(reader.bytes(4)?),
            ColumnType::LONGLONG | ColumnType::DOUBLE => drop(reader.bytes(8)?),
            ColumnType::DATE | ColumnType::DATETIME | ColumnType::TIMESTAMP | ColumnType::NEWDATE => {
                let length = reader.u8()?;
                if !matches!(length, 0 | 4 | 7 | 11) {
                    return Err(reader.malformed("a date of a length that cannot be"));
                }
                reader.bytes(usize::from(length))?;
            }
            ColumnType::TIME => {
                let length = reader.u8()?;
                if !matches!(length, 0 | 8 | 12) {
                    return Err(reader.malformed("a time of a length that cannot be"));
                }
                reader.bytes(usize::from(length))?;
            }
            ColumnType::DECIMAL
            | ColumnType::NEWDECIMAL
            | ColumnType::VARCHAR
            | ColumnType::BIT
            | ColumnType::JSON
            | ColumnType::ENUM
            | ColumnType::SET
            | ColumnType::TINY_BLOB
            | ColumnType::MEDIUM_BLOB
            | ColumnType::LONG_BLOB
            | ColumnType::BLOB
            | ColumnType::VAR_STRING
            | ColumnType::STRING
            | ColumnType::GEOMETRY => drop(reader.lenenc_bytes()?),
            _ => return Err(reader.malformed("a parameter type that is not known")),
        }
        Ok(start.get(..start.len() - reader.rest().len()).unwrap_or_default())
    }
}

// === impl Param ===

impl<'a> Param<'a> {
    /// NULL.
    pub const fn null() -> Self {
        Self { kind: ParamType { kind: ColumnType::NULL, flags: 0 }, data: ParamData::Null }
    }

    /// A string parameter whose bytes lie in `encoded` as string<lenenc>.
    pub fn string(encoded: &'a [u8]) -> Self {
        Self { kind: ParamType { kind: ColumnType::VAR_STRING, flags: 0 }, data: ParamData::Wire(encoded) }
    }

    /// The value, for routing.
    pub fn value(&self) -> Result<Value<'a>, ProtocolError> {
        let wire = match self.data {
            ParamData::Null => return Ok(Value::Null),
            ParamData::Long(bytes) => return Ok(Value::Bytes(Cow::Borrowed(bytes))),
            ParamData::Wire(wire) => wire,
        };
        let mut reader = Reader::new(wire, NAME);
        Ok(match (self.kind.kind, self.kind.is_unsigned()) {
            (ColumnType::NULL, _) => Value::Null,
            (ColumnType::TINY, false) => Value::Int(i64::from(i8::from_le_bytes(reader.array()?))),
            (ColumnType::TINY, true) => Value::UInt(u64::from(reader.u8()?)),
            (ColumnType::SHORT, false) => Value::Int(i64::from(i16::from_le_bytes(reader.array()?))),
            (ColumnType::SHORT, true) | (ColumnType::YEAR, _) => Value::UInt(u64::from(reader.u16()?)),
            (ColumnType::LONG | ColumnType::INT24, false) => Value::Int(i64::from(i32::from_le_bytes(reader.array()?))),
            (ColumnType::LONG | ColumnType::INT24, true) => Value::UInt(u64::from(reader.u32()?)),
            (ColumnType::LONGLONG, false) => Value::Int(i64::from_le_bytes(reader.array()?)),
            (ColumnType::LONGLONG, true) => Value::UInt(reader.u64()?),
            (ColumnType::FLOAT, _) => Value::Double(f64::from(f32::from_le_bytes(reader.array()?))),
            (ColumnType::DOUBLE, _) => Value::Double(f64::from_le_bytes(reader.array()?)),
            (ColumnType::DATE | ColumnType::DATETIME | ColumnType::TIMESTAMP | ColumnType::NEWDATE, _) => {
                Value::DateTime(read_date_time(&mut reader)?)
            }
            (ColumnType::TIME, _) => Value::Time(read_time(&mut reader)?),
            (ColumnType::DECIMAL | ColumnType::NEWDECIMAL, _) => decimal(reader.lenenc_bytes()?),
            _ => Value::Bytes(Cow::Borrowed(reader.lenenc_bytes()?)),
        })
    }

    /// Appends the value as COM_STMT_EXECUTE holds it; nothing for NULL.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        match self.data {
            ParamData::Null => {}
            ParamData::Wire(bytes) => out.extend_from_slice(bytes),
            ParamData::Long(bytes) => put_lenenc_bytes(out, bytes),
        }
    }
}

/// A decimal is its digits; text that is not a plain number stays a string, which routes no narrower than it may.
fn decimal(text: &[u8]) -> Value<'_> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let points = digits.iter().filter(|&&byte| byte == b'.').count();
    let plain =
        points <= 1 && digits.len() > points && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    match std::str::from_utf8(text) {
        Ok(text) if plain => Value::Decimal(Cow::Borrowed(text.strip_prefix('+').unwrap_or(text))),
        _ => Value::Bytes(Cow::Borrowed(text)),
    }
}

fn read_date_time(reader: &mut Reader<'_>) -> Result<DateTime, ProtocolError> {
    let mut at = DateTime::default();
    let length = reader.u8()?;
    if length >= 4 {
        at.year = reader.u16()?;
        [at.month, at.day] = reader.array()?;
    }
    if length >= 7 {
        [at.hour, at.minute, at.second] = reader.array()?;
    }
    if length >= 11 {
        at.micros = reader.u32()?;
    }
    Ok(at)
}

fn read_time(reader: &mut Reader<'_>) -> Result<Time, ProtocolError> {
    let mut span = Time::default();
    let length = reader.u8()?;
    if length >= 8 {
        span.negative = reader.u8()? != 0;
        let days = reader.u32()?;
        let [hours, minutes, seconds] = reader.array()?;
        let whole = days.checked_mul(24).and_then(|of_days| of_days.checked_add(u32::from(hours)));
        span.hours = whole.ok_or_else(|| reader.malformed("a time that cannot be"))?;
        (span.minutes, span.seconds) = (minutes, seconds);
    }
    if length >= 12 {
        span.micros = reader.u32()?;
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ColumnType, flags: u8, wire: &[u8], expected: Value<'_>) {
        let kind = ParamType { kind, flags };
        let mut reader = Reader::new(wire, "test");
        assert_eq!(kind.take(&mut reader), Ok(wire));
        assert_eq!(Param { kind, data: ParamData::Wire(wire) }.value(), Ok(expected));
    }

    #[test]
    fn values() {
        check(ColumnType::TINY, 0, &[0xFF], Value::Int(-1));
        check(ColumnType::TINY, 0x80, &[0xFF], Value::UInt(255));
        check(ColumnType::SHORT, 0, &[0, 0x80], Value::Int(-32768));
        check(ColumnType::LONG, 0, &[0xFE, 0xFF, 0xFF, 0xFF], Value::Int(-2));
        check(ColumnType::LONGLONG, 0x80, &[0xFF; 8], Value::UInt(u64::MAX));
        check(ColumnType::DOUBLE, 0, &1.5_f64.to_le_bytes(), Value::Double(1.5));
        check(ColumnType::NEWDECIMAL, 0, b"\x05-1.50", Value::Decimal("-1.50".into()));
        check(ColumnType::NEWDECIMAL, 0, b"\x031e2", Value::Bytes(b"1e2"[..].into()));
        check(ColumnType::VAR_STRING, 0, b"\x02\xff\0", Value::Bytes(b"\xff\0"[..].into()));
        let date = DateTime { year: 2024, month: 1, day: 31, ..DateTime::default() };
        check(ColumnType::DATE, 0, &[4, 0xE8, 7, 1, 31], Value::DateTime(date));
        let at = DateTime { hour: 1, minute: 2, second: 3, micros: 500_000, ..date };
        check(ColumnType::DATETIME, 0, &[11, 0xE8, 7, 1, 31, 1, 2, 3, 0x20, 0xA1, 7, 0], Value::DateTime(at));
        check(ColumnType::TIMESTAMP, 0, &[0], Value::DateTime(DateTime::default()));
        let span = Time { negative: true, hours: 25, minutes: 2, seconds: 3, micros: 0 };
        check(ColumnType::TIME, 0, &[8, 1, 1, 0, 0, 0, 1, 2, 3], Value::Time(span));
    }

    #[test]
    fn impossible_values_are_refused() {
        for (kind, wire) in [
            (ColumnType::DATE, &[5, 0, 0, 0, 0, 0][..]),
            (ColumnType::TIME, &[8, 0][..]),
            (ColumnType(200), &[0][..]),
            (ColumnType::BLOB, &[9, 0][..]),
        ] {
            let kind = ParamType { kind, flags: 0 };
            assert!(kind.take(&mut Reader::new(wire, "test")).is_err(), "{kind:?}");
        }
    }
}
