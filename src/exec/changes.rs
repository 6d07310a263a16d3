//! What a statement has done to the copies of a table, as statements for its nodes.
//!
//! A row that was copied is known by its primary key, the node where it lies, and a digest of its values. What is read
//! back from the copy and has another digest has changed; what is not read back has gone.
//!
//! Always holds: values travel in the form of [`Travel`], so what is written is what the merge node has.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};

use super::temporary::{Loader, put, put_quoted, quoted};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::{Fetch, NewRows, Table, Travel, WrittenRows, nodes_of_row};
use crate::rule::Placement;
use crate::value::{Column, ColumnKind};
use crate::wire::text_row::{put_text_cell, text_cells};

/// So many keys stand in one DELETE.
const KEYS: u64 = 500;
/// New rows wait for more of the same node until all of them together take so many bytes.
const HELD: u64 = 16 * 1024 * 1024;

/// The rows that were copied, of each table that is changed.
#[derive(Debug, Default)]
pub(super) struct Originals {
    tables: BTreeMap<usize, Original>,
}

#[derive(Debug)]
struct Original {
    key: Vec<usize>,
    unique: Vec<usize>,
    rows: HashMap<Box<[u8]>, Known>,
}

/// A row that was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    node: DataNode,
    values: [u8; 32],
    /// Of its unique keys' values.
    unique: [u8; 32],
}

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
    /// The primary key, as indexes into `columns`.
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

// === impl Originals ===

impl Originals {
    /// Awaits the rows of a table that is changed.
    pub(super) fn expect(&mut self, mention: usize, rows: &WrittenRows) {
        if let WrittenRows::Changed { key, unique } = rows {
            let original = Original { key: key.clone(), unique: unique.clone(), rows: HashMap::new() };
            self.tables.insert(mention, original);
        }
    }

    /// Forgets the rows.
    pub(super) fn clear(&mut self) {
        self.tables.values_mut().for_each(|original| original.rows.clear());
    }

    /// Whether no row was copied.
    pub(super) fn is_empty(&self) -> bool {
        self.tables.values().all(|original| original.rows.is_empty())
    }

    /// A row is to be copied. Says whether it has not been: a row may be looked up by several keys.
    pub(super) fn note(&mut self, mention: usize, node: Option<DataNode>, payload: &[u8]) -> Result<bool, SqlError> {
        let (Some(original), Some(node)) = (self.tables.get_mut(&mention), node) else { return Ok(true) };
        let cells = cells(payload)?;
        let known = Known { node, values: digest_of(&cells), unique: digest_of(&picked(&cells, &original.unique)) };
        match original.rows.insert(key_of(&cells, &original.key), known) {
            None => Ok(true),
            Some(before) if before == known => Ok(false),
            Some(_) => Err(SqlError::new(
                Code::UnsupportedAcrossShards,
                "two rows on different shards have the same primary key, so neither can be written by it; \
                 give the shard key one value",
            )),
        }
    }
}

// === impl Changes ===

impl<'t> Changes<'t> {
    /// Of a table, and the select list with which its rows are to be read.
    pub(super) fn of(table: &'t Table, fetch: &'t Fetch, rows: &'t WrittenRows) -> (Self, String) {
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
            WrittenRows::Changed { key, .. } => key,
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
        let Some(original) = originals.tables.get_mut(&mention) else { return Ok(()) };
        let cells = cells(payload)?;
        let stored = cells.get(..self.columns.len()).unwrap_or(&cells);
        let known = original.rows.remove(&key_of(&cells, &original.key));
        if known.is_some_and(|known| known.values == digest_of(stored)) {
            return Ok(());
        }
        let places = self.places(&cells)?;
        if let Some(known) = known {
            let stays = places.contains(&known.node);
            if stays && known.unique == digest_of(&picked(&cells, &original.unique)) {
                return places.into_iter().try_for_each(|node| self.update(node, &cells));
            }
            let key = picked(&cells, &original.key);
            for node in if stays { places.clone() } else { vec![known.node] } {
                self.delete(node, &key)?;
            }
        }
        places.into_iter().try_for_each(|node| self.insert(node, &cells))
    }

