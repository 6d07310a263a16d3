//! Rules + statement + parameters → a [`Plan`]: plain data that says where a statement goes, what is sent there, and
//! how the answers become one. No I/O, no async, no clock.
//!
//! A plan is made once for a normal form ([`plan`]) and bound again and again: [`Plan::fits`] says whether a cached one
//! holds for this text, [`Plan::route`] which data nodes the literals or parameters mean, [`Plan::write`] splices the
//! physical names of one node into the client's text, [`Plan::limit`] gives the LIMIT of the merged answer.
//!
//! Always holds: what is not provably the same over many nodes is [`Combine::Refuse`], and runs when its operands leave
//! one node. What no plan does: look at rows, or at the text of a statement a second time.

mod aggregate;
pub mod around;
mod bind;
mod bounds;
mod carry;
mod coerce;
mod columns;
pub mod conditions;
pub mod constraint;
mod converts;
mod copies;
mod counted;
pub mod ddl;
mod dictionary;
mod evaluate;
pub mod explain;
mod failing;
mod fetch;
mod filter;
mod found_rows;
mod functions;
mod hints;
mod implied;
mod inline;
mod insert;
mod insert_select;
mod join;
pub mod json;
mod kept;
mod key_setters;
mod lines;
mod load;
mod local_query;
mod merged;
mod met;
mod needs;
mod on;
mod operand;
mod own_table;
mod reduce;
mod repeats;
mod resolve;
mod resolved;
mod rewrite;
pub mod rows;
mod select;
mod short;
mod splice;
mod switch;
pub mod table;
mod write;

use std::sync::Arc;

use crate::error::{Code, SqlError};
use crate::id::{DataNode, ShardId};
use crate::merge::MergeSpec;
use crate::rule::{Placement, RuleSet};
use crate::sql::ast::{InsertSource, Query};
use crate::sql::{LexMode, Lexed, Span, Statement};
pub use bind::{Args, Spread, Target};
pub use bounds::{Bound, Side};
pub use carry::{Carried, Carry};
pub use conditions::KeyCondition;
pub use converts::Converted;
pub use counted::Counted;
pub use dictionary::{DictionaryMention, DictionaryTable, SIZES, is_system_schema};
pub use explain::ExplainRow;
pub use fetch::{Fetch, Travel};
pub use filter::{Filter, Takes};
pub use found_rows::FoundRows;
pub use inline::Inlined;
use join::{Group, Joins};
pub use lines::{FieldValue, LineFault, LineFormat, LineRead};
pub use load::{LinePlacing, Load, LoadCharset};
pub use met::{Met, MetKey};
pub use needs::Needs;
pub use operand::Operand;
pub use reduce::KeyLink;
use resolve::{Resolved, Resolver};
pub use rewrite::{Address, NewRows, Rewrite, Written, WrittenRows, nodes_of_row};
pub use rows::{Generate, RowIds, RowRouting};
pub use switch::{Switch, Switches};
pub use table::{Lookup, MergeName, PhysicalName, Table, Tables, Trigger, TriggerEvent, UniqueKey};

/// What a statement is planned in.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The session's current schema.
    pub schema: Option<&'c str>,
    /// The rules of the current schema, for hints that name shards.
    pub rules: Option<&'c Arc<RuleSet>>,
    /// The catalog.
    pub tables: &'c dyn Tables,
    /// How the text was lexed.
    pub mode: LexMode,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanError {
    /// The catalog has not read this table yet: read it and plan again.
    NeedsTable {
        /// Its logical schema.
        schema: Box<str>,
        /// Its logical name.
        table: Box<str>,
    },
    /// The statement is refused.
    Sql(SqlError),
}

