//! Statements that are not planned: transaction control, SET, SHOW, DDL, prepared statements by name, and refusals.

use std::sync::Arc;

use super::Session;
use super::answer::{Answer, Form};
use super::query::Understood;
use super::transaction::Afterwards;
use crate::backend::SessionState;
use crate::catalog::{CachedPlan, Cluster};
use crate::error::{Code, SqlError};
use crate::exec::{self, ExecError, Outcome};
use crate::plan::PlanError;
use crate::plan::ddl::{DdlContext, DdlStatement, plan_ddl};
use crate::rule::{RuleSet, Shard};
use crate::sql::ast::{Ddl, ShowWhat};
use crate::sql::{Lexed, Statement};
use crate::txn::End;
use crate::wire::OkPacket;

// === impl Session ===

impl Session {
    /// Reads a statement whose plan is not kept, if it has one: that of LOAD DATA is for its own text alone.
    pub(super) async fn read_other(&mut self, text: &[u8], lexed: &Lexed) -> Result<Understood, SqlError> {
        let statement = self.parse(text, lexed)?;
        if !matches!(statement, Statement::LoadData(_)) {
            return Ok(Understood::Statement(Box::new(statement)));
        }
        let cluster = self.service.catalog.cluster();
        let plan = Box::pin(self.plan(&cluster, &statement, text, lexed)).await?;
        Ok(Understood::Plan(Arc::new(CachedPlan::new(plan))))
    }

