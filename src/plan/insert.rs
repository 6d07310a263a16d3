//! INSERT and REPLACE.
//!
//! Always holds: every row lies where its shard key says, so a row without a plain value for it is refused; and every
//! AUTO_INCREMENT value of a table with more than one physical table comes from Weir.

use super::conditions::bare;
use super::constraint;
use super::insert_select;
use super::join::Joins;
use super::key_setters;
use super::met;
use super::operand::Operand;
use super::resolve::{Naming, Resolver, quoted, refuse};
use super::rewrite::{self, Way};
use super::rows::{Cell, Generate, Required, RowEdit, RowReplacement, RowRouting, Template};
use super::select::apart;
use super::splice::bytes;
use super::{Combine, Pin, Plan, PlanError, Replacement, Routing, Table};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::rule::{Placement, Split};
use crate::sql::ast::{Expr, ExprKind, Insert, InsertSource};
use crate::sql::{HoleKind, Span};

/// The mention of the table that is written.
pub(super) const TARGET: usize = 0;

/// One row as the statement gives it.
struct GivenRow<'s> {
    values: Vec<&'s Expr>,
    span: Span,
    edits: Vec<RowEdit>,
}

/// Plans an INSERT or REPLACE.
pub(super) fn plan(insert: &Insert, mut resolver: Resolver<'_>) -> Result<Plan, PlanError> {
    let block = resolver.block(None);
    resolver.mention(&insert.table, None, insert.partition, Naming::Bare, block)?;
    for column in &insert.columns {
        resolver.assigned(column, block)?;
    }
    let given = given_rows(insert, &mut resolver, block)?;
    let query_block = resolver.found.blocks.len();
    if let InsertSource::Query(query) = &insert.source {
        resolver.query(query, None)?;
    }
    for assignment in &insert.on_duplicate {
        resolver.assigned(&assignment.column, block)?;
        resolver.expr(&assignment.value, block)?;
    }
    for item in &insert.returning {
        resolver.item(item, block)?;
    }
    let Some(table) = resolver.found.tables.first().cloned() else {
        return refuse(Code::UnsupportedStatement, "INSERT into a table of the server is not served");
    };
    let names = column_names(insert, &table)?;
    keeps_key(insert, &table, names.as_deref(), &given, &resolver)?;
    resolver.found.needs.asks_insert_id = may_bring_ids(insert, &table, names.as_deref(), &given);
    match &insert.source {
        InsertSource::Query(query) => insert_select::from_query(insert, query, &names, query_block, resolver),
        InsertSource::Values { .. } | InsertSource::Set(_) => values(insert, &table, &names, given, resolver),
    }
}

