//! Transaction control: BEGIN, COMMIT, ROLLBACK, savepoints, and the implicit commits in front of other statements.

use std::collections::BTreeSet;

use super::Session;
use crate::error::{Code, SqlError};
use crate::exec::{Outcome, Warning};
use crate::id::InstanceId;
use crate::txn::{Characteristics, End, Snapshot};

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
        self.commit_open().await?;
        let next = std::mem::take(&mut self.next_transaction);
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

    /// Snapshots of one moment on every instance that has a shard.
    async fn take_snapshots(&mut self) -> Result<Snapshot, SqlError> {
        let cluster = self.service.catalog.cluster();
        let shards = cluster.schemas().into_iter().flat_map(|rules| rules.shards());
        let instances: BTreeSet<InstanceId> = shards.map(|shard| shard.instance).collect();
        let instances: Vec<InstanceId> = instances.into_iter().collect();
        self.transaction.take_snapshots(&instances, &self.state).await
    }

    /// With autocommit off, a statement that touches tables opens a transaction.
    pub(super) fn begin_implicitly(&mut self) {
        if !self.autocommit && !self.transaction.is_open() {
            let next = std::mem::take(&mut self.next_transaction);
            self.transaction.open(next);
        }
    }

    /// Commits what is open, as statements that cannot be in a transaction do first.
    pub(super) async fn commit_open(&mut self) -> Result<(), SqlError> {
        self.refuse_torn().await?;
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
        self.begin_implicitly();
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
