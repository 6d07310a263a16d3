//! What a merge node needs: for each table that a statement names, which rows and columns are fetched from the shards.
//!
//! A statement that cannot be answered node by node is answered by a *merge node*: a server into whose temporary tables
//! the rows of each mention are copied, and which then runs the client's own statement over them. So functions,
//! collations and types are a server's, not Weir's. What is fetched is cut down by what the statement says of one table
//! alone ([`super::filter`]), by its shard keys, and to the columns that are named; the statement's conditions run again
//! in full over what has come.
//!
//! Always holds: every row and column that the answer depends on is fetched; what is not understood is fetched whole.

use std::sync::Arc;

use super::bounds::Bound;
use super::functions;
use super::implied::Implied;
use super::join::Joins;
use super::json;
use super::reduce::{KeyLink, Reducer};
use super::repeats;
use super::resolve::{Resolved, Resolver, quoted};
use super::{Access, Combine, Edit, KeyCondition, Piece, Plan, Replacement, Routing};
use crate::id::{DataNode, ShardId};
use crate::merge::MergeSpec;
use crate::plan::Table;
use crate::rule::Placement;
use crate::sql::ast::Query;
use crate::sql::{Lexed, Span};
use crate::value::{Column, ColumnKind};

/// The rows of one mention, as they are fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// Fetches the rows; no more is done to them than putting one node's behind another's.
    pub plan: Plan,
    /// The columns, as indexes into the table's; in the order in which they are selected.
    pub columns: Vec<usize>,
    /// Columns that are equal to columns of other fetches: keys of those that came before go down as lists.
    pub links: Vec<KeyLink>,
    /// Columns that are compared with nested queries: their values go down when they are known.
    pub bounds: Vec<Bound>,
    /// Whether rows are left out by what the statement says; such fetches come first.
    pub cut_down: bool,
    /// A row that was fetched already may be left out.
    pub once: bool,
    /// So many columns at the end are counts of rows that agree in the others; 0 where each row is one.
    pub counts: usize,
    /// Tables whose keys in a list say as much as a semi-join with them, and the plan without these semi-joins.
    pub listed: Option<Box<(Vec<usize>, Plan)>>,
    /// The same with the conditions on the table alone, where there are others: a server can tell how many rows it
    /// brings at most.
    pub sample: Option<Box<Plan>>,
}

// === impl Fetch ===

impl Fetch {
    /// The plan with one more condition, which has the keys of these mentions in lists.
    pub fn narrowed(&self, condition: &str, listed: &[usize]) -> Plan {
        let mut plan = match &self.listed {
            Some(without) if without.0.iter().all(|table| listed.contains(table)) => without.1.clone(),
            _ => self.plan.clone(),
        };
        for edits in [&mut plan.single, &mut plan.many] {
            if let Some(Edit { with: Replacement::Pieces(pieces), .. }) = edits.first_mut() {
                // Behind the conditions of one that groups stands how.
                let at = if self.counts > 0 { pieces.len().saturating_sub(1) } else { pieces.len() };
                pieces.insert(at, Piece::Text(format!(" AND {condition}").into()));
            }
        }
        plan
    }
}

/// Which rows of a mention are locked while they are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowLock {
    /// None: they are read.
    Free,
    /// They are read, and what is written depends on them.
    Share,
    /// They are written.
    Update,
}

/// Which columns are fetched.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'s> {
    /// Those that the statement names; a query whose rows these are may say that some are as good as none.
    Named(Option<&'s Query>),
    /// All that store a value.
    Stored,
    /// The same, of every row, whatever the statement says of them.
    Whole,
}

/// How the values of a column travel, so that they arrive as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// As digits.
    Number,
    /// As digits of a DOUBLE, which a FLOAT is exactly.
    Approximate,
    /// As bytes.
    Bytes,
    /// As JSON with its types, as [`super::json`] reads it.
    Json,
    /// As ASCII text.
    Ascii,
    /// As seconds since 1970, which no time zone changes.
    Seconds,
}

