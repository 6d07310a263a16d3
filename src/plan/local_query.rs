//! `a IN (SELECT b FROM t …)` that a mention's own node can answer, because the rows of `t` that matter lie there too.
//!
//! Only what no server warns of or fails at is sent down: plain columns, and groups with plain aggregates that are
//! compared with numbers.

use super::Filter;
use super::aggregate::is_aggregate;
use super::conditions::bare;
use super::filter::{Demand, Takes, Taking};
use super::join::Joins;
use super::resolve::Naming;
use crate::sql::ast::{BinaryOp, Expr, ExprKind, Query, QueryBody, Select, SelectItem, TableExpr};
use crate::value::ColumnKind;

/// A nested query that goes down with a fetch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LocalQuery {
    /// The condition.
    pub(super) filter: Filter,
    /// The mention that it names.
    pub(super) table: usize,
}

// === impl Joins ===

impl Joins<'_, '_> {
    /// The nested queries that a mention's node can do.
    pub(super) fn local_queries(&mut self, mention: usize) -> Vec<LocalQuery> {
        let bare_name = self.found.mentions.get(mention).is_none_or(|of| of.naming == Naming::Bare);
        if bare_name || self.supplied.contains(&mention) {
            return Vec::new();
        }
        self.around(mention).into_iter().filter_map(|condition| self.local_query(mention, condition)).collect()
    }

    fn local_query(&mut self, mention: usize, condition: &Expr) -> Option<LocalQuery> {
        let ExprKind::InQuery { expr, query, negated: false } = &bare(condition).kind else { return None };
        let found = self.found;
        let own = found.column(expr).filter(|column| column.mention == mention)?;
        let (select, table) = self.single_table(query)?;
        let [SelectItem::Expr { expr: item, .. }] = select.items.as_slice() else { return None };
        let other = found.column(item).filter(|column| column.mention == table)?;
        let alike = found.kind(own)? == found.kind(other)? && matches!(found.kind(own)?, ColumnKind::Int { .. });
        // Around the mention's own query its condition may be of another table of the same name.
        let same_block = found.mentions.get(mention).map(|of| of.block) == Some(self.block_around(select)?);
        if !alike || !same_block || !self.is_there(mention, table) {
            return None;
        }
        let mut taking = Taking::new(std::slice::from_ref(&table), found, self.lexed);
        if let Some(condition) = &select.selection {
            taking.condition(condition, Demand::Any)?;
        }
        for key in &select.group_by {
            found.column(key).filter(|column| column.mention == table)?;
        }
        if let Some(condition) = &select.having {
            having(condition, table, &mut taking)?;
        }
        Some(LocalQuery { filter: taking.filter(condition), table })
    }

    /// A SELECT from one table, with nothing but WHERE, GROUP BY and HAVING.
    fn single_table<'q>(&self, query: &'q Query) -> Option<(&'q Select, usize)> {
        let QueryBody::Select(select) = &query.body else { return None };
        let plain = query.ctes.is_empty()
            && query.order_by.is_empty()
            && query.limit.is_none()
            && query.lock.is_none()
            && query.into.is_none()
            && !select.windows
            && !select.rollup
            && !select.directed
            && (select.having.is_none() || !select.group_by.is_empty());
        let [TableExpr::Table(table)] = select.from.as_slice() else { return None };
        let mention = self.found.mention_at.get(&table.name.span.start).copied()?;
        let view = self.found.tables.get(mention)?.view;
        (plain && !view && table.partition.is_none() && table.index_hints.is_none()).then_some((select, mention))
    }

    fn block_around(&self, select: &Select) -> Option<usize> {
        let block = *self.found.block_of.get(&select.span.start)?;
        self.found.blocks.get(block)?.parent
    }
}

/// Conditions on aggregates.
fn having(expr: &Expr, table: usize, taking: &mut Taking<'_>) -> Option<()> {
    match &bare(expr).kind {
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => {
            having(left, table, taking)?;
            having(right, table, taking)
        }
        ExprKind::Binary {
            op: BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
            left,
            right,
        } => {
            let ExprKind::Function(function) = &bare(left).kind else { return None };
            let plain = is_aggregate(function)
                && matches!(function.name.as_str(), "COUNT" | "SUM" | "MIN" | "MAX" | "AVG")
                && function.args.iter().all(|arg| {
                    let column = taking.found.column(arg).filter(|column| column.mention == table);
                    matches!(
                        column.and_then(|column| taking.found.kind(column)),
                        Some(ColumnKind::Int { .. } | ColumnKind::Decimal { .. })
                    )
                });
            if plain { taking.operand(right, Takes::Number) } else { None }
        }
        _ => None,
    }
}
