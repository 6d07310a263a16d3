//! What a merge node needs: for each table that a statement names, which rows and columns are fetched from the shards.
//!
//! A statement that cannot be answered node by node is answered by a *merge node*: a server into whose temporary tables
//! the rows of each mention are copied, and which then runs the client's own statement over them. So functions,
//! collations and types are a server's, not Weir's. What is fetched is cut down by what the statement says of one table
//! alone ([`super::filter`]), by its shard keys, and to the columns that are named; the statement's conditions run again
//! in full over what has come.
//!
//! Always holds: every row and column that the answer depends on is fetched; what is not understood is fetched whole.

use super::join::Joins;
use super::resolve::{Resolver, quoted};
use super::{Access, Combine, Edit, KeyCondition, Piece, Plan, Replacement, Routing};
use crate::id::{DataNode, ShardId};
use crate::merge::MergeSpec;
use crate::plan::Table;
use crate::rule::Placement;
use crate::sql::Span;
use crate::sql::ast::Query;
use crate::value::{Column, ColumnKind};

/// The rows of one mention, as they are fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// Fetches the rows; no more is done to them than putting one node's behind another's.
    pub plan: Plan,
    /// The columns, as indexes into the table's; in the order in which they are selected.
    pub columns: Vec<usize>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that the statement names.
    Named,
    /// All that store a value.
    Stored,
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
    /// As UTF-8, where a server does not take bytes.
    Utf8,
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
            ColumnKind::Json => Some(Travel::Utf8),
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
    let lock = if super::locks(query) { RowLock::Update } else { RowLock::Free };
    (0..found.tables.len()).map(|mention| fetch(mention, (Wanted::Named, lock), resolver, joins)).collect()
}

/// The fetch of a mention.
pub(super) fn fetch(
    mention: usize,
    (wanted, lock): (Wanted, RowLock),
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
    let columns = match wanted {
        Wanted::Named => columns(table, found.whole.contains(&mention), |name| found.named.contains(name))?,
        Wanted::Stored => stored(table)?,
    };
    let filters = joins.filters(mention);
    let conditions = joins.condition(mention);
    let mut pieces = vec![Piece::Text(format!("SELECT {} FROM ", selected(table, &columns)).into())];
    pieces.push(Piece::Table { table: 0, alias: named.name.as_str().into() });
    for (number, filter) in (0..).zip(&filters) {
        pieces.push(Piece::Text(if number == 0 { " WHERE " } else { " AND " }.into()));
        pieces.push(Piece::Filter(filter.clone()));
    }
    let locks = lock != RowLock::Free;
    match lock {
        RowLock::Free => {}
        RowLock::Share => pieces.push(Piece::Text(" LOCK IN SHARE MODE".into())),
        RowLock::Update => pieces.push(Piece::Text(" FOR UPDATE".into())),
    }
    let end = u32::try_from(resolver.lexed.normal.len()).unwrap_or(u32::MAX);
    let whole = Edit { at: Span { start: 0, end }, with: Replacement::Pieces(pieces) };
    // What is replaced inside the filters is replaced there too; a filter names no other table.
    let inside = |edit: &&Edit| filters.iter().any(|f| f.at.start <= edit.at.start && edit.at.end <= f.at.end);
    // Where no alias can stand in the statement, what qualifies a column is replaced; a fetch has its alias.
    let aliased = |edit: &Edit| match edit.with {
        Replacement::Table { .. } => Edit { at: edit.at, with: Replacement::Text(quoted(&named.name).into()) },
        _ => edit.clone(),
    };
    let mut edits: Vec<Edit> = found.edits.iter().filter(inside).map(aliased).collect();
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    edits.insert(0, whole);
    let mut plan = Plan::of(super::resolve::Resolved::default(), routing(table, conditions, locks));
    plan.schema = found.schema.clone().map(Into::into);
    plan.tables = vec![table.clone()];
    plan.access = if locks { Access::LockingRead } else { Access::Read };
    plan.single = edits.clone();
    plan.many = edits;
    plan.combine = Combine::Rows(MergeSpec::default());
    Ok(Fetch { plan, columns })
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
fn selected(table: &Table, columns: &[usize]) -> String {
    let all = table.columns.as_deref().unwrap_or_default();
    let item = |at: &usize| {
        let Some(column) = all.get(*at) else { return String::new() };
        let name = quoted(&column.name);
        match &column.kind {
            ColumnKind::Enum { .. } | ColumnKind::Set { .. } => format!("CAST({name} AS UNSIGNED)"),
            ColumnKind::Float | ColumnKind::Double => format!("({name} + 0e0)"),
            ColumnKind::Timestamp { .. } => format!("UNIX_TIMESTAMP({name})"),
            _ => name,
        }
    };
    columns.iter().map(item).collect::<Vec<_>>().join(", ")
}
