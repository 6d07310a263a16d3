//! The tables of information_schema that speak of logical tables, filled on a merge node.
//!
//! A server says what its information_schema has of the first physical table of each logical one; physical names are
//! replaced, and the rows stored in a temporary table that is made like the server's own. So whatever a query does with
//! them, a server does it.
//!
//! Always holds: no schema is shown that the user may not use, and no physical table that is not the first of a logical
//! one. Schemas of the server's own are not shown, as by SHOW DATABASES.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::control::{literal, text};
use super::hold::Hold;
use super::listing::{Listed, logical_tables};
use super::temporary::{FULL, put_quoted, quoted};
use super::{Conversation, Request};
use crate::backend::{Instance, ServerKind, SessionState, TextResult};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId, ShardId};
use crate::plan::constraint::marker;
use crate::plan::{DictionaryMention, DictionaryTable, Lookup, MergeName, SIZES};
use crate::rule::{Placement, RuleSet};
use crate::wire::ResponseKind;

/// The statement that makes the temporary table of a mention, empty.
pub(super) fn create(mention: &DictionaryMention, name: MergeName) -> String {
    let (name, table) = (name.qualified(), mention.table.name());
    format!("CREATE TEMPORARY TABLE {name} AS SELECT * FROM information_schema.{table} WHERE FALSE")
}

/// Fills the tables of a statement's mentions.
///
/// # Errors
/// An instance cannot be reached, or there is more than a merge node may be given.
pub(super) async fn fill(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    hold: &mut Hold,
) -> Result<(), SqlError> {
    let cluster = conversation.catalog.cluster();
    let mut schemas = Vec::new();
    for rules in cluster.schemas().into_iter().filter(|rules| (conversation.visible)(&rules.schema)) {
        let tables = logical_tables(conversation.catalog.instances(), rules).await?;
        schemas.push(Schema { rules: rules.clone(), tables });
    }
    for (number, mention) in request.plan.dictionary.iter().enumerate() {
        let mut rows = Rows::default();
        for schema in &schemas {
            let sizes = if mention.sizes { schema.sizes(conversation).await? } else { Sizes::default() };
            schema.collect(mention.table, conversation, &sizes, &mut rows).await?;
        }
        if u64::try_from(rows.rows.len()).unwrap_or(u64::MAX) > conversation.fetch_limits.max_rows {
            let message = format!(
                "information_schema.{} has more than {} rows (limits.max_fetch_rows)",
                mention.table.name(),
                conversation.fetch_limits.max_rows
            );
            return Err(SqlError::new(Code::MergeLimit, message));
        }
        rows.store(&MergeName::of(number).qualified(), hold).await?;
    }
    Ok(())
}

/// A logical schema and its tables.
struct Schema {
    rules: Arc<RuleSet>,
    tables: BTreeMap<String, Listed>,
}

/// By logical name, what [`SIZES`] are over all physical tables of those that have several.
type Sizes = BTreeMap<String, [u128; SIZES.len()]>;

/// Rows under logical names.
#[derive(Default)]
struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Option<Bytes>>>,
}

/// What one physical database is called, and its tables.
struct Shard<'s> {
    rules: &'s RuleSet,
    shard: ShardId,
    /// Logical names of first physical tables.
    logical: BTreeMap<&'s str, &'s str>,
}

// === impl Schema ===

impl Schema {
    /// The rows of its tables.
    async fn collect(
        &self,
        table: DictionaryTable,
        conversation: &Conversation<'_>,
        sizes: &Sizes,
        rows: &mut Rows,
    ) -> Result<(), SqlError> {
        if table == DictionaryTable::Schemata {
            let shard = Shard { rules: &self.rules, shard: ShardId(0), logical: BTreeMap::new() };
            let database = literal(self.rules.database(shard.shard));
            let sql = format!("SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {database}");
            return shard.read(&ask(conversation, self.rules.instance(shard.shard), &sql).await?, sizes, rows);
        }
        let shards: BTreeSet<ShardId> = self.tables.values().map(|listed| listed.shard).collect();
        for shard in shards {
            let here = self.tables.iter().filter(|(_, listed)| listed.shard == shard);
            let logical = here.map(|(name, listed)| (&*listed.physical, &**name)).collect();
            let shard = Shard { rules: &self.rules, shard, logical };
            let instance = self.rules.instance(shard.shard);
            let kind = conversation.catalog.instances().get(instance).and_then(|instance| instance.kind());
            let sql = shard.query(table, kind.unwrap_or(ServerKind::MariaDb));
            shard.read(&ask(conversation, instance, &sql).await?, sizes, rows)?;
        }
        Ok(())
    }

