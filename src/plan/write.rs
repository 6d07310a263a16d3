//! UPDATE and DELETE.
//!
//! Always holds: a row is changed where it lies, so its shard key stays; a table that every shard holds a copy of is
//! changed everywhere alike, or not at all.

use std::collections::HashSet;

use super::constraint;
use super::copies::{self, Rows};
use super::functions;
use super::hints::Hints;
use super::join::{self, Group, Joins};
use super::key_setters;
use super::own_table;
use super::resolve::{self, Naming, Resolved, Resolver, refuse};
use super::rewrite::{self, Way};
use super::select::{apart, not_together};
use super::{Combine, Plan, PlanError, Routing, route_of};
use crate::error::{Code, SqlError};
use crate::rule::Placement;
use crate::sql::ast::{Assignment, Delete, Expr, Limit, OrderKey, TableExpr, Update};

/// What UPDATE and DELETE have in common.
struct Change<'s> {
    verb: &'static str,
    tables: &'s [TableExpr],
    selection: Option<&'s Expr>,
    order_by: &'s [OrderKey],
    limit: Option<&'s Limit>,
    returning: bool,
    ignore: bool,
    /// A DELETE whose tables are named by aliases.
    by_alias: bool,
    /// What an UPDATE assigns.
    assignments: &'s [Assignment],
    /// Why the row may not stay where it is.
    moves: Option<SqlError>,
}

// === impl Change ===

impl Change<'_> {
    /// What wants a schema to be selected, which backends have not: a DELETE by aliases, and on MySQL an UPDATE of several
    /// tables that has JSON_TABLE anywhere.
    fn wants_schema(&self, found: &Resolved) -> Option<&'static str> {
        let several = !matches!(self.tables, [TableExpr::Table(_)]);
        let functions = self.verb == "UPDATE" && found.table_functions && several;
        if self.by_alias { Some("of a table by its alias") } else { functions.then_some("with JSON_TABLE") }
    }
}

/// Plans an UPDATE.
pub(super) fn update(update: &Update, mut resolver: Resolver<'_>, hints: &Hints) -> Result<Plan, PlanError> {
    let block = resolver.block(None);
    for table in &update.tables {
        resolver.table_expr(table, block, Naming::Alias)?;
    }
    for table in &update.tables {
        resolver.join_conditions(table, block)?;
    }
    let mut written = HashSet::new();
    let mut moves = None;
    let mut set: Vec<(Option<usize>, &str)> = Vec::new();
    for assignment in &update.assignments {
        let mention = resolver.assigned(&assignment.column, block)?;
        set.push((mention, &assignment.column.column.text));
        resolver.expr(&assignment.value, block)?;
        match mention {
            Some(mention) => {
                moves = moves.or(key_stays(&resolver.found, mention, assignment).err());
                written.insert(mention);
            }
            // Which table the column belongs to is not known: it could be any that is not named in a query inside.
            None => {
                let of = |mention: &usize| resolver.found.mentions.get(*mention).is_some_and(|of| of.block == block);
                for mention in (0..resolver.found.tables.len()).filter(of) {
                    moves = moves.or(key_stays(&resolver.found, mention, assignment).err());
                    written.insert(mention);
                }
            }
        }
    }
    for &mention in &written {
        if let Some(table) = resolver.found.tables.get(mention) {
            let assigned = set.iter().filter(|(of, _)| of.is_none_or(|of| of == mention)).map(|(_, name)| *name);
            key_setters::updated(table, assigned)?;
            if update.ignore {
                constraint::ignored(table)?;
            }
            resolver.found.needs.timestamp |= key_setters::is_timed(table);
        }
    }
    let change = Change {
        verb: "UPDATE",
        tables: &update.tables,
        selection: update.selection.as_ref(),
        order_by: &update.order_by,
        limit: update.limit.as_ref(),
        returning: false,
        ignore: update.ignore,
        by_alias: false,
        assignments: &update.assignments,
        moves,
    };
    finish(&change, &written, block, resolver, hints)
}

