//! Commands: each gets exactly one answer, but for those that MySQL does not answer.

use super::answer::Form;
use super::{Activity, Session, SessionEnd};
use crate::error::{Code, SqlError};
use crate::txn::End;
use crate::wire::{Command, EofPacket, OkPacket};

// === impl Session ===

impl Session {
    /// Runs one command and appends its answer.
    pub(super) async fn command(&mut self, command: Command<'_>) -> Result<(), SessionEnd> {
        match command {
            Command::Quit => return Err(SessionEnd::Left),
            Command::Ping => self.write_ok(&OkPacket::default()),
            Command::InitDb(name) => {
                let name = String::from_utf8_lossy(name).into_owned();
                let done = self.use_schema(&name);
                self.answer_ok(done);
            }
            Command::Query(text) => {
                self.entry.does(Activity::Query, self.now);
                return self.query(text, Form::Text).await;
            }
            Command::FieldList { table, wildcard } => return Box::pin(self.field_list(table, wildcard)).await,
            Command::Statistics => {
                let line = self.statistics();
                self.client.packet(|out| out.extend_from_slice(line.as_bytes()));
            }
            Command::ProcessKill { connection_id } => {
                let done = Box::pin(self.kill(u64::from(connection_id), false)).await;
                self.answer_ok(done);
            }
            Command::StmtPrepare(text) => {
                self.entry.does(Activity::Prepare, self.now);
                return Box::pin(self.prepare(text)).await;
            }
            Command::StmtExecute(execute) => {
                self.entry.does(Activity::Execute, self.now);
                return self.execute(execute).await;
            }
            Command::StmtSendLongData { statement_id, param, data } => self.send_long_data(statement_id, param, data),
            Command::StmtClose { statement_id } => {
                self.prepared.remove(&statement_id);
            }
            Command::StmtReset { statement_id } => {
                let done = self.reset_statement(statement_id);
                self.answer_ok(done);
            }
            Command::SetOption { option } => {
                let status = self.status();
                match option {
                    // MYSQL_OPTION_MULTI_STATEMENTS_OFF: it always is.
                    1 => self.client.packet(|out| EofPacket { warnings: 0, status }.encode(out)),
                    0 => self.write_error(&SqlError::new(
                        Code::UnknownCommand,
                        "several statements in one packet are not served: send one statement at a time",
                    )),
                    _ => self.write_error(&SqlError::new(Code::UnknownCommand, "Unknown command")),
                }
            }
            Command::ResetConnection => {
                let done = Box::pin(self.reset()).await;
                self.answer_ok(done);
            }
            Command::ChangeUser(asked) => return Box::pin(self.change_user(&asked)).await,
            Command::Unknown(byte) => {
                tracing::debug!(connection = self.entry.id, byte, "unknown command");
                self.write_error(&SqlError::new(Code::UnknownCommand, "Unknown command"));
            }
        }
        Ok(())
    }

    /// OK, or the error.
    pub(super) fn answer_ok(&mut self, done: Result<(), SqlError>) {
        match done {
            Ok(()) => self.write_ok(&OkPacket::default()),
            Err(error) => self.write_error(&error),
        }
    }

    /// COM_RESET_CONNECTION: as after login, but for the schema.
    pub(super) async fn reset(&mut self) -> Result<(), SqlError> {
        let rolled_back = self.transaction.end(End::Rollback).await;
        self.state = self.initial_state.clone();
        self.autocommit = true;
        self.switches = Default::default();
        self.next_transaction = Default::default();
        self.prepared.clear();
        self.named.clear();
        self.last_insert_id = 0;
        self.found_rows = Some(0);
        self.row_count = 0;
        self.warnings.clear();
        self.warning_count = 0;
        self.tracked.begin();
        self.note_state();
        rolled_back
    }

    /// USE, COM_INIT_DB.
    pub(super) fn use_schema(&mut self, name: &str) -> Result<(), SqlError> {
        if name.is_empty() {
            return Err(SqlError::new(Code::NoDatabase, "No database selected"));
        }
        if self.service.catalog.cluster().schema(name).is_none() {
            return Err(SqlError::new(Code::UnknownDatabase, format!("Unknown database '{name}'")));
        }
        if !self.may_use(name) {
            let message = format!("Access denied for user '{}'@'%' to database '{name}'", self.account.user);
            return Err(SqlError::new(Code::DatabaseAccessDenied, message));
        }
        self.schema = Some(name.to_owned());
        if self.state.get("session_track_schema") != Some("0") {
            self.tracked.schema(name);
        }
        self.entry.is(&self.account.user, self.schema.as_deref());
        Ok(())
    }

    /// KILL [QUERY] id: another client of the same user.
    pub(super) async fn kill(&mut self, id: u64, query_only: bool) -> Result<(), SqlError> {
        let Some(entry) = self.service.clients.find(id) else {
            return Err(SqlError::new(Code::NoSuchThread, format!("Unknown thread id: {id}")));
        };
        if entry.doing().user != self.account.user {
            return Err(SqlError::new(Code::KillDenied, format!("You are not owner of thread {id}")));
        }
        let instances = self.service.instances.clone();
        entry.interrupt(&instances).await;
        if !query_only {
            entry.kill.ask();
        }
        Ok(())
    }

    fn statistics(&self) -> String {
        format!(
            // Clients cut the line at its spaces: the first word and the number after it are what MySQL begins with.
            "Uptime: {}  Threads: {}  Schemas: {}  Plans: {}",
            self.service.started.elapsed().as_secs(),
            self.service.clients.len(),
            self.service.catalog.cluster().schemas().len(),
            self.service.catalog.cluster().plans.len()
        )
    }
}
