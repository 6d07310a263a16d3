//! Rows of VALUES: which node each goes to, and the AUTO_INCREMENT values that Weir puts in.
//!
//! Rows that look alike are one template, whatever their number: what is said of the first holds for all, with each
//! row's own literals.

use super::bind::Args;
use super::coerce::{self, KeyColumn, Purpose};
use super::conditions::{key_column, split_of};
use super::kept::is_kept;
use super::operand::{Given, Operand, other_text};
use super::splice::{Splicer, text_place};
use super::{Edit, Plan, Replacement, Table};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::rule::{KeySet, KeyValue, Split};
use crate::sql::Span;
use crate::sql::ast::LiteralKind;
use crate::value::{Column, Value};

/// The rows of an INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct RowRouting {
    /// Index into `Plan::tables`.
    pub table: usize,
    /// For each shard key, in the order of `Split::key_columns`, what each template says of it; empty when the table is
    /// not split.
    pub keys: Vec<Vec<Cell>>,
    /// For each column that takes no NULL, what each template gives to it.
    pub required: Vec<Vec<Required>>,
    /// The rows, or the one that all rows look like.
    pub templates: Vec<Template>,
    /// The hole that holds all rows, when they look alike.
    pub folded: Option<u32>,
}

/// What a row says of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A plain value.
    Given(Operand),
    /// The AUTO_INCREMENT value of the row.
    Generated,
    /// An expression, DEFAULT or nothing: it cannot be routed, for the reason given.
    Unknown(SqlError),
}

/// What a row gives to a column that takes no NULL.
#[derive(Clone, Debug, PartialEq)]
pub enum Required {
    /// A plain value.
    Given(Operand),
    /// Something that may be NULL.
    Computed,
    /// Nothing, or DEFAULT.
    Nothing,
}

/// One row's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Where it stands in the normal form, parentheses included; not used for folded rows.
    pub at: Span,
    /// Replacements in it.
    pub edits: Vec<RowEdit>,
}

/// A replacement in a row: it counts from the row's literals, so that it holds for every row of the template.
#[derive(Clone, Debug, PartialEq)]
pub struct RowEdit {
    /// How many of the row's literals stand before it.
    pub literals_before: u32,
    /// Bytes after the end of that literal, or after the row's start.
    pub offset: u32,
    /// How many bytes go.
    pub length: u32,
    /// What stands there instead.
    pub with: RowReplacement,
}

/// What a row's edit writes.
#[derive(Clone, Debug, PartialEq)]
pub enum RowReplacement {
    /// As in a statement.
    Plain(Replacement),
    /// The AUTO_INCREMENT value of the row.
    Generated,
    /// `, value` before the row's closing parenthesis.
    AppendGenerated,
    /// `, column = value` at the end of the assignments of INSERT … SET.
    AppendAssignment(Box<str>),
}

/// AUTO_INCREMENT values that Weir gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Generate {
    /// The column.
    pub column: Box<str>,
    /// What each template says of it; None when the column is not named and is appended.
    pub cells: Vec<Option<Cell>>,
}

/// Where new rows of a split table go by their shard keys.
pub(super) struct Placing<'t> {
    table: &'t Table,
    split: &'t Split,
    columns: [Option<KeyColumn<'t>>; 4],
    stored: [Option<&'t Column>; 4],
    nodes: Vec<DataNode>,
}

/// What the rows of a statement say of the AUTO_INCREMENT column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowIds {
    /// How many values Weir has to give.
    pub count: u64,
    /// The greatest value that a row gives itself, for the sequence to step over.
    pub greatest: Option<u64>,
    /// For each row, whether Weir gives its value; after [`RowIds::give`], that value.
    values: Vec<u64>,
}

// === impl RowRouting ===

impl RowRouting {
    /// How many rows the text has.
    pub(super) fn count(&self, args: &Args<'_>) -> Result<u32, SqlError> {
        match self.folded {
            Some(hole) => {
                let index = usize::try_from(hole).map_err(|_| other_text())?;
                Ok(args.lexed.holes.get(index).ok_or_else(other_text)?.rows)
            }
            None => u32::try_from(self.templates.len()).map_err(|_| other_text()),
        }
    }

    /// The template of a row, and the row's number within the template's hole.
    fn template(&self, row: u32) -> (usize, u32) {
        if self.folded.is_some() { (0, row) } else { (usize::try_from(row).unwrap_or(usize::MAX), 0) }
    }

