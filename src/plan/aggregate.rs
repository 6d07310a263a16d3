//! GROUP BY, DISTINCT and aggregates over many nodes.
//!
//! Shards group their own rows and send the groups ordered by their keys; the merger puts equal groups together. An
//! aggregate must be a whole item of the select list: what is computed from it is computed by a shard, too early.

use super::conditions::bare;
use super::join::{self, Group};
use super::resolve::Resolved;
use super::select::{Scatter, Source, apart};
use super::{Edit, Piece, Replacement};
use crate::error::SqlError;
use crate::merge::{Aggregate, ColumnAt, CombineAggregate, GroupSpec, SortKey};
use crate::sql::Span;
use crate::sql::ast::{BinaryOp, Expr, ExprKind, Function, LiteralKind, Select, SelectItem, TableExpr};
use crate::value::ColumnKind;

/// All aggregate functions, by whether Weir can combine them or not.
const AGGREGATES: [&str; 22] = [
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "AVG",
    "BIT_AND",
    "BIT_OR",
    "BIT_XOR",
    "GROUP_CONCAT",
    "STD",
    "STDDEV",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "VARIANCE",
    "VAR_POP",
    "VAR_SAMP",
    "JSON_ARRAYAGG",
    "JSON_OBJECTAGG",
    "ST_COLLECT",
    "MEDIAN",
    "PERCENTILE_CONT",
    "PERCENTILE_DISC",
];

/// Whether a function is an aggregate when it is not a window function.
pub(super) fn is_aggregate(function: &Function) -> bool {
    AGGREGATES.contains(&function.name.as_str()) && function.over.is_none()
}

/// Whether an expression contains an aggregate of its own query.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    let mut found = false;
    each_part(expr, &mut |part| {
        found |= matches!(&part.kind, ExprKind::Function(function) if is_aggregate(function));
    });
    found
}

/// Calls back for an expression and everything in it but nested queries.
pub(super) fn each_part<'s>(expr: &'s Expr, visit: &mut dyn FnMut(&'s Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Param(_)
        | ExprKind::UserVariable(_)
        | ExprKind::SystemVariable(_)
        | ExprKind::Default
        | ExprKind::Subquery(_)
        | ExprKind::Exists(_) => {}
        ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Paren(inner) => each_part(inner, visit),
        ExprKind::IsNull { expr, .. } | ExprKind::InQuery { expr, .. } => each_part(expr, visit),
        ExprKind::Binary { left, right, .. } => {
            each_part(left, visit);
            each_part(right, visit);
        }
        ExprKind::InList { expr, list, .. } => {
            each_part(expr, visit);
            list.iter().for_each(|expr| each_part(expr, visit));
        }
        ExprKind::Between { expr, low, high, .. } => {
            each_part(expr, visit);
            each_part(low, visit);
            each_part(high, visit);
        }
        ExprKind::Row(exprs) | ExprKind::Other { children: exprs, .. } => {
            exprs.iter().for_each(|expr| each_part(expr, visit));
        }
        ExprKind::Function(function) => {
            function.args.iter().chain(function.over.iter().flatten()).for_each(|expr| each_part(expr, visit));
        }
    }
}

/// Whether every group lies at one node whole: its keys hold all shard keys of the split tables.
pub(super) fn is_node_by_node(found: &Resolved, select: &Select, groups: &[Group]) -> bool {
    let [group] = groups else { return false };
    let keys: Vec<&Expr> = if select.group_by.is_empty() {
        if !select.distinct || select.items.iter().any(item_has_aggregate) {
            return false;
        }
        let items = select.items.iter().filter_map(|item| match item {
            SelectItem::Expr { expr, .. } => Some(expr),
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => None,
        });
        items.collect()
    } else {
        // DISTINCT over groups of different nodes could meet again.
        if select.distinct {
            return false;
        }
        select.group_by.iter().collect()
    };
    if select.rollup || select.windows {
        return false;
    }
    // All columns of a table hold its keys.
    let all = select.group_by.is_empty() && select.items.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
    let block = found.block_of.get(&select.span.start);
    let shown = |mention: usize| all && found.mentions.get(mention).map(|mention| &mention.block) == block;
    let holds = |mention: usize| {
        join::split_of(found, mention).is_some_and(|split| {
            split.key_columns().iter().enumerate().all(|(key, name)| {
                join::equal_keys_meet(found, mention, key)
                    && (shown(mention)
                        || keys.iter().any(|expr| {
                            found.column(expr).is_some_and(|column| {
                                column.mention == mention && column.name.eq_ignore_ascii_case(name)
                            })
                        }))
            })
        })
    };
    // Where an outer join puts NULLs, one group of them would be spread over all nodes. A key of a table around this
    // query is one value to it.
    let own = |mention: usize| found.mentions.get(mention).map(|mention| &mention.block) == block;
    group.kept.iter().any(|&mention| own(mention) && holds(mention))
}

