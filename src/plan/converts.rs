//! Conversions that one server makes once, and warns of once: each node would make them, and warn, anew.

use super::aggregate::each_part;
use super::conditions::bare;
use super::resolve::Resolved;
use super::{Args, Operand};
use crate::error::SqlError;
use crate::sql::Lexed;
use crate::sql::ast::{BinaryOp, Expr, ExprKind, LiteralKind, Query, QueryBody, SelectItem};
use crate::value::{ColumnKind, DateTime, Value};

/// CAST to these makes a number.
const NUMBERS: [&str; 10] =
    ["SIGNED", "UNSIGNED", "INT", "INTEGER", "DECIMAL", "DEC", "DOUBLE", "FLOAT", "REAL", "YEAR"];

/// Functions that give a string, a date, or a time.
const OF_NO_NUMBER: [&str; 58] = [
    "ADDDATE",
    "ADDTIME",
    "CHAR",
    "CONCAT",
    "CONCAT_WS",
    "CONVERT_TZ",
    "CURDATE",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "CURTIME",
    "DATE",
    "DATE_ADD",
    "DATE_FORMAT",
    "DATE_SUB",
    "DAYNAME",
    "ELT",
    "FORMAT",
    "FROM_DAYS",
    "FROM_UNIXTIME",
    "HEX",
    "JSON_UNQUOTE",
    "LAST_DAY",
    "LCASE",
    "LEFT",
    "LOWER",
    "LPAD",
    "LTRIM",
    "MAKEDATE",
    "MAKETIME",
    "MD5",
    "MID",
    "MONTHNAME",
    "NOW",
    "QUOTE",
    "REPEAT",
    "REPLACE",
    "REVERSE",
    "RIGHT",
    "RPAD",
    "RTRIM",
    "SEC_TO_TIME",
    "SHA1",
    "SHA2",
    "SPACE",
    "STR_TO_DATE",
    "SUBDATE",
    "SUBSTR",
    "SUBSTRING",
    "SUBSTRING_INDEX",
    "SUBTIME",
    "TIME",
    "TIME_FORMAT",
    "TIMEDIFF",
    "TIMESTAMP",
    "TIMESTAMPADD",
    "TRIM",
    "UCASE",
    "UPPER",
];

/// Whether a string is compared with what is not one in a query: each node would warn of each row of that query.
pub(super) fn of_constant(found: &Resolved, condition: &Expr) -> bool {
    let mut converts = false;
    each_part(condition, &mut |part| {
        let ExprKind::InQuery { expr, query, .. } = &part.kind else { return };
        if !matches!(bare(expr).kind, ExprKind::Literal(LiteralKind::String) | ExprKind::Param(_)) {
            return;
        }
        let QueryBody::Select(inner) = &query.body else { return };
        converts |= !matches!(inner.items.as_slice(), [SelectItem::Expr { expr, .. }]
            if matches!(found.column(expr).and_then(|column| found.kind(column)), Some(ColumnKind::Text { .. })));
    });
    converts
}

/// Why many nodes do not answer what [`of_extreme`] has found.
pub(super) fn refused() -> SqlError {
    super::select::apart("HAVING that compares MIN or MAX with a value of another type")
}

/// What a condition compares with MIN or MAX of strings, dates or times.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// A number: a server converts it once, and warns of it once.
    pub(super) number: bool,
    /// Values of which only binding tells whether they are converted.
    pub(super) values: Vec<Converted>,
}

/// A value that is compared with MIN or MAX of what is no number.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    value: Operand,
    /// It is compared with a date or a time, so that a string may be no good either.
    with_temporal: bool,
}

/// What a condition compares with MIN or MAX of what is no number.
pub(super) fn of_extreme(found: &Resolved, condition: &Expr, lexed: &Lexed) -> Compared {
    let number = |expr: &&Expr| match &bare(expr).kind {
        ExprKind::Literal(LiteralKind::Int | LiteralKind::Decimal | LiteralKind::Float) => true,
        ExprKind::Subquery(query) => may_give_a_number(found, query),
        _ => false,
    };
    let given = |expr: &&Expr| matches!(bare(expr).kind, ExprKind::Literal(LiteralKind::String) | ExprKind::Param(_));
    let mut with = Compared::default();
    each_part(condition, &mut |part| {
        let (compared, values): (Vec<&Expr>, Option<Vec<Operand>>) = match &part.kind {
            ExprKind::Binary { left, right, .. } => (vec![left, right], None),
            ExprKind::Between { expr, low, high, .. } => (vec![expr, low, high], None),
            ExprKind::InList { expr, list, .. } => {
                (std::iter::once(&**expr).chain(list).collect(), Operand::list_of(list, lexed))
            }
            _ => return,
        };
        let extremes: Vec<&Expr> = compared.iter().filter_map(|expr| extreme_of_no_number(found, expr)).collect();
        if extremes.is_empty() {
            return;
        }
        let with_temporal = extremes.iter().any(|expr| may_be_temporal(found, expr));
        let values = values.unwrap_or_else(|| {
            compared.iter().filter(|expr| given(expr)).filter_map(|expr| Operand::of(bare(expr), lexed)).collect()
        });
        with.number |= compared.iter().any(number);
        with.values.extend(values.into_iter().map(|value| Converted { value, with_temporal }));
    });
    with
}