    /// Calls back with each row's node.
    pub(super) fn nodes(&self, plan: &Plan, args: &Args<'_>, visit: &mut dyn FnMut(DataNode)) -> Result<(), SqlError> {
        let table = plan.tables.get(self.table).ok_or_else(other_text)?;
        let mut placing = Placing::of(table, args.utf8)?;
        let mut generated = args.generated;
        for row in 0..self.count(args)? {
            let own = self.generated(plan, args, row, &mut generated)?;
            let (template, within) = self.template(row);
            let mut values: [KeyValue<'_>; 4] = [const { KeyValue::Null }; 4];
            for (key, (cells, slot)) in self.keys.iter().zip(&mut values).enumerate() {
                let given = match cells.get(template).ok_or_else(other_text)? {
                    Cell::Given(operand) => match (own, is_generated(plan, template, operand)) {
                        (Some(value), true) => number(value),
                        _ => operand.value(args, within)?,
                    },
                    Cell::Generated => number(own.ok_or_else(no_value)?),
                    Cell::Unknown(error) => return Err(error.clone()),
                };
                *slot = placing.key(key, &given)?;
            }
            visit(placing.node(&values)?);
        }
        Ok(())
    }

    /// Of many rows a server that is not strict stores one that gives NULL to a NOT NULL column, and of a single one it
    /// says that it cannot: so no row may be the only one of its node then.
    pub(super) fn stay_many(&self, args: &Args<'_>) -> Result<(), SqlError> {
        for row in 0..self.count(args)? {
            let (template, within) = self.template(row);
            for given in self.required.iter().filter_map(|templates| templates.get(template)) {
                let null = match given {
                    Required::Given(operand) => operand.value(args, within)?.value == Value::Null,
                    Required::Computed => true,
                    Required::Nothing => false,
                };
                if null {
                    return Err(SqlError::new(
                        Code::UnsupportedAcrossShards,
                        "rows of several nodes with NULL for a NOT NULL column are not possible in a sql_mode that is \
                         not strict",
                    ));
                }
            }
        }
        Ok(())
    }

    /// The AUTO_INCREMENT value that Weir gives to a row, if it gives one.
    fn generated(
        &self,
        plan: &Plan,
        args: &Args<'_>,
        row: u32,
        next: &mut Option<u64>,
    ) -> Result<Option<u64>, SqlError> {
        let Some(generate) = &plan.generate else { return Ok(None) };
        if let Some(known) = args.row_ids.get(usize::try_from(row).unwrap_or(usize::MAX)) {
            return Ok(Some(*known).filter(|value| *value > 0));
        }
        let (template, within) = self.template(row);
        if !generate.wants(template, within, args)? {
            return Ok(None);
        }
        let value = next.ok_or_else(no_value)?;
        *next = value.checked_add(1);
        Ok(Some(value))
    }

    /// Appends the rows whose assigned node is the target's; all of them when nothing is assigned.
    pub(super) fn write(&self, splicer: &mut Splicer<'_, '_>, assigned: &[DataNode]) -> Result<(), SqlError> {
        let args = splicer.args;
        let mut next = args.generated;
        let mut first = true;
        for row in 0..self.count(args)? {
            let index = usize::try_from(row).unwrap_or(usize::MAX);
            let elsewhere = !assigned.is_empty() && assigned.get(index) != Some(&splicer.target.node);
            // Another node's row is looked at only for the value that it takes from those that were reserved.
            if elsewhere && next.is_none() {
                continue;
            }
            let own = self.generated(splicer.plan, args, row, &mut next)?;
            if elsewhere {
                continue;
            }
            if !first {
                splicer.out.extend_from_slice(b", ");
            }
            first = false;
            let (template, within) = self.template(row);
            self.write_row(splicer, template, within, own)?;
        }
        Ok(())
    }

    fn write_row(
        &self,
        splicer: &mut Splicer<'_, '_>,
        template: usize,
        within: u32,
        own: Option<u64>,
    ) -> Result<(), SqlError> {
        let (lexed, of) = (splicer.args.lexed, self.templates.get(template).ok_or_else(other_text)?);
        let span = match self.folded {
            Some(hole) => {
                let hole = lexed.holes.get(usize::try_from(hole).unwrap_or(usize::MAX)).ok_or_else(other_text)?;
                let row = usize::try_from(hole.first_row + within).unwrap_or(usize::MAX);
                *lexed.rows.get(row).ok_or_else(other_text)?
            }
            None => Span { start: text_place(lexed, of.at.start), end: text_place(lexed, of.at.end) },
        };
        let first = lexed.literals.partition_point(|literal| literal.span.start < span.start);
        let mut at = span.start;
        for edit in &of.edits {
            let place = match (&edit.with, edit.literals_before) {
                (RowReplacement::AppendGenerated, _) => span.end - 1,
                (RowReplacement::AppendAssignment(_), _) => span.end,
                (_, 0) => span.start + edit.offset,
                (_, n) => {
                    let literal = first + usize::try_from(n).unwrap_or(usize::MAX) - 1;
                    lexed.literals.get(literal).ok_or_else(other_text)?.span.end + edit.offset
                }
            };
            let length = match (&edit.with, own) {
                // A value that the row gives itself stays.
                (RowReplacement::Generated, None) => continue,
                // The literal that stands there may have any length.
                (RowReplacement::Generated, Some(_)) if edit.length == 0 => {
                    let literal = first + usize::try_from(edit.literals_before).unwrap_or(usize::MAX);
                    let literal = lexed.literals.get(literal).ok_or_else(other_text)?;
                    literal.span.end - place
                }
                _ => edit.length,
            };
            splicer.copy_text(Span { start: at, end: place });
            match (&edit.with, own) {
                (RowReplacement::Plain(with), _) => {
                    let at = Span::default();
                    splicer.replacement(&Edit { at, with: with.clone() })?;
                }
                (RowReplacement::AppendGenerated, Some(value)) => {
                    splicer.number(if place == span.start + 1 { "" } else { ", " }, value);
                }
                (RowReplacement::Generated, Some(value)) => splicer.number("", value),
                (RowReplacement::AppendAssignment(assignment), Some(value)) => splicer.number(assignment, value),
                (_, None) => {}
            }
            at = place + length;
        }
        splicer.copy_text(Span { start: at, end: span.end });
        Ok(())
    }
}

// === impl Placing ===

impl<'t> Placing<'t> {
    /// `utf8` says whether strings are UTF-8.
    pub(super) fn of(table: &'t Table, utf8: bool) -> Result<Self, SqlError> {
        let split = split_of(table)?;
        let keys = split.key_columns().len();
        let columns: [Option<KeyColumn<'_>>; 4] =
            std::array::from_fn(|key| (key < keys).then(|| key_column(table, split, key, utf8)));
        let stored: [Option<&Column>; 4] =
            std::array::from_fn(|key| table.columns.as_ref()?.get(table.column(split.key_columns().get(key)?)?));
        Ok(Self { table, split, columns, stored, nodes: Vec::with_capacity(1) })
    }

    /// The value of a shard key as the rule takes it, if it is surely the one that is stored.
    pub(super) fn key<'a>(&self, key: usize, given: &Given<'a>) -> Result<KeyValue<'a>, SqlError> {
        let column = self.columns.get(key).copied().flatten().ok_or_else(other_text)?;
        let null = matches!(given.value, Value::Null);
        let kept = |value: &KeyValue<'_>| {
            self.stored.get(key).copied().flatten().is_none_or(|into| is_kept(value, null, into, column.form))
        };
        let value = coerce::key_value(given, column, Purpose::Store).filter(kept);
        value.ok_or_else(|| no_route(self.table, key, given))
    }

    /// The node of a row with these shard keys.
    pub(super) fn node(&mut self, values: &[KeyValue<'_>; 4]) -> Result<DataNode, SqlError> {
        let keys = self.split.key_columns().len();
        let sets: [KeySet<'_>; 4] = std::array::from_fn(|key| match values.get(key) {
            Some(value) if key < keys => KeySet::Values(std::slice::from_ref(value)),
            _ => KeySet::Any,
        });
        self.nodes.clear();
        self.split
            .route(sets.get(..keys).unwrap_or(&[]), &mut self.nodes)
            .map_err(|error| SqlError::new(Code::ShardKeyValue, error.to_string()))?;
        match self.nodes.as_slice() {
            [node] => Ok(*node),
            _ => Err(SqlError::new(Code::ShardKeyMissing, "a row does not lie at exactly one node")),
        }
    }
}

