//! What a statement has left in user variables: read back from its connection, as literals that mean the same on any.

use super::control::text;
use crate::backend::{BackendError, Connection, NULL_STRING, SessionState};
use crate::wire::{ColumnDefinition41, ColumnFlags, ColumnType};

/// A user variable, without `@`, and its value as a literal; of NULL, what [`crate::backend::null_of`] tells apart.
pub type Assigned = (Box<str>, String);

/// Reads the variables that a statement has assigned, and notes that the connection has them.
pub(super) async fn assigned(
    backend: &mut Connection,
    names: &[Box<str>],
    out: &mut Vec<Assigned>,
) -> Result<(), BackendError> {
    if names.is_empty() {
        return Ok(());
    }
    let mut state = backend.state().clone();
    for name in names {
        let literal = literal(backend, name).await?;
        state.set(&format!("@{name}"), &literal);
        out.push((name.clone(), literal));
    }
    backend.adopt_state(&state);
    Ok(())
}

/// The value of a user variable (without `@`) on a connection.
///
/// # Errors
/// The connection is lost.
pub async fn literal(backend: &mut Connection, name: &str) -> Result<String, BackendError> {
    let asked = format!("@`{}`", name.replace('`', "``"));
    let answer = backend.query(&format!("SELECT {asked}, HEX({asked}), CHARSET({asked}), COLLATION({asked})")).await?;
    let Some(row) = answer.rows.first() else { return Ok(NULL_STRING.to_owned()) };
    let definition = answer.definitions.first().and_then(|payload| ColumnDefinition41::decode(payload).ok());
    let unsigned = definition.is_some_and(|column| column.flags.contains(ColumnFlags::UNSIGNED));
    let kind = definition.map(|column| column.kind);
    let null = row.first().is_none_or(Option::is_none);
    let value = text(row, 0);
    Ok(match kind {
        Some(ColumnType::DOUBLE | ColumnType::FLOAT) if null => "NULL 0e0".to_owned(),
        Some(ColumnType::DOUBLE | ColumnType::FLOAT) if value.contains('e') => value,
        Some(ColumnType::DOUBLE | ColumnType::FLOAT) => format!("{value}e0"),
        // A number without a point would be an integer.
        Some(ColumnType::NEWDECIMAL) if !null && !value.contains('.') => format!("{value}."),
        Some(ColumnType::NEWDECIMAL) if null => "NULL 0.0".to_owned(),
        Some(ColumnType::LONGLONG | ColumnType::LONG | ColumnType::TINY | ColumnType::SHORT | ColumnType::INT24)
            if null =>
        {
            format!("NULL {}", if unsigned { u64::MAX } else { 0 })
        }
        Some(
            ColumnType::LONGLONG
            | ColumnType::LONG
            | ColumnType::TINY
            | ColumnType::SHORT
            | ColumnType::INT24
            | ColumnType::NEWDECIMAL,
        ) => value,
        _ if null => format!("NULL {}", string("", &text(row, 2), &text(row, 3))),
        _ => string(&text(row, 1), &text(row, 2), &text(row, 3)),
    })
}

/// A string with its charset and collation.
fn string(hex: &str, charset: &str, collation: &str) -> String {
    if charset == "binary" { format!("x'{hex}'") } else { format!("_{charset} x'{hex}' COLLATE {collation}") }
}

/// The state with what a statement has assigned.
pub fn apply(assigned: &[Assigned], state: &mut SessionState) {
    for (name, literal) in assigned {
        state.set(&format!("@{name}"), literal);
    }
}
