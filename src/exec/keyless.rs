//! Rows of a table that no key tells apart: they are written by the values of all columns.
//!
//! On the merge node each of them has a number, so that it is known what has become of it. Where they lie, rows that
//! are equal in every column, byte by byte, are one *kind*: nobody can tell which of them is written, so it is only
//! said how many. Those that were copied are locked, and a condition that holds of one row of a kind holds of all, so
//! all of a kind are copied or none.
//!
//! Always holds: no row is written twice. What goes is deleted first; then what changes is updated, unless it becomes
//! equal to what is still to be updated there: that goes, too, and comes again as a new row.

use std::collections::{BTreeMap, HashMap};

use super::originals::Known;
use super::temporary::{put, put_quoted, quoted, travel};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::json;
use crate::value::{Column, ColumnKind};

/// The rows that were copied.
#[derive(Debug, Default)]
pub(super) struct Keyless {
    kinds: Vec<Kind>,
    by_values: HashMap<(DataNode, [u8; 32]), usize>,
    /// The kind of each row, by its number; None once it has been read back.
    rows: Vec<Option<usize>>,
    /// How many of each kind the fetch that is under way has brought.
    come: HashMap<usize, u64>,
    bytes: usize,
}

/// Rows of a node that are equal.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) known: Known,
    /// Their values, as a row of the text protocol.
    pub(super) row: Box<[u8]>,
    /// How many there are.
    pub(super) count: u64,
    /// How many of them go.
    pub(super) gone: u64,
    /// How many get which values.
    pub(super) changed: BTreeMap<Box<[u8]>, NewValues>,
}

/// What some rows of a kind become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NewValues {
    pub(super) rows: u64,
    digest: [u8; 32],
    /// They go, and come again: there are rows with these values that are still to be changed.
    pub(super) anew: bool,
}

// === impl Keyless ===

impl Keyless {
    /// The next fetch begins. It may bring rows that an earlier one has brought.
    pub(super) fn begin_fetch(&mut self) {
        self.come.clear();
    }

    /// A row has come: its number, if it has not been there. A fetch brings all rows of a kind or none.
    pub(super) fn note(&mut self, known: Known, row: &[u8]) -> Option<u64> {
        let at = *self.by_values.entry((known.node, known.values)).or_insert_with(|| {
            self.bytes += row.len();
            self.kinds.push(Kind { known, row: row.into(), count: 0, gone: 0, changed: BTreeMap::new() });
            self.kinds.len() - 1
        });
        let come = self.come.entry(at).or_default();
        *come += 1;
        let kind = self.kinds.get_mut(at).filter(|kind| kind.count < *come)?;
        kind.count = *come;
        self.rows.push(Some(at));
        u64::try_from(self.rows.len() - 1).ok()
    }

    /// How many bytes are held.
    pub(super) fn bytes(&self) -> u64 {
        let rows = self.rows.len() * size_of::<Option<usize>>() + self.kinds.len() * size_of::<Kind>();
        u64::try_from(self.bytes + rows).unwrap_or(u64::MAX)
    }

    /// A row is read back; it is known no more.
    pub(super) fn take(&mut self, number: Option<&[u8]>) -> Result<&mut Kind, SqlError> {
        let number: Option<usize> = number.and_then(|number| std::str::from_utf8(number).ok()?.parse().ok());
        let kind = number.and_then(|number| self.rows.get_mut(number)?.take());
        let kind = kind.and_then(|at| self.kinds.get_mut(at));
        kind.ok_or_else(|| SqlError::new(Code::BackendAnswer, "a row that was written is not one that was copied"))
    }

    /// What becomes of the rows of each kind, when all that are left have been read back.
    pub(super) fn settle(mut self) -> Vec<Kind> {
        for at in self.rows.iter().flatten() {
            if let Some(kind) = self.kinds.get_mut(*at) {
                kind.gone += 1;
            }
        }
        let changing: Vec<bool> = self.kinds.iter().map(|kind| !kind.changed.is_empty()).collect();
        for kind in &mut self.kinds {
            for values in kind.changed.values_mut() {
                let equal = self.by_values.get(&(kind.known.node, values.digest));
                values.anew = equal.is_some_and(|equal| changing.get(*equal).copied().unwrap_or_default());
            }
            kind.gone += kind.changed.values().filter(|values| values.anew).map(|values| values.rows).sum::<u64>();
        }
        self.kinds
    }
}

// === impl Kind ===

impl Kind {
    /// One of them gets new values, whose digest is this.
    pub(super) fn change(&mut self, row: Box<[u8]>, digest: [u8; 32]) {
        self.changed.entry(row).or_insert(NewValues { rows: 0, digest, anew: false }).rows += 1;
    }
}

/// The condition that a column has a value, told apart from all others.
pub(super) fn put_condition(column: &Column, cell: Option<&[u8]>, sql: &mut Vec<u8>) -> Result<(), SqlError> {
    let name = quoted(&column.name);
    let Some(value) = cell else {
        sql.extend_from_slice(format!("{name} IS NULL").as_bytes());
        return Ok(());
    };
    let compared = match &column.kind {
        ColumnKind::Int { .. }
        | ColumnKind::Decimal { .. }
        | ColumnKind::Year
        | ColumnKind::Bit { .. }
        | ColumnKind::Date
        | ColumnKind::Time { .. }
        | ColumnKind::DateTime { .. }
        | ColumnKind::Binary
        | ColumnKind::Other(_) => name,
        // As they were read.
        ColumnKind::Enum { .. } | ColumnKind::Set { .. } => format!("CAST({name} AS UNSIGNED)"),
        // Zero and less than zero are equal to a server.
        ColumnKind::Float | ColumnKind::Double if is_zero(value) => format!("CONCAT({name} * 1e0)"),
        ColumnKind::Float | ColumnKind::Double => format!("({name} * 1e0)"),
        ColumnKind::Timestamp { .. } => format!("UNIX_TIMESTAMP({name})"),
        // Not as the collation compares.
        ColumnKind::Text { .. } | ColumnKind::Geometry => format!("CAST({name} AS BINARY)"),
        ColumnKind::Json => format!("CAST({} AS BINARY)", json::read(&name)),
    };
    sql.extend_from_slice(compared.as_bytes());
    sql.push(b'=');
    match &column.kind {
        ColumnKind::Timestamp { .. } => sql.extend_from_slice(seconds(value)?),
        ColumnKind::Bit { .. } => {
            let number = value.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            sql.extend_from_slice(number.to_string().as_bytes());
        }
        ColumnKind::Float | ColumnKind::Double if is_zero(value) => put_quoted(b"'", value, sql),
        ColumnKind::Text { .. } | ColumnKind::Json | ColumnKind::Geometry => put_quoted(b"'", value, sql),
        _ => put(travel(column)?, cell, sql)?,
    }
    Ok(())
}

/// `0` or `-0`.
fn is_zero(value: &[u8]) -> bool {
    matches!(value, b"0" | b"-0")
}

fn seconds(value: &[u8]) -> Result<&[u8], SqlError> {
    if !value.is_empty() && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return Ok(value);
    }
    Err(SqlError::new(Code::BackendAnswer, "a moment that was fetched is none"))
}
