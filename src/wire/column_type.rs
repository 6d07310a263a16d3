//! Type bytes and flags of columns and parameters.
//!
//! Both are newtypes over the number on the wire, so that one we do not know passes through unchanged.

/// MYSQL_TYPE_…: int<1>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnType(pub u8);

/// Flags of a column definition: int<2>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct ColumnFlags(pub u16);

// === impl ColumnType ===

#[expect(missing_docs, reason = "named as in the MySQL manual")]
impl ColumnType {
    pub const DECIMAL: Self = Self(0);
    pub const TINY: Self = Self(1);
    pub const SHORT: Self = Self(2);
    pub const LONG: Self = Self(3);
    pub const FLOAT: Self = Self(4);
    pub const DOUBLE: Self = Self(5);
    pub const NULL: Self = Self(6);
    pub const TIMESTAMP: Self = Self(7);
    pub const LONGLONG: Self = Self(8);
    pub const INT24: Self = Self(9);
    pub const DATE: Self = Self(10);
    pub const TIME: Self = Self(11);
    pub const DATETIME: Self = Self(12);
    pub const YEAR: Self = Self(13);
    pub const NEWDATE: Self = Self(14);
    pub const VARCHAR: Self = Self(15);
    pub const BIT: Self = Self(16);
    pub const JSON: Self = Self(245);
    pub const NEWDECIMAL: Self = Self(246);
    pub const ENUM: Self = Self(247);
    pub const SET: Self = Self(248);
    pub const TINY_BLOB: Self = Self(249);
    pub const MEDIUM_BLOB: Self = Self(250);
    pub const LONG_BLOB: Self = Self(251);
    pub const BLOB: Self = Self(252);
    pub const VAR_STRING: Self = Self(253);
    pub const STRING: Self = Self(254);
    pub const GEOMETRY: Self = Self(255);
}

// === impl ColumnFlags ===

#[expect(missing_docs, reason = "named as in the MySQL manual")]
impl ColumnFlags {
    pub const NOT_NULL: Self = Self(1);
    pub const PRI_KEY: Self = Self(2);
    pub const UNIQUE_KEY: Self = Self(4);
    pub const MULTIPLE_KEY: Self = Self(8);
    pub const BLOB: Self = Self(16);
    pub const UNSIGNED: Self = Self(32);
    pub const ZEROFILL: Self = Self(64);
    pub const BINARY: Self = Self(128);
    pub const ENUM: Self = Self(256);
    pub const AUTO_INCREMENT: Self = Self(512);
    pub const TIMESTAMP: Self = Self(1024);
    pub const SET: Self = Self(2048);
    pub const NO_DEFAULT_VALUE: Self = Self(4096);
    pub const ON_UPDATE_NOW: Self = Self(8192);
    pub const NUM: Self = Self(32768);

    /// Whether all flags of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
