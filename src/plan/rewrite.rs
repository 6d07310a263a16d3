//! Writes that the nodes cannot make one by one: a merge node makes them over copies, and the rows that came of it are
//! written to the nodes.
//!
//! The client's own statement runs over temporary tables ([`super::fetch`]), so conversion, defaults, checks, warnings,
//! counts and errors are a server's. A table that is changed has its rows copied whole, and is written by its primary
//! key, or by the values of all columns where it has none; one that is only inserted into begins empty there.
//!
//! Always holds: what is read to be written is locked where it lies; what the copies could answer otherwise than the
//! tables is refused.

use std::collections::HashSet;

use super::coerce::{self, KeyColumn, Purpose};
use super::fetch::{Fetch, RowLock, Wanted, fetch, stored};
use super::functions;
use super::inline::Inlining;
use super::join::Joins;
use super::met::{self, Met, unique_keys_hold};
use super::operand::Given;
use super::own_table;
use super::resolve::Resolver;
use super::{Access, Combine, Generate, Plan, PlanError, Routing, Table, TriggerEvent, UniqueKey};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::rule::{KeySet, KeyValue, Placement};
use crate::sql::ast::{Assignment, Insert, InsertSource};
use crate::value::{Column, ColumnKind, Value};

/// Which tables a merge node writes for a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// Each of them once.
    pub targets: Vec<Written>,
    /// A server wants a schema to be selected for it.
    pub wants_schema: bool,
    /// New rows of the first table meet rows that are there: those are looked up, and copied, before.
    pub met: Option<Met>,
    /// Mentions whose rows lie in the temporary table of a target, each with that target's mention: a server that reads
    /// and writes one table in a statement does it by rules of its own. MariaDB opens a temporary table more than once.
    pub shared: Vec<(usize, usize)>,
    /// One server reads all rows before it changes any, and might warn and fail otherwise than a merge node, which does
    /// not know that a table is joined to itself: what it says of this stands only where it has nothing to warn of.
    pub silent: bool,
    /// The statement passes over rows that a foreign key holds, which a merge node does not see: nothing may depend on
    /// what is deleted.
    pub unheld: bool,
}

/// A table that is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Index into `Plan::tables` and `Plan::fetches`.
    pub mention: usize,
    /// What becomes of its rows.
    pub rows: WrittenRows,
}

/// What becomes of a table's rows.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenRows {
    /// There are new ones.
    New(NewRows),
    /// Those that are there change or go.
    Changed {
        /// How they are found again.
        by: Address,
        /// The columns of other unique keys, as indexes into `Fetch::columns`.
        unique: Vec<usize>,
    },
}

/// How a row that was copied is found again where it lies.
#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    /// By the primary key, or one that serves for it, as indexes into `Fetch::columns`.
    Key(Vec<usize>),
    /// By the values of all columns, and how many of the rows that are equal in them: no key tells them apart, and
    /// nobody else can.
    Values,
}

/// What becomes of new rows whose unique keys are there already: each node sees to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewRows {
    /// The statement fails.
    Insert,
    /// They are left out.
    Ignore,
    /// They take the place of the old ones.
    Replace,
}

/// Where a write goes when the nodes make it: its routing, and how their answers become one.
pub(super) type Way = Result<(Routing, Combine), SqlError>;

/// What a merge node would write, and what it needs for that; or why it cannot.
pub(super) type MergeWay = Result<(Rewrite, Vec<Fetch>), String>;

// === impl NewRows ===

impl NewRows {
    /// How such rows are inserted.
    pub fn verb(self) -> &'static str {
        match self {
            NewRows::Insert => "INSERT INTO",
            NewRows::Ignore => "INSERT IGNORE INTO",
            NewRows::Replace => "REPLACE INTO",
        }
    }
}

// === impl Plan ===

impl Plan {
    /// The plan by which a server is asked whether it refuses a statement itself, where an error is Weir's refusal of a
    /// write that no merge node can make.
    pub fn asks_about(&self, error: &SqlError) -> Option<Self> {
        let refused = self.access == Access::Write && self.rewrite.is_none() && merges(error);
        refused.then(|| Self { routing: Routing::Apart(error.clone()), ..self.clone() })
    }
}

// === impl Rewrite ===

impl Rewrite {
    /// How a mention is written, if it is.
    pub fn written(&self, mention: usize) -> Option<&WrittenRows> {
        self.targets.iter().find(|written| written.mention == mention).map(|written| &written.rows)
    }

    /// The mention in whose temporary table a mention's rows lie: mostly itself.
    pub fn place_of(&self, mention: usize) -> usize {
        self.shared.iter().find(|(shared, _)| *shared == mention).map_or(mention, |(_, place)| *place)
    }
}

