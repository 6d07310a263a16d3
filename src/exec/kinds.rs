//! Whether all nodes answer with as many columns, of the same types: a binary row does not tell its own.
//!
//! They may differ: while a column is being altered node by node, after somebody has altered one table at its instance,
//! and where a server's own plan decides (MySQL tells MAX of an INT as BIGINT when it goes by a temporary table).

use bytes::Bytes;

use crate::error::{Code, SqlError};
use crate::wire::{ColumnDefinition41, ColumnFlags, ColumnType};

/// How the bytes of a column's values are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An integer of so many bytes.
    Int {
        bytes: u8,
        unsigned: bool,
    },
    Float,
    Double,
    /// Dates, with and without a time.
    DateTime,
    Time,
    /// Bytes behind their length: strings, decimals and all else. Which of these types it is, MySQL decides by its plan.
    Text,
    /// Always NULL, which has no bytes.
    Null,
}

// === impl Kind ===

impl Kind {
    pub(super) fn of(definition: &[u8]) -> Result<Self, SqlError> {
        let definition = ColumnDefinition41::decode(definition)
            .map_err(|error| SqlError::new(Code::BackendAnswer, error.to_string()))?;
        let int = |bytes| Self::Int { bytes, unsigned: definition.flags.contains(ColumnFlags::UNSIGNED) };
        Ok(match definition.kind {
            ColumnType::TINY => int(1),
            ColumnType::SHORT | ColumnType::YEAR => int(2),
            ColumnType::LONG | ColumnType::INT24 => int(4),
            ColumnType::LONGLONG => int(8),
            ColumnType::FLOAT => Self::Float,
            ColumnType::DOUBLE => Self::Double,
            ColumnType::DATE | ColumnType::DATETIME | ColumnType::TIMESTAMP => Self::DateTime,
            ColumnType::TIME => Self::Time,
            ColumnType::NULL => Self::Null,
            _ => Self::Text,
        })
    }

    /// Whether values of another one can be read as if they were of this one.
    fn takes(self, other: Self) -> bool {
        self == other || other == Self::Null
    }

    pub(super) fn all(definitions: &[Bytes]) -> Result<Vec<Self>, SqlError> {
        definitions.iter().map(|definition| Self::of(definition)).collect()
    }
}

/// What is said when they differ.
fn differ(at: usize) -> SqlError {
    let message = format!(
        "the nodes answer column {} with different types, which a prepared statement cannot mix; give it one by CAST, or \
         let ALTER TABLE end on all nodes",
        at + 1
    );
    SqlError::new(Code::BackendAnswer, message)
}

/// # Errors
/// Two nodes answer with another number of columns.
pub(super) fn as_many(first: usize, other: usize) -> Result<(), SqlError> {
    if first == other {
        return Ok(());
    }
    let message = format!(
        "a node answers with {first} columns and another one with {other}; name the columns, or let ALTER TABLE end on all \
         nodes"
    );
    Err(SqlError::new(Code::BackendAnswer, message))
}

/// # Errors
/// They are not the same at a column counted from 0.
pub(super) fn same(first: Option<&Kind>, other: Kind, at: usize) -> Result<(), SqlError> {
    if first.is_some_and(|first| first.takes(other)) { Ok(()) } else { Err(differ(at)) }
}
