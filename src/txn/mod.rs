//! A client's transaction: its branches, one for each instance it has touched, and how they end as one.
//!
//! A branch is opened by the first statement that reaches its instance, in the same flight as that statement. The first
//! one is an ordinary local transaction, and costs what it costs without Weir; every later one is an XA branch from its
//! start ([`xid`]). When more than one was written, the commit is decided by a row that the first branch writes
//! ([`log`]); which word goes to whom is a pure machine's business ([`ending`]); what a Weir leaves behind when it dies is
//! ended by any other ([`recovery`]). `docs/transactions.md` has the protocol and why it holds.
//!
//! Always holds: a lease leaves a branch only after the branch has ended; dropped in any other way it closes its
//! connection, and the server rolls back what is not prepared.

mod branch;
mod coordinator;
pub mod crash;
pub mod deadlock;
pub mod ending;
mod live;
pub mod log;
pub mod recovery;
mod snapshot;
pub mod xid;

pub use coordinator::{Coordinator, Ready};
pub use live::{Mark, OpenTransaction};
pub use snapshot::Snapshot;
pub use xid::{BranchXid, Id, Xid};

use std::sync::Arc;

use crate::backend::Lease;
use crate::error::{Code, Retry, SqlError};
use crate::id::InstanceId;
use crate::metrics::CommitOutcome;
use branch::Branch;
use ending::{Ending, Kind, Next, Part, Resolved, Say, Verdict};
use live::Named;

/// What START TRANSACTION or SET TRANSACTION ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Characteristics {
    /// `READ-COMMITTED`, as in the variable; None: the session's.
    pub isolation: Option<Box<str>>,
    /// READ ONLY (true) or READ WRITE (false); None: the session's.
    pub read_only: Option<bool>,
}

/// One client's transaction.
pub struct Transaction {
    coordinator: Arc<Coordinator>,
    /// The client's connection id.
    client: u64,
    /// Where others see that one is open.
    mark: Arc<Mark>,
    open: bool,
    characteristics: Characteristics,
    /// The home branch first.
    branches: Vec<Branch>,
    /// Instances that a statement may have written on.
    written: Vec<InstanceId>,
    savepoints: Vec<Box<str>>,
    /// Its name, once there is a second branch.
    name: Option<Named>,
    /// Some branch's server rolls it back when a lock wait takes too long.
    rolls_back_on_timeout: bool,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// COMMIT.
    Commit,
    /// ROLLBACK.
    Rollback,
}

// === impl Transaction ===

impl Transaction {
    /// A client's; none is open.
    pub fn new(coordinator: Arc<Coordinator>, client: u64, mark: Arc<Mark>) -> Self {
        Self {
            coordinator,
            client,
            mark,
            open: false,
            characteristics: Characteristics::default(),
            branches: Vec::new(),
            written: Vec::new(),
            savepoints: Vec::new(),
            name: None,
            rolls_back_on_timeout: false,
        }
    }

    /// Whether a transaction is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens one; no instance is told yet.
    pub fn open(&mut self, characteristics: Characteristics) {
        self.open = true;
        self.mark.open();
        self.characteristics = characteristics;
    }

    /// Whether one is open in which nothing may be written.
    pub fn is_read_only(&self) -> bool {
        self.open && self.characteristics.read_only == Some(true)
    }

    /// Keeps the level that the session had when the open transaction began: branches that are opened later have it too,
    /// whatever the session says by then. One that it was opened with goes before it.
    pub fn keep_isolation(&mut self, level: &str) {
        if self.open && self.characteristics.isolation.is_none() {
            self.characteristics.isolation = Some(level.into());
        }
    }

    /// What it was opened with, for AND CHAIN.
    pub fn characteristics(&self) -> Characteristics {
        self.characteristics.clone()
    }

    // --- branches

    /// Takes the branch on an instance out, to run a statement on it; [`Self::put_back`] puts it back.
    pub fn take(&mut self, instance: InstanceId) -> Option<Lease> {
        self.branches.iter_mut().find(|branch| branch.instance == instance)?.lease.take()
    }

    /// Puts a branch back that was taken out, or has just been opened.
    pub fn put_back(&mut self, instance: InstanceId, lease: Lease) {
        if let Some(branch) = self.branches.iter_mut().find(|branch| branch.instance == instance) {
            branch.lease = Some(lease);
        }
    }

