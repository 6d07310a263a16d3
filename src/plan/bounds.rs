//! Bounds from nested queries that depend on nothing around them: of `a > (SELECT AVG(b) FROM t)` only rows come that are
//! not far below the average, once it is known.
//!
//! The value is asked of the merge node, over the rows of `t` that have come. A server compares with more digits than it
//! shows, so the bound is one wider than the value; the condition itself is asked again of all that is fetched.
//!
//! Always holds: such a query gives one row, its value and the column are exact numbers, and nothing in it can fail.

use std::collections::BTreeSet;

use super::aggregate::{each_part, has_aggregate, is_aggregate};
use super::conditions::bare;
use super::filter::conjuncts;
use super::join::{Joins, each_query};
use super::resolve::{ColumnRef, Naming, quoted};
use crate::sql::Span;
use crate::sql::ast::{BinaryOp, Expr, ExprKind, LiteralKind, Query, QueryBody, Select, SelectItem, TableExpr};
use crate::value::ColumnKind;

/// A column that is compared with a nested query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The column, as the fetch names it.
    pub column: Box<str>,
    /// On which side of the value it is.
    pub side: Side,
    /// The query in its parentheses, as a span of the normal form.
    pub query: Span,
    /// The mentions in it: their fetches come first.
    pub of: Vec<usize>,
}

/// On which side of a value a column must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At it or above.
    Above,
    /// At it or below.
    Below,
    /// At it.
    At,
}

// === impl Bound ===

impl Bound {
    /// The condition, with the value: in DECIMAL, because the ends of BIGINT have no neighbours in it.
    pub fn condition(&self, value: &str) -> String {
        let column = &self.column;
        match self.side {
            Side::Above => format!("{column} >= {value} - 1.0"),
            Side::Below => format!("{column} <= {value} + 1.0"),
            Side::At => format!("{column} BETWEEN {value} - 1.0 AND {value} + 1.0"),
        }
    }
}

// === impl Joins ===

impl Joins<'_, '_> {
    /// The bounds of a mention's columns.
    pub(super) fn bounds(&self, mention: usize) -> Vec<Bound> {
        let Some(of) = self.found.mentions.get(mention).filter(|of| of.naming == Naming::Alias) else {
            return Vec::new();
        };
        if self.supplied.contains(&mention) || self.found.random.is_some() || self.lexed.params > 0 {
            return Vec::new();
        }
        let mut parts = Vec::new();
        for (_, condition) in self.filters.iter().filter(|(block, _)| *block == of.block) {
            conjuncts(condition, &mut parts);
        }
        parts.into_iter().filter_map(|condition| self.bound(mention, condition)).collect()
    }

    fn bound(&self, mention: usize, condition: &Expr) -> Option<Bound> {
        let ExprKind::Binary { op, left, right } = &bare(condition).kind else { return None };
        let (column, asked, side) = match (op, self.exact(left, mention), self.exact(right, mention)) {
            (BinaryOp::Gt | BinaryOp::Ge, Some(column), None) => (column, right, Side::Above),
            (BinaryOp::Lt | BinaryOp::Le, Some(column), None) => (column, right, Side::Below),
            (BinaryOp::Gt | BinaryOp::Ge, None, Some(column)) => (column, left, Side::Below),
            (BinaryOp::Lt | BinaryOp::Le, None, Some(column)) => (column, left, Side::Above),
            (BinaryOp::Eq, Some(column), None) => (column, right, Side::At),
            (BinaryOp::Eq, None, Some(column)) => (column, left, Side::At),
            _ => return None,
        };
        let ExprKind::Subquery(query) = &bare(asked).kind else { return None };
        let of = self.one_value(query)?;
        let name = &self.found.mentions.get(mention)?.name;
        let at = bare(asked).span;
        let query = Span { start: self.lexed.to_normal(at.start), end: self.lexed.to_normal(at.end) };
        let column = format!("{}.{}", quoted(name), quoted(&column.name)).into();
        Some(Bound { column, side, query, of })
    }

    /// A column of the mention that is an exact number.
    fn exact(&self, expr: &Expr, mention: usize) -> Option<&ColumnRef> {
        let column = self.found.column(expr).filter(|column| column.mention == mention)?;
        is_exact(self.found.kind(column)).then_some(column)
    }

