//! What a statement has done to the copies of a table, as statements for its nodes.
//!
//! What is read back from the copy and has other values than the row that was copied ([`super::originals`]) has changed;
//! what is not read back has gone.
//!
//! Always holds: values travel in the form of [`crate::plan::Travel`], so what is written is what the merge node has.

use std::collections::BTreeMap;

use super::keyless::{self, Kind};
use super::originals::{Cells, Known, Original, Originals, Rows, cells, digest_of, encoded, key_of, picked};
use super::temporary::{FULL, Loader, put, put_quoted, quoted, travel};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::{Address, Fetch, MergeName, NewRows, Table, WrittenRows, nodes_of_row};
use crate::rule::Placement;
use crate::value::{Column, ColumnKind};

/// So many keys stand in one DELETE.
const KEYS: u64 = 500;
/// New rows wait for more of the same node until all of them together take so many bytes.
const HELD: u64 = 16 * 1024 * 1024;

/// A statement for a node.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) node: DataNode,
    pub(super) kind: ChangeKind,
    pub(super) sql: Vec<u8>,
    /// How many rows it must find or add.
    pub(super) rows: u64,
}

/// In the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ChangeKind {
    Delete,
    Update,
    Insert,
}

/// Puts together what one table's nodes are told.
pub(super) struct Changes<'t> {
    table: &'t Table,
    columns: &'t [usize],
    /// How rows are inserted.
    verb: &'static str,
    /// The primary key, as indexes into `columns`; nothing where rows have numbers.
    key: &'t [usize],
    /// Where in a row that is read the values of the shard keys are.
    shard_keys: Vec<usize>,
    deletes: BTreeMap<DataNode, (Vec<u8>, u64)>,
    inserts: BTreeMap<DataNode, (Loader, u64)>,
    pub(super) done: Vec<Change>,
    pub(super) bytes: u64,
    /// Of the rows in `inserts`.
    held: u64,
}

// === impl Changes ===

impl<'t> Changes<'t> {
    /// Of a table, and the select list with which its rows are to be read.
    pub(super) fn of(mention: usize, (table, fetch): (&'t Table, &'t Fetch), rows: &'t WrittenRows) -> (Self, String) {
        let mut list = fetch.select_list(table);
        let mut shard_keys = Vec::new();
        let mut width = fetch.columns.len();
        if let Placement::Split(split) = &table.placement {
            for name in split.key_columns() {
                let at = table.column(name);
                let column = at.and_then(|at| table.columns.as_ref()?.get(at));
                let text = column.is_none_or(|column| matches!(column.kind, ColumnKind::Text { .. }));
                match fetch.columns.iter().position(|column| Some(*column) == at).filter(|_| !text) {
                    Some(place) => shard_keys.push(place),
                    None => {
                        let name = quoted(name);
                        let value = if text { format!(", CONVERT({name} USING utf8mb4)") } else { format!(", {name}") };
                        list.push_str(&value);
                        shard_keys.push(width);
                        width += 1;
                    }
                }
            }
        }
        let verb = match rows {
            WrittenRows::New(new) => new.verb(),
            WrittenRows::Changed { .. } => NewRows::Insert.verb(),
        };
        let key: &[usize] = match rows {
            WrittenRows::New(_) => &[],
            WrittenRows::Changed { by: Address::Key(key), .. } => key,
            WrittenRows::Changed { by: Address::Values, .. } => {
                list.push_str(&format!(", {}", quoted(&MergeName::of(mention).numbers())));
                &[]
            }
        };
        let changes = Self {
            table,
            columns: &fetch.columns,
            verb,
            key,
            shard_keys,
            deletes: BTreeMap::new(),
            inserts: BTreeMap::new(),
            done: Vec::new(),
            bytes: 0,
            held: 0,
        };
        (changes, list)
    }

    /// A new row: it goes where its shard key says. `put_in` stands in for one of its values.
    pub(super) fn new_row(&mut self, payload: &[u8], put_in: Option<(usize, Option<&[u8]>)>) -> Result<(), SqlError> {
        let mut cells = cells(payload)?;
        if let Some((at, value)) = put_in {
            // A shard key that counts is read from the same place.
            if let Some(cell) = cells.get_mut(at) {
                *cell = value;
            }
        }
        for node in self.places(&cells)? {
            self.insert(node, &cells)?;
        }
        Ok(())
    }

