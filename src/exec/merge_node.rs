//! A merge node answers what the shards cannot answer one by one: the rows of each table are copied into temporary
//! tables of one server, and the client's own statement runs there.
//!
//! First all fetches, one after the other, each from all of its nodes side by side; then the statement, whose rows are
//! relayed as any rows are. Several fetches outside of a transaction are a read-only transaction of their own, so that
//! each instance shows one moment to all of them. In a transaction its own branches are asked, so it sees what it wrote.
//!
//! Always holds: the tables are temporary, so that they end with the connection, whatever ends it; what is copied is
//! bounded by `max_fetch_rows` and `max_fetch_bytes`, and a statement beyond that is refused.

use super::bound;
use super::dictionary;
use super::hold::Hold;
use super::narrow::Progress;
use super::originals::{Noted, Originals};
use super::prepare::{self, Definitions};
use super::relay::{self, Ready};
use super::repeats::Repeats;
use super::rewrite::too_much;
use super::scatter::{Client, Scatter, Sending};
use super::source::Event;
use super::target;
use super::temporary::{Loader, Uniqueness, create, quoted};
use super::{Conversation, ExecError, Form, Outcome, Place, Request};
use crate::backend::{BackendError, Connection, ServerKind, SessionState};
use crate::catalog::{Catalog, KnownCollations, ResultHeads};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::plan::{Access, MergeName, NewRows, Plan, Table, WrittenRows};
use crate::txn::{Characteristics, End};

/// What says what literals and results are. The collation is among them, because it sets the charset back where a client
/// has said another one.
pub(super) const CHARSETS: [&str; 4] =
    ["character_set_client", "character_set_connection", "character_set_results", "collation_connection"];

/// ER_DUP_ENTRY.
pub(super) const DUPLICATE_ENTRY: u16 = 1062;

/// Answers a statement on an instance.
pub(super) async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    instance: InstanceId,
) -> Result<Outcome, ExecError> {
    let counted = request.plan.counted_for(&request.args);
    let request = &Request { plan: counted.as_ref().unwrap_or(request.plan), ..*request };
    let own = !conversation.transaction.is_open() && request.plan.fetches.len() > 1;
    if own {
        // A read that locks rows is none to a server.
        let read_only = (request.plan.access == Access::Read).then_some(true);
        conversation.transaction.open(Characteristics { isolation: Some("REPEATABLE-READ".into()), read_only });
    }
    let fetched = fetched(conversation, request, instance, &mut Originals::default()).await;
    if own {
        let ended = conversation.transaction.end(End::Rollback).await;
        if fetched.is_ok() {
            ended?;
        }
    }
    let mut hold = fetched?;
    hold.apply_state(conversation.state).await?;
    let mut physical = std::mem::take(conversation.physical);
    let written = request.write_merged(hold.kind(), &mut physical);
    let done = match written {
        Ok(()) => {
            let ready = Ready::new(&mut physical, request, conversation.state);
            relay::on(conversation, &mut hold, request, Place::MergeNode, ready).await
        }
        Err(error) => Err(error.into()),
    };
    *conversation.physical = physical;
    let (well, outcome) = done?;
    if well && drop_tables(&mut hold, request).await.is_ok() {
        hold.release(conversation);
    }
    outcome
}

/// The connection on which all tables are loaded, and what was in those that are to be changed.
pub(super) async fn fetched(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    instance: InstanceId,
    originals: &mut Originals,
) -> Result<Hold, ExecError> {
    let all = fetch_all(conversation, request, instance, (Uniqueness::Kept, &mut *originals)).await;
    if !matches!(&all, Err(ExecError::Sql(error)) if error.errno == DUPLICATE_ENTRY) {
        return all;
    }
    // Equal values lie on different shards, where their key does not see each other.
    originals.clear();
    fetch_all(conversation, request, instance, (Uniqueness::WhereSure, originals)).await
}