fn item_has_aggregate(item: &SelectItem) -> bool {
    matches!(item, SelectItem::Expr { expr, .. } if has_aggregate(expr))
}

/// Prepares a grouped SELECT whose groups are spread over nodes.
pub(super) fn grouped(scatter: &mut Scatter<'_, '_>) -> Result<(), SqlError> {
    let select = scatter.select;
    if select.having.is_some() {
        return Err(apart("HAVING"));
    }
    if select.rollup {
        return Err(apart("WITH ROLLUP"));
    }
    if select.windows {
        return Err(apart("A window function"));
    }
    let aggregated = select.items.iter().any(item_has_aggregate);
    if select.distinct && (aggregated || !select.group_by.is_empty()) {
        return Err(apart("DISTINCT with GROUP BY or an aggregate"));
    }
    if select.distinct { distinct(scatter) } else { groups(scatter) }
}

/// Functions whose value is that of their arguments wherever they are called.
const PURE: [&str; 18] = [
    "ABS",
    "CEIL",
    "CEILING",
    "CHAR_LENGTH",
    "COALESCE",
    "CONCAT",
    "FLOOR",
    "GREATEST",
    "IF",
    "IFNULL",
    "LEAST",
    "LENGTH",
    "LOWER",
    "MOD",
    "NULLIF",
    "ROUND",
    "TRUNCATE",
    "UPPER",
];

/// Whether an expression has one value for all rows on all servers: literals, parameters, and what is computed from them.
pub(super) fn is_of_literals(expr: &Expr) -> bool {
    let mut constant = true;
    each_part(expr, &mut |part| {
        constant &= match &part.kind {
            ExprKind::Function(function) => PURE.contains(&function.name.as_str()),
            ExprKind::Literal(_)
            | ExprKind::Param(_)
            | ExprKind::Paren(_)
            | ExprKind::Neg(_)
            | ExprKind::Not(_)
            | ExprKind::Binary { .. }
            | ExprKind::IsNull { .. }
            | ExprKind::InList { .. }
            | ExprKind::Between { .. } => true,
            _ => false,
        }
    });
    constant
}

/// Whether a parameter stands in an expression: repeated in ORDER BY, it is another one to a server.
fn has_parameter(expr: &Expr) -> bool {
    let mut found = false;
    each_part(expr, &mut |part| found |= matches!(part.kind, ExprKind::Param(_)));
    found
}

/// A key of a group: how it is sorted, and how ORDER BY says it.
struct GroupKey<'s> {
    source: Source<'s>,
    written: Piece,
}