/// The plan of a write: by the nodes where they can, else by a merge node.
pub(super) fn plan(resolver: Resolver<'_>, way: Way, merged: MergeWay) -> Result<Plan, PlanError> {
    let (routing, combine) = match (way, &merged) {
        (Ok((routing, Combine::Refuse(error))), Err(why)) => (routing, Combine::Refuse(unmerged(error, why))),
        (Ok(way), _) => way,
        (Err(error), Ok(_)) if merges(&error) => (Routing::Apart(error.clone()), Combine::Refuse(error)),
        (Err(error), Ok(_)) => return Err(error.into()),
        (Err(error), Err(why)) if merges(&error) => {
            let error = unmerged(error, why);
            if !own_table::is_named_again(&resolver.found) {
                return Err(error.into());
            }
            // Before it is refused, a server is asked whether it would do that itself.
            (Routing::Apart(error.clone()), Combine::Refuse(error))
        }
        (Err(error), Err(_)) => return Err(error.into()),
    };
    let edits = resolver.merge_edits();
    let mut plan = Plan::of(resolver.found, routing);
    plan.merged = edits;
    plan.access = Access::Write;
    plan.combine = combine;
    if let Ok((rewrite, fetches)) = merged {
        plan.rewrite = Some(rewrite);
        plan.fetches = fetches;
    }
    Ok(plan)
}

/// Whether a merge node may make a write that the nodes cannot make for this reason.
pub(super) fn merges(error: &SqlError) -> bool {
    [
        Code::UnsupportedAcrossShards,
        Code::JoinNotCoSplit,
        Code::ShardKeyUpdate,
        Code::ShardKeyMissing,
        Code::ShardKeyValue,
    ]
    .into_iter()
    .any(|code| error.is(code))
}

fn unmerged(error: SqlError, why: &str) -> SqlError {
    if why.is_empty() {
        return error;
    }
    SqlError { message: format!("{}; a merge node cannot do it: {why}", error.message), ..error }
}

/// An UPDATE or DELETE on a merge node.
pub(super) fn changes(
    resolver: &Resolver<'_>,
    joins: &mut Joins<'_, '_>,
    written: &HashSet<usize>,
    assigned: &[Assignment],
    (ignore, wants_schema): (bool, bool),
) -> MergeWay {
    let found = &resolver.found;
    bound(resolver)?;
    functions::evaluated_in_order(found)?;
    let (mut targets, mut fetches, mut shared) = (Vec::new(), Vec::new(), Vec::new());
    let mut silent = false;
    for mention in 0..found.tables.len() {
        let Some(table) = found.tables.get(mention) else { continue };
        let own = own_table::place(found, mention, written, !assigned.is_empty());
        let writes = written.contains(&mention);
        let own = own.filter(|_| resolver.context.tables.on_mariadb());
        shared.extend(own.filter(|place| *place != mention).map(|place| (mention, place)));
        let lock = if writes { RowLock::Update } else { RowLock::Share };
        let wanted = match writes || own.is_some() {
            true if writes && ignore && may_meet(table, assigned) => Wanted::Whole,
            true => Wanted::Stored,
            false => Wanted::Named(None),
        };
        let fetch = fetch(mention, (wanted, lock), resolver, joins)?;
        if writes {
            if own.is_none() {
                silent |= own_table::apart(found, mention, written, assigned)?;
            }
            if !assigned.is_empty() {
                seen_by_none(table)?;
            }
            if ignore && !assigned.is_empty() {
                held_by_none(table)?;
            }
            let rows = changed(table, &fetch.columns).unwrap_or_else(|_| by_values(table, &fetch.columns));
            if own.is_none_or(|place| place == mention) {
                targets.push(Written { mention, rows });
            }
        }
        fetches.push(fetch);
    }
    let unheld = ignore && assigned.is_empty();
    Ok((Rewrite { targets, wants_schema, met: None, shared, silent, unheld }, fetches))
}

