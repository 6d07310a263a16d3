//! Writes of many nodes: all of one statement's nodes, or none of them.
//!
//! Instances work side by side, the nodes of one instance one after the other. In an open transaction each instance sets
//! a savepoint in front of the statement, in the same flight, and goes back to it when any node of any instance fails.
//! Outside one the statement is a transaction of its own, and commits as every transaction does (`txn`).

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use super::hold::Hold;
use super::merge_node::DUPLICATE_ENTRY;
use super::named::Named;
use super::owned_param::OwnedParam;
use super::returned::{self, Room};
use super::{Conversation, ExecError, Form, Outcome, Place, Request, Warning, answers, prepare, text_warnings};
use crate::backend::{BackendError, StatementKey};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::plan::{Combine, Tables as _};
use crate::txn::{Characteristics, End};
use crate::wire::Param;

/// The savepoint in front of a statement of an open transaction; the next one of the same name takes its place.
pub(super) const SAVEPOINT: &str = "SAVEPOINT `weir statement`";
const UNDO: &str = "ROLLBACK TO SAVEPOINT `weir statement`";

/// How a statement that fails is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undo {
    /// It is one of several in a transaction.
    ToSavepoint,
    /// It is the whole transaction.
    WithTransaction,
}

/// One node's statement.
struct Write {
    node: DataNode,
    sql: Vec<u8>,
    operands: Operands,
    /// It returns rows, which may take so much room; as many as it has of VALUES, if it has any.
    returns: Option<(Room, usize)>,
    /// Which rows of VALUES it has.
    rows: Rows,
}

/// What a node's statement takes, as a task can keep it.
enum Operands {
    /// Nothing: it is a text.
    None,
    Params(Vec<OwnedParam>),
    /// User variables.
    Variables(Vec<String>),
}

/// What an instance has done.
pub(super) struct Done {
    pub(super) hold: Hold,
    pub(super) outcomes: Vec<(DataNode, Outcome)>,
    pub(super) error: Option<Failed>,
}

/// A statement that an instance refused.
pub(super) struct Failed {
    pub(super) node: DataNode,
    pub(super) error: SqlError,
    pub(super) list: Vec<Warning>,
    /// The row of VALUES that it failed at, or the first that it can be.
    pub(super) row: u32,
}

/// Runs a write on its nodes. Outside a transaction it is one of its own, over as many instances as it reaches.
pub(super) async fn spread(conversation: &mut Conversation<'_>, request: &Request<'_>) -> Result<Outcome, ExecError> {
    let mut outcome = if conversation.transaction.is_open() {
        write(conversation, request, Undo::ToSavepoint).await?
    } else {
        conversation.transaction.open(Characteristics::default());
        let written = write(conversation, request, Undo::WithTransaction).await;
        end(conversation, written).await?
    };
    returned::show(conversation, request, &mut outcome).await?;
    Ok(outcome)
}

/// Ends the transaction that a statement was: as a whole, or as if it had never been.
pub(super) async fn end(
    conversation: &mut Conversation<'_>,
    written: Result<Outcome, ExecError>,
) -> Result<Outcome, ExecError> {
    let written = match written {
        Err(ExecError::Sql(error)) => Err(conversation.transaction.told(error).into()),
        written => written,
    };
    let end = if written.is_ok() { End::Commit } else { End::Rollback };
    let ended = conversation.transaction.end(end).await;
    let outcome = written?;
    ended?;
    Ok(outcome)
}