// === impl Fetch ===

impl Fetch {
    /// The select list that gives its columns, each value in the form in which it travels.
    pub fn select_list(&self, table: &Table) -> String {
        selected(table, &self.columns)
    }
}

// === impl Travel ===

impl Travel {
    /// How a column's values travel; None when they cannot.
    pub fn of(kind: &ColumnKind) -> Option<Self> {
        match kind {
            ColumnKind::Int { .. }
            | ColumnKind::Decimal { .. }
            | ColumnKind::Year
            | ColumnKind::Enum { .. }
            | ColumnKind::Set { .. } => Some(Travel::Number),
            ColumnKind::Float | ColumnKind::Double => Some(Travel::Approximate),
            ColumnKind::Timestamp { .. } => Some(Travel::Seconds),
            ColumnKind::Json => Some(Travel::Json),
            ColumnKind::Date
            | ColumnKind::Time { .. }
            | ColumnKind::DateTime { .. }
            | ColumnKind::Text { .. }
            | ColumnKind::Binary
            | ColumnKind::Bit { .. }
            | ColumnKind::Geometry => Some(Travel::Bytes),
            ColumnKind::Other(name) => matches!(name.as_str(), "uuid" | "inet4" | "inet6").then_some(Travel::Ascii),
        }
    }
}

/// The fetches for a query, one for each mention; or why no merge node can answer it.
pub(super) fn fetches(query: &Query, resolver: &Resolver<'_>, joins: &mut Joins<'_, '_>) -> Result<Vec<Fetch>, String> {
    let found = &resolver.found;
    if let Some(what) = &found.bound_to_tables {
        return Err(format!("{what} holds at the tables' own places only"));
    }
    if let Some(function) = &found.stored {
        return Err(format!("the stored function {function} may write"));
    }
    functions::evaluated_in_order(found)?;
    let lock = if query.locks() { RowLock::Update } else { RowLock::Free };
    (0..found.tables.len()).map(|mention| fetch(mention, (Wanted::Named(Some(query)), lock), resolver, joins)).collect()
}

