//! Filters that go down to a fetch: conditions on one table that leave out rows which cannot be part of the answer.
//!
//! The whole statement runs over what is fetched, with all of its conditions, so a filter that is not sent down costs
//! time and nothing else. One that is sent down must not warn, must not fail, and must be true for every row that the
//! answer needs. Whether the literals keep to that is seen when the statement is bound, because a plan holds for other
//! literals too.

use std::ops::Range;

use super::Args;
use super::conditions::bare;
use super::resolve::Resolved;
use super::splice::{bytes, text_place};
use crate::sql::ast::{BinaryOp, Expr, ExprKind, LiteralKind};
use crate::sql::{Lexed, Literal, Span, literal};
use crate::value::{ColumnKind, DateTime, Value};

/// A condition that is sent down where its literals allow it.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Where it stands in the normal form.
    pub at: Span,
    /// What its literals must be, by their places in the normal form.
    pub takes: Vec<(Span, Takes)>,
}

/// What a literal must be so that comparing it with a column is exact and silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A number.
    Number,
    /// A string of the session's charset.
    Text,
    /// A date that exists, perhaps with a time.
    Temporal,
}

/// How sure a filter has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// It decides about rows that no outer join fills with NULL.
    Any,
    /// It is not true for a row of NULLs: the table may be the filled side of an outer join.
    RejectsNull,
    /// It is NULL for a row of NULLs, so that its opposite is not true either.
    GivesNull,
}

/// The parts of a condition that are joined by AND.
pub(super) fn conjuncts<'s>(condition: &'s Expr, out: &mut Vec<&'s Expr>) {
    match &bare(condition).kind {
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            conjuncts(left, out);
            conjuncts(right, out);
        }
        _ => out.push(condition),
    }
}

/// Collects what a condition takes.
pub(super) struct Taking<'r> {
    mentions: &'r [usize],
    pub(super) found: &'r Resolved,
    lexed: &'r Lexed,
    takes: Vec<(Span, Takes)>,
}

// === impl Taking ===

impl<'r> Taking<'r> {
    pub(super) fn new(mentions: &'r [usize], found: &'r Resolved, lexed: &'r Lexed) -> Self {
        Self { mentions, found, lexed, takes: Vec::new() }
    }

    /// The filter that a condition is with all that has been taken.
    pub(super) fn filter(self, condition: &Expr) -> Filter {
        Filter { at: self.normal(condition.span), takes: self.takes }
    }

