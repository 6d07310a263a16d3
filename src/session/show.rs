//! SHOW and DESCRIBE: what Weir knows itself, and what the first physical table of a logical one can say for it.

use super::answer::{Answer, Cell};
use super::{Session, like};
use crate::catalog::Cluster;
use crate::error::{Code, SqlError};
use crate::exec::control;
use crate::exec::listing::logical_tables;
use crate::id::{DataNode, InstanceId, ShardId};
use crate::plan::constraint::{logical_constraint, logical_definition};
use crate::plan::{Lookup, Table, Tables, is_system_schema};
use crate::rule::{Placement, RuleSet};
use crate::sql::ast::{Ident, Show, ShowWhat, TableName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is asked of the first physical table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfTable {
    Columns { full: bool },
    Index,
    Create,
}

// === impl Session ===

impl Session {
    /// The answer of a SHOW statement; `text` is the statement's.
    pub(super) async fn show(&mut self, show: &Show, text: &[u8]) -> Result<Answer, SqlError> {
        let cluster = self.service.catalog.cluster();
        let mut answer = match &show.what {
            ShowWhat::Databases => self.show_databases(&cluster, show).await,
            ShowWhat::Tables { full, schema } => self.show_tables(&cluster, schema.as_ref(), *full, show).await?,
            ShowWhat::Columns { full, table } => {
                return self.ask_table(&cluster, table, OfTable::Columns { full: *full }, show, text).await;
            }
            ShowWhat::Index { table } => return self.ask_table(&cluster, table, OfTable::Index, show, text).await,
            ShowWhat::CreateTable(table) => return self.ask_table(&cluster, table, OfTable::Create, show, text).await,
            ShowWhat::CreateDatabase(schema) => self.show_create_database(&cluster, schema)?,
            ShowWhat::TableStatus { schema } => {
                return self.show_table_status(&cluster, schema.as_ref(), show).await;
            }
            ShowWhat::Triggers { schema } => return self.show_triggers(&cluster, schema.as_ref(), show).await,
            ShowWhat::Warnings { count } | ShowWhat::Errors { count } => {
                let errors = matches!(show.what, ShowWhat::Errors { .. });
                let mut answer = self.show_warnings(*count, errors);
                let like = if *count { "SHOW COUNT(*) WARNINGS" } else { "SHOW WARNINGS LIMIT 0" };
                self.define(&mut answer, InstanceId(0), like).await;
                answer
            }
            ShowWhat::Processlist { full } => self.show_processlist(*full),
            ShowWhat::Topology(table) => self.show_topology(&cluster, table).await?,
            ShowWhat::Rule { full, table } => self.show_rule(&cluster, table.as_ref(), *full)?,
            ShowWhat::Node => self.show_node(),
            ShowWhat::Trans => self.show_trans(),
            ShowWhat::GlobalDeadlocks => self.show_global_deadlocks(),
            ShowWhat::InDoubt => self.show_in_doubt().await,
            ShowWhat::Datasources => self.show_datasources(&cluster)?,
            ShowWhat::Broadcasts => self.show_broadcasts(&cluster)?,
            ShowWhat::Variables { .. } | ShowWhat::Status { .. } | ShowWhat::Backend(_) => {
                return self.ask_any(text).await;
            }
            ShowWhat::Sequences => self.show_sequences().await?,
            ShowWhat::Unsupported(name) => {
                return Err(SqlError::new(Code::UnsupportedStatement, format!("{name} is not served")));
            }
        };
        if show.selection.is_some() {
            return Err(SqlError::new(
                Code::UnsupportedStatement,
                "SHOW … WHERE is not served for this answer: use LIKE, or filter in the application",
            ));
        }
        if let Some(pattern) = &show.like {
            answer.retain(|name| like::matches(name, pattern));
        }
        Ok(answer)
    }

    /// Has a server define the columns of an answer of Weir's own, if it can be reached.
    pub(super) async fn define(&self, answer: &mut Answer, instance: InstanceId, like: &str) {
        if let Ok(result) = self.ask(instance, like.as_bytes()).await {
            answer.defined_by(result);
        }
    }

    async fn show_databases(&self, cluster: &Cluster, show: &Show) -> Answer {
        let mut answer = Answer::new(&[&format!("Database{}", pattern(show))], &[]);
        self.define(&mut answer, InstanceId(0), "SHOW DATABASES LIKE ''").await;
        for rules in cluster.schemas() {
            if self.may_use(&rules.schema) {
                answer.row([Cell::from(&*rules.schema)]);
            }
        }
        answer
    }

    fn show_create_database(&self, cluster: &Cluster, schema: &Ident) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, Some(schema))?;
        let mut answer = Answer::new(&["Database", "Create Database"], &[]);
        answer.row([
            Cell::from(&*rules.schema),
            Cell::from(format!("CREATE DATABASE `{}`", rules.schema.replace('`', "``"))),
        ]);
        Ok(answer)
    }

    async fn show_tables(
        &self,
        cluster: &Cluster,
        schema: Option<&Ident>,
        full: bool,
        show: &Show,
    ) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, schema)?;
        let column = format!("Tables_in_{}{}", rules.schema, pattern(show));
        let columns: &[&str] = if full { &[&column, "Table_type"] } else { &[&column] };
        let mut answer = Answer::new(columns, &[]);
        let database = rules.database(ShardId(0)).replace('`', "``");
        let full = if full { "FULL " } else { "" };
        let like = format!("SHOW {full}TABLES FROM `{database}` LIKE ''");
        self.define(&mut answer, rules.instance(ShardId(0)), &like).await;
        for (name, listed) in logical_tables(&self.service.instances, &rules).await? {
            let cells = [Cell::from(name), Cell::from(listed.kind)];
            answer.row(cells.into_iter().take(columns.len()));
        }
        Ok(answer)
    }

    /// DESCRIBE t [column].
    pub(super) async fn describe(&mut self, table: &TableName, column: Option<&str>) -> Result<Answer, SqlError> {
        let cluster = self.service.catalog.cluster();
        let show = Show {
            what: ShowWhat::Columns { full: false, table: table.clone() },
            like: column.map(|column| column.as_bytes().to_vec()),
            selection: None,
            limit: None,
        };
        self.ask_table(&cluster, table, OfTable::Columns { full: false }, &show, b"").await
    }

    /// Asks the first physical table, and turns its names back.
    async fn ask_table(
        &self,
        cluster: &Cluster,
        name: &TableName,
        what: OfTable,
        show: &Show,
        text: &[u8],
    ) -> Result<Answer, SqlError> {
        let (table, node) = self.first_node(cluster, name).await?;
        let physical = table.physical(node);
        let of = format!("`{}`.`{}`", physical.database.replace('`', "``"), physical.table.replace('`', "``"));
        let mut sql = match what {
            OfTable::Columns { full: false } => format!("SHOW COLUMNS FROM {of}"),
            OfTable::Columns { full: true } => format!("SHOW FULL COLUMNS FROM {of}"),
            OfTable::Index => format!("SHOW INDEX FROM {of}"),
            OfTable::Create => format!("SHOW CREATE TABLE {of}"),
        }
        .into_bytes();
        append_filter(&mut sql, show, text);
        let instance = table.rules.instance(node.shard);
        let result = self.ask(instance, &sql).await?;
        let (physical, logical) = (physical.table.to_owned(), table.name.to_string());
        Ok(Answer::from_backend(&result, |column, cell| match (what, column) {
            (OfTable::Index, b"Table") | (OfTable::Create, b"Table" | b"View") if cell == physical.as_bytes() => {
                logical.clone().into_bytes()
            }
            (OfTable::Create, b"Create Table") => {
                logical_definition(cell, &table.rules, (&table.name, &table.placement), node)
            }
            (OfTable::Index, b"Key_name") => match std::str::from_utf8(cell) {
                Ok(name) => logical_constraint(name, &physical, &logical, node).into_bytes(),
                Err(_) => cell.to_vec(),
            },
            _ => cell.to_vec(),
        }))
    }

    async fn show_table_status(
        &self,
        cluster: &Cluster,
        schema: Option<&Ident>,
        show: &Show,
    ) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, schema)?;
        if show.selection.is_some() {
            return Err(SqlError::new(
                Code::UnsupportedStatement,
                "SHOW TABLE STATUS … WHERE is not served: use LIKE, or filter in the application",
            ));
        }
        let mut whole: Option<Answer> = None;
        for name in logical_tables(&self.service.instances, &rules).await?.into_keys() {
            if show.like.as_ref().is_some_and(|pattern| !like::matches(name.as_bytes(), pattern)) {
                continue;
            }
            let Lookup::Known(table) = self.service.catalog.table(cluster, &rules.schema, &name).await? else {
                continue;
            };
            let part = self.status_of(&table).await?;
            match &mut whole {
                Some(whole) => whole.append(part),
                None => whole = Some(part),
            }
        }
        Ok(whole.unwrap_or_else(|| Answer::new(&["Name"], &[])))
    }

    /// One row: the first physical table's, with rows and sizes added up over all of them.
    async fn status_of(&self, table: &Table) -> Result<Answer, SqlError> {
        let mut nodes = table.placement.nodes(&table.rules);
        if table.placement == Placement::Broadcast {
            nodes.truncate(1);
        }
        let mut whole: Option<Answer> = None;
        for node in nodes {
            let physical = table.physical(node);
            let sql = format!(
                "SHOW TABLE STATUS FROM `{}` WHERE Name = {}",
                physical.database.replace('`', "``"),
                control::literal(physical.table)
            );
            let result = self.ask(table.rules.instance(node.shard), sql.as_bytes()).await?;
            let part = Answer::from_backend(&result, |column, cell| match column {
                b"Name" => table.name.as_bytes().to_vec(),
                _ => cell.to_vec(),
            });
            match &mut whole {
                Some(whole) => whole.add_numbers(&part, &["Rows", "Data_length", "Index_length", "Data_free"]),
                None => whole = Some(part),
            }
        }
        Ok(whole.unwrap_or_else(|| Answer::new(&["Name"], &[])))
    }

    /// Those of the first physical tables.
    async fn show_triggers(&self, cluster: &Cluster, schema: Option<&Ident>, show: &Show) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, schema)?;
        if show.selection.is_some() {
            return Err(SqlError::new(
                Code::UnsupportedStatement,
                "SHOW TRIGGERS … WHERE is not served: use LIKE with a table's name, or ask information_schema.TRIGGERS",
            ));
        }
        // The first shard is asked at least for the columns.
        let mut by_shard: BTreeMap<ShardId, BTreeMap<String, String>> = BTreeMap::from([(ShardId(0), BTreeMap::new())]);
        for (name, listed) in logical_tables(&self.service.instances, &rules).await? {
            if show.like.as_ref().is_none_or(|pattern| like::matches(name.as_bytes(), pattern)) {
                by_shard.entry(listed.shard).or_default().insert(listed.physical, name);
            }
        }
        let mut whole: Option<Answer> = None;
        for (shard, logical) in by_shard {
            let names: Vec<String> = logical.keys().map(|name| control::literal(name)).collect();
            let names = if names.is_empty() { "NULL".to_owned() } else { names.join(", ") };
            let database = rules.database(shard).replace('`', "``");
            let sql = format!("SHOW TRIGGERS FROM `{database}` WHERE `Table` IN ({names})");
            let result = self.ask(rules.instance(shard), sql.as_bytes()).await?;
            let part = Answer::from_backend(&result, |column, cell| {
                let table = std::str::from_utf8(cell).ok().filter(|_| column == b"Table");
                table.and_then(|name| logical.get(name)).map_or_else(|| cell.to_vec(), |name| name.clone().into_bytes())
            });
            match &mut whole {
                Some(whole) => whole.append(part),
                None => whole = Some(part),
            }
        }
        Ok(whole.unwrap_or_else(|| Answer::new(&["Trigger"], &[])))
    }

    /// A statement that any one server answers.
    async fn ask_any(&self, sql: &[u8]) -> Result<Answer, SqlError> {
        let result = self.ask(self.anywhere(), sql).await?;
        Ok(Answer::from_backend(&result, |_, cell| cell.to_vec()))
    }

    /// The rules of a schema, or of the selected one.
    pub(super) fn rules(&self, cluster: &Cluster, schema: Option<&Ident>) -> Result<Arc<RuleSet>, SqlError> {
        let name = match (schema, &self.schema) {
            (Some(schema), _) => schema.text.as_str(),
            (None, Some(schema)) => schema,
            (None, None) => return Err(SqlError::new(Code::NoDatabase, "No database selected")),
        };
        match cluster.schema(name).filter(|rules| self.may_use(&rules.schema)) {
            Some(rules) => Ok(rules.clone()),
            None if is_system_schema(name) => Err(SqlError::new(
                Code::UnsupportedStatement,
                format!("{name} is each server's own and is not shown through Weir: ask the instances themselves"),
            )),
            None => Err(SqlError::new(Code::UnknownDatabase, format!("Unknown database '{name}'"))),
        }
    }

    /// A table that exists, and its first node.
    pub(super) async fn first_node(
        &self,
        cluster: &Cluster,
        name: &TableName,
    ) -> Result<(Arc<Table>, DataNode), SqlError> {
        let rules = self.rules(cluster, name.schema.as_ref()).map_err(|error| match &name.schema {
            Some(schema) if error.is(Code::UnknownDatabase) && cluster.on_mariadb() => {
                SqlError::new(Code::NoSuchTable, format!("Table '{}.{}' doesn't exist", schema.text, name.name.text))
            }
            _ => error,
        })?;
        let missing = || {
            let message = format!("Table '{}.{}' doesn't exist", rules.schema, name.name.text);
            SqlError::new(Code::NoSuchTable, message)
        };
        match self.service.catalog.table(cluster, &rules.schema, &name.name.text).await? {
            Lookup::Known(table) => {
                let first = table.placement.nodes(&table.rules).first().copied().ok_or_else(missing)?;
                Ok((table, first))
            }
            Lookup::Missing | Lookup::NoSchema | Lookup::NotLoaded => Err(missing()),
        }
    }
}

/// The pattern of LIKE, as servers put it behind the first column's name.
fn pattern(show: &Show) -> String {
    show.like.as_ref().map(|pattern| format!(" ({})", String::from_utf8_lossy(pattern))).unwrap_or_default()
}

/// `LIKE` and `WHERE` as they were asked for.
fn append_filter(sql: &mut Vec<u8>, show: &Show, text: &[u8]) {
    if let Some(pattern) = &show.like {
        sql.extend_from_slice(b" LIKE '");
        for byte in pattern {
            if matches!(byte, b'\'' | b'\\') {
                sql.push(*byte);
            }
            sql.push(*byte);
        }
        sql.push(b'\'');
    }
    if let Some(selection) = &show.selection {
        sql.extend_from_slice(b" WHERE ");
        sql.extend_from_slice(text.get(selection.span.start as usize..selection.span.end as usize).unwrap_or_default());
    }
}
