//! Transaction control: BEGIN, COMMIT, ROLLBACK, savepoints, and the implicit commits in front of other statements.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Session;
use super::sent::Sent;
use crate::backend::SessionState;
use crate::catalog::CachedPlan;
use crate::error::{Code, SqlError};
use crate::exec::{ExecError, Outcome, Request, Warning, is_read_only};
use crate::id::InstanceId;
use crate::plan::{Access, Plan};
use crate::sql::Lexed;
use crate::txn::{Characteristics, End, Snapshot};

/// ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: the statement has not begun, and what SET TRANSACTION said still holds.
pub(super) const READ_ONLY_TRANSACTION: u16 = 1792;
/// HA_ERR_UNSUPPORTED, as InnoDB warns with it.
const UNSUPPORTED: u16 = 138;

/// What a COMMIT or ROLLBACK is followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Afterwards {
    /// AND CHAIN: another transaction of the same kind begins.
    pub(super) chain: bool,
    /// RELEASE: the connection is closed.
    pub(super) release: bool,
}

// === impl Session ===

impl Session {
    /// BEGIN, START TRANSACTION: an open transaction is committed first.
    pub(super) async fn begin(
        &mut self,
        consistent_snapshot: bool,
        read_only: Option<bool>,
    ) -> Result<Outcome, SqlError> {
        let mut next = self.outlasting();
        if self.transaction.is_open() && self.service.speaks_mariadb() {
            next = Characteristics::default();
        }
        self.commit_open().await?;
        self.next_transaction = next;
        let next = self.next_characteristics();
        self.transaction.open(Characteristics { read_only: read_only.or(next.read_only), ..next });
        if !consistent_snapshot {
            return Ok(Outcome::default());
        }
        match Box::pin(self.take_snapshots()).await {
            Ok(Snapshot::Taken) => Ok(Outcome::default()),
            Ok(Snapshot::Ignored) => {
                let message = "InnoDB: WITH CONSISTENT SNAPSHOT was ignored because this phrase can only be used with \
                               REPEATABLE READ isolation level.";
                let warning = Warning { level: "Warning".to_owned(), errno: UNSUPPORTED, message: message.to_owned() };
                Ok(Outcome { warnings: 1, warning_list: vec![warning], ..Outcome::default() })
            }
            Err(error) => {
                self.transaction.end(End::Rollback).await?;
                Err(error)
            }
        }
    }

    /// Whether a statement is a read of several instances outside of a transaction.
    pub(super) fn needs_cut(&self, request: &Request<'_>) -> bool {
        let Some(table) = request.plan.tables.first() else { return false };
        let mut instances = request.nodes.iter().map(|node| table.rules.instance(node.shard));
        let first = instances.next();
        // What a merge node answers may ask any instance.
        let several = match first {
            None => request.merge_node.is_some(),
            Some(first) => instances.any(|instance| instance != first),
        };
        !self.transaction.is_open() && request.plan.access == Access::Read && several
    }

    /// Runs a read in a transaction of its own with snapshots of one moment.
    pub(super) async fn execute_in_cut(&mut self, request: &Request<'_>) -> Result<Outcome, ExecError> {
        let shards = request.plan.tables.iter().flat_map(|table| table.rules.shards());
        let instances: BTreeSet<InstanceId> = shards.map(|shard| shard.instance).collect();
        let instances: Vec<InstanceId> = instances.into_iter().collect();
        // At any other level each instance would show the moment at which it is asked.
        self.transaction.open(Characteristics { isolation: Some("REPEATABLE-READ".into()), read_only: None });
        self.in_cut = true;
        let done = match self.transaction.take_snapshots(&instances, &self.state).await {
            Ok(Snapshot::Taken | Snapshot::Ignored) => self.execute_request(request).await,
            Err(error) => Err(error.into()),
        };
        let end = if done.is_ok() { End::Commit } else { End::Rollback };
        let ended = self.transaction.end(end).await;
        self.in_cut = false;
        // All that was asked for has been read: how the branches end changes nothing for the client.
        if let Err(error) = ended {
            tracing::debug!(connection = self.entry.id, %error, "the snapshots of a read were not ended in good order");
        }
        done
    }

    /// Whether a statement is itself the transaction that SET TRANSACTION without a scope has spoken of.
    pub(super) fn is_next_transaction(&self, plan: &Plan) -> bool {
        self.autocommit
            && self.next_transaction != Characteristics::default()
            && !self.transaction.is_open()
            && !plan.tables.is_empty()
    }

    /// Runs a statement in that transaction, of which the client sees nothing.
    pub(super) async fn outcome_by_itself(
        &mut self,
        cached: &CachedPlan,
        text: &[u8],
        lexed: &Lexed,
        sent: Sent<'_>,
    ) -> Result<(Outcome, Option<u64>), ExecError> {
        let spoken = self.next_transaction.clone();
        let next = self.next_characteristics();
        self.transaction.open(next);
        self.in_cut = true;
        let done = self.outcome_of(cached, text, lexed, sent).await;
        let end = if done.is_ok() { End::Commit } else { End::Rollback };
        let ended = if self.transaction.is_open() { self.transaction.end(end).await } else { Ok(()) };
        self.in_cut = false;
        if matches!(&done, Err(ExecError::Sql(error)) if error.errno == READ_ONLY_TRANSACTION) {
            self.next_transaction = spoken;
        }
        let outcome = done?;
        match ended {
            // A read has been answered already: how its branches end changes nothing for the client.
            Err(error) if cached.plan.access == Access::Read => {
                tracing::debug!(connection = self.entry.id, %error, "the transaction of a read was not ended in good order");
            }
            ended => ended?,
        }
        Ok(outcome)
    }