/// Whether rows of a table that is in one place may bring their own AUTO_INCREMENT values, or change rows that have some.
fn may_bring_ids(insert: &Insert, table: &Table, names: Option<&[String]>, given: &[GivenRow<'_>]) -> bool {
    let automatic = table.columns.iter().flatten().find(|column| column.auto_increment);
    let (Placement::Single(_), Some(column)) = (&table.placement, automatic) else { return false };
    let Some(names) = names else { return true };
    let own = |place: usize| {
        let default = |row: &GivenRow<'_>| row.values.get(place).is_none_or(|e| matches!(e.kind, ExprKind::Default));
        matches!(insert.source, InsertSource::Query(_)) || !given.iter().all(default)
    };
    let place = names.iter().position(|name| name.eq_ignore_ascii_case(&column.name));
    place.is_some_and(own) || !insert.on_duplicate.is_empty()
}

/// No trigger and no generated column gives a row another shard key than Weir knows of.
fn keeps_key(
    insert: &Insert,
    table: &Table,
    names: Option<&[String]>,
    given: &[GivenRow<'_>],
    resolver: &Resolver<'_>,
) -> Result<(), SqlError> {
    key_setters::inserted(table)?;
    if insert.ignore {
        constraint::ignored(table)?;
    }
    if !insert.on_duplicate.is_empty() {
        let assigned = insert.on_duplicate.iter().map(|assignment| assignment.column.column.text.as_str());
        key_setters::updated(table, assigned)?;
    }
    // MariaDB may pass over a value that is given for it.
    let place = key_setters::generated_key(table)
        .filter(|_| resolver.context.tables.on_mariadb())
        .and_then(|key| names?.iter().position(|name| name.eq_ignore_ascii_case(key)));
    let Some(place) = place else { return Ok(()) };
    let own = |row: &GivenRow<'_>| row.values.get(place).is_some_and(|value| !matches!(value.kind, ExprKind::Default));
    if !given.iter().any(own) {
        return Ok(());
    }
    let message = format!("a value for the generated shard key of '{}' is not possible; leave it out", table.name);
    Err(SqlError::new(Code::ShardKeyValue, message))
}

/// The columns that take values, in lower case; None when they are not known.
fn column_names(insert: &Insert, table: &Table) -> Result<Option<Vec<String>>, SqlError> {
    if let InsertSource::Set(assignments) = &insert.source {
        return Ok(Some(assignments.iter().map(|a| a.column.column.text.to_ascii_lowercase()).collect()));
    }
    if !insert.columns.is_empty() {
        return Ok(Some(insert.columns.iter().map(|column| column.column.text.to_ascii_lowercase()).collect()));
    }
    if insert.has_columns {
        return Ok(Some(Vec::new()));
    }
    let columns = table.columns.as_ref().map(|columns| {
        columns.iter().filter(|column| !column.invisible).map(|column| column.name.to_ascii_lowercase()).collect()
    });
    match (&table.placement, columns) {
        (Placement::Split(_), None) => Err(SqlError::new(
            Code::ShardKeyMissing,
            format!("the columns of '{}' are not known; name them in the INSERT", table.name),
        )),
        (_, columns) => Ok(columns),
    }
}

/// Resolves the rows; what has to be replaced inside them becomes part of their templates.
fn given_rows<'s>(
    insert: &'s Insert,
    resolver: &mut Resolver<'_>,
    block: usize,
) -> Result<Vec<GivenRow<'s>>, PlanError> {
    let mut given = Vec::new();
    match &insert.source {
        InsertSource::Query(_) => {}
        InsertSource::Set(assignments) => {
            let start = assignments.first().map_or(0, |assignment| assignment.span.start);
            let end = assignments.last().map_or(start, |assignment| assignment.span.end);
            let before = resolver.found.edits.len();
            for assignment in assignments {
                resolver.assigned(&assignment.column, block)?;
                resolver.expr(&assignment.value, block)?;
            }
            let span = Span { start, end };
            let edits = row_edits(resolver, before, span);
            given.push(GivenRow { values: assignments.iter().map(|a| &a.value).collect(), span, edits });
        }
        InsertSource::Values { rows, span } => {
            let folded = folded(resolver, *span).is_some();
            for row in rows.iter().take(if folded { 1 } else { usize::MAX }) {
                let before = resolver.found.edits.len();
                resolver.exprs(&row.values, block)?;
                let edits = row_edits(resolver, before, row.span);
                given.push(GivenRow { values: row.values.iter().collect(), span: row.span, edits });
            }
        }
    }
    Ok(given)
}

/// The hole that holds all rows.
fn folded(resolver: &Resolver<'_>, rows: Span) -> Option<u32> {
    let hole = resolver.lexed.hole_at(rows.start)?;
    let of = resolver.lexed.holes.get(hole)?;
    (of.kind == HoleKind::Rows).then(|| u32::try_from(hole).ok()).flatten()
}

/// Takes the edits made since `before` out of the statement and counts them from the row's literals.
fn row_edits(resolver: &mut Resolver<'_>, before: usize, row: Span) -> Vec<RowEdit> {
    let edits = resolver.found.edits.split_off(before);
    let texts = resolver.found.edit_texts.split_off(before);
    let made = edits.into_iter().zip(texts).map(|(edit, text)| {
        let (literals_before, offset) = place_in_row(resolver, row, text.start);
        RowEdit { literals_before, offset, length: text.end - text.start, with: RowReplacement::Plain(edit.with) }
    });
    made.collect()
}

/// A place in a row: how many of its literals are before it, and how far it is from the last one.
fn place_in_row(resolver: &Resolver<'_>, row: Span, place: u32) -> (u32, u32) {
    let literals = resolver.lexed.literals.iter();
    let before = literals.filter(|literal| row.start <= literal.span.start && literal.span.end <= place);
    let (count, last) = before.fold((0, row.start), |(count, _), literal| (count + 1, literal.span.end));
    (count, place - last)
}

