//! What going node by node does to the rows of a FROM: whether the nodes' rows together are the rows of one server.

use super::aggregate;
use super::join::Group;
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

/// What going node by node does to a FROM, where split tables are found together in these groups.
pub(super) fn rows_of(found: &Resolved, groups: &[Group], from: &[TableExpr]) -> Rows {
    from.iter().map(|table| rows_of_table(found, groups, table)).fold(Rows::Copied, inner_rows)
}

fn inner_rows(left: Rows, right: Rows) -> Rows {
    match (left, right) {
        (Rows::Wrong, _) | (_, Rows::Wrong) => Rows::Wrong,
        (Rows::Copied, Rows::Copied) => Rows::Copied,
        (Rows::Split, _) | (_, Rows::Split) => Rows::Split,
    }
}

fn rows_of_table(found: &Resolved, groups: &[Group], table: &TableExpr) -> Rows {
    match table {
        TableExpr::Table(table) => match found.mention_at.get(&table.name.span.start) {
            Some(&mention) if found.is_split(mention) => Rows::Split,
            _ => Rows::Copied,
        },
        TableExpr::Derived { query, .. } => rows_of_derived(found, groups, query),
        TableExpr::Function { .. } => Rows::Copied,
        TableExpr::Nested(tables) => rows_of(found, groups, tables),
        TableExpr::Join { left, right, kind, .. } => {
            let (left, right) = (rows_of_table(found, groups, left), rows_of_table(found, groups, right));
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

/// A derived table may be cut into nodes when it is a plain SELECT, or each of its groups lies at one node; one over
/// copies is a copy whatever it does.
fn rows_of_derived(found: &Resolved, groups: &[Group], query: &Query) -> Rows {
    let inside = found.mention_at.iter().filter(|(at, _)| query.span.start <= **at && **at < query.span.end);
    if !inside.map(|(_, mention)| *mention).any(|mention| found.is_split(mention)) {
        return Rows::Copied;
    }
    let whole = |select: &&Select| aggregate::is_node_by_node(found, select, groups);
    let select = select_of_rows(query).or_else(|| select_uncut(query).filter(whole));
    select.map_or(Rows::Wrong, |select| rows_of(found, groups, &select.from))
}

/// The SELECT that a query is, if none of its rows are cut off.
fn select_uncut(query: &Query) -> Option<&Select> {
    match &query.body {
        QueryBody::Select(select) if query.limit.is_none() && query.ctes.is_empty() => Some(select),
        _ => None,
    }
}

/// The SELECT that a query is, if each row of it follows from one row of its FROM and all of them are there.
pub(super) fn select_of_rows(query: &Query) -> Option<&Select> {
    select_uncut(query).filter(|select| is_row_by_row(select))
}

/// Whether a server makes the rows of such a derived table before it looks at what is around: it cannot be merged into that.
pub(super) fn is_materialised(query: &Query) -> bool {
    match &query.body {
        QueryBody::Select(select) => {
            query.limit.is_some()
                || select.distinct
                || !select.group_by.is_empty()
                || select.windows
                || select.items.iter().any(|item| match item {
                    SelectItem::Expr { expr, .. } => super::aggregate::has_aggregate(expr),
                    SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => false,
                })
        }
        QueryBody::SetOperation { .. } => true,
        QueryBody::Nested(_) | QueryBody::Values(_) | QueryBody::Table(_) => false,
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