// === impl Generate ===

impl Generate {
    /// Whether Weir gives the value of this row: where the row gives none, NULL, DEFAULT, or 0 (by sql_mode).
    fn wants(&self, template: usize, within: u32, args: &Args<'_>) -> Result<bool, SqlError> {
        match self.cells.get(template).ok_or_else(other_text)? {
            None | Some(Cell::Generated) => Ok(true),
            Some(Cell::Unknown(error)) => Err(error.clone()),
            Some(Cell::Given(operand)) => Ok(self.explicit(operand, within, args)?.is_none()),
        }
    }

    /// The value that a row gives itself, 0 when it is negative (sequences do not look at those).
    fn explicit(&self, operand: &Operand, within: u32, args: &Args<'_>) -> Result<Option<u64>, SqlError> {
        let given = operand.value(args, within)?;
        let zero = if args.no_auto_value_on_zero { Some(0) } else { None };
        let column = coerce::KeyColumn {
            kind: Some(&crate::value::ColumnKind::Int { bytes: 8, unsigned: true }),
            form: crate::rule::KeyForm::Raw,
            utf8: true,
        };
        if given.value == Value::Null {
            return Ok(None);
        }
        match &given.value {
            Value::Int(n) if *n < 0 => return Ok(Some(0)),
            _ => {}
        }
        match coerce::key_value(&given, column, Purpose::Store) {
            Some(KeyValue::Int(0)) => Ok(zero),
            Some(KeyValue::Int(n)) => Ok(u64::try_from(n).ok().or(Some(0))),
            _ => Err(SqlError::new(
                Code::ShardKeyValue,
                format!("the value of the AUTO_INCREMENT column '{}' must be an integer, NULL or DEFAULT", self.column),
            )),
        }
    }