/// INSERT … VALUES, INSERT … SET.
fn values(
    insert: &Insert,
    table: &Table,
    names: &Option<Vec<String>>,
    mut given: Vec<GivenRow<'_>>,
    mut resolver: Resolver<'_>,
) -> Result<Plan, PlanError> {
    if let Some(names) = names {
        counts_fit(names, &given)?;
    }
    let generate = match (&table.placement, names) {
        (Placement::Split(_) | Placement::Broadcast, Some(names)) => {
            generated(insert, table, names, &mut given, &mut resolver)?
        }
        _ => None,
    };
    let keys = match (&table.placement, names) {
        (Placement::Split(split), Some(names)) => key_cells(table, split, names, &given, &resolver),
        _ => Vec::new(),
    };
    let required = match (&table.placement, names) {
        (Placement::Split(_), Some(names)) => required_cells(table, names, &given, &resolver),
        _ => Vec::new(),
    };
    let holds = met::stays(insert, table, &resolver.found, generate.as_ref());
    let span = match &insert.source {
        InsertSource::Values { span, .. } => *span,
        InsertSource::Set(_) | InsertSource::Query(_) => given.first().map_or_else(Span::default, |row| row.span),
    };
    let mut joins = Joins::new(&resolver.found, resolver.lexed);
    given.iter().flat_map(|row| row.values.iter().copied()).for_each(|value| joins.nested(value));
    let merged = match folded(&resolver, span) {
        // Of rows that look alike the first one is read: the queries of the others may ask for other rows.
        Some(_) if resolver.found.tables.len() > 1 => Err("its rows have queries that look alike".to_owned()),
        _ => rewrite::inserts(insert, generate.as_ref(), &resolver, &mut joins),
    };
    let needed = !keys.is_empty() || generate.is_some() || given.iter().any(|row| !row.edits.is_empty());
    let folded = folded(&resolver, span);
    let pins = comment_pins(&resolver, &given);
    let several = given.len() > 1 || folded.is_some();
    let templates = given.into_iter().map(|row| Template { at: resolver.normal(row.span), edits: row.edits }).collect();
    let rows = RowRouting { table: TARGET, keys, required, templates, folded };
    if needed {
        resolver.replace(span, Replacement::Rows);
    }
    let way: Way = match &table.placement {
        Placement::Split(_)
            if several
                && insert.ignore
                && resolver.context.tables.on_mariadb()
                && is_checked(table, names.as_deref()) =>
        {
            Err(apart(
                "INSERT IGNORE into a table with CHECK, which MariaDB passes over in several rows and not in one,",
            ))
        }
        Placement::Split(_) => {
            let random_update = resolver.found.random.clone().filter(|_| !insert.on_duplicate.is_empty());
            let combine = match random_update {
                _ if !insert.returning.is_empty() && insert.ignore => {
                    Combine::Refuse(apart("INSERT IGNORE with RETURNING"))
                }
                Some(random) => Combine::Refuse(apart(&format!("ON DUPLICATE KEY UPDATE with {random}()"))),
                None => Combine::Affected,
            };
            Ok((Routing::Rows(rows.clone()), combine))
        }
        Placement::Broadcast => {
            resolver.found.needs.timestamp = true;
            copies_alike(resolver.found.random.as_deref()).map(|()| (Routing::Broadcast, Combine::Same))
        }
        Placement::Single(shard) => Ok((Routing::Fixed(DataNode { shard: *shard, table: 0 }), Combine::Same)),
    };
    let mut mentions = resolver.found.tables.iter();
    let target = mentions.next().map(|table| &table.name);
    if mentions.any(|table| Some(&table.name) == target) && !resolver.context.tables.on_mariadb() {
        let message = "a query inside VALUES over the table that is written, which MySQL does not allow, is not served";
        return refuse(Code::UnsupportedStatement, message);
    }
    let way = if resolver.found.tables.len() > 1 {
        let message = "a query inside VALUES or ON DUPLICATE KEY UPDATE is not possible yet; read its value first";
        Err(SqlError::new(Code::UnsupportedAcrossShards, message))
    } else {
        holds.and(way)
    };
    let mut plan = rewrite::plan(resolver, way, merged)?;
    plan.rows = (needed && !matches!(plan.routing, Routing::Rows(_))).then_some(rows);
    plan.ignores = insert.ignore;
    plan.updates_met = !insert.on_duplicate.is_empty();
    plan.returns = !insert.returning.is_empty();
    plan.generate = generate;
    plan.pins = pins;
    Ok(plan)
}

