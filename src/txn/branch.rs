//! One branch on its connection: what it is told as SQL, and what its answers mean.
//!
//! Words to several branches are all sent before the first answer is waited for, so a round takes as long as its
//! slowest branch.

use super::crash;
use super::ending::{Heard, Kind, Say};
use super::log::{self, Decision};
use super::xid::BranchXid;
use crate::backend::{BackendError, Lease};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::wire::ResponseKind;

/// Unknown XID: somebody has ended it, which only happens by the decision.
const XAER_NOTA: u16 = 1397;
/// XA_RBROLLBACK, XA_RBTIMEOUT, XA_RBDEADLOCK: the server has rolled the branch back.
const XA_RB: [u16; 3] = [1402, 1613, 1614];
const XA_RBDEADLOCK: u16 = 1614;
/// ER_LOCK_DEADLOCK.
const DEADLOCK: u16 = 1213;
const DUPLICATE_KEY: u16 = 1062;

/// The part of a transaction on one instance.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) instance: InstanceId,
    pub(super) kind: Kind,
    /// The server's number of the connection.
    pub(super) thread: u32,
    /// Of XA branches.
    pub(super) xid: Option<BranchXid>,
    /// None while a statement has it, and for ever if it does not come back.
    pub(super) lease: Option<Lease>,
}

// === impl Branch ===

impl Branch {
    /// The statements of a word.
    fn statements(&self, say: Say, decision: Option<&str>) -> Vec<String> {
        let xa = |verbs: &[&str]| match &self.xid {
            Some(xid) => verbs.iter().map(|verb| xid.xa(verb)).collect(),
            None => Vec::new(),
        };
        match say {
            Say::Commit => vec!["COMMIT".to_owned()],
            Say::Rollback => vec!["ROLLBACK".to_owned()],
            Say::Decide => decision.map(ToOwned::to_owned).into_iter().collect(),
            Say::Prepare => xa(&["END", "PREPARE"]),
            Say::CommitOnePhase => match &self.xid {
                Some(xid) => vec![xid.xa("END"), xid.xa("COMMIT") + " ONE PHASE"],
                None => Vec::new(),
            },
            Say::CommitPrepared => xa(&["COMMIT"]),
            Say::RollbackActive => xa(&["END", "ROLLBACK"]),
            Say::RollbackPrepared => xa(&["ROLLBACK"]),
        }
    }

    /// Takes the answers to a word.
    async fn hear(&mut self, say: Say, statements: usize) -> Result<(), BackendError> {
        let Some(lease) = &mut self.lease else { return Ok(()) };
        let mut failed = None;
        for number in 1..=statements {
            match lease.answer(ResponseKind::Results).await {
                Ok(answer) if say == Say::Decide && answer.end.affected_rows != 1 => failed = Some(not_home(lease)),
                Ok(_) => {}
                Err(BackendError::Server(error)) if is_done_all_the_same(say, number == statements, &error) => {}
                Err(BackendError::Server(error)) => failed = failed.or(Some(told(say, error))),
                Err(error) => return Err(error),
            }
        }
        failed.map_or(Ok(()), |error| Err(BackendError::Server(error)))
    }

    /// Gives the connection back, if it can be used again. One that ended with an error is closed: nobody knows whether
    /// the branch is still open on it.
    pub(super) fn give_back(self) {
        if let Some(lease) = self.lease.filter(|lease| !lease.has_failed()) {
            lease.give_back();
        }
    }
}

/// The insert of a decision, for the home branch.
pub(super) fn decision(xid: &super::Xid) -> String {
    log::decide(*xid, Decision::Commit, log::now_s())
}

/// Whether an error says that the branch is where it was to be brought.
fn is_done_all_the_same(say: Say, is_last: bool, error: &SqlError) -> bool {
    match say {
        Say::CommitPrepared => error.errno == XAER_NOTA,
        Say::RollbackPrepared => error.errno == XAER_NOTA || XA_RB.contains(&error.errno),
        // XA END of a branch that a deadlock has ended fails; what counts is the rollback.
        Say::RollbackActive => !is_last || error.errno == XAER_NOTA || XA_RB.contains(&error.errno),
        Say::Commit | Say::Rollback | Say::Decide | Say::Prepare | Say::CommitOnePhase => false,
    }
}

/// A server's refusal in words that a client of one server would hear.
fn told(say: Say, error: SqlError) -> SqlError {
    match (say, error.errno) {
        (Say::Decide, DUPLICATE_KEY) => SqlError::new(
            Code::RolledBackAtCommit,
            "another Weir took this one for dead while it committed, and rolled the transaction back on all instances",
        ),
        (_, XA_RBDEADLOCK) => deadlock(),
        _ => error,
    }
}

/// MySQL's own words.
pub(super) fn deadlock() -> SqlError {
    SqlError::backend(DEADLOCK, *b"40001", "Deadlock found when trying to get lock; try restarting transaction")
}

fn not_home(lease: &Lease) -> SqlError {
    let message = format!(
        "{} is not the server that it was when its id was read from weir.instance: the transaction has been rolled \
         back on all instances",
        lease.endpoint()
    );
    SqlError::new(Code::RolledBackAtCommit, message)
}

/// Says words to branches, side by side; errors are kept by branch.
pub(super) async fn say(
    branches: &mut [Branch],
    words: &[(usize, Say)],
    decision: Option<&str>,
    errors: &mut [Option<SqlError>],
) -> Vec<(usize, Heard)> {
    let mut sent = Vec::with_capacity(words.len());
    for (at, say) in words {
        let Some(branch) = branches.get_mut(*at) else { continue };
        let statements = branch.statements(*say, decision);
        let flushed = match &mut branch.lease {
            Some(lease) => {
                crash::point(|| format!("{say:?}.{at}.before"));
                for statement in &statements {
                    lease.queue_query(|out| out.extend_from_slice(statement.as_bytes()));
                }
                lease.flush().await.map_err(Some)
            }
            None => Err(None),
        };
        crash::point(|| format!("{say:?}.{at}.sent"));
        sent.push((*at, *say, statements.len(), flushed));
    }
    let mut heard = Vec::with_capacity(sent.len());
    for (at, say, statements, flushed) in sent {
        let Some(branch) = branches.get_mut(at) else { continue };
        let done = match flushed {
            Ok(()) => branch.hear(say, statements).await.map_err(Some),
            Err(error) => Err(error),
        };
        crash::point(|| format!("{say:?}.{at}.heard"));
        let what = match &done {
            Ok(()) => Heard::Done,
            Err(Some(BackendError::Server(_))) => Heard::Refused,
            Err(_) => Heard::Lost,
        };
        if what == Heard::Lost {
            branch.lease = None;
        }
        if let (Err(Some(error)), Some(kept)) = (done, errors.get_mut(at)) {
            *kept = Some(error.into());
        }
        heard.push((at, what));
    }
    heard
}

/// Says one statement to all branches, side by side. One that does not obey is closed.
pub(super) async fn on_all(branches: &mut [Branch], statement: &str) -> Result<(), BackendError> {
    let mut failed = None;
    let mut sent = Vec::with_capacity(branches.len());
    for branch in branches {
        let Some(mut lease) = branch.lease.take() else { continue };
        lease.queue_query(|out| out.extend_from_slice(statement.as_bytes()));
        match lease.flush().await {
            Ok(()) => sent.push((branch, lease)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    for (branch, mut lease) in sent {
        match lease.answer(ResponseKind::Results).await {
            Ok(_) => branch.lease = Some(lease),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(()), Err)
}