    /// Makes sure that a branch can be opened on an instance: the first one always can, a later one only where Weir
    /// can see it prepared, and when the first one's instance can keep a decision.
    ///
    /// # Errors
    /// [`Code::TransactionLog`], or an instance cannot be reached. Nothing has changed then.
    pub async fn admit(&mut self, instance: InstanceId) -> Result<(), SqlError> {
        let Some(home) = self.branches.first().map(|branch| branch.instance) else { return Ok(()) };
        let known = (self.coordinator.known(home), self.coordinator.known(instance));
        let (home, other) = match known {
            (Some(home), Some(other)) => (home, other),
            _ => (Box::pin(self.coordinator.ready(home)).await?, Box::pin(self.coordinator.ready(instance)).await?),
        };
        self.rolls_back_on_timeout |= home.rolls_back_on_timeout || other.rolls_back_on_timeout;
        if self.name.is_none() {
            let name = self.coordinator.name(home.id, self.client);
            if let Some(home) = self.branches.first() {
                name.has_branch(home.instance, home.thread);
            }
            self.name = Some(name);
        }
        Ok(())
    }

    /// The statements that open a branch that was admitted, each to be answered with OK. The branch counts as taken out
    /// until [`Self::put_back`] or [`Self::not_opened`]. `thread` is the server's number of its connection.
    pub fn opening(&mut self, instance: InstanceId, thread: u32, mut say: impl FnMut(&str)) {
        let Characteristics { isolation, read_only } = &self.characteristics;
        if let Some(isolation) = isolation {
            say(&format!("SET TRANSACTION ISOLATION LEVEL {}", isolation.replace('-', " ")));
        }
        let home_thread = self.branches.first().map(|home| home.thread);
        let (kind, xid) = match (home_thread, &self.name) {
            (Some(home_thread), Some(name)) => {
                match read_only {
                    None => {}
                    Some(true) => say("SET TRANSACTION READ ONLY"),
                    Some(false) => say("SET TRANSACTION READ WRITE"),
                }
                name.has_branch(instance, thread);
                let xid = BranchXid { xid: name.xid, thread, home_thread };
                say(&xid.xa("START"));
                (Kind::Xa, Some(xid))
            }
            _ => {
                say(match read_only {
                    None => "BEGIN",
                    Some(true) => "START TRANSACTION READ ONLY",
                    Some(false) => "START TRANSACTION READ WRITE",
                });
                (Kind::Home, None)
            }
        };
        for name in &self.savepoints {
            say(&format!("SAVEPOINT {}", quoted(name)));
        }
        self.branches.push(Branch { instance, kind, thread, xid, lease: None });
    }

    /// Nothing has been sent to a branch that was to be opened.
    pub fn not_opened(&mut self, instance: InstanceId) {
        self.branches.retain(|branch| branch.instance != instance);
        if self.branches.is_empty() {
            self.name = None;
        }
    }

    /// Whether it has a branch on an instance.
    pub fn touches(&self, instance: InstanceId) -> bool {
        self.branches.iter().any(|branch| branch.instance == instance && branch.lease.is_some())
    }

    /// In an open transaction, notes that a statement is about to write on these instances. Where nothing may be written
    /// it fails there, and there is nothing to decide about in the end.
    pub fn will_write(&mut self, instances: impl IntoIterator<Item = InstanceId>) {
        let writes = self.open && !self.is_read_only();
        for instance in instances {
            if writes && !self.written.contains(&instance) {
                self.written.push(instance);
            }
        }
    }

    /// Whether a branch was taken out and never came back: its connection is gone, and with it what it had done. The
    /// transaction can only be rolled back.
    pub fn has_lost_branch(&self) -> bool {
        self.branches.iter().any(|branch| branch.lease.is_none())
    }

    /// Whether it cannot go on after an error of a statement: a server has rolled its branch back, or a branch is lost.
    /// An instance that was not reached at all (a retry is safe then) leaves it as it was.
    pub fn is_ended_by(&self, error: &SqlError) -> bool {
        let lost = error.is(Code::InstanceUnavailable) || error.is(Code::InstanceTimeout);
        self.has_lost_branch() || (lost && error.retry == Retry::No) || self.is_ended_by_errno(error.errno)
    }

    /// What a statement's error is to the client: of one that was killed to break a deadlock, what MySQL says then; and
    /// of one that lost a branch, that it is over as a whole. A client that is told of a duplicate key takes its
    /// transaction to be alive, and COMMIT for the end of all that it had done.
    #[must_use]
    pub fn told(&self, error: SqlError) -> SqlError {
        if self.name.as_ref().is_some_and(Named::is_victim) {
            return branch::deadlock();
        }
        let tells = error.is(Code::InstanceUnavailable) || error.is(Code::InstanceTimeout) || error.errno == DEADLOCK;
        if tells || !self.has_lost_branch() {
            return error;
        }
        let message = format!(
            "a connection of this transaction was lost: it has been rolled back as a whole; begin it again (the \
             statement had failed: {})",
            error.message
        );
        SqlError::new(Code::InstanceUnavailable, message)
    }

