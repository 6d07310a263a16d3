//! New rows that meet rows which are there: REPLACE, INSERT IGNORE and ON DUPLICATE KEY UPDATE.
//!
//! Where every unique key contains the shard key, the node of a new row knows all rows that it can meet. Where one does
//! not, they may lie anywhere: a merge node looks them up over all nodes, by each unique key, locked; has copies of them
//! in a table with all keys; and runs the client's own statement there.
//!
//! Always holds: all rows are looked up that one server would meet, also those that a changed row meets by a value of the
//! statement's own making: then it runs again with what was found, until nothing is missing.

use std::sync::Arc;

use super::conditions::bare;
use super::fetch::{Fetch, selected};
use super::functions::said;
use super::insert::TARGET;
use super::resolve::{Resolver, quoted};
use super::resolved::Resolved;
use super::rewrite::addresses;
use super::rows::Cell;
use super::write::key_stays;
use super::{
    Access, Combine, Edit, Generate, Piece, Plan, Replacement, Routing, Table, Trigger, TriggerEvent, UniqueKey,
};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, ShardId};
use crate::merge::MergeSpec;
use crate::plan::KeyCondition;
use crate::rule::Placement;
use crate::sql::Span;
use crate::sql::ast::{Assignment, ExprKind, Insert};
use crate::value::{Column, ColumnKind};

/// The rows that new ones may meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// They are looked up by each of these.
    pub keys: Vec<MetKey>,
    /// A row that is changed may get values that no new row has: others with those have to be looked up too.
    pub looks_again: bool,
}

/// A unique key by which rows meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetKey {
    /// `PRIMARY` for the primary key.
    pub name: Box<str>,
    /// Its columns, as indexes into the target's `Fetch::columns`.
    pub columns: Vec<usize>,
    /// It contains the shard key, so that only the new row's own node can have such a row.
    pub own_node: bool,
}

// === impl Plan ===

impl Plan {
    /// What its new rows may meet; None when a merge node need not know, or there is none.
    pub fn met(&self) -> Option<&Met> {
        self.rewrite.as_ref().and_then(|rewrite| rewrite.met.as_ref())
    }
}

// === impl Fetch ===

impl Fetch {
    /// Fetches the rows of the target for which a condition holds, locked: at one node, or all.
    pub fn looked_up(&self, condition: &str, node: Option<DataNode>) -> Plan {
        let mut plan = self.plan.clone();
        for edits in [&mut plan.single, &mut plan.many] {
            if let Some(Edit { with: Replacement::Pieces(pieces), .. }) = edits.first_mut() {
                pieces.push(Piece::Text(format!("{condition} FOR UPDATE").into()));
            }
        }
        plan.routing = match (node, self.plan.tables.first().map(|table| &table.placement)) {
            (Some(node), _) => Routing::Hinted(vec![node]),
            (None, Some(Placement::Split(_))) => {
                Routing::Split { table: 0, conditions: KeyCondition::Any, also: Vec::new() }
            }
            (None, Some(Placement::Single(shard))) => Routing::Fixed(DataNode { shard: *shard, table: 0 }),
            // Two sessions that lock a row of a broadcast table must meet at the same copy.
            (None, Some(Placement::Broadcast) | None) => Routing::Fixed(DataNode { shard: ShardId(0), table: 0 }),
        };
        plan
    }
}

/// The fetch of an INSERT's target: nothing, until it is known what the new rows meet.
pub(super) fn target(resolver: &Resolver<'_>, table: &Arc<Table>, columns: Vec<usize>) -> Fetch {
    let mut plan = Plan::of(Resolved::default(), Routing::Empty);
    plan.schema = resolver.found.schema.clone().map(Into::into);
    plan.access = Access::LockingRead;
    plan.tables = vec![table.clone()];
    let pieces = vec![
        Piece::Text(format!("SELECT {} FROM ", selected(table, &columns)).into()),
        Piece::Table { table: 0, alias: table.name.clone() },
        Piece::Text(" WHERE ".into()),
    ];
    let end = u32::try_from(resolver.lexed.normal.len()).unwrap_or(u32::MAX);
    plan.single = vec![Edit { at: Span { start: 0, end }, with: Replacement::Pieces(pieces) }];
    plan.many = plan.single.clone();
    plan.combine = Combine::Rows(MergeSpec::default());
    Fetch {
        plan,
        columns,
        links: Vec::new(),
        bounds: Vec::new(),
        cut_down: false,
        once: false,
        counts: 0,
        listed: None,
        sample: None,
    }
}

