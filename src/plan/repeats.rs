//! Whether an answer is the same however often a row comes: then shards send each of its rows once.
//!
//! So it is for DISTINCT, and for groups whose aggregates ask which values there are and not how many: COUNT(DISTINCT a),
//! MIN, GROUP_CONCAT(DISTINCT a). And so it is for a query under IN or EXISTS.

use super::aggregate::{each_part, has_aggregate, is_aggregate};
use super::conditions::bare;
use super::resolve::Resolved;
use crate::sql::ast::{Expr, ExprKind, Function, Query, QueryBody, Select, SelectItem};
use crate::value::{Column, ColumnKind};

/// Whether rows of a mention that agree in these columns may be sent once.
pub(super) fn ignored(query: &Query, found: &Resolved, mention: usize, columns: &[usize]) -> bool {
    let Some(table) = found.tables.get(mention) else { return false };
    let all = table.columns.as_deref().unwrap_or_default();
    let kept: Vec<&Column> = columns.iter().filter_map(|at| all.get(*at)).collect();
    let unique = table.unique_keys.iter().any(|key| key.columns.iter().all(|at| columns.contains(at)));
    let asked_whether = || {
        let block = found.mentions.get(mention).and_then(|mention| found.blocks.get(mention.block));
        block.is_some_and(|block| block.asked_whether) && kept.iter().all(|column| are_one_value(&column.kind))
    };
    !unique && found.random.is_none() && (asked_whether() || by_the_whole(query, found, &kept))
}

/// Whether the whole statement asks for no more.
fn by_the_whole(query: &Query, found: &Resolved, kept: &[&Column]) -> bool {
    let QueryBody::Select(select) = &query.body else { return false };
    let simple = found.tables.len() == 1
        && found.blocks.len() == 1
        && found.nested_queries == 0
        && query.ctes.is_empty()
        && !select.windows
        && !select.calc_found_rows;
    let exprs = exprs(query, select);
    let grouped = !select.group_by.is_empty() || exprs.iter().any(|expr| has_aggregate(expr));
    simple
        && (select.distinct || grouped)
        && exprs.iter().all(|expr| asks_which(expr))
        && kept.iter().all(|column| repeats_are_the_same(column, &exprs))
}

/// All expressions of a query but its conditions.
fn shown<'q>(query: &'q Query, select: &'q Select) -> impl Iterator<Item = &'q Expr> {
    let items = select.items.iter().filter_map(|item| match item {
        SelectItem::Expr { expr, .. } => Some(expr),
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => None,
    });
    items.chain(&select.group_by).chain(query.order_by.iter().map(|key| &key.expr))
}

fn exprs<'q>(query: &'q Query, select: &'q Select) -> Vec<&'q Expr> {
    shown(query, select).chain(&select.selection).chain(&select.having).collect()
}

/// Whether no aggregate in an expression counts.
fn asks_which(expr: &Expr) -> bool {
    let mut which = true;
    each_part(expr, &mut |part| {
        if let ExprKind::Function(function) = &part.kind {
            let free = function.distinct || matches!(function.name.as_str(), "MIN" | "MAX" | "BIT_AND" | "BIT_OR");
            which &= !is_aggregate(function) || free;
        }
    });
    which
}

/// Whether values that a server takes for equal are one value, for all that the statement does with them.
fn repeats_are_the_same(column: &Column, exprs: &[&Expr]) -> bool {
    match &column.kind {
        // Which of equal strings stands for all is free where they are only grouped, counted and shown.
        ColumnKind::Text { .. } => exprs.iter().all(|expr| names_it_plainly(expr, &column.name)),
        kind => are_one_value(kind),
    }
}

/// Whether values that a server takes for equal are one value.
fn are_one_value(kind: &ColumnKind) -> bool {
    match kind {
        ColumnKind::Int { .. }
        | ColumnKind::Decimal { .. }
        | ColumnKind::Year
        | ColumnKind::Date
        | ColumnKind::Time { .. }
        | ColumnKind::DateTime { .. }
        | ColumnKind::Timestamp { .. }
        | ColumnKind::Enum { .. }
        | ColumnKind::Set { .. } => true,
        ColumnKind::Text { .. }
        | ColumnKind::Float
        | ColumnKind::Double
        | ColumnKind::Binary
        | ColumnKind::Bit { .. }
        | ColumnKind::Json
        | ColumnKind::Geometry
        | ColumnKind::Other(_) => false,
    }
}

/// Whether an expression has a column at most as a whole, or as all that an aggregate is of.
fn names_it_plainly(expr: &Expr, column: &str) -> bool {
    let named = |expr: &Expr| matches!(&bare(expr).kind, ExprKind::Column(name) if name.column.text.eq_ignore_ascii_case(column));
    let plain =
        |function: &Function| !function.ordered && function.args.iter().all(|arg| named(arg) || !has(arg, column));
    match &bare(expr).kind {
        ExprKind::Column(_) => true,
        ExprKind::Function(function) if is_aggregate(function) => plain(function),
        _ => !has(expr, column),
    }
}

fn has(expr: &Expr, column: &str) -> bool {
    let mut found = false;
    each_part(expr, &mut |part| {
        found |= matches!(&part.kind, ExprKind::Column(name) if name.column.text.eq_ignore_ascii_case(column));
    });
    found
}