async fn write(conversation: &mut Conversation<'_>, request: &Request<'_>, undo: Undo) -> Result<Outcome, ExecError> {
    let mut by_instance: BTreeMap<InstanceId, Vec<Write>> = BTreeMap::new();
    let room = Room::of(conversation.limits);
    for node in request.nodes {
        let mut numbers = Vec::new();
        let sql = request.write(*node, &mut numbers)?;
        let operands = match request.form {
            Form::Text => Operands::None,
            Form::Binary(_) => Operands::Params(request.params(&numbers)?.map(OwnedParam::of).collect()),
            Form::Named(names) => Operands::Variables(request.variables(names, &numbers)?),
        };
        let returns = request.plan.returns.then(|| {
            let rows = request.rows.iter().filter(|of| *of == node).count();
            (room.clone(), rows)
        });
        let write = Write { node: *node, sql, operands, returns, rows: Rows::of(request, *node) };
        by_instance.entry(request.instance(*node)).or_default().push(write);
    }
    let mut tasks = JoinSet::new();
    for (mut hold, writes) in Hold::take_all(conversation, request, by_instance).await? {
        if undo == Undo::ToSavepoint {
            hold.queue_prelude(SAVEPOINT);
        }
        tasks.spawn(on_instance(hold, writes));
    }
    let mut done = Vec::new();
    let mut lost: Option<SqlError> = None;
    while let Some(task) = tasks.join_next().await {
        match task {
            Ok(Ok(finished)) => done.push(finished),
            Ok(Err((node, error))) => lost = lost.or(Some(request.names(node).error(error))),
            Err(error) => lost = lost.or(Some(SqlError::new(Code::BackendAnswer, error.to_string()))),
        }
    }
    done.sort_by_key(|done| done.hold.instance);
    if lost.is_none() && done.iter().all(|done| done.error.is_none()) {
        lost = text_warnings::of_write(request, &mut done).await.err();
    }
    if lost.is_none() && request.plan.returns && done.iter().all(|done| done.error.is_none()) {
        let returned =
            done.iter().flat_map(|done| &done.outcomes).filter_map(|(_, outcome)| outcome.returned.as_deref());
        lost = returned::fit(returned, request).err();
    }
    let warned = done.iter().flat_map(|done| &done.outcomes).filter(|(_, outcome)| !outcome.warning_list.is_empty());
    let mut kept = usize::MAX;
    if lost.is_none()
        && warned.count() > 1
        && let Some(done) = done.first_mut()
    {
        match text_warnings::kept(&mut done.hold).await {
            Ok(most) => kept = most,
            Err(error) => lost = Some(error),
        }
    }
    let mut outcome = settle(conversation, request, done, lost, undo).await?;
    outcome.warning_list.truncate(kept);
    Ok(outcome)
}

/// Runs one instance's statements until one fails; then only those that may fail at an earlier row of VALUES, because
/// that is the row that one server would have come to first.
async fn on_instance(mut hold: Hold, writes: Vec<Write>) -> Result<Done, (DataNode, SqlError)> {
    let mut outcomes = Vec::with_capacity(writes.len());
    let mut failed: Option<Failed> = None;
    for write in writes {
        if failed.as_ref().is_some_and(|failed| !write.rows.come_before(failed.row)) {
            continue;
        }
        match one(&mut hold, &write).await {
            Ok(outcome) => outcomes.push((write.node, outcome)),
            Err(error) if !error.ends_connection() && hold.is_sound() => {
                let list = answers::warnings(&mut hold).await.map_err(|error| (write.node, error.into()))?;
                let error: SqlError = error.into();
                let of_row = is_of_row(&error);
                let row = write.rows.failed_at(&error);
                if failed.as_ref().is_none_or(|failed| row < failed.row) {
                    failed = Some(Failed { node: write.node, error, list, row });
                }
                if !of_row {
                    break;
                }
            }
            Err(error) => return Err((write.node, error.into())),
        }
    }
    Ok(Done { hold, outcomes, error: failed })
}

async fn one(hold: &mut Hold, write: &Write) -> Result<Outcome, BackendError> {
    match &write.operands {
        Operands::None => hold.queue_query(|out| out.extend_from_slice(&write.sql)),
        Operands::Variables(names) => Named::send(hold, &write.sql, names).await?,
        Operands::Params(params) => {
            let params: Vec<Param<'_>> = params.iter().map(OwnedParam::borrow).collect();
            let key = StatementKey::new(&write.sql, hold.state());
            prepare::queue_execute(hold, &key, params.iter()).await?;
        }
    }
    hold.flush().await?;
    let mut outcome = match &write.returns {
        None => answers::outcome(hold).await?,
        Some((room, rows)) => {
            let outcome = returned::answer(hold, Place::Node(write.node), room).await?;
            let count = outcome.returned.as_ref().map_or(0, |returned| returned.count());
            if *rows > 0 && count != *rows {
                let message = "a node has not returned one row for each that it was given; nothing is written";
                return Err(BackendError::Server(SqlError::new(Code::BackendAnswer, message)));
            }
            outcome
        }
    };
    if outcome.warnings > 0 {
        outcome.warning_list = answers::warnings(hold).await?;
    }
    Ok(outcome)
}

