//! Writes of many nodes: all of one statement's nodes, or none of them, on each instance.
//!
//! In an open transaction there is one instance (the plan's nodes are checked before anything is sent); a savepoint
//! undoes the statement when a node fails. With autocommit each instance runs its nodes in a transaction of its own,
//! side by side with the others; only when every node has succeeded are they committed, one after the other. If a
//! commit then fails, the instances before it keep what they have written: error 21015 names them.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use super::hold::Hold;
use super::owned_param::OwnedParam;
use super::{Conversation, ExecError, Form, Outcome, Request, Warning, answers, prepare};
use crate::backend::BackendError;
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::plan::Combine;
use crate::wire::Param;

/// The savepoint in front of a statement of an open transaction.
const SAVEPOINT: &str = "SAVEPOINT `weir statement`";
const UNDO: &str = "ROLLBACK TO SAVEPOINT `weir statement`";
const FORGET: &str = "RELEASE SAVEPOINT `weir statement`";

/// One node's statement.
struct Write {
    node: DataNode,
    sql: Vec<u8>,
    params: Option<Vec<OwnedParam>>,
}

/// What an instance has done.
struct Done {
    hold: Hold,
    outcomes: Vec<(DataNode, Outcome)>,
    error: Option<Failed>,
}

/// A statement that an instance refused.
struct Failed {
    node: DataNode,
    error: SqlError,
    list: Vec<Warning>,
}

