//! Values, column types and collations, as every layer above speaks of them.
//!
//! Nothing here reads or writes packets, and nothing here is approximate: numbers that MySQL keeps exactly stay exact.

pub mod collation;
pub mod column;
pub mod decimal;

pub use collation::{Collation, CollationId, Pad};
pub use column::{Column, ColumnKind};
pub use decimal::Decimal;

use std::borrow::Cow;

/// A value given by a client: a literal of the text or a bound parameter.
///
/// This is what a shard key is compared with. Strings keep their bytes; what charset those are in is the session's.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// A signed integer.
    Int(i64),
    /// An unsigned integer, also one above `i64::MAX`.
    UInt(u64),
    /// An exact number with a point, or an integer that fits neither of the above: its digits, as in `-12.50`.
    Decimal(Cow<'a, str>),
    /// An approximate number (`1e3`, or a FLOAT or DOUBLE parameter).
    Double(f64),
    /// A character or binary string, quotes and escapes removed.
    Bytes(Cow<'a, [u8]>),
    /// A date or a date with a time: a typed literal (`DATE'2024-01-31'`) or a parameter.
    DateTime(DateTime),
    /// A time of day or an interval: a typed literal or a parameter.
    Time(Time),
}

/// A calendar date and a time of day, unchecked: MySQL keeps zero dates and zero months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct DateTime {
    /// 0–9999.
    pub year: u16,
    /// 0–12.
    pub month: u8,
    /// 0–31.
    pub day: u8,
    /// 0–23.
    pub hour: u8,
    /// 0–59.
    pub minute: u8,
    /// 0–59.
    pub second: u8,
    /// 0–999999.
    pub micros: u32,
}

/// A signed span of time, up to 838:59:59.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Time {
    /// Whether the span is negative.
    pub negative: bool,
    /// Whole hours, days included.
    pub hours: u32,
    /// 0–59.
    pub minutes: u8,
    /// 0–59.
    pub seconds: u8,
    /// 0–999999.
    pub micros: u32,
}
