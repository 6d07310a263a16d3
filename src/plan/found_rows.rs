//! What FOUND_ROWS() is after a statement.
//!
//! A server adds the rows that LIMIT has skipped to those that it has sent. Always holds: where servers do not agree with
//! themselves (after many statements that give no rows), it is not known, and asking for it is refused.

use super::Operand;
use crate::sql::ast::{Insert, InsertSource, Query, QueryBody, TableExpr};
use crate::sql::{Lexed, Statement};

/// What FOUND_ROWS() is after a statement.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum FoundRows {
    /// What it was before.
    #[default]
    Kept,
    /// The same on MariaDB; of MySQL it is not known.
    KeptOnMariaDb,
    /// As many rows as were sent.
    Sent,
    /// Those, and those that LIMIT has skipped: as many as this at most.
    Skipped(Operand),
    /// What the server says that has run the statement as a whole.
    Asked,
    /// A number that no rule tells.
    Unknown,
}

// === impl FoundRows ===

impl FoundRows {
    /// After a statement that reads a query, whether it is one or has one inside it.
    pub(super) fn of(statement: &Statement, has_query: bool, lexed: &Lexed) -> Self {
        match statement {
            Statement::Query(query) => Self::of_query(query, lexed),
            Statement::Insert(insert) if !has_query && takes_values(insert) => Self::Kept,
            Statement::Delete(delete) if !has_query && delete.targets.is_empty() => Self::Kept,
            Statement::Update(update) if !has_query && matches!(*update.tables, [TableExpr::Table(_)]) => {
                Self::KeptOnMariaDb
            }
            _ => Self::Unknown,
        }
    }

    fn of_query(query: &Query, lexed: &Lexed) -> Self {
        let offset = query.limit.as_ref().and_then(|limit| limit.offset.as_ref());
        match (&query.body, offset) {
            _ if query.into.is_some() => Self::Asked,
            (QueryBody::Select(select), _) if select.calc_found_rows => Self::Asked,
            (QueryBody::Select(_), None) => Self::Sent,
            (QueryBody::Select(_), Some(offset)) => Operand::of(offset, lexed).map_or(Self::Asked, Self::Skipped),
            _ if cuts_off(query) => Self::Asked,
            _ => Self::Sent,
        }
    }
}

fn takes_values(insert: &Insert) -> bool {
    !matches!(insert.source, InsertSource::Query(_))
}

/// Whether a set operation, or one of its sides, has a LIMIT, or counts without it.
fn cuts_off(query: &Query) -> bool {
    query.limit.is_some()
        || match &query.body {
            QueryBody::SetOperation { left, right, .. } => cuts_off(left) || cuts_off(right),
            QueryBody::Nested(inner) => cuts_off(inner),
            QueryBody::Select(select) => select.calc_found_rows,
            QueryBody::Values(_) | QueryBody::Table(_) => false,
        }
}
