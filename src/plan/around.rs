//! Aggregates of a query around: `SELECT (SELECT SUM(o.v)) FROM t o` has one row.
//!
//! An aggregate belongs to the innermost query block that a column in it is of, so one that names only columns from further
//! out makes a query around it an aggregating one, though nothing there looks like it.

use super::aggregate::{each_part, is_aggregate};
use super::resolve::Resolver;
use super::resolved::{Block, Resolved, Source};
use crate::sql::ast::{ColumnName, Expr, ExprKind, Function};

/// An aggregate in a nested query.
#[derive(Debug)]
pub(super) struct NestedAggregate {
    /// The block that it stands in.
    block: usize,
    columns: Vec<Named>,
}

/// A column in it.
#[derive(Debug)]
struct Named {
    at: u32,
    table: Option<String>,
    column: String,
}

// === impl Resolver ===

impl Resolver<'_> {
    pub(super) fn note_aggregate(&mut self, function: &Function, block: usize) {
        if !is_aggregate(function) || self.found.blocks.get(block).is_none_or(|block| block.parent.is_none()) {
            return;
        }
        let mut columns = Vec::new();
        for arg in &function.args {
            each_part(arg, &mut |part| columns.extend(named(part)));
        }
        if !columns.is_empty() {
            self.found.nested_aggregates.push(NestedAggregate { block, columns });
        }
    }
}

fn named(part: &Expr) -> Option<Named> {
    let ExprKind::Column(ColumnName { table, column, .. }) = &part.kind else { return None };
    let table = table.as_ref().map(|table| table.text.clone());
    Some(Named { at: part.span.start, table, column: column.text.clone() })
}

// === impl Resolved ===

impl Resolved {
    /// Whether an aggregate in a nested query belongs to a query around it, as far as is known.
    pub(super) fn aggregates_around(&self) -> bool {
        self.nested_aggregates.iter().any(|aggregate| {
            self.blocks.get(aggregate.block).is_some_and(|block| {
                aggregate.columns.iter().all(|column| self.is_of_another(column, aggregate.block, block))
            })
        })
    }

    /// Whether a column may be of a block around this one.
    fn is_of_another(&self, named: &Named, at: usize, block: &Block) -> bool {
        if let Some(of) = self.columns.get(&named.at).and_then(|column| self.mentions.get(column.mention)) {
            return of.block != at;
        }
        let opaque = |source: &Source| matches!(source, Source::Opaque(name) if named.table.as_ref().is_none_or(|of| of == name));
        if named.table.is_some() {
            return !block.sources.iter().any(opaque);
        }
        let has = |source: &Source| match source {
            Source::Mention(mention) => {
                self.tables.get(*mention).is_some_and(|table| table.column(&named.column).is_some())
            }
            Source::Opaque(_) => false,
        };
        let hides = |source: &Source| match source {
            Source::Mention(mention) => self.tables.get(*mention).is_none_or(|table| table.columns.is_none()),
            Source::Opaque(_) => true,
        };
        if block.sources.iter().any(has) {
            return false;
        }
        if !block.sources.iter().any(hides) {
            return true;
        }
        // It may be one of a table of which nothing is known, if there is another that has it.
        let mut around = block.parent;
        if block.derived {
            // The query whose FROM it stands in takes no aggregate there.
            around = around.and_then(|at| self.blocks.get(at)).and_then(|block| block.parent);
        }
        while let Some(block) = around.and_then(|at| self.blocks.get(at)) {
            if block.sources.iter().any(|source| has(source) || hides(source)) {
                return true;
            }
            around = block.parent;
        }
        false
    }
}