/// The error that the client is told: one that ends the transaction before any other, then by row, then by instance.
fn first_error(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    done: &[Done],
    lost: Option<SqlError>,
) -> Option<SqlError> {
    if lost.is_some() {
        return lost;
    }
    let mut failed = done.iter().filter_map(|done| done.error.as_ref());
    let first = failed.clone().min_by_key(|failed| failed.row)?;
    let worst = failed.find(|failed| conversation.transaction.is_ended_by_errno(failed.error.errno));
    let Failed { node, error, list, .. } = worst.unwrap_or(first);
    let rows = Rows::of(request, *node);
    *conversation.noted = rows.warnings(request.names(*node).warnings(list.clone()));
    let error = request.names(*node).error(error.clone());
    Some(SqlError { message: rows.message(error.message), ..error })
}

/// Gives the connections back: as they are when all went well, or with the statement undone on each of them.
pub(super) async fn settle(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    done: Vec<Done>,
    lost: Option<SqlError>,
    undo: Undo,
) -> Result<Outcome, ExecError> {
    let error = first_error(conversation, request, &done, lost);
    let mut outcomes = Vec::new();
    for Done { mut hold, outcomes: of_instance, error: own } in done {
        outcomes.extend(of_instance);
        // A server that has rolled the whole branch back has no savepoint left; then all of it is rolled back.
        let ended = own.is_some_and(|failed| conversation.transaction.is_ended_by_errno(failed.error.errno));
        if error.is_some()
            && undo == Undo::ToSavepoint
            && !ended
            && let Err(error) = hold.query(UNDO).await
        {
            // Not given back: the transaction has lost this branch.
            tracing::debug!(%error, "a statement could not be undone, so its transaction is rolled back");
            continue;
        }
        hold.release(conversation);
    }
    match error {
        Some(error) => Err(error.into()),
        None => Ok(combine(request, outcomes, conversation.catalog.cluster().on_mariadb())),
    }
}

/// One server's answer out of the nodes'.
fn combine(request: &Request<'_>, outcomes: Vec<(DataNode, Outcome)>, on_mariadb: bool) -> Outcome {
    let same = request.plan.combine == Combine::Same;
    let mut whole = Outcome::default();
    let mut warnings: Vec<(u32, Warning)> = Vec::new();
    let mut returned = Vec::new();
    for (node, mut outcome) in outcomes.into_iter().take(if same { 1 } else { usize::MAX }) {
        returned.extend(outcome.returned.take().map(|returned| (node, *returned)));
        let rows = Rows::of(request, node);
        // MySQL does not count a row that a foreign key or a CHECK does not let in.
        let met = outcome.warning_list.iter().any(|warning| warning.errno == DUPLICATE_ENTRY);
        let counts = on_mariadb || outcome.affected_rows > 0 || outcome.warnings == 0 || met;
        let message =
            rows.told(outcome.message, outcome.affected_rows, outcome.warnings, (request.plan.ignores, counts));
        whole.message = if whole.message.is_empty() { message } else { add_messages(&whole.message, &message) };
        whole.affected_rows = whole.affected_rows.saturating_add(outcome.affected_rows);
        whole.warnings = whole.warnings.saturating_add(outcome.warnings);
        // Of rows that bring their own, a server tells the last one's.
        let last = request.rows.last() == Some(&node);
        if whole.last_insert_id == 0 || (last && outcome.last_insert_id > 0) {
            whole.last_insert_id = outcome.last_insert_id;
        }
        let list = rows.warnings(request.names(node).warnings(outcome.warning_list));
        warnings.extend(list.into_iter().map(|warning| (row_of(&warning.message).unwrap_or_default(), warning)));
    }
    if request.rows.iter().any(|node| Some(node) != request.rows.first()) {
        warnings.sort_by_key(|(row, _)| *row);
    }
    whole.returned = returned::together(returned, if same { &[] } else { request.rows });
    whole.warning_list = warnings.into_iter().map(|(_, warning)| warning).collect();
    whole
}

