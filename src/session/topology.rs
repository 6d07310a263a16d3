//! DRDS's SHOW statements about rules and instances, warnings, and who is connected.

use super::Session;
use super::answer::{Answer, Cell};
use crate::backend::TextResult;
use crate::catalog::Cluster;
use crate::error::{Code, SqlError};
use crate::exec::control::text;
use crate::exec::names::{as_from_handshake, from_handshake};
use crate::id::InstanceId;
use crate::plan::Tables;
use crate::rule::Placement;
use crate::rule::split::Level;
use crate::sql::ast::{Ident, TableName};
use crate::wire::{ColumnDefinition41, ResponseKind, command};

/// How a table is placed, in a word.
pub(super) fn policy(placement: &Placement) -> String {
    match placement {
        Placement::Broadcast => "broadcast".to_owned(),
        Placement::Single(_) => "single".to_owned(),
        Placement::Split(split) => match split.table_level() {
            Some(table) => format!("dbpartition {} tbpartition {table}", split.database_level()),
            None => format!("dbpartition {}", split.database_level()),
        },
    }
}

// === impl Session ===

impl Session {
    /// SHOW TOPOLOGY FROM t.
    pub(super) async fn show_topology(&self, cluster: &Cluster, name: &TableName) -> Result<Answer, SqlError> {
        let (table, _) = self.first_node(cluster, name).await?;
        let mut answer = Answer::new(&["ID", "GROUP_NAME", "TABLE_NAME"], &["ID"]);
        for (id, node) in table.placement.nodes(&table.rules).into_iter().enumerate() {
            let physical = table.physical(node);
            answer.row([Cell::from(id), Cell::from(physical.database), Cell::from(physical.table)]);
        }
        Ok(answer)
    }