    /// Reads each row's value once.
    pub(super) fn read(&self, rows: &RowRouting, args: &Args<'_>) -> Result<RowIds, SqlError> {
        let mut ids = RowIds::default();
        for row in 0..rows.count(args)? {
            let (template, within) = rows.template(row);
            let explicit = match self.cells.get(template).ok_or_else(other_text)? {
                None | Some(Cell::Generated) => None,
                Some(Cell::Unknown(error)) => return Err(error.clone()),
                Some(Cell::Given(operand)) => self.explicit(operand, within, args)?,
            };
            ids.values.push(u64::from(explicit.is_none()));
            ids.count += u64::from(explicit.is_none());
            ids.greatest = ids.greatest.max(explicit.filter(|&value| value > 0));
        }
        Ok(ids)
    }
}

// === impl RowIds ===

impl RowIds {
    /// Gives rows without a value of their own consecutive ones, from `first` on; the value of each row, 0 for those
    /// that have one.
    pub fn give(&mut self, first: u64) -> &[u64] {
        let mut next = first;
        for value in self.values.iter_mut().filter(|value| **value > 0) {
            *value = next;
            next = next.saturating_add(1);
        }
        &self.values
    }
}

/// Whether the key's own cell is the AUTO_INCREMENT one: then a generated value stands in for what was given.
fn is_generated(plan: &Plan, template: usize, operand: &Operand) -> bool {
    let cell = plan.generate.as_ref().and_then(|generate| generate.cells.get(template)?.as_ref());
    cell.is_some_and(|cell| matches!(cell, Cell::Given(own) if own == operand))
}

pub(super) fn number(value: u64) -> Given<'static> {
    Given { value: Value::UInt(value), kind: LiteralKind::Int }
}

fn no_value() -> SqlError {
    SqlError::new(Code::SequenceFailed, "no AUTO_INCREMENT value was reserved for the statement")
}

fn no_route(table: &Table, key: usize, given: &Given<'_>) -> SqlError {
    let column = split_of(table).ok().and_then(|split| split.key_columns().get(key)).map_or("", |name| name);
    let what = match &given.value {
        Value::Null => "NULL",
        Value::Int(_) | Value::UInt(_) => "an integer",
        Value::Decimal(_) => "a decimal number",
        Value::Double(_) => "an approximate number",
        Value::Bytes(_) => "a string",
        Value::DateTime(_) => "a date",
        Value::Time(_) => "a time",
    };
    SqlError::new(
        Code::ShardKeyValue,
        format!(
            "the shard key '{}.{column}' cannot be routed by {what} that the server would convert; \
             give a value of the column's own type",
            table.name
        ),
    )
}