// === impl Converted ===

impl Converted {
    /// Whether a server would convert it, and warn of that; a parameter that is not there yet is not converted.
    pub(super) fn warns(&self, args: &Args<'_>) -> bool {
        let mut warns = false;
        let each = self.value.each(args, |given| {
            warns |= match given.value {
                Value::Int(_) | Value::UInt(_) | Value::Decimal(_) | Value::Double(_) => true,
                Value::Bytes(text) => self.with_temporal && DateTime::parse(&text).is_none(),
                Value::Null | Value::DateTime(_) | Value::Time(_) => false,
            };
            Ok(())
        });
        each.is_ok() && warns
    }
}

/// Whether the one value of a query may be a number.
fn may_give_a_number(found: &Resolved, query: &Query) -> bool {
    let QueryBody::Select(select) = &query.body else { return true };
    let [SelectItem::Expr { expr, .. }] = select.items.as_slice() else { return true };
    let shown = extreme_of_no_number(found, expr).unwrap_or(expr);
    !shows_no_number(found, shown)
}

/// What this is MIN or MAX of, if that is a string, a date or a time, as far as can be seen.
fn extreme_of_no_number<'e>(found: &Resolved, expr: &'e Expr) -> Option<&'e Expr> {
    let ExprKind::Function(function) = &bare(expr).kind else { return None };
    let [arg] = &*function.args else { return None };
    (matches!(function.name.as_str(), "MIN" | "MAX") && shows_no_number(found, arg)).then_some(arg)
}

/// Whether what is no number may be a date or a time: it is not a column of another type, and no string.
fn may_be_temporal(found: &Resolved, expr: &Expr) -> bool {
    match &bare(expr).kind {
        ExprKind::Column(_) => found.column(expr).and_then(|column| found.kind(column)).is_none_or(|kind| {
            matches!(
                kind,
                ColumnKind::Date | ColumnKind::Time { .. } | ColumnKind::DateTime { .. } | ColumnKind::Timestamp { .. }
            )
        }),
        ExprKind::Literal(kind) => *kind == LiteralKind::Temporal,
        ExprKind::Other { name, .. } => !matches!(name.as_str(), "COLLATE" | "CONVERT USING" | "CAST AS CHAR"),
        _ => true,
    }
}

/// Whether an expression gives a string, a date or a time, as far as can be seen.
fn shows_no_number(found: &Resolved, expr: &Expr) -> bool {
    let any = |exprs: &[Expr]| exprs.iter().any(|expr| shows_no_number(found, expr));
    match &bare(expr).kind {
        ExprKind::Column(_) => found.column(expr).and_then(|column| found.kind(column)).is_some_and(|kind| {
            !matches!(
                kind,
                ColumnKind::Int { .. }
                    | ColumnKind::Decimal { .. }
                    | ColumnKind::Float
                    | ColumnKind::Double
                    | ColumnKind::Bit { .. }
            )
        }),
        ExprKind::Literal(kind) => {
            matches!(
                kind,
                LiteralKind::String | LiteralKind::IntroducedString | LiteralKind::Hex | LiteralKind::Temporal
            )
        }
        // DATE '2024-02-09' + INTERVAL 1 DAY.
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, left, right } => [left, right]
            .iter()
            .any(|side| matches!(&bare(side).kind, ExprKind::Other { name, .. } if name == "INTERVAL")),
        ExprKind::Other { name, children } => match name.as_str() {
            "COLLATE" | "CONVERT USING" => true,
            // The last operand is what it gives when nothing else fits, or at the end.
            "CASE" => children.last().is_some_and(|last| shows_no_number(found, last)),
            // DATE '2024-02-09' and the like have none.
            name => children.is_empty() || name.strip_prefix("CAST AS ").is_some_and(|to| !NUMBERS.contains(&to)),
        },
        ExprKind::Function(function) => match (function.name.as_str(), function.args.as_slice()) {
            ("IF", [_, values @ ..]) | ("COALESCE" | "IFNULL" | "GREATEST" | "LEAST", values) => any(values),
            ("NULLIF", [value, ..]) => shows_no_number(found, value),
            (name, _) => OF_NO_NUMBER.contains(&name),
        },
        _ => false,
    }
}