/// Plans a DELETE.
pub(super) fn delete(delete: &Delete, mut resolver: Resolver<'_>, hints: &Hints) -> Result<Plan, PlanError> {
    let block = resolver.block(None);
    let aliased = delete.targets.is_empty()
        && delete.tables.iter().any(|table| matches!(table, TableExpr::Table(table) if table.alias.is_some()));
    if aliased && resolver.context.tables.on_mariadb() {
        return refuse(
            Code::UnsupportedStatement,
            "An alias in a DELETE of one table, which MariaDB does not read, is not served",
        );
    }
    let naming = if names_once(&delete.tables) { Naming::Bare } else { Naming::Alias };
    for table in &delete.tables {
        resolver.table_expr(table, block, naming)?;
    }
    for table in &delete.tables {
        resolver.join_conditions(table, block)?;
    }
    let mut written = HashSet::new();
    for target in &delete.targets {
        match resolver.qualifier(block, target.schema.as_ref(), &target.name)? {
            Some(mention) => written.insert(mention),
            None if delete.tables.iter().any(|table| is_derived(table, &target.name.text)) => {
                let message = format!("The target table {} of the DELETE is not updatable", target.name.text);
                return refuse(Code::NotUpdatable, message);
            }
            None => {
                let message = format!("Unknown table '{}' in MULTI DELETE", target.name.text);
                return refuse(Code::UnknownTableInClause, message);
            }
        };
    }
    if delete.targets.is_empty() {
        written.extend(0..resolver.found.tables.len());
    }
    for item in &delete.returning {
        resolver.item(item, block)?;
    }
    let change = Change {
        verb: "DELETE",
        tables: &delete.tables,
        selection: delete.selection.as_ref(),
        order_by: &delete.order_by,
        limit: delete.limit.as_ref(),
        returning: !delete.returning.is_empty(),
        ignore: delete.ignore,
        by_alias: !delete.targets.is_empty() && naming == Naming::Alias,
        assignments: &[],
        moves: None,
    };
    // Its nodes do not see the alias.
    let only = written.iter().next().filter(|_| written.len() == 1 && naming == Naming::Bare);
    let alias = only.and_then(|mention| Some(resolver.found.mentions.get(*mention)?.name.as_str().into()));
    let mut plan = finish(&change, &written, block, resolver, hints)?;
    plan.deletes_as = alias;
    Ok(plan)
}

/// Whether a name is that of a derived table.
fn is_derived(table: &TableExpr, name: &str) -> bool {
    match table {
        TableExpr::Derived { alias, .. } => alias.as_ref().is_some_and(|alias| *alias.text == *name),
        TableExpr::Join { left, right, .. } => is_derived(left, name) || is_derived(right, name),
        TableExpr::Nested(tables) => tables.iter().any(|table| is_derived(table, name)),
        TableExpr::Table(_) | TableExpr::Function { .. } => false,
    }
}

/// Whether each table is named once, so that no alias is needed to tell them apart. A DELETE by alias wants a database
/// to be selected, which backends have not.
fn names_once(tables: &[TableExpr]) -> bool {
    fn each<'s>(table: &'s TableExpr, names: &mut Vec<&'s str>) -> bool {
        match table {
            TableExpr::Table(table) => {
                let new = !names.contains(&table.name.name.text.as_str());
                names.push(&table.name.name.text);
                new && (table.alias.is_none() || table.partition.is_none())
            }
            TableExpr::Join { left, right, .. } => each(left, names) && each(right, names),
            TableExpr::Nested(tables) => tables.iter().all(|table| each(table, names)),
            TableExpr::Derived { .. } | TableExpr::Function { .. } => true,
        }
    }
    let mut names = Vec::new();
    tables.iter().all(|table| each(table, &mut names))
}

