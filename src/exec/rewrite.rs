//! A write that the nodes cannot make one by one: a merge node makes it over copies, and what has changed there is
//! written to the nodes.
//!
//! First the rows are copied, locked where they lie ([`super::merge_node`]); then the client's own statement runs over
//! the copies; then what it has changed is read back ([`super::changes`]) and written, all of it or nothing: outside of
//! a transaction the whole is one, inside of one each instance has a savepoint in front.
//!
//! Always holds: the client is told what the merge node has said, and only when every node has done its part; a node
//! that finds other rows than those that were locked undoes the statement.

use super::changes::Changes;
use super::hold::Hold;
use super::meet::{self, Known, Rehearsal};
use super::merge_node::{DUPLICATE_ENTRY, drop_tables, fetched, loading, select_schema};
use super::originals::Originals;
use super::relay::{self, Ready};
use super::returned;
use super::rows::{Rows, each_row};
use super::spread::{self, Undo};
use super::target::{self, ROW};
use super::temporary::quoted;
use super::writer::{Stopped, Writer};
use super::{Conversation, ExecError, Outcome, Place, Request};
use crate::error::{Code, Origin, SqlError};
use crate::id::InstanceId;
use crate::plan::{Address, Fetch, MergeName, NewRows, Table, WrittenRows};
use crate::rule::Placement;
use crate::txn::{Characteristics, crash};
use crate::wire::text_row::text_cells;

/// ER_LOCK_DEADLOCK.
const DEADLOCK: u16 = 1213;
/// ER_BINLOG_STMT_MODE_AND_ROW_ENGINE: a server that logs statements takes no write in READ COMMITTED.
const LOGS_STATEMENTS: u16 = 1665;
/// So often a statement is tried that is a transaction of its own and looks up what it meets.
const TRIES: u32 = 5;
/// So often a statement runs again because it meets what had not been looked up.
const MOST_LOOKS: u32 = 16;
/// How long the merge node waits for its rows to be taken, in seconds: as long as nodes wait for locks meanwhile.
const PATIENCE_S: &str = "86400";

/// Makes a write by way of an instance.
pub(super) async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    instance: InstanceId,
) -> Result<Outcome, ExecError> {
    let mut outcome = made(conversation, request, instance).await?;
    returned::show(conversation, request, &mut outcome).await?;
    Ok(outcome)
}

/// In the open transaction, or in one of its own.
async fn made(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    instance: InstanceId,
) -> Result<Outcome, ExecError> {
    if conversation.transaction.is_open() {
        return write(conversation, request, instance, Undo::ToSavepoint).await;
    }
    let met = request.plan.met().is_some();
    // Claims keep others away from what is looked up; gaps need not be locked, and others may insert beside it.
    let mut isolation = met.then(|| "READ-COMMITTED".into());
    let mut tries = if met { TRIES } else { 1 };
    loop {
        conversation.transaction.open(Characteristics { isolation: isolation.clone(), ..Characteristics::default() });
        let written = write(conversation, request, instance, Undo::WithTransaction).await;
        let ended = spread::end(conversation, written).await;
        tries -= 1;
        match ended {
            // The client has been told nothing.
            Err(ExecError::Sql(error)) if error.errno == DEADLOCK && tries > 0 => {}
            Err(ExecError::Sql(error)) if error.errno == LOGS_STATEMENTS && isolation.is_some() => isolation = None,
            ended => return ended,
        }
    }
}

