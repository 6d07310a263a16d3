//! Rows of both protocols: where their cells are, cutting hidden cells off, and writing new rows.
//!
//! Every read is length-checked: a row that its columns do not account for to the last byte is an error. No cell is
//! copied or decoded here; https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html is
//! followed for binary rows.

use super::{ColumnAt, MergeError, ResultColumn, RowFormat, type_code};

const TEXT_NULL: u8 = 0xFB;

/// The columns of the incoming rows and how they are written.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) columns: Vec<ResultColumn>,
    pub(super) format: RowFormat,
    /// How many of the columns go out.
    pub(super) visible: usize,
}

/// Where one cell stands in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where its length prefix starts, if it has one; where its bytes start otherwise.
    start: u32,
    /// Where its bytes start.
    bytes: u32,
    /// Where it ends.
    end: u32,
    /// NULL: it has no bytes.
    null: bool,
}

/// One cell of a row that is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum NewCell<'r> {
    /// NULL.
    Null,
    /// A cell of an incoming row, with its length prefix: written as it came.
    Copied(&'r [u8]),
    /// A LONGLONG, by its eight bytes; `signed` says how its digits are written.
    Integer { value: u64, signed: bool },
    /// A DECIMAL by its digits.
    Digits(&'r str),
}

// === impl Layout ===

impl Layout {
    pub(super) fn new(columns: Vec<ResultColumn>, format: RowFormat, hidden: u16) -> Result<Self, MergeError> {
        let count = columns.len();
        let visible = count.checked_sub(usize::from(hidden)).ok_or(MergeError::NoColumn {
            column: ColumnAt::Hidden(0),
            columns: count,
            hidden,
        })?;
        Ok(Self { columns, format, visible })
    }

    /// The place of a column among all columns, and its definition.
    pub(super) fn column(&self, at: ColumnAt) -> Result<(usize, ResultColumn), MergeError> {
        let (index, end) = match at {
            ColumnAt::Visible(n) => (usize::from(n), self.visible),
            ColumnAt::Hidden(n) => (self.visible + usize::from(n), self.columns.len()),
        };
        match self.columns.get(index) {
            Some(column) if index < end => Ok((index, *column)),
            Some(_) | None => Err(MergeError::NoColumn {
                column: at,
                columns: self.columns.len(),
                hidden: u16::try_from(self.columns.len() - self.visible).unwrap_or(u16::MAX),
            }),
        }
    }

    /// Finds the cells of a row; `cells` is cleared first.
    pub(super) fn locate(&self, row: &[u8], cells: &mut Vec<Cell>) -> Result<(), MergeError> {
        cells.clear();
        if u32::try_from(row.len()).is_err() {
            return Err(malformed("longer than a packet can be"));
        }
        match self.format {
            RowFormat::Text => self.locate_text(row, cells),
            RowFormat::Binary => self.locate_binary(row, cells),
        }
    }

    fn locate_text(&self, row: &[u8], cells: &mut Vec<Cell>) -> Result<(), MergeError> {
        let mut at = 0;
        for _ in &self.columns {
            let cell = if row.get(at) == Some(&TEXT_NULL) {
                Cell::new(at, at + 1, at + 1, true)
            } else {
                length_encoded(row, at)?
            };
            at = end_within(row, cell)?;
            cells.push(cell);
        }
        if at == row.len() { Ok(()) } else { Err(malformed("more bytes than its columns have")) }
    }

    fn locate_binary(&self, row: &[u8], cells: &mut Vec<Cell>) -> Result<(), MergeError> {
        let mut at = 1 + bitmap_len(self.columns.len());
        let bitmap = row.get(1..at).ok_or(malformed("cut short in the NULL bitmap"))?;
        if row.first() != Some(&0) {
            return Err(malformed("not a binary row"));
        }
        for (index, column) in self.columns.iter().enumerate() {
            let (byte, bit) = ((index + 2) / 8, (index + 2) % 8);
            let null = bitmap.get(byte).is_some_and(|bits| bits >> bit & 1 == 1);
            let cell = if null { Cell::new(at, at, at, true) } else { binary_cell(row, at, column.type_code)? };
            at = end_within(row, cell)?;
            cells.push(cell);
        }
        if at == row.len() { Ok(()) } else { Err(malformed("more bytes than its columns have")) }
    }

    /// Appends the visible cells of a row, as a row of their own.
    pub(super) fn write_visible(&self, row: &[u8], cells: &[Cell], out: &mut Vec<u8>) -> Result<(), MergeError> {
        if self.visible == self.columns.len() {
            out.extend_from_slice(row);
            return Ok(());
        }
        let first = match self.format {
            RowFormat::Text => 0,
            RowFormat::Binary => {
                let bitmap = row.get(1..1 + bitmap_len(self.visible)).ok_or(malformed("cut short"))?;
                out.push(0);
                out.extend_from_slice(bitmap);
                // Bits of hidden cells that share the last byte are cleared.
                let used = (self.visible + 2) % 8;
                if used != 0
                    && let Some(last) = out.last_mut()
                {
                    *last &= !(0xFF << used);
                }
                1 + bitmap_len(self.columns.len())
            }
        };
        let end = cells.get(self.visible).map_or(row.len(), |cell| to_usize(cell.start));
        out.extend_from_slice(row.get(first..end).ok_or(malformed("cut short"))?);
        Ok(())
    }

    /// Appends a row made of `cells`, one for each of the first columns.
    pub(super) fn write_row<'r>(&self, cells: impl ExactSizeIterator<Item = NewCell<'r>>, out: &mut Vec<u8>) {
        match self.format {
            RowFormat::Text => cells.for_each(|cell| write_text_cell(cell, out)),
            RowFormat::Binary => {
                let bitmap = out.len() + 1;
                out.resize(bitmap + bitmap_len(cells.len()), 0);
                for (index, cell) in cells.enumerate() {
                    if matches!(cell, NewCell::Null)
                        && let Some(bits) = out.get_mut(bitmap + (index + 2) / 8)
                    {
                        *bits |= 1 << ((index + 2) % 8);
                    }
                    write_binary_cell(cell, out);
                }
            }
        }
    }
}

