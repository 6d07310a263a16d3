//! Tables of which a statement asks no more than how many rows meet others: they come to a merge node as keys with counts.
//!
//! `SELECT c.id, COUNT(o.id) FROM c LEFT JOIN o ON o.c_id = c.id GROUP BY c.id` does not look at the rows of `o`: it counts
//! them. So shards send each `c_id` once, with how often it is there, and at the merge node these numbers are added up
//! where the rows would have been counted. Conditions on the table alone are asked by the shards and stand as TRUE at the
//! merge node, because the columns that they look at are not there.
//!
//! Always holds: the table is counted once or all the same (`COUNT(*)` of its query, COUNT of its own columns), all other
//! aggregates of its query ask which values there are, and its keys are of types whose equal values are one value. Nothing
//! in the query may warn or fail row by row, because it is asked of fewer rows. Where a literal does not keep to what its
//! condition takes, the rows come as they are.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::aggregate::{each_part, is_aggregate};
use super::conditions::bare;
use super::filter::{Demand, Taking, conjuncts};
use super::implied::Implied;
use super::join::{Joins, each_query};
use super::resolve::{Naming, Resolved, Resolver, quoted};
use super::{Args, Edit, Fetch, Filter, Piece, Plan, Replacement, Switch, Table, fetch};
use crate::sql::Span;
use crate::sql::ast::{
    Expr, ExprKind, Function, JoinConstraint, JoinKind, LiteralKind, Query, QueryBody, Select, SelectItem, TableExpr,
};
use crate::value::ColumnKind;

/// A table that comes to a merge node as keys with counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// The mention.
    pub mention: usize,
    /// The table as it is there.
    table: Arc<Table>,
    /// How it is fetched.
    fetch: Fetch,
    /// What is replaced in the statement.
    merged: Vec<Edit>,
    /// What must hold of the literals.
    filters: Vec<Filter>,
}

/// A query that counts, and a table in it.
struct Counting<'c, 's> {
    mention: usize,
    select: &'s Select,
    query: &'s Query,
    found: &'c Resolved,
    resolver: &'c Resolver<'c>,
    /// The tables beside it, and itself.
    beside: Vec<usize>,
    supplied: bool,
    /// The columns that meet others, by index.
    keys: BTreeSet<usize>,
    /// What is counted: a column, or None for rows.
    counts: Vec<Option<usize>>,
    /// Where its columns stand, as far as they are understood.
    known: HashSet<u32>,
    edits: Vec<Edit>,
    /// Conditions that shards ask, and all whose literals must be as they are taken.
    asked: Vec<Filter>,
    filters: Vec<Filter>,
}

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// Conditions.
    Compared,
    /// What the query shows, groups by or orders by.
    Shown,
}

/// The table of a query that may come so; the first that may, where there are several.
pub(super) fn of(query: &Query, resolver: &Resolver<'_>, fetches: &[Fetch]) -> Option<Counted> {
    let found = &resolver.found;
    let mut joins = Joins::new(found, resolver.lexed);
    joins.query(query);
    joins.groups();
    let plain = found.random.is_none()
        && found.stored.is_none()
        && found.needs.assigns.is_empty()
        && !found.several_schemas
        && !query.locks();
    if !plain {
        return None;
    }
    let mut selects = Vec::new();
    each_select(query, &mut |query, select| selects.push((query, select)));
    selects.into_iter().find_map(|(of, select)| {
        let block = *found.block_of.get(&select.span.start)?;
        let beside: Vec<usize> = (0..found.tables.len())
            .filter(|mention| found.mentions.get(*mention).is_some_and(|of| of.block == block))
            .collect();
        let counts = !select.windows && !select.rollup && !select.directed;
        let by_name = found.blocks.get(block).is_none_or(|block| block.joined_by_name);
        if !counts || by_name {
            return None;
        }
        beside.iter().find_map(|&mention| {
            let counting = Counting {
                mention,
                select,
                query: of,
                found,
                resolver,
                beside: beside.clone(),
                supplied: joins.supplied.contains(&mention),
                keys: BTreeSet::new(),
                counts: Vec::new(),
                known: HashSet::new(),
                edits: Vec::new(),
                asked: Vec::new(),
                filters: Vec::new(),
            };
            counting.counted(query, &mut joins, fetches)
        })
    })
}