/// The fetch of a mention.
pub(super) fn fetch(
    mention: usize,
    (wanted, lock): (Wanted<'_>, RowLock),
    resolver: &Resolver<'_>,
    joins: &mut Joins<'_, '_>,
) -> Result<Fetch, String> {
    let found = &resolver.found;
    let (Some(table), Some(named)) = (found.tables.get(mention), found.mentions.get(mention)) else {
        return Err("a table without a name".to_owned());
    };
    if table.view {
        return Err(format!("'{}' is a view", table.name));
    }
    if let (Some(why), Wanted::Named(_)) = (found.default_bound_to(mention), wanted) {
        return Err(why);
    }
    let columns = match wanted {
        Wanted::Named(_) => columns(table, found.whole.contains(&mention), |name| found.named.contains(name))?,
        Wanted::Stored | Wanted::Whole => stored(table)?,
    };
    let whole = matches!(wanted, Wanted::Whole);
    let conditions = if whole { KeyCondition::Any } else { joins.condition(mention) };
    let locks = lock != RowLock::Free;
    let once = match wanted {
        Wanted::Named(Some(query)) => !locks && repeats::ignored(query, found, mention, &columns),
        Wanted::Named(None) | Wanted::Stored | Wanted::Whole => false,
    };
    let distinct = if once { "DISTINCT " } else { "" };
    let mut text = Building::new(found, mention, table);
    text.pieces.push(Piece::Text(format!("SELECT {distinct}{} FROM ", selected(table, &columns)).into()));
    text.pieces.push(Piece::Table { table: 0, alias: named.name.as_str().into() });
    // Here a server finds out whether there is such an index.
    for (_, span) in found.index_hints.iter().filter(|(of, _)| *of == Some(mention)) {
        text.pieces.extend([Piece::Text(" ".into()), Piece::Raw(resolver.normal(*span))]);
    }
    if !whole {
        text.conditions(joins.filters(mention));
    }
    let simple = text.clone();
    let (mut links, mut bounds) = (Vec::new(), Vec::new());
    let mut listed = None;
    match (lock, wanted) {
        (RowLock::Free, Wanted::Named(Some(_))) if found.several_schemas => links = joins.key_links(mention),
        (RowLock::Free, Wanted::Named(Some(_))) => {
            for local in joins.local_queries(mention) {
                text.place(local.table);
                text.conditions([Implied::Part(local.filter)]);
            }
            links = joins.key_links(mention);
            let reducers = joins.reducers(mention);
            let (by_list, others): (Vec<&Reducer>, Vec<&Reducer>) =
                reducers.iter().partition(|reducer| links.iter().any(|link| reducer.is_said_by(link)));
            if !by_list.is_empty() {
                let mut without = text.clone();
                others.iter().for_each(|reducer| without.semi_join(reducer));
                listed = Some((by_list.iter().flat_map(|reducer| reducer.tables.clone()).collect::<Vec<_>>(), without));
            }
            reducers.iter().for_each(|reducer| text.semi_join(reducer));
            bounds = joins.bounds(mention);
        }
        (RowLock::Free, Wanted::Named(None) | Wanted::Stored | Wanted::Whole) => {}
        // A read that locks locks what it names: its rows are chosen by their own conditions only.
        (RowLock::Share, _) => text.pieces.push(Piece::Text(" LOCK IN SHARE MODE".into())),
        (RowLock::Update, _) => text.pieces.push(Piece::Text(" FOR UPDATE".into())),
    }
    let cut_down = text.wheres > 0 || conditions != KeyCondition::Any;
    if !(links.is_empty() && bounds.is_empty()) {
        text.takes_more();
    }
    let plan_of = |text: Building<'_>| {
        let mut plan = Plan::of(Resolved::default(), routing(table, conditions.clone(), locks));
        plan.schema = found.schema.clone().map(Into::into);
        plan.access = if locks { Access::LockingRead } else { Access::Read };
        (plan.single, plan.tables) = text.edits(resolver.lexed);
        plan.many = plan.single.clone();
        plan.combine = Combine::Rows(MergeSpec::default());
        plan
    };
    let sample = (simple.wheres < text.wheres).then(|| Box::new(plan_of(simple)));
    let listed = listed.map(|(tables, mut without)| {
        without.takes_more();
        Box::new((tables, plan_of(without)))
    });
    Ok(Fetch { plan: plan_of(text), columns, links, bounds, cut_down, once, counts: 0, listed, sample })
}

/// How rows of a mention are counted where they are.
pub(super) struct Grouped {
    /// The select list, counts last.
    pub(super) selected: String,
    /// The keys.
    pub(super) by: String,
    /// How many keys there are.
    pub(super) keys: usize,
    /// How many counts.
    pub(super) counts: usize,
}

/// The fetch of a mention whose rows are counted, under these conditions.
pub(super) fn grouped(
    mention: usize,
    how: &Grouped,
    conditions: Vec<Implied>,
    resolver: &Resolver<'_>,
    joins: &mut Joins<'_, '_>,
) -> Option<Fetch> {
    let found = &resolver.found;
    let (table, named) = (found.tables.get(mention)?, found.mentions.get(mention)?);
    let keys = joins.condition(mention);
    let mut text = Building::new(found, mention, table);
    text.pieces.push(Piece::Text(format!("SELECT {} FROM ", how.selected).into()));
    text.pieces.push(Piece::Table { table: 0, alias: named.name.as_str().into() });
    text.conditions(conditions);
    let cut_down = text.wheres > 0 || keys != KeyCondition::Any;
    text.takes_more();
    text.pieces.push(Piece::Text(format!(" GROUP BY {}", how.by).into()));
    let mut plan = Plan::of(Resolved::default(), routing(table, keys, false));
    plan.schema = found.schema.clone().map(Into::into);
    (plan.single, plan.tables) = text.edits(resolver.lexed);
    plan.many = plan.single.clone();
    plan.combine = Combine::Rows(MergeSpec::default());
    let columns = (0..how.keys + how.counts).collect();
    let (links, counts) = (joins.key_links(mention), how.counts);
    Some(Fetch { plan, columns, links, bounds: Vec::new(), cut_down, once: false, counts, listed: None, sample: None })
}