async fn write(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    instance: InstanceId,
    undo: Undo,
) -> Result<Outcome, ExecError> {
    let mut originals = Originals::default();
    for written in request.plan.rewrite.iter().flat_map(|rewrite| &rewrite.targets) {
        originals.expect(written.mention, &written.rows);
    }
    let mut hold = fetched(conversation, request, instance, &mut originals).await?;
    let mut known = Known::default();
    let met = match request.plan.met() {
        Some(met) => Some(meet::bring(conversation, request, (&mut hold, &mut originals), (met, &mut known)).await?),
        None => None,
    };
    crash::point(|| "Rewrite.copied".to_owned());
    let mut looks = 0;
    let (mut outcome, selects) = loop {
        let (outcome, selects) = match stated(conversation, request, hold).await? {
            (Some(back), outcome, selects) => {
                hold = back;
                (outcome, selects)
            }
            (None, outcome, _) => {
                let lost = "the merge node was lost before its rows could be written";
                return outcome.and_then(|_| Err(SqlError::new(Code::BackendAnswer, lost).into()));
            }
        };
        let outcome = match outcome {
            Ok(_) if met == Some(Rehearsal::Failed) => {
                let message = "a statement that had failed on the merge node ran when it was sent again";
                return Err(SqlError::new(Code::BackendAnswer, message).into());
            }
            told => match unless_loud(request, told) {
                Ok(outcome) => outcome,
                Err(error) => {
                    if !selects && drop_tables(&mut hold, request).await.is_ok() {
                        hold.release(conversation);
                    }
                    return Err(error);
                }
            },
        };
        match request.plan.met() {
            Some(met)
                if meet::overlooked(conversation, request, (&mut hold, &mut originals), (met, &mut known)).await? =>
            {
                looks += 1;
                if looks == MOST_LOOKS {
                    return Err(unsettled(request).into());
                }
            }
            _ => break (outcome, selects),
        }
    };
    let used = match met {
        Some(_) => meet::used_id(request, &mut hold).await?,
        None => None,
    };
    let new = new_rows(request);
    let Written { applied, ids, read } = written(conversation, request, (&mut hold, &mut originals), (new, undo)).await;
    crash::point(|| "Rewrite.written".to_owned());
    if read && !selects && drop_tables(&mut hold, request).await.is_ok() {
        hold.release(conversation);
    }
    let mut applied = applied.map_err(|error| if met.is_some() { overtaken(error, undo) } else { error })?;
    if new != NewRows::Insert {
        count_met(&mut outcome, &mut applied, copies(request), new);
    }
    match (met, used) {
        (None, _) => (outcome.last_insert_id, outcome.own_id) = ids.told(applied.last_insert_id),
        // The merge node was given all values, and has told the last one that a row has.
        (Some(_), used) => {
            outcome.last_insert_id = used.unwrap_or(outcome.last_insert_id);
            (outcome.own_id, outcome.ids_known) = (used.is_none(), true);
            // A value that a new row is given goes before one that LAST_INSERT_ID(expr) says.
            if request.plan.needs.sets_insert_id {
                *conversation.insert_id = used.or(*conversation.insert_id);
            }
        }
    }
    Ok(outcome)
}

/// Runs the client's statement on the merge node. The connection comes back where it is well; also whether a schema is
/// selected there.
async fn stated(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    mut hold: Hold,
) -> Result<(Option<Hold>, Result<Outcome, ExecError>, bool), ExecError> {
    hold.apply_state(conversation.state).await?;
    let selects = select_schema(&mut hold, request).await?;
    let mut physical = std::mem::take(conversation.physical);
    let told = match request.write_merged(hold.kind(), &mut physical) {
        Ok(()) if request.plan.returns => returned::on(conversation, hold, request, &physical).await,
        Ok(()) => {
            let ready = Ready::new(&mut physical, request, conversation.state);
            let told = relay::on(conversation, &mut hold, request, Place::MergeNode, ready).await;
            told.map(|(well, outcome)| (well.then_some(hold), outcome))
        }
        Err(error) => Err(error.into()),
    };
    *conversation.physical = physical;
    let (hold, outcome) = told?;
    Ok((hold, outcome, selects))
}

