//! Temporary tables of a merge node: made like the table that they stand for, filled with its rows.
//!
//! A table is made from the server's own words for the original (SHOW CREATE TABLE), cut down to the columns that are
//! fetched, so that types, collations and the flags of its columns are the original's. Keys stay where all of their
//! columns are there: they make joins fast, and flags show them. What would check or compute values is left out.

use super::json;
use crate::error::{Code, SqlError};
use crate::plan::{MergeName, Table, Travel};
use crate::rule::Placement;
use crate::value::Column;
use crate::wire::text_row::text_cells;

/// An INSERT is sent when it has grown to so many bytes.
pub(super) const FULL: usize = 512 * 1024;

/// Whether keys that the original has as unique ones are made so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uniqueness {
    /// As in the original: the flags of its columns show it.
    Kept,
    /// Only those that hold over all shards, because they contain the shard key.
    WhereSure,
}

/// The CREATE TEMPORARY TABLE of a mention.
///
/// # Errors
/// The definition of the table is not understood.
pub(super) fn create(
    table: &Table,
    columns: &[usize],
    name: MergeName,
    uniqueness: Uniqueness,
) -> Result<String, SqlError> {
    let all = table.columns.as_deref().unwrap_or_default();
    let kept: Vec<&Column> = columns.iter().filter_map(|at| all.get(*at)).collect();
    let definition = table.definition.as_deref().unwrap_or_default();
    let mut lines = definition.lines().skip(1).map(|line| line.trim().trim_end_matches(',')).peekable();
    let mut columns: Vec<(&str, String)> = Vec::new();
    let mut keys = Vec::new();
    let mut options = "";
    for line in &mut lines {
        if let Some(rest) = line.strip_prefix(')') {
            options = rest;
            break;
        }
        if line.starts_with('`') {
            if let Some(column) = kept.iter().find(|column| starts_with_name(line, &column.name)) {
                columns.push((&column.name, plain_column(line)));
            }
        } else if let Some(key) = key(line, table, &kept, uniqueness) {
            keys.push(key);
        }
    }
    let of = |column: &&Column| {
        let found = columns.iter().find(|(name, _)| *name == column.name);
        found.map(|(_, line)| counted_or_plain(line, column, &keys)).ok_or_else(|| {
            let message = format!("the definition of '{}' does not show its column '{}'", table.name, column.name);
            SqlError::new(Code::BackendAnswer, message)
        })
    };
    let mut parts = kept.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    parts.extend(keys.into_iter().map(|key| key.text));
    Ok(format!("CREATE TEMPORARY TABLE {} ({}) ENGINE=InnoDB{}", name.qualified(), parts.join(", "), charset(options)))
}

const IS_JSON: &str = " CHECK (json_valid(`";

/// A key that is kept.
pub(super) struct Key {
    pub(super) text: String,
    first: String,
}

pub(super) fn starts_with_name(line: &str, name: &str) -> bool {
    let quoted = format!("`{}` ", name.replace('`', "``"));
    line.starts_with(&quoted)
}

/// A column without what computes or checks its values.
fn plain_column(line: &str) -> String {
    let mut line = line.to_owned();
    for (word, tail) in [(" GENERATED ALWAYS AS ", &[" VIRTUAL", " STORED", " PERSISTENT"][..]), (" CHECK ", &[][..])] {
        if let Some(at) = outside_quotes(&line, word) {
            if word == " CHECK " && line.get(at..).is_some_and(|check| check.starts_with(IS_JSON)) {
                // MariaDB knows a JSON column by it.
                continue;
            }
            let rest = line.get(at + word.len()..).unwrap_or_default();
            let mut after = rest.get(parenthesised(rest)..).unwrap_or_default();
            for word in tail {
                after = after.strip_prefix(word).unwrap_or(after);
            }
            line = format!("{}{after}", line.get(..at).unwrap_or_default());
        }
    }
    without_computed_default(line)
}

/// A column without a default that is computed from other columns, which may not be there.
fn without_computed_default(line: String) -> String {
    const WORD: &str = " DEFAULT ";
    let Some(at) = outside_quotes(&line, " DEFAULT (") else { return line };
    let rest = line.get(at + WORD.len()..).unwrap_or_default();
    let end = parenthesised(rest);
    if !rest.get(..end).is_some_and(|default| default.contains('`')) {
        return line;
    }
    format!("{}{}", line.get(..at).unwrap_or_default(), rest.get(end..).unwrap_or_default())
}

