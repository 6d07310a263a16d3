//! Changes on their way to the nodes: instances side by side, each of them in the order in which it is told.
//!
//! An instance's connection is taken when the first change for it comes, and works in a task of its own. What waits for
//! it is bounded, so that whoever reads the changes waits for those who write them.
//!
//! Always holds: when one instance fails, or whoever reads, the statement is undone on all of them.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::changes::{Change, ChangeKind};
use super::hold::Hold;
use super::merge_node::loading;
use super::spread::{Done, Failed, SAVEPOINT, Undo, add_messages, settle};
use super::{Conversation, ExecError, Outcome, Request, answers};
use crate::backend::SessionState;
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::plan::NewRows;
use crate::txn::crash;

/// So many statements go out in one flight, and so many bytes behind the first: they must fit into the socket while the
/// server answers.
const FLIGHT: usize = 64;
const FLIGHT_BYTES: usize = 32 * 1024;
/// So many lists of changes wait for an instance beside the one that it works at.
const WAITING: usize = 2;
/// So many warnings are kept of one node.
const WARNINGS: usize = 65_535;

/// Why no more changes are passed on.
pub(super) enum Stopped {
    /// What is to be written cannot be read.
    Reading(SqlError),
    /// An instance cannot write. [`Writer::finish`] says why.
    Writing,
}

/// Writes a statement's changes.
pub(super) struct Writer {
    /// The session in which values are stored as they come.
    state: SessionState,
    new: NewRows,
    undo: Undo,
    instances: BTreeMap<InstanceId, Sender<Vec<Change>>>,
    tasks: JoinSet<Result<Done, (DataNode, SqlError)>>,
    /// An instance could not be had.
    lost: Option<SqlError>,
}

// === impl Stopped ===

impl From<SqlError> for Stopped {
    fn from(error: SqlError) -> Self {
        Self::Reading(error)
    }
}

// === impl Writer ===

impl Writer {
    pub(super) fn new(client: &SessionState, new: NewRows, undo: Undo) -> Self {
        let mut state = client.clone();
        state.unset("collation_connection");
        for (name, value) in loading().iter() {
            state.set(name, value);
        }
        Self { state, new, undo, instances: BTreeMap::new(), tasks: JoinSet::new(), lost: None }
    }

    /// Passes changes on; waits while an instance has enough of them.
    pub(super) async fn write(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        changes: Vec<Change>,
    ) -> Result<(), Stopped> {
        let mut by_instance: BTreeMap<InstanceId, Vec<Change>> = BTreeMap::new();
        for change in changes {
            by_instance.entry(request.instance(change.node)).or_default().push(change);
        }
        for (instance, changes) in by_instance {
            let to = match self.instances.get(&instance) {
                Some(to) => to,
                None => match self.open(conversation, request, instance).await {
                    Ok(to) => self.instances.entry(instance).or_insert(to),
                    Err(error) => {
                        self.lost = Some(error);
                        return Err(Stopped::Writing);
                    }
                },
            };
            to.send(changes).await.map_err(|_| Stopped::Writing)?;
        }
        Ok(())
    }

    async fn open(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        instance: InstanceId,
    ) -> Result<Sender<Vec<Change>>, SqlError> {
        let mut conversation = conversation.under(&self.state);
        let mut hold = Hold::take(&mut conversation, request, instance, None).await?;
        if self.undo == Undo::ToSavepoint {
            hold.queue_prelude(SAVEPOINT);
        }
        let (to, changes) = channel(WAITING);
        self.tasks.spawn(on_instance(hold, changes, self.new));
        Ok(to)
    }

    /// Waits for all instances: what they have done is kept when all of them and whoever reads did well, else undone.
    pub(super) async fn finish(
        mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        failed: Option<SqlError>,
    ) -> Result<Outcome, ExecError> {
        self.instances.clear();
        let mut lost = failed.or(self.lost);
        let mut done = Vec::new();
        while let Some(task) = self.tasks.join_next().await {
            match task {
                Ok(Ok(finished)) => done.push(finished),
                Ok(Err((node, error))) => lost = lost.or(Some(request.names(node).error(error))),
                Err(error) => lost = lost.or(Some(SqlError::new(Code::BackendAnswer, error.to_string()))),
            }
        }
        done.sort_by_key(|done| done.hold.instance);
        settle(conversation, request, done, lost, self.undo).await
    }
}