    /// Adds up what has to be.
    async fn sizes(&self, conversation: &Conversation<'_>) -> Result<Sizes, SqlError> {
        let cluster = conversation.catalog.cluster();
        let mut by_shard: BTreeMap<ShardId, BTreeMap<String, &str>> = BTreeMap::new();
        for name in self.tables.keys() {
            let found = conversation.catalog.table(&cluster, &self.rules.schema, name).await?;
            let Lookup::Known(table) = found else { continue };
            let nodes = table.placement.nodes(&table.rules);
            if nodes.len() > 1 && table.placement != Placement::Broadcast {
                for node in nodes {
                    by_shard.entry(node.shard).or_default().insert(table.physical(node).table.to_owned(), name);
                }
            }
        }
        let mut sizes = Sizes::new();
        for (shard, tables) in by_shard {
            let sql = format!(
                "SELECT TABLE_NAME, {} FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({})",
                SIZES.join(", "),
                literal(self.rules.database(shard)),
                list(tables.keys().map(|name| &**name))
            );
            for row in &ask(conversation, self.rules.instance(shard), &sql).await?.rows {
                let Some(logical) = tables.get(&text(row, 0)) else { continue };
                let sums = sizes.entry((*logical).to_owned()).or_default();
                for (sum, at) in sums.iter_mut().zip(1..) {
                    *sum = sum.saturating_add(text(row, at).parse().unwrap_or_default());
                }
            }
        }
        Ok(sizes)
    }
}

// === impl Shard ===

impl Shard<'_> {
    /// What asks a server for the rows of first physical tables.
    fn query(&self, table: DictionaryTable, on: ServerKind) -> String {
        let database = literal(self.rules.database(self.shard));
        let names = list(self.logical.keys().copied());
        let schema = match table {
            DictionaryTable::ReferentialConstraints | DictionaryTable::CheckConstraints => "CONSTRAINT_SCHEMA",
            DictionaryTable::Schemata
            | DictionaryTable::Tables
            | DictionaryTable::Columns
            | DictionaryTable::Statistics
            | DictionaryTable::KeyColumnUsage
            | DictionaryTable::TableConstraints => "TABLE_SCHEMA",
            DictionaryTable::Triggers => "EVENT_OBJECT_SCHEMA",
        };
        let of_tables = match (table, on) {
            // MySQL's does not say of which table a check is, but has each name once in a database.
            (DictionaryTable::CheckConstraints, ServerKind::MySql) => format!(
                "CONSTRAINT_NAME IN (SELECT t.CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS t WHERE \
                 t.TABLE_SCHEMA = {database} AND t.TABLE_NAME IN ({names}) AND t.CONSTRAINT_TYPE = 'CHECK')"
            ),
            (DictionaryTable::Triggers, _) => format!("EVENT_OBJECT_TABLE IN ({names})"),
            _ => format!("TABLE_NAME IN ({names})"),
        };
        format!("SELECT * FROM information_schema.{} WHERE {schema} = {database} AND {of_tables}", table.name())
    }

    /// Adds an answer, under logical names.
    fn read(&self, answer: &TextResult, sizes: &Sizes, rows: &mut Rows) -> Result<(), SqlError> {
        let columns: Vec<String> = answer.columns.iter().map(|column| column.to_ascii_uppercase()).collect();
        if rows.columns.is_empty() {
            rows.columns.clone_from(&columns);
        }
        if rows.columns != columns {
            let message = "the instances differ in what their information_schema shows";
            return Err(SqlError::new(Code::BackendAnswer, message));
        }
        let of_table = columns.iter().position(|column| matches!(&**column, "TABLE_NAME" | "EVENT_OBJECT_TABLE"));
        for row in &answer.rows {
            let physical = of_table.map(|at| text(row, at));
            let logical = physical.as_ref().map(|name| self.logical.get(&**name).copied());
            // MariaDB compares names without regard to case.
            if logical == Some(None) {
                continue;
            }
            let sums = logical.flatten().and_then(|name| sizes.get(name));
            let cells = columns.iter().zip(row).map(|(column, cell)| {
                let cell = cell.as_ref()?;
                let size = SIZES.iter().position(|name| name == column);
                if let Some(sum) = size.and_then(|at| sums?.get(at)) {
                    return Some(Bytes::from(sum.to_string()));
                }
                let name = std::str::from_utf8(cell).ok().and_then(|cell| self.renamed(column, cell));
                Some(name.map_or_else(|| cell.clone(), Bytes::from))
            });
            rows.rows.push(cells.collect());
        }
        Ok(())
    }

    /// What a name is called logically; None where it stays.
    fn renamed(&self, column: &str, name: &str) -> Option<String> {
        match column {
            "SCHEMA_NAME"
            | "TABLE_SCHEMA"
            | "CONSTRAINT_SCHEMA"
            | "INDEX_SCHEMA"
            | "UNIQUE_CONSTRAINT_SCHEMA"
            | "REFERENCED_TABLE_SCHEMA"
            | "TRIGGER_SCHEMA"
            | "EVENT_OBJECT_SCHEMA" => {
                let ours = self.rules.shards().iter().any(|shard| *shard.database == *name);
                ours.then(|| self.rules.schema.to_string())
            }
            "TABLE_NAME" | "REFERENCED_TABLE_NAME" | "EVENT_OBJECT_TABLE" => self.table(name).map(str::to_owned),
            // What the client has not named is named after its table.
            "CONSTRAINT_NAME" => {
                let counted = ["_ibfk_", "_chk_"].into_iter().find_map(|word| {
                    let (physical, number) = name.rsplit_once(word)?;
                    Some(format!("{}{word}{number}", self.table(physical)?))
                });
                counted.or_else(|| self.without_number(name))
            }
            "INDEX_NAME" => self.without_number(name),
            _ => None,
        }
    }

    /// A name of the client's own, which has the number of its physical table at a node: here the first.
    fn without_number(&self, name: &str) -> Option<String> {
        let first = DataNode { shard: self.shard, table: 0 };
        name.strip_suffix(&marker(first)).map(str::to_owned)
    }

    fn table(&self, physical: &str) -> Option<&str> {
        let beside = || {
            let mut ruled = self.rules.tables();
            let is_it = |name: &str, placement: &Placement| {
                let nodes = placement.nodes(self.rules);
                nodes.iter().any(|node| node.shard == self.shard && placement.physical_table(*node, name) == physical)
            };
            ruled.find(|(name, placement)| is_it(name, placement)).map(|(name, _)| name)
        };
        self.logical.get(physical).copied().or_else(beside)
    }
}