    /// A row as it is after the statement; it is known no more when it was there before.
    pub(super) fn row(&mut self, payload: &[u8], mention: usize, originals: &mut Originals) -> Result<(), SqlError> {
        let Some(original) = originals.of(mention) else { return Ok(()) };
        let cells = cells(payload)?;
        let stored = cells.get(..self.columns.len()).unwrap_or(&cells);
        let digest = digest_of(stored);
        let Original { unique, rows } = original;
        let (known, mut kind) = match rows {
            Rows::Keyed { key, rows } => (rows.remove(&key_of(&cells, key)), None),
            Rows::Keyless(rows) => {
                let kind = rows.take(cells.last().copied().flatten())?;
                (Some(kind.known), Some(kind))
            }
        };
        if known.is_some_and(|known| known.values == digest) {
            return Ok(());
        }
        let places = self.places(&cells)?;
        if let Some(known) = known {
            let stays = places.contains(&known.node);
            let holds = known.unique == digest_of(&picked(&cells, unique));
            match &mut kind {
                Some(kind) if stays && holds => {
                    let row: Box<[u8]> = encoded(stored).into();
                    self.bytes += length(row.len());
                    kind.change(row, digest);
                    return Ok(());
                }
                Some(kind) => kind.gone += 1,
                None if stays && holds => return places.into_iter().try_for_each(|node| self.update(node, &cells)),
                None => {
                    let key = picked(&cells, self.key);
                    for node in if stays { places.clone() } else { vec![known.node] } {
                        self.delete(node, &key)?;
                    }
                }
            }
        }
        places.into_iter().try_for_each(|node| self.insert(node, &cells))
    }

    /// The rows that are still known have gone.
    pub(super) fn gone(&mut self, mention: usize, originals: &mut Originals) -> Result<(), SqlError> {
        let Some(original) = originals.take(mention) else { return Ok(()) };
        match original.rows {
            Rows::Keyed { rows, .. } => {
                for (key, known) in rows {
                    let key = cells(&key)?;
                    self.copies(known).into_iter().try_for_each(|node| self.delete(node, &key))?;
                }
                Ok(())
            }
            Rows::Keyless(rows) => rows.settle().iter().try_for_each(|kind| self.kind(kind)),
        }
    }

    /// All nodes where a row lies.
    fn copies(&self, known: Known) -> Vec<DataNode> {
        match &self.table.placement {
            Placement::Broadcast => self.table.placement.nodes(&self.table.rules),
            Placement::Split(_) | Placement::Single(_) => vec![known.node],
        }
    }

    /// What becomes of equal rows.
    fn kind(&mut self, kind: &Kind) -> Result<(), SqlError> {
        let old = cells(&kind.row)?;
        for node in self.copies(kind.known) {
            if kind.gone > 0 {
                self.delete_equal(node, &old, (kind.gone, kind.count))?;
            }
            for (row, values) in &kind.changed {
                let new = cells(row)?;
                match values.anew {
                    true => (0..values.rows).try_for_each(|_| self.insert(node, &new))?,
                    false => self.update_equal(node, (&old, &new), values.rows)?,
                }
            }
        }
        Ok(())
    }

    /// Whether anything is to be written.
    pub(super) fn writes(&self) -> bool {
        self.deletes() || !self.done.is_empty() || !self.inserts.is_empty()
    }

    /// Whether rows have both gone and come: one that was moved, or whose primary key has changed.
    pub(super) fn moves(&self) -> bool {
        self.deletes() && (self.has(ChangeKind::Insert) || !self.inserts.is_empty())
    }

    /// Whether rows have gone.
    pub(super) fn deletes(&self) -> bool {
        self.has(ChangeKind::Delete) || !self.deletes.is_empty()
    }

    fn has(&self, kind: ChangeKind) -> bool {
        self.done.iter().any(|change| change.kind == kind)
    }

