//! UPDATE and DELETE on a merge node of a table that the statement names more than once: joined to itself, or read by a
//! query inside.
//!
//! MariaDB opens a temporary table more than once, so all mentions of such a table share one there, and what comes of
//! reading and writing it is the server's own. MySQL cannot; each mention has a copy of its own, and what is written to
//! one is not seen in another.
//!
//! Always holds: copies are used only where one server reads all rows of the table before it changes any.

use std::collections::HashSet;

use super::resolve::Resolved;
use crate::sql::ast::Assignment;

/// In whose table a mention's rows must lie, so that the statement finds one table wherever one server would: the first
/// mention that is written of this table. None where copies do as well.
pub(super) fn place(found: &Resolved, mention: usize, written: &HashSet<usize>, updates: bool) -> Option<usize> {
    let of_it = |other: &&usize| same(found, **other, mention);
    let place = *written.iter().filter(of_it).min()?;
    let meets = |of: &usize| {
        (updates && joined_to_itself(found, *of)) || read_inside(found, *of) || written_twice(found, *of, written)
    };
    written.iter().filter(of_it).any(meets).then_some(place)
}

/// Whether copies do for a mention that is written, and says then whether what a server tells of it has to be nothing.
///
/// # Errors
/// One server would read what it has written, or cannot be told apart from one that does.
pub(super) fn apart(
    found: &Resolved,
    mention: usize,
    written: &HashSet<usize>,
    assigned: &[Assignment],
) -> Result<bool, String> {
    let name = found.tables.get(mention).map_or("", |table| &*table.name);
    if written_twice(found, mention, written) {
        return Err(format!("'{name}' is written under two names"));
    }
    if read_inside(found, mention) {
        return Err(format!("'{name}' is written, and read by a query inside"));
    }
    if assigned.is_empty() || !joined_to_itself(found, mention) {
        return Ok(false);
    }
    match reads_assigned(found, mention, assigned) {
        Some(column) => {
            Err(format!("'{name}' is written and joined to itself, and '{column}' is both set and read behind that"))
        }
        None => Ok(true),
    }
}

/// Whether the statement names a table more than once.
pub(super) fn is_named_again(found: &Resolved) -> bool {
    (0..found.mentions.len()).any(|mention| others(found, mention).next().is_some())
}

/// Whether two mentions are of one table.
fn same(found: &Resolved, one: usize, other: usize) -> bool {
    let table = |mention: usize| found.tables.get(mention).map(|table| (&table.rules.schema, &table.name));
    table(one) == table(other)
}

fn others(found: &Resolved, mention: usize) -> impl Iterator<Item = usize> {
    (0..found.mentions.len()).filter(move |other| *other != mention && same(found, *other, mention))
}

/// Whether another mention of the same block is of the same table.
fn joined_to_itself(found: &Resolved, mention: usize) -> bool {
    let block = |mention: usize| found.mentions.get(mention).map(|mention| mention.block);
    others(found, mention).any(|other| block(other) == block(mention))
}

/// Whether a table is written under two names, which two tables of one database are not.
pub(super) fn is_written_twice(found: &Resolved, written: &HashSet<usize>) -> bool {
    written.iter().any(|mention| written_twice(found, *mention, written))
}

fn written_twice(found: &Resolved, mention: usize, written: &HashSet<usize>) -> bool {
    others(found, mention).any(|other| written.contains(&other))
}

/// Whether a query inside reads it, other than in a derived table whose rows are made before any is changed.
fn read_inside(found: &Resolved, mention: usize) -> bool {
    let block = |mention: usize| found.mentions.get(mention).map(|mention| mention.block);
    let settled = |other: usize| block(other).and_then(|at| found.blocks.get(at)).is_some_and(|block| block.settled);
    others(found, mention).any(|other| block(other) != block(mention) && !settled(other))
}

/// A column of the mention that an assignment sets and a later one reads: whether that reads the new value depends on
/// when the server changes the row. A generated column may depend on any.
fn reads_assigned<'f>(found: &'f Resolved, mention: usize, assigned: &[Assignment]) -> Option<&'f str> {
    let generated = |name: &str| {
        let mut columns = found.tables.get(mention).into_iter().flat_map(|table| table.columns.iter().flatten());
        columns.any(|column| column.generated && column.name.eq_ignore_ascii_case(name))
    };
    // A plain name of a column by which it is joined to itself may be of either mention.
    let named = found.mentions.get(mention).and_then(|named| found.blocks.get(named.block));
    let by_name = named.is_some_and(|block| block.joined_by_name);
    let own = |of: usize| of == mention || (by_name && same(found, of, mention));
    let mut reads = found.columns.iter().filter(|(_, column)| own(column.mention));
    let found = reads.find(|(start, column)| {
        let inside = |a: &Assignment| a.value.span.start <= **start && **start < a.value.span.end;
        let Some(reader) = assigned.iter().position(inside) else { return false };
        let before = assigned.get(..reader).unwrap_or_default();
        let set = before.iter().any(|a| a.column.column.text.eq_ignore_ascii_case(&column.name));
        set || (!before.is_empty() && generated(&column.name))
    });
    found.map(|(_, column)| column.name.as_str())
}