/// Where a word stands outside of quotes.
pub(super) fn outside_quotes(line: &str, word: &str) -> Option<usize> {
    let mut quote = None;
    let mut previous = None;
    for (at, c) in line.char_indices() {
        match quote {
            None if matches!(c, '\'' | '`' | '"') => quote = Some(c),
            None if line.get(at..).is_some_and(|rest| rest.starts_with(word)) => return Some(at),
            Some(open) if c == open && previous != Some('\\') => quote = None,
            _ => {}
        }
        previous = if previous == Some('\\') { None } else { Some(c) };
    }
    None
}

/// How many bytes the parentheses take that a text begins with.
fn parenthesised(text: &str) -> usize {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '`' | '"') => quote = Some(c),
            None if c == '(' => depth += 1,
            None if c == ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            None => {}
        }
    }
    text.len()
}

/// An AUTO_INCREMENT column must be the first of a key.
pub(super) fn counted_or_plain(line: &str, column: &Column, keys: &[Key]) -> String {
    if !column.auto_increment || keys.iter().any(|key| key.first.eq_ignore_ascii_case(&column.name)) {
        return line.to_owned();
    }
    match outside_quotes(line, " AUTO_INCREMENT") {
        Some(at) => {
            let (before, rest) = line.split_at(at);
            format!("{before}{}", rest.strip_prefix(" AUTO_INCREMENT").unwrap_or(rest))
        }
        None => line.to_owned(),
    }
}

/// A key all of whose columns are there.
pub(super) fn key(line: &str, table: &Table, kept: &[&Column], uniqueness: Uniqueness) -> Option<Key> {
    let (kind, rest) = ["PRIMARY KEY ", "UNIQUE KEY ", "KEY "]
        .into_iter()
        .find_map(|kind| line.strip_prefix(kind).map(|rest| (kind, rest)))?;
    let open = rest.find('(')?;
    let list = rest.get(open..open + parenthesised(rest.get(open..)?))?;
    let inside = list.strip_prefix('(')?.strip_suffix(')')?;
    let mut columns = Vec::new();
    for part in inside.split("`,") {
        let name = part.strip_prefix('`')?;
        columns.push(name.split('`').next()?.to_owned());
    }
    // Parts with a length or a direction have been cut apart wrongly: such keys are left out.
    if inside.contains('(') || inside.contains(' ') {
        return None;
    }
    let fetched = |name: &&String| kept.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let there = columns.iter().take_while(fetched).count();
    if there < columns.len() {
        // Its first columns are still a key that joins can use, and that the flags of the first one show.
        columns.truncate(there);
        let first = columns.first()?.clone();
        let names: Vec<String> = columns.iter().map(|name| format!("`{}`", name.replace('`', "``"))).collect();
        return Some(Key { text: format!("KEY ({})", names.join(", ")), first });
    }
    let holds = match &table.placement {
        _ if uniqueness == Uniqueness::Kept => true,
        Placement::Split(split) => {
            split.key_columns().iter().all(|key| columns.iter().any(|column| column.eq_ignore_ascii_case(key)))
        }
        Placement::Broadcast | Placement::Single(_) => true,
    };
    let name = rest.get(..open).unwrap_or_default();
    let text = match (kind, holds) {
        ("PRIMARY KEY ", true) => format!("PRIMARY KEY {list}"),
        ("UNIQUE KEY ", true) => format!("UNIQUE KEY {name}{list}"),
        _ => format!("KEY {list}"),
    };
    Some(Key { text, first: columns.first()?.clone() })
}

/// The character set and collation of columns that say none.
pub(super) fn charset(options: &str) -> String {
    let value = |word: &str| {
        let at = outside_quotes(options, word)? + word.len();
        let rest = options.get(at..)?;
        rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().filter(|name| !name.is_empty())
    };
    let mut out = String::new();
    if let Some(name) = value(" DEFAULT CHARSET=") {
        out.push_str(&format!(" DEFAULT CHARSET={name}"));
    }
    if let Some(name) = value(" COLLATE=") {
        out.push_str(&format!(" COLLATE={name}"));
    }
    out
}

/// Puts rows together to INSERT statements.
pub(super) struct Loader {
    travels: Vec<Travel>,
    sql: Vec<u8>,
    /// How long the statement is without rows.
    head: usize,
}

// === impl Loader ===