// === impl Counting ===

impl<'s> Counting<'_, 's> {
    fn counted(mut self, whole: &Query, joins: &mut Joins<'_, '_>, fetches: &[Fetch]) -> Option<Counted> {
        let table = self.found.tables.get(self.mention)?.clone();
        let named = self.found.mentions.get(self.mention)?;
        let hinted = self.found.index_hints.iter().any(|(of, _)| of.is_none_or(|of| of == self.mention));
        if !self.found.is_split(self.mention)
            || named.naming != Naming::Alias
            || self.found.whole.contains(&self.mention)
            || hinted
            || table.view
            || self.hides_names(whole, &table)
        {
            return None;
        }
        self.shown()?;
        self.conditions()?;
        self.understands_all()?;
        if self.keys.is_empty() || self.counts.is_empty() || self.keys_are_unique(&table) {
            return None;
        }
        let columns = table.columns.as_ref()?;
        // Keys that go down to other fetches are looked for among these.
        let there =
            |key: &str| self.keys.iter().any(|at| columns.get(*at).is_some_and(|column| quoted(&column.name) == key));
        if fetches.iter().flat_map(|fetch| &fetch.links).any(|link| link.of == self.mention && !there(&link.key)) {
            return None;
        }
        let keys: Vec<usize> = self.keys.iter().copied().collect();
        let fetched = Arc::new(table.counted(&keys, self.counts.len())?);
        let names: Vec<String> = keys.iter().filter_map(|at| columns.get(*at)).map(|of| quoted(&of.name)).collect();
        let selected = fetch::selected(&table, &keys);
        let counts = self.counts.iter().map(|of| match of.and_then(|at| columns.get(at)) {
            Some(column) => format!("COUNT({})", quoted(&column.name)),
            None => "COUNT(*)".to_owned(),
        });
        let select = fetch::Grouped {
            selected: std::iter::once(selected).chain(counts).collect::<Vec<_>>().join(", "),
            by: names.join(", "),
            keys: keys.len(),
            counts: self.counts.len(),
        };
        let mut asked: Vec<Implied> = self.asked.iter().cloned().map(Implied::Part).collect();
        asked.extend(joins.filters(self.mention).into_iter().filter(|more| !is_among(more, &self.asked)));
        let fetch = fetch::grouped(self.mention, &select, asked, self.resolver, joins)?;
        Some(Counted { mention: self.mention, table: fetched, fetch, merged: self.edits, filters: self.filters })
    }

    /// Whether a name that is not known might be one of its columns.
    fn hides_names(&self, whole: &Query, table: &Table) -> bool {
        let mut hides = false;
        each_expr(whole, &mut |expr| {
            each_part(expr, &mut |part| {
                if let ExprKind::Column(name) = &part.kind {
                    let known = self.found.columns.contains_key(&part.span.start);
                    hides |= !known && table.column(&name.column.text).is_some();
                }
            });
        });
        hides
    }

    /// All that the query shows, groups by and orders by; what it counts is replaced.
    fn shown(&mut self) -> Option<()> {
        for key in &self.select.group_by {
            self.found.column(key)?;
            self.expression(key)?;
        }
        let select = self.select;
        for item in &select.items {
            let SelectItem::Expr { expr, alias, .. } = item else { continue };
            let before = self.edits.len();
            self.expression(expr)?;
            let end = expr.span.end;
            let named = alias.is_some() || self.resolver.found.edit_texts.contains(&Span { start: end, end });
            if self.edits.len() > before && !named {
                // The column's name is its text: it stays what the client wrote.
                let pieces = vec![Piece::Text(" AS ".into()), Piece::Quoted(self.resolver.normal(expr.span))];
                self.replace(Span { start: end, end }, Replacement::Pieces(pieces));
            }
        }
        let query = self.query;
        select
            .having
            .iter()
            .chain(query.order_by.iter().map(|key| &key.expr))
            .try_for_each(|expr| self.expression(expr))
    }

    /// An expression that is asked of groups.
    fn expression(&mut self, expr: &'s Expr) -> Option<()> {
        let mut nested = false;
        let (mut aggregates, mut columns) = (Vec::new(), Vec::new());
        each_part(expr, &mut |part| match &part.kind {
            ExprKind::Subquery(_) | ExprKind::Exists(_) | ExprKind::InQuery { .. } => nested = true,
            ExprKind::Function(function) if is_aggregate(function) => aggregates.push((part.span, &**function)),
            ExprKind::Column(_) => columns.push(part),
            _ => {}
        });
        if nested {
            return None;
        }
        let inside = |column: &Expr| aggregates.iter().any(|(span, _)| within(column.span, *span));
        columns.retain(|column| !inside(column));
        for column in columns {
            self.key(column, Key::Shown)?;
        }
        aggregates.into_iter().try_for_each(|(span, function)| self.aggregate(span, function))
    }

    /// A column, if it is one of the table's: it is a key of it. Those that a client sees show whether they belong to a
    /// primary key, which is not there.
    fn key(&mut self, column: &Expr, seen: Key) -> Option<()> {
        let Some(of) = self.found.column(column).filter(|of| of.mention == self.mention) else { return Some(()) };
        let table = self.found.tables.get(self.mention)?;
        let at = table.column(&of.name)?;
        let primary = table.unique_keys.iter().any(|key| &*key.name == "PRIMARY" && key.columns.contains(&at));
        if !is_one_value(self.found.kind(of)?) || (seen == Key::Shown && primary) {
            return None;
        }
        self.keys.insert(at);
        self.known.insert(bare(column).span.start);
        Some(())
    }

    fn aggregate(&mut self, span: Span, function: &'s Function) -> Option<()> {
        let counts = function.name == "COUNT" && !function.distinct;
        let of_rows = match function.args.as_slice() {
            [] => function.star,
            [of] => bare(of).kind == ExprKind::Literal(LiteralKind::Int),
            _ => false,
        };
        if counts && of_rows {
            let count = self.count(None)?;
            self.replace_count(span, &format!("IFNULL({count}, 1)"));
            return Some(());
        }
        let columns: Option<Vec<_>> = function.args.iter().map(|arg| self.found.column(arg).cloned()).collect();
        let columns = columns?;
        let own = columns.iter().any(|column| column.mention == self.mention);
        let which = matches!(function.name.as_str(), "MIN" | "MAX") || (function.name == "COUNT" && function.distinct);
        match columns.as_slice() {
            [column] if counts && own => {
                let at = self.found.tables.get(self.mention)?.column(&column.name)?;
                let count = self.count(Some(at))?;
                self.replace_count(span, &count);
                self.known.extend(function.args.iter().map(|arg| bare(arg).span.start));
                Some(())
            }
            [_, ..] => (which && !own).then_some(()),
            [] => None,
        }
    }

    /// The column that has a count, as the statement names it.
    fn count(&mut self, of: Option<usize>) -> Option<String> {
        let at = match self.counts.iter().position(|known| *known == of) {
            Some(at) => at,
            None => {
                self.counts.push(of);
                self.counts.len() - 1
            }
        };
        let named = self.found.mentions.get(self.mention)?;
        Some(format!("{}.{}", quoted(&named.name), quoted(&Table::count_name(at))))
    }

    /// A sum in the place of a count, of its type.
    fn replace_count(&mut self, span: Span, of: &str) {
        self.replace(
            span,
            Replacement::Text(format!("CAST(CAST(IFNULL(SUM({of}), 0) AS DECIMAL(20)) AS SIGNED)").into()),
        );
    }

    fn replace(&mut self, span: Span, with: Replacement) {
        self.edits.push(Edit { at: self.resolver.normal(span), with });
    }

    /// The conditions of the query.
    fn conditions(&mut self) -> Option<()> {
        let select = self.select;
        if let Some(condition) = &select.selection {
            self.condition(condition, !self.supplied)?;
        }
        select.from.iter().try_for_each(|table| self.from(table))
    }

    fn from(&mut self, table: &'s TableExpr) -> Option<()> {
        match table {
            TableExpr::Table(_) | TableExpr::Derived { .. } => Some(()),
            TableExpr::Function { .. } => None,
            TableExpr::Nested(tables) => tables.iter().try_for_each(|table| self.from(table)),
            TableExpr::Join { left, right, kind, constraint } => {
                self.from(left)?;
                self.from(right)?;
                let decides = match kind {
                    JoinKind::Inner => !self.supplied,
                    // Rows of the table that do not fulfil it meet nothing.
                    JoinKind::Left => self.is_it(right),
                    JoinKind::Right => self.is_it(left),
                };
                match constraint {
                    JoinConstraint::On(on) => self.condition(on, decides),
                    JoinConstraint::None => Some(()),
                    JoinConstraint::Using(_) | JoinConstraint::Natural => None,
                }
            }
        }
    }

    fn is_it(&self, table: &TableExpr) -> bool {
        match table {
            TableExpr::Table(table) => self.found.mention_at.get(&table.name.span.start) == Some(&self.mention),
            TableExpr::Nested(tables) => matches!(tables.as_slice(), [table] if self.is_it(table)),
            TableExpr::Derived { .. } | TableExpr::Function { .. } | TableExpr::Join { .. } => false,
        }
    }

    /// A condition; `decides` says whether a row of the table that does not fulfil it can be left out, whatever else there
    /// is.
    fn condition(&mut self, condition: &'s Expr, decides: bool) -> Option<()> {
        let mut parts = Vec::new();
        conjuncts(condition, &mut parts);
        parts.into_iter().try_for_each(|part| self.part(part, decides))
    }

    fn part(&mut self, part: &'s Expr, decides: bool) -> Option<()> {
        let lexed = self.resolver.lexed;
        let mut columns = Vec::new();
        each_part(part, &mut |part| {
            if matches!(part.kind, ExprKind::Column(_)) {
                columns.push(part);
            }
        });
        let own = |column: &&&Expr| self.found.column(column).is_some_and(|of| of.mention == self.mention);
        let of_it: Vec<&Expr> = columns.iter().filter(own).copied().collect();
        let mut alone = Taking::new(std::slice::from_ref(&self.mention), self.found, lexed);
        if decides && alone.condition(part, Demand::Any).is_some() {
            let filter = alone.filter(part);
            self.asked.push(filter.clone());
            self.filters.push(filter);
            self.known.extend(of_it.iter().map(|column| column.span.start));
            self.replace(part.span, Replacement::Text("TRUE".into()));
            return Some(());
        }
        let mut taking = Taking::new(&self.beside, self.found, lexed);
        taking.condition(part, Demand::Any)?;
        self.filters.push(taking.filter(part));
        of_it.into_iter().try_for_each(|column| self.key(column, Key::Compared))
    }

    /// Whether all places that name its columns have been understood.
    fn understands_all(&self) -> Option<()> {
        let own = self.found.columns.iter().filter(|(_, column)| column.mention == self.mention);
        own.map(|(at, _)| at).all(|at| self.known.contains(at)).then_some(())
    }

    /// Whether each key is there once, so that nothing is gained; and what depends on it is known to a server.
    fn keys_are_unique(&self, table: &Table) -> bool {
        table.unique_keys.iter().any(|key| key.columns.iter().all(|at| self.keys.contains(at)))
    }
}