    /// The rows that are still known have gone.
    pub(super) fn gone(&mut self, mention: usize, originals: &mut Originals) -> Result<(), SqlError> {
        let Some(original) = originals.tables.remove(&mention) else { return Ok(()) };
        for (key, known) in original.rows {
            let nodes = match &self.table.placement {
                Placement::Broadcast => self.table.placement.nodes(&self.table.rules),
                Placement::Split(_) | Placement::Single(_) => vec![known.node],
            };
            let key = cells(&key)?;
            nodes.into_iter().try_for_each(|node| self.delete(node, &key))?;
        }
        Ok(())
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
        let mut sql = format!("UPDATE {} SET ", self.name(node)).into_bytes();
        let mut first = true;
        for place in (0..self.columns.len()).filter(|place| !self.key.contains(place)) {
            let column = self.column(place)?;
            sql.extend_from_slice(if first { b"" } else { b", " });
            first = false;
            sql.extend_from_slice(quoted(&column.name).as_bytes());
            sql.push(b'=');
            put(travel(column)?, cells.get(place).copied().flatten(), &mut sql)?;
        }
        sql.extend_from_slice(b" WHERE ");
        self.put_key(&picked(cells, self.key), &mut sql)?;
        self.bytes += length(sql.len());
        self.done.push(Change { node, kind: ChangeKind::Update, sql, rows: 1 });
        Ok(())
    }

    fn delete(&mut self, node: DataNode, key: &[Option<&[u8]>]) -> Result<(), SqlError> {
        let (mut sql, rows) = self.deletes.remove(&node).unwrap_or_default();
        let before = sql.len();
        if sql.is_empty() {
            sql.extend_from_slice(format!("DELETE FROM {} WHERE ", self.name(node)).as_bytes());
        } else {
            sql.extend_from_slice(b" OR ");
        }
        self.put_key(key, &mut sql)?;
        self.bytes += length(sql.len() - before);
        if rows + 1 >= KEYS {
            self.close_delete(node, sql, rows + 1);
        } else {
            self.deletes.insert(node, (sql, rows + 1));
        }
        Ok(())
    }

    fn close_delete(&mut self, node: DataNode, sql: Vec<u8>, rows: u64) {
        self.done.push(Change { node, kind: ChangeKind::Delete, sql, rows });
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

pub(super) fn travel(column: &Column) -> Result<Travel, SqlError> {
    Travel::of(&column.kind).ok_or_else(|| {
        let message = format!("column '{}' has a type that cannot be copied", column.name);
        SqlError::new(Code::UnsupportedAcrossShards, message)
    })
}

pub(super) fn cells(payload: &[u8]) -> Result<Vec<Option<&[u8]>>, SqlError> {
    let broken = |_| SqlError::new(Code::BackendAnswer, "a row that was fetched cannot be read");
    text_cells(payload).map(|cell| cell.map_err(broken)).collect()
}

fn picked<'c>(cells: &[Option<&'c [u8]>], places: &[usize]) -> Vec<Option<&'c [u8]>> {
    places.iter().map(|place| cells.get(*place).copied().flatten()).collect()
}

fn key_of(cells: &[Option<&[u8]>], key: &[usize]) -> Box<[u8]> {
    encoded(&picked(cells, key)).into()
}

fn encoded(cells: &[Option<&[u8]>]) -> Vec<u8> {
    let mut out = Vec::new();
    cells.iter().for_each(|cell| put_text_cell(&mut out, *cell));
    out
}

fn digest_of(cells: &[Option<&[u8]>]) -> [u8; 32] {
    let mut out = [0; 32];
    let made = digest(&SHA256, &encoded(cells));
    out.iter_mut().zip(made.as_ref()).for_each(|(to, from)| *to = *from);
    out
}