/// Setting a shard key would move the row; `k = k` does not.
pub(super) fn key_stays(found: &Resolved, mention: usize, assignment: &Assignment) -> Result<(), SqlError> {
    let name = &assignment.column.column.text;
    let Some(split) = join::split_of(found, mention) else { return Ok(()) };
    let itself = found
        .column(functions::said(found, &assignment.value))
        .is_some_and(|column| column.mention == mention && column.name.eq_ignore_ascii_case(name));
    if itself || !split.key_columns().iter().any(|key| key.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let table = found.tables.get(mention).map_or("", |table| &table.name);
    Err(SqlError::new(
        Code::ShardKeyUpdate,
        format!(
            "'{name}' is the shard key of '{table}' and cannot be updated; \
             delete the row and insert it again with the new value"
        ),
    ))
}

fn finish(
    change: &Change<'_>,
    written: &HashSet<usize>,
    block: usize,
    mut resolver: Resolver<'_>,
    hints: &Hints,
) -> Result<Plan, PlanError> {
    if let Some(selection) = change.selection {
        resolver.condition(selection, block, false)?;
    }
    for key in change.order_by {
        resolver.expr(&key.expr, block)?;
    }
    let found = &resolver.found;
    let splits = written.iter().any(|&mention| found.is_split(mention));
    if splits && change.selection.is_none() && change.limit.is_none() && !hints.full_table_writes {
        return refuse(
            Code::FullTableWrite,
            format!(
                "{} of a split table without WHERE and LIMIT is refused; add a WHERE, or the hint \
                 /*+TDDL: cmd_extra(FORBID_EXECUTE_DML_ALL=false) */",
                change.verb
            ),
        );
    }
    let mut joins = Joins::new(found, resolver.lexed);
    joins.block(block, change.tables, change.selection);
    change.assignments.iter().for_each(|assignment| joins.nested(&assignment.value));
    let groups = joins.groups();
    let wants_schema = change.wants_schema(found);
    let merged =
        rewrite::changes(&resolver, &mut joins, written, change.assignments, (change.ignore, wants_schema.is_some()));
    let way = way(change, found, written, groups);
    resolver.found.needs.timestamp |= matches!(way, Ok((Routing::Broadcast, _)));
    let mut plan = rewrite::plan(resolver, way, merged)?;
    plan.returns = change.returning;
    Ok(plan)
}

/// How the nodes make the change.
fn way(change: &Change<'_>, found: &Resolved, written: &HashSet<usize>, groups: Vec<Group>) -> Way {
    if let Some(error) = &change.moves {
        return Err(error.clone());
    }
    if groups.len() > 1 && !change.assignments.is_empty() && own_table::is_written_twice(found, written) {
        // At one node, too, there may be two tables for it.
        return Err(not_together(found, &groups));
    }
    if let Some(what) = change.wants_schema(found) {
        let message = format!("{} {what} wants a schema to be selected, and backends have none", change.verb);
        return Err(SqlError::new(Code::UnsupportedAcrossShards, message));
    }
    let copied =
        |mention: &usize| found.tables.get(*mention).is_some_and(|table| table.placement == Placement::Broadcast);
    if written.iter().any(copied) {
        same_everywhere(change, found, written, &groups)?;
        return Ok((Routing::Broadcast, Combine::Same));
    }
    let only_splits = written.iter().all(|&mention| found.is_split(mention));
    let combine = match spread(change, found, only_splits, &groups) {
        Ok(()) => Combine::Affected,
        Err(error) => Combine::Refuse(error),
    };
    Ok((route_of(found, groups)?, combine))
}

/// Whether the change may be made node by node.
fn spread(change: &Change<'_>, found: &Resolved, only_splits: bool, groups: &[Group]) -> Result<(), SqlError> {
    let verb = change.verb;
    if groups.is_empty() {
        return Ok(());
    }
    if groups.len() > 1 {
        return Err(not_together(found, groups));
    }
    if !only_splits {
        return Err(apart(&format!("{verb} of a table that is not split, by rows of one that is,")));
    }
    if change.limit.is_some() {
        return Err(apart(&format!("{verb} with LIMIT")));
    }
    if let Some(random) = &found.random {
        return Err(apart(&format!("{verb} with {random}()")));
    }
    resolve::relevant_to_none(found)?;
    match copies::rows_of(found, groups, change.tables) {
        Rows::Split => Ok(()),
        Rows::Copied | Rows::Wrong => Err(apart(&format!("{verb} with such a join"))),
    }
}

/// Whether a change of copies comes out alike on every shard.
fn same_everywhere(
    change: &Change<'_>,
    found: &Resolved,
    written: &HashSet<usize>,
    groups: &[Group],
) -> Result<(), SqlError> {
    let verb = change.verb;
    let refused = |what: &str| {
        Err(SqlError::new(
            Code::UnsupportedAcrossShards,
            format!(
                "{verb} of a broadcast table {what} could change its copies differently and is not possible; \
                 write plain values by its own keys"
            ),
        ))
    };
    let other = |mention: usize| found.tables.get(mention).is_some_and(|table| table.placement != Placement::Broadcast);
    if !groups.is_empty() || (0..found.tables.len()).any(other) || written.iter().any(|&mention| other(mention)) {
        return refused("together with tables that are not");
    }
    if change.limit.is_some() {
        return refused("with LIMIT");
    }
    match &found.random {
        Some(random) => refused(&format!("with {random}()")),
        None => Ok(()),
    }
}