/// Whether equal values are one value.
fn is_one_value(kind: &ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Int { .. }
            | ColumnKind::Decimal { .. }
            | ColumnKind::Year
            | ColumnKind::Date
            | ColumnKind::DateTime { .. }
            | ColumnKind::Enum { .. }
    )
}

fn within(span: Span, outer: Span) -> bool {
    outer.start <= span.start && span.end <= outer.end
}

fn is_among(condition: &Implied, asked: &[Filter]) -> bool {
    matches!(condition, Implied::Part(filter) if asked.iter().any(|known| known.at == filter.at))
}

// === impl Counted ===

impl Counted {
    /// Puts the edits that hold elsewhere in the statement beside its own.
    pub(super) fn arrange(&mut self, merged: &[Edit]) {
        let inside = |edit: &Edit| {
            let of =
                |own: &&Edit| own.at.start <= edit.at.start && edit.at.end <= own.at.end && edit.at.start < own.at.end;
            self.merged.iter().any(|own| of(&own))
        };
        let others: Vec<Edit> = merged.iter().filter(|edit| !inside(edit)).cloned().collect();
        self.merged.extend(others);
        self.merged.sort_by_key(|edit| (edit.at.start, edit.at.end));
    }
}

// === impl Plan ===

impl Plan {
    /// The plan that a merge node follows where a table comes as keys with counts; None where the rows come as they are.
    pub fn counted_for(&self, args: &Args<'_>) -> Option<Plan> {
        let counted = self.counted.as_ref()?;
        // Two ways that are to be compared had better have little in common.
        let verifies = args.switches.is_on(Switch::Verify);
        if verifies || self.rewrite.is_some() || !counted.filters.iter().all(|filter| filter.holds(args)) {
            return None;
        }
        let mut plan = self.clone();
        plan.counted = None;
        *plan.tables.get_mut(counted.mention)? = counted.table.clone();
        *plan.fetches.get_mut(counted.mention)? = counted.fetch.clone();
        plan.merged.clone_from(&counted.merged);
        plan.merged_once = None;
        Some(plan)
    }
}

