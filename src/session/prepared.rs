//! Prepared statements of the binary protocol: the client's own, prepared on backends as they are needed.
//!
//! COM_STMT_PREPARE plans the text and has one backend prepare the single-node form, for its parameter and column
//! definitions; the statement then belongs to the client, not to a connection. A text that is not planned (SET, SHOW,
//! DDL, transaction control) is kept and run as text when it is executed.

use std::sync::Arc;

use super::answer::Form;
use super::query::Understood;
use super::sent::Sent;
use super::{Session, SessionEnd};
use crate::catalog::CachedPlan;
use crate::error::{Code, SqlError};
use crate::exec::merge_node;
use crate::exec::prepare::{Definitions, definitions};
use crate::exec::{ExecError, Request, write_refused};
use crate::metrics::{StatementKind, StatementRoute};
use crate::plan::{Access, Args, Combine};
use crate::sql::ast::{Show, ShowWhat};
use crate::sql::{LexMode, Lexed, Statement};
use crate::value::Value;
use crate::wire::{Capabilities, ComStmtExecute, EofPacket, Param, ParamType, StmtPrepareOk};

/// A client's prepared statement.
#[derive(Debug)]
pub(super) struct PreparedStatement {
    pub(super) text: Arc<[u8]>,
    pub(super) lexed: Lexed,
    pub(super) params: u16,
    pub(super) origin: Origin,
    /// None for a statement that is not planned.
    plan: Option<OwnPlan>,
    types: Vec<ParamType>,
    /// What COM_STMT_SEND_LONG_DATA has put together.
    long: Vec<Option<Vec<u8>>>,
    /// What is wrong with the long data.
    long_fault: Option<LongFault>,
}

/// What is wrong with long data: not answered when it comes, but when the statement is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LongFault {
    /// More of it came than a packet may have.
    TooLarge,
    /// It was for a parameter that there is not; stays until COM_STMT_RESET.
    NoSuchParam,
}

/// How the session stood when a statement was prepared: its names and its words mean what they meant then.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) schema: Option<String>,
    pub(super) mode: LexMode,
    /// The charset of its text, where it says more than the bytes: of letters beyond ASCII on MySQL.
    charset: Option<String>,
}

/// The plan of a prepared statement, and what it holds for.
#[derive(Debug)]
struct OwnPlan {
    plan: Arc<CachedPlan>,
    generation: u64,
    schema: Option<String>,
    mode: LexMode,
}

/// Lists of more parameters than this are not kept from execution to execution.
const KEPT_PARAMS: usize = 64;

/// The error of one prepared statement too many.
pub(super) fn too_many(limit: usize) -> SqlError {
    let message = format!(
        "Can't create more than max_prepared_stmt_count statements (current value: {limit}, \
         limits.max_prepared_statements of each client)"
    );
    SqlError::new(Code::PreparedLimit, message)
}

/// The error of a statement that no server prepares.
pub(super) fn not_prepared() -> SqlError {
    let message = "This command is not supported in the prepared statement protocol yet";
    SqlError::new(Code::UnsupportedPrepared, message)
}

// === impl Session ===

impl Session {
    /// COM_STMT_PREPARE.
    pub(super) async fn prepare(&mut self, text: &[u8]) -> Result<(), SessionEnd> {
        let done = self.prepare_statement(text).await;
        let route = if done.is_ok() { StatementRoute::Local } else { StatementRoute::Refused };
        self.count(StatementKind::Prepare, route);
        self.answered(done).await
    }

    async fn prepare_statement(&mut self, text: &[u8]) -> Result<(), ExecError> {
        let limit = self.service.limits.max_prepared_statements;
        if self.prepared.len() >= limit {
            return Err(too_many(limit).into());
        }
        let (definitions, statement) = self.prepare_text(text).await?;
        self.last_statement_id = self.last_statement_id.wrapping_add(1).max(1);
        let statement_id = self.last_statement_id;
        self.prepared.insert(statement_id, statement);
        self.write_prepared(statement_id, &definitions);
        Ok(())
    }

