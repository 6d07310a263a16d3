//! Who is connected: SHOW PROCESSLIST, KILL, and where a client's statement is running right now.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use crate::backend::Instances;
use crate::exec::Running;
use crate::txn::Mark;

/// All clients of this process.
#[derive(Debug, Default)]
pub struct Clients {
    connected: Mutex<BTreeMap<u64, Arc<ClientEntry>>>,
    last_id: AtomicU64,
}

/// One client.
#[derive(Debug)]
pub struct ClientEntry {
    /// Its connection id.
    pub id: u64,
    /// Its address.
    pub host: String,
    /// Where its statement is running.
    pub running: Running,
    /// Whether it has a transaction open.
    pub transaction: Arc<Mark>,
    /// Told when the connection is to end.
    pub kill: Kill,
    born: Instant,
    account: Mutex<(String, Option<String>)>,
    activity: AtomicU8,
    /// Since when, in nanoseconds since it was born.
    since_ns: AtomicU64,
}

/// Whether a connection is to end, for who looks with every step it takes.
#[derive(Debug, Default)]
pub struct Kill {
    asked: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// What a client can be doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It logs in.
    Connect,
    /// Its next command is waited for.
    Sleep,
    /// COM_QUERY.
    Query,
    /// COM_STMT_PREPARE.
    Prepare,
    /// COM_STMT_EXECUTE.
    Execute,
}

/// What a client is doing.
#[derive(Clone, Debug)]
pub struct Doing {
    /// Its user.
    pub user: String,
    /// Its schema.
    pub schema: Option<String>,
    /// `Sleep`, `Query`, `Execute`.
    pub command: &'static str,
    /// Since when.
    pub since: Instant,
}

// === impl Clients ===

impl Clients {
    /// Takes a client in; its id is the next one.
    pub fn enter(&self, host: String) -> Arc<ClientEntry> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let entry = Arc::new(ClientEntry {
            id,
            host,
            running: Running::default(),
            transaction: Arc::default(),
            kill: Kill::default(),
            born: Instant::now(),
            account: Mutex::default(),
            activity: AtomicU8::new(Activity::Connect.number()),
            since_ns: AtomicU64::new(0),
        });
        self.connected().insert(id, entry.clone());
        entry
    }

    /// Lets a client go.
    pub fn leave(&self, id: u64) {
        self.connected().remove(&id);
    }

    /// All clients, by id.
    pub fn all(&self) -> Vec<Arc<ClientEntry>> {
        self.connected().values().cloned().collect()
    }

    /// The client with this id.
    pub fn find(&self, id: u64) -> Option<Arc<ClientEntry>> {
        self.connected().get(&id).cloned()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.connected().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn connected(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<ClientEntry>>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl ClientEntry ===

impl ClientEntry {
    /// What it is doing.
    pub fn doing(&self) -> Doing {
        let (user, schema) = self.account.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let number = self.activity.load(Ordering::Relaxed);
        let activity = Activity::ALL.into_iter().find(|activity| activity.number() == number);
        let since = self.born + Duration::from_nanos(self.since_ns.load(Ordering::Relaxed));
        Doing { user, schema, command: activity.unwrap_or(Activity::Connect).word(), since }
    }

    /// Notes who it is and where.
    pub fn is(&self, user: &str, schema: Option<&str>) {
        let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        *account = (user.to_owned(), schema.map(ToOwned::to_owned));
    }

    /// Notes what it does from `now` on.
    pub fn does(&self, activity: Activity, now: Instant) {
        let since = now.saturating_duration_since(self.born).as_nanos();
        self.since_ns.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.activity.store(activity.number(), Ordering::Relaxed);
    }

    /// Interrupts its statement on every instance that runs a part of it.
    pub async fn interrupt(&self, instances: &Instances) {
        self.running.interrupt();
        for (instance, thread) in self.running.threads() {
            if let Some(instance) = instances.get(instance)
                && let Err(error) = instance.kill_query(thread, || self.running.runs(instance.id(), thread)).await
            {
                tracing::warn!(instance = instance.name(), thread, %error, "KILL QUERY failed");
            }
        }
    }
}

// === impl Kill ===

impl Kill {
    /// The connection is to end.
    pub fn ask(&self) {
        // Before the waker is taken: who looks has left it before.
        self.asked.store(true, Ordering::SeqCst);
        if let Some(waker) = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }

    /// Whether the connection is to end, for a task that is running.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// Whether the connection is to end; the task that asks first is woken when that comes. It is one and the same task
    /// that asks.
    pub(super) fn is_asked(&self, told: &mut bool, context: &Context<'_>) -> bool {
        if !std::mem::replace(told, true) {
            *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        }
        self.asked.load(Ordering::SeqCst)
    }
}

// === impl Activity ===

impl Activity {
    const ALL: [Self; 5] = [Self::Connect, Self::Sleep, Self::Query, Self::Prepare, Self::Execute];

    /// As SHOW PROCESSLIST has it.
    fn word(self) -> &'static str {
        match self {
            Self::Connect => "Connect",
            Self::Sleep => "Sleep",
            Self::Query => "Query",
            Self::Prepare => "Prepare",
            Self::Execute => "Execute",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Connect => 0,
            Self::Sleep => 1,
            Self::Query => 2,
            Self::Prepare => 3,
            Self::Execute => 4,
        }
    }
}
