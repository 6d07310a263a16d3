//! The rows that were copied to a merge node to be changed there: where they lie, and how they are found again.
//!
//! A row is known by its primary key, or by a number ([`super::keyless`]), the node where it lies, and a digest of its
//! values.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};

use super::keyless::Keyless;
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::{Address, WrittenRows};
use crate::wire::text_row::{put_text_cell, text_cells};

/// The rows that were copied, of each table that is changed.
#[derive(Debug, Default)]
pub(super) struct Originals {
    tables: BTreeMap<usize, Original>,
}

/// Those of one table.
#[derive(Debug)]
pub(super) struct Original {
    /// The columns of unique keys, beside the one by which rows are known.
    pub(super) unique: Vec<usize>,
    pub(super) rows: Rows,
}

/// How they are known.
#[derive(Debug)]
pub(super) enum Rows {
    Keyed { key: Vec<usize>, rows: HashMap<Box<[u8]>, Known> },
    Keyless(Keyless),
}

/// What becomes of a row that is to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// It has been: a row may be looked up by several keys.
    Again,
    /// It is.
    New,
    /// It is, with this number.
    Numbered(u64),
}

/// A row that was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) node: DataNode,
    pub(super) values: [u8; 32],
    /// Of its unique keys' values.
    pub(super) unique: [u8; 32],
}

/// The values of a row.
pub(super) type Cells<'c> = [Option<&'c [u8]>];

// === impl Originals ===

impl Originals {
    /// Awaits the rows of a table that is changed.
    pub(super) fn expect(&mut self, mention: usize, rows: &WrittenRows) {
        if let WrittenRows::Changed { by, unique } = rows {
            let rows = match by {
                Address::Key(key) => Rows::Keyed { key: key.clone(), rows: HashMap::new() },
                Address::Values => Rows::Keyless(Keyless::default()),
            };
            self.tables.insert(mention, Original { unique: unique.clone(), rows });
        }
    }

    /// Forgets the rows.
    pub(super) fn clear(&mut self) {
        self.tables.values_mut().for_each(|original| match &mut original.rows {
            Rows::Keyed { rows, .. } => rows.clear(),
            Rows::Keyless(rows) => *rows = Keyless::default(),
        });
    }

    /// Whether no row was copied.
    pub(super) fn is_empty(&self) -> bool {
        self.tables.values().all(|original| match &original.rows {
            Rows::Keyed { rows, .. } => rows.is_empty(),
            Rows::Keyless(rows) => rows.bytes() == 0,
        })
    }

    /// How many bytes of rows are held that have no key.
    pub(super) fn bytes(&self) -> u64 {
        let bytes = |original: &Original| match &original.rows {
            Rows::Keyed { .. } => 0,
            Rows::Keyless(rows) => rows.bytes(),
        };
        self.tables.values().map(bytes).sum()
    }

    /// The rows of a fetch come next. Says whether they get numbers.
    pub(super) fn begin_fetch(&mut self, mention: usize) -> bool {
        match self.tables.get_mut(&mention).map(|original| &mut original.rows) {
            Some(Rows::Keyless(rows)) => {
                rows.begin_fetch();
                true
            }
            Some(Rows::Keyed { .. }) | None => false,
        }
    }

    /// A row is to be copied.
    pub(super) fn note(&mut self, mention: usize, node: Option<DataNode>, payload: &[u8]) -> Result<Noted, SqlError> {
        let (Some(original), Some(node)) = (self.tables.get_mut(&mention), node) else { return Ok(Noted::New) };
        let cells = cells(payload)?;
        let known = Known { node, values: digest_of(&cells), unique: digest_of(&picked(&cells, &original.unique)) };
        let (key, rows) = match &mut original.rows {
            Rows::Keyed { key, rows } => (key, rows),
            Rows::Keyless(rows) => return Ok(rows.note(known, payload).map_or(Noted::Again, Noted::Numbered)),
        };
        match rows.insert(key_of(&cells, key), known) {
            None => Ok(Noted::New),
            Some(before) if before == known => Ok(Noted::Again),
            Some(_) => Err(SqlError::new(
                Code::UnsupportedAcrossShards,
                "two rows on different shards have the same primary key, so neither can be written by it; \
                 give the shard key one value",
            )),
        }
    }

    /// The rows of a table.
    pub(super) fn of(&mut self, mention: usize) -> Option<&mut Original> {
        self.tables.get_mut(&mention)
    }

    /// The rows of a table; they are known no more.
    pub(super) fn take(&mut self, mention: usize) -> Option<Original> {
        self.tables.remove(&mention)
    }
}

/// A row's cells.
pub(super) fn cells(payload: &[u8]) -> Result<Vec<Option<&[u8]>>, SqlError> {
    let broken = |_| SqlError::new(Code::BackendAnswer, "a row that was fetched cannot be read");
    text_cells(payload).map(|cell| cell.map_err(broken)).collect()
}

/// Some of the cells.
pub(super) fn picked<'c>(cells: &[Option<&'c [u8]>], places: &[usize]) -> Vec<Option<&'c [u8]>> {
    places.iter().map(|place| cells.get(*place).copied().flatten()).collect()
}

/// What a row is known by.
pub(super) fn key_of(cells: &[Option<&[u8]>], key: &[usize]) -> Box<[u8]> {
    encoded(&picked(cells, key)).into()
}

/// Cells as a row.
pub(super) fn encoded(cells: &[Option<&[u8]>]) -> Vec<u8> {
    let mut out = Vec::new();
    cells.iter().for_each(|cell| put_text_cell(&mut out, *cell));
    out
}

/// What tells rows apart.
pub(super) fn digest_of(cells: &[Option<&[u8]>]) -> [u8; 32] {
    let mut out = [0; 32];
    let made = digest(&SHA256, &encoded(cells));
    out.iter_mut().zip(made.as_ref()).for_each(|(to, from)| *to = *from);
    out
}