    /// SHOW [FULL] RULE [FROM t].
    pub(super) fn show_rule(
        &self,
        cluster: &Cluster,
        name: Option<&TableName>,
        full: bool,
    ) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, name.and_then(|name| name.schema.as_ref()))?;
        let mut columns = vec![
            "ID",
            "TABLE_NAME",
            "BROADCAST",
            "DB_PARTITION_KEY",
            "DB_PARTITION_POLICY",
            "DB_PARTITION_COUNT",
            "TB_PARTITION_KEY",
            "TB_PARTITION_POLICY",
            "TB_PARTITION_COUNT",
        ];
        if full {
            columns.extend(["DB_NAMES", "TB_NAMES", "ALLOW_FULL_TABLE_SCAN"]);
        }
        let mut answer = Answer::new(&columns, &["ID", "BROADCAST"]);
        let wanted = |table: &str| name.is_none_or(|name| name.name.text == table);
        for (id, (table, placement)) in rules.tables().filter(|(table, _)| wanted(table)).enumerate() {
            let mut cells =
                vec![Cell::from(id), Cell::from(table), Cell::Int(i64::from(*placement == Placement::Broadcast))];
            let levels: [Option<&Level>; 2] = match placement {
                Placement::Split(split) => [Some(split.database_level()), split.table_level()],
                Placement::Broadcast | Placement::Single(_) => [None, None],
            };
            for level in levels {
                match level {
                    Some(level) => cells.extend([
                        Cell::from(&*level.column),
                        Cell::from(level.algorithm.name()),
                        Cell::from(level.count.to_string()),
                    ]),
                    None => cells.extend([Cell::Null, Cell::Null, Cell::Null]),
                }
            }
            if full {
                let nodes = placement.nodes(&rules);
                let span = |names: Vec<&str>| match (names.first(), names.last()) {
                    (Some(first), Some(last)) if first != last => format!("{first} … {last}"),
                    (Some(first), _) => (*first).to_owned(),
                    (None, _) => String::new(),
                };
                cells.push(Cell::from(span(nodes.iter().map(|node| rules.database(node.shard)).collect())));
                cells.push(Cell::from(span(nodes.iter().map(|node| placement.physical_table(*node, table)).collect())));
                cells.push(Cell::from("1"));
            }
            answer.row(cells);
        }
        Ok(answer)
    }

    /// SHOW NODE.
    pub(super) fn show_node(&self) -> Answer {
        let columns =
            ["ID", "NAME", "MASTER_READ_COUNT", "SLAVE_READ_COUNT", "MASTER_READ_PERCENT", "SLAVE_READ_PERCENT"];
        let mut answer = Answer::new(&columns, &["ID", "MASTER_READ_COUNT", "SLAVE_READ_COUNT"]);
        for (id, instance) in self.service.instances.iter().enumerate() {
            answer.row([
                Cell::from(id),
                Cell::from(instance.name()),
                Cell::from(instance.used_count()),
                Cell::Int(0),
                Cell::from("100%"),
                Cell::from("0%"),
            ]);
        }
        answer
    }

    /// SHOW DATASOURCES: every physical database, and where it is.
    pub(super) fn show_datasources(&self, cluster: &Cluster) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, None)?;
        let columns = ["ID", "SCHEMA", "NAME", "GROUP", "URL", "USER", "MAX", "STATE"];
        let mut answer = Answer::new(&columns, &["ID", "MAX"]);
        for (id, shard) in rules.shards().iter().enumerate() {
            let Some(instance) = self.service.instances.get(shard.instance) else { continue };
            let options = instance.options();
            answer.row([
                Cell::from(id),
                Cell::from(&*rules.schema),
                Cell::from(instance.name()),
                Cell::from(&*shard.database),
                Cell::from(options.address.as_str()),
                Cell::from(options.user.as_str()),
                Cell::from(u64::from(options.max_connections)),
                Cell::from(if instance.health().down_because().is_none() { "up" } else { "down" }),
            ]);
        }
        Ok(answer)
    }

    /// SHOW BROADCASTS.
    pub(super) fn show_broadcasts(&self, cluster: &Cluster) -> Result<Answer, SqlError> {
        let rules = self.rules(cluster, None::<&Ident>)?;
        let mut answer = Answer::new(&["ID", "TABLE_NAME"], &["ID"]);
        let broadcast = rules.tables().filter(|(_, placement)| **placement == Placement::Broadcast);
        for (id, (table, _)) in broadcast.enumerate() {
            answer.row([Cell::from(id), Cell::from(table)]);
        }
        Ok(answer)
    }

    /// SHOW WARNINGS, SHOW ERRORS and their counts.
    pub(super) fn show_warnings(&self, count: bool, errors_only: bool) -> Answer {
        let shown = self.warnings.iter().filter(|warning| !errors_only || warning.level == "Error");
        if count {
            let name = if errors_only { "@@session.error_count" } else { "@@session.warning_count" };
            let mut answer = Answer::new(&[name], &[name]);
            let number = if errors_only { shown.count() } else { usize::from(self.warning_count) };
            answer.row([Cell::from(number)]);
            return answer;
        }
        let mut answer = Answer::new(&["Level", "Code", "Message"], &["Code"]);
        for warning in shown {
            answer.row([
                Cell::from(warning.level.as_str()),
                Cell::Int(i64::from(warning.errno)),
                Cell::from(warning.message.as_str()),
            ]);
        }
        answer
    }

    /// SHOW PROCESSLIST: this Weir's clients.
    pub(super) fn show_processlist(&self, _full: bool) -> Answer {
        let columns = ["Id", "User", "Host", "db", "Command", "Time", "State", "Info"];
        let mut answer = Answer::new(&columns, &["Id", "Time"]);
        for client in self.service.clients.all() {
            let doing = client.doing();
            if doing.user != self.account.user {
                continue;
            }
            answer.row([
                Cell::from(client.id),
                Cell::from(doing.user),
                Cell::from(client.host.as_str()),
                doing.schema.map_or(Cell::Null, Cell::from),
                Cell::from(doing.command),
                Cell::from(doing.since.elapsed().as_secs()),
                Cell::from(""),
                Cell::Null,
            ]);
        }
        answer
    }

    /// SHOW SEQUENCES: what stands in the backends.
    pub(super) async fn show_sequences(&self) -> Result<Answer, SqlError> {
        let mut answer = Answer::new(&["SCHEMA_NAME", "NAME", "VALUE"], &["VALUE"]);
        let cluster = self.service.catalog.cluster();
        for sequence in self.service.all_sequences(&cluster).await? {
            if self.may_use(&sequence.schema) {
                answer.row([Cell::from(sequence.schema), Cell::from(sequence.name), Cell::from(sequence.value)]);
            }
        }
        Ok(answer)
    }

    /// ANALYZE, CHECK, OPTIMIZE, REPAIR TABLE on every physical table; the rows carry the logical name. They commit what is
    /// open, as in MySQL.
    pub(super) async fn maintain(&mut self, verb: &str, tables: &[TableName]) -> Result<Answer, SqlError> {
        if verb == "CHECKSUM" {
            return Err(SqlError::new(Code::UnsupportedStatement, "CHECKSUM TABLE is not served"));
        }
        self.commit_open().await?;
        let cluster = self.service.catalog.cluster();
        let mut answer = Answer::new(&["Table", "Op", "Msg_type", "Msg_text"], &[]);
        for name in tables {
            let table = match self.first_node(&cluster, name).await {
                Ok((table, _)) => table,
                Err(error) if error.is(Code::NoSuchTable) || error.is(Code::UnknownDatabase) => {
                    self.unmaintained(&mut answer, verb, name, error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let logical = format!("{}.{}", table.rules.schema, table.name);
            let mut seen = std::collections::BTreeSet::new();
            for node in table.placement.nodes(&table.rules) {
                let physical = table.physical(node);
                let sql = format!(
                    "{verb} TABLE `{}`.`{}`",
                    physical.database.replace('`', "``"),
                    physical.table.replace('`', "``")
                );
                let result = self.ask(table.rules.instance(node.shard), sql.as_bytes()).await?;
                for row in &result.rows {
                    // All physical tables well is one row, as for one table.
                    if seen.insert((text(row, 1), text(row, 2), text(row, 3))) {
                        answer.row([
                            Cell::from(logical.as_str()),
                            Cell::from(text(row, 1)),
                            Cell::from(text(row, 2)),
                            Cell::from(text(row, 3)),
                        ]);
                    }
                }
            }
        }
        // Of a table that is not there, a server tells in the same columns.
        let like = format!("{verb} TABLE `weir`.` nothing`");
        self.define(&mut answer, self.anywhere(), &like).await;
        Ok(answer)
    }

    /// A table that is not there fails in rows, as on one server, and the others go on.
    fn unmaintained(&self, answer: &mut Answer, verb: &str, name: &TableName, error: SqlError) {
        let schema = name.schema.as_ref().map(|schema| &*schema.text).or(self.schema.as_deref()).unwrap_or_default();
        let logical = format!("{schema}.{}", name.name.text);
        let verb = verb.to_ascii_lowercase();
        let unknown = error.is(Code::UnknownDatabase) && !self.service.catalog.cluster().on_mariadb();
        let message = if unknown { error.message } else { format!("Table '{logical}' doesn't exist") };
        let end = if unknown { ("error", "Corrupt") } else { ("status", "Operation failed") };
        for (kind, text) in [("Error", message.as_str()), end] {
            answer.row([Cell::from(logical.as_str()), Cell::from(verb.as_str()), Cell::from(kind), Cell::from(text)]);
        }
    }

    /// COM_FIELD_LIST: the columns of a table as definitions, from the first physical table.
    pub(super) async fn field_list(&mut self, table: &[u8], wildcard: &[u8]) -> Result<(), super::SessionEnd> {
        let done = self.list_fields(table, wildcard).await;
        if let Err(error) = done {
            self.write_error(&error);
        }
        Ok(())
    }

    async fn list_fields(&mut self, table: &[u8], wildcard: &[u8]) -> Result<(), SqlError> {
        let name = String::from_utf8_lossy(table).into_owned();
        let cluster = self.service.catalog.cluster();
        let name =
            TableName { schema: None, name: Ident { text: name, span: Default::default() }, span: Default::default() };
        let (table, node) = self.first_node(&cluster, &name).await?;
        let physical = table.physical(node);
        let result = {
            // The command means the connection's own database. It is not given back: it would keep that.
            let mut lease = self.lease_on(table.rules.instance(node.shard)).await?;
            lease.query(&format!("USE `{}`", physical.database.replace('`', "``"))).await?;
            lease.queue_command(|out| command::put_field_list(out, physical.table.as_bytes(), wildcard));
            lease.flush().await?;
            self.as_own(lease.answer(ResponseKind::FieldList).await?)
        };
        let names = crate::exec::LogicalNames {
            tables: std::slice::from_ref(&table),
            target: None,
            place: crate::exec::Place::Node(node),
            statement: None,
        };
        for payload in &result.definitions {
            let mut definition = Vec::with_capacity(payload.len());
            ColumnDefinition41::rewrite(payload, &mut definition, |given| names.of_definition(given))
                .map_err(|error| SqlError::new(Code::BackendAnswer, error.to_string()))?;
            self.client.packet(|out| out.extend_from_slice(&definition));
        }
        let status = self.status();
        super::answer::end_rows(&mut self.client, status, 0);
        Ok(())
    }

    /// The definitions as they are for a connection that was opened with the session's collation.
    fn as_own(&self, mut result: TextResult) -> TextResult {
        if from_handshake(&self.state) {
            for definition in &mut result.definitions {
                let mut own = definition.to_vec();
                as_from_handshake(&mut own);
                *definition = own.into();
            }
        }
        result
    }

    /// Asks an instance with the session's variables, outside of the transaction.
    pub(super) async fn ask(&self, instance: InstanceId, sql: &[u8]) -> Result<TextResult, SqlError> {
        let mut lease = self.lease_on(instance).await?;
        lease.queue_query(|out| out.extend_from_slice(sql));
        lease.flush().await?;
        match lease.answer(ResponseKind::Results).await {
            Ok(result) => {
                lease.give_back();
                Ok(self.as_own(result))
            }
            Err(error) => {
                let well = !error.ends_connection();
                if well {
                    lease.give_back();
                }
                Err(error.into())
            }
        }
    }
}