    /// The statements that are whole, while rows are still being added.
    pub(super) fn ready(&mut self) -> Vec<Change> {
        if self.held > HELD {
            self.close_inserts();
        }
        std::mem::take(&mut self.done)
    }

    /// All statements.
    pub(super) fn finish(mut self) -> Vec<Change> {
        for (node, (sql, rows)) in std::mem::take(&mut self.deletes) {
            self.close_delete(node, sql, rows);
        }
        self.close_inserts();
        self.done
    }

    fn close_inserts(&mut self) {
        self.held = 0;
        for (node, (loader, rows)) in std::mem::take(&mut self.inserts) {
            if let Some(sql) = loader.statement() {
                self.done.push(Change { node, kind: ChangeKind::Insert, sql: sql.to_vec(), rows });
            }
        }
    }

    /// The nodes where a row belongs.
    pub(super) fn places(&self, cells: &[Option<&[u8]>]) -> Result<Vec<DataNode>, SqlError> {
        let mut nodes = Vec::new();
        nodes_of_row(self.table, &picked(cells, &self.shard_keys), &mut nodes)?;
        Ok(nodes)
    }

    fn name(&self, node: DataNode) -> String {
        let physical = self.table.physical(node);
        format!("{}.{}", quoted(physical.database), quoted(physical.table))
    }

