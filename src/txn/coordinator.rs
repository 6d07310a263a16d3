//! What all transactions of a process share: this Weir's id, which instances can take part in a transaction over
//! several, and what their logs say.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::crash;
use super::deadlock::Deadlock;
use super::ending::Resolved;
use super::live::{Live, Named, OpenTransaction, Owner};
use super::log::{self, Decision};
use super::xid::{Id, Xid};
use crate::backend::{BackendError, Instance, Instances, SessionState};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::metrics::Metrics;

/// How long the coordinator of a transaction asks for its own decision, once the connection that carried it is lost.
const RESOLVED_WITHIN: Duration = Duration::from_secs(10);
/// How long an instance may take to say its id, when another one may be meant.
const RECALLED_WITHIN: Duration = Duration::from_secs(3);
/// How long one insert waits for the lock of a row that is not decided.
const LOCK_WAIT_S: &str = "1";

/// The level at which a transaction has one snapshot.
pub(super) const REPEATABLE_READ: &str = "REPEATABLE-READ";

const DUPLICATE_KEY: u16 = 1062;
const LOCK_WAIT_TIMEOUT: u16 = 1205;
const DEADLOCK: u16 = 1213;

/// What must be known of an instance before it takes part in a transaction over several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its id in `weir.instance`.
    pub id: Id,
    /// Whether a lock wait that takes too long rolls the whole branch back (`innodb_rollback_on_timeout`).
    pub rolls_back_on_timeout: bool,
    /// Whether sessions begin at REPEATABLE READ.
    pub repeatable_read: bool,
}

/// One process's part in all its transactions over several instances.
pub struct Coordinator {
    id: Id,
    serial: AtomicU64,
    instances: Arc<Instances>,
    seats: Vec<Seat>,
    /// Whose id is whose: two instances with one id must not take part.
    claimed: Mutex<HashMap<Id, InstanceId>>,
    /// Told when something was left to recovery.
    pub(super) left: Notify,
    left_xids: Mutex<Vec<Xid>>,
    metrics: Arc<Metrics>,
    live: Arc<Live>,
    last_deadlock: Mutex<Option<Deadlock>>,
    /// Held by who takes a snapshot of several instances.
    pub(super) snapshots: tokio::sync::Mutex<()>,
}

/// What is known of one instance.
#[derive(Default)]
struct Seat {
    ready: ArcSwapOption<Ready>,
    /// Held by who finds out.
    finding: tokio::sync::Mutex<()>,
}

// === impl Coordinator ===

impl Coordinator {
    /// A Weir with a new id.
    pub fn new(instances: Arc<Instances>, metrics: Arc<Metrics>) -> Self {
        Self {
            id: random_id(),
            serial: AtomicU64::new(1),
            seats: instances.iter().map(|_| Seat::default()).collect(),
            claimed: Mutex::default(),
            left: Notify::new(),
            left_xids: Mutex::default(),
            metrics,
            live: Arc::default(),
            last_deadlock: Mutex::default(),
            snapshots: tokio::sync::Mutex::default(),
            instances,
        }
    }

