//! The conditions of joins: which of a FROM's tables they may name.

use super::PlanError;
use super::resolve::Resolver;
use crate::sql::Span;
use crate::sql::ast::{JoinConstraint, JoinKind, TableExpr};

// === impl Resolver ===

impl Resolver<'_> {
    pub(super) fn join_conditions(&mut self, table: &TableExpr, block: usize) -> Result<(), PlanError> {
        self.conditions_of(table, block, false)
    }

    pub(super) fn conditions_of(&mut self, table: &TableExpr, block: usize, outer: bool) -> Result<(), PlanError> {
        match table {
            TableExpr::Table(_) | TableExpr::Derived { .. } => Ok(()),
            TableExpr::Function { args, .. } => self.exprs(args, block),
            TableExpr::Nested(tables) => tables.iter().try_for_each(|table| self.conditions_of(table, block, outer)),
            TableExpr::Join { left, right, kind, constraint } => {
                let outer = outer || *kind != JoinKind::Inner;
                self.conditions_of(left, block, outer)?;
                self.conditions_of(right, block, outer)?;
                match constraint {
                    JoinConstraint::On(expr) => {
                        self.see(block, Some(expr.span));
                        let resolved = self.condition(expr, block, outer);
                        self.see(block, None);
                        resolved
                    }
                    JoinConstraint::Using(columns) => {
                        self.found.named.extend(columns.iter().map(|column| column.text.to_lowercase()));
                        Ok(())
                    }
                    JoinConstraint::Natural => {
                        self.use_whole(block);
                        Ok(())
                    }
                    JoinConstraint::None => Ok(()),
                }
            }
        }
    }

    /// How many tables a block's FROM has so far.
    pub(super) fn source_count(&self, block: usize) -> usize {
        self.found.blocks.get(block).map_or(0, |block| block.sources.len())
    }

    /// An ON joins the tables from `first` on.
    pub(super) fn joins(&mut self, block: usize, on: Span, first: usize) {
        if let Some(block) = self.found.blocks.get_mut(block) {
            block.joins.push((on, first..block.sources.len()));
        }
    }

    /// From within an ON, and from queries in it, only what it joins is seen; a name of another table of the FROM means
    /// one further out.
    fn see(&mut self, block: usize, on: Option<Span>) {
        if let Some(block) = self.found.blocks.get_mut(block) {
            let joined = on.and_then(|on| block.joins.iter().find(|(of, _)| *of == on));
            block.seen = joined.map(|(_, joined)| joined.clone());
        }
    }
}
