//! What a condition says of some tables, though it names others too: of `(a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4)`
//! follow `a.x = 1 OR a.x = 3` and `b.y = 2 OR b.y = 4`.
//!
//! Always holds: it is true wherever the condition is true, also where other parts of it are NULL, because AND and OR of
//! what is true as often or more often are that too. So a part whose literals do not keep to what a filter takes may be
//! TRUE. The condition itself is asked again of all that is fetched.

use super::conditions::bare;
use super::filter::{Demand, Filter, Taking};
use super::resolve::Resolved;
use crate::sql::ast::{BinaryOp, Expr, ExprKind};
use crate::sql::{Lexed, Span};

/// What is sent down of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Implied {
    /// A part of the text, as it stands.
    Part(Filter),
    /// These, joined by AND.
    All(Vec<Implied>),
    /// These, joined by OR.
    Any(Vec<Implied>),
}

/// Finds what conditions say of some mentions.
#[derive(Clone, Copy)]
pub(super) struct Implying<'r> {
    pub(super) mentions: &'r [usize],
    pub(super) demand: Demand,
    pub(super) found: &'r Resolved,
    pub(super) lexed: &'r Lexed,
}

// === impl Implying ===

impl Implying<'_> {
    /// What a condition says; None where that is nothing. `parts` gets the parts of the text that it consists of.
    pub(super) fn of<'s>(self, condition: &'s Expr, parts: &mut Vec<&'s Expr>) -> Option<Implied> {
        let ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } = &bare(condition).kind else {
            let mut taking = Taking::new(self.mentions, self.found, self.lexed);
            taking.condition(condition, self.demand)?;
            parts.push(condition);
            return Some(Implied::Part(taking.filter(condition)));
        };
        let before = parts.len();
        let sides = (self.of(left, parts), self.of(right, parts));
        match (sides, op) {
            ((Some(Implied::Part(mut first)), Some(Implied::Part(second))), _)
                if first.at == self.normal(left) && second.at == self.normal(right) =>
            {
                first.takes.extend(second.takes);
                first.at = self.normal(condition);
                Some(Implied::Part(first))
            }
            ((Some(left), Some(right)), BinaryOp::Or) => Some(Implied::Any(left.or_with(right))),
            ((Some(left), Some(right)), _) => Some(Implied::All(left.and_with(right))),
            (_, BinaryOp::Or) => {
                parts.truncate(before);
                None
            }
            ((left, right), _) => left.or(right),
        }
    }

    fn normal(self, expr: &Expr) -> Span {
        Span { start: self.lexed.to_normal(expr.span.start), end: self.lexed.to_normal(expr.span.end) }
    }
}

// === impl Implied ===

impl Implied {
    fn or_with(self, other: Self) -> Vec<Self> {
        match self {
            Implied::Any(mut parts) => {
                parts.push(other);
                parts
            }
            one => vec![one, other],
        }
    }

    fn and_with(self, other: Self) -> Vec<Self> {
        match self {
            Implied::All(mut parts) => {
                parts.push(other);
                parts
            }
            one => vec![one, other],
        }
    }
}
