//! Shard-key values as algorithms take them, and why one may be refused.
//!
//! Whoever calls has already turned a literal into the *column's* type as MySQL compares it. Nothing here converts
//! between types: a value that an algorithm cannot take exactly is a [`KeyError`], never a guess.

use std::borrow::Cow;

use crate::value::DateTime;

/// A value of a shard-key column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyValue<'a> {
    /// NULL: counts as 0 (but see [`KeyValue::NULL_TEXT`]).
    Null,
    /// Any integer of MySQL, signed or unsigned.
    Int(i128),
    /// An exact number: an optional sign, digits, at most one point (`-12.50`).
    Decimal(Cow<'a, str>),
    /// A character string, decoded.
    Text(Cow<'a, str>),
    /// A byte string.
    Bytes(Cow<'a, [u8]>),
    /// A date, or a date with a time.
    DateTime(DateTime),
}

/// What a statement says about one shard-key column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeySet<'a> {
    /// Nothing: every value is possible.
    Any,
    /// One of these values; an empty slice means that no value is possible.
    Values(&'a [KeyValue<'a>]),
}

/// The form in which a *string* key is hashed when its collation finds different strings equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// The string as it is: two strings that the collation finds equal may lie on different nodes.
    Raw,
    /// The normal form of the column's collation: strings that are equal there must be handed over as the same value.
    Normal,
}

/// A value that an algorithm does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The algorithm does not take values of this type.
    #[error("{algorithm}({column}) cannot take a {kind}; it takes {takes}")]
    Kind {
        /// The algorithm's name as in a rule.
        algorithm: &'static str,
        /// The shard-key column.
        column: Box<str>,
        /// What was given.
        kind: &'static str,
        /// What the algorithm takes.
        takes: &'static str,
    },
    /// A decimal that is not digits with at most one point.
    #[error("the value of {column} is not a decimal number")]
    Decimal {
        /// The shard-key column.
        column: Box<str>,
    },
    /// A date that the calendar does not have, for an algorithm that asks for weeks or days.
    #[error("{algorithm}({column}) cannot take a date that is not in the calendar")]
    Date {
        /// The algorithm's name as in a rule.
        algorithm: &'static str,
        /// The shard-key column.
        column: Box<str>,
    },
}

// === impl KeyValue ===

impl KeyValue<'_> {
    /// What stands for NULL in a *character* column where data of DRDS is to be found again: DRDS hashes the text "0".
    /// In columns of other types NULL is [`KeyValue::Null`], which counts as 0.
    pub const NULL_TEXT: KeyValue<'static> = KeyValue::Text(Cow::Borrowed("0"));

    /// What to call it in an error.
    pub fn kind(&self) -> &'static str {
        match self {
            KeyValue::Null => "NULL",
            KeyValue::Int(_) => "integer",
            KeyValue::Decimal(_) => "decimal number",
            KeyValue::Text(_) => "character string",
            KeyValue::Bytes(_) => "byte string",
            KeyValue::DateTime(_) => "date",
        }
    }
}
