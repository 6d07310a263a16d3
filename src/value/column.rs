//! What Weir knows of a table's columns.

use super::Collation;

/// The type of a column, as far as comparing, routing and merging ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// TINYINT to BIGINT, BOOL.
    Int {
        /// Bytes that the type stores: 1, 2, 3, 4 or 8.
        bytes: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// DECIMAL(precision, scale).
    Decimal {
        /// 1–65 digits.
        precision: u8,
        /// Digits after the point, 0–38.
        scale: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// FLOAT.
    Float,
    /// DOUBLE.
    Double,
    /// BIT(width).
    Bit {
        /// 1–64.
        width: u8,
    },
    /// YEAR.
    Year,
    /// DATE.
    Date,
    /// TIME(fraction).
    Time {
        /// Digits of the fraction, 0–6.
        fraction: u8,
    },
    /// DATETIME(fraction).
    DateTime {
        /// Digits of the fraction, 0–6.
        fraction: u8,
    },
    /// TIMESTAMP(fraction): stored in UTC, shown in the session's time zone.
    Timestamp {
        /// Digits of the fraction, 0–6.
        fraction: u8,
    },
    /// CHAR, VARCHAR and the TEXT types.
    Text {
        /// The column's own collation.
        collation: Collation,
    },
    /// BINARY, VARBINARY and the BLOB types.
    Binary,
    /// ENUM: sorts by the member's number, compares by its text.
    Enum {
        /// The column's own collation.
        collation: Collation,
    },
    /// SET: sorts by the bits.
    Set {
        /// The column's own collation.
        collation: Collation,
    },
    /// JSON as MySQL has it; MariaDB's is a text with a check.
    Json,
    /// Geometry types.
    Geometry,
    /// UUID, INET4, INET6 of MariaDB and what comes: shown as text, sorted in a way of their own.
    Other(String),
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As declared; compared without regard to ASCII case.
    pub name: String,
    /// Its type.
    pub kind: ColumnKind,
    /// How many characters of a text or bytes of a byte string it surely holds; None where nothing is too long.
    pub holds: Option<u32>,
    /// CHAR and BINARY: what is shorter is stored padded, or loses its trailing spaces.
    pub padded: bool,
    /// Whether NULL can be stored.
    pub nullable: bool,
    /// AUTO_INCREMENT.
    pub auto_increment: bool,
    /// GENERATED ALWAYS AS …: takes no value in an INSERT.
    pub generated: bool,
    /// INVISIBLE: not in `*` and not in an INSERT without a column list.
    pub invisible: bool,
}