/// The text of a fetch while it is put together.
#[derive(Clone)]
struct Building<'b> {
    found: &'b Resolved,
    /// The tables that it names, and which mentions they are.
    tables: Vec<Arc<Table>>,
    placed: Vec<usize>,
    pieces: Vec<Piece>,
    /// Parts of the client's text in it.
    copied: Vec<Span>,
    /// How many conditions it has.
    wheres: usize,
}

// === impl Building ===

impl<'b> Building<'b> {
    fn new(found: &'b Resolved, mention: usize, table: &Arc<Table>) -> Self {
        let (tables, placed) = (vec![table.clone()], vec![mention]);
        Self { found, tables, placed, pieces: Vec::new(), copied: Vec::new(), wheres: 0 }
    }

    /// Another table; its number.
    fn place(&mut self, mention: usize) -> usize {
        self.tables.extend(self.found.tables.get(mention).cloned());
        self.placed.push(mention);
        self.placed.len() - 1
    }

    fn next_condition(&mut self) {
        self.pieces.push(Piece::Text(if self.wheres == 0 { " WHERE " } else { " AND " }.into()));
        self.wheres += 1;
    }

    /// More conditions may be put behind it.
    fn takes_more(&mut self) {
        if self.wheres == 0 {
            self.pieces.push(Piece::Text(" WHERE TRUE".into()));
        }
    }

    fn conditions(&mut self, conditions: impl IntoIterator<Item = Implied>) {
        for condition in conditions {
            self.next_condition();
            self.condition(condition);
        }
    }

    fn condition(&mut self, condition: Implied) {
        let (joined_by, parts) = match condition {
            Implied::Part(filter) => {
                self.copied.push(filter.at);
                self.pieces.push(Piece::Filter(filter));
                return;
            }
            Implied::All(parts) => (" AND ", parts),
            Implied::Any(parts) => (" OR ", parts),
        };
        for (number, part) in parts.into_iter().enumerate() {
            self.pieces.push(Piece::Text(if number == 0 { "(" } else { joined_by }.into()));
            self.condition(part);
        }
        self.pieces.push(Piece::Text(")".into()));
    }

    fn semi_join(&mut self, reducer: &Reducer) {
        self.next_condition();
        self.pieces.push(Piece::Text("EXISTS (SELECT 1 FROM ".into()));
        for (number, &mention) in reducer.tables.iter().enumerate() {
            let Some(named) = self.found.mentions.get(mention) else { continue };
            if number > 0 {
                self.pieces.push(Piece::Text(", ".into()));
            }
            let table = self.place(mention);
            self.pieces.push(Piece::Table { table, alias: named.name.as_str().into() });
        }
        for (number, filter) in reducer.filters.iter().enumerate() {
            self.pieces.push(Piece::Text(if number == 0 { " WHERE " } else { " AND " }.into()));
            self.condition(filter.clone());
        }
        self.pieces.push(Piece::Text(")".into()));
    }

