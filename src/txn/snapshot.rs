//! START TRANSACTION WITH CONSISTENT SNAPSHOT over several instances: every transaction of Weir's is seen wholly or not at
//! all.
//!
//! Opening snapshots one by one would see a transaction that is being committed on one instance and not yet on another.
//! So, for the moment of opening, no transaction is decided and none that is decided is unfinished:
//!
//! 1. the **gates** are closed: the row of `weir.instance` is locked on every instance. Each insert of a decision holds
//!    that row shared until its home branch has committed, so now no transaction can be decided, and none is just being;
//! 2. the instances are asked for prepared branches until none belongs to a decided transaction;
//! 3. the snapshots are opened, side by side, and the gates are opened again.
//!
//! A committer waits for the gate of its own home only, and nothing waits for a committer that waits: no deadlock. The
//! gates are locks of connections; when the Weir that holds them dies, their servers let them go, and when it hangs, they
//! end connections that are silent for so long. Whoever finds a gate open that he had closed has no snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::coordinator::{Coordinator, REPEATABLE_READ};
use super::recovery::prepared;
use super::xid::Xid;
use super::{Transaction, crash, log};
use crate::backend::{BackendError, Instance, Lease, SessionState};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::wire::ResponseKind;

/// How long a snapshot is tried for.
const OPENED_WITHIN: Duration = Duration::from_secs(10);
/// How long the gates stay closed to wait for decided transactions; commits of several instances wait meanwhile.
const CLOSED_FOR: Duration = Duration::from_millis(1000);
/// Between two looks at prepared branches.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a closing gate waits for those who pass it.
const LOCK_WAIT_S: &str = "1";
/// How long a server keeps a gate closed for a Weir that says nothing: no decision is made there meanwhile.
const KEEP_BRIEFLY: &str = "SET SESSION wait_timeout = 5";
const KEEP: &str = "SET SESSION wait_timeout = DEFAULT";

const LOCK_WAIT_TIMEOUT: u16 = 1205;
const DEADLOCK: u16 = 1213;

/// What came of asking for a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// It is taken.
    Taken,
    /// At this isolation level there is none, so that was ignored, as servers do.
    Ignored,
}

/// The gates of all instances, closed; they open when this is dropped, or by [`Gates::open`].
struct Gates(Vec<Lease>);

// === impl Transaction ===

impl Transaction {
    /// Opens branches with snapshots of one moment on all these instances. The transaction is open and has none yet.
    ///
    /// # Errors
    /// An instance cannot be reached or cannot take part; or transactions did not come to an end for too long
    /// ([`Code::SnapshotBusy`]). The transaction may have some branches then, and is to be rolled back.
    pub async fn take_snapshots(&mut self, wanted: &[InstanceId], state: &SessionState) -> Result<Snapshot, SqlError> {
        let coordinator = self.coordinator.clone();
        let own = self.characteristics.isolation.as_deref();
        let level = own.or_else(|| state.get("transaction_isolation").map(|level| level.trim_matches('\'')));
        let mut ordered = Vec::with_capacity(wanted.len());
        for instance in wanted {
            let ready = coordinator.ready(*instance).await?;
            if level.map_or(!ready.repeatable_read, |level| level != REPEATABLE_READ) {
                return Ok(Snapshot::Ignored);
            }
            ordered.push((ready.id, *instance));
        }
        // The same order in every Weir.
        ordered.sort_unstable();
        let instances: Vec<InstanceId> = ordered.into_iter().map(|(_, instance)| instance).collect();
        let instances = &*instances;
        if instances.len() < 2 {
            return self.open_snapshots(instances, state).await;
        }
        let _turn = coordinator.snapshots.lock().await;
        let until = Instant::now() + OPENED_WITHIN;
        loop {
            if let Some(gates) = Gates::close(&coordinator, instances).await? {
                crash::point(|| "Gates.closed".to_owned());
                let done = match drained(&coordinator, instances).await? {
                    Drained::Yes => Some(self.open_snapshots(instances, state).await),
                    Drained::No => None,
                };
                let held = gates.open().await;
                match (done, held) {
                    (Some(Ok(Snapshot::Taken)), Err(lost)) => return Err(torn(&lost)),
                    (Some(done), _) => return done,
                    (None, _) => {}
                }
            }
            if Instant::now() >= until {
                return Err(SqlError::new(
                    Code::SnapshotBusy,
                    format!(
                        "no consistent snapshot of all instances could be taken within {} s: a transaction is decided \
                         and not committed everywhere yet; SHOW IN DOUBT TRANSACTIONS tells which",
                        OPENED_WITHIN.as_secs()
                    ),
                ));
            }
            sleep(PAUSE).await;
        }
    }

    /// A branch on each instance, its snapshot taken: all are asked before the first is waited for.
    async fn open_snapshots(&mut self, instances: &[InstanceId], state: &SessionState) -> Result<Snapshot, SqlError> {
        let mut opening = Vec::with_capacity(instances.len());
        for id in instances {
            self.admit(*id).await?;
            let mut lease = instance(&self.coordinator, *id)?.lease_with(state).await?;
            let thread = lease.connection_id();
            self.opening(*id, thread, |statement| lease.queue_prelude(statement));
            opening.push((*id, lease));
        }
        for (_, lease) in &mut opening {
            lease.queue_query(|out| out.extend_from_slice(log::READ_INSTANCE.as_bytes()));
            lease.flush().await?;
        }
        for (id, mut lease) in opening {
            lease.answer(ResponseKind::Results).await?;
            self.put_back(id, lease);
        }
        Ok(Snapshot::Taken)
    }
}

