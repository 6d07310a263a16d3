//! Answers that Weir makes itself: SHOW, EXPLAIN and what else no backend can say.

use crate::client::ClientStream;
use crate::wire::{Capabilities, ColumnDefinition41, ColumnFlags, ColumnType, EofPacket, OkPacket, StatusFlags};
use crate::wire::{binary_row, text_row};

/// The collation of texts in Weir's own answers: `utf8mb4_general_ci`.
const TEXT_COLLATION: u16 = 45;
/// The collation of numbers: `binary`.
const NUMBER_COLLATION: u16 = 63;

/// A row set of Weir's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    columns: Vec<(String, ColumnType)>,
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
        Self { columns: columns.iter().map(|name| ((*name).to_owned(), kind(name))).collect(), rows: Vec::new() }
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
        client.packet(|out| crate::wire::write::lenenc_int(out, count));
        for (name, kind) in &self.columns {
            let number = *kind == ColumnType::LONGLONG;
            let column = ColumnDefinition41 {
                name: name.as_bytes().into(),
                column_type: *kind,
                collation: if number { NUMBER_COLLATION } else { TEXT_COLLATION },
                length: if number { 21 } else { self.longest(name) },
                flags: if number { ColumnFlags::BINARY } else { ColumnFlags::default() },
                ..ColumnDefinition41::default()
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

/// Ends a row set: with an OK packet where the client knows that, else with EOF.
pub(super) fn end_rows(client: &mut ClientStream, status: StatusFlags, warnings: u16) {
    let capabilities = client.capabilities;
    client.packet(|out| {
        if capabilities.contains(Capabilities::DEPRECATE_EOF) {
            let ok = OkPacket { status, warnings, ..OkPacket::default() };
            ok.encode_end_of_rows(out, capabilities);
        } else {
            EofPacket { warnings, status }.encode(out);
        }
    });
}

fn write_text_row(out: &mut Vec<u8>, row: &[Cell]) {
    for cell in row {
        match cell {
            Cell::Null => text_row::put_null(out),
            Cell::Text(text) => text_row::put(out, text),
            Cell::Int(number) => text_row::put(out, number.to_string().as_bytes()),
        }
    }
}

fn write_binary_row(out: &mut Vec<u8>, row: &[Cell]) {
    let mut cells = binary_row::BinaryRow::new(out, row.len());
    for cell in row {
        match cell {
            Cell::Null => cells.put_null(),
            Cell::Text(text) => cells.put_bytes(text),
            Cell::Int(number) => cells.put_int(*number),
        }
    }
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