/// Makes one instance's changes, many in one flight, until one fails. What was sent behind it is undone with it.
async fn on_instance(
    mut hold: Hold,
    mut changes: Receiver<Vec<Change>>,
    new: NewRows,
) -> Result<Done, (DataNode, SqlError)> {
    let mut outcomes = Vec::new();
    while let Some(some) = changes.recv().await {
        let mut rest = some.as_slice();
        while let Some(first) = rest.first() {
            let (flight, behind) = rest.split_at(flight(rest, new));
            rest = behind;
            if let Some(failed) = fly(&mut hold, (first.node, flight), (&mut outcomes, new)).await? {
                return Ok(Done { hold, outcomes, error: Some(failed) });
            }
        }
    }
    Ok(Done { hold, outcomes, error: None })
}

/// How many of the changes go out together: a server keeps the warnings of its last statement only.
fn flight(changes: &[Change], new: NewRows) -> usize {
    if new != NewRows::Insert {
        return 1;
    }
    let mut bytes = 0;
    let fits = |change: &&Change| {
        let before = bytes;
        bytes += change.sql.len();
        before == 0 || bytes <= FLIGHT_BYTES
    };
    changes.iter().take(FLIGHT).take_while(fits).count()
}

/// Sends changes and takes their answers. Gives the first failure that leaves the connection as it was.
async fn fly(
    hold: &mut Hold,
    (node, flight): (DataNode, &[Change]),
    (outcomes, new): (&mut Vec<(DataNode, Outcome)>, NewRows),
) -> Result<Option<Failed>, (DataNode, SqlError)> {
    flight.iter().for_each(|change| hold.queue_query(|out| out.extend_from_slice(&change.sql)));
    hold.flush().await.map_err(|error| (node, error.into()))?;
    crash::point(|| "Rewrite.sent".to_owned());
    let mut failed = None;
    for change in flight {
        let node = change.node;
        let error = match answers::outcome(hold).await {
            Ok(mut outcome) if new != NewRows::Insert || found(change, &outcome) => {
                if new != NewRows::Insert && outcome.warnings > 0 {
                    outcome.warning_list = answers::warnings(hold).await.map_err(|error| (node, error.into()))?;
                }
                add(outcomes, node, outcome);
                continue;
            }
            Ok(_) => {
                let message = "a node has other rows than those that were locked there; nothing is written";
                SqlError::new(Code::BackendAnswer, message)
            }
            Err(error) if error.ends_connection() => return Err((node, error.into())),
            Err(error) => error.into(),
        };
        failed = failed.or(Some(Failed { node, error, list: Vec::new(), row: 0 }));
    }
    Ok(failed)
}

/// Adds an answer to those that its node has given.
fn add(outcomes: &mut Vec<(DataNode, Outcome)>, node: DataNode, more: Outcome) {
    let Some((_, whole)) = outcomes.iter_mut().find(|(of, _)| *of == node) else {
        outcomes.push((node, more));
        return;
    };
    whole.message = add_messages(&whole.message, &more.message);
    whole.affected_rows = whole.affected_rows.saturating_add(more.affected_rows);
    whole.warnings = whole.warnings.saturating_add(more.warnings);
    if whole.last_insert_id == 0 {
        whole.last_insert_id = more.last_insert_id;
    }
    let room = WARNINGS.saturating_sub(whole.warning_list.len());
    whole.warning_list.extend(more.warning_list.into_iter().take(room));
}

/// Whether a change has found or added the rows that it had to.
fn found(change: &Change, outcome: &Outcome) -> bool {
    match change.kind {
        ChangeKind::Delete | ChangeKind::Insert => outcome.affected_rows == change.rows,
        ChangeKind::Update => {
            let message = String::from_utf8_lossy(&outcome.message);
            let matched = message.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
            matched.and_then(|digits| digits.parse::<u64>().ok()) == Some(change.rows)
        }
    }
}
