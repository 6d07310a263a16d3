//! The life of a statement.
//!
//! lex → plan cache → (on a miss: parse, resolve, plan) → bind → route → run → answer. What is not planned (SET, SHOW,
//! transaction control, DDL) leaves this road after parsing, for [`super::statement`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::Form;
use super::counted::{counted_kind, counted_route};
use super::sent::Sent;
use super::shapes::{self, Reading, Shape};
use super::syntax::{is_comment, parameter_in_text, parse_error, syntax_error};
use super::transaction::READ_ONLY_TRANSACTION;
use super::{Account, Session, SessionEnd};
use crate::catalog::{self, CachedPlan, Cluster};
use crate::error::{Code, Origin, SqlError};
use crate::exec::prepare::{self, definitions};
use crate::exec::{self, Conversation, ExecError, Outcome, Request};
use crate::id::{DataNode, InstanceId, ShardId};
use crate::merge::MergeLimits;
use crate::metrics::{CacheOutcome, StatementKind as CountedKind, StatementRoute};
use crate::plan::{self, Args, Context, PlanError, Routing, RowIds, Switch};
use crate::sql::{self, Lexed, Statement, StatementKind};
use crate::txn::End;
use crate::value::Value;
use crate::wire::OkPacket;

/// What a text turned out to be.
pub(super) enum Understood {
    /// A plan, and the tables' generation that it was made with.
    Plan(Arc<CachedPlan>),
    /// A statement that Weir answers without one.
    Statement(Box<Statement>),
}

/// What a text is found to be, and where.
enum Found {
    /// It is like one that this thread has run.
    Shape(Arc<Shape>),
    /// It was lexed, and found in the plan cache or planned.
    Plan(Arc<CachedPlan>),
    /// Weir answers it without a plan.
    Statement(Box<Statement>),
}

// === impl Session ===

impl Session {
    /// COM_QUERY.
    pub(super) async fn query(&mut self, text: &[u8], form: Form) -> Result<(), SessionEnd> {
        let mut lexed = std::mem::take(&mut self.buffers.get().lexed);
        let found = match self.shape_of(text, &mut lexed) {
            Some(shape) => self.check_access(&shape.plan.plan).map(|()| Found::Shape(shape)),
            None => match self.understand(text, &mut lexed).await {
                Ok(_) if lexed.params > 0 => Err(parameter_in_text(text, &lexed)),
                Ok(Understood::Plan(plan)) => Ok(Found::Plan(plan)),
                Ok(Understood::Statement(statement)) => Ok(Found::Statement(statement)),
                Err(error) => Err(error),
            },
        };
        let plan = match &found {
            Ok(Found::Shape(shape)) => Some(&shape.plan),
            Ok(Found::Plan(plan)) => Some(plan),
            Ok(Found::Statement(_)) | Err(_) => None,
        };
        if let Some(plan) = plan {
            let done = self.run_plan(plan, text, &lexed, Sent::Text).await;
            self.buffers.get().lexed = lexed;
            return self.answered(done).await;
        }
        let done = match found {
            Ok(Found::Shape(_) | Found::Plan(_)) => Ok(()),
            Ok(Found::Statement(statement)) => {
                let done = Box::pin(self.statement(&statement, text, form)).await;
                self.count_unplanned(&statement, lexed.kind);
                done
            }
            Err(error) => {
                self.count(counted_kind(lexed.kind), StatementRoute::Refused);
                Err(error.into())
            }
        };
        self.buffers.get().lexed = lexed;
        self.answered(done).await
    }

    /// A text like this one, with its plan, if this thread has run one; the text is then lexed.
    fn shape_of(&self, text: &[u8], lexed: &mut Lexed) -> Option<Arc<Shape>> {
        let shape = shapes::find(text, self.reading(self.service.catalog.generation()), lexed)?;
        let fits = shape.plan.plan.fits(&self.args(&self.account, text, lexed, &[]));
        fits.then(|| {
            self.service.metrics.plan_cache(CacheOutcome::Hit);
            shape
        })
    }