    /// The mentions of a query that gives one exact number, whatever is around it.
    fn one_value(&self, query: &Query) -> Option<Vec<usize>> {
        let QueryBody::Select(select) = &query.body else { return None };
        let [SelectItem::Expr { expr: item, .. }] = select.items.as_slice() else { return None };
        let plain = query.ctes.is_empty()
            && query.order_by.is_empty()
            && query.limit.is_none()
            && query.lock.is_none()
            && query.into.is_none()
            && select.group_by.is_empty()
            && select.having.is_none()
            && !select.distinct
            && !select.windows
            && !select.rollup
            && has_aggregate(item);
        let block = *self.found.block_of.get(&select.span.start)?;
        let of = self.tables(select)?;
        let own = |expr: &Expr| self.is_silent(expr, block);
        (plain && self.is_number(item) && own(item) && select.selection.iter().all(own)).then_some(of)
    }

    /// The mentions of a FROM of tables, one beside the other.
    fn tables(&self, select: &Select) -> Option<Vec<usize>> {
        let mention = |table: &TableExpr| match table {
            TableExpr::Table(table) => self.found.mention_at.get(&table.name.span.start).copied(),
            TableExpr::Derived { .. } | TableExpr::Function { .. } | TableExpr::Nested(_) | TableExpr::Join { .. } => {
                None
            }
        };
        let of: Option<BTreeSet<usize>> = select.from.iter().map(mention).collect();
        of.filter(|of| !of.is_empty()).map(|of| of.into_iter().collect())
    }

    /// Whether an expression is of columns of this block only, and can neither warn nor fail: comparisons, and numbers
    /// that stay far from the ends of their range.
    fn is_silent(&self, expr: &Expr, block: usize) -> bool {
        let mut silent = true;
        each_query(expr, &mut |_| silent = false);
        each_part(expr, &mut |part| {
            silent &= match &part.kind {
                ExprKind::Column(_) => {
                    let of = self.found.column(part).and_then(|column| self.found.mentions.get(column.mention));
                    of.is_some_and(|of| of.block == block)
                }
                ExprKind::Literal(_)
                | ExprKind::Not(_)
                | ExprKind::Paren(_)
                | ExprKind::IsNull { .. }
                | ExprKind::InList { .. }
                | ExprKind::Between { .. } => true,
                ExprKind::Binary { op, .. } => matches!(
                    op,
                    BinaryOp::And
                        | BinaryOp::Or
                        | BinaryOp::Eq
                        | BinaryOp::Ne
                        | BinaryOp::Lt
                        | BinaryOp::Le
                        | BinaryOp::Gt
                        | BinaryOp::Ge
                        | BinaryOp::Add
                        | BinaryOp::Sub
                        | BinaryOp::Mul
                ),
                ExprKind::Function(function) => {
                    is_aggregate(function)
                        || matches!(function.name.as_str(), "SUBSTRING" | "SUBSTR" | "LEFT" | "RIGHT")
                }
                ExprKind::Other { name, .. } => matches!(name.as_str(), "LIKE" | "NOT LIKE"),
                _ => false,
            };
        });
        silent
    }

    /// Whether what an expression computes is an exact number.
    fn is_number(&self, expr: &Expr) -> bool {
        match &bare(expr).kind {
            ExprKind::Literal(kind) => matches!(kind, LiteralKind::Int | LiteralKind::Decimal),
            ExprKind::Column(_) => is_exact(self.found.column(expr).and_then(|column| self.found.kind(column))),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right } => {
                self.is_number(left) && self.is_number(right)
            }
            ExprKind::Function(function) => {
                matches!(function.name.as_str(), "SUM" | "AVG" | "MIN" | "MAX")
                    && function.over.is_none()
                    && !function.args.is_empty()
                    && function.args.iter().all(|arg| self.is_number(arg))
            }
            _ => false,
        }
    }
}

fn is_exact(kind: Option<&ColumnKind>) -> bool {
    matches!(kind, Some(ColumnKind::Int { .. } | ColumnKind::Decimal { .. }))
}
