//! What a merge is told of the rows that come in: their columns, their format, and how weights compare.
//!
//! These are the merge's own words for what column definitions say; nothing here reads a packet.

use super::{ColumnAt, type_code};
use crate::value::{CollationId, Pad};

const FLAG_UNSIGNED: u16 = 32;
const FLAG_ENUM: u16 = 256;
const FLAG_SET: u16 = 2048;

/// Collations by which MariaDB 10.11 itself sorts otherwise than their weights say: those that were left when 314
/// of one level (the uca1400 ones aside, tried by expression) had sorted a column of 168 strings.
const IRREGULAR: [&str; 5] =
    ["big5_chinese_ci", "big5_chinese_nopad_ci", "latin7_estonian_cs", "latin7_general_ci", "latin7_general_cs"];

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
    /// (`WEIGHT_STRING(' ' COLLATE c)`, never empty). See [`PadWeight::of_spaces`].
    Space(Vec<u8>),
}

/// How each `WEIGHT_STRING` column of a result compares.
///
/// A weight column that is used as a key and not listed here is an error, never a guess.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Weights {
    pads: Vec<(ColumnAt, PadWeight)>,
}

// === impl PadWeight ===

impl PadWeight {
    /// How the weights of a collation compare, from its name and what a server answers to `WEIGHT_STRING(' ' COLLATE c)`
    /// and `WEIGHT_STRING('  ' COLLATE c)`: one space and two.
    ///
    /// None when they do not compare byte by byte: a few irregular ones, and MariaDB's collations with several levels of weights
    /// (`utf8mb4_uca1400_as_cs`, `utf8mb4_thai_520_w2`) put one level behind the other without a separator. It shows in
    /// that two spaces do not weigh one space twice. MySQL's 0900 collations have separators and never pad.
    pub fn of_spaces(collation: &str, one: &[u8], two: &[u8]) -> Option<Self> {
        let name = collation.to_ascii_lowercase();
        if IRREGULAR.contains(&name.as_str()) {
            return None;
        }
        let separated = name.contains("_0900_");
        let even = !one.is_empty() && two == one.repeat(2);
        match Pad::of_collation(collation) {
            Pad::None if separated || even => Some(PadWeight::None),
            Pad::Space if even => Some(PadWeight::Space(one.to_vec())),
            Pad::None | Pad::Space => None,
        }
    }
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

impl ResultColumn {
    /// Whether numbers of this column have no sign.
    pub fn is_unsigned(&self) -> bool {
        self.flags & FLAG_UNSIGNED != 0
    }

    /// Whether this is a DECIMAL.
    pub(super) fn is_decimal(&self) -> bool {
        matches!(self.type_code, type_code::DECIMAL | type_code::NEWDECIMAL)
    }

    /// Whether cells are byte strings, which compare byte by byte.
    pub(super) fn is_byte_string(&self) -> bool {
        self.collation == CollationId::BINARY
    }

    /// Whether cells are members of an ENUM or SET: shown as text, sorted by number, and WEIGHT_STRING of them is the
    /// text's weight on MariaDB and the number's on MySQL.
    pub(super) fn is_member(&self) -> bool {
        self.flags & (FLAG_ENUM | FLAG_SET) != 0
    }
}