    /// Takes a condition, if it may be sent down.
    pub(super) fn condition(&mut self, expr: &Expr, demand: Demand) -> Option<()> {
        match &bare(expr).kind {
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => {
                self.condition(left, demand)?;
                self.condition(right, demand)
            }
            ExprKind::Not(inner) => {
                self.condition(inner, if demand == Demand::Any { Demand::Any } else { Demand::GivesNull })
            }
            ExprKind::Binary {
                op: BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                left,
                right,
            } => self.comparison(left, right),
            ExprKind::Binary { op: BinaryOp::NullSafeEq, left, right } if demand == Demand::Any => {
                self.comparison(left, right)
            }
            ExprKind::Between { expr, low, high, .. } => {
                let takes = self.column(expr)?;
                self.operand(low, takes)?;
                self.operand(high, takes)
            }
            ExprKind::InList { expr, list, list_span, .. } => {
                let takes = self.column(expr)?;
                let plain = |item: &Expr| matches!(bare(item).kind, ExprKind::Literal(_) | ExprKind::Param(_));
                if !list.iter().all(plain) {
                    return None;
                }
                self.takes.push((self.normal(*list_span), takes));
                Some(())
            }
            ExprKind::IsNull { expr, negated } => {
                let fits = demand == Demand::Any || (demand == Demand::RejectsNull && *negated);
                if fits { self.column_of_mention(expr).map(drop) } else { None }
            }
            ExprKind::Other { name, children } if matches!(name.as_str(), "LIKE" | "NOT LIKE") => {
                match children.as_slice() {
                    [text, pattern] if self.column(text)? == Takes::Text => self.operand(pattern, Takes::Text),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn comparison(&mut self, left: &Expr, right: &Expr) -> Option<()> {
        match (self.column(left), self.column(right)) {
            (Some(a), Some(b)) => {
                let kinds = (self.kind(left)?, self.kind(right)?);
                // Strings of two collations may not be comparable.
                (a == b && (a != Takes::Text || kinds.0 == kinds.1)).then_some(())
            }
            (Some(takes), None) => self.operand(right, takes),
            (None, Some(takes)) => self.operand(left, takes),
            (None, None) => None,
        }
    }

    fn column_of_mention(&self, expr: &Expr) -> Option<&super::resolve::ColumnRef> {
        self.found.column(expr).filter(|column| self.mentions.contains(&column.mention))
    }

    fn kind(&self, expr: &Expr) -> Option<&ColumnKind> {
        self.found.kind(self.column_of_mention(expr)?)
    }

    /// What a column of the mention, or a part of a text, is compared with.
    fn column(&mut self, expr: &Expr) -> Option<Takes> {
        if let ExprKind::Function(function) = &bare(expr).kind {
            let [text, places @ ..] = function.args.as_slice() else { return None };
            let part = matches!(function.name.as_str(), "SUBSTRING" | "SUBSTR" | "LEFT" | "RIGHT");
            if !part || !matches!(self.kind(text), Some(ColumnKind::Text { .. })) {
                return None;
            }
            places.iter().try_for_each(|place| self.operand(place, Takes::Number))?;
            return Some(Takes::Text);
        }
        match self.kind(expr)? {
            ColumnKind::Int { .. } | ColumnKind::Decimal { .. } | ColumnKind::Double | ColumnKind::Float => {
                Some(Takes::Number)
            }
            ColumnKind::Text { .. } | ColumnKind::Enum { .. } => Some(Takes::Text),
            ColumnKind::Date | ColumnKind::DateTime { .. } => Some(Takes::Temporal),
            // A time that a time zone has twice, or not at all, is left to the statement itself.
            ColumnKind::Timestamp { .. }
            | ColumnKind::Time { .. }
            | ColumnKind::Year
            | ColumnKind::Bit { .. }
            | ColumnKind::Binary
            | ColumnKind::Set { .. }
            | ColumnKind::Json
            | ColumnKind::Geometry
            | ColumnKind::Other(_) => None,
        }
    }

    /// A constant: a literal or parameter, or a date moved by an interval.
    pub(super) fn operand(&mut self, expr: &Expr, takes: Takes) -> Option<()> {
        let expr = bare(expr);
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Param(_) => {
                self.takes.push((self.normal(expr.span), takes));
                Some(())
            }
            ExprKind::Neg(inner) if takes == Takes::Number => self.operand(inner, takes),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, left, right } if takes == Takes::Temporal => {
                self.operand(left, takes)?;
                match &bare(right).kind {
                    ExprKind::Other { name, children } if name == "INTERVAL" => match children.as_slice() {
                        [count] => match &bare(count).kind {
                            ExprKind::Literal(LiteralKind::Int | LiteralKind::String) => Some(()),
                            _ => None,
                        },
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn normal(&self, span: Span) -> Span {
        Span { start: self.lexed.to_normal(span.start), end: self.lexed.to_normal(span.end) }
    }
}

// === impl Filter ===

impl Filter {
    /// Whether the literals of this text are what the filter takes.
    pub(super) fn holds(&self, args: &Args<'_>) -> bool {
        self.takes.iter().all(|(at, takes)| literals_in(args.lexed, *at).iter().all(|literal| takes.is(literal, args)))
    }
}

/// The literals that stand at a span of the normal form.
pub(super) fn literals_in(lexed: &Lexed, at: Span) -> &[Literal] {
    let (start, end) = (text_place(lexed, at.start), text_place(lexed, at.end));
    let place = |at: u32| lexed.literals.partition_point(|literal| literal.span.start < at);
    lexed.literals.get(Range { start: place(start), end: place(end) }).unwrap_or_default()
}

// === impl Takes ===

impl Takes {
    fn is(self, literal: &Literal, args: &Args<'_>) -> bool {
        if literal.kind == LiteralKind::Param {
            let Some(value) = args.params.get(usize::from(literal.param)) else { return false };
            return match (self, value) {
                (Takes::Number, Value::Int(_) | Value::UInt(_) | Value::Decimal(_)) => true,
                (Takes::Text, Value::Bytes(text)) => args.utf8 && std::str::from_utf8(text).is_ok(),
                (Takes::Temporal, Value::Bytes(text)) => DateTime::parse(text).is_some(),
                _ => false,
            };
        }
        match self {
            Takes::Number => {
                matches!(literal.kind, LiteralKind::Int | LiteralKind::Decimal | LiteralKind::Float)
            }
            Takes::Text => literal.kind == LiteralKind::String,
            Takes::Temporal => match literal.kind {
                LiteralKind::Temporal => {
                    let word = bytes(args.text, literal.span).get(..5).unwrap_or_default();
                    !word.eq_ignore_ascii_case(b"TIME'") && !word.eq_ignore_ascii_case(b"TIME ")
                }
                LiteralKind::String => matches!(
                    literal::value(args.text, literal, args.mode),
                    Ok(Value::Bytes(text)) if DateTime::parse(&text).is_some()
                ),
                _ => false,
            },
        }
    }
}
