//! Rows of a fetch that are there again and again: left out, or counted.
//!
//! Always holds: what is remembered is bounded; beyond that a row comes again, or a key with another part of its count.

use std::collections::{HashMap, HashSet};

use crate::error::{Code, SqlError};
use crate::plan::Fetch;
use crate::wire::text_row::{put_text_cell, text_cells};

/// So many bytes of rows are remembered.
const MOST_REMEMBERED: usize = 4 << 20;

/// What becomes of rows that have come already.
#[derive(Debug)]
pub(super) enum Repeats {
    /// They come again.
    Kept,
    /// They are left out.
    Once(Once),
    /// Their counts are added up.
    Counted(Counts),
}

/// Rows that have come, as many as are worth to be remembered.
#[derive(Debug, Default)]
pub(super) struct Once {
    rows: HashSet<Box<[u8]>>,
    bytes: usize,
}

/// Counts, by the cells in front of them.
#[derive(Debug)]
pub(super) struct Counts {
    /// How many cells are in front of them.
    keys: usize,
    rows: HashMap<Box<[u8]>, Box<[u64]>>,
    bytes: usize,
}

// === impl Repeats ===

impl Repeats {
    pub(super) fn of(fetch: &Fetch) -> Self {
        match (fetch.counts, fetch.once) {
            (0, false) => Self::Kept,
            (0, true) => Self::Once(Once::default()),
            (counts, _) => {
                let keys = fetch.columns.len().saturating_sub(counts);
                Self::Counted(Counts { keys, rows: HashMap::new(), bytes: 0 })
            }
        }
    }

    /// Whether a row is to be stored now.
    ///
    /// # Errors
    /// A row that should end in counts does not.
    pub(super) fn passes(&mut self, row: &[u8]) -> Result<bool, SqlError> {
        match self {
            Self::Kept => Ok(true),
            Self::Once(once) => Ok(once.is_new(row)),
            Self::Counted(counts) => counts.add(row).map(|()| false),
        }
    }

    /// Whether what has been kept has to be stored before more can be.
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Counted(counts) if counts.bytes > MOST_REMEMBERED)
    }

    /// The rows that have been kept, in an order that does not change from run to run.
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        match self {
            Self::Kept | Self::Once(_) => Vec::new(),
            Self::Counted(counts) => counts.take(),
        }
    }
}

// === impl Once ===

impl Once {
    /// Whether a row has not come before, as far as is remembered.
    fn is_new(&mut self, row: &[u8]) -> bool {
        if self.rows.contains(row) {
            return false;
        }
        if self.bytes < MOST_REMEMBERED {
            self.bytes += row.len() + size_of::<Box<[u8]>>();
            self.rows.insert(row.into());
        }
        true
    }
}

// === impl Counts ===

impl Counts {
    fn add(&mut self, row: &[u8]) -> Result<(), SqlError> {
        let counts = || text_cells(row).skip(self.keys).map(|cell| cell.ok().and_then(count).ok_or_else(not_counted));
        // Their digits, and a length of one byte in front of each.
        let cells = text_cells(row).skip(self.keys);
        let behind: usize = cells.map(|cell| 1 + cell.ok().flatten().map_or(0, <[u8]>::len)).sum();
        let keys = row.len().checked_sub(behind).and_then(|end| row.get(..end)).ok_or_else(not_counted)?;
        match self.rows.get_mut(keys) {
            Some(known) => {
                for (sum, count) in known.iter_mut().zip(counts()) {
                    *sum = sum.checked_add(count?).ok_or_else(not_counted)?;
                }
            }
            None => {
                let counts = counts().collect::<Result<Box<[u64]>, _>>()?;
                self.bytes += keys.len() + size_of::<(Box<[u8]>, Box<[u64]>)>() + size_of_val(&*counts);
                self.rows.insert(keys.into(), counts);
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Vec<Vec<u8>> {
        self.bytes = 0;
        let mut rows: Vec<_> = self.rows.drain().collect();
        rows.sort_unstable();
        let whole = |(keys, counts): (Box<[u8]>, Box<[u64]>)| {
            let mut row = Vec::from(keys);
            counts.iter().for_each(|count| put_text_cell(&mut row, Some(count.to_string().as_bytes())));
            row
        };
        rows.into_iter().map(whole).collect()
    }
}

fn count(cell: Option<&[u8]>) -> Option<u64> {
    std::str::from_utf8(cell?).ok()?.parse().ok()
}

fn not_counted() -> SqlError {
    SqlError::new(Code::BackendAnswer, "rows that were to be counted came without a count")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn row(cells: &[Option<&str>]) -> Vec<u8> {
        let mut row = Vec::new();
        cells.iter().for_each(|cell| put_text_cell(&mut row, cell.map(str::as_bytes)));
        row
    }

    fn counted(keys: usize, rows: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, SqlError> {
        let mut repeats = Repeats::Counted(Counts { keys, rows: HashMap::new(), bytes: 0 });
        for row in rows {
            assert!(!repeats.passes(row)?);
        }
        Ok(repeats.take())
    }

    #[test]
    fn counts_are_added_by_their_keys() {
        let long = "x".repeat(300);
        let rows = [
            row(&[Some("7"), None, Some("2"), Some("0")]),
            row(&[None, Some(&long), Some("1"), Some("1")]),
            row(&[Some("7"), None, Some("40"), Some("9")]),
            row(&[None, Some(&long), Some("18446744073709551614"), Some("1")]),
            row(&[Some("7"), Some(""), Some("1"), Some("1")]),
        ];
        let sums = [
            row(&[Some("7"), Some(""), Some("1"), Some("1")]),
            row(&[Some("7"), None, Some("42"), Some("9")]),
            row(&[None, Some(&long), Some("18446744073709551615"), Some("2")]),
        ];
        assert_eq!(counted(2, &rows).unwrap(), sums);
    }

    #[test]
    fn what_is_no_count_is_an_error() {
        let most = u64::MAX.to_string();
        for rows in [
            vec![row(&[Some("1"), None])],
            vec![row(&[Some("1"), Some("-1")])],
            vec![row(&[Some("1"), Some(&most)]), row(&[Some("1"), Some("1")])],
            vec![row(&[Some("1"), Some("1")]), row(&[Some("1"), Some("1x")])],
        ] {
            assert!(counted(1, &rows).is_err(), "{rows:?}");
        }
    }

    #[test]
    fn a_row_passes_once() {
        let mut repeats = Repeats::Once(Once::default());
        let passes: Vec<bool> = [b"a", b"b", b"a"].map(|row| repeats.passes(row).unwrap()).into();
        assert_eq!(passes, [true, true, false]);
        assert!(repeats.take().is_empty());
    }
}
