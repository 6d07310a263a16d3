//! Answers that Weir makes itself: SHOW, EXPLAIN and what else no backend can say.

use bytes::Bytes;

use crate::backend::TextResult;
use crate::client::ClientStream;
pub(super) use crate::exec::answers::end_rows;
use crate::value::CollationId;
use crate::wire::binary_row::{BinaryCell, put_binary_row};
use crate::wire::text_row::put_text_cell;
use crate::wire::write::put_lenenc_int;
use crate::wire::{Capabilities, ColumnDefinition41, ColumnFlags, ColumnNames, ColumnType, EofPacket, StatusFlags};

/// A row set of Weir's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    columns: Vec<(String, ColumnType)>,
    /// The columns as a server defines them, where one was asked; their names are those of `columns`.
    definitions: Vec<Bytes>,
    rows: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Text(Vec<u8>),
    Int(i64),
}

/// How a client wants rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// COM_QUERY.
    Text,
    /// COM_STMT_EXECUTE.
    Binary,
}

// === impl Answer ===

impl Answer {
    /// An answer whose columns are texts, but those named in `numbers`.
    pub(super) fn new(columns: &[&str], numbers: &[&str]) -> Self {
        let kind = |name: &str| if numbers.contains(&name) { ColumnType::LONGLONG } else { ColumnType::VAR_STRING };
        let columns = columns.iter().map(|name| ((*name).to_owned(), kind(name))).collect();
        Self { columns, ..Self::default() }
    }

    /// Takes over how a server defines the columns of an answer like this one.
    pub(super) fn defined_by(&mut self, result: TextResult) {
        if result.definitions.len() == self.columns.len() {
            self.definitions = result.definitions;
        }
    }

    /// What a backend answered, each cell as `map` gives it for its column. Integers stay numbers; all else is text.
    pub(super) fn from_backend(result: &TextResult, map: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Self {
        let kind = |definition: &bytes::Bytes| match ColumnDefinition41::decode(definition).map(|column| column.kind) {
            Ok(ColumnType::LONGLONG | ColumnType::LONG | ColumnType::INT24 | ColumnType::SHORT | ColumnType::TINY) => {
                ColumnType::LONGLONG
            }
            _ => ColumnType::VAR_STRING,
        };
        let kinds = result.definitions.iter().map(kind);
        let columns: Vec<(String, ColumnType)> = result.columns.iter().cloned().zip(kinds).collect();
        let cell = |((name, kind), cell): (&(String, ColumnType), &Option<bytes::Bytes>)| match cell {
            None => Cell::Null,
            Some(bytes) => {
                let text = map(name.as_bytes(), bytes);
                let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
                match number.filter(|_| *kind == ColumnType::LONGLONG) {
                    Some(number) => Cell::Int(number),
                    None => Cell::Text(text),
                }
            }
        };
        let rows = result.rows.iter().map(|row| columns.iter().zip(row).map(cell).collect()).collect();
        Self { columns, definitions: result.definitions.clone(), rows }
    }

    /// Adds another answer's rows.
    pub(super) fn append(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    /// Adds the numbers of another answer's first row to this one's, in the named columns.
    pub(super) fn add_numbers(&mut self, other: &Self, columns: &[&str]) {
        let (Some(row), Some(more)) = (self.rows.first_mut(), other.rows.first()) else { return };
        for ((cell, more), (name, _)) in row.iter_mut().zip(more).zip(&self.columns) {
            if let (Cell::Int(number), Cell::Int(more)) = (cell, more)
                && columns.contains(&name.as_str())
            {
                *number = number.saturating_add(*more);
            }
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Keeps the rows whose first cell passes.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&[u8]) -> bool) {
        self.rows.retain(|row| match row.first() {
            Some(Cell::Text(text)) => keep(text),
            Some(Cell::Null | Cell::Int(_)) | None => true,
        });
    }

    /// Appends the whole answer to what the client is sent.
    pub(super) fn write(&self, client: &mut ClientStream, form: Form, status: StatusFlags) {
        let count = u64::try_from(self.columns.len()).unwrap_or_default();
        client.packet(|out| put_lenenc_int(out, count));
        for (at, (name, kind)) in self.columns.iter().enumerate() {
            // Cells in binary are written as 64-bit integers and strings, whatever the server's own types are.
            let given = self.definitions.get(at).filter(|_| form == Form::Text);
            if let Some(column) = given.and_then(|payload| ColumnDefinition41::decode(payload).ok()) {
                let name = name.as_bytes();
                let org_name = if column.org_name == column.name { name } else { column.org_name };
                client.packet(|out| ColumnDefinition41 { name, org_name, ..column }.encode(out));
                continue;
            }
            let number = *kind == ColumnType::LONGLONG;
            let column = ColumnDefinition41 {
                names: ColumnNames::default(),
                name: name.as_bytes(),
                org_name: b"",
                collation: if number { CollationId::BINARY } else { CollationId::UTF8MB4_GENERAL_CI },
                length: if number { 21 } else { self.longest(name) },
                kind: *kind,
                flags: if number { ColumnFlags::BINARY } else { ColumnFlags::default() },
                decimals: if number { 0 } else { 39 },
                tail: b"",
            };
            client.packet(|out| column.encode(out));
        }
        let deprecate_eof = client.capabilities.contains(Capabilities::DEPRECATE_EOF);
        if !deprecate_eof {
            client.packet(|out| EofPacket { warnings: 0, status }.encode(out));
        }
        for row in &self.rows {
            client.packet(|out| match form {
                Form::Text => write_text_row(out, row),
                Form::Binary => write_binary_row(out, row),
            });
        }
        end_rows(client, status, 0);
    }

    /// The declared length of a text column: that of its longest cell in bytes of utf8mb4.
    fn longest(&self, name: &str) -> u32 {
        let index = self.columns.iter().position(|(column, _)| column == name).unwrap_or_default();
        let length = |row: &Vec<Cell>| match row.get(index) {
            Some(Cell::Text(text)) => text.len(),
            Some(Cell::Null | Cell::Int(_)) | None => 0,
        };
        let longest = self.rows.iter().map(length).max().unwrap_or_default().max(64);
        u32::try_from(longest).unwrap_or(u32::MAX).saturating_mul(4)
    }
}

fn write_text_row(out: &mut Vec<u8>, row: &[Cell]) {
    for cell in row {
        match cell {
            Cell::Null => put_text_cell(out, None),
            Cell::Text(text) => put_text_cell(out, Some(text)),
            Cell::Int(number) => put_text_cell(out, Some(number.to_string().as_bytes())),
        }
    }
}

fn write_binary_row(out: &mut Vec<u8>, row: &[Cell]) {
    let cell = |cell| match cell {
        &Cell::Null => BinaryCell::Null,
        Cell::Text(text) => BinaryCell::Bytes(text),
        &Cell::Int(number) => BinaryCell::Int(number),
    };
    put_binary_row(out, &row.iter().map(cell).collect::<Vec<_>>());
}

// === impl Cell ===

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text.into_bytes())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