    /// Whether a server that answers with this error has rolled its branch back.
    pub fn is_ended_by_errno(&self, errno: u16) -> bool {
        let several = self.branches.len() > 1;
        errno == DEADLOCK
            || (several && rolls_branch_back(errno))
            || (several && self.rolls_back_on_timeout && errno == LOCK_WAIT_TIMEOUT)
    }

    // --- its end

    /// Ends the transaction on every branch and gives the connections back.
    ///
    /// Cancelled, it leaves branches that are dropped with their connections; a commit that needs a decision goes on by
    /// itself.
    ///
    /// # Errors
    /// It could not be committed, or nobody knows ([`Code::OutcomeUnknown`]). The transaction is over all the same.
    pub async fn end(&mut self, end: End) -> Result<(), SqlError> {
        let next = Self::new(self.coordinator.clone(), self.client, self.mark.clone());
        let transaction = std::mem::replace(self, next);
        let done = match end {
            End::Rollback => {
                transaction.roll_back().await;
                Ok(())
            }
            End::Commit => transaction.commit().await,
        };
        self.mark.close();
        done
    }

    async fn commit(mut self) -> Result<(), SqlError> {
        if self.has_lost_branch() {
            self.roll_back().await;
            return Err(SqlError::new(Code::InstanceUnavailable, "a connection of this transaction was lost"));
        }
        if let [only] = &mut *self.branches {
            if let Some(lease) = &mut only.lease {
                crash::point(|| "Commit.0.before".to_owned());
                lease.query("COMMIT").await?;
                crash::point(|| "Commit.0.heard".to_owned());
            }
            self.branches.into_iter().for_each(Branch::give_back);
            return Ok(());
        }
        let ending = Ending::commit(self.parts());
        if !ending.takes_decision() {
            return self.finish(ending).await;
        }
        if let Some(name) = &self.name {
            name.commits();
        }
        // A task of its own: a client that goes away now must not leave work to recovery.
        let committing = tokio::spawn(self.finish(ending));
        match committing.await {
            Ok(done) => done,
            Err(error) => Err(SqlError::new(Code::OutcomeUnknown, error.to_string())),
        }
    }

    /// Rolls back every branch, side by side. What cannot be told so is closed, which rolls it back too.
    async fn roll_back(mut self) {
        let word = |(at, branch): (usize, &Branch)| {
            branch.lease.as_ref().map(|_| match branch.kind {
                Kind::Home => (at, Say::Rollback),
                Kind::Xa => (at, Say::RollbackActive),
            })
        };
        let words: Vec<_> = self.branches.iter().enumerate().filter_map(word).collect();
        let mut errors = vec![None; self.branches.len()];
        branch::say(&mut self.branches, &words, None, &mut errors).await;
        for (branch, error) in self.branches.into_iter().zip(errors) {
            match error {
                None => branch.give_back(),
                Some(error) => {
                    tracing::debug!(instance = branch.instance.0, %error, "a branch was rolled back by closing it");
                }
            }
        }
    }

    fn parts(&self) -> Vec<Part> {
        let part = |branch: &Branch| Part { kind: branch.kind, written: self.written.contains(&branch.instance) };
        self.branches.iter().map(part).collect()
    }

    /// Does what the machine says until it is over.
    async fn finish(mut self, mut ending: Ending) -> Result<(), SqlError> {
        let name = self.name.as_ref().filter(|_| ending.takes_decision());
        let decision = name.map(|name| branch::decision(&name.xid));
        let mut errors = vec![None; self.branches.len()];
        let mut next = ending.begin();
        let verdict = loop {
            next = match next {
                Next::Say(words) => {
                    let heard = branch::say(&mut self.branches, &words, decision.as_deref(), &mut errors).await;
                    ending.heard(&heard)
                }
                Next::Resolve => ending.resolved(self.resolve().await),
                Next::Over(verdict) => break verdict,
            };
        };
        self.report(verdict, ending.takes_decision(), errors)
    }

    /// Closes the home branch, so that nothing more can come of it, and asks the log.
    async fn resolve(&mut self) -> Resolved {
        let Some(home) = self.branches.first_mut() else { return Resolved::Unknown };
        home.lease = None;
        match &self.name {
            Some(name) => self.coordinator.resolve(name.xid, home.instance).await,
            None => Resolved::Unknown,
        }
    }