    /// Understands a text that is to be prepared, and has a server prepare it: what one server would refuse is refused now.
    /// A text that is not planned has no definitions and no plan.
    ///
    /// # Errors
    /// What is wrong with it; a server cannot be reached.
    pub(super) async fn prepare_text(
        &mut self,
        text: &[u8],
    ) -> Result<(Definitions, Box<PreparedStatement>), SqlError> {
        let mut lexed = Lexed::default();
        let (definitions, plan) = match self.understand(text, &mut lexed).await? {
            // A server opens the tables, as what the statement wants them.
            Understood::Plan(cached) if cached.plan.load.is_some() => return Err(not_prepared()),
            Understood::Plan(cached) if cached.plan.access != Access::Read && self.only_reads() => {
                return Err(write_refused(&self.service.catalog));
            }
            Understood::Plan(cached) if cached.plan.counts_warnings() && !self.service.speaks_mariadb() => {
                return Err(not_prepared());
            }
            Understood::Plan(cached) => {
                (self.definitions_of(text, &lexed, &cached).await?, Some(self.own_plan(cached)))
            }
            Understood::Statement(statement) => match *statement {
                Statement::Execute { .. }
                | Statement::ExecuteImmediate { .. }
                | Statement::Prepare { .. }
                | Statement::Deallocate(_) => {
                    return Err(not_prepared());
                }
                _ if lexed.params > 0 => return Err(not_prepared()),
                Statement::Use(_)
                | Statement::Begin { .. }
                | Statement::Savepoint(_)
                | Statement::RollbackTo(_)
                | Statement::ReleaseSavepoint(_)
                | Statement::LockTables
                | Statement::UnlockTables
                | Statement::Nothing
                | Statement::Show(Show { what: ShowWhat::Warnings { .. } | ShowWhat::Errors { .. }, .. })
                    if !self.service.speaks_mariadb() =>
                {
                    return Err(not_prepared());
                }
                _ => (Definitions::default(), None),
            },
        };
        let statement = Box::new(PreparedStatement {
            text: text.into(),
            params: lexed.params,
            lexed,
            origin: self.origin(text),
            plan,
            types: Vec::new(),
            long: Vec::new(),
            long_fault: None,
        });
        Ok((definitions, statement))
    }

    async fn definitions_of(
        &mut self,
        text: &[u8],
        lexed: &Lexed,
        cached: &CachedPlan,
    ) -> Result<Definitions, SqlError> {
        // Not NULL: that would be replaced by a generated value, and the backend has to see every parameter.
        let ones = vec![Value::Int(1); usize::from(lexed.params)];
        let args = self.args(&self.account, text, lexed, &ones);
        let args = Args { generated: Some(1), ..args };
        let node = cached.plan.any_node(&args);
        let request = Request {
            plan: &cached.plan,
            args,
            nodes: &[node],
            rows: &[],
            form: crate::exec::Form::Text,
            anywhere: self.anywhere(),
            merge_node: self.merge_node(&cached.plan),
            collations: &cached.collations,
            heads: &cached.heads,
            sifting: &cached.sifting,
        };
        let (catalog, state) = (&self.service.catalog, &*self.state_beside());
        let elsewhere = |error: &SqlError| {
            error.is(Code::NoSuchTable) || error.is(Code::NoDatabase) || error.is(Code::UnknownDatabase)
        };
        let mut found = match cached.plan.dictionary.is_empty() {
            true => definitions(catalog, state, &request, node).await,
            false => Box::pin(merge_node::definitions(catalog, state, &request, request.anywhere)).await,
        };
        if let (Err(error), Some(instance)) = (&found, request.merge_node)
            && (cached.plan.merges_after(error) || elsewhere(error))
        {
            found = Box::pin(merge_node::definitions(catalog, state, &request, instance)).await;
        }
        let error = match found {
            Ok(definitions) if definitions.params.len() == usize::from(lexed.params) => return Ok(definitions),
            Ok(_) => {
                let message = "the backend counts other parameters than Weir in this statement";
                return Err(SqlError::new(Code::BackendAnswer, message));
            }
            Err(error) => error,
        };
        let error = match &cached.plan.combine {
            // No values of its parameters can bring its tables together.
            Combine::Refuse(refusal) if elsewhere(&error) || error.is(Code::JoinNotCoSplit) => refusal.clone(),
            _ if elsewhere(&error) => cached.plan.route(&request.args, &mut Vec::new()).err().unwrap_or(error),
            _ => error,
        };
        Err(Box::pin(self.in_its_own_words(cached, (text, args), error)).await)
    }

    /// How the session stands, for a text that is prepared.
    fn origin(&self, text: &[u8]) -> Origin {
        let tells = !text.is_ascii() && !self.service.speaks_mariadb();
        let charset = tells.then(|| self.client_charset().to_owned());
        Origin { schema: self.schema.clone(), mode: self.mode, charset }
    }

    fn client_charset(&self) -> &str {
        self.state.get("character_set_client").unwrap_or("'utf8mb4'")
    }