// === impl Cell ===

impl Cell {
    /// Offsets are within a row, whose length `Layout::locate` has found to fit 32 bits; an offset past that saturates
    /// and is found out by [`end_within`].
    fn new(start: usize, bytes: usize, end: usize, null: bool) -> Self {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: offset(start), bytes: offset(bytes), end: offset(end), null }
    }

    pub(super) fn is_null(self) -> bool {
        self.null
    }

    /// Where the cell's bytes start and end, its length prefix left out.
    pub(super) fn range(self) -> (u32, u32) {
        (self.bytes, self.end)
    }

    /// The cell's bytes, its length prefix left out.
    pub(super) fn of(self, row: &[u8]) -> &[u8] {
        row.get(to_usize(self.bytes)..to_usize(self.end)).unwrap_or_default()
    }

    /// The cell as it can be written into another row of the same format.
    pub(super) fn copied(self, row: &[u8]) -> NewCell<'_> {
        if self.null {
            return NewCell::Null;
        }
        NewCell::Copied(row.get(to_usize(self.start)..to_usize(self.end)).unwrap_or_default())
    }
}

/// Offsets of 32 bits fit `usize` on every machine that Weir runs on.
pub(super) fn to_usize(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

pub(super) fn malformed(what: &'static str) -> MergeError {
    MergeError::MalformedRow { what }
}

fn end_within(row: &[u8], cell: Cell) -> Result<usize, MergeError> {
    let end = to_usize(cell.end);
    if end <= row.len() { Ok(end) } else { Err(malformed("cut short in a cell")) }
}

/// The NULL bitmap of a binary row: two bits are reserved.
fn bitmap_len(columns: usize) -> usize {
    (columns + 2).div_ceil(8)
}

fn length_encoded(row: &[u8], at: usize) -> Result<Cell, MergeError> {
    let prefix = match row.get(at) {
        Some(0..=0xFA) => 0,
        Some(0xFC) => 2,
        Some(0xFD) => 3,
        Some(0xFE) => 8,
        Some(0xFB | 0xFF) => return Err(malformed("bad length of a cell")),
        None => return Err(malformed("fewer cells than columns")),
    };
    let bytes = at + 1 + prefix;
    let len = if prefix == 0 {
        row.get(at).copied().map_or(0, usize::from)
    } else {
        let digits = row.get(at + 1..bytes).ok_or(malformed("cut short in a length"))?;
        let len = digits.iter().rev().fold(0_u64, |len, &byte| len << 8 | u64::from(byte));
        usize::try_from(len).map_err(|_| malformed("bad length of a cell"))?
    };
    let end = bytes.checked_add(len).filter(|&end| end <= row.len()).ok_or(malformed("cut short in a cell"))?;
    Ok(Cell::new(at, bytes, end, false))
}

fn binary_cell(row: &[u8], at: usize, code: u8) -> Result<Cell, MergeError> {
    let width = match code {
        type_code::TINY => 1,
        type_code::SHORT | type_code::YEAR => 2,
        type_code::LONG | type_code::INT24 | type_code::FLOAT => 4,
        type_code::LONGLONG | type_code::DOUBLE => 8,
        type_code::TIMESTAMP | type_code::DATE | type_code::DATETIME | type_code::NEWDATE | type_code::TIME => {
            let len = row.get(at).copied().ok_or(malformed("fewer cells than columns"))?;
            return Ok(Cell::new(at, at + 1, at + 1 + usize::from(len), false));
        }
        type_code::NULL => return Err(malformed("a value of type NULL")),
        _ => return length_encoded(row, at),
    };
    Ok(Cell::new(at, at, at + width, false))
}

fn write_text_cell(cell: NewCell<'_>, out: &mut Vec<u8>) {
    match cell {
        NewCell::Null => out.push(TEXT_NULL),
        NewCell::Copied(bytes) => out.extend_from_slice(bytes),
        NewCell::Integer { value, signed: true } => write_short(&value.cast_signed().to_string(), out),
        NewCell::Integer { value, signed: false } => write_short(&value.to_string(), out),
        NewCell::Digits(digits) => write_short(digits, out),
    }
}

fn write_binary_cell(cell: NewCell<'_>, out: &mut Vec<u8>) {
    match cell {
        NewCell::Null => {}
        NewCell::Copied(bytes) => out.extend_from_slice(bytes),
        NewCell::Integer { value, .. } => out.extend_from_slice(&value.to_le_bytes()),
        NewCell::Digits(digits) => write_short(digits, out),
    }
}

/// A length-encoded string. Numbers have at most 165 characters, so the length is one byte.
fn write_short(digits: &str, out: &mut Vec<u8>) {
    out.push(u8::try_from(digits.len()).unwrap_or(u8::MAX).min(0xFA));
    out.extend_from_slice(digits.as_bytes());
}
