//! The life of a statement.
//!
//! lex → plan cache → (on a miss: parse, resolve, plan) → bind → route → run → answer. What is not planned (SET, SHOW,
//! transaction control, DDL) leaves this road after parsing, for [`super::statement`].

use std::sync::Arc;

use super::answer::Form;
use super::{Session, SessionEnd};
use crate::catalog::{CachedPlan, Cluster};
use crate::error::{Code, SqlError};
use crate::exec::{self, Conversation, ExecError, Outcome, Request};
use crate::exec::prepare::{self, definitions};
use crate::id::InstanceId;
use crate::merge::MergeLimits;
use crate::metrics::{CacheOutcome, StatementKind as CountedKind, StatementRoute};
use crate::plan::{self, Args, Context, PlanError, Routing};
use crate::sql::ast::LiteralKind;
use crate::sql::{self, Lexed, ParseError, ParseErrorKind, Statement, StatementKind};
use crate::value::Value;
use crate::wire::{OkPacket, Param};

/// What a text turned out to be.
pub(super) enum Understood {
    /// A plan, and the tables' generation that it was made with.
    Plan(Arc<CachedPlan>),
    /// A statement that Weir answers without one.
    Statement(Box<Statement>),
}

/// How a statement was sent, for running it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent<'s> {
    Text,
    Prepared { params: &'s [Param<'s>], values: &'s [Value<'s>] },
}

// === impl Session ===

impl Session {
    /// COM_QUERY.
    pub(super) async fn query(&mut self, text: &[u8], form: Form) -> Result<(), SessionEnd> {
        let mut lexed = std::mem::take(&mut self.lexed);
        let understood = match self.understand(text, &mut lexed).await {
            Ok(_) if lexed.params > 0 => Err(parameter_in_text(text, &lexed)),
            understood => understood,
        };
        let done = match understood {
            Ok(Understood::Plan(plan)) => self.run_plan(&plan, text, &lexed, Sent::Text).await,
            Ok(Understood::Statement(statement)) => self.statement(&statement, text, form).await,
            Err(error) => Err(error.into()),
        };
        self.lexed = lexed;
        self.answered(done).await
    }

    /// Finds or makes the plan of a text.
    pub(super) async fn understand(&mut self, text: &[u8], lexed: &mut Lexed) -> Result<Understood, SqlError> {
        match self.read(text, lexed).await {
            Err(error) if error.is(Code::ParseError) => Err(self.misread(text, error).await),
            understood => understood,
        }
    }

    /// What Weir cannot read: a server's own words when it cannot either, else a refusal.
    async fn misread(&self, text: &[u8], error: SqlError) -> SqlError {
        match prepare::syntax_error(&self.service.catalog, &self.state, InstanceId(0), text).await {
            Ok(Some(said)) => said,
            Ok(None) => SqlError::new(
                Code::UnsupportedStatement,
                format!("Weir cannot read this statement, though the server could: {}", error.message),
            ),
            Err(_) => error,
        }
    }