/// Calls back for every SELECT of a query and of those in it, with the query that it is the body of.
fn each_select<'s>(query: &'s Query, visit: &mut dyn FnMut(&'s Query, &'s Select)) {
    if let QueryBody::Select(select) = &query.body {
        visit(query, select);
    }
    each_inner(query, &mut |inner| each_select(inner, visit));
}

/// Calls back for every expression of a query and of those in it.
fn each_expr<'s>(query: &'s Query, visit: &mut dyn FnMut(&'s Expr)) {
    own_exprs(query, visit);
    each_inner(query, &mut |inner| each_expr(inner, visit));
}

/// Calls back for every query directly inside another one.
fn each_inner<'s>(query: &'s Query, visit: &mut dyn FnMut(&'s Query)) {
    query.ctes.iter().for_each(|cte| visit(&cte.query));
    match &query.body {
        QueryBody::SetOperation { left, right, .. } => {
            visit(left);
            visit(right);
        }
        QueryBody::Nested(inner) => visit(inner),
        QueryBody::Select(select) => select.from.iter().for_each(|table| derived(table, visit)),
        QueryBody::Values(_) | QueryBody::Table(_) => {}
    }
    own_exprs(query, &mut |expr| each_query(expr, visit));
}

fn derived<'s>(table: &'s TableExpr, visit: &mut dyn FnMut(&'s Query)) {
    match table {
        TableExpr::Table(_) | TableExpr::Function { .. } => {}
        TableExpr::Derived { query, .. } => visit(query),
        TableExpr::Join { left, right, .. } => {
            derived(left, visit);
            derived(right, visit);
        }
        TableExpr::Nested(tables) => tables.iter().for_each(|table| derived(table, visit)),
    }
}