/// Plans a Query, Insert, Update or Delete, or what an Explain wraps.
///
/// Every name is resolved first ([`resolve`]); conditions say which tables are found together and where ([`join`],
/// [`conditions`]); then each kind of statement says what many nodes mean for it ([`select`], [`insert`], [`write`]);
/// hints have the last word ([`hints`]).
///
/// # Errors
/// [`PlanError::NeedsTable`] asks for a table; everything else is the client's answer.
pub fn plan(statement: &Statement, lexed: &Lexed, text: &[u8], context: &Context<'_>) -> Result<Plan, PlanError> {
    let hints = hints::Hints::of(lexed, text)?;
    let resolver = Resolver::new(context, lexed, text);
    let mut plan = match statement {
        Statement::Query(query) => plan_query(query, resolver)?,
        Statement::Do(exprs) => evaluate::plan(exprs, resolver)?,
        Statement::Insert(insert) => insert::plan(insert, resolver)?,
        Statement::Update(update) => write::update(update, resolver, &hints)?,
        Statement::Delete(delete) => write::delete(delete, resolver, &hints)?,
        Statement::LoadData(load) => load::plan(load, resolver)?,
        Statement::Explain { statement, .. } => return self::plan(statement, lexed, text, context),
        _ => return resolve::refuse(Code::UnsupportedStatement, "this statement has no plan"),
    };
    let first = plan.tables.first().map(|table| &*table.rules.schema);
    if plan.tables.iter().any(|table| Some(&*table.rules.schema) != first) && !reads_several(statement) {
        return Err(several_schemas().into());
    }
    dictionary::by_itself(statement, &plan, lexed)?;
    if !plan.needs.assigns.is_empty() && !matches!(plan.combine, Combine::Refuse(_)) {
        plan.combine = Combine::Refuse(select::apart("Assigning user variables"));
    }
    plan.needs.reads_rows |= !plan.tables.is_empty();
    let has_query = plan.needs.leaves != FoundRows::Kept;
    plan.needs.leaves = FoundRows::of(statement, has_query, lexed);
    functions::set_insert_id(&mut plan)?;
    plan.needs.check()?;
    hints.apply(&mut plan, context)?;
    load::unhinted(&plan)?;
    plan.arrange(lexed);
    plan.short = matches!(statement, Statement::Query(query) if short::is(query, &plan));
    Ok(plan)
}

/// A SELECT, or what stands for one.
fn plan_query(query: &Query, mut resolver: Resolver<'_>) -> Result<Plan, PlanError> {
    resolver.query(query, None)?;
    resolver.dictionary_once()?;
    let mut joins = Joins::new(&resolver.found, resolver.lexed);
    joins.query(query);
    let groups = joins.groups();
    let scattered = match resolver.found.several_schemas {
        true => Some(Err(several_schemas())),
        false if groups.is_empty() => None,
        false => Some(select::scatter(query, &resolver, &groups)),
    };
    let mut fetches = fetch::fetches(query, &resolver, &mut joins);
    let inlining = inline::Inlining::of(&resolver.found, resolver.lexed);
    let carried = match (&fetches, &inlining) {
        (Ok(fetches), Ok(None)) => carry::ways(query, &mut resolver, &groups, fetches),
        // A temporary table would be opened twice at a node.
        _ => Vec::new(),
    };
    let counted = match (&fetches, &inlining) {
        (Ok(fetches), Ok(None)) => counted::of(query, &resolver, fetches),
        _ => None,
    };
    let together = match resolver.found.several_schemas {
        true => Err(several_schemas()),
        false => route_of(&resolver.found, groups),
    };
    let mut routing = match (together, &fetches) {
        (Err(apart), Ok(_)) => Routing::Apart(apart),
        (routing, _) => routing?,
    };
    if query.locks() && routing == Routing::Any && !resolver.found.tables.is_empty() {
        // Two sessions that lock a row of a broadcast table must meet at the same copy.
        routing = Routing::Fixed(DataNode { shard: ShardId(0), table: 0 });
    }
    let inlining = match inlining {
        Ok(inlining) => inlining,
        Err(why) => {
            fetches = fetches.and(Err(why));
            None
        }
    };
    let stored = resolver.found.stored.clone();
    let merged = resolver.merge_edits();
    let mut plan = Plan::of(resolver.found, routing);
    plan.merged = merged;
    plan.access = match (&stored, query.locks()) {
        (Some(_), _) => Access::Write,
        (None, true) => Access::LockingRead,
        (None, false) => Access::Read,
    };
    match scattered {
        None => {}
        Some(_) if stored.is_some() => {
            let function = stored.unwrap_or_default();
            let message = format!(
                "the stored function {function} in a SELECT over many shards is not served, because it may write: give \
                 the shard key one value, or take it out of the statement"
            );
            plan.combine = Combine::Refuse(SqlError::new(Code::UnsupportedStatement, message));
        }
        Some(Err(error)) => plan.combine = Combine::Refuse(error),
        Some(Ok(scattered)) => {
            plan.combine = Combine::Rows(scattered.spec);
            plan.many.extend(scattered.edits);
            plan.limit = scattered.limit;
            plan.pins = scattered.pins;
            plan.notes = scattered.notes;
        }
    }
    if let (Some(inlining), Ok(_)) = (&inlining, &fetches) {
        let mut edits = [plan.single.as_slice(), &plan.merged].concat();
        edits.extend(hints::edit(resolver.lexed));
        edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
        let end = u32::try_from(resolver.lexed.normal.len()).unwrap_or(u32::MAX);
        match inlining.inline(&edits, end) {
            Ok(inlined) => plan.merged_once = Some(Box::new(inlined)),
            Err(why) => fetches = Err(why),
        }
    }
    match fetches {
        Ok(fetches) => {
            plan.fetches = fetches;
            plan.counted = counted.map(Box::new);
            plan.pins.extend(carried.iter().flat_map(|way| way.plan.pins.iter().cloned()));
            plan.carried = carried;
        }
        Err(why) if matches!(plan.combine, Combine::Refuse(_)) => plan.notes.push(format!("no merge node: {why}")),
        Err(_) => {}
    }
    Ok(plan)
}