    /// This Weir's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The servers.
    pub fn instances(&self) -> &Arc<Instances> {
        &self.instances
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// This Weir will do no more for a transaction: recovery ends what is left of it, at once.
    pub(super) fn leave(&self, xid: Xid) {
        self.left_xids.lock().unwrap_or_else(PoisonError::into_inner).push(xid);
        self.left.notify_one();
    }

    /// The transactions that were left since this was last asked.
    pub(super) fn take_left(&self) -> Vec<Xid> {
        std::mem::take(&mut *self.left_xids.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A name for a client's transaction whose decision is kept on an instance.
    pub(super) fn name(&self, home: Id, client: u64) -> Named {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        self.live.enter(Xid { home, coordinator: self.id, serial }, client)
    }

    /// The transaction of this Weir that a connection is a branch of.
    pub(super) fn owner(&self, instance: InstanceId, thread: u32) -> Option<Xid> {
        self.live.owner(instance, thread)
    }

    /// Whose each connection of this Weir's transactions over several instances is.
    pub(super) fn owners(&self) -> BTreeMap<(InstanceId, u32), Owner> {
        self.live.owners()
    }

    pub(super) fn make_victim(&self, xid: Xid) -> bool {
        self.live.make_victim(xid)
    }

    pub(super) fn note_deadlock(&self, deadlock: Deadlock) {
        *self.last_deadlock.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadlock);
    }

    /// The last deadlock over several instances that this Weir has broken.
    pub fn last_deadlock(&self) -> Option<Deadlock> {
        self.last_deadlock.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The transactions over several instances that are open here.
    pub fn open_transactions(&self) -> Vec<OpenTransaction> {
        self.live.all()
    }

    /// Makes sure that an instance can take part in transactions over several: its tables are there, its id is known,
    /// and Weir may see prepared branches. Asked once.
    ///
    /// # Errors
    /// [`Code::TransactionLog`] with the reason; or the instance cannot be reached.
    pub async fn ready(&self, instance: InstanceId) -> Result<Ready, SqlError> {
        let unknown = || SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured");
        let seat = self.seats.get(usize::from(instance.0)).ok_or_else(unknown)?;
        if let Some(ready) = &*seat.ready.load() {
            return Ok(**ready);
        }
        let _turn = seat.finding.lock().await;
        if let Some(ready) = &*seat.ready.load() {
            return Ok(**ready);
        }
        let known = self.instances.get(instance).ok_or_else(unknown)?;
        match find_out(known, Missing::Create).await? {
            Some(ready) => self.keep(seat, known, ready),
            None => Err(cannot_take_part(known, "it has no weir.instance")),
        }
    }

    /// As [`Self::ready`], but an instance that never took part stays as it is.
    ///
    /// # Errors
    /// As [`Self::ready`].
    pub(super) async fn recall(&self, instance: InstanceId) -> Result<Option<Ready>, SqlError> {
        let (Some(seat), Some(known)) = (self.seats.get(usize::from(instance.0)), self.instances.get(instance)) else {
            return Ok(None);
        };
        if let Some(ready) = &*seat.ready.load() {
            return Ok(Some(**ready));
        }
        let _turn = seat.finding.lock().await;
        match find_out(known, Missing::Leave).await? {
            Some(ready) => self.keep(seat, known, ready).map(Some),
            None => Ok(None),
        }
    }

    fn keep(&self, seat: &Seat, instance: &Instance, ready: Ready) -> Result<Ready, SqlError> {
        self.claim(ready.id, instance)?;
        seat.ready.store(Some(Arc::new(ready)));
        Ok(ready)
    }

    /// The instance with an id, if one that can be reached has it.
    pub(super) async fn find(&self, home: Id) -> Option<Arc<Instance>> {
        let ids = || self.instances.iter().map(|instance| instance.id());
        let has = |id: &InstanceId| self.known(*id).is_some_and(|ready| ready.id == home);
        if !ids().any(|id| has(&id)) {
            for id in ids().filter(|id| self.known(*id).is_none()) {
                let recalled = tokio::time::timeout(RECALLED_WITHIN, self.recall(id)).await;
                if let Ok(Err(error)) = recalled {
                    tracing::debug!(instance = id.0, %error, "its id is not known");
                }
            }
        }
        ids().find(has).and_then(|id| self.instances.get(id).cloned())
    }

    /// What is known of an instance without asking.
    pub(super) fn known(&self, instance: InstanceId) -> Option<Ready> {
        self.seats.get(usize::from(instance.0))?.ready.load().as_deref().copied()
    }

    /// An instance is not what it was when it was asked: the next transaction asks again.
    pub(super) fn forget(&self, instance: InstanceId) {
        if let Some(seat) = self.seats.get(usize::from(instance.0)) {
            seat.ready.store(None);
        }
        self.claimed().retain(|_, owner| *owner != instance);
    }

    fn claim(&self, id: Id, instance: &Instance) -> Result<(), SqlError> {
        let mut claimed = self.claimed();
        let owner = *claimed.entry(id).or_insert(instance.id());
        if owner == instance.id() {
            return Ok(());
        }
        let other = self.instances.get(owner).map_or("?", |other| other.name());
        let message = format!(
            "instances `{other}` and `{}` have one id in weir.instance, as after a copy of one to the other: delete \
             that row on the copy",
            instance.name()
        );
        Err(SqlError::new(Code::TransactionLog, message))
    }

    fn claimed(&self) -> std::sync::MutexGuard<'_, HashMap<Id, InstanceId>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of a transaction of this Weir whose home connection is lost. If it has not been decided, it is rolled
    /// back for ever.
    pub(super) async fn resolve(&self, xid: Xid, home: InstanceId) -> Resolved {
        let Some(home) = self.instances.get(home) else { return Resolved::Unknown };
        let until = Instant::now() + RESOLVED_WITHIN;
        loop {
            match settle(home, xid).await {
                // A mark that is put long after the commit was sent proves nothing: by then the decision may have been
                // made, kept for its time, and removed. This process may have been stopped meanwhile.
                Ok(Settled::Decided(Resolved::RolledBack)) if Instant::now() >= until => return Resolved::Unknown,
                Ok(Settled::Decided(resolved)) => return resolved,
                Ok(Settled::Undecided) if Instant::now() < until => {}
                Err(error) if Instant::now() < until => {
                    tracing::debug!(%xid, %error, "the log of decisions cannot be asked yet");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Ok(Settled::Undecided | Settled::Elsewhere) | Err(_) => return Resolved::Unknown,
            }
        }
    }
}

/// What an instance's log says of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It is decided, perhaps just now.
    Decided(Resolved),
    /// Its coordinator is still at it.
    Undecided,
    /// The instance is not the home of it.
    Elsewhere,
}

/// Inserts an abort mark, and asks for the decision if there is one already.
pub(super) async fn settle(home: &Instance, xid: Xid) -> Result<Settled, BackendError> {
    let mut lease = home.lease_own(&hurried()).await?;
    crash::point(|| "Settle.before".to_owned());
    let marked = lease.query(&log::decide(xid, Decision::Abort, log::now_s())).await;
    crash::point(|| "Settle.after".to_owned());
    let settled = match marked {
        Ok(done) if done.end.affected_rows == 1 => Settled::Decided(Resolved::RolledBack),
        Ok(_) => Settled::Elsewhere,
        Err(BackendError::Server(error)) if error.errno == DUPLICATE_KEY => {
            let answer = lease.query(&log::ask(xid)).await?;
            match answer.text(0, 0) {
                Some("1") => Settled::Decided(Resolved::Committed),
                Some("0") => Settled::Decided(Resolved::RolledBack),
                // It has been purged since.
                Some(_) | None => Settled::Undecided,
            }
        }
        Err(BackendError::Server(error)) if [LOCK_WAIT_TIMEOUT, DEADLOCK].contains(&error.errno) => Settled::Undecided,
        Err(error) => return Err(error),
    };
    lease.give_back();
    Ok(settled)
}

/// Counts the time for which a decision is kept from now.
pub(super) async fn renew(home: &Instance, xid: Xid) -> Result<(), BackendError> {
    let mut lease = home.lease_own(&hurried()).await?;
    lease.query(&log::renew(xid, log::now_s())).await?;
    lease.give_back();
    Ok(())
}

/// A session that does not wait for long.
fn hurried() -> SessionState {
    let mut state = SessionState::default();
    state.set("innodb_lock_wait_timeout", LOCK_WAIT_S);
    state
}

/// What is done when an instance has no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// It is given one, and the tables.
    Create,
    /// Nothing.
    Leave,
}

/// Asks an instance for its id.
async fn find_out(instance: &Instance, missing: Missing) -> Result<Option<Ready>, SqlError> {
    let mut lease = instance.lease_own(&SessionState::default()).await?;
    let failed = |error: BackendError| match error {
        BackendError::Server(error) => cannot_take_part(instance, &error.message),
        other => other.into(),
    };
    let mut asked = lease.query(log::ASK_INSTANCE).await;
    if asked.as_ref().map_or_else(is_missing, |answer| answer.rows.is_empty()) {
        if missing == Missing::Leave {
            lease.give_back();
            return Ok(None);
        }
        // The id comes last: an instance that has one has the other tables.
        let name = log::name_instance(random_id());
        for statement in [log::CREATE_SCHEMA, log::CREATE_LOG, log::CREATE_INSTANCE, &name] {
            lease.query(statement).await.map_err(failed)?;
        }
        asked = lease.query(log::ASK_INSTANCE).await;
    }
    let answer = asked.map_err(failed)?;
    let Some(id) = answer.text(0, 0).and_then(Id::parse) else {
        return Err(cannot_take_part(instance, "its weir.instance has no id of 16 hexadecimal digits"));
    };
    let rolls_back_on_timeout = answer.text(0, 1).is_some_and(|value| value != "0");
    match lease.query(log::RECOVER).await {
        Ok(_) => {}
        Err(BackendError::Server(error)) => {
            let why = format!("XA RECOVER: {} (MySQL wants XA_RECOVER_ADMIN)", error.message);
            return Err(cannot_take_part(instance, &why));
        }
        Err(error) => return Err(error.into()),
    }
    let isolation = lease.query(log::ASK_ISOLATION).await.map_err(failed)?;
    let repeatable_read = isolation.text(0, 1) == Some(REPEATABLE_READ);
    lease.give_back();
    Ok(Some(Ready { id, rolls_back_on_timeout, repeatable_read }))
}

fn cannot_take_part(instance: &Instance, why: &str) -> SqlError {
    let message = format!("instance `{}` cannot take part in a transaction over several: {why}", instance.name());
    SqlError::new(Code::TransactionLog, message)
}

/// Unknown database or table.
fn is_missing(error: &BackendError) -> bool {
    matches!(error, BackendError::Server(error) if error.is(Code::UnknownDatabase) || error.is(Code::NoSuchTable))
}

/// 64 bits that nobody else has: the hasher's keys come from the system's random numbers.
fn random_id() -> Id {
    Id(RandomState::new().hash_one((std::process::id(), std::time::SystemTime::now())))
}