    /// What the meaning of a text rests on.
    fn reading(&self, generation: u64) -> Reading<'_> {
        Reading { generation, schema: self.schema.as_deref(), mode: self.mode }
    }

    /// Counts a statement, and how long it took since its command came.
    pub(super) fn count(&mut self, kind: CountedKind, route: StatementRoute) {
        let came = std::mem::replace(&mut self.now, Instant::now());
        self.service.metrics.statement(kind, route, self.now.saturating_duration_since(came));
    }

    /// Counts a statement without a plan. EXECUTE is not counted: what it executes is.
    pub(super) fn count_unplanned(&mut self, statement: &Statement, kind: StatementKind) {
        let (kind, route) = match statement {
            Statement::Execute { .. } | Statement::ExecuteImmediate { .. } => return,
            Statement::Ddl(_) => (CountedKind::Ddl, StatementRoute::Scatter),
            Statement::Describe { .. } | Statement::Explain { .. } => (CountedKind::Show, StatementRoute::Local),
            Statement::Prepare { .. } | Statement::Deallocate(_) => (CountedKind::Prepare, StatementRoute::Local),
            Statement::Use(_) => (CountedKind::Session, StatementRoute::Local),
            Statement::Unsupported { .. } | Statement::LockTables | Statement::Call { .. } => {
                (CountedKind::Other, StatementRoute::Refused)
            }
            _ => (counted_kind(kind), StatementRoute::Local),
        };
        self.count(kind, route);
    }

    /// Finds or makes the plan of a text.
    pub(super) async fn understand(&mut self, text: &[u8], lexed: &mut Lexed) -> Result<Understood, SqlError> {
        match self.read(text, lexed).await {
            Err(error) if error.is(Code::ParseError) => Err(Box::pin(self.misread(text, error)).await),
            understood => understood,
        }
    }

    /// What Weir cannot read: a server's own words when it cannot either, else a refusal.
    pub(super) async fn misread(&self, text: &[u8], error: SqlError) -> SqlError {
        match prepare::syntax_error(&self.service.catalog, &self.state, self.anywhere(), text).await {
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
            StatementKind::Empty if is_comment(text) => Ok(Understood::Statement(Box::new(Statement::Nothing))),
            StatementKind::Empty => Err(SqlError::new(Code::EmptyQuery, "Query was empty")),
            StatementKind::Select
            | StatementKind::Insert
            | StatementKind::Replace
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::OtherQuery => {
                let cluster = self.service.catalog.cluster();
                let schema = self.schema.as_deref();
                let args = self.args(&self.account, text, lexed, &[]);
                // A literal and a parameter look alike in a normal form, so the plan of a text with parameters is its
                // prepared statement's own.
                let shared = lexed.params == 0;
                if shared && let Some(plan) = cluster.plans.find(schema, self.mode, lexed, |plan| plan.fits(&args)) {
                    self.service.metrics.plan_cache(CacheOutcome::Hit);
                    shapes::keep(text, self.reading(cluster.generation), lexed, &plan);
                    // Another user may have made it.
                    self.check_access(&plan.plan)?;
                    return Ok(Understood::Plan(plan));
                }
                self.service.metrics.plan_cache(CacheOutcome::Miss);
                let statement = self.parse(text, lexed)?;
                match statement {
                    Statement::Query(_)
                    | Statement::Do(_)
                    | Statement::Insert(_)
                    | Statement::Update(_)
                    | Statement::Delete(_) => {
                        let plan = Box::pin(self.plan(&cluster, &statement, text, lexed)).await?;
                        let plan = Arc::new(CachedPlan::new(plan));
                        if shared {
                            cluster.plans.keep(schema, self.mode, lexed, plan.clone());
                        }
                        Ok(Understood::Plan(plan))
                    }
                    other => Ok(Understood::Statement(Box::new(other))),
                }
            }
            _ => Box::pin(self.read_other(text, lexed)).await,
        }
    }

    pub(super) fn parse(&self, text: &[u8], lexed: &Lexed) -> Result<Statement, SqlError> {
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
                    self.check_access(&plan)?;
                    return Ok(plan);
                }
                Err(PlanError::NeedsTable { schema, table }) => {
                    self.service.catalog.table(cluster, &schema, &table).await?;
                }
                Err(PlanError::Sql(error)) => return Err(error),
            }
        }
    }

    /// Whether this user may use every schema that a plan names.
    fn check_access(&self, plan: &plan::Plan) -> Result<(), SqlError> {
        let of_tables = plan.tables.iter().map(|table| &*table.rules.schema);
        match plan.schema.as_deref().into_iter().chain(of_tables).find(|schema| !self.may_use(schema)) {
            None => Ok(()),
            Some(schema) => {
                let message = format!("Access denied for user '{}'@'%' to database '{schema}'", self.account.user);
                Err(SqlError::new(Code::DatabaseAccessDenied, message))
            }
        }
    }

    /// The operands of a text, with what the session adds to them.
    pub(super) fn args<'a>(
        &self,
        account: &'a Account,
        text: &'a [u8],
        lexed: &'a Lexed,
        params: &'a [Value<'a>],
    ) -> Args<'a> {
        Args {
            text,
            lexed,
            params,
            mode: self.mode,
            utf8: self.utf8,
            no_auto_value_on_zero: self.no_auto_value_on_zero,
            lax: self.lax,
            generated: None,
            row_ids: &[],
            last_insert_id: self.last_insert_id,
            connection_id: self.entry.id,
            user: &account.user,
            host: &account.host,
            found_rows: self.found_rows.unwrap_or_default(),
            row_count: self.row_count,
            warning_count: u64::from(self.warning_count),
            error_count: self.error_count(),
            switches: self.switches,
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
        let (outcome, generated) = self.outcome_of(cached, text, lexed, sent).await?;
        self.note(&cached.plan, generated, outcome);
        Ok(())
    }

    /// Runs a statement of Weir's own that has no rows, in the client's place; what it assigns is the client's.
    pub(super) async fn run_silently(&mut self, text: &[u8]) -> Result<Outcome, SqlError> {
        let mut lexed = Lexed::default();
        let plan = match self.understand(text, &mut lexed).await? {
            Understood::Plan(plan) => plan,
            Understood::Statement(_) => {
                return Err(SqlError::new(Code::UnsupportedStatement, "this cannot stand in the place of a query"));
            }
        };
        match self.outcome_of(&plan, text, &lexed, Sent::Text).await {
            Ok((outcome, _)) => {
                if outcome.warnings > 0 {
                    self.warnings.clone_from(&outcome.warning_list);
                }
                Ok(outcome)
            }
            Err(ExecError::Sql(error)) => Err(error),
            Err(ExecError::Client(error)) => Err(SqlError::new(Code::BackendAnswer, error.to_string())),
        }
    }

    /// Binds, routes and runs a plan; also gives the first value that Weir has generated.
    pub(super) async fn outcome_of(
        &mut self,
        cached: &CachedPlan,
        text: &[u8],
        lexed: &Lexed,
        sent: Sent<'_>,
    ) -> Result<(Outcome, Option<u64>), ExecError> {
        let plan = &cached.plan;
        if self.is_next_transaction(plan) {
            return Box::pin(self.outcome_by_itself(cached, text, lexed, sent)).await;
        }
        self.refuse_torn().await?;
        self.knows_found_rows(plan)?;
        let opened = if plan.tables.is_empty() { None } else { self.begin_implicitly() };
        let account = self.account.clone();
        let mut args = self.args(&account, text, lexed, sent.values());
        let mut ids;
        if plan.generate.is_some() {
            ids = plan.read_ids(&args)?;
            args.generated = Box::pin(self.generate(plan, &ids)).await?;
            args.row_ids = args.generated.map_or(&[], |first| ids.give(first));
        }
        let mut nodes = std::mem::take(&mut self.buffers.get().nodes);
        let mut rows = std::mem::take(&mut self.buffers.get().row_nodes);
        nodes.clear();
        rows.clear();
        let routed = plan.place(&args, &mut nodes, &mut rows).and_then(|()| plan.tells_ids(&args));
        let merges = routed.as_ref().is_err_and(|error| plan.merges_after(error));
        let route = match &routed {
            Ok(()) => counted_route(plan, nodes.len()),
            Err(_) if merges => StatementRoute::MergeNode,
            Err(_) => StatementRoute::Refused,
        };
        if merges {
            nodes.clear();
            rows.clear();
        }
        let bounded = self.keep_bounds(plan, lexed.kind, (nodes.len(), merges));
        let result = match routed.or_else(|error| if merges { Ok(()) } else { Err(error) }).and(bounded) {
            Ok(()) => {
                self.choose_copy(plan, &mut nodes);
                let form = match sent {
                    Sent::Text => exec::Form::Text,
                    Sent::Prepared { params, .. } => exec::Form::Binary(params),
                    Sent::Named { names, .. } => exec::Form::Named(names),
                };
                let anywhere = if plan.tables.is_empty() { self.anywhere() } else { InstanceId(0) };
                let request = Request {
                    plan,
                    args,
                    nodes: &nodes,
                    rows: &rows,
                    form,
                    anywhere,
                    merge_node: if nodes.len() == 1 && !merges {
                        None
                    } else {
                        self.merge_node(plan).filter(|_| merges || plan.rewrite.is_none())
                    },
                    collations: &cached.collations,
                    heads: &cached.heads,
                    sifting: &cached.sifting,
                };
                if self.switches.is_on(Switch::ConsistentRead) && self.needs_cut(&request) {
                    Box::pin(self.execute_in_cut(&request)).await
                } else {
                    self.execute_request(&request).await
                }
            }
            Err(error) => Err(error.into()),
        };
        self.count(counted_kind(lexed.kind), route);
        self.buffers.get().nodes = nodes;
        self.buffers.get().row_nodes = rows;
        let mut outcome = match result {
            Err(ExecError::Sql(error)) => {
                self.note_unfound(plan, &error);
                let error = Box::pin(self.in_its_own_words(cached, (text, args), error)).await;
                // It has not begun, and neither has the transaction that it would have opened.
                if let Some(spoken) = opened.filter(|_| error.errno == READ_ONLY_TRANSACTION) {
                    self.transaction.end(End::Rollback).await?;
                    self.next_transaction = spoken;
                    return Err(error.into());
                }
                return Err(Box::pin(self.roll_back_after(error)).await.into());
            }
            other => other?,
        };
        if let Some(first) = args.generated
            && (plan.ignores || plan.updates_met)
        {
            note_unused(first, args.row_ids.len(), &mut outcome);
        }
        Ok((outcome, args.generated))
    }

    /// Where a statement runs that any instance can answer: where the transaction is already, else on one that is up.
    pub(super) fn anywhere(&self) -> InstanceId {
        let ids = || self.service.instances.iter().map(|instance| instance.id());
        let touched = ids().find(|id| self.transaction.touches(*id));
        touched.or_else(|| ids().find(|id| self.is_up(*id))).unwrap_or(InstanceId(0))
    }

    /// Which instance answers a statement that no shard can: one that is configured for it or else has shards of the
    /// schema, and is up. The one with the fewest connections in use is taken; clients differ in whom they ask first.
    pub(super) fn merge_node(&self, plan: &plan::Plan) -> Option<InstanceId> {
        let table = plan.tables.first().filter(|_| !plan.fetches.is_empty())?;
        let mut instances: Vec<InstanceId> = match self.service.merge_nodes.as_slice() {
            [] => table.rules.shards().iter().map(|shard| shard.instance).collect(),
            configured => configured.to_vec(),
        };
        instances.sort_unstable();
        instances.dedup();
        let own = usize::try_from(self.entry.id).unwrap_or_default() % instances.len().max(1);
        instances.rotate_left(own);
        let busy = |id: &InstanceId| self.service.instances.get(*id).map_or(0, |instance| instance.used_count());
        let up = instances.iter().copied().filter(|id| self.is_up(*id));
        up.min_by_key(busy).or_else(|| instances.first().copied())
    }

    fn is_up(&self, instance: InstanceId) -> bool {
        self.service.instances.get(instance).is_some_and(|instance| instance.health().down_because().is_none())
    }

    /// A read of broadcast tables only goes to one of the copies: on an instance that the transaction has touched, or
    /// else on one that is up. The plan has given each client another one to begin with.
    fn choose_copy(&self, plan: &plan::Plan, nodes: &mut [DataNode]) {
        let (Routing::Any, Some(table), [node]) = (&plan.routing, plan.tables.first(), nodes) else { return };
        let shards = table.rules.shards();
        let own = usize::from(node.shard.0);
        let turned = || shards.iter().enumerate().skip(own).chain(shards.iter().enumerate().take(own));
        let touched = turned().find(|(_, shard)| self.transaction.touches(shard.instance));
        let chosen = touched.or_else(|| turned().find(|(_, shard)| self.is_up(shard.instance)));
        if let Some(shard) = chosen.and_then(|(at, _)| u16::try_from(at).ok()) {
            node.shard = ShardId(shard);
        }
    }

    /// A column that is missing stands in another place of the statement that many nodes get: the client's own says
    /// where it is missed. And a server that does not read the table that it writes says so before Weir refuses it.
    /// A fault of the text that Weir reads over is told of the client's text, not of what a node gets.
    pub(super) async fn in_its_own_words(
        &self,
        cached: &CachedPlan,
        (text, args): (&[u8], Args<'_>),
        error: SqlError,
    ) -> SqlError {
        if error.is(Code::ParseError) && error.origin == Origin::Backend {
            let said = prepare::syntax_error(&self.service.catalog, &self.state, self.anywhere(), text).await;
            return said.ok().flatten().unwrap_or(error);
        }
        let (collations, heads) = (&cached.collations, &cached.heads);
        let refused = cached.plan.asks_about(&error);
        if refused.is_none() && !error.is(Code::UnknownColumn) {
            return error;
        }
        let plan = refused.as_ref().unwrap_or(&cached.plan);
        let node = plan.any_node(&args);
        let anywhere = self.anywhere();
        let form = exec::Form::Text;
        let (nodes, rows, sifting) = (&[node][..], &[][..], &cached.sifting);
        let request = Request { plan, args, nodes, rows, form, anywhere, merge_node: None, collations, heads, sifting };
        match definitions(&self.service.catalog, &self.state, &request, node).await {
            Err(own) if own.is(Code::UnknownColumn) => own,
            Err(own) if refused.is_some() && own.is(Code::TargetIsRead) => own,
            _ => error,
        }
    }

    pub(super) async fn execute_request(&mut self, request: &Request<'_>) -> Result<Outcome, ExecError> {
        let status = self.status();
        let own = self.state_for(request.plan, request.nodes.len());
        self.entry.running.start();
        if !self.keeps_warnings(request.plan) {
            self.forget_warnings();
        }
        let mut noted = Vec::new();
        let mut assigned = Vec::new();
        let mut insert_id = None;
        let account = &self.account;
        let mut conversation = Conversation {
            client: &mut self.client,
            transaction: &mut self.transaction,
            silence: Duration::from_millis(self.service.limits.client_idle_timeout_ms),
            state: own.as_ref().unwrap_or(&self.state),
            physical: &mut self.buffers.get().physical,
            running: &self.entry.running,
            catalog: &self.service.catalog,
            limits: MergeLimits {
                max_rows: self.service.limits.max_merge_rows,
                max_bytes: self.service.limits.max_merge_bytes,
            },
            fetch_limits: exec::FetchLimits {
                max_rows: self.service.limits.max_fetch_rows,
                max_bytes: self.service.limits.max_fetch_bytes,
            },
            status,
            assigned: &mut assigned,
            insert_id: &mut insert_id,
            noted: &mut noted,
            ids: &*self.service,
            visible: &|schema| account.rights.as_ref().is_some_and(|user| user.may_use(schema)),
        };
        let mut result = exec::run(&mut conversation, request).await;
        if !noted.is_empty() {
            self.warnings = noted;
        }
        exec::user_variables::apply(&assigned, &mut self.state);
        if let (Ok(outcome), true) = (&mut result, insert_id.is_some()) {
            outcome.own_id = true;
        }
        self.last_insert_id = insert_id.unwrap_or(self.last_insert_id);
        self.entry.running.done();
        result
    }

    /// AUTO_INCREMENT values for the statement's rows; explicit ones move the sequence.
    async fn generate(&self, plan: &plan::Plan, ids: &RowIds) -> Result<Option<u64>, SqlError> {
        let Some(table) = plan.tables.first() else { return Ok(None) };
        if let Some(explicit) = ids.greatest {
            self.service.observe_ids(table, explicit).await?;
        }
        match ids.count {
            0 => Ok(None),
            count => self.service.take_ids(table, count).await.map(Some),
        }
    }

    /// Notes what came of a statement, and appends OK when it had no rows.
    fn note(&mut self, plan: &plan::Plan, generated: Option<u64>, outcome: Outcome) {
        self.note_found_rows(plan, &outcome);
        if outcome.warnings > 0 || !self.keeps_warnings(plan) {
            self.warning_count = outcome.warnings;
            self.warnings = outcome.warning_list;
        }
        if outcome.rows.is_some() {
            self.row_count = -1;
            self.last_insert_id = generated.filter(|_| !outcome.ids_known).unwrap_or(self.last_insert_id);
            self.buffers.get().physical.reuse(outcome.message);
            return;
        }
        self.row_count = i64::try_from(outcome.affected_rows).unwrap_or(i64::MAX);
        let generated = generated.filter(|_| !outcome.ids_known);
        // LAST_INSERT_ID(expr) has said itself what stays.
        let by_server = (plan.generate.is_none() || outcome.ids_known) && !plan.needs.sets_insert_id;
        if let Some(first) =
            generated.or(Some(outcome.last_insert_id).filter(|id| *id > 0 && by_server && !outcome.own_id))
        {
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
        self.buffers.get().physical.reuse(outcome.message);
    }

    /// The end of every statement: its error is answered here, and nowhere else.
    pub(super) async fn answered(&mut self, done: Result<(), ExecError>) -> Result<(), SessionEnd> {
        match done {
            Ok(()) => Ok(()),
            Err(ExecError::Client(error)) => Err(Box::pin(self.refuse_packet(error)).await),
            Err(ExecError::Sql(error)) => {
                tracing::debug!(connection = self.entry.id, errno = error.errno, origin = ?error.origin, "statement failed");
                self.row_count = -1;
                // A server that failed has told of it and of what else it saw; Weir's own errors stand alone.
                let told = |warning: &exec::Warning| warning.errno == error.errno && warning.message == error.message;
                if error.origin != Origin::Backend || !self.warnings.iter().any(told) {
                    let message = error.message.clone();
                    self.warnings = vec![exec::Warning { level: "Error".to_owned(), errno: error.errno, message }];
                }
                self.warning_count = u16::try_from(self.warnings.len()).unwrap_or(u16::MAX);
                if catalog::is_stale(&error) {
                    self.service.catalog.forget();
                }
                self.write_error(&error);
                Ok(())
            }
        }
    }
}

/// A row that was left out, or that has changed another one, has not used the value that it was given: a server tells
/// the value of the row that it has changed, or none, and LAST_INSERT_ID() stays. Of several rows, all of them may have
/// been left out; which of them were is not known otherwise.
fn note_unused(first: u64, rows: usize, outcome: &mut Outcome) {
    let unused = if rows == 1 { outcome.last_insert_id != first } else { outcome.affected_rows == 0 };
    if unused && !outcome.ids_known && outcome.rows.is_none() {
        (outcome.own_id, outcome.ids_known) = (true, true);
    }
}