/// Shards of different schemas are different shards, whatever their numbers.
fn several_schemas() -> SqlError {
    let message = "tables of two schemas are never at one node; a merge node can read them together, so take out what it \
                   cannot do, or name tables of one schema";
    SqlError::new(Code::UnsupportedAcrossShards, message)
}

/// Whether a statement may name tables of several schemas: a merge node reads them, and the one that is written is the
/// first.
fn reads_several(statement: &Statement) -> bool {
    matches!(statement, Statement::Query(_))
        || matches!(statement, Statement::Insert(insert) if matches!(insert.source, InsertSource::Query(_)))
}

/// Where the tables of a statement are found.
fn route_of(found: &Resolved, groups: Vec<Group>) -> Result<Routing, SqlError> {
    let single = |mention: &usize| {
        found.tables.get(*mention).is_some_and(|table| matches!(table.placement, Placement::Single(_)))
    };
    let singles: Vec<usize> = (0..found.tables.len()).filter(single).collect();
    let mut groups = groups.into_iter();
    if let Some(first) = groups.next() {
        let also = groups.map(|group| Also { tables: group.mentions, conditions: group.condition });
        let beside = singles.into_iter().map(|table| Also { tables: vec![table], conditions: KeyCondition::Any });
        let table = first.mentions.first().copied().unwrap_or_default();
        return Ok(Routing::Split { table, conditions: first.condition, also: also.chain(beside).collect() });
    }
    let place = |mention: usize| {
        let table = found.tables.get(mention)?;
        let Placement::Single(shard) = table.placement else { return None };
        Some((shard, table.rules.instance(shard)))
    };
    let Some((shard, instance)) = singles.first().and_then(|&mention| place(mention)) else { return Ok(Routing::Any) };
    if singles.iter().any(|&mention| place(mention).is_some_and(|(_, other)| other != instance)) {
        return Err(SqlError::new(
            Code::JoinNotCoSplit,
            "the statement's single tables are on different instances; put them on one, or make one a broadcast table",
        ));
    }
    Ok(Routing::Fixed(DataNode { shard, table: 0 }))
}

