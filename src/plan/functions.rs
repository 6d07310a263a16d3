//! Functions whose answer is the session's, not a server's: they are replaced, or noted for the session.

use super::resolve::{Resolver, refuse};
use super::{PlanError, Replacement, Switch};
use crate::error::Code;
use crate::sql::Span;
use crate::sql::ast::Function;

/// Functions of the statement's time.
const TIME: [&str; 12] = [
    "NOW",
    "CURRENT_TIMESTAMP",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "CURDATE",
    "CURRENT_DATE",
    "CURTIME",
    "CURRENT_TIME",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "UNIX_TIMESTAMP",
];

/// Functions that give another value with every call, or on every server.
const RANDOM: [&str; 9] =
    ["RAND", "UUID", "UUID_SHORT", "UUID_V4", "UUID_V7", "SYS_GUID", "RANDOM_BYTES", "SYSDATE", "SLEEP"];

/// Functions that keep something on one server's connection.
const HELD: [&str; 6] =
    ["GET_LOCK", "RELEASE_LOCK", "RELEASE_ALL_LOCKS", "IS_FREE_LOCK", "IS_USED_LOCK", "MASTER_POS_WAIT"];

/// Notes or replaces a function call.
pub(super) fn function(resolver: &mut Resolver<'_>, function: &Function, span: Span) -> Result<(), PlanError> {
    let name = function.name.as_str();
    let plain = function.args.is_empty() && !function.star;
    match name {
        "DATABASE" | "SCHEMA" if plain => {
            let schema = resolver.context.schema;
            let literal =
                schema.map_or_else(|| "NULL".to_owned(), |schema| format!("'{}'", schema.replace('\'', "''")));
            resolver.replace(span, Replacement::Text(literal.into()));
        }
        "LAST_INSERT_ID" if plain => {
            resolver.found.needs.last_insert_id = true;
            resolver.replace(span, Replacement::LastInsertId);
        }
        "LAST_INSERT_ID" => {
            return refuse(
                Code::UnsupportedStatement,
                "LAST_INSERT_ID(expr) is not served; use a column with AUTO_INCREMENT",
            );
        }
        "CONNECTION_ID" if plain => {
            resolver.found.needs.connection_id = true;
            resolver.replace(span, Replacement::ConnectionId);
        }
        "USER" | "SESSION_USER" | "SYSTEM_USER" if plain => resolver.replace(span, Replacement::User),
        "CURRENT_USER" if plain => resolver.replace(span, Replacement::Account),
        "FOUND_ROWS" if plain => {
            resolver.found.needs.found_rows = true;
            resolver.replace(span, Replacement::FoundRows);
        }
        "ROW_COUNT" if plain => {
            resolver.found.needs.row_count = true;
            resolver.replace(span, Replacement::RowCount);
        }
        _ if HELD.contains(&name) => {
            return refuse(
                Code::UnsupportedStatement,
                format!("{name}() is not served: it would hold one server only"),
            );
        }
        "UNIX_TIMESTAMP" if !function.args.is_empty() => {}
        _ if TIME.contains(&name) => resolver.found.needs.timestamp = true,
        // Connections have no default database, so every stored function is called by `database.name`.
        _ if name.contains('.') => resolver.found.stored = Some(name.to_owned()),
        _ if RANDOM.contains(&name) => resolver.found.random = Some(name.to_owned()),
        _ => {}
    }
    Ok(())
}

/// `CURRENT_TIMESTAMP` without parentheses, where it is read as a name.
pub(super) fn bare_word(resolver: &mut Resolver<'_>, lower: &str) {
    let known = TIME.iter().any(|name| name.eq_ignore_ascii_case(lower)) && !matches!(lower, "now" | "curdate");
    resolver.found.needs.timestamp |= known;
}

/// `@@last_insert_id`, `@@identity` and what was warned of are the session's; other variables are replayed by it.
pub(super) fn system_variable(resolver: &mut Resolver<'_>, name: &str, span: Span) {
    match name {
        "last_insert_id" | "identity" => {
            resolver.found.needs.last_insert_id = true;
            resolver.replace(span, Replacement::LastInsertId);
        }
        "warning_count" => resolver.replace(span, Replacement::WarningCount),
        "error_count" => resolver.replace(span, Replacement::ErrorCount),
        _ => {
            if let Some(switch) = Switch::named(name) {
                resolver.replace(span, Replacement::Switch(switch));
            }
        }
    }
}