    fn column(&self, place: usize) -> Result<&'t Column, SqlError> {
        let column = self.columns.get(place).and_then(|at| self.table.columns.as_ref()?.get(*at));
        column.ok_or_else(|| SqlError::new(Code::BackendAnswer, "a row that was written has other columns"))
    }

    fn insert(&mut self, node: DataNode, cells: &[Option<&[u8]>]) -> Result<(), SqlError> {
        let into = self.name(node);
        let (table, columns, verb) = (self.table, self.columns, self.verb);
        let new = || (Loader::new(table, columns, (verb, &into)), 0);
        let (loader, rows) = self.inserts.entry(node).or_insert_with(new);
        let before = loader.statement().map_or(0, <[u8]>::len);
        loader.cells(cells.iter().map(|cell| Ok(*cell)))?;
        *rows += 1;
        let size = length(loader.statement().map_or(0, <[u8]>::len));
        let more = size - length(before);
        self.bytes += more;
        self.held += more;
        if loader.is_full()
            && let Some(sql) = loader.statement()
        {
            self.done.push(Change { node, kind: ChangeKind::Insert, sql: sql.to_vec(), rows: std::mem::take(rows) });
            loader.clear();
            self.held = self.held.saturating_sub(size);
        }
        Ok(())
    }

    fn update(&mut self, node: DataNode, cells: &[Option<&[u8]>]) -> Result<(), SqlError> {
        let mut sql = self.setting(node, cells, |place| self.key.contains(&place))?;
        self.put_key(&picked(cells, self.key), &mut sql)?;
        self.bytes += length(sql.len());
        self.done.push(Change { node, kind: ChangeKind::Update, sql, rows: 1 });
        Ok(())
    }

    /// So many of the rows that are equal to one become equal to another.
    fn update_equal(
        &mut self,
        node: DataNode,
        (old, new): (&Cells<'_>, &Cells<'_>),
        rows: u64,
    ) -> Result<(), SqlError> {
        let mut sql = self.setting(node, new, |_| false)?;
        self.put_values(old, &mut sql)?;
        sql.extend_from_slice(format!(" LIMIT {rows}").as_bytes());
        self.bytes += length(sql.len());
        self.done.push(Change { node, kind: ChangeKind::Update, sql, rows });
        Ok(())
    }

    /// `UPDATE … SET … WHERE `, of the columns that do not stay as they are.
    fn setting(&self, node: DataNode, cells: &Cells<'_>, stays: impl Fn(usize) -> bool) -> Result<Vec<u8>, SqlError> {
        let mut sql = format!("UPDATE {} SET ", self.name(node)).into_bytes();
        let mut first = true;
        for place in (0..self.columns.len()).filter(|place| !stays(*place)) {
            let column = self.column(place)?;
            sql.extend_from_slice(if first { b"" } else { b", " });
            first = false;
            sql.extend_from_slice(quoted(&column.name).as_bytes());
            sql.push(b'=');
            put(travel(column)?, cells.get(place).copied().flatten(), &mut sql)?;
        }
        sql.extend_from_slice(b" WHERE ");
        Ok(sql)
    }

    fn delete(&mut self, node: DataNode, key: &[Option<&[u8]>]) -> Result<(), SqlError> {
        let (mut sql, rows) = self.deletes.remove(&node).unwrap_or_default();
        let before = sql.len();
        self.put_or(node, &mut sql);
        self.put_key(key, &mut sql)?;
        self.deleting(node, (sql, before), rows + 1);
        Ok(())
    }

    /// Some rows that are equal to one go; all of them together with others.
    fn delete_equal(&mut self, node: DataNode, old: &[Option<&[u8]>], (gone, of): (u64, u64)) -> Result<(), SqlError> {
        let (mut sql, rows) =
            if gone < of { Default::default() } else { self.deletes.remove(&node).unwrap_or_default() };
        let before = sql.len();
        self.put_or(node, &mut sql);
        self.put_values(old, &mut sql)?;
        if gone < of {
            sql.extend_from_slice(format!(" LIMIT {gone}").as_bytes());
            self.bytes += length(sql.len());
            self.done.push(Change { node, kind: ChangeKind::Delete, sql, rows: gone });
        } else {
            self.deleting(node, (sql, before), rows + gone);
        }
        Ok(())
    }

    /// Begins a DELETE, or another condition of it.
    fn put_or(&self, node: DataNode, sql: &mut Vec<u8>) {
        if sql.is_empty() {
            sql.extend_from_slice(format!("DELETE FROM {} WHERE ", self.name(node)).as_bytes());
        } else {
            sql.extend_from_slice(b" OR ");
        }
    }

    /// A DELETE has grown.
    fn deleting(&mut self, node: DataNode, (sql, before): (Vec<u8>, usize), rows: u64) {
        self.bytes += length(sql.len() - before);
        if rows >= KEYS || sql.len() > FULL {
            self.close_delete(node, sql, rows);
        } else {
            self.deletes.insert(node, (sql, rows));
        }
    }

    fn close_delete(&mut self, node: DataNode, mut sql: Vec<u8>, rows: u64) {
        if self.key.is_empty() {
            // A server that is to be careful wants a bound; one row too many would be seen.
            sql.extend_from_slice(format!(" LIMIT {}", rows + 1).as_bytes());
        }
        self.done.push(Change { node, kind: ChangeKind::Delete, sql, rows });
    }

    /// `(a=1 AND CAST(b AS BINARY)='x')`, of all columns.
    fn put_values(&self, cells: &[Option<&[u8]>], sql: &mut Vec<u8>) -> Result<(), SqlError> {
        for place in 0..self.columns.len() {
            sql.extend_from_slice(if place > 0 { b" AND " } else { b"(" });
            keyless::put_condition(self.column(place)?, cells.get(place).copied().flatten(), sql)?;
        }
        sql.push(b')');
        Ok(())
    }

    /// `(a=1 AND b='x')`.
    fn put_key(&self, key: &[Option<&[u8]>], sql: &mut Vec<u8>) -> Result<(), SqlError> {
        sql.push(b'(');
        for (number, place) in self.key.iter().enumerate() {
            let column = self.column(*place)?;
            sql.extend_from_slice(if number > 0 { b" AND " } else { b"" });
            sql.extend_from_slice(quoted(&column.name).as_bytes());
            sql.push(b'=');
            let cell = key.get(number).copied().flatten();
            match (&column.kind, cell) {
                // Compared as the column compares, by its index.
                (ColumnKind::Text { collation }, Some(cell)) => {
                    put_quoted(format!("_{}'", collation.charset).as_bytes(), cell, sql);
                    sql.extend_from_slice(format!(" COLLATE {}", collation.name).as_bytes());
                }
                _ => put(travel(column)?, cell, sql)?,
            }
        }
        sql.push(b')');
        Ok(())
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
