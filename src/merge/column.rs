//! What a merge is told of the rows that come in: their columns, their format, and how weights compare.
//!
//! These are the merge's own words for what column definitions say; nothing here reads a packet.

use super::ColumnAt;
use crate::value::CollationId;

/// One column of the incoming rows, as its definition describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// `MYSQL_TYPE_*`.
    pub type_code: u8,
    /// The definition's flags (UNSIGNED is 32, ENUM 256, SET 2048).
    pub flags: u16,
    /// The definition's character set number; `binary` (63) for byte strings and numbers.
    pub collation: CollationId,
    /// Digits after the point; 31 for approximate numbers without a fixed count.
    pub decimals: u8,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowFormat {
    /// The text protocol: every cell a length-encoded string, NULL the byte 0xFB.
    Text,
    /// The binary protocol of prepared statements: a zero byte, the NULL bitmap, then the cells by type.
    Binary,
}

/// What stands for trailing spaces when two `WEIGHT_STRING`s of different length are compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PadWeight {
    /// NO PAD: weights compare byte by byte and the shorter one sorts first.
    None,
    /// PAD SPACE: the shorter weight counts as if it went on with this, the collation's own weight of one space
    /// (`WEIGHT_STRING(' ' COLLATE c)`, never empty).
    Space(Vec<u8>),
}

/// How each `WEIGHT_STRING` column of a result compares.
///
/// A weight column that is used as a key and not listed here is an error, never a guess.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Weights {
    pads: Vec<(ColumnAt, PadWeight)>,
}

// === impl Weights ===

impl Weights {
    /// No weight columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says how the weights in `column` compare; the last word on a column counts.
    pub fn set(&mut self, column: ColumnAt, pad: PadWeight) {
        self.pads.retain(|(at, _)| *at != column);
        self.pads.push((column, pad));
    }

    /// How the weights in `column` compare.
    pub fn get(&self, column: ColumnAt) -> Option<&PadWeight> {
        self.pads.iter().find(|(at, _)| *at == column).map(|(_, pad)| pad)
    }
}

// === impl ResultColumn ===

/// Type codes of column definitions, as the manual's `enum_field_types` numbers them.
pub(super) mod type_code {
    pub(in crate::merge) const DECIMAL: u8 = 0;
    pub(in crate::merge) const TINY: u8 = 1;
    pub(in crate::merge) const SHORT: u8 = 2;
    pub(in crate::merge) const LONG: u8 = 3;
    pub(in crate::merge) const FLOAT: u8 = 4;
    pub(in crate::merge) const DOUBLE: u8 = 5;
    pub(in crate::merge) const NULL: u8 = 6;
    pub(in crate::merge) const TIMESTAMP: u8 = 7;
    pub(in crate::merge) const LONGLONG: u8 = 8;
    pub(in crate::merge) const INT24: u8 = 9;
    pub(in crate::merge) const DATE: u8 = 10;
    pub(in crate::merge) const TIME: u8 = 11;
    pub(in crate::merge) const DATETIME: u8 = 12;
    pub(in crate::merge) const YEAR: u8 = 13;
    pub(in crate::merge) const NEWDATE: u8 = 14;
    pub(in crate::merge) const VARCHAR: u8 = 15;
    pub(in crate::merge) const BIT: u8 = 16;
    pub(in crate::merge) const JSON: u8 = 245;
    pub(in crate::merge) const NEWDECIMAL: u8 = 246;
    pub(in crate::merge) const ENUM: u8 = 247;
    pub(in crate::merge) const SET: u8 = 248;
    pub(in crate::merge) const TINY_BLOB: u8 = 249;
    pub(in crate::merge) const MEDIUM_BLOB: u8 = 250;
    pub(in crate::merge) const LONG_BLOB: u8 = 251;
    pub(in crate::merge) const BLOB: u8 = 252;
    pub(in crate::merge) const VAR_STRING: u8 = 253;
    pub(in crate::merge) const STRING: u8 = 254;
    pub(in crate::merge) const GEOMETRY: u8 = 255;
}

const FLAG_UNSIGNED: u16 = 32;

impl ResultColumn {
    /// Whether numbers of this column have no sign.
    pub fn is_unsigned(&self) -> bool {
        self.flags & FLAG_UNSIGNED != 0
    }
}
