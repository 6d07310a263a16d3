//! The temporary table that a merge node writes in place of a table: made like it, with what checks and computes its
//! values, so that a statement fails, warns and converts there as on the table itself.

use super::temporary::{Uniqueness, charset, counted_or_plain, key, outside_quotes, quoted, starts_with_name};
use crate::error::{Code, SqlError};
use crate::plan::{Address, MergeName, NewRows, Table, WrittenRows};
use crate::value::Column;

/// The column that keeps new rows in the order in which they came.
pub(super) const ROW: &str = "weir row";

/// The column whose values are given when all rows are known: of new rows, the AUTO_INCREMENT one.
pub(super) fn counted<'t>(table: &'t Table, rows: &WrittenRows) -> Option<&'t Column> {
    match rows {
        WrittenRows::New(_) => table.columns.iter().flatten().find(|column| column.auto_increment),
        WrittenRows::Changed { .. } => None,
    }
}

/// Whether new rows are written in the order in which they came.
pub(super) fn keeps_order(table: &Table, rows: &WrittenRows) -> bool {
    matches!(rows, WrittenRows::New(NewRows::Ignore | NewRows::Replace)) || counted(table, rows).is_some()
}

/// The CREATE TEMPORARY TABLE of a table that is written.
///
/// A column that counts takes NULL there, and no key tells its values apart: they are not known yet. Nor does any key
/// where rows that are there already are no error: the nodes see to them.
///
/// # Errors
/// The definition of the table is not understood.
pub(super) fn create(
    table: &Table,
    name: MergeName,
    uniqueness: Uniqueness,
    rows: &WrittenRows,
) -> Result<String, SqlError> {
    let all: Vec<&Column> = table.columns.iter().flatten().collect();
    let counted = counted(table, rows);
    let meets = matches!(rows, WrittenRows::New(NewRows::Ignore | NewRows::Replace));
    let mut columns: Vec<(&Column, &str)> = Vec::new();
    let mut others = Vec::new();
    let mut keys = Vec::new();
    let mut options = "";
    for line in table.definition.as_deref().unwrap_or_default().lines().skip(1) {
        let line = line.trim().trim_end_matches(',');
        if let Some(rest) = line.strip_prefix(')') {
            options = rest;
            break;
        }
        if line.starts_with('`') {
            columns
                .extend(all.iter().find(|column| starts_with_name(line, &column.name)).map(|column| (*column, line)));
        } else if let Some(key) = key(line, table, &all, uniqueness) {
            keys.push(key);
        } else if line.starts_with("CONSTRAINT ") && outside_quotes(line, " CHECK ").is_some() {
            others.push(logical(table, line));
        }
    }
    if columns.len() != all.len() {
        let message = format!("the definition of '{}' does not show all of its columns", table.name);
        return Err(SqlError::new(Code::BackendAnswer, message));
    }
    let mut parts = Vec::with_capacity(columns.len() + keys.len() + others.len());
    for (column, line) in columns {
        parts.push(match counted {
            Some(counted) if counted.name == column.name => without(&without(line, " AUTO_INCREMENT"), " NOT NULL"),
            _ => counted_or_plain(line, column, &keys),
        });
    }
    for key in keys {
        let apart = meets || counted.is_some_and(|column| key.text.contains(&quoted(&column.name)));
        let list = key.text.find('(').and_then(|at| key.text.get(at..)).unwrap_or_default();
        parts.push(if apart { format!("KEY {list}") } else { key.text });
    }
    parts.extend(others);
    if keeps_order(table, rows) {
        parts.push(format!("{} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE", quoted(ROW)));
        parts.push(format!("KEY ({})", quoted(ROW)));
    }
    if let WrittenRows::Changed { by: Address::Values, .. } = rows {
        parts.push(format!("{} BIGINT UNSIGNED NOT NULL DEFAULT 0 INVISIBLE", quoted(&name.numbers())));
    }
    let (name, charset) = (name.qualified(), charset(options));
    Ok(format!("CREATE TEMPORARY TABLE {name} ({}) ENGINE=InnoDB{charset}", parts.join(", ")))
}

/// A line without a word.
fn without(line: &str, word: &str) -> String {
    match outside_quotes(line, word) {
        Some(at) => {
            let (before, rest) = line.split_at(at);
            format!("{before}{}", rest.strip_prefix(word).unwrap_or(rest))
        }
        None => line.to_owned(),
    }
}

/// A constraint with the name that it has for clients: MySQL calls it after its table.
fn logical(table: &Table, line: &str) -> String {
    let Some(node) = table.placement.nodes(&table.rules).first().copied() else { return line.to_owned() };
    let physical = format!("CONSTRAINT `{}_chk_", table.physical(node).table);
    match line.strip_prefix(&physical) {
        Some(rest) => format!("CONSTRAINT `{}_chk_{rest}", table.name),
        None => line.to_owned(),
    }
}