fn counts_fit(names: &[String], given: &[GivenRow<'_>]) -> Result<(), SqlError> {
    let wrong = given.iter().position(|row| {
        // `VALUES ()` gives every column its default.
        row.values.len() != names.len() && !row.values.is_empty()
    });
    match wrong {
        None => Ok(()),
        Some(row) => {
            Err(SqlError::new(Code::ValueCount, format!("Column count doesn't match value count at row {}", row + 1)))
        }
    }
}

/// Edits count bytes from literals, so the comments of such a row must stay what they are.
fn comment_pins(resolver: &Resolver<'_>, given: &[GivenRow<'_>]) -> Vec<Pin> {
    let edited = |at: Span| {
        given.iter().any(|row| !row.edits.is_empty() && row.span.start <= at.start && at.end <= row.span.end)
    };
    let holes = (0..).zip(&resolver.lexed.holes);
    holes
        .filter(|(_, hole)| hole.kind == HoleKind::Comment && edited(hole.text))
        .map(|(index, hole)| Pin { hole: index, bytes: bytes(resolver.text, hole.text).into() })
        .collect()
}

/// What the rows say of each shard key.
fn key_cells(
    table: &Table,
    split: &Split,
    names: &[String],
    given: &[GivenRow<'_>],
    resolver: &Resolver<'_>,
) -> Vec<Vec<Cell>> {
    let cell = |key: &str, row: &GivenRow<'_>| {
        let automatic = table
            .column(key)
            .and_then(|index| table.columns.as_ref()?.get(index))
            .is_some_and(|column| column.auto_increment);
        let place = names.iter().position(|name| name.eq_ignore_ascii_case(key));
        let missing = || {
            let message = format!("the row gives no value for the shard key '{}.{key}'; name it", table.name);
            SqlError::new(Code::ShardKeyMissing, message)
        };
        let Some(expr) = place.and_then(|place| row.values.get(place)) else {
            return if automatic { Cell::Generated } else { Cell::Unknown(missing()) };
        };
        match (Operand::of(expr, resolver.lexed), &expr.kind) {
            (Some(operand), _) => Cell::Given(operand),
            (None, ExprKind::Default) if automatic => Cell::Generated,
            (None, ExprKind::Default) => Cell::Unknown(missing()),
            (None, _) => Cell::Unknown(SqlError::new(
                Code::ShardKeyMissing,
                format!("the shard key '{}.{key}' must be a plain value, not an expression", table.name),
            )),
        }
    };
    split.key_columns().iter().map(|key| given.iter().map(|row| cell(key, row)).collect()).collect()
}

/// What the rows give to each column that takes no NULL.
fn required_cells(
    table: &Table,
    names: &[String],
    given: &[GivenRow<'_>],
    resolver: &Resolver<'_>,
) -> Vec<Vec<Required>> {
    let cell = |place: usize, row: &GivenRow<'_>| match row.values.get(place).map(|expr| (expr, &expr.kind)) {
        None | Some((_, ExprKind::Default)) => Required::Nothing,
        Some((expr, _)) => Operand::of(expr, resolver.lexed).map_or(Required::Computed, Required::Given),
    };
    let columns = table.columns.iter().flatten().filter(|column| !column.nullable && !column.auto_increment);
    let places = columns.filter_map(|column| names.iter().position(|name| name.eq_ignore_ascii_case(&column.name)));
    places.map(|place| given.iter().map(|row| cell(place, row)).collect()).collect()
}