/// How the rows are looked up that those of an INSERT may meet.
pub(super) fn met(
    insert: &Insert,
    found: &Resolved,
    (table, columns): (&Table, &[usize]),
    generate: Option<&Generate>,
) -> Result<Met, String> {
    let all = table.columns.as_deref().unwrap_or_default();
    if let Some(random) = &found.random {
        return Err(format!("{random}() would be called twice, once to look up the rows that are met"));
    }
    let definition = table.definition.as_deref().unwrap_or_default();
    if insert.ignore && definition.contains(" FOREIGN KEY ") {
        return Err(format!("IGNORE passes over rows of '{}' that foreign keys hold", table.name));
    }
    let unique = |name: &str| {
        let mut columns = table.unique_keys.iter().flat_map(|key| &key.columns).filter_map(|at| all.get(*at));
        columns.any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let sets = |trigger: &&Trigger| {
        trigger.event == TriggerEvent::Insert && trigger.columns.iter().any(|column| unique(column))
    };
    if let Some(trigger) = table.triggers.iter().find(sets) {
        return Err(format!("the trigger '{}' sets columns of unique keys of '{}'", trigger.name, table.name));
    }
    let (mut keys, mut looks_again) = (Vec::new(), false);
    for unique in &table.unique_keys {
        let of: Vec<&Column> = unique.columns.iter().filter_map(|at| all.get(*at)).collect();
        let places = unique.columns.iter().map(|at| columns.iter().position(|column| column == at)).collect();
        let places: Option<Vec<usize>> = places;
        let plain = of.iter().all(|column| addresses(column)) && is_whole(definition, unique, &of);
        let Some(places) = places.filter(|_| plain) else {
            return Err(format!(
                "rows cannot be looked up by the unique key '{}', which is not one of plain columns",
                unique.name
            ));
        };
        looks_again |= !stays_known(insert, found, definition, &of);
        let own_node = match &table.placement {
            Placement::Split(split) => {
                let has = |key: &str| of.iter().any(|column| column.name.eq_ignore_ascii_case(key));
                split.key_columns().iter().all(|key| has(key))
            }
            Placement::Broadcast | Placement::Single(_) => false,
        };
        keys.push(MetKey { name: unique.name.clone(), columns: places, own_node });
    }
    // New values that Weir gives are met by none.
    let given = |key: &MetKey| {
        table.unique_keys.iter().any(|unique| unique.name == key.name && generates(generate, unique, all))
    };
    if !looks_again {
        keys.retain(|key| !given(key));
    }
    Ok(Met { keys, looks_again })
}

/// Whether a key is over whole columns: not over beginnings, and not over expressions.
pub(super) fn is_whole(definition: &str, unique: &UniqueKey, columns: &[&Column]) -> bool {
    let head = match &*unique.name {
        "PRIMARY" => "PRIMARY KEY".to_owned(),
        name => format!("UNIQUE KEY {}", quoted(name)),
    };
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let line = format!("{head} ({})", names.join(","));
    definition.lines().any(|of| of.trim().starts_with(&line))
}

/// What ON DUPLICATE KEY UPDATE does with the column that it assigns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// It stays what it is.
    Itself,
    /// It becomes what the new row offers.
    Offered,
    Another,
}

fn becomes(insert: &Insert, found: &Resolved, assignment: &Assignment) -> Becomes {
    let name = &assignment.column.column.text;
    let value = said(found, bare(&assignment.value));
    let alias = insert.row_alias.as_ref().map(|alias| alias.text.as_str());
    match &value.kind {
        ExprKind::Column(column) if !column.column.text.eq_ignore_ascii_case(name) => Becomes::Another,
        ExprKind::Column(column) => match &column.table {
            Some(table) if Some(table.text.as_str()) == alias => Becomes::Offered,
            _ if found.column(value).is_some_and(|of| of.mention == TARGET) => Becomes::Itself,
            _ => Becomes::Another,
        },
        ExprKind::Function(function) if matches!(function.name.as_str(), "VALUES" | "VALUE") => {
            let of = function.args.first().map(|arg| &arg.kind);
            let same = matches!(of, Some(ExprKind::Column(of)) if of.column.text.eq_ignore_ascii_case(name));
            if same { Becomes::Offered } else { Becomes::Another }
        }
        _ => Becomes::Another,
    }
}