/// A statement's plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The logical schema whose rules route it; None when no table is named.
    pub schema: Option<Arc<str>>,
    /// Whether it reads or writes.
    pub access: Access,
    /// The tables it names, each once per mention.
    pub tables: Vec<Arc<Table>>,
    /// The tables of information_schema that it names and Weir fills, each once per mention.
    pub dictionary: Vec<DictionaryMention>,
    /// How the data nodes follow from literals and parameters.
    pub routing: Routing,
    /// What is replaced when the statement goes to one node.
    pub single: Vec<Edit>,
    /// What is replaced when it goes to many; the answer is put together by `combine`.
    pub many: Vec<Edit>,
    /// What is replaced when a merge node answers it.
    pub merged: Vec<Edit>,
    /// The same where the merge node can open each temporary table once only, if that makes a difference.
    pub merged_once: Option<Box<Inlined>>,
    /// How many answers become one.
    pub combine: Combine,
    /// LIMIT of the merged answer: which literals give count and offset.
    pub limit: Option<LimitOperands>,
    /// Literals on whose value this plan rests (`ORDER BY 1`): it is valid only for the same bytes there.
    pub pins: Vec<Pin>,
    /// The rows of VALUES where they are written anew though they do not route (broadcast and single tables).
    pub rows: Option<RowRouting>,
    /// AUTO_INCREMENT values that Weir gives.
    pub generate: Option<Generate>,
    /// INSERT IGNORE: rows that cannot be inserted are left out.
    pub ignores: bool,
    /// ON DUPLICATE KEY UPDATE: a new row that meets one changes it instead.
    pub updates_met: bool,
    /// A write that answers with rows (RETURNING).
    pub returns: bool,
    /// The alias of the table of a DELETE, which its nodes do not see.
    pub deletes_as: Option<Box<str>>,
    /// It calls a stored function, which may write: even EXPLAIN may call it.
    pub calls_stored: bool,
    /// Values that many nodes would each convert and warn of, if they are of such a kind: then a merge node answers.
    pub converted: Vec<Converted>,
    /// What the session has to provide before the statement is sent.
    pub needs: Needs,
    /// Which server a hint asks for.
    pub prefer: Prefer,
    /// What a merge node needs to answer it, one for each of `tables`; empty when none can.
    pub fetches: Vec<Fetch>,
    /// The ways to answer it node by node with the rows of some tables carried there, if these are few.
    pub carried: Vec<Carried>,
    /// A table that comes to the merge node as keys with counts, where the literals allow it.
    pub counted: Option<Box<Counted>>,
    /// A write: which tables a merge node writes, if it can make the write.
    pub rewrite: Option<Rewrite>,
    /// A read of a row at most, by a key: quick wherever it runs.
    pub short: bool,
    /// LOAD DATA LOCAL: what its file looks like, and where its lines go.
    pub load: Option<Box<Load>>,
    /// Why this plan looks as it does, for EXPLAIN and golden tests: short sentences.
    pub notes: Vec<String>,
}

// === impl Plan ===

impl Plan {
    /// A plan for one node, from what resolving found; a read until it is said otherwise.
    fn of(found: Resolved, routing: Routing) -> Self {
        Self {
            schema: found.schema.map(Into::into),
            access: Access::Read,
            tables: found.tables,
            dictionary: found.dictionary,
            routing,
            single: found.edits,
            many: Vec::new(),
            merged: Vec::new(),
            merged_once: None,
            combine: Combine::Same,
            limit: None,
            pins: Vec::new(),
            ignores: false,
            updates_met: false,
            returns: false,
            deletes_as: None,
            calls_stored: found.stored.is_some(),
            rows: None,
            generate: None,
            converted: found.may_convert,
            needs: Needs { late_queries: found.compares_with_rows && found.query_as_value, ..found.needs },
            prefer: Prefer::Any,
            fetches: Vec::new(),
            carried: Vec::new(),
            counted: None,
            rewrite: None,
            short: false,
            load: None,
            notes: Vec::new(),
        }
    }

    /// Whether it asks how much was warned of, which MySQL does not prepare.
    pub fn counts_warnings(&self) -> bool {
        self.single.iter().any(|edit| matches!(edit.with, Replacement::WarningCount | Replacement::ErrorCount))
    }

    /// Brings the edits into the order of the text; until now `many` holds only what many nodes need beside `single`.
    fn arrange(&mut self, lexed: &Lexed) {
        self.single.extend(hints::edit(lexed));
        for edits in [&mut self.many, &mut self.merged] {
            edits.splice(0..0, self.single.iter().cloned());
        }
        for edits in [&mut self.single, &mut self.many, &mut self.merged] {
            edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
        }
        self.counted.iter_mut().for_each(|counted| counted.arrange(&self.merged));
    }
}

impl From<SqlError> for PlanError {
    fn from(error: SqlError) -> Self {
        PlanError::Sql(error)
    }
}

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A read that a replica may answer.
    Read,
    /// A read that locks rows: FOR UPDATE, FOR SHARE.
    LockingRead,
    /// A write.
    Write,
}