    /// Snapshots of one moment on every instance that has a shard.
    async fn take_snapshots(&mut self) -> Result<Snapshot, SqlError> {
        let cluster = self.service.catalog.cluster();
        let shards = cluster.schemas().into_iter().flat_map(|rules| rules.shards());
        let instances: BTreeSet<InstanceId> = shards.map(|shard| shard.instance).collect();
        let instances: Vec<InstanceId> = instances.into_iter().collect();
        self.transaction.take_snapshots(&instances, &self.state).await
    }

    /// With autocommit off, a statement that touches tables opens a transaction. Gives what SET TRANSACTION had said, if it
    /// has opened one.
    pub(super) fn begin_implicitly(&mut self) -> Option<Characteristics> {
        if self.autocommit || self.transaction.is_open() {
            return None;
        }
        let spoken = self.next_transaction.clone();
        let next = self.next_characteristics();
        self.transaction.open(next);
        Some(spoken)
    }

    /// What the next transaction is opened with. What the session says of writing counts from here to its end, whatever
    /// the session says meanwhile.
    fn next_characteristics(&mut self) -> Characteristics {
        let next = std::mem::take(&mut self.next_transaction);
        let read_only = next.read_only.or_else(|| is_read_only(&self.state).then_some(true));
        Characteristics { read_only, ..next }
    }

    /// What the next transaction is opened with where the open one is committed neither by COMMIT nor by DDL: a server
    /// goes back to what the session says only there, and at ROLLBACK.
    pub(super) fn outlasting(&mut self) -> Characteristics {
        if !self.transaction.is_open() {
            return std::mem::take(&mut self.next_transaction);
        }
        let open = self.transaction.characteristics();
        let may_write = is_read_only(&self.state).then_some(false);
        Characteristics { read_only: open.read_only.or(may_write), ..open }
    }

    /// Whether a statement that writes would be refused now, because it would be in a transaction that only reads.
    pub(super) fn only_reads(&self) -> bool {
        if self.transaction.is_open() {
            return self.transaction.is_read_only();
        }
        self.next_transaction.read_only.unwrap_or_else(|| is_read_only(&self.state))
    }

    /// The session's variables for a connection beside the open transaction: whether anything may be written is for the
    /// transaction to say, not for the session.
    pub(super) fn state_beside(&self) -> Cow<'_, SessionState> {
        let may_write = self.transaction.is_open() && !self.transaction.is_read_only();
        if !may_write || !is_read_only(&self.state) {
            return Cow::Borrowed(&self.state);
        }
        let mut state = self.state.clone();
        state.unset("transaction_read_only");
        Cow::Owned(state)
    }

    /// Commits what is open, as statements that cannot be in a transaction do first. That counts as the next transaction.
    pub(super) async fn commit_open(&mut self) -> Result<(), SqlError> {
        self.refuse_torn().await?;
        self.next_transaction = Characteristics::default();
        if self.transaction.is_open() {
            self.transaction.end(End::Commit).await?;
        }
        Ok(())
    }

    /// A transaction that lost a branch after its last answer: nothing more may happen in it as if it were whole.
    pub(super) async fn refuse_torn(&mut self) -> Result<(), SqlError> {
        if !self.transaction.is_open() || !self.transaction.has_lost_branch() {
            return Ok(());
        }
        let message = "a connection of this transaction was lost: it has been rolled back as a whole; begin it again";
        Err(Box::pin(self.roll_back_after(SqlError::new(Code::InstanceUnavailable, message))).await)
    }

    /// COMMIT or ROLLBACK.
    pub(super) async fn end_transaction(&mut self, end: End, afterwards: Afterwards) -> Result<(), SqlError> {
        let kind = self.transaction.characteristics();
        if end == End::Commit {
            self.refuse_torn().await?;
        }
        self.next_transaction = Characteristics::default();
        if self.transaction.is_open() {
            self.transaction.end(end).await?;
        }
        if afterwards.chain {
            self.transaction.open(kind);
        }
        self.closing |= afterwards.release;
        Ok(())
    }

    /// SAVEPOINT; outside a transaction it is nothing, as in MySQL.
    pub(super) async fn savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        let _opened = self.begin_implicitly();
        if !self.transaction.is_open() {
            return Ok(());
        }
        self.refuse_torn().await?;
        let done = self.transaction.savepoint(name).await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(self.roll_back_after(error).await),
        }
    }

    /// ROLLBACK TO SAVEPOINT.
    pub(super) async fn rollback_to(&mut self, name: &str) -> Result<(), SqlError> {
        let done = self.transaction.rollback_to(name).await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(self.roll_back_after(error).await),
        }
    }

    /// RELEASE SAVEPOINT.
    pub(super) async fn release_savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        let done = self.transaction.release(name).await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(self.roll_back_after(error).await),
        }
    }

    /// A transaction that has lost a branch is over: everything is rolled back. Gives the error back.
    pub(super) async fn roll_back_after(&mut self, error: SqlError) -> SqlError {
        let error = self.transaction.told(error);
        if self.transaction.is_open() && self.transaction.is_ended_by(&error) {
            tracing::debug!(connection = self.entry.id, errno = error.errno, "transaction rolled back after an error");
            if let Err(error) = self.transaction.end(End::Rollback).await {
                tracing::warn!(connection = self.entry.id, %error, "rolling back failed");
            }
        }
        error
    }
}