impl Loader {
    /// Of rows with these columns of a table, into a table of this name; the verb is `INSERT INTO` or its like.
    pub(super) fn new(table: &Table, columns: &[usize], into: (&str, &str)) -> Self {
        Self::with(table, columns, into, "")
    }

    /// The same with numbers, which this column takes.
    pub(super) fn numbered(table: &Table, columns: &[usize], into: (&str, &str), numbers: &str) -> Self {
        Self::with(table, columns, into, &format!(", {}", quoted(numbers)))
    }

    fn with(table: &Table, columns: &[usize], (verb, into): (&str, &str), more: &str) -> Self {
        let all = table.columns.as_deref().unwrap_or_default();
        let travels =
            columns.iter().filter_map(|at| all.get(*at)).filter_map(|column| Travel::of(&column.kind)).collect();
        let names = columns.iter().filter_map(|at| all.get(*at)).map(|column| quoted(&column.name));
        let names = names.collect::<Vec<_>>().join(", ");
        let sql = format!("{verb} {into} ({names}{more}) VALUES ").into_bytes();
        Self { travels, head: sql.len(), sql }
    }

    /// Adds a row of the text protocol; cells behind the columns are passed over.
    pub(super) fn row(&mut self, payload: &[u8]) -> Result<(), SqlError> {
        self.cells(text_cells(payload).map(|cell| cell.map_err(|_| broken())))
    }

    /// Adds a row with its number.
    pub(super) fn numbered_row(&mut self, payload: &[u8], number: u64) -> Result<(), SqlError> {
        self.row(payload)?;
        self.sql.pop();
        self.sql.extend_from_slice(format!(",{number})").as_bytes());
        Ok(())
    }

    /// Adds a row.
    pub(super) fn cells<'c>(
        &mut self,
        mut cells: impl Iterator<Item = Result<Option<&'c [u8]>, SqlError>>,
    ) -> Result<(), SqlError> {
        self.sql.extend_from_slice(if self.sql.len() > self.head { b",(" } else { b"(" });
        for (number, travel) in self.travels.iter().enumerate() {
            let cell = cells.next().ok_or_else(broken)??;
            if number > 0 {
                self.sql.push(b',');
            }
            put(*travel, cell, &mut self.sql)?;
        }
        self.sql.push(b')');
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.sql.len() > FULL
    }

    /// The INSERT, if there is a row in it.
    pub(super) fn statement(&self) -> Option<&[u8]> {
        (self.sql.len() > self.head).then_some(&*self.sql)
    }

    /// Begins a new one.
    pub(super) fn clear(&mut self) {
        self.sql.truncate(self.head);
    }
}

fn broken() -> SqlError {
    SqlError::new(Code::BackendAnswer, "a row that was fetched does not fit its columns")
}

/// A name in backticks.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// How a column's values travel.
pub(super) fn travel(column: &Column) -> Result<Travel, SqlError> {
    Travel::of(&column.kind).ok_or_else(|| {
        let message = format!("column '{}' has a type that cannot be copied", column.name);
        SqlError::new(Code::UnsupportedAcrossShards, message)
    })
}

/// A value as a literal.
pub(super) fn put(travel: Travel, cell: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), SqlError> {
    let Some(cell) = cell else {
        out.extend_from_slice(b"NULL");
        return Ok(());
    };
    match travel {
        Travel::Number | Travel::Approximate | Travel::Seconds => {
            let digit = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
            if cell.is_empty() || !cell.iter().all(digit) {
                return Err(SqlError::new(Code::BackendAnswer, "a number that was fetched is none"));
            }
            let exponent = travel == Travel::Approximate && !cell.iter().any(|byte| matches!(byte, b'e' | b'E'));
            if travel == Travel::Seconds {
                out.extend_from_slice(b"FROM_UNIXTIME(");
            }
            out.extend_from_slice(cell);
            out.extend_from_slice(if exponent { b"e0" } else { b"" });
            if travel == Travel::Seconds {
                out.push(b')');
            }
        }
        Travel::Bytes => put_quoted(b"'", cell, out),
        Travel::Json => json::put(cell, out)?,
        Travel::Ascii => put_quoted(b"_latin1'", cell, out),
    }
    Ok(())
}

pub(super) fn put_quoted(open: &[u8], cell: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(open);
    let mut rest = cell;
    while let Some(at) = memchr::memchr2(b'\'', b'\\', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.push(b'\\');
        out.extend_from_slice(from.get(..1).unwrap_or_default());
        rest = from.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.push(b'\'');
}