/// Which rows of VALUES a node has, by their numbers in the client's statement, from 1 on; none for other statements.
struct Rows(Vec<u32>);

/// What stands in front of a row's number in a message.
pub(super) const AT_ROW: &str = " at row ";

/// Whether a row was at fault, and not the statement or the transaction.
pub(super) fn is_of_row(error: &SqlError) -> bool {
    error.errno == DUPLICATE_ENTRY || row_of(&error.message).is_some()
}

/// The row's number at the end of a message.
pub(super) fn row_of(message: &str) -> Option<u32> {
    message.rsplit_once(AT_ROW)?.1.parse().ok()
}

// === impl Rows ===

impl Rows {
    fn of(request: &Request<'_>, node: DataNode) -> Self {
        Self((1..).zip(request.rows).filter(|(_, of)| **of == node).map(|(row, _)| row).collect())
    }

    /// A node's `at row 1` in the client's numbers.
    fn message(&self, message: String) -> String {
        let row = row_of(&message).and_then(|row| self.0.get(usize::try_from(row).ok()?.checked_sub(1)?));
        match (row, message.rsplit_once(AT_ROW)) {
            (Some(row), Some((before, _))) => format!("{before}{AT_ROW}{row}"),
            _ => message,
        }
    }

    /// Whether one of them stands before a row.
    fn come_before(&self, row: u32) -> bool {
        self.0.first().is_some_and(|first| *first < row)
    }

    /// The row that failed: a message tells it, or there is one only; else the first, for lack of better.
    fn failed_at(&self, error: &SqlError) -> u32 {
        let told = row_of(&self.message(error.message.clone()));
        told.filter(|row| self.0.contains(row)).or(self.0.first().copied()).unwrap_or_default()
    }

    fn warnings(&self, list: Vec<Warning>) -> Vec<Warning> {
        list.into_iter().map(|warning| Warning { message: self.message(warning.message), ..warning }).collect()
    }

    /// What a server says of several rows; of one row alone it says nothing.
    fn told(&self, message: Vec<u8>, affected: u64, warnings: u16, (ignores, counts): (bool, bool)) -> Vec<u8> {
        if !message.is_empty() || self.0.len() != 1 {
            return message;
        }
        if ignores && !counts {
            return format!("Records: 0  Duplicates: 0  Warnings: {warnings}").into_bytes();
        }
        // A row that replaced or changed others counts for itself and for each of them.
        let duplicates = if ignores { u64::from(affected != 1) } else { affected.saturating_sub(1) };
        format!("Records: 1  Duplicates: {duplicates}  Warnings: {warnings}").into_bytes()
    }
}

/// `Records: 2  Duplicates: 0  Warnings: 0` and another: the numbers are added.
pub(super) fn add_messages(left: &[u8], right: &[u8]) -> Vec<u8> {
    let (Ok(left_text), Ok(right_text)) = (std::str::from_utf8(left), std::str::from_utf8(right)) else {
        return left.to_vec();
    };
    if left_text.is_empty() {
        return right.to_vec();
    }
    let mut right_numbers = right_text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u64>().ok());
    let mut sum = String::with_capacity(left_text.len() + 4);
    let mut rest = left_text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digit) = rest.split_at(at);
        let end = from_digit.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_digit.len());
        let (digits, after) = from_digit.split_at(end);
        let number = digits.parse::<u64>().unwrap_or_default().saturating_add(right_numbers.next().unwrap_or_default());
        sum.push_str(before);
        sum.push_str(&number.to_string());
        rest = after;
    }
    sum.push_str(rest);
    sum.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::add_messages;

    #[test]
    fn messages_add_up() {
        let sum =
            add_messages(b"Rows matched: 9  Changed: 1  Warnings: 0", b"Rows matched: 3  Changed: 2  Warnings: 1");
        assert_eq!(sum, b"Rows matched: 12  Changed: 3  Warnings: 1");
        assert_eq!(add_messages(b"", b"Records: 1"), b"Records: 1");
    }
}