/// Runs a write on its nodes.
pub(super) async fn spread(conversation: &mut Conversation<'_>, request: &Request<'_>) -> Result<Outcome, ExecError> {
    let mut by_instance: BTreeMap<InstanceId, Vec<Write>> = BTreeMap::new();
    for node in request.nodes {
        let mut numbers = Vec::new();
        let sql = request.write(*node, &mut numbers)?;
        let params = match request.form {
            Form::Text => None,
            Form::Binary(_) => Some(request.params(&numbers)?.map(OwnedParam::of).collect()),
        };
        by_instance.entry(request.instance(*node)).or_default().push(Write { node: *node, sql, params });
    }
    let in_transaction = conversation.transaction.is_open();
    let ready = Hold::take_all(conversation, request, by_instance).await?;
    let mut tasks = JoinSet::new();
    let opening: &'static str = if in_transaction { SAVEPOINT } else { "BEGIN" };
    for (hold, writes) in ready {
        tasks.spawn(on_instance(hold, writes, opening));
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
    if in_transaction {
        undo_or_keep(conversation, request, done, lost).await
    } else {
        commit(conversation, request, done, lost).await
    }
}

/// Runs one instance's statements until one fails.
async fn on_instance(mut hold: Hold, writes: Vec<Write>, opening: &'static str) -> Result<Done, (DataNode, SqlError)> {
    let first = writes.first().map(|write| write.node).unwrap_or(DataNode { shard: crate::id::ShardId(0), table: 0 });
    let lost = |error: BackendError| (first, SqlError::from(error));
    hold.query(opening).await.map_err(lost)?;
    let mut outcomes = Vec::with_capacity(writes.len());
    for write in writes {
        match one(&mut hold, &write).await {
            Ok(outcome) => outcomes.push((write.node, outcome)),
            Err(error) if !error.ends_connection() => {
                let list = answers::warnings(&mut hold).await.map_err(lost)?;
                return Ok(Done {
                    hold,
                    outcomes,
                    error: Some(Failed { node: write.node, error: error.into(), list }),
                });
            }
            Err(error) => return Err((write.node, error.into())),
        }
    }
    Ok(Done { hold, outcomes, error: None })
}

async fn one(hold: &mut Hold, write: &Write) -> Result<Outcome, BackendError> {
    match &write.params {
        None => hold.queue_query(|out| out.extend_from_slice(&write.sql)),
        Some(params) => {
            let params: Vec<Param<'_>> = params.iter().map(OwnedParam::borrow).collect();
            prepare::queue_execute(hold, &write.sql, params.iter()).await?;
        }
    }
    hold.flush().await?;
    let mut outcome = answers::outcome(hold).await?;
    if outcome.warnings > 0 {
        outcome.warning_list = answers::warnings(hold).await?;
    }
    Ok(outcome)
}

/// The first error of what was done, by instance.
fn first_error(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    done: &[Done],
    lost: Option<SqlError>,
) -> Option<SqlError> {
    if lost.is_some() {
        return lost;
    }
    let Failed { node, error, list } = done.iter().find_map(|done| done.error.as_ref())?;
    let rows = Rows::of(request, *node);
    *conversation.noted = rows.warnings(request.names(*node).warnings(list.clone()));
    let error = request.names(*node).error(error.clone());
    Some(SqlError { message: rows.message(error.message), ..error })
}

async fn undo_or_keep(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    done: Vec<Done>,
    lost: Option<SqlError>,
) -> Result<Outcome, ExecError> {
    let error = first_error(conversation, request, &done, lost);
    let mut outcomes = Vec::new();
    let mut failed = None;
    for Done { mut hold, outcomes: of_instance, error: own } in done {
        outcomes.extend(of_instance);
        let deadlock = own.as_ref().is_some_and(|failed| failed.error.errno == 1213);
        let settled = match (&error, deadlock) {
            // The server has rolled the whole transaction back, savepoints too.
            (Some(_), true) => Ok(()),
            (Some(_), false) => match hold.query(UNDO).await {
                Ok(_) => hold.query(FORGET).await.map(drop),
                Err(error) => Err(error),
            },
            (None, _) => hold.query(FORGET).await.map(drop),
        };
        match settled {
            Ok(()) => hold.release(conversation),
            Err(error) => failed = Some(SqlError::from(error)),
        }
    }
    match error.or(failed) {
        Some(error) => Err(error.into()),
        None => Ok(combine(request, outcomes)),
    }
}

async fn commit(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    done: Vec<Done>,
    lost: Option<SqlError>,
) -> Result<Outcome, ExecError> {
    if let Some(error) = first_error(conversation, request, &done, lost) {
        for Done { mut hold, .. } in done {
            // A connection that cannot be rolled back is closed, which rolls it back too.
            if hold.query("ROLLBACK").await.is_ok() {
                hold.release(conversation);
            }
        }
        return Err(error.into());
    }
    // A task of its own: a client that is killed now must not leave half of the commits unsent.
    let Committed { outcomes, well, names, failed } = match tokio::spawn(commit_all(done)).await {
        Ok(committed) => committed,
        Err(error) => return Err(SqlError::new(Code::WritePartial, error.to_string()).into()),
    };
    well.into_iter().for_each(|hold| hold.release(conversation));
    match failed {
        None => Ok(combine(request, outcomes)),
        Some(failed) => Err(failed.told(&names).into()),
    }
}

/// What came of the commits.
struct Committed {
    outcomes: Vec<(DataNode, Outcome)>,
    well: Vec<Hold>,
    /// The instances that have committed.
    names: Vec<String>,
    failed: Option<FailedCommit>,
}

/// The first commit that failed.
struct FailedCommit {
    name: String,
    error: BackendError,
    /// How many instances were to commit.
    of: usize,
}

/// Commits one instance after the other. A refusal by the first one undoes the rest; after that the rest is committed,
/// because a part is better whole than torn further.
async fn commit_all(done: Vec<Done>) -> Committed {
    let of = done.len();
    let mut all = Committed { outcomes: Vec::new(), well: Vec::new(), names: Vec::new(), failed: None };
    for Done { mut hold, outcomes, .. } in done {
        all.outcomes.extend(outcomes);
        if all.failed.is_some() && all.names.is_empty() {
            // Closed, which rolls it back.
            continue;
        }
        let name = hold.endpoint().to_string();
        match hold.query("COMMIT").await {
            Ok(_) => {
                all.names.push(name);
                all.well.push(hold);
            }
            Err(error) if all.failed.is_none() => all.failed = Some(FailedCommit { name, error, of }),
            Err(error) => tracing::error!(instance = name, %error, "another commit of the same statement failed"),
        }
    }
    all
}

// === impl FailedCommit ===

impl FailedCommit {
    /// What the client is told, knowing which instances have committed.
    fn told(self, committed: &[String]) -> SqlError {
        let unknown = self.error.ends_connection();
        let error = SqlError::from(self.error);
        let message = match (committed, unknown) {
            // As with one server: refused is refused, and a lost answer is a lost connection.
            ([], false) => return error,
            ([], true) if self.of == 1 => return error,
            ([], true) => format!(
                "the answer to COMMIT on {} was lost, so whether it was committed there is not known; on the other \
                 instances the write was rolled back: {}; look before sending it again",
                self.name, error.message
            ),
            (committed, _) => format!(
                "the write was committed on {} and its commit failed on {}: {}; look before sending it again",
                committed.join(", "),
                self.name,
                error.message
            ),
        };
        SqlError::new(Code::WritePartial, message)
    }
}

/// One server's answer out of the nodes'.
fn combine(request: &Request<'_>, outcomes: Vec<(DataNode, Outcome)>) -> Outcome {
    let same = request.plan.combine == Combine::Same;
    let mut whole = Outcome::default();
    let mut warnings: Vec<(u32, Warning)> = Vec::new();
    for (node, outcome) in outcomes.into_iter().take(if same { 1 } else { usize::MAX }) {
        let rows = Rows::of(request, node);
        let message = rows.told(outcome.message, outcome.affected_rows, outcome.warnings, request.plan.ignores);
        whole.message = if whole.message.is_empty() { message } else { add_messages(&whole.message, &message) };
        whole.affected_rows = whole.affected_rows.saturating_add(outcome.affected_rows);
        whole.warnings = whole.warnings.saturating_add(outcome.warnings);
        if whole.last_insert_id == 0 {
            whole.last_insert_id = outcome.last_insert_id;
        }
        let list = rows.warnings(request.names(node).warnings(outcome.warning_list));
        warnings.extend(list.into_iter().map(|warning| (row_of(&warning.message).unwrap_or_default(), warning)));
    }
    if request.rows.iter().any(|node| Some(node) != request.rows.first()) {
        warnings.sort_by_key(|(row, _)| *row);
    }
    whole.warning_list = warnings.into_iter().map(|(_, warning)| warning).collect();
    whole
}

/// Which rows of VALUES a node has, by their numbers in the client's statement, from 1 on; none for other statements.
struct Rows(Vec<u32>);

/// What stands in front of a row's number in a message.
const AT_ROW: &str = " at row ";

/// The row's number at the end of a message.
fn row_of(message: &str) -> Option<u32> {
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

    fn warnings(&self, list: Vec<Warning>) -> Vec<Warning> {
        list.into_iter().map(|warning| Warning { message: self.message(warning.message), ..warning }).collect()
    }

    /// What a server says of several rows; of one row alone it says nothing.
    fn told(&self, message: Vec<u8>, affected: u64, warnings: u16, ignores: bool) -> Vec<u8> {
        if !message.is_empty() || self.0.len() != 1 {
            return message;
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
