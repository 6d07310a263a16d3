//! What going node by node does to the rows of a FROM: whether the nodes' rows together are the rows of one server.

use super::resolve::Resolved;
use crate::sql::ast::{JoinKind, Query, QueryBody, Select, SelectItem, TableExpr};

/// What going node by node does to the rows of a FROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Each row comes from one node.
    Split,
    /// Each node gives all of them: there are only copies.
    Copied,
    /// Neither: an outer join keeps copied rows beside split ones.
    Wrong,
}

/// What going node by node does to a FROM.
pub(super) fn rows_of(found: &Resolved, from: &[TableExpr]) -> Rows {
    from.iter().map(|table| rows_of_table(found, table)).fold(Rows::Copied, inner_rows)
}

fn inner_rows(left: Rows, right: Rows) -> Rows {
    match (left, right) {
        (Rows::Wrong, _) | (_, Rows::Wrong) => Rows::Wrong,
        (Rows::Copied, Rows::Copied) => Rows::Copied,
        (Rows::Split, _) | (_, Rows::Split) => Rows::Split,
    }
}

fn rows_of_table(found: &Resolved, table: &TableExpr) -> Rows {
    match table {
        TableExpr::Table(table) => match found.mention_at.get(&table.name.span.start) {
            Some(&mention) if found.is_split(mention) => Rows::Split,
            _ => Rows::Copied,
        },
        TableExpr::Derived { query, .. } => rows_of_derived(found, query),
        TableExpr::Function { .. } => Rows::Copied,
        TableExpr::Nested(tables) => rows_of(found, tables),
        TableExpr::Join { left, right, kind, .. } => {
            let (left, right) = (rows_of_table(found, left), rows_of_table(found, right));
            match kind {
                JoinKind::Inner => inner_rows(left, right),
                JoinKind::Left => outer_rows(left, right),
                JoinKind::Right => outer_rows(right, left),
            }
        }
    }
}

fn outer_rows(preserved: Rows, supplied: Rows) -> Rows {
    match (preserved, supplied) {
        (Rows::Wrong, _) | (_, Rows::Wrong) | (Rows::Copied, Rows::Split) => Rows::Wrong,
        (kept, _) => kept,
    }
}

/// A derived table may be cut into nodes when it is a plain SELECT; one over copies is a copy whatever it does.
fn rows_of_derived(found: &Resolved, query: &Query) -> Rows {
    let inside = found.mention_at.iter().filter(|(at, _)| query.span.start <= **at && **at < query.span.end);
    if !inside.map(|(_, mention)| *mention).any(|mention| found.is_split(mention)) {
        return Rows::Copied;
    }
    select_of_rows(query).map_or(Rows::Wrong, |select| rows_of(found, &select.from))
}

/// The SELECT that a query is, if each row of it follows from one row of its FROM and all of them are there.
pub(super) fn select_of_rows(query: &Query) -> Option<&Select> {
    match &query.body {
        QueryBody::Select(select) if query.limit.is_none() && query.ctes.is_empty() && is_row_by_row(select) => {
            Some(select)
        }
        _ => None,
    }
}

/// Whether each row of a SELECT follows from one row of its FROM.
pub(super) fn is_row_by_row(select: &Select) -> bool {
    let aggregated = select.items.iter().any(|item| match item {
        SelectItem::Expr { expr, .. } => super::aggregate::has_aggregate(expr),
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => false,
    });
    !select.distinct && select.group_by.is_empty() && select.having.is_none() && !select.windows && !aggregated
}