/// What came of the statement; a refusal where it warns or fails, and one server might do that otherwise.
fn unless_loud(request: &Request<'_>, told: Result<Outcome, ExecError>) -> Result<Outcome, ExecError> {
    let silent = request.plan.rewrite.as_ref().is_some_and(|rewrite| rewrite.silent);
    let why = match &told {
        Ok(outcome) if silent && outcome.warnings > 0 => "it would warn".to_owned(),
        Err(ExecError::Sql(error)) if silent && error.origin == Origin::Backend => {
            format!("a merge node says {} ({})", error.errno, error.message)
        }
        _ => return told,
    };
    let table = request.plan.rewrite.iter().flat_map(|rewrite| &rewrite.targets).next();
    let table = table.and_then(|written| request.plan.tables.get(written.mention)).map_or("", |table| &table.name);
    let message = format!("UPDATE of '{table}', joined to itself across shards, has to be free of warnings: {why}");
    Err(SqlError::new(Code::UnsupportedAcrossShards, message).into())
}

fn unsettled(request: &Request<'_>) -> SqlError {
    let table = request.plan.tables.first().map_or("", |table| &table.name);
    let message = format!(
        "each time ON DUPLICATE KEY UPDATE ran, rows of '{table}' met others that had not been looked up; write fewer rows \
         at once"
    );
    SqlError::new(Code::UnsupportedAcrossShards, message)
}

/// A row that a statement meets and has not looked up has just been inserted by another kind of statement: tried again,
/// it is looked up.
fn overtaken(error: ExecError, undo: Undo) -> ExecError {
    match error {
        ExecError::Sql(error) if error.errno == DUPLICATE_ENTRY && undo == Undo::WithTransaction => {
            let message = "Deadlock found when trying to get lock; try restarting transaction".to_owned();
            ExecError::Sql(SqlError { errno: DEADLOCK, state: *b"40001", message, ..error })
        }
        error => error,
    }
}

/// What becomes of the statement's new rows that are there already.
fn new_rows(request: &Request<'_>) -> NewRows {
    let rows = request.plan.rewrite.as_ref().and_then(|rewrite| rewrite.written(0));
    match rows {
        Some(WrittenRows::New(new)) => *new,
        Some(WrittenRows::Changed { .. }) | None => NewRows::Insert,
    }
}

/// To how many nodes each row goes.
fn copies(request: &Request<'_>) -> u64 {
    let table = request.plan.tables.first().filter(|table| table.placement == Placement::Broadcast);
    table.map_or(1, |table| u64::try_from(table.rules.shards().len()).unwrap_or(1)).max(1)
}

/// Counts the rows that were left out, or took the place of others, at their nodes; each copy has told the same.
fn count_met(outcome: &mut Outcome, applied: &mut Outcome, copies: u64, new: NewRows) {
    let (offered, affected) = (outcome.affected_rows, applied.affected_rows / copies);
    let met = if new == NewRows::Replace { affected.saturating_sub(offered) } else { offered.saturating_sub(affected) };
    let warnings = u16::try_from(u64::from(applied.warnings) / copies).unwrap_or(u16::MAX);
    outcome.affected_rows = affected;
    outcome.warnings = outcome.warnings.saturating_add(warnings);
    outcome.warning_list.extend(applied.warning_list.drain(..).take(usize::from(warnings)));
    if !outcome.message.is_empty() {
        let more = format!("Records: 0  Duplicates: {met}  Warnings: {warnings}");
        outcome.message = spread::add_messages(&outcome.message, more.as_bytes());
    }
}

/// What came of writing to the nodes.
struct Written {
    applied: Result<Outcome, ExecError>,
    /// AUTO_INCREMENT values of new rows.
    ids: NewIds,
    /// The merge node has told all that has changed: its connection can be used again.
    read: bool,
}

/// Writes what the statement has changed to the nodes.
async fn written(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (hold, originals): (&mut Hold, &mut Originals),
    (new, undo): (NewRows, Undo),
) -> Written {
    let mut ids = NewIds::default();
    let mut writer = Writer::new(conversation.state, new, undo);
    let passed = passed_on(conversation, request, (hold, originals), (&mut writer, &mut ids)).await;
    let read = passed.is_ok();
    let failed = match passed {
        Ok(()) | Err(Stopped::Writing) => None,
        Err(Stopped::Reading(error)) => Some(error),
    };
    Written { applied: writer.finish(conversation, request, failed).await, ids, read }
}

