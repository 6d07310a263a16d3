//! Conversions that one server makes once, and warns of once: each node would make them, and warn, anew.

use super::aggregate::each_part;
use super::conditions::bare;
use super::resolve::Resolved;
use crate::sql::ast::{BinaryOp, Expr, ExprKind, LiteralKind, QueryBody, SelectItem};
use crate::value::ColumnKind;

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

/// Whether a number is compared with MIN or MAX of what is none: a server converts it once, and warns of it once.
pub(super) fn of_extreme(found: &Resolved, condition: &Expr) -> bool {
    let number = |expr: &&Expr| {
        matches!(bare(expr).kind, ExprKind::Literal(LiteralKind::Int | LiteralKind::Decimal | LiteralKind::Float))
    };
    // A parameter may be a number. Beside a column's extreme it is too common to be asked of a merge node for a warning.
    let given = |expr: &&Expr| matches!(bare(expr).kind, ExprKind::Param(_));
    let mut converts = false;
    each_part(condition, &mut |part| {
        let compared: Vec<&Expr> = match &part.kind {
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::Between { expr, low, high, .. } => vec![expr, low, high],
            ExprKind::InList { expr, list, .. } => std::iter::once(&**expr).chain(list).collect(),
            _ => return,
        };
        let extremes = || compared.iter().filter(|expr| is_extreme_of_no_number(found, expr));
        converts |= compared.iter().any(number) && extremes().next().is_some()
            || compared.iter().any(given) && extremes().any(|expr| !has_column(expr));
    });
    converts
}

fn has_column(expr: &Expr) -> bool {
    let mut found = false;
    each_part(expr, &mut |part| found |= matches!(part.kind, ExprKind::Column(_)));
    found
}

/// Whether this is MIN or MAX of strings, dates or times, as far as can be seen.
fn is_extreme_of_no_number(found: &Resolved, expr: &Expr) -> bool {
    let ExprKind::Function(function) = &bare(expr).kind else { return false };
    let [arg] = &*function.args else { return false };
    if !matches!(function.name.as_str(), "MIN" | "MAX") {
        return false;
    }
    shows_no_number(found, arg)
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
