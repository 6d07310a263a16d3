//! What gives a shard key another value than the statement does: a trigger, a generated column, ON UPDATE
//! CURRENT_TIMESTAMP.
//!
//! Always holds: a row lies where its stored key says. The node that stores a row cannot send it elsewhere, so a write
//! whose key would become another one behind Weir's back is refused.

use super::{Table, Trigger, TriggerEvent};
use crate::error::{Code, SqlError};
use crate::rule::Placement;

/// New rows: no trigger gives them another key.
pub(super) fn inserted(table: &Table) -> Result<(), SqlError> {
    triggered(table, TriggerEvent::Insert, &sources(table))
}

/// Changed rows keep their key, or get it from the statement. `assigned` are the columns that it sets.
pub(super) fn updated<'n>(table: &Table, assigned: impl Iterator<Item = &'n str>) -> Result<(), SqlError> {
    let (keys, sources) = (keys(table), sources(table));
    triggered(table, TriggerEvent::Update, &sources)?;
    let assigned: Vec<&str> = assigned.collect();
    let is_assigned = |name: &str| assigned.iter().any(|assigned| assigned.eq_ignore_ascii_case(name));
    for source in &sources {
        let is_key = keys.iter().any(|key| key.eq_ignore_ascii_case(source));
        if is_assigned(source) && !is_key {
            return Err(refused(
                table,
                &format!("is computed from '{source}', so the row may belong elsewhere; delete it and insert it again"),
            ));
        }
        let timed = lines(table).any(|(name, line)| name.eq_ignore_ascii_case(source) && notes_time(line));
        if timed && !is_assigned(source) {
            return Err(refused(
                table,
                "is given the time of every UPDATE, so the row may belong elsewhere; name it in SET",
            ));
        }
    }
    Ok(())
}

/// The first column that is generated and part of the shard key.
pub(super) fn generated_key(table: &Table) -> Option<&str> {
    let generated = |key: &&str| {
        table.columns.iter().flatten().any(|column| column.generated && column.name.eq_ignore_ascii_case(key))
    };
    keys(table).into_iter().find(generated)
}

/// Whether an UPDATE of its rows gives a column the time.
pub(super) fn is_timed(table: &Table) -> bool {
    lines(table).any(|(_, line)| notes_time(line))
}

fn notes_time(line: &str) -> bool {
    line.to_ascii_uppercase().contains(" ON UPDATE CURRENT_TIMESTAMP")
}

fn keys(table: &Table) -> Vec<&str> {
    match &table.placement {
        Placement::Split(split) => split.key_columns().iter().map(|key| &**key).collect(),
        Placement::Broadcast | Placement::Single(_) => Vec::new(),
    }
}

/// The columns that decide where a row lies: the shard keys, and what generated ones may be computed from, at once or by
/// way of another generated column.
fn sources(table: &Table) -> Vec<&str> {
    let mut sources = keys(table);
    if generated_key(table).is_none() {
        return sources;
    }
    let columns = || table.columns.iter().flatten();
    let generated = |name: &str| columns().any(|column| column.generated && column.name.eq_ignore_ascii_case(name));
    for column in columns().filter(|column| !column.generated) {
        let quoted = super::resolve::quoted(&column.name);
        if lines(table).any(|(name, line)| generated(name) && line.contains(&quoted)) {
            sources.push(&column.name);
        }
    }
    sources
}

/// Each column with what SHOW CREATE TABLE says of it.
fn lines(table: &Table) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.definition.as_deref().unwrap_or_default().lines();
    lines.filter_map(|line| {
        let (name, _) = line.trim_start().strip_prefix('`')?.split_once("` ")?;
        Some((name, line))
    })
}

fn triggered(table: &Table, event: TriggerEvent, sources: &[&str]) -> Result<(), SqlError> {
    let sets = |setter: &&Trigger| {
        let is_source = |column: &str| sources.iter().any(|source| source.eq_ignore_ascii_case(column));
        setter.event == event && setter.columns.iter().any(|column| is_source(column))
    };
    match table.triggers.iter().find(sets) {
        None => Ok(()),
        Some(setter) => Err(refused(
            table,
            &format!("is set by the trigger '{}', so Weir does not know where the row belongs", setter.name),
        )),
    }
}

fn refused(table: &Table, why: &str) -> SqlError {
    let message = format!("the shard key '{}.{}' {why}", table.name, keys(table).join(", "));
    SqlError::new(Code::UnsupportedAcrossShards, message)
}