/// An INSERT on a merge node: the target is the first mention.
pub(super) fn inserts(
    insert: &Insert,
    generate: Option<&Generate>,
    resolver: &Resolver<'_>,
    joins: &mut Joins<'_, '_>,
) -> MergeWay {
    let found = &resolver.found;
    bound(resolver)?;
    if insert.partition.is_some() {
        return Err("PARTITION (…) holds at the tables' own places only".to_owned());
    }
    let Some(table) = found.tables.first() else { return Err(String::new()) };
    if table.view {
        return Err(format!("'{}' is a view", table.name));
    }
    let columns = stored(table)?;
    let returns = !insert.returning.is_empty();
    if returns && generate.is_none() && table.columns.iter().flatten().any(|column| column.auto_increment) {
        return Err("RETURNING would show rows before their AUTO_INCREMENT values are given".to_owned());
    }
    // What is returned is known only where the merge node knows what is met.
    let meets = !insert.on_duplicate.is_empty()
        || returns && (insert.replace || insert.ignore)
        || unique_keys_hold(insert, table, generate).is_err();
    if !meets || matches!(insert.source, InsertSource::Query(_)) {
        functions::evaluated_in_order(found)?;
    }
    let met = if meets { Some(met::met(insert, found, (table, &columns), generate)?) } else { None };
    let rows = match (&met, insert.replace, insert.ignore) {
        (Some(_), ..) => changed(table, &columns)?,
        (None, true, _) => WrittenRows::New(NewRows::Replace),
        (None, false, true) => WrittenRows::New(NewRows::Ignore),
        (None, false, false) => WrittenRows::New(NewRows::Insert),
    };
    let mut fetches = vec![met::target(resolver, table, columns)];
    for mention in 1..found.tables.len() {
        fetches.push(fetch(mention, (Wanted::Named(None), RowLock::Share), resolver, joins)?);
    }
    let targets = vec![Written { mention: 0, rows }];
    Ok((Rewrite { targets, wants_schema: false, met, shared: Vec::new(), silent: false, unheld: false }, fetches))
}

/// What a merge node does not do in the place of the tables.
fn bound(resolver: &Resolver<'_>) -> Result<(), String> {
    let found = &resolver.found;
    if let Some(what) = &found.bound_to_tables {
        return Err(format!("{what} holds at the tables' own places only"));
    }
    if let Some(function) = &found.stored {
        return Err(format!("the stored function {function} may write"));
    }
    if !found.needs.assigns.is_empty() {
        return Err("it assigns user variables".to_owned());
    }
    match Inlining::of(found, resolver.lexed) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err("a CTE over its tables is mentioned twice".to_owned()),
        Err(why) => Err(why),
    }
}

/// How the rows of a changed table are found again.
fn changed(table: &Table, columns: &[usize]) -> Result<WrittenRows, String> {
    let all = table.columns.as_deref().unwrap_or_default();
    let place = |at: &usize| columns.iter().position(|column| column == at);
    let addressing = |key: &&UniqueKey| {
        let of: Vec<&Column> = key.columns.iter().filter_map(|at| all.get(*at)).collect();
        let found = key.columns.iter().all(|at| place(at).is_some()) && of.iter().all(|column| addresses(column));
        // No two rows have the same values, and each row has some.
        let tells_apart = &*key.name == "PRIMARY"
            || (of.iter().all(|column| !column.nullable)
                && met::is_whole(table.definition.as_deref().unwrap_or_default(), key, &of));
        found && tells_apart
    };
    let Some(by) = table.unique_keys.iter().find(addressing) else {
        return Err(match table.unique_keys.iter().any(|key| &*key.name == "PRIMARY") {
            true => format!("rows of '{}' cannot be found by a primary key of such a type", table.name),
            false => format!("'{}' has no primary key by which its rows could be written", table.name),
        });
    };
    let key = by.columns.iter().filter_map(place).collect();
    let unique = unique(table, columns, |key| key.name != by.name);
    Ok(WrittenRows::Changed { by: Address::Key(key), unique })
}

/// How the rows of a changed table are found again that no key tells apart.
fn by_values(table: &Table, columns: &[usize]) -> WrittenRows {
    WrittenRows::Changed { by: Address::Values, unique: unique(table, columns, |_| true) }
}

/// The columns of some unique keys, as indexes into those that are fetched.
fn unique(table: &Table, columns: &[usize], which: impl Fn(&UniqueKey) -> bool) -> Vec<usize> {
    let keys = table.unique_keys.iter().filter(|key| which(key)).flat_map(|key| &key.columns);
    let places: Option<Vec<usize>> = keys.map(|at| columns.iter().position(|column| column == at)).collect();
    // A key over what is computed may change with any column.
    places.unwrap_or_else(|| (0..columns.len()).collect())
}

/// Whether a value of the column, written as a literal, is equal to itself and to no other.
pub(super) fn addresses(column: &Column) -> bool {
    match &column.kind {
        ColumnKind::Int { .. }
        | ColumnKind::Decimal { .. }
        | ColumnKind::Date
        | ColumnKind::Time { .. }
        | ColumnKind::DateTime { .. }
        | ColumnKind::Timestamp { .. }
        | ColumnKind::Text { .. }
        | ColumnKind::Binary
        | ColumnKind::Enum { .. }
        | ColumnKind::Set { .. }
        | ColumnKind::Year
        | ColumnKind::Other(_) => true,
        ColumnKind::Float | ColumnKind::Double | ColumnKind::Bit { .. } | ColumnKind::Json | ColumnKind::Geometry => {
            false
        }
    }
}

