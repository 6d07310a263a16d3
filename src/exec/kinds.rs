//! Whether all nodes answer with columns of the same types: a binary row does not tell its own.
//!
//! They may differ: while a column is being altered node by node, after somebody has altered one table at its instance,
//! and where a server's own plan decides (MySQL tells MAX of an INT as BIGINT when it goes by a temporary table).

use bytes::Bytes;

use crate::error::{Code, SqlError};
use crate::wire::{ColumnDefinition41, ColumnFlags, ColumnType};

/// A column's type, as far as the bytes of its values follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    kind: ColumnType,
    unsigned: bool,
}

// === impl Kind ===

impl Kind {
    pub(super) fn of(definition: &[u8]) -> Result<Self, SqlError> {
        let definition = ColumnDefinition41::decode(definition)
            .map_err(|error| SqlError::new(Code::BackendAnswer, error.to_string()))?;
        Ok(Self { kind: definition.kind, unsigned: definition.flags.contains(ColumnFlags::UNSIGNED) })
    }

    pub(super) fn all(definitions: &[Bytes]) -> Result<Vec<Self>, SqlError> {
        definitions.iter().map(|definition| Self::of(definition)).collect()
    }
}

/// What is said when they differ, at a column counted from 0.
pub(super) fn differ(at: usize) -> SqlError {
    let message = format!(
        "the nodes answer column {} with different types, which a prepared statement cannot mix; give it one by CAST, or \
         let ALTER TABLE end on all nodes",
        at + 1
    );
    SqlError::new(Code::BackendAnswer, message)
}

/// # Errors
/// They are not the same.
pub(super) fn same(first: &[Kind], other: &[Kind]) -> Result<(), SqlError> {
    match (0..first.len().max(other.len())).find(|at| first.get(*at) != other.get(*at)) {
        Some(at) => Err(differ(at)),
        None => Ok(()),
    }
}
