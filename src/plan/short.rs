//! Which statements read a row at most, by a key, and do nothing else: they may travel together.

use super::met::is_whole;
use super::{Access, FoundRows, Needs, Plan, Table, UniqueKey};
use crate::sql::ast::{BinaryOp, Expr, ExprKind, Query, QueryBody, SelectItem, TableExpr};
use crate::value::{Column, ColumnKind};

/// Whether a query is such a statement.
///
/// What is compared with an integer becomes a number before a row is looked for; with a text it may not.
pub(super) fn is(query: &Query, plan: &Plan) -> bool {
    let ([table], QueryBody::Select(select)) = (plan.tables.as_slice(), &query.body) else { return false };
    let needs = Needs { reads_rows: true, leaves: FoundRows::Sent, ..Needs::default() };
    let around = query.ctes.is_empty() && query.lock.is_none() && query.into.is_none() && query.order_by.is_empty();
    let within = select.group_by.is_empty() && select.having.is_none() && !select.windows && !select.calc_found_rows;
    if plan.access != Access::Read || plan.needs != needs || !plan.dictionary.is_empty() || !around || !within {
        return false;
    }
    let [TableExpr::Table(_)] = select.from.as_slice() else { return false };
    let plain = select.items.iter().all(|item| match item {
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => true,
        SelectItem::Expr { expr, .. } => is_plain(expr),
    });
    let Some(condition) = select.selection.as_ref().filter(|condition| plain && is_plain(condition)) else {
        return false;
    };
    let mut equal = Vec::new();
    equalities(condition, &mut equal);
    !table.view && table.unique_keys.iter().any(|key| is_given(table, key, &equal))
}

/// Whether a key is one of whole integer columns, each of which has a value.
fn is_given(table: &Table, key: &UniqueKey, equal: &[&str]) -> bool {
    let (Some(all), Some(definition)) = (&table.columns, table.definition.as_deref()) else { return false };
    let columns: Vec<&Column> = key.columns.iter().filter_map(|at| all.get(*at)).collect();
    let given = |column: &&Column| {
        matches!(column.kind, ColumnKind::Int { .. }) && equal.iter().any(|name| column.name.eq_ignore_ascii_case(name))
    };
    !columns.is_empty() && columns.iter().all(given) && is_whole(definition, key, &columns)
}

/// The columns that are to be equal to a literal or a parameter.
fn equalities<'e>(condition: &'e Expr, equal: &mut Vec<&'e str>) {
    match &condition.kind {
        ExprKind::Paren(inner) => equalities(inner, equal),
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            equalities(left, equal);
            equalities(right, equal);
        }
        ExprKind::Binary { op: BinaryOp::Eq, left, right } => match (&left.kind, &right.kind) {
            (ExprKind::Column(name), ExprKind::Literal(_) | ExprKind::Param(_))
            | (ExprKind::Literal(_) | ExprKind::Param(_), ExprKind::Column(name)) => equal.push(&name.column.text),
            _ => {}
        },
        _ => {}
    }
}

/// Whether an expression only looks at columns and values.
fn is_plain(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::Param(_) => true,
        ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Paren(inner) => is_plain(inner),
        ExprKind::Binary { left, right, .. } => is_plain(left) && is_plain(right),
        ExprKind::IsNull { expr, .. } => is_plain(expr),
        ExprKind::InList { expr, list, .. } => is_plain(expr) && list.iter().all(is_plain),
        ExprKind::Between { expr, low, high, .. } => is_plain(expr) && is_plain(low) && is_plain(high),
        _ => false,
    }
}