fn own_exprs<'s>(query: &'s Query, visit: &mut dyn FnMut(&'s Expr)) {
    match &query.body {
        QueryBody::Select(select) => {
            for item in &select.items {
                if let SelectItem::Expr { expr, .. } = item {
                    visit(expr);
                }
            }
            select.from.iter().for_each(|table| join_exprs(table, visit));
            let more = select.selection.iter().chain(&select.group_by).chain(&select.having);
            more.chain(&select.window_exprs).for_each(&mut *visit);
        }
        QueryBody::Values(exprs) => exprs.iter().for_each(&mut *visit),
        QueryBody::SetOperation { .. } | QueryBody::Nested(_) | QueryBody::Table(_) => {}
    }
    query.order_by.iter().for_each(|key| visit(&key.expr));
}

fn join_exprs<'s>(table: &'s TableExpr, visit: &mut dyn FnMut(&'s Expr)) {
    match table {
        TableExpr::Table(_) | TableExpr::Derived { .. } => {}
        TableExpr::Function { args, .. } => args.iter().for_each(visit),
        TableExpr::Nested(tables) => tables.iter().for_each(|table| join_exprs(table, visit)),
        TableExpr::Join { left, right, constraint, .. } => {
            join_exprs(left, visit);
            join_exprs(right, visit);
            if let JoinConstraint::On(on) = constraint {
                visit(on);
            }
        }
    }
}