    fn report(self, verdict: Verdict, took_decision: bool, mut errors: Vec<Option<SqlError>>) -> Result<(), SqlError> {
        let name = self.name.as_ref().map(|name| name.xid);
        let leave = || {
            if let Some(xid) = name {
                self.coordinator.leave(xid);
            }
        };
        let xid = name.map(|xid| xid.to_string()).unwrap_or_default();
        let instances: Vec<InstanceId> = self.branches.iter().map(|branch| branch.instance).collect();
        self.branches.into_iter().for_each(Branch::give_back);
        let mut error_of = |at: usize| {
            let error = errors.get_mut(at).and_then(Option::take);
            error.unwrap_or_else(|| SqlError::new(Code::BackendAnswer, "a branch ended without an answer"))
        };
        if took_decision {
            self.coordinator.metrics().distributed_commit(match verdict {
                Verdict::Committed { .. } => CommitOutcome::Committed,
                Verdict::RolledBack { .. } => CommitOutcome::RolledBack,
                Verdict::Unknown { .. } => CommitOutcome::Unknown,
            });
        }
        match verdict {
            Verdict::Committed { left } => {
                for at in left {
                    let (error, instance) = (error_of(at), instances.get(at).map_or(0, |id| id.0));
                    tracing::warn!(xid, instance, %error, "committed; one branch is left to recovery");
                    leave();
                }
                Ok(())
            }
            Verdict::RolledBack { because } => {
                let error = error_of(because.unwrap_or_default());
                if !took_decision {
                    return Err(error);
                }
                tracing::info!(xid, %error, "rolled back on all instances");
                leave();
                if error.is(Code::RolledBackAtCommit) {
                    // The server may be another one now.
                    self.coordinator.forget(instances.first().copied().unwrap_or(InstanceId(0)));
                }
                Err(if error.is(Code::InstanceUnavailable) || error.is(Code::InstanceTimeout) {
                    let message = format!("the transaction has been rolled back on all instances: {}", error.message);
                    SqlError::new(Code::RolledBackAtCommit, message)
                } else {
                    error
                })
            }
            Verdict::Unknown { of } => {
                let error = error_of(of);
                if !took_decision {
                    return Err(error);
                }
                tracing::warn!(xid, %error, "nobody knows yet whether it is committed");
                leave();
                let message = format!(
                    "transaction {xid}: the answer to its COMMIT was lost and its instance cannot be asked, so it is \
                     not known whether it is committed; it will be, or not, on all instances alike: {}",
                    error.message
                );
                Err(SqlError::new(Code::OutcomeUnknown, message))
            }
        }
    }

    // --- savepoints

    /// Sets a savepoint on every branch; branches that are opened later get it when they are opened.
    ///
    /// # Errors
    /// A branch refuses or is lost.
    pub async fn savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        self.on_all(&format!("SAVEPOINT {}", quoted(name))).await?;
        self.savepoints.retain(|known| !known.eq_ignore_ascii_case(name));
        self.savepoints.push(name.into());
        Ok(())
    }

    /// Goes back to a savepoint on every branch.
    ///
    /// # Errors
    /// There is no such savepoint, or a branch is lost.
    pub async fn rollback_to(&mut self, name: &str) -> Result<(), SqlError> {
        let at = self.position(name)?;
        self.on_all(&format!("ROLLBACK TO SAVEPOINT {}", quoted(name))).await?;
        self.savepoints.truncate(at + 1);
        Ok(())
    }

    /// Forgets a savepoint and those after it on every branch.
    ///
    /// # Errors
    /// There is no such savepoint, or a branch is lost.
    pub async fn release(&mut self, name: &str) -> Result<(), SqlError> {
        let at = self.position(name)?;
        self.on_all(&format!("RELEASE SAVEPOINT {}", quoted(name))).await?;
        self.savepoints.truncate(at);
        Ok(())
    }

    fn position(&self, name: &str) -> Result<usize, SqlError> {
        let position = self.savepoints.iter().position(|known| known.eq_ignore_ascii_case(name));
        position.ok_or_else(|| SqlError::new(Code::UnknownSavepoint, format!("SAVEPOINT {name} does not exist")))
    }

    /// Says one statement to every branch, side by side. A branch that fails is lost: it no longer is where the others
    /// are.
    async fn on_all(&mut self, statement: &str) -> Result<(), SqlError> {
        match branch::on_all(&mut self.branches, statement).await {
            Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// ER_LOCK_DEADLOCK.
const DEADLOCK: u16 = 1213;
/// ER_LOCK_WAIT_TIMEOUT.
const LOCK_WAIT_TIMEOUT: u16 = 1205;

/// Errors after which a server has rolled a whole branch back: the lock table is full, a row changed under a snapshot,
/// the connection is in no XA state that goes on.
fn rolls_branch_back(errno: u16) -> bool {
    matches!(errno, 1206 | 1020 | 1397 | 1398 | 1399 | 1400 | 1402 | 1613 | 1614)
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