// === impl Rows ===

impl Rows {
    /// Stores them; the session is that of `merge_node::loading`.
    async fn store(&self, into: &str, hold: &mut Hold) -> Result<(), SqlError> {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let head = format!("INSERT INTO {into} ({}) VALUES ", columns.join(", ")).into_bytes();
        let mut sql = head.clone();
        let mut rows = self.rows.iter().peekable();
        while let Some(row) = rows.next() {
            sql.extend_from_slice(if sql.len() > head.len() { b",(" } else { b"(" });
            for (number, cell) in row.iter().enumerate() {
                if number > 0 {
                    sql.push(b',');
                }
                match cell {
                    Some(cell) => put_quoted(b"'", cell, &mut sql),
                    None => sql.extend_from_slice(b"NULL"),
                }
            }
            sql.push(b')');
            if sql.len() > FULL || rows.peek().is_none() {
                hold.queue_query(|out| out.extend_from_slice(&sql));
                hold.flush().await?;
                hold.answer(ResponseKind::Results).await?;
                sql.truncate(head.len());
            }
        }
        Ok(())
    }
}

/// Names as a list of literals; there is at least one.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(literal).collect::<Vec<_>>().join(", ")
}

/// Asks an instance, which shows times in the client's time zone.
async fn ask(conversation: &Conversation<'_>, instance: InstanceId, sql: &str) -> Result<TextResult, SqlError> {
    let mut state = SessionState::default();
    if let Some(zone) = conversation.state.get("time_zone") {
        state.set("time_zone", zone);
    }
    let Some(instance) = conversation.catalog.instances().get(instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    Ok(asked(instance, &state, sql).await?)
}

async fn asked(
    instance: &Instance,
    state: &SessionState,
    sql: &str,
) -> Result<TextResult, crate::backend::BackendError> {
    let mut lease = instance.lease_own(state).await?;
    let result = lease.query(sql).await;
    if result.as_ref().err().is_none_or(|error| !error.ends_connection()) {
        lease.give_back();
    }
    result
}