fn distinct(scatter: &mut Scatter<'_, '_>) -> Result<(), SqlError> {
    let mut keys = Vec::new();
    for (index, item) in scatter.select.items.iter().enumerate() {
        // Repeated in ORDER BY, it would be a position.
        if matches!(item, SelectItem::Expr { expr, .. } if matches!(bare(expr).kind, ExprKind::Literal(_) | ExprKind::Param(_)))
        {
            return Err(apart("DISTINCT with a constant"));
        }
        if matches!(item, SelectItem::Expr { expr, .. } if has_parameter(expr)) {
            return Err(apart("DISTINCT of an expression with a parameter"));
        }
        match (item, scatter.item(index)) {
            (SelectItem::Expr { expr, .. }, Some(source)) => {
                // MySQL does not see that some expressions stand in the select list too, and refuses them (3065).
                let written = match bare(expr).kind {
                    ExprKind::Column(_) => Piece::Copy(scatter.normal(expr.span)),
                    _ => Piece::Text((index + 1).to_string().into()),
                };
                keys.push(GroupKey { source, written });
            }
            _ => return Err(apart("DISTINCT with a wildcard, instead of named columns,")),
        }
    }
    let (order, rest) = order_first(scatter, keys)?;
    if rest {
        return Err(apart("DISTINCT with ORDER BY something that is not selected"));
    }
    let weighed = order.iter().any(|(key, _)| key.weight.is_some());
    if weighed {
        // Strings that differ in trailing spaces only are one value with two weights: a shard's rows may be fewer
        // values than they look.
        scatter.drop_limit();
    } else {
        scatter.push_limit();
    }
    finish(scatter, order, Vec::new())
}

fn groups(scatter: &mut Scatter<'_, '_>) -> Result<(), SqlError> {
    let select = scatter.select;
    scatter.grouped = true;
    let mut keys = Vec::new();
    for expr in &select.group_by {
        if has_aggregate(expr) {
            return Err(apart("GROUP BY an aggregate"));
        }
        if !matches!(bare(expr).kind, ExprKind::Param(_)) && has_parameter(expr) {
            return Err(apart("GROUP BY an expression with a parameter"));
        }
        let source = group_source(scatter, expr)?;
        keys.push(GroupKey { source, written: Piece::Copy(scatter.normal(expr.span)) });
    }
    let aggregates = aggregates(scatter, keys.is_empty())?;
    if keys.is_empty() {
        scatter.drop_limit();
        drop_order(scatter);
        scatter.made.spec.group = Some(GroupSpec { keys: Vec::new(), aggregates });
        return Ok(());
    }
    let keyed = scatter.query.order_by.len();
    let (order, rest) = order_first(scatter, keys)?;
    if rest {
        for key in &scatter.query.order_by {
            let Some(source) = scatter.order_source(key)? else { continue };
            let sort = held_key(scatter, source, key.descending, &aggregates)?;
            scatter.made.spec.order.push(sort);
        }
        scatter.drop_limit();
        scatter.made.notes.push(format!("groups are held to be sorted by {keyed} keys"));
    } else {
        scatter.push_limit();
    }
    finish(scatter, order, aggregates)
}

/// What a key of GROUP BY means: a position, a column, or an alias that no column has.
fn group_source<'s>(scatter: &mut Scatter<'s, '_>, expr: &'s Expr) -> Result<Source<'s>, SqlError> {
    let plain = bare(expr);
    match &plain.kind {
        ExprKind::Literal(_) | ExprKind::Param(_) => match scatter.position(plain)? {
            None => Err(apart("GROUP BY a constant")),
            Some(Source::Item(_, item) | Source::Expr(item)) if has_aggregate(item) => {
                Err(apart("GROUP BY an aggregate"))
            }
            Some(source) => Ok(source),
        },
        ExprKind::Column(name) if name.table.is_none() && scatter.doubled(&name.column.text) => {
            Err(apart("GROUP BY a name that several columns of the answer have"))
        }
        ExprKind::Column(name) if name.table.is_none() => match (scatter.aliased(&name.column.text), plain) {
            (None, plain) => Ok(scatter.visible(plain)),
            (Some(Source::Item(_, item) | Source::Expr(item)), _) if has_aggregate(item) => {
                Err(apart("GROUP BY an aggregate"))
            }
            (Some(source @ (Source::Item(_, item) | Source::Expr(item))), plain) => {
                // GROUP BY takes the column, ORDER BY the alias: both must be the same thing.
                match scatter.found.column(plain) {
                    Some(_) if !scatter.same(item, plain) => {
                        Err(apart("GROUP BY a name that is a column and an alias"))
                    }
                    _ => Ok(source),
                }
            }
        },
        _ => Ok(scatter.visible(plain)),
    }
}

