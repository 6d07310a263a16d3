//! Whether a query fails may depend on the order in which a server joins: conditions that can fail are looked at for the
//! rows that are left then, and a derived table is made only if a row is left that it is joined to. And MySQL 9.7 answers
//! a query in the ON of an outer join in one way or another by the order that it chooses.
//!
//! Over fewer rows a server chooses another order. Such a query is answered where all of its rows are.

use super::aggregate::{each_part, has_aggregate};
use super::conditions::bare;
use super::join::each_query;
use super::resolve::Resolved;
use crate::sql::ast::{
    BinaryOp, Expr, ExprKind, JoinConstraint, JoinKind, LiteralKind, Query, QueryBody, Select, SelectItem, TableExpr,
};
use crate::value::ColumnKind;

/// Whether the order of joins may decide if a query fails, or what it answers.
pub(super) fn may_fail_by_order(found: &Resolved, query: &Query) -> bool {
    match &query.body {
        QueryBody::Select(select) => select_may(found, select, Depth::Outermost),
        QueryBody::Nested(inner) => may_fail_by_order(found, inner),
        QueryBody::SetOperation { .. } | QueryBody::Values(_) | QueryBody::Table(_) => true,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What it shows is computed for rows of the answer only.
    Outermost,
    Nested,
}

fn nested_may(found: &Resolved, query: &Query) -> bool {
    let own = match &query.body {
        QueryBody::Select(select) => select_may(found, select, Depth::Nested),
        QueryBody::Nested(inner) => nested_may(found, inner),
        QueryBody::SetOperation { left, right, .. } => nested_may(found, left) || nested_may(found, right),
        QueryBody::Values(_) | QueryBody::Table(_) => false,
    };
    own || query.ctes.iter().any(|cte| nested_may(found, &cte.query))
}

fn select_may(found: &Resolved, select: &Select, depth: Depth) -> bool {
    let shown: Vec<&Expr> = select
        .items
        .iter()
        .filter_map(|item| match item {
            SelectItem::Expr { expr, .. } => Some(expr),
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => None,
        })
        .chain(&select.group_by)
        .collect();
    let mut conditions: Vec<&Expr> = select.selection.iter().chain(&select.having).collect();
    let mut derived = Vec::new();
    select.from.iter().for_each(|table| parts_of(table, &mut conditions, &mut derived));
    // One that is merged into the query around it shows what that query shows.
    let made = select.distinct || !select.group_by.is_empty() || shown.iter().any(|expr| has_aggregate(expr));
    let mut inside = false;
    for expr in shown.iter().chain(&conditions) {
        each_query(expr, &mut |query| inside |= nested_may(found, query));
    }
    inside
        || select.from.iter().any(asks_in_outer_join)
        || conditions.iter().any(|expr| may_fail(found, expr))
        || (depth == Depth::Nested && made && shown.iter().any(|expr| may_fail(found, expr)))
        || derived.iter().any(|query| nested_may(found, query))
}

fn parts_of<'s>(table: &'s TableExpr, conditions: &mut Vec<&'s Expr>, derived: &mut Vec<&'s Query>) {
    match table {
        TableExpr::Table(_) => {}
        TableExpr::Derived { query, .. } => derived.push(query),
        TableExpr::Function { args, .. } => conditions.extend(args),
        TableExpr::Nested(tables) => tables.iter().for_each(|table| parts_of(table, conditions, derived)),
        TableExpr::Join { left, right, constraint, .. } => {
            parts_of(left, conditions, derived);
            parts_of(right, conditions, derived);
            if let JoinConstraint::On(on) = constraint {
                conditions.push(on);
            }
        }
    }
}

/// Whether the ON of an outer join has a query in it.
fn asks_in_outer_join(table: &TableExpr) -> bool {
    match table {
        TableExpr::Table(_) | TableExpr::Derived { .. } | TableExpr::Function { .. } => false,
        TableExpr::Nested(tables) => tables.iter().any(asks_in_outer_join),
        TableExpr::Join { left, right, kind, constraint } => {
            let mut asks = false;
            if let (JoinKind::Left | JoinKind::Right, JoinConstraint::On(on)) = (kind, constraint) {
                each_query(on, &mut |_| asks = true);
            }
            asks || asks_in_outer_join(left) || asks_in_outer_join(right)
        }
    }
}

/// Whether computing an expression can fail: whole numbers leave their range, functions theirs.
fn may_fail(found: &Resolved, expr: &Expr) -> bool {
    let mut may = false;
    each_part(expr, &mut |part| {
        may |= match &part.kind {
            ExprKind::Neg(inner) => !is_safe(found, inner),
            ExprKind::Binary { op, left, right } => {
                let computes = !matches!(
                    op,
                    BinaryOp::And
                        | BinaryOp::Or
                        | BinaryOp::Xor
                        | BinaryOp::Eq
                        | BinaryOp::NullSafeEq
                        | BinaryOp::Ne
                        | BinaryOp::Lt
                        | BinaryOp::Le
                        | BinaryOp::Gt
                        | BinaryOp::Ge
                );
                computes && !(is_safe(found, left) || is_safe(found, right))
            }
            ExprKind::Function(function) => {
                let name = function.name.as_str();
                matches!(name, "POW" | "POWER" | "EXP" | "ABS" | "COT" | "MOD" | "REGEXP_REPLACE" | "REGEXP_SUBSTR")
                    || ["JSON_", "ST_", "REGEXP_"].iter().any(|start| name.starts_with(start))
            }
            ExprKind::Other { name, .. } => matches!(name.as_str(), "REGEXP" | "NOT REGEXP" | "RLIKE" | "NOT RLIKE"),
            ExprKind::Column(_)
            | ExprKind::Literal(_)
            | ExprKind::Param(_)
            | ExprKind::UserVariable(_)
            | ExprKind::SystemVariable(_)
            | ExprKind::Not(_)
            | ExprKind::IsNull { .. }
            | ExprKind::InList { .. }
            | ExprKind::InQuery { .. }
            | ExprKind::Between { .. }
            | ExprKind::Row(_)
            | ExprKind::Paren(_)
            | ExprKind::Subquery(_)
            | ExprKind::Exists(_)
            | ExprKind::Default => false,
        };
    });
    may
}

/// Whether computing with an operand stays far from the ends of any range: a DECIMAL, a date, a number with a point.
fn is_safe(found: &Resolved, operand: &Expr) -> bool {
    match &bare(operand).kind {
        ExprKind::Literal(LiteralKind::Decimal | LiteralKind::Temporal) => true,
        ExprKind::Column(_) => {
            let kind = found.column(operand).and_then(|column| found.kind(column));
            matches!(kind, Some(ColumnKind::Decimal { .. } | ColumnKind::Date | ColumnKind::DateTime { .. }))
        }
        // What comes of a DECIMAL is one.
        ExprKind::Binary { left, right, .. } => is_safe(found, left) || is_safe(found, right),
        ExprKind::Function(function) => {
            matches!(function.name.as_str(), "SUM" | "AVG" | "MIN" | "MAX")
                && function.args.iter().all(|arg| is_safe(found, arg))
        }
        ExprKind::Other { name, .. } => name == "INTERVAL",
        _ => false,
    }
}