/// Reads what has changed, and passes it on to the nodes: new rows as they are read, others when all of them are known.
async fn passed_on(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (hold, originals): (&mut Hold, &mut Originals),
    (writer, new_ids): (&mut Writer, &mut NewIds),
) -> Result<(), Stopped> {
    let mut state = loading();
    state.set("character_set_results", "NULL");
    state.set("net_write_timeout", PATIENCE_S);
    hold.apply_state(&state).await.map_err(SqlError::from)?;
    let mut held = Vec::new();
    for written in request.plan.rewrite.iter().flat_map(|rewrite| &rewrite.targets) {
        let mention = written.mention;
        let (Some(table), Some(fetch)) = (request.plan.tables.get(mention), request.plan.fetches.get(mention)) else {
            continue;
        };
        let (mut changes, list) = Changes::of(mention, (table, fetch), &written.rows);
        let mut sql = format!("SELECT {list} FROM {}", MergeName::of(mention).qualified());
        match &written.rows {
            WrittenRows::New(_) => {
                let mut ids = NewIds::of(conversation, request, hold, (mention, table, fetch)).await?;
                if target::keeps_order(table, &written.rows) {
                    sql.push_str(&format!(" ORDER BY {}", quoted(ROW)));
                }
                let mut rows = Rows::of(hold, &sql).await?;
                while rows.more(hold, |row| ids.give(row, &mut changes)).await? {
                    writer.write(conversation, request, changes.ready()).await?;
                }
                *new_ids = ids;
                writer.write(conversation, request, changes.finish()).await?;
            }
            WrittenRows::Changed { .. } => {
                let room = conversation.limits.max_bytes;
                let within = |changes: &Changes<'_>| match changes.bytes > room {
                    true => Err(too_much(table, room)),
                    false => Ok(()),
                };
                let row = |row: &[u8]| {
                    changes.row(row, mention, originals)?;
                    within(&changes)
                };
                each_row(hold, &sql, row).await?;
                changes.gone(mention, originals)?;
                within(&changes)?;
                if matches!(&written.rows, WrittenRows::Changed { by: Address::Values, .. }) && changes.writes() {
                    nothing_follows(conversation, table, "written without a key").await?;
                }
                let unheld = request.plan.rewrite.as_ref().is_some_and(|rewrite| rewrite.unheld);
                if unheld && changes.deletes() {
                    nothing_follows(conversation, table, "deleted, or passed over by IGNORE").await?;
                }
                if changes.moves() && request.plan.met().is_none() {
                    nothing_follows(conversation, table, "moved between shards").await?;
                }
                held.extend(changes.finish());
            }
        }
    }
    crash::point(|| "Rewrite.changed".to_owned());
    // On each instance what goes before what comes.
    held.sort_by_key(|change| change.kind);
    writer.write(conversation, request, held).await
}

pub(super) fn too_much(table: &Table, room: u64) -> SqlError {
    let message = format!(
        "the statement would write more than {room} bytes (limits.max_merge_bytes) of '{}' by way of a merge node; \
         write it in parts",
        table.name
    );
    SqlError::new(Code::MergeLimit, message)
}

/// A row that is moved goes from one place and comes to another: what follows a row by itself would not follow it there.
pub(super) async fn nothing_follows(
    conversation: &Conversation<'_>,
    table: &Table,
    done: &str,
) -> Result<(), SqlError> {
    let Some(node) = table.placement.nodes(&table.rules).first().copied() else { return Ok(()) };
    let Some(instance) = conversation.catalog.instances().get(table.rules.instance(node.shard)) else { return Ok(()) };
    let physical = table.physical(node);
    let text = |name: &str| format!("'{}'", name.replace('\\', "\\\\").replace('\'', "''"));
    let (database, name) = (text(physical.database), text(physical.table));
    let sql = format!(
        "SELECT 'a foreign key' FROM information_schema.KEY_COLUMN_USAGE \
         WHERE REFERENCED_TABLE_SCHEMA = {database} AND REFERENCED_TABLE_NAME = {name} UNION ALL \
         SELECT 'a trigger' FROM information_schema.TRIGGERS \
         WHERE EVENT_OBJECT_SCHEMA = {database} AND EVENT_OBJECT_TABLE = {name} LIMIT 1"
    );
    let answer = instance.query(&sql).await?;
    match answer.text(0, 0) {
        None => Ok(()),
        Some(what) => Err(SqlError::new(
            Code::UnsupportedAcrossShards,
            format!("rows of '{}' would be {done}, and {what} depends on them", table.name),
        )),
    }
}