    async fn read(&mut self, text: &[u8], lexed: &mut Lexed) -> Result<Understood, SqlError> {
        sql::lex(text, self.mode, lexed).map_err(|error| syntax_error(text, error.offset, error.message))?;
        match lexed.kind {
            StatementKind::Empty => return Err(SqlError::new(Code::EmptyQuery, "Query was empty")),
            StatementKind::Select
            | StatementKind::Insert
            | StatementKind::Replace
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::OtherQuery => {
                let cluster = self.service.catalog.cluster();
                let schema = self.schema.as_deref();
                let args = self.args(text, lexed, &[]);
                // A literal and a parameter look alike in a normal form, so the plan of a text with parameters is its
                // prepared statement's own.
                let shared = lexed.params == 0;
                if shared && let Some(plan) = cluster.plans.find(schema, self.mode, lexed, |plan| plan.fits(&args)) {
                    self.service.metrics.plan_cache(CacheOutcome::Hit);
                    return Ok(Understood::Plan(plan));
                }
                self.service.metrics.plan_cache(CacheOutcome::Miss);
                let statement = self.parse(text, lexed)?;
                match statement {
                    Statement::Query(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => {
                        let plan = self.plan(&cluster, &statement, text, lexed).await?;
                        let plan = Arc::new(CachedPlan::new(plan));
                        if shared {
                            cluster.plans.keep(schema, self.mode, lexed, plan.clone());
                        }
                        Ok(Understood::Plan(plan))
                    }
                    other => Ok(Understood::Statement(Box::new(other))),
                }
            }
            StatementKind::Transaction | StatementKind::Set | StatementKind::Show | StatementKind::Other => {
                Ok(Understood::Statement(Box::new(self.parse(text, lexed)?)))
            }
        }
    }

    fn parse(&self, text: &[u8], lexed: &Lexed) -> Result<Statement, SqlError> {
        sql::parse(text, self.mode, lexed).map_err(|error| parse_error(text, &error))
    }

    /// Plans a statement, reading the tables it names as they turn up.
    pub(super) async fn plan(
        &self,
        cluster: &Cluster,
        statement: &Statement,
        text: &[u8],
        lexed: &Lexed,
    ) -> Result<plan::Plan, SqlError> {
        loop {
            let context = Context {
                schema: self.schema.as_deref(),
                rules: self.schema.as_deref().and_then(|schema| cluster.schema(schema)),
                tables: cluster,
                mode: self.mode,
            };
            match plan::plan(statement, lexed, text, &context) {
                Ok(plan) => {
                    if let Some(schema) = plan.schema.as_deref().filter(|schema| !self.may_use(schema)) {
                        let message = format!("Access denied for user '{}'@'%' to database '{schema}'", self.user);
                        return Err(SqlError::new(Code::DatabaseAccessDenied, message));
                    }
                    return Ok(plan);
                }
                Err(PlanError::NeedsTable { schema, table }) => {
                    self.service.catalog.table(cluster, &schema, &table).await?;
                }
                Err(PlanError::Sql(error)) => return Err(error),
            }
        }
    }

    /// The operands of a text, with what the session adds to them.
    pub(super) fn args<'a>(&self, text: &'a [u8], lexed: &'a Lexed, params: &'a [Value<'a>]) -> Args<'a> {
        Args {
            text,
            lexed,
            params,
            mode: self.mode,
            utf8: self.utf8,
            no_auto_value_on_zero: self.no_auto_value_on_zero,
            generated: None,
            last_insert_id: self.last_insert_id,
            connection_id: self.entry.id,
            found_rows: self.found_rows,
            row_count: self.row_count,
            warning_count: u64::from(self.warning_count),
            error_count: self.error_count(),
        }
    }

    fn error_count(&self) -> u64 {
        let errors = self.warnings.iter().filter(|warning| warning.level == "Error").count();
        u64::try_from(errors).unwrap_or(u64::MAX)
    }

    /// Binds, routes and runs a plan, and appends the answer.
    pub(super) async fn run_plan(
        &mut self,
        cached: &CachedPlan,
        text: &[u8],
        lexed: &Lexed,
        sent: Sent<'_>,
    ) -> Result<(), ExecError> {
        let started = std::time::Instant::now();
        let plan = &cached.plan;
        if !plan.tables.is_empty() {
            self.begin_implicitly();
        }
        let (values, params): (&[Value<'_>], &[Param<'_>]) = match sent {
            Sent::Text => (&[], &[]),
            Sent::Prepared { params, values } => (values, params),
        };
        let mut args = self.args(text, lexed, values);
        args.generated = self.generate(plan, &args).await?;
        let mut nodes = std::mem::take(&mut self.nodes);
        let mut rows = std::mem::take(&mut self.row_nodes);
        nodes.clear();
        rows.clear();
        let routed = plan.route(&args, &mut nodes).and_then(|()| plan.assign_rows(&args, &mut rows));
        let result = match routed {
            Ok(()) => {
                let form = match sent {
                    Sent::Text => exec::Form::Text,
                    Sent::Prepared { .. } => exec::Form::Binary(params),
                };
                let request =
                    Request { plan, args, nodes: &nodes, rows: &rows, form, collations: &cached.collations };
                self.execute_request(&request).await
            }
            Err(error) => Err(error.into()),
        };
        self.service.metrics.statement(counted_kind(lexed.kind), counted_route(plan, nodes.len()), started.elapsed());
        self.nodes = nodes;
        self.row_nodes = rows;
        let outcome = match result {
            Err(ExecError::Sql(error)) => {
                let error = self.in_its_own_words(cached, args, error).await;
                return Err(self.roll_back_after(error).await.into());
            }
            other => other?,
        };
        self.note(plan, &args, outcome);
        Ok(())
    }

    /// A column that is missing stands in another place of the statement that many nodes get: the client's own says
    /// where it is missed.
    async fn in_its_own_words(&self, cached: &CachedPlan, args: Args<'_>, error: SqlError) -> SqlError {
        if !error.is(Code::UnknownColumn) {
            return error;
        }
        let (plan, collations) = (&cached.plan, &cached.collations);
        let node = plan.any_node(&args);
        let request = Request { plan, args, nodes: &[node], rows: &[], form: exec::Form::Text, collations };
        match definitions(&self.service.catalog, &self.state, &request, node).await {
            Err(own) if own.is(Code::UnknownColumn) => own,
            _ => error,
        }
    }

    async fn execute_request(&mut self, request: &Request<'_>) -> Result<Outcome, ExecError> {
        let status = self.status();
        let timed = self.timed_state(request.plan);
        self.entry.running.start();
        self.warnings.clear();
        let mut conversation = Conversation {
            client: &mut self.client,
            transaction: &mut self.transaction,
            state: timed.as_ref().unwrap_or(&self.state),
            running: &self.entry.running,
            catalog: &self.service.catalog,
            limits: MergeLimits {
                max_rows: self.service.limits.max_merge_rows,
                max_bytes: self.service.limits.max_merge_bytes,
            },
            status,
            noted: &mut self.warnings,
        };
        let result = exec::run(&mut conversation, request).await;
        self.entry.running.done();
        result
    }

    /// A statement that asks for the time on many nodes gets one time for all of them.
    fn timed_state(&self, plan: &plan::Plan) -> Option<crate::backend::SessionState> {
        if !plan.needs.timestamp || self.state.get("timestamp").is_some() {
            return None;
        }
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
        let mut state = self.state.clone();
        state.set("timestamp", &format!("{}.{:06}", now.as_secs(), now.subsec_micros()));
        Some(state)
    }

    /// AUTO_INCREMENT values for the statement's rows; explicit ones move the sequence.
    async fn generate(&self, plan: &plan::Plan, args: &Args<'_>) -> Result<Option<u64>, SqlError> {
        let Some(table) = plan.generate.as_ref().and_then(|_| plan.tables.first()) else { return Ok(None) };
        if let Some(explicit) = plan.explicit_ids(args)? {
            self.service.observe_ids(table, explicit).await?;
        }
        match plan.generated_count(args)? {
            0 => Ok(None),
            count => self.service.take_ids(table, count).await.map(Some),
        }
    }

    /// Notes what came of a statement, and appends OK when it had no rows.
    fn note(&mut self, plan: &plan::Plan, args: &Args<'_>, outcome: Outcome) {
        self.warning_count = outcome.warnings;
        self.warnings = outcome.warning_list;
        if let Some(rows) = outcome.rows {
            self.found_rows = rows;
            self.row_count = -1;
            return;
        }
        self.row_count = i64::try_from(outcome.affected_rows).unwrap_or(i64::MAX);
        let generated = args.generated;
        if let Some(first) = generated.or(Some(outcome.last_insert_id).filter(|id| *id > 0 && plan.generate.is_none())) {
            self.last_insert_id = first;
        }
        let ok = OkPacket {
            affected_rows: outcome.affected_rows,
            last_insert_id: generated.unwrap_or(outcome.last_insert_id),
            warnings: outcome.warnings,
            message: &outcome.message,
            ..OkPacket::default()
        };
        self.write_ok(&ok);
    }

    /// The end of every statement: its error is answered here, and nowhere else.
    pub(super) async fn answered(&mut self, done: Result<(), ExecError>) -> Result<(), SessionEnd> {
        match done {
            Ok(()) => Ok(()),
            Err(ExecError::Client(error)) => Err(error.into()),
            Err(ExecError::Sql(error)) => {
                tracing::debug!(connection = self.entry.id, errno = error.errno, origin = ?error.origin, "statement failed");
                self.row_count = -1;
                // A server that failed has told of it and of what else it saw; Weir's own errors stand alone.
                let told = |warning: &exec::Warning| warning.errno == error.errno && warning.message == error.message;
                if !self.warnings.iter().any(told) {
                    let message = error.message.clone();
                    self.warnings = vec![exec::Warning { level: "Error".to_owned(), errno: error.errno, message }];
                }
                self.warning_count = u16::try_from(self.warnings.len()).unwrap_or(u16::MAX);
                if is_stale(&error) {
                    self.service.catalog.forget();
                }
                self.write_error(&error);
                Ok(())
            }
        }
    }
}

fn counted_kind(kind: StatementKind) -> CountedKind {
    match kind {
        StatementKind::Select | StatementKind::OtherQuery => CountedKind::Select,
        StatementKind::Insert => CountedKind::Insert,
        StatementKind::Replace => CountedKind::Replace,
        StatementKind::Update => CountedKind::Update,
        StatementKind::Delete => CountedKind::Delete,
        StatementKind::Transaction => CountedKind::Transaction,
        StatementKind::Set => CountedKind::Session,
        StatementKind::Show => CountedKind::Show,
        StatementKind::Empty | StatementKind::Other => CountedKind::Other,
    }
}

fn counted_route(plan: &plan::Plan, nodes: usize) -> StatementRoute {
    let all = plan.tables.first().map_or(0, |table| table.placement.nodes(&table.rules).len());
    match (&plan.routing, nodes) {
        (Routing::Any, _) => StatementRoute::Any,
        (Routing::Broadcast, _) => StatementRoute::Broadcast,
        (_, 0) => StatementRoute::Any,
        (_, 1) => StatementRoute::Single,
        (_, nodes) if nodes < all => StatementRoute::Multi,
        _ => StatementRoute::Scatter,
    }
}

/// Errors that a table may raise when it is not what the catalog says any more.
fn is_stale(error: &SqlError) -> bool {
    /// ER_BAD_FIELD_ERROR, ER_WRONG_VALUE_COUNT_ON_ROW, ER_NO_SUCH_TABLE.
    const STALE: [u16; 3] = [1054, 1136, 1146];
    error.origin == crate::error::Origin::Backend && STALE.contains(&error.errno)
}

/// `?` in a text that is not prepared.
fn parameter_in_text(text: &[u8], lexed: &Lexed) -> SqlError {
    let parameter = lexed.literals.iter().find(|literal| literal.kind == LiteralKind::Param);
    let offset = parameter.map_or(0, |literal| literal.span.start);
    syntax_error(text, offset, "a parameter stands only in a prepared statement")
}

fn parse_error(text: &[u8], error: &ParseError) -> SqlError {
    match error.kind {
        ParseErrorKind::Refused(name) => SqlError::new(Code::UnsupportedStatement, format!("{name} is not served")),
        ParseErrorKind::Syntax => syntax_error(text, error.offset, &error.message),
    }
}

/// MySQL's words for a syntax error, with what Weir's parser expected.
fn syntax_error(text: &[u8], offset: u32, what: &str) -> SqlError {
    /// MySQL shows 80 characters.
    const SHOWN: usize = 80;
    let offset = usize::try_from(offset).unwrap_or_default().min(text.len());
    let rest = String::from_utf8_lossy(text.get(offset..).unwrap_or_default()).into_owned();
    let near: String = rest.chars().take(SHOWN).collect();
    let line = 1 + text.iter().take(offset).filter(|byte| **byte == b'\n').count();
    SqlError::new(
        Code::ParseError,
        format!("You have an error in your SQL syntax; {what} near '{near}' at line {line}"),
    )
}