    /// The whole text, and behind it what is replaced in what is copied; the tables, by the numbers that they go by here.
    fn edits(self, lexed: &Lexed) -> (Vec<Edit>, Vec<Arc<Table>>) {
        let end = u32::try_from(lexed.normal.len()).unwrap_or(u32::MAX);
        let whole = Edit { at: Span { start: 0, end }, with: Replacement::Pieces(self.pieces) };
        let inside = |edit: &&Edit| self.copied.iter().any(|at| at.start <= edit.at.start && edit.at.end <= at.end);
        let renamed = |edit: &Edit| {
            let with = match &edit.with {
                Replacement::Table { table, alias } => match self.placed.iter().position(|mention| mention == table)? {
                    // Where no alias can stand in the statement, what qualifies a column is replaced; a fetch has one.
                    0 => Replacement::Text(quoted(&self.found.mentions.get(*table)?.name).into()),
                    place => Replacement::Table { table: place, alias: alias.clone() },
                },
                other => other.clone(),
            };
            Some(Edit { at: edit.at, with })
        };
        let mut edits: Vec<Edit> = self.found.edits.iter().filter(inside).filter_map(renamed).collect();
        edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
        edits.insert(0, whole);
        (edits, self.tables)
    }
}

fn routing(table: &Table, conditions: KeyCondition, locks: bool) -> Routing {
    match &table.placement {
        Placement::Single(shard) => Routing::Fixed(DataNode { shard: *shard, table: 0 }),
        // Two sessions that lock a row of a broadcast table must meet at the same copy.
        Placement::Broadcast if locks => Routing::Fixed(DataNode { shard: ShardId(0), table: 0 }),
        Placement::Broadcast => Routing::Any,
        Placement::Split(_) => Routing::Split { table: 0, conditions, also: Vec::new() },
    }
}

/// The columns that store a value.
pub(super) fn stored(table: &Table) -> Result<Vec<usize>, String> {
    let columns = columns(table, true, |_| true)?;
    let all = table.columns.as_deref().unwrap_or_default();
    Ok(columns.into_iter().filter(|at| all.get(*at).is_some_and(|column| !column.generated)).collect())
}

/// The columns that are fetched: those that are named anywhere, or all of them; at least one.
fn columns(table: &Table, whole: bool, named: impl Fn(&str) -> bool) -> Result<Vec<usize>, String> {
    let Some(all) = &table.columns else { return Err(format!("the columns of '{}' are not known", table.name)) };
    if table.definition.is_none() {
        return Err(format!("the definition of '{}' is not known", table.name));
    }
    let used = |column: &Column| (whole && !column.invisible) || named(&column.name.to_lowercase());
    let mut columns: Vec<usize> = (0..).zip(all).filter(|(_, column)| used(column)).map(|(at, _)| at).collect();
    // A primary key is whole or not there, and the flags of its columns show it.
    let primary = table.unique_keys.iter().find(|key| &*key.name == "PRIMARY");
    if let Some(key) = primary.filter(|key| key.columns.iter().any(|at| columns.contains(at))) {
        columns.extend(&key.columns);
        columns.sort_unstable();
        columns.dedup();
    }
    if columns.is_empty() {
        let key = table.unique_keys.first().and_then(|key| key.columns.first());
        columns.push(key.copied().unwrap_or_default());
    }
    for column in columns.iter().filter_map(|at| all.get(*at)) {
        if Travel::of(&column.kind).is_none() {
            return Err(format!("column '{}' of '{}' has a type that cannot be copied", column.name, table.name));
        }
    }
    Ok(columns)
}

/// The select list, each value in the form in which it travels.
pub(super) fn selected(table: &Table, columns: &[usize]) -> String {
    let all = table.columns.as_deref().unwrap_or_default();
    let item = |at: &usize| {
        let Some(column) = all.get(*at) else { return String::new() };
        let name = quoted(&column.name);
        match &column.kind {
            ColumnKind::Enum { .. } | ColumnKind::Set { .. } => format!("CAST({name} AS UNSIGNED)"),
            // The sign of zero stays, which a sum loses.
            ColumnKind::Float | ColumnKind::Double => format!("({name} * 1e0)"),
            ColumnKind::Timestamp { .. } => format!("UNIX_TIMESTAMP({name})"),
            ColumnKind::Json => json::read(&name),
            _ => name,
        }
    };
    columns.iter().map(item).collect::<Vec<_>>().join(", ")
}