    /// Runs a statement that has no plan, and appends its answer. What is not transaction control is in boxes: a COMMIT
    /// is not to make room for a CREATE TABLE.
    pub(super) async fn statement(&mut self, statement: &Statement, text: &[u8], form: Form) -> Result<(), ExecError> {
        match statement {
            Statement::Show(show) => {
                let answer = Box::pin(self.show(show, text)).await?;
                let keeps = matches!(show.what, ShowWhat::Warnings { .. } | ShowWhat::Errors { .. });
                // A server makes these without a query.
                let counts = !matches!(show.what, ShowWhat::CreateTable(_) | ShowWhat::Processlist { .. });
                if counts && !keeps {
                    self.found_rows = u64::try_from(answer.len()).ok();
                }
                self.give(&answer, form, keeps);
                return Ok(());
            }
            Statement::Describe { table, column } => {
                let answer = Box::pin(self.describe(table, column.as_deref())).await?;
                self.found_rows = u64::try_from(answer.len()).ok();
                self.give(&answer, form, false);
                return Ok(());
            }
            Statement::Explain { kind, statement, start } => {
                let answer = Box::pin(self.explain(*kind, statement, *start, text)).await?;
                self.found_rows = None;
                self.give(&answer, form, false);
                return Ok(());
            }
            Statement::TableMaintenance { verb, tables } => {
                let answer = Box::pin(self.maintain(verb, tables)).await?;
                self.give(&answer, form, false);
                return Ok(());
            }
            Statement::Execute { name, using } => return Box::pin(self.execute_named(name, using)).await,
            Statement::ExecuteImmediate { from, using } => {
                return Box::pin(self.execute_immediate(from, using, text)).await;
            }
            Statement::Query(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::LoadData(_) => {
                return Err(SqlError::new(Code::UnsupportedStatement, "this statement is not served here").into());
            }
            _ => {}
        }
        let outcome = self.without_rows(statement, text).await?;
        self.row_count = i64::try_from(outcome.affected_rows).unwrap_or(i64::MAX);
        // MariaDB forgets only what a statement about tables makes out of date.
        let keeps = !matches!(statement, Statement::Ddl(_)) && self.service.speaks_mariadb();
        if outcome.warnings > 0 || !keeps {
            self.warnings = outcome.warning_list;
            self.warning_count = outcome.warnings;
        }
        self.write_ok(&OkPacket {
            affected_rows: outcome.affected_rows,
            last_insert_id: outcome.last_insert_id,
            warnings: outcome.warnings,
            message: &outcome.message,
            ..OkPacket::default()
        });
        Ok(())
    }

    /// Appends an answer of Weir's own.
    fn give(&mut self, answer: &Answer, form: Form, keeps_warnings: bool) {
        if !keeps_warnings {
            self.forget_warnings();
        }
        self.row_count = -1;
        let status = self.status();
        answer.write(&mut self.client, form, status);
    }

    /// A statement that is answered with OK.
    async fn without_rows(&mut self, statement: &Statement, text: &[u8]) -> Result<Outcome, SqlError> {
        match statement {
            Statement::Begin { consistent_snapshot, read_only } => {
                return self.begin(*consistent_snapshot, *read_only).await;
            }
            Statement::Commit { chain, release } => {
                self.end_transaction(End::Commit, Afterwards { chain: *chain, release: *release }).await?;
            }
            Statement::Rollback { chain, release } => {
                self.end_transaction(End::Rollback, Afterwards { chain: *chain, release: *release }).await?;
            }
            Statement::Savepoint(name) => self.savepoint(&name.text).await?,
            Statement::RollbackTo(name) => self.rollback_to(&name.text).await?,
            Statement::ReleaseSavepoint(name) => self.release_savepoint(&name.text).await?,
            Statement::Set(items) => {
                let warning_list = Box::pin(self.set(items, text)).await?;
                let warnings = u16::try_from(warning_list.len()).unwrap_or(u16::MAX);
                return Ok(Outcome { warnings, warning_list, ..Outcome::default() });
            }
            Statement::Use(schema) => self.use_schema(&schema.text)?,
            Statement::Kill { query_only, id } => Box::pin(self.kill(*id, *query_only)).await?,
            Statement::Ddl(ddl) => {
                return match &**ddl {
                    Ddl::CreateTable { select: Some(_), temporary: false, .. } => {
                        Box::pin(self.create_from_query(ddl, text)).await
                    }
                    _ => Box::pin(self.ddl(ddl, text, None)).await,
                };
            }
            Statement::Prepare { name, from } => {
                Box::pin(self.prepare_named(name, from)).await?;
                return Ok(Outcome { message: b"Statement prepared".to_vec(), ..Outcome::default() });
            }
            Statement::Deallocate(name) => self.deallocate(name)?,
            Statement::UnlockTables | Statement::Nothing => {}
            Statement::Call { .. } => return refuse("CALL"),
            Statement::LockTables => {
                return Err(SqlError::new(
                    Code::UnsupportedStatement,
                    "LOCK TABLES is not served: use a transaction and SELECT … FOR UPDATE",
                ));
            }
            Statement::Unsupported { name } => return refuse(name),
            Statement::Query(_)
            | Statement::Do(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::LoadData(_)
            | Statement::Show(_)
            | Statement::Describe { .. }
            | Statement::Explain { .. }
            | Statement::TableMaintenance { .. }
            | Statement::Execute { .. }
            | Statement::ExecuteImmediate { .. } => return refuse("this statement"),
        }
        Ok(Outcome::default())
    }

    /// DDL on all physical tables of a logical one. It commits what is open, as in MySQL. A text of Weir's own comes with
    /// the session variables that it is written for.
    pub(super) async fn ddl(
        &mut self,
        ddl: &Ddl,
        text: &[u8],
        state: Option<&SessionState>,
    ) -> Result<Outcome, SqlError> {
        let cluster = self.service.catalog.cluster();
        let plan = loop {
            let context = DdlContext {
                schema: self.schema.as_deref(),
                tables: &*cluster,
                rules: &|schema: &str| cluster.schema(schema).filter(|rules| self.may_use(&rules.schema)).cloned(),
            };
            match plan_ddl(ddl, text, &context) {
                Ok(plan) => break plan,
                Err(PlanError::NeedsTable { schema, table }) => {
                    self.service.catalog.table(&cluster, &schema, &table).await?;
                }
                Err(PlanError::Sql(error)) => {
                    // One server would have found out behind its commit.
                    if error.is(Code::NoSuchTable) {
                        self.commit_open().await?;
                    }
                    return Err(error);
                }
            }
        };
        self.commit_open().await?;
        let changes = |rules: &&&Arc<RuleSet>| {
            let holds = |statement: &DdlStatement| {
                let of = |shard: &Shard| shard.instance == statement.instance && shard.database == statement.database;
                rules.shards().iter().any(of)
            };
            plan.statements.iter().any(holds)
        };
        let schemas = cluster.schemas();
        let changed: Vec<&str> = schemas.iter().filter(changes).map(|rules| &*rules.schema).collect();
        // Before, because this Weir may die in the middle; after, because others may read tables while they change.
        self.raise_versions(&cluster, &changed).await;
        self.warnings.clear();
        let state = state.unwrap_or(&self.state);
        let mut done = exec::ddl::run(&self.service.instances, state, &plan, &mut self.warnings).await;
        // Also after a failure: some tables may have changed.
        self.service.catalog.forget();
        // Also after a failure: a sequence that has been forgotten asks the tables where to go on.
        for (schema, table) in &plan.reset_sequences {
            if let Err(error) = self.service.restart_ids(&cluster, schema, table).await {
                // The statement's own error comes first.
                done = done.and(Err(error));
            }
        }
        self.raise_versions(&cluster, &changed).await;
        done
    }

    async fn raise_versions(&self, cluster: &Cluster, schemas: &[&str]) {
        for schema in schemas {
            self.service.catalog.versions().raise(&self.service.instances, cluster, schema).await;
        }
    }
}

fn refuse<T>(name: &str) -> Result<T, SqlError> {
    Err(SqlError::new(Code::UnsupportedStatement, format!("{name} is not served")))
}