/// Sort keys of the groups, those of ORDER BY first, each with how it is written. The flag says that ORDER BY names
/// something else, so that groups have to be sorted again.
type Ordered = (Vec<(SortKey, Piece)>, bool);

fn order_first<'s>(scatter: &mut Scatter<'s, '_>, mut keys: Vec<GroupKey<'s>>) -> Result<Ordered, SqlError> {
    let mut picked: Vec<(GroupKey<'s>, bool)> = Vec::new();
    let mut rest = false;
    for key in &scatter.query.order_by {
        let Some(source) = scatter.order_source(key)? else { continue };
        if let Some(at) = keys.iter().position(|group| same_source(scatter, group.source, source)) {
            picked.push((keys.remove(at), key.descending));
        } else if !picked.iter().any(|(group, _)| same_source(scatter, group.source, source)) {
            rest = true;
            break;
        }
    }
    picked.extend(keys.into_iter().map(|key| (key, false)));
    let mut ordered = Vec::with_capacity(picked.len());
    for (key, descending) in picked {
        ordered.push((scatter.sort_key(key.source, descending)?, key.written));
    }
    Ok((ordered, rest))
}

fn same_source(scatter: &Scatter<'_, '_>, a: Source<'_>, b: Source<'_>) -> bool {
    match (a, b) {
        (Source::Item(a, _), Source::Item(b, _)) => a == b,
        (Source::Item(_, a) | Source::Expr(a), Source::Item(_, b) | Source::Expr(b)) => scatter.same(a, b),
    }
}

/// Makes shards send their groups in the order of the keys.
fn finish(
    scatter: &mut Scatter<'_, '_>,
    ordered: Vec<(SortKey, Piece)>,
    aggregates: Vec<Aggregate>,
) -> Result<(), SqlError> {
    let mut pieces = Vec::new();
    let mut keys = Vec::with_capacity(ordered.len());
    for (key, written) in ordered {
        pieces.push(Piece::Text(if pieces.is_empty() { "ORDER BY " } else { ", " }.into()));
        pieces.push(written);
        if key.descending {
            pieces.push(Piece::Text(" DESC".into()));
        }
        keys.push(key);
    }
    let at = match scatter.query.order_span {
        Some(span) => span,
        None => {
            pieces.insert(0, Piece::Text(" ".into()));
            let end = scatter.select.span.end;
            Span { start: end, end }
        }
    };
    let at = scatter.normal(at);
    scatter.made.edits.push(Edit { at, with: Replacement::Pieces(pieces) });
    scatter.made.spec.group = Some(GroupSpec { keys, aggregates });
    Ok(())
}

fn drop_order(scatter: &mut Scatter<'_, '_>) {
    if let Some(span) = scatter.query.order_span {
        let at = scatter.normal(span);
        scatter.made.edits.push(Edit { at, with: Replacement::Text("".into()) });
    }
}

/// A key that groups are sorted by after merging: it must be shown, or be a key of the groups.
fn held_key(
    scatter: &mut Scatter<'_, '_>,
    source: Source<'_>,
    descending: bool,
    aggregates: &[Aggregate],
) -> Result<SortKey, SqlError> {
    let Source::Item(at, expr) = source else {
        return Err(apart("ORDER BY something that is neither selected nor a key of GROUP BY"));
    };
    let shown = aggregates.iter().find(|aggregate| aggregate.column == ColumnAt::Visible(at));
    match shown.map(|aggregate| &aggregate.combine) {
        Some(CombineAggregate::Min(key) | CombineAggregate::Max(key)) => Ok(SortKey { descending, ..key.clone() }),
        Some(_) => Ok(SortKey { value: ColumnAt::Visible(at), weight: None, descending }),
        None => {
            let item = scatter.select.items.get(usize::from(at));
            match item {
                Some(SelectItem::Expr { expr: item, .. }) if item.span == expr.span => {
                    scatter.sort_key(Source::Item(at, item), descending)
                }
                _ => Err(apart("ORDER BY something that is neither selected nor a key of GROUP BY")),
            }
        }
    }
}

/// The aggregates of the select list, with the hidden columns that they need.
fn aggregates(scatter: &mut Scatter<'_, '_>, one_group: bool) -> Result<Vec<Aggregate>, SqlError> {
    let mut aggregates = Vec::new();
    for (index, item) in scatter.select.items.iter().enumerate() {
        let (SelectItem::Expr { expr, .. }, Ok(at)) = (item, u16::try_from(index)) else {
            return Err(apart("GROUP BY or an aggregate with a wildcard, instead of named columns,"));
        };
        let plain = bare(expr);
        match &plain.kind {
            ExprKind::Function(function) if is_aggregate(function) => {
                let combine = combine(scatter, function, plain, ColumnAt::Visible(at))?;
                aggregates.push(Aggregate { column: ColumnAt::Visible(at), combine });
            }
            _ if has_aggregate(expr) => return Err(apart("An expression over aggregates, instead of the aggregates,")),
            _ if one_group && is_constant(expr) => {}
            _ if one_group => return Err(apart("An aggregate beside a column, without GROUP BY,")),
            _ => {}
        }
    }
    Ok(aggregates)
}

/// Whether `/` is in an expression, or may be in a query in it, or in what a derived table gives for a column.
fn divides(scatter: &Scatter<'_, '_>, expr: &Expr) -> bool {
    let mut found = false;
    each_part(expr, &mut |part| {
        found |= match part.kind {
            ExprKind::Binary { op: BinaryOp::Div, .. } | ExprKind::Subquery(_) => true,
            ExprKind::Column(_) => {
                let derived = || scatter.select.from.iter().any(|table| derived_divides(scatter.text, table));
                scatter.found.column(part).is_none() && derived()
            }
            _ => false,
        };
    });
    found
}

/// Whether a division or an average is anywhere in the text of a derived table.
fn derived_divides(text: &[u8], table: &TableExpr) -> bool {
    match table {
        TableExpr::Derived { query, .. } => {
            let query = super::splice::bytes(text, query.span);
            query.contains(&b'/') || query.windows(3).any(|word| word.eq_ignore_ascii_case(b"AVG"))
        }
        TableExpr::Join { left, right, .. } => derived_divides(text, left) || derived_divides(text, right),
        TableExpr::Nested(tables) => tables.iter().any(|table| derived_divides(text, table)),
        TableExpr::Table(_) | TableExpr::Function { .. } => false,
    }
}

/// Functions whose value may have fewer decimals than their type.
const OF_ANY_SCALE: [&str; 8] = ["COALESCE", "GREATEST", "IF", "IFNULL", "LEAST", "NULLIF", "ROUND", "TRUNCATE"];

/// Whether the decimals of an average may follow the values: a server divides to nine digits behind the point where the
/// sum has five decimals or fewer, and shows four more than the type has. A parameter has 30 decimals on MySQL, whatever its
/// value has.
fn averages_to_fewer_digits(found: &Resolved, expr: &Expr, on_mariadb: bool) -> bool {
    let (mut varies, mut scale) = (false, 0);
    each_part(expr, &mut |part| match &part.kind {
        ExprKind::Function(function) => varies |= OF_ANY_SCALE.contains(&function.name.as_str()),
        ExprKind::Other { name, .. } => varies |= name == "CASE",
        ExprKind::Param(_) => (varies, scale) = (varies || !on_mariadb, u32::MAX),
        ExprKind::Literal(LiteralKind::Decimal) | ExprKind::Subquery(_) => scale = u32::MAX,
        ExprKind::Column(_) => match found.column(part).and_then(|column| found.kind(column)) {
            Some(ColumnKind::Decimal { scale: own, .. }) => scale = scale.saturating_add(u32::from(*own)),
            Some(_) => {}
            // A derived table's, which may be such an expression.
            None => (varies, scale) = (true, u32::MAX),
        },
        _ => {}
    });
    varies && scale >= 5
}

/// Whether an expression is the same for every row.
fn is_constant(expr: &Expr) -> bool {
    let mut constant = true;
    each_part(expr, &mut |part| {
        constant &= !matches!(
            part.kind,
            ExprKind::Column(_) | ExprKind::Subquery(_) | ExprKind::Exists(_) | ExprKind::InQuery { .. }
        );
    });
    constant
}

fn combine(
    scatter: &mut Scatter<'_, '_>,
    function: &Function,
    expr: &Expr,
    column: ColumnAt,
) -> Result<CombineAggregate, SqlError> {
    let name = function.name.as_str();
    let matters = function.distinct && !matches!(name, "MIN" | "MAX");
    if matters || function.ordered {
        return Err(apart(&format!("{name} with DISTINCT or ORDER BY inside")));
    }
    let kind = function.args.first().and_then(|arg| scatter.found.kind(scatter.found.column(arg)?));
    let exact = !matches!(kind, Some(ColumnKind::Float | ColumnKind::Double | ColumnKind::Text { .. }));
    match name {
        "COUNT" => Ok(CombineAggregate::Count),
        "SUM" | "AVG" if !exact => Err(apart(&format!("{name} of numbers that are not exact (FLOAT, DOUBLE, text)"))),
        // MySQL takes a parameter here for a DOUBLE until it has seen its value.
        "SUM" | "AVG" if function.args.iter().any(|arg| matches!(bare(arg).kind, ExprKind::Param(_))) => {
            Err(apart(&format!("{name} of a parameter")))
        }
        // A server divides with more digits than it shows, and a shard's sum has only those that are shown.
        "SUM" | "AVG" if function.args.iter().any(|arg| divides(scatter, arg)) => {
            Err(apart(&format!("{name} of a division, or of a subquery,")))
        }
        "AVG" if function.args.iter().any(|arg| averages_to_fewer_digits(scatter.found, arg, scatter.on_mariadb)) => {
            Err(apart("AVG of an expression whose decimals vary"))
        }
        "SUM" => Ok(CombineAggregate::Sum),
        "AVG" => {
            let arg = function.args.first().ok_or_else(|| apart("AVG of nothing"))?.span;
            let sum = scatter.hide("SUM(", arg, ")");
            let count = scatter.hide("COUNT(", arg, ")");
            Ok(CombineAggregate::Avg { sum, count })
        }
        "MIN" | "MAX" => {
            let key = extreme_key(scatter, kind.cloned().as_ref(), expr, column)?;
            Ok(if name == "MIN" { CombineAggregate::Min(key) } else { CombineAggregate::Max(key) })
        }
        "BIT_AND" => Ok(CombineAggregate::BitAnd),
        "BIT_OR" => Ok(CombineAggregate::BitOr),
        "BIT_XOR" => Ok(CombineAggregate::BitXor),
        _ => Err(apart(name)),
    }
}

/// What MIN and MAX compare.
fn extreme_key(
    scatter: &mut Scatter<'_, '_>,
    kind: Option<&ColumnKind>,
    expr: &Expr,
    column: ColumnAt,
) -> Result<SortKey, SqlError> {
    let mut key = SortKey { value: column, weight: None, descending: false };
    match kind {
        Some(ColumnKind::Text { .. }) | None => key.weight = Some(scatter.hide("WEIGHT_STRING(", expr.span, ")")),
        Some(ColumnKind::Float) => key.value = scatter.hide("(", expr.span, " + 0e0)"),
        Some(
            ColumnKind::Enum { .. }
            | ColumnKind::Set { .. }
            | ColumnKind::Bit { .. }
            | ColumnKind::Json
            | ColumnKind::Geometry
            | ColumnKind::Other(_),
        ) => return Err(apart("MIN or MAX of an ENUM, SET, BIT or JSON column")),
        Some(
            ColumnKind::Int { .. }
            | ColumnKind::Decimal { .. }
            | ColumnKind::Double
            | ColumnKind::Year
            | ColumnKind::Date
            | ColumnKind::Time { .. }
            | ColumnKind::DateTime { .. }
            | ColumnKind::Timestamp { .. }
            | ColumnKind::Binary,
        ) => {}
    }
    Ok(key)
}