// === impl Gates ===

impl Gates {
    /// Closes all of them, or none: None when a transaction passes one for too long.
    async fn close(coordinator: &Coordinator, instances: &[InstanceId]) -> Result<Option<Self>, SqlError> {
        let mut state = SessionState::default();
        state.set("innodb_lock_wait_timeout", LOCK_WAIT_S);
        let mut gates = Self(Vec::with_capacity(instances.len()));
        // The first one alone: among those who want to close all of them, it decides whose turn it is.
        let (first, rest) = instances.split_at(instances.len().min(1));
        for part in [first, rest] {
            if gates.close_some(coordinator, part, &state).await? == Closed::No {
                if let Err(error) = gates.open().await {
                    tracing::debug!(%error, "a gate was lost while the others were closed");
                }
                return Ok(None);
            }
        }
        Ok(Some(gates))
    }

    /// Closes some more, side by side.
    async fn close_some(
        &mut self,
        coordinator: &Coordinator,
        instances: &[InstanceId],
        state: &SessionState,
    ) -> Result<Closed, SqlError> {
        let before = self.0.len();
        for id in instances {
            let mut lease = instance(coordinator, *id)?.lease_own(state).await?;
            for statement in [KEEP_BRIEFLY, "BEGIN", log::CLOSE_GATE] {
                lease.queue_query(|out| out.extend_from_slice(statement.as_bytes()));
            }
            lease.flush().await?;
            self.0.push(lease);
        }
        let mut closed = Closed::Yes;
        for lease in self.0.iter_mut().skip(before) {
            for _ in [KEEP_BRIEFLY, "BEGIN"] {
                lease.answer(ResponseKind::Results).await?;
            }
            match lease.answer(ResponseKind::Results).await {
                Ok(_) => {}
                Err(BackendError::Server(error)) if [LOCK_WAIT_TIMEOUT, DEADLOCK].contains(&error.errno) => {
                    closed = Closed::No;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(closed)
    }

    /// Opens all of them, side by side. One that does not answer opens with its connection, and may have been open before.
    async fn open(self) -> Result<(), BackendError> {
        let mut lost = None;
        let mut told = Vec::with_capacity(self.0.len());
        for mut lease in self.0 {
            for statement in ["ROLLBACK", KEEP] {
                lease.queue_query(|out| out.extend_from_slice(statement.as_bytes()));
            }
            match lease.flush().await {
                Ok(()) => told.push(lease),
                Err(error) => lost = Some(error),
            }
        }
        for mut lease in told {
            match Self::opened(&mut lease).await {
                Ok(()) => lease.give_back(),
                Err(error) => lost = Some(error),
            }
        }
        lost.map_or(Ok(()), Err)
    }

    async fn opened(lease: &mut Lease) -> Result<(), BackendError> {
        for _ in ["ROLLBACK", KEEP] {
            lease.answer(ResponseKind::Results).await?;
        }
        Ok(())
    }
}

/// Somebody may have been decided between two of the snapshots.
fn torn(lost: &BackendError) -> SqlError {
    let message = format!(
        "no consistent snapshot of all instances: a connection that kept others from committing was lost while it was \
         taken ({lost}); begin again"
    );
    SqlError::new(Code::SnapshotBusy, message)
}

/// Whether gates were closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    Yes,
    No,
}

/// Whether every decided transaction is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drained {
    Yes,
    No,
}

/// With the gates closed, waits until no prepared branch belongs to a transaction that is decided.
async fn drained(coordinator: &Arc<Coordinator>, instances: &[InstanceId]) -> Result<Drained, SqlError> {
    let until = Instant::now() + CLOSED_FOR;
    // While the gates are closed, what is not decided stays so.
    let mut undecided: BTreeSet<Xid> = BTreeSet::new();
    loop {
        let mut tasks = JoinSet::new();
        for id in instances {
            let instance = instance(coordinator, *id)?.clone();
            tasks.spawn(async move { prepared(&instance).await });
        }
        let mut shown: BTreeSet<Xid> = BTreeSet::new();
        while let Some(done) = tasks.join_next().await {
            let branches = done.map_err(|error| SqlError::new(Code::BackendAnswer, error.to_string()))??;
            shown.extend(branches.into_iter().map(|branch| branch.xid));
        }
        let mut busy = false;
        for xid in shown {
            if undecided.contains(&xid) {
                continue;
            }
            match is_committed(coordinator, xid).await? {
                true => busy = true,
                false => drop(undecided.insert(xid)),
            }
        }
        if !busy {
            return Ok(Drained::Yes);
        }
        if Instant::now() >= until {
            return Ok(Drained::No);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Whether a transaction has been decided to commit. One whose home is not to be found may have been.
async fn is_committed(coordinator: &Coordinator, xid: Xid) -> Result<bool, SqlError> {
    let Some(home) = coordinator.find(xid.home).await else { return Ok(true) };
    match timeout(CLOSED_FOR, home.query(&log::ask(xid))).await {
        Ok(answer) => Ok(answer?.text(0, 0) == Some("1")),
        Err(_) => Ok(true),
    }
}

fn instance(coordinator: &Coordinator, id: InstanceId) -> Result<&Arc<Instance>, SqlError> {
    coordinator
        .instances()
        .get(id)
        .ok_or_else(|| SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"))
}