/// Where the AUTO_INCREMENT values go.
fn generated(
    insert: &Insert,
    table: &Table,
    names: &[String],
    given: &mut [GivenRow<'_>],
    resolver: &mut Resolver<'_>,
) -> Result<Option<Generate>, SqlError> {
    let automatic = table.columns.as_ref().and_then(|columns| columns.iter().find(|column| column.auto_increment));
    let Some(column) = automatic else { return Ok(None) };
    let place = names.iter().position(|name| name.eq_ignore_ascii_case(&column.name));
    let mut cells = Vec::with_capacity(given.len());
    for row in given.iter_mut() {
        let Some(place) = place else {
            if row.values.len() != names.len() {
                return Err(SqlError::new(
                    Code::ShardKeyMissing,
                    format!("VALUES () of '{}' is not possible; name the columns and their values", table.name),
                ));
            }
            let with = match &insert.source {
                InsertSource::Set(_) => {
                    RowReplacement::AppendAssignment(format!(", {} = ", quoted(&column.name)).into())
                }
                InsertSource::Values { .. } | InsertSource::Query(_) => RowReplacement::AppendGenerated,
            };
            row.edits.push(RowEdit { literals_before: 0, offset: 0, length: 0, with });
            cells.push(None);
            continue;
        };
        let Some(expr) = row.values.get(place) else {
            return Err(SqlError::new(
                Code::ShardKeyMissing,
                format!("VALUES () of '{}' is not possible; name the columns and their values", table.name),
            ));
        };
        let (cell, at) = match (Operand::of(expr, resolver.lexed), signed_literal(expr), &expr.kind) {
            (Some(operand), Some(start), _) => (Cell::Given(operand), Some((start, 0))),
            (_, _, ExprKind::Default) => (Cell::Generated, Some((expr.span.start, expr.span.end - expr.span.start))),
            _ => {
                let message =
                    format!("the AUTO_INCREMENT column '{}' must be a plain value, not an expression", column.name);
                (Cell::Unknown(SqlError::new(Code::ShardKeyValue, message)), None)
            }
        };
        if let Some((start, length)) = at {
            let (literals_before, offset) = place_in_row(resolver, row.span, start);
            row.edits.push(RowEdit { literals_before, offset, length, with: RowReplacement::Generated });
        }
        cells.push(Some(cell));
    }
    for row in given.iter_mut() {
        row.edits.sort_by_key(|edit| {
            let appended = matches!(edit.with, RowReplacement::AppendGenerated | RowReplacement::AppendAssignment(_));
            (appended, edit.literals_before, edit.offset)
        });
    }
    if let (None, Some(end), InsertSource::Values { .. }) = (place, insert.columns_end, &insert.source) {
        let comma = if names.is_empty() { "" } else { ", " };
        let text = format!("{comma}{}", quoted(&column.name));
        resolver.replace(Span { start: end, end }, Replacement::Text(text.into()));
    }
    Ok(Some(Generate { column: column.name.as_str().into(), cells }))
}

/// Whether a row may be refused for what it says. That JSON is JSON says nothing of a row that leaves the column NULL.
pub(super) fn is_checked(table: &Table, names: Option<&[String]>) -> bool {
    let left_null = |line: &str| {
        let name = line.trim_start().strip_prefix('`').and_then(|rest| rest.split_once("` ")).map(|(name, _)| name);
        let given = |name: &str| names.is_none_or(|names| names.iter().any(|given| given.eq_ignore_ascii_case(name)));
        line.contains(" DEFAULT NULL CHECK (json_valid(") && name.is_some_and(|name| !given(name))
    };
    let definition = table.definition.as_deref().unwrap_or_default();
    definition.lines().any(|line| line.contains(" CHECK (") && !left_null(line))
}

/// Where a literal or parameter begins with its signs, if the expression is nothing else and ends with it (but for
/// parentheses around all): what stands there may turn out to be a 0 that asks for a generated value.
fn signed_literal(expr: &Expr) -> Option<u32> {
    fn ends_with_literal(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Param(_) => true,
            ExprKind::Neg(inner) => ends_with_literal(inner),
            _ => false,
        }
    }
    let expr = bare(expr);
    ends_with_literal(expr).then_some(expr.span.start)
}

/// Whether every copy of a broadcast table gets the same rows.
pub(super) fn copies_alike(random: Option<&str>) -> Result<(), SqlError> {
    let Some(random) = random else { return Ok(()) };
    Err(SqlError::new(
        Code::UnsupportedAcrossShards,
        format!("INSERT into a broadcast table with {random}() is not possible; give plain values"),
    ))
}