async fn fetch_all(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    instance: InstanceId,
    (uniqueness, originals): (Uniqueness, &mut Originals),
) -> Result<Hold, ExecError> {
    let mut hold = Hold::take_apart(conversation, instance).await?;
    let shared = request.plan.rewrite.iter().flat_map(|rewrite| &rewrite.shared).next();
    if let (Some((mention, _)), ServerKind::MySql) = (shared, hold.kind()) {
        hold.release(conversation);
        return Err(opened_once(request, *mention).into());
    }
    prepare_connection(&mut hold, request, uniqueness).await?;
    if !request.plan.dictionary.is_empty() {
        Box::pin(dictionary::fill(conversation, request, &mut hold)).await?;
    }
    let mut fetched = Fetched::default();
    let fetches = &request.plan.fetches;
    let mut progress = Progress::new(fetches);
    let mut done: Vec<Copied> = Vec::new();
    while let Some((mention, fetch)) = progress.next(fetches).and_then(|next| Some((next, fetches.get(next)?))) {
        let mut conditions = Vec::new();
        for bound in fetch.bounds.iter().filter(|bound| progress.knows(bound)) {
            conditions.extend(bound::condition(conversation, request, bound, &mut hold).await?);
        }
        let narrowed = progress.narrowed(fetch, conditions, &mut hold).await?;
        let cut_down = fetch.cut_down || narrowed.is_some();
        let plan = narrowed.as_ref().unwrap_or(&fetch.plan);
        let before = (fetched.rows, fetched.bytes);
        let alike = done.iter().find(|earlier| {
            let Some(of) = fetches.get(earlier.mention).filter(|_| request.plan.rewrite.is_none()) else {
                return false;
            };
            of.columns == fetch.columns && earlier.narrowed.as_ref().unwrap_or(&of.plan) == plan
        });
        match (alike, request.plan.tables.get(mention)) {
            (Some(earlier), Some(table)) => {
                fetched.begins(table);
                fetched.more(earlier.rows, earlier.bytes, conversation)?;
                let copied = copy(table, &fetch.columns, (MergeName::of(earlier.mention), MergeName::of(mention)));
                hold.query(&copied).await?;
            }
            _ => {
                let repeats = Repeats::of(fetch);
                let loading = Loading { hold: &mut hold, fetched: &mut fetched, originals: &mut *originals, repeats };
                fetch_one(conversation, request, (mention, fetch.columns.as_slice(), plan), loading).await?;
            }
        }
        let (rows, bytes) = (fetched.rows - before.0, fetched.bytes - before.1);
        progress.finished(mention, rows, cut_down);
        done.push(Copied { mention, narrowed, rows, bytes });
    }
    for &(mention, number) in copies(request, hold.kind()) {
        let (Some(table), Some(fetch)) = (request.plan.tables.get(mention), fetches.get(mention)) else { continue };
        let names = (MergeName::of(mention), MergeName::copy(mention, number));
        hold.query(&copy(table, &fetch.columns, names)).await?;
    }
    Ok(hold)
}

fn opened_once(request: &Request<'_>, mention: usize) -> SqlError {
    let table = request.plan.tables.get(mention).map_or("", |table| &table.name);
    let message = format!(
        "'{table}' is read and written, for which MariaDB is wanted as the merge node of tables that are on MariaDB, and \
         this one is MySQL"
    );
    SqlError::new(Code::UnsupportedAcrossShards, message)
}

/// A fetch that is done: another one that asks the same is not sent.
struct Copied {
    mention: usize,
    narrowed: Option<Plan>,
    rows: u64,
    bytes: u64,
}

/// The statement that copies a table from one name to another.
fn copy(table: &Table, columns: &[usize], (from, to): (MergeName, MergeName)) -> String {
    let all = table.columns.as_deref().unwrap_or_default();
    let names: Vec<String> = columns.iter().filter_map(|at| all.get(*at)).map(|column| quoted(&column.name)).collect();
    let names = names.join(", ");
    format!("INSERT INTO {} ({names}) SELECT {names} FROM {}", to.qualified(), from.qualified())
}

