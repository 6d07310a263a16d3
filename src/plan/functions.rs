//! Functions whose answer is the session's, not a server's: they are replaced, or noted for the session.

use super::conditions::bare;
use super::resolve::{Resolver, refuse};
use super::resolved::Resolved;
use super::select::apart;
use super::{Args, Combine, Needs, Plan, PlanError, Replacement, Switch};
use crate::error::{Code, SqlError};
use crate::sql::Span;
use crate::sql::ast::{Expr, ExprKind, Function};
use crate::value::ColumnKind;

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
        "LAST_INSERT_ID" => resolver.found.needs.sets_insert_id = true,
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

/// What an expression has the value of: LAST_INSERT_ID(c) is the number in c, where that cannot be negative.
pub(super) fn said<'e>(found: &Resolved, expr: &'e Expr) -> &'e Expr {
    let ExprKind::Function(function) = &expr.kind else { return expr };
    let [arg] = &*function.args else { return expr };
    let kind = found.column(arg).and_then(|column| found.kind(column));
    let same = function.name == "LAST_INSERT_ID" && matches!(kind, Some(ColumnKind::Int { unsigned: true, .. }));
    if same { bare(arg) } else { expr }
}

/// The value of LAST_INSERT_ID(expr) that stays is that of the row which a server comes to last.
pub(super) fn evaluated_in_order(found: &Resolved) -> Result<(), String> {
    match found.needs.sets_insert_id {
        true => Err("it calls LAST_INSERT_ID(expr), and copies come in another order".to_owned()),
        false => Ok(()),
    }
}

/// LAST_INSERT_ID(expr) leaves its value on one connection; rows of VALUES may go to a merge node, which sees all of them
/// in their order.
pub(super) fn set_insert_id(plan: &mut Plan) -> Result<(), PlanError> {
    if !plan.needs.sets_insert_id {
        return Ok(());
    }
    if plan.needs.last_insert_id {
        let message =
            "LAST_INSERT_ID(expr) beside LAST_INSERT_ID() in one statement is not served; read the value first";
        return refuse(Code::UnsupportedStatement, message);
    }
    if !matches!(plan.combine, Combine::Refuse(_)) {
        plan.combine = Combine::Refuse(apart("LAST_INSERT_ID(expr)"));
    }
    Ok(())
}

// === impl Plan ===

impl Plan {
    /// Where several rows are given AUTO_INCREMENT values by Weir, their node does not know which of them count.
    ///
    /// # Errors
    /// It would have to.
    pub fn tells_ids(&self, args: &Args<'_>) -> Result<(), SqlError> {
        match self.needs.sets_insert_id && args.row_ids.len() > 1 {
            true => Err(apart("LAST_INSERT_ID(expr) in an INSERT of several rows with AUTO_INCREMENT values")),
            false => Ok(()),
        }
    }
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
        Needs::LATE => resolver.found.needs.reads_late = true,
        "error_count" => resolver.replace(span, Replacement::ErrorCount),
        _ => {
            if let Some(switch) = Switch::named(name) {
                resolver.replace(span, Replacement::Switch(switch));
            }
        }
    }
}