/// How data nodes follow from a statement's operands.
#[derive(Clone, Debug, PartialEq)]
pub enum Routing {
    /// Any one instance: no table, or broadcast tables only (read).
    Any,
    /// Always this node.
    Fixed(crate::id::DataNode),
    /// Every shard once (broadcast tables written).
    Broadcast,
    /// The nodes of a split table that its conditions leave; the table is `tables[table]`.
    Split {
        /// Index into `Plan::tables`.
        table: usize,
        /// What is known of its shard keys.
        conditions: KeyCondition,
        /// Other tables that are not joined to it by their keys: the statement runs only where all are on one instance.
        also: Vec<Also>,
    },
    /// Its tables are never at one place: only a merge node can answer it.
    Apart(SqlError),
    /// These nodes, as a hint says.
    Hinted(Vec<DataNode>),
    /// Each row of VALUES goes to its own node.
    Rows(RowRouting),
    /// No row can match: the answer is empty.
    Empty,
}

/// A table beside the one that routes: it is found by itself, and must then be on the same instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Also {
    /// Indexes into `Plan::tables`: mentions that go together.
    pub tables: Vec<usize>,
    /// What is known of the first one's shard keys; for a single table, which is always at one place, nothing.
    pub conditions: KeyCondition,
}

/// Which server of an instance a hint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Prefer {
    /// No word.
    #[default]
    Any,
    /// `master()`.
    Primary,
    /// `slave()`.
    Replica,
}

/// How the answers of many nodes become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Combine {
    /// Row sets are merged.
    Rows(MergeSpec),
    /// Affected rows, warnings and so on are added (split writes).
    Affected,
    /// All answers are the same, the first one stands (broadcast writes).
    Same,
    /// One node only; if the operands leave more, this is the answer.
    Refuse(SqlError),
}

/// LIMIT of a merged answer.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitOperands {
    /// How many rows.
    pub count: Operand,
    /// How many to skip first.
    pub offset: Option<Operand>,
}

/// A replacement in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What is replaced, as a span of the *normal form*; empty for an insertion.
    pub at: Span,
    /// What stands there instead.
    pub with: Replacement,
}

/// What an edit writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Replacement {
    /// The physical name of `tables[table]` at the node, with its database, quoted; and ` AS alias`.
    Table {
        /// Index into `Plan::tables`.
        table: usize,
        /// The alias to add.
        alias: Option<Box<str>>,
    },
    /// A text.
    Text(Box<str>),
    /// `LIMIT offset + count` of `Plan::limit`.
    PushedLimit,
    /// The rows of VALUES that go to the node (`Routing::Rows`), generated values filled in.
    Rows,
    /// Pieces of the text and new text, in this order.
    Pieces(Vec<Piece>),
    /// [`Args::last_insert_id`] as a number.
    LastInsertId,
    /// [`Args::connection_id`] as a number.
    ConnectionId,
    /// [`Args::user`] at [`Args::host`], as a string.
    User,
    /// [`Args::user`] at any host, as a string.
    Account,
    /// [`Args::found_rows`] as a number.
    FoundRows,
    /// [`Args::row_count`] as a number.
    RowCount,
    /// [`Args::warning_count`] as a number.
    WarningCount,
    /// [`Args::error_count`] as a number.
    ErrorCount,
    /// One of [`Args::switches`] as a number.
    Switch(Switch),
}

/// A part of [`Replacement::Pieces`].
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// New text.
    Text(Box<str>),
    /// What stands at this span of the normal form, with the edits of [`Plan::single`] inside it.
    Copy(Span),
    /// The client's own text at this span of the normal form, as a name in backticks.
    Quoted(Span),
    /// What stands at this span of the normal form, as it stands there.
    Raw(Span),
    /// What a replacement writes.
    Replace(Replacement),
    /// The name of a copy of a fetched table.
    MergeTable {
        /// Index into `Plan::tables`.
        table: usize,
        /// Which copy; 0 for the table itself.
        copy: u16,
        /// The alias to add.
        alias: Option<Box<str>>,
    },
    /// The name of `tables[table]` as the statement's target has it, and ` AS alias`.
    Table {
        /// Index into `Plan::tables`.
        table: usize,
        /// The alias.
        alias: Box<str>,
    },
    /// A condition, or TRUE where its literals do not allow to send it down. Parameters in it become literals.
    Filter(Filter),
}

/// A literal that a plan rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Index into `Lexed::holes`.
    pub hole: u32,
    /// The bytes that must stand there.
    pub bytes: Box<[u8]>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "test")]
mod golden;