/// The copies that a server needs which opens a temporary table once only.
fn copies<'r>(request: &Request<'r>, on: ServerKind) -> &'r [(usize, u16)] {
    match (on, &request.plan.merged_once) {
        (ServerKind::MySql, Some(inlined)) => &inlined.copies,
        (ServerKind::MySql | ServerKind::MariaDb, _) => &[],
    }
}

/// The mention in whose table the rows of a mention lie.
fn place_of(request: &Request<'_>, mention: usize) -> usize {
    request.plan.rewrite.as_ref().map_or(mention, |rewrite| rewrite.place_of(mention))
}

/// All tables that a statement needs there.
fn names(request: &Request<'_>, on: ServerKind) -> Vec<(usize, MergeName)> {
    let own = |mention: &usize| place_of(request, *mention) == *mention;
    let originals = (0..request.plan.fetches.len()).filter(own).map(|mention| (mention, MergeName::of(mention)));
    let copies = copies(request, on).iter().map(|(mention, copy)| (*mention, MergeName::copy(*mention, *copy)));
    let dictionary = (0..request.plan.dictionary.len()).map(|mention| (mention, MergeName::of(mention)));
    originals.chain(copies).chain(dictionary).collect()
}

/// Makes the tables, empty.
pub(super) async fn prepare_connection(
    lease: &mut Connection,
    request: &Request<'_>,
    uniqueness: Uniqueness,
) -> Result<(), SqlError> {
    lease.apply_state(&loading()).await?;
    for (mention, name) in names(request, lease.kind()) {
        if let Some(mention) = request.plan.dictionary.get(mention) {
            make_table(lease, &dictionary::create(mention, name)).await?;
            continue;
        }
        let (tables, fetches) = (&request.plan.tables, &request.plan.fetches);
        let (Some(table), Some(fetch)) = (tables.get(mention), fetches.get(mention)) else { continue };
        let sql = match request.plan.rewrite.as_ref().and_then(|rewrite| rewrite.written(mention)) {
            // No key tells the new rows apart until it is known what they meet.
            Some(_) if request.plan.met().is_some() && mention == 0 => {
                target::create(table, name, uniqueness, &WrittenRows::New(NewRows::Ignore))?
            }
            Some(rows) => target::create(table, name, uniqueness, rows)?,
            None => create(table, &fetch.columns, name, uniqueness)?,
        };
        make_table(lease, &sql).await?;
    }
    Ok(())
}

/// Makes a table, and its database when there is none. The session is the one of [`loading`], before and after.
pub(super) async fn make_table(lease: &mut Connection, sql: &str) -> Result<(), SqlError> {
    if sql.is_ascii() {
        return make_defined(lease, sql).await;
    }
    // Members and defaults stand in it as text, whatever the charset of their column.
    let mut defining = loading();
    CHARSETS.iter().for_each(|name| defining.unset(name));
    lease.apply_state(&defining).await?;
    make_defined(lease, sql).await?;
    Ok(lease.apply_state(&loading()).await?)
}

