//! Operands: where a value stands in the text, and its value when a plan is bound.

use super::Args;
use crate::error::{Code, SqlError};
use crate::sql::ast::{Expr, ExprKind, LiteralKind};
use crate::sql::{HoleKind, Lexed, Literal, literal};
use crate::value::Value;

/// Where a value comes from when a plan is bound.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A literal or parameter: its hole, and which of the hole's.
    Literal {
        /// Index into `Lexed::holes`.
        hole: u32,
        /// Which literal of the hole; in a `Rows` hole, which of a row.
        nth: u32,
        /// Behind a minus sign.
        negative: bool,
    },
    /// All literals of a list hole.
    List {
        /// Index into `Lexed::holes`.
        hole: u32,
    },
    /// Known when planning.
    Constant(Value<'static>),
}

/// A bound operand.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    /// Its value.
    pub(super) value: Value<'a>,
    /// What it was written as.
    pub(super) kind: LiteralKind,
}

// === impl Operand ===

impl Operand {
    /// The operand that an expression is; None when it is not a plain value.
    pub(super) fn of(expr: &Expr, lexed: &Lexed) -> Option<Self> {
        match &expr.kind {
            ExprKind::Paren(inner) => Self::of(inner, lexed),
            ExprKind::Neg(inner) => match Self::of(inner, lexed)? {
                Operand::Literal { hole, nth, negative } => Some(Operand::Literal { hole, nth, negative: !negative }),
                Operand::List { .. } | Operand::Constant(_) => None,
            },
            ExprKind::Literal(_) | ExprKind::Param(_) => Self::at(expr.span.start, lexed),
            _ => None,
        }
    }

    /// The literal at a place of the text.
    pub(super) fn at(place: u32, lexed: &Lexed) -> Option<Self> {
        let index = lexed.hole_at(place)?;
        let hole = lexed.holes.get(index)?;
        let literals = literals_of(lexed, index);
        let nth = u32::try_from(literals.iter().position(|literal| literal.span.start == place)?).ok()?;
        let per_row = hole.literals.checked_div(hole.rows);
        let nth = per_row.map_or(nth, |per_row| nth % per_row.max(1));
        Some(Operand::Literal { hole: u32::try_from(index).ok()?, nth, negative: false })
    }

    /// The operand of an IN list: all of a folded list.
    pub(super) fn list_of(list: &[Expr], lexed: &Lexed) -> Option<Vec<Self>> {
        let first = list.first()?;
        if let Some(index) = lexed.hole_at(first.span.start)
            && lexed.holes.get(index)?.kind == HoleKind::List
        {
            return Some(vec![Operand::List { hole: u32::try_from(index).ok()? }]);
        }
        list.iter().map(|expr| Self::of(expr, lexed)).collect()
    }

    /// Its value; `row` counts in a `Rows` hole.
    pub(super) fn value<'a>(&self, args: &Args<'a>, row: u32) -> Result<Given<'a>, SqlError> {
        match self {
            Operand::Literal { hole, nth, negative } => {
                let literal = literal_of(args.lexed, *hole, *nth, row).ok_or_else(other_text)?;
                given(literal, *negative, args)
            }
            Operand::Constant(value) => Ok(Given { value: value.clone(), kind: LiteralKind::Param }),
            Operand::List { .. } => Err(other_text()),
        }
    }

    /// Its values, one or many.
    pub(super) fn each<'a>(
        &self,
        args: &Args<'a>,
        mut visit: impl FnMut(Given<'a>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        match self {
            Operand::List { hole } => {
                let index = usize::try_from(*hole).map_err(|_| other_text())?;
                literals_of(args.lexed, index).iter().try_for_each(|literal| visit(given(literal, false, args)?))
            }
            Operand::Literal { .. } | Operand::Constant(_) => visit(self.value(args, 0)?),
        }
    }
}

/// The literals of a hole.
pub(super) fn literals_of(lexed: &Lexed, hole: usize) -> &[Literal] {
    let range = lexed.holes.get(hole).and_then(|hole| {
        let first = usize::try_from(hole.first_literal).ok()?;
        Some(first..first + usize::try_from(hole.literals).ok()?)
    });
    range.and_then(|range| lexed.literals.get(range)).unwrap_or(&[])
}

/// One literal of a hole, of the given row where the hole holds rows.
pub(super) fn literal_of(lexed: &Lexed, hole: u32, nth: u32, row: u32) -> Option<&Literal> {
    let of = lexed.holes.get(usize::try_from(hole).ok()?)?;
    let per_row = of.literals.checked_div(of.rows).unwrap_or(0);
    let index = of.first_literal.checked_add(row.checked_mul(per_row)?)?.checked_add(nth)?;
    lexed.literals.get(usize::try_from(index).ok()?)
}

/// The value of a literal or of the parameter that it is.
fn given<'a>(literal: &Literal, negative: bool, args: &Args<'a>) -> Result<Given<'a>, SqlError> {
    let value = if literal.kind == LiteralKind::Param {
        let missing =
            || SqlError::new(Code::WrongArguments, format!("parameter {} has no value", u32::from(literal.param) + 1));
        args.params.get(usize::from(literal.param)).ok_or_else(missing)?.clone()
    } else {
        literal::value(args.text, literal, args.mode)
            .map_err(|error| SqlError::new(Code::ParseError, error.to_string()))?
    };
    Ok(Given { value: if negative { negated(value) } else { value }, kind: literal.kind })
}

fn negated(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Int(n) => match n.checked_neg() {
            Some(negative) => Value::Int(negative),
            None => Value::UInt(n.unsigned_abs()),
        },
        Value::UInt(n) => match i64::try_from(-i128::from(n)) {
            Ok(negative) => Value::Int(negative),
            Err(_) => Value::Decimal(format!("-{n}").into()),
        },
        Value::Decimal(digits) => match digits.strip_prefix('-') {
            Some(positive) => Value::Decimal(positive.to_owned().into()),
            None => Value::Decimal(format!("-{digits}").into()),
        },
        Value::Null => Value::Null,
        // The server reads it as a number first; no key is compared with that.
        Value::Double(n) => Value::Double(-n),
        Value::Bytes(_) | Value::DateTime(_) | Value::Time(_) => Value::Double(f64::NAN),
    }
}

/// A plan was bound to a text of another normal form.
pub(super) fn other_text() -> SqlError {
    SqlError::new(Code::WrongArguments, "the cached plan belongs to another statement; send the statement again")
}
