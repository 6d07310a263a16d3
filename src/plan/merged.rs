//! What is changed in a statement's text for a merge node, beside the tables' names.
//!
//! Index hints hold at the tables' own places: they have been said there, and go. And a merge node is told not to make
//! a nested query part of the outer join in whose condition it stands. MySQL (9.7) may then look at the nested query's
//! table first, and repeats a row for each of that table's which fits; whether it does rests on statistics, and those of a
//! temporary table are no one's.

use super::resolve::Resolver;
use super::splice::bytes;
use super::{Edit, Replacement};
use crate::sql::Span;
use crate::sql::ast::{Query, QueryBody};

/// What begins every SELECT.
const SELECT: &str = "SELECT";

/// To MariaDB 10 and 11 a comment.
const APART: &str = " /*+ NO_SEMIJOIN() */";

// === impl Resolver ===

impl Resolver<'_> {
    /// A query nested in an expression, which may become part of an outer join or of a CTE that one joins later.
    pub(super) fn note_nested(&mut self, query: &Query, joins_outer: bool) {
        let mut body = &query.body;
        while let QueryBody::Nested(inner) = body {
            body = &inner.body;
        }
        match body {
            QueryBody::Select(select) if joins_outer => self.found.in_outer_joins.push(select.span),
            QueryBody::Select(select) if !self.inside.is_empty() => self.found.in_ctes.push(select.span),
            _ => {}
        }
    }

    /// The edits of a merge node's text, but for those that every node's text has.
    pub(super) fn merge_edits(&self) -> Vec<Edit> {
        let unhinted = self
            .found
            .index_hints
            .iter()
            .map(|(_, span)| Edit { at: self.normal(*span), with: Replacement::Text("".into()) });
        let apart = self.found.in_outer_joins.iter().filter_map(|select| self.kept_apart(*select));
        unhinted.chain(apart).collect()
    }

    /// A nested SELECT that is not made part of what is around it, unless it has hints of the client's own.
    fn kept_apart(&self, select: Span) -> Option<Edit> {
        let word = u32::try_from(SELECT.len()).unwrap_or_default();
        let end = select.start + word;
        let behind = bytes(self.text, Span { start: end, end: select.end }).trim_ascii_start();
        let at = self.normal(Span { start: end, end });
        (!behind.starts_with(b"/*+")).then(|| Edit { at, with: Replacement::Text(APART.into()) })
    }
}