/// Whether a changed row may get the values of a unique key that another one has. IGNORE passes over it then, so all rows
/// are copied.
fn may_meet(table: &Table, assigned: &[Assignment]) -> bool {
    let all = table.columns.as_deref().unwrap_or_default();
    let mut keys = table.unique_keys.iter().flat_map(|key| &key.columns);
    !assigned.is_empty()
        && keys.any(|at| {
            let set = |name: &str| assigned.iter().any(|a| a.column.column.text.eq_ignore_ascii_case(name));
            all.get(*at).is_none_or(|column| column.generated || set(&column.name))
        })
}

/// A trigger sees every row that an UPDATE meets, and may change those that would stay as they are: a merge node writes the
/// others only.
fn seen_by_none(table: &Table) -> Result<(), String> {
    match table.triggers.iter().find(|trigger| trigger.event == TriggerEvent::Update) {
        Some(trigger) => {
            Err(format!("the trigger '{}' sees rows of '{}' that stay as they are", trigger.name, table.name))
        }
        None => Ok(()),
    }
}

/// IGNORE passes over rows that a foreign key of their own does not let be changed: a merge node would not know them.
fn held_by_none(table: &Table) -> Result<(), String> {
    match table.definition.as_deref().is_some_and(|text| text.contains(" FOREIGN KEY ")) {
        true => Err(format!("IGNORE passes over rows of '{}' that foreign keys hold", table.name)),
        false => Ok(()),
    }
}

/// Appends the nodes where a row belongs. `keys` are the values of the shard keys in the order of
/// `Split::key_columns`, as they travel, strings in UTF-8.
///
/// # Errors
/// A value that no rule takes.
pub fn nodes_of_row(table: &Table, keys: &[Option<&[u8]>], out: &mut Vec<DataNode>) -> Result<(), SqlError> {
    let Placement::Split(split) = &table.placement else {
        out.extend(table.placement.nodes(&table.rules));
        return Ok(());
    };
    let refused = |message: String| SqlError::new(Code::ShardKeyValue, message);
    let mut values: Vec<KeyValue<'_>> = Vec::with_capacity(keys.len());
    for (number, name) in split.key_columns().iter().enumerate() {
        let column = table.column(name).and_then(|at| table.columns.as_ref()?.get(at));
        let kind = column.map(|column| &column.kind);
        let value = given(kind, keys.get(number).copied().flatten());
        let given = Given { value, kind: crate::sql::ast::LiteralKind::Param };
        let into = KeyColumn { kind, form: split.key_form(number), utf8: true };
        let value = coerce::key_value(&given, into, Purpose::Store).map(owned);
        values.push(value.ok_or_else(|| {
            refused(format!("a row's value of the shard key '{}.{name}' has no place by the rules", table.name))
        })?);
    }
    let sets: Vec<KeySet<'_>> = values.iter().map(|value| KeySet::Values(std::slice::from_ref(value))).collect();
    let start = out.len();
    split.route(&sets, out).map_err(|error| refused(error.to_string()))?;
    if out.len() == start + 1 { Ok(()) } else { Err(refused("a row does not lie at exactly one node".to_owned())) }
}

fn given<'a>(kind: Option<&ColumnKind>, cell: Option<&'a [u8]>) -> Value<'a> {
    let Some(cell) = cell else { return Value::Null };
    let text = || std::str::from_utf8(cell).ok();
    let value = match kind {
        Some(ColumnKind::Int { .. }) => {
            let signed = text().and_then(|text| text.parse().ok()).map(Value::Int);
            signed.or_else(|| text()?.parse().ok().map(Value::UInt))
        }
        Some(ColumnKind::Decimal { .. }) => text().map(|text| Value::Decimal(text.into())),
        Some(_) | None => None,
    };
    value.unwrap_or(Value::Bytes(cell.into()))
}

fn owned(value: KeyValue<'_>) -> KeyValue<'static> {
    match value {
        KeyValue::Null => KeyValue::Null,
        KeyValue::Int(n) => KeyValue::Int(n),
        KeyValue::Decimal(text) => KeyValue::Decimal(text.into_owned().into()),
        KeyValue::Text(text) => KeyValue::Text(text.into_owned().into()),
        KeyValue::Bytes(bytes) => KeyValue::Bytes(bytes.into_owned().into()),
        KeyValue::DateTime(date) => KeyValue::DateTime(date),
    }
}