/// Whether a row that is changed has one of the values of a unique key that were looked up.
fn stays_known(insert: &Insert, found: &Resolved, definition: &str, columns: &[&Column]) -> bool {
    if insert.on_duplicate.is_empty() {
        return true;
    }
    let assigned = |column: &&&Column| {
        let of = |assignment: &&Assignment| assignment.column.column.text.eq_ignore_ascii_case(&column.name);
        let of = insert.on_duplicate.iter().filter(of);
        of.fold(Becomes::Itself, |before, assignment| match becomes(insert, found, assignment) {
            Becomes::Itself => before,
            now => now,
        })
    };
    let timed = |column: &&&Column| {
        let head = format!("{} ", quoted(&column.name));
        definition.lines().any(|line| line.trim().starts_with(&head) && line.contains(" ON UPDATE "))
    };
    let all = |what: Becomes| columns.iter().all(|column| assigned(&column) == what);
    (all(Becomes::Itself) && !columns.iter().any(|column| timed(&column))) || all(Becomes::Offered)
}

/// Whether what new rows meet lies where they lie, and stays there.
pub(super) fn stays(
    insert: &Insert,
    table: &Table,
    found: &Resolved,
    generate: Option<&Generate>,
) -> Result<(), SqlError> {
    unique_keys_hold(insert, table, generate)?;
    for assignment in &insert.on_duplicate {
        // The row that is met has the same shard key; of a number that is the same value.
        let column = table.column(&assignment.column.column.text).and_then(|at| table.columns.as_ref()?.get(at));
        let number = column.is_some_and(|column| matches!(column.kind, ColumnKind::Int { .. }));
        if !number || becomes(insert, found, assignment) != Becomes::Offered {
            key_stays(found, TARGET, assignment)?;
        }
    }
    Ok(())
}

/// Whether every new row has a value of a unique key that no row has: one that Weir gives.
fn generates(generate: Option<&Generate>, unique: &UniqueKey, columns: &[Column]) -> bool {
    let has = |name: &str| {
        unique.columns.iter().any(|&at| columns.get(at).is_some_and(|column| column.name.eq_ignore_ascii_case(name)))
    };
    generate.is_some_and(|generate| {
        has(&generate.column) && generate.cells.iter().all(|cell| matches!(cell, None | Some(Cell::Generated)))
    })
}

/// REPLACE, IGNORE and ON DUPLICATE KEY UPDATE ask whether a row is there already: only its own node knows, so every
/// unique key must lead there.
pub(super) fn unique_keys_hold(insert: &Insert, table: &Table, generate: Option<&Generate>) -> Result<(), SqlError> {
    let asks = insert.replace || insert.ignore || !insert.on_duplicate.is_empty();
    let (Placement::Split(split), Some(columns)) = (&table.placement, &table.columns) else { return Ok(()) };
    if !asks {
        return Ok(());
    }
    for unique in &table.unique_keys {
        let named = |name: &str| {
            unique.columns.iter().any(|&at| columns.get(at).is_some_and(|c| c.name.eq_ignore_ascii_case(name)))
        };
        if !generates(generate, unique, columns) && !split.key_columns().iter().all(|key| named(key)) {
            let verb = if insert.replace { "REPLACE" } else { "INSERT IGNORE or ON DUPLICATE KEY UPDATE" };
            return Err(SqlError::new(
                Code::UnsupportedAcrossShards,
                format!(
                    "{verb} of '{}' cannot see duplicates of its unique key '{}' on other shards; \
                     add the shard key to that key, or use INSERT and UPDATE",
                    table.name, unique.name
                ),
            ));
        }
    }
    Ok(())
}