async fn make_defined(lease: &mut Connection, sql: &str) -> Result<(), SqlError> {
    match lease.query(sql).await {
        Ok(_) => Ok(()),
        Err(BackendError::Server(error)) if error.is(Code::UnknownDatabase) => {
            lease.query(&format!("CREATE DATABASE IF NOT EXISTS `{}`", MergeName::DATABASE)).await?;
            Ok(lease.query(sql).await.map(drop)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Selects the schema of the temporary tables where the statement wants one. Says whether it did: such a connection is
/// not given back, because a server cannot be told to select none.
pub(super) async fn select_schema(lease: &mut Connection, request: &Request<'_>) -> Result<bool, BackendError> {
    let wants = request.plan.rewrite.as_ref().is_some_and(|rewrite| rewrite.wants_schema);
    if wants {
        lease.query(&format!("USE `{}`", MergeName::DATABASE)).await?;
    }
    Ok(wants)
}

/// Drops the tables.
pub(super) async fn drop_tables(lease: &mut Connection, request: &Request<'_>) -> Result<(), BackendError> {
    let names: Vec<String> = names(request, lease.kind()).iter().map(|(_, name)| name.qualified()).collect();
    if names.is_empty() {
        return Ok(());
    }
    if lease.in_transaction() {
        // Without autocommit the statement has begun one, and a connection with one cannot be used again.
        lease.queue_prelude("COMMIT");
    }
    lease.query(&format!("DROP TEMPORARY TABLE IF EXISTS {}", names.join(", "))).await.map(drop)
}

/// The session in which values are stored as they come: bytes as bytes, seconds as UTC, zero dates as they are.
pub(super) fn loading() -> SessionState {
    let mut state = SessionState::default();
    state.set("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'");
    state.set("time_zone", "'+00:00'");
    CHARSETS.iter().for_each(|name| state.set(name, "binary"));
    state
}

/// Where fetched rows go.
pub(super) struct Loading<'l> {
    pub(super) hold: &'l mut Hold,
    pub(super) fetched: &'l mut Fetched,
    pub(super) originals: &'l mut Originals,
    /// What becomes of rows that have come already.
    pub(super) repeats: Repeats,
}

/// How much has been fetched, by table.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    by_table: Vec<(Box<str>, u64)>,
}

// === impl Fetched ===

impl Fetched {
    /// The rows of a table come next.
    pub(super) fn begins(&mut self, table: &Table) {
        self.by_table.push((table.name.clone(), 0));
    }

    pub(super) fn more(&mut self, rows: u64, bytes: u64, conversation: &Conversation<'_>) -> Result<(), SqlError> {
        self.rows += rows;
        self.bytes += bytes;
        if let Some((_, of_table)) = self.by_table.last_mut() {
            *of_table += rows;
        }
        let limits = conversation.fetch_limits;
        let what = if self.rows > limits.max_rows {
            format!("{} rows (limits.max_fetch_rows)", limits.max_rows)
        } else if self.bytes > limits.max_bytes {
            format!("{} bytes (limits.max_fetch_bytes)", limits.max_bytes)
        } else {
            return Ok(());
        };
        let tables: Vec<String> = self.by_table.iter().map(|(name, rows)| format!("{rows} of '{name}'")).collect();
        let message = format!(
            "more than {what} would have to be copied to a merge node to answer this; it stopped after rows {}; add a \
             narrower condition on these tables",
            tables.join(", ")
        );
        Err(SqlError::new(Code::MergeLimit, message))
    }
}

/// Copies one mention's rows.
pub(super) async fn fetch_one(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (mention, columns, plan): (usize, &[usize], &Plan),
    loading: Loading<'_>,
) -> Result<(), ExecError> {
    let Some(table) = request.plan.tables.get(mention) else { return Ok(()) };
    loading.fetched.begins(table);
    let mut nodes = Vec::new();
    plan.route(&request.args, &mut nodes)?;
    let (collations, heads) = (KnownCollations::default(), ResultHeads::default());
    let part = Request {
        plan,
        args: request.args,
        nodes: &nodes,
        rows: &[],
        form: Form::Text,
        anywhere: request.anywhere,
        merge_node: None,
        collations: &collations,
        heads: &heads,
        sifting: request.sifting,
    };
    let mut state = conversation.state.clone();
    state.set("character_set_results", "NULL");
    let mut conversation = conversation.under(&state);
    let mut scatter = Scatter::start(&mut conversation, &part, Sending::All).await?;
    // What a fetch asks cannot warn, and the statement itself warns of its rows.
    scatter.deafen();
    let place = place_of(request, mention);
    let name = MergeName::of(place);
    let qualified = name.qualified();
    let into = ("INSERT INTO", &*qualified);
    let mut loader = match loading.originals.begin_fetch(place) {
        true => Loader::numbered(table, columns, into, &name.numbers()),
        false => Loader::new(table, columns, into),
    };
    let loaded = load(&mut scatter, &mut conversation, &part, (place, &mut loader), loading).await;
    let client = if matches!(loaded, Err(ExecError::Client(_))) { Client::Gone } else { Client::Waits };
    scatter.settle(&mut conversation, &part, client).await;
    loaded
}

async fn load(
    scatter: &mut Scatter,
    conversation: &mut Conversation<'_>,
    part: &Request<'_>,
    (mention, loader): (usize, &mut Loader),
    loading: Loading<'_>,
) -> Result<(), ExecError> {
    let Loading { hold, fetched, originals, mut repeats } = loading;
    let mut open = part.nodes.len();
    let mut inserts = Inserts::default();
    while open > 0 {
        match scatter.next(None, |_| 0, conversation, part).await? {
            Event::Rows { source, batch, rows } => {
                fetched.more(rows, batch.len(), conversation)?;
                let room = conversation.limits.max_bytes;
                if let Some(table) = part.plan.tables.first().filter(|_| originals.bytes() > room) {
                    return Err(too_much(table, room).into());
                }
                let node = part.nodes.get(source).copied();
                for row in batch.rows() {
                    let row = row.map_err(SqlError::from)?;
                    if !repeats.passes(&row)? {
                        continue;
                    }
                    match originals.note(mention, node, &row)? {
                        Noted::Again => {}
                        Noted::New => loader.row(&row)?,
                        Noted::Numbered(number) => loader.numbered_row(&row, number)?,
                    }
                    if loader.is_full() {
                        inserts.send(loader, hold).await?;
                    }
                }
                if repeats.is_full() {
                    store(&mut repeats, (loader, &mut inserts), hold).await?;
                }
            }
            Event::End { .. } => open -= 1,
            Event::Columns { .. } | Event::Failed { .. } | Event::Queued => {}
        }
    }
    store(&mut repeats, (loader, &mut inserts), hold).await?;
    inserts.send(loader, hold).await?;
    Ok(inserts.finish(hold).await?)
}

/// Stores the rows that have been kept to be added up.
async fn store(
    repeats: &mut Repeats,
    (loader, inserts): (&mut Loader, &mut Inserts),
    hold: &mut Hold,
) -> Result<(), ExecError> {
    for row in repeats.take() {
        loader.row(&row)?;
        if loader.is_full() {
            inserts.send(loader, hold).await?;
        }
    }
    Ok(())
}

/// The INSERTs of one table: while the server works at one, the rows of the next are read.
#[derive(Debug, Default)]
struct Inserts {
    /// One has been sent and not been answered.
    under_way: bool,
}

// === impl Inserts ===

impl Inserts {
    /// Sends the rows that have been put together.
    async fn send(&mut self, loader: &mut Loader, hold: &mut Hold) -> Result<(), BackendError> {
        self.finish(hold).await?;
        if let Some(sql) = loader.statement() {
            hold.queue_query(|out| out.extend_from_slice(sql));
            self.under_way = true;
            hold.flush().await?;
            loader.clear();
        }
        Ok(())
    }

    /// Takes the answer that is due.
    async fn finish(&mut self, hold: &mut Hold) -> Result<(), BackendError> {
        if std::mem::take(&mut self.under_way) {
            hold.answer(crate::wire::ResponseKind::Results).await?;
        }
        Ok(())
    }
}

/// The definitions of a statement's parameters and columns, as a merge node gives them over empty tables.
///
/// # Errors
/// The merge node refuses the text, or cannot be reached.
pub async fn definitions(
    catalog: &Catalog,
    state: &SessionState,
    request: &Request<'_>,
    instance: InstanceId,
) -> Result<Definitions, SqlError> {
    let Some(known) = catalog.instances().get(instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    let mut lease = known.lease_own(state).await?;
    prepare_connection(&mut lease, request, Uniqueness::Kept).await?;
    lease.apply_state(state).await?;
    let selects = select_schema(&mut lease, request).await?;
    let mut physical = super::Physical::default();
    request.write_merged(lease.kind(), &mut physical)?;
    let mut found = prepare::read(&mut lease, &physical.sql)
        .await
        .map_err(|error| request.names_at(Place::MergeNode).error(error.into()))?;
    found.in_order_of_text(&physical.params);
    drop_tables(&mut lease, request).await?;
    if !selects {
        lease.give_back();
    }
    prepare::logical(found, request.names_at(Place::MergeNode), state)
}