    /// Brings the session to where a statement was prepared; what to [`Self::leave`] to, if that is another schema.
    ///
    /// # Errors
    /// Its words would mean something else to a server now.
    pub(super) fn enter(&mut self, origin: &Origin, text: &[u8]) -> Result<Option<Option<String>>, SqlError> {
        if origin.mode != self.mode {
            let message = "a statement that was prepared in a sql_mode that reads quotes, backslashes or || otherwise is \
                           not served: prepare it again";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        if origin.charset.as_deref().is_some_and(|charset| charset != self.client_charset()) {
            let message = "a statement with letters beyond ASCII that was prepared in another character_set_client is not \
                           served: prepare it again";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        if origin.schema == self.schema {
            return Ok(None);
        }
        let text = text.to_ascii_uppercase();
        if [&b"DATABASE"[..], b"SCHEMA"].iter().any(|word| text.windows(word.len()).any(|part| part == *word)) {
            let message = "a statement that was prepared in another schema and speaks of the current one is not served: \
                           prepare it again";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        Ok(Some(std::mem::replace(&mut self.schema, origin.schema.clone())))
    }

    /// Goes back from where a statement was prepared.
    pub(super) fn leave(&mut self, now: Option<Option<String>>) {
        if let Some(schema) = now {
            self.schema = schema;
        }
    }

    fn own_plan(&self, plan: Arc<CachedPlan>) -> OwnPlan {
        let generation = self.service.catalog.cluster().generation;
        OwnPlan { plan, generation, schema: self.schema.clone(), mode: self.mode }
    }

    /// Whether a prepared statement's plan still holds.
    fn holds(&self, own: &OwnPlan) -> bool {
        own.generation == self.service.catalog.generation() && own.schema == self.schema && own.mode == self.mode
    }

    fn write_prepared(&mut self, statement_id: u32, definitions: &Definitions) {
        let count = |list: &[Vec<u8>]| u16::try_from(list.len()).unwrap_or(u16::MAX);
        let head = StmtPrepareOk {
            statement_id,
            columns: count(&definitions.columns),
            params: count(&definitions.params),
            warnings: 0,
        };
        self.client.packet(|out| head.encode(out));
        let status = self.status();
        for list in [&definitions.params, &definitions.columns] {
            for definition in list {
                self.client.packet(|out| out.extend_from_slice(definition));
            }
            if !list.is_empty() && !self.client.capabilities.contains(Capabilities::DEPRECATE_EOF) {
                self.client.packet(|out| EofPacket { warnings: 0, status }.encode(out));
            }
        }
    }

    /// COM_STMT_EXECUTE.
    pub(super) async fn execute(&mut self, execute: ComStmtExecute<'_>) -> Result<(), SessionEnd> {
        // Taken out while it runs, so that the rest of the session can be used beside it.
        let Some(mut statement) = self.prepared.remove(&execute.statement_id) else {
            let error = self.unknown(execute.statement_id, "execute");
            self.write_error(&error);
            return Ok(());
        };
        let done = match self.enter(&statement.origin, &statement.text) {
            Ok(now) => {
                let done = self.execute_statement(&mut statement, execute).await;
                self.leave(now);
                done
            }
            Err(error) => Err(error.into()),
        };
        statement.long.clear();
        statement.long_fault = statement.long_fault.filter(|fault| *fault == LongFault::NoSuchParam);
        self.prepared.insert(execute.statement_id, statement);
        self.answered(done).await
    }

    async fn execute_statement(
        &mut self,
        statement: &mut PreparedStatement,
        execute: ComStmtExecute<'_>,
    ) -> Result<(), ExecError> {
        let text = statement.text.clone();
        if let Some(fault) = statement.long_fault {
            return Err(fault.error().into());
        }
        if statement.plan.is_none() {
            let mut lexed = Lexed::default();
            return match self.understand(&text, &mut lexed).await? {
                Understood::Statement(parsed) => {
                    let done = Box::pin(self.statement(&parsed, &text, Form::Binary)).await;
                    self.count_unplanned(&parsed, lexed.kind);
                    done
                }
                Understood::Plan(_) => Err(self.unknown(execute.statement_id, "execute").into()),
            };
        }
        let long = std::mem::take(&mut statement.long);
        let mut params: Vec<Param<'_>> = std::mem::take(&mut self.buffers.get().params);
        let mut values: Vec<Value<'_>> = std::mem::take(&mut self.buffers.get().values);
        let done = match bind(statement, execute, &long, &mut params, &mut values) {
            Ok(()) => {
                let sent = Sent::Prepared { params: &params, values: &values };
                self.execute_bound(statement, execute.statement_id, &text, sent).await
            }
            Err(error) => Err(error.into()),
        };
        self.buffers.get().params = emptied(params, Param::null());
        self.buffers.get().values = emptied(values, Value::Null);
        done
    }

    async fn execute_bound(
        &mut self,
        statement: &mut PreparedStatement,
        statement_id: u32,
        text: &[u8],
        sent: Sent<'_>,
    ) -> Result<(), ExecError> {
        match self.plan_of(statement, text, sent.values()).await? {
            Some(plan) => self.run_plan(&plan, text, &statement.lexed, sent).await,
            None => Err(self.unknown(statement_id, "execute").into()),
        }
    }

    /// The plan of a prepared statement: its own, or made anew where that does not hold any more. None for one that Weir
    /// answers without a plan.
    pub(super) async fn plan_of(
        &mut self,
        statement: &mut PreparedStatement,
        text: &[u8],
        values: &[Value<'_>],
    ) -> Result<Option<Arc<CachedPlan>>, SqlError> {
        if let Some(own) = &statement.plan
            && self.holds(own)
            && own.plan.plan.fits(&self.args(&self.account, text, &statement.lexed, values))
        {
            return Ok(Some(own.plan.clone()));
        }
        match self.understand(text, &mut statement.lexed).await? {
            Understood::Plan(plan) => {
                statement.plan = Some(self.own_plan(plan.clone()));
                Ok(Some(plan))
            }
            Understood::Statement(_) => Ok(None),
        }
    }

    /// COM_STMT_SEND_LONG_DATA: not answered, so what is wrong shows when the statement is executed.
    pub(super) fn send_long_data(&mut self, statement_id: u32, param: u16, data: &[u8]) {
        let limit = self.service.limits.max_allowed_packet;
        let Some(statement) = self.prepared.get_mut(&statement_id) else { return };
        let at = usize::from(param);
        if param >= statement.params {
            statement.long_fault = Some(LongFault::NoSuchParam);
            return;
        }
        if statement.long.len() <= at {
            statement.long.resize(at + 1, None);
        }
        let held: usize = statement.long.iter().flatten().map(Vec::len).sum();
        if held + data.len() > limit {
            statement.long_fault.get_or_insert(LongFault::TooLarge);
        } else if let Some(slot) = statement.long.get_mut(at) {
            slot.get_or_insert_default().extend_from_slice(data);
        }
    }

    /// COM_STMT_RESET: forgets long data.
    pub(super) fn reset_statement(&mut self, statement_id: u32) -> Result<(), SqlError> {
        match self.prepared.get_mut(&statement_id) {
            Some(statement) => {
                statement.long.clear();
                statement.long_fault = None;
                Ok(())
            }
            None => Err(self.unknown(statement_id, "reset")),
        }
    }

    /// In the words of the kind of server that answers.
    fn unknown(&self, statement_id: u32, command: &str) -> SqlError {
        let place = match self.service.speaks_mariadb() {
            true => format!("mysqld_stmt_{command}"),
            false => "mysql_stmt_precheck".to_owned(),
        };
        let message = format!("Unknown prepared statement handler ({statement_id}) given to {place}");
        SqlError::new(Code::UnknownStatement, message)
    }
}

// === impl LongFault ===

impl LongFault {
    fn error(self) -> SqlError {
        match self {
            Self::TooLarge => {
                let message = "Parameter of prepared statement which is set through mysql_send_long_data() is longer \
                               than max_allowed_packet";
                SqlError::new(Code::PacketTooLarge, message)
            }
            Self::NoSuchParam => {
                SqlError::new(Code::WrongArguments, "Incorrect arguments to mysqld_stmt_send_long_data")
            }
        }
    }
}

/// Reads the parameters of an execution, and their values.
fn bind<'a>(
    statement: &mut PreparedStatement,
    execute: ComStmtExecute<'a>,
    long: &'a [Option<Vec<u8>>],
    params: &mut Vec<Param<'a>>,
    values: &mut Vec<Value<'a>>,
) -> Result<(), SqlError> {
    let wrong = |error| SqlError::new(Code::WrongArguments, format!("Incorrect arguments to EXECUTE: {error}"));
    execute.params(statement.params, &mut statement.types, long, params).map_err(wrong)?;
    for param in &*params {
        values.push(param.value().map_err(wrong)?);
    }
    Ok(())
}

/// A list without its elements, so that its memory can be used for elements that borrow from elsewhere.
fn emptied<Old, New: Clone>(mut list: Vec<Old>, any: New) -> Vec<New> {
    if list.capacity() > KEPT_PARAMS {
        return Vec::new();
    }
    list.clear();
    list.into_iter().map(|_| any.clone()).collect()
}