/// AUTO_INCREMENT values of new rows, given when all rows are known.
#[derive(Debug, Default)]
struct NewIds {
    /// The column, by its place in a row; None when no column counts.
    column: Option<usize>,
    zero_counts: bool,
    /// The next value; None where the table's own server gives it.
    next: Option<u64>,
    first: Option<u64>,
    /// The table's own server gives some.
    left_open: bool,
    /// The last value that a row has brought itself.
    own: Option<u64>,
}

// === impl NewIds ===

impl NewIds {
    async fn of(
        conversation: &Conversation<'_>,
        request: &Request<'_>,
        hold: &mut Hold,
        (mention, table, fetch): (usize, &Table, &Fetch),
    ) -> Result<Self, SqlError> {
        let Some(counted) = target::counted(table, &WrittenRows::New(NewRows::Insert)) else {
            return Ok(Self::default());
        };
        let column = fetch.columns.iter().position(|at| table.column(&counted.name) == Some(*at));
        let zero_counts = !request.args.no_auto_value_on_zero;
        let mut ids = Self { column, zero_counts, ..Self::default() };
        if matches!(table.placement, Placement::Single(_)) {
            return Ok(ids);
        }
        let name = quoted(&counted.name);
        let zero = if zero_counts { format!(" OR {name} = 0") } else { String::new() };
        let sql = format!(
            "SELECT COUNT(CASE WHEN {name} IS NULL{zero} THEN 1 END), MAX({name}) FROM {}",
            MergeName::of(mention).qualified()
        );
        let answer = hold.query(&sql).await?;
        let greatest = answer.text(0, 1).and_then(|text| text.parse::<u64>().ok());
        if let Some(greatest) = greatest.filter(|greatest| *greatest > 0) {
            conversation.ids.observe(table, greatest).await?;
        }
        let count = answer.text(0, 0).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        if count > 0 {
            ids.first = Some(conversation.ids.take(table, count).await?);
            ids.next = ids.first;
        }
        Ok(ids)
    }

    /// The id that the client is told, and whether it is one that a row has brought itself: the first that was given, or
    /// else that of the last row. `by_nodes` is what the nodes say.
    fn told(&self, by_nodes: u64) -> (u64, bool) {
        match (self.first, self.left_open) {
            (Some(first), _) => (first, false),
            (None, true) => (by_nodes, false),
            (None, false) => (self.own.unwrap_or_default(), true),
        }
    }

    /// Adds a new row with its value.
    fn give(&mut self, row: &[u8], changes: &mut Changes<'_>) -> Result<(), SqlError> {
        let Some(column) = self.column else { return changes.new_row(row, None) };
        let broken = || SqlError::new(Code::BackendAnswer, "a new row has other columns");
        let own = text_cells(row).nth(column).ok_or_else(broken)?.map_err(|_| broken())?;
        let wants = own.is_none_or(|own| self.zero_counts && own == b"0");
        match (wants, self.next) {
            (false, _) => {
                self.own = own.and_then(|own| std::str::from_utf8(own).ok()?.parse().ok());
                changes.new_row(row, None)
            }
            (true, None) => {
                self.left_open = true;
                changes.new_row(row, Some((column, None)))
            }
            (true, Some(next)) => {
                self.next = next.checked_add(1);
                changes.new_row(row, Some((column, Some(next.to_string().as_bytes()))))
            }
        }
    }
}
