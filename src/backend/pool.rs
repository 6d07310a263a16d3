//! The connections of one instance: at most `max_connections`, idle ones reused newest first, waiters served in turn.
//!
//! Idle connections are kept apart by the worker thread that opened them ([`super::worker`]): a lease takes one of its
//! own thread's, opens one while there is room, and only then borrows another thread's.
//!
//! Weir's own short questions (metadata, sequences, SET) may take one of [`OWN_PLACES`] more: they are asked while a
//! transaction holds a connection, and would otherwise wait for each other when all connections are in transactions.
//!
//! A [`Lease`] is a connection in use. It goes back by [`Lease::give_back`], and only in a known state; dropped in any
//! other way (an error, a cancelled task, a panic) it is closed, so that no one meets another's transaction.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{Connection, Endpoint, InstanceOptions, SessionState, worker};

/// How many idle connections are looked at for one that has the wanted variables.
const LOOKED_AT: usize = 8;

/// Connections beside `max_connections` for Weir's own questions.
const OWN_PLACES: usize = 4;

/// What a connection is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A client's statement: it may hold the connection for long, and wait for others meanwhile.
    Statement,
    /// Another connection for a client's statement that has one: only while half of all places are free.
    Spare,
    /// A short question of Weir's own: nothing else is waited for while the connection is held.
    Own,
}

/// Places for connections, and those that are idle.
#[derive(Debug)]
pub(super) struct Pool {
    places: Arc<Semaphore>,
    own_places: Arc<Semaphore>,
    /// One list for each worker thread.
    idle: Box<[Mutex<Vec<Idle>>]>,
    /// Threads of the server whose connection was closed while they ran a statement.
    abandoned: Mutex<Vec<u32>>,
    /// Told when there is one.
    abandons: Notify,
    max: u32,
    lifetime: Duration,
    idle_timeout: Duration,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
}

/// A connection that was idle, and whose list it goes back to.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) connection: Box<Connection>,
    pub(super) home: usize,
}

/// A connection in use.
#[derive(Debug)]
pub struct Lease {
    /// Empty only while it is being dropped.
    connection: Option<Box<Connection>>,
    pool: Arc<Pool>,
    home: usize,
    /// Given back after the connection: fields drop in order.
    _place: OwnedSemaphorePermit,
}

// === impl Pool ===

impl Pool {
    pub(super) fn new(options: &InstanceOptions) -> Self {
        let max = options.max_connections.max(1);
        Self {
            places: Arc::new(Semaphore::new(usize::try_from(max).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS))),
            own_places: Arc::new(Semaphore::new(OWN_PLACES)),
            idle: (0..=options.workers).map(|_| Mutex::default()).collect(),
            abandoned: Mutex::default(),
            abandons: Notify::new(),
            max,
            lifetime: Duration::from_millis(options.max_lifetime_ms.max(1)),
            idle_timeout: Duration::from_millis(options.idle_timeout_ms.max(1)),
        }
    }

    /// A place for one more connection in use; None when none became free within the limit. Waiters are served in
    /// the order they came.
    pub(super) async fn place(&self, purpose: Purpose, limit: Duration) -> Option<OwnedSemaphorePermit> {
        if purpose == Purpose::Spare {
            let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
            return Arc::clone(&self.places).try_acquire_owned().ok().filter(|_| free > self.max / 2);
        }
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let places = match purpose {
            Purpose::Statement | Purpose::Spare => &self.places,
            Purpose::Own => &self.own_places,
        };
        let waiting = Arc::clone(places).acquire_owned();
        tokio::time::timeout(limit, waiting).await.ok()?.ok()
    }

    /// An idle connection that is still alive: of the running worker's own with the same CLIENT_FOUND_ROWS one that has
    /// the wanted variables already if there is one among the last used, else the last used.
    ///
    /// When it has none and there is no room for one more, another worker's is taken; when that does not fit either, it
    /// is closed to make room for the one that has to be opened.
    pub(super) fn take_idle(&self, wanted: &SessionState) -> Option<Taken> {
        let own = self.home();
        loop {
            let taken = self.take_from(own, wanted).or_else(|| self.borrow(own, wanted))?;
            if !taken.connection.has_ended() {
                return Some(taken);
            }
        }
    }

    fn take_from(&self, home: usize, wanted: &SessionState) -> Option<Taken> {
        let mut idle = self.idle(home);
        let fits = |entry: &Idle| entry.connection.state().found_rows() == wanted.found_rows();
        let same = |entry: &Idle| fits(entry) && entry.connection.state().digest() == wanted.digest();
        let recent = idle.len().saturating_sub(LOOKED_AT);
        let same = idle.iter().skip(recent).rposition(same).map(|at| at + recent);
        let at = same.or_else(|| idle.iter().rposition(fits))?;
        Some(Taken { connection: idle.remove(at).connection, home })
    }

    /// Another worker's connection, where no more may be opened.
    fn borrow(&self, own: usize, wanted: &SessionState) -> Option<Taken> {
        let max = usize::try_from(self.max).unwrap_or(usize::MAX);
        let in_use = max.saturating_sub(self.places.available_permits());
        // The caller's place counts as one in use already.
        if in_use + self.idle_count() <= max {
            return None;
        }
        let others = || (0..self.idle.len()).filter(|home| *home != own);
        let borrowed = others().find_map(|home| self.take_from(home, wanted));
        if borrowed.is_none() {
            let mut unfit = others().chain([own]).filter_map(|home| {
                let mut idle = self.idle(home);
                (!idle.is_empty()).then(|| idle.remove(0))
            });
            // Its socket is closed outside of the lock.
            drop(unfit.next());
        }
        borrowed
    }

    /// The list of the running worker.
    pub(super) fn home(&self) -> usize {
        worker::current() % self.idle.len().max(1)
    }

    pub(super) fn lease(self: &Arc<Self>, taken: Taken, place: OwnedSemaphorePermit) -> Lease {
        let Taken { connection, home } = taken;
        Lease { connection: Some(connection), pool: Arc::clone(self), home, _place: place }
    }

    /// Closes connections that have been idle for too long, or whose server is gone.
    pub(super) fn reap(&self) {
        let now = Instant::now();
        let stays = |entry: &mut Idle| {
            now.duration_since(entry.connection.used_at()) < self.idle_timeout && !entry.connection.has_ended()
        };
        for list in &self.idle {
            let mut idle = list.lock().unwrap_or_else(PoisonError::into_inner);
            let gone: Vec<Idle> = idle.extract_if(.., |entry| !stays(entry)).collect();
            // Sockets are closed outside the lock.
            drop(idle);
            drop(gone);
        }
    }

    /// Closes all idle connections.
    pub(super) fn clear(&self) {
        for list in &self.idle {
            let gone = std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner));
            drop(gone);
        }
    }

    pub(super) fn idle_count(&self) -> usize {
        (0..self.idle.len()).map(|home| self.idle(home).len()).sum()
    }

    pub(super) fn used_count(&self) -> usize {
        let own = OWN_PLACES.saturating_sub(self.own_places.available_permits());
        usize::try_from(self.max).unwrap_or(usize::MAX).saturating_sub(self.places.available_permits()) + own
    }

    /// The threads that have been abandoned since this was last asked; waits for one.
    pub(super) async fn abandoned(&self) -> Vec<u32> {
        loop {
            let threads = std::mem::take(&mut *self.abandoned.lock().unwrap_or_else(PoisonError::into_inner));
            if !threads.is_empty() {
                return threads;
            }
            self.abandons.notified().await;
        }
    }

    fn put_back(&self, mut connection: Box<Connection>, home: usize) {
        if connection.is_reusable() && connection.age() < self.lifetime {
            connection.rest();
            self.idle(home).push(Idle { connection });
        }
    }

    fn idle(&self, home: usize) -> MutexGuard<'_, Vec<Idle>> {
        // Lists are whole at every point where a panic could poison them, and `home` is one of them.
        let list = self.idle.get(home).unwrap_or(&self.idle[0]);
        list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Lease ===

impl Lease {
    /// Returns the connection for others to use; it is closed instead if its state is not known
    /// ([`Connection::is_reusable`]).
    pub fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.put_back(connection, self.home);
        }
    }

    /// Which instance this leads to.
    pub fn instance(&self) -> &Arc<Endpoint> {
        self.endpoint()
    }
}

impl Drop for Lease {
    /// A connection that is closed while its server works does not stop the server: it finds out only when it has an
    /// answer to send, and holds its locks until then. So it is told.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.as_ref().filter(|connection| connection.is_abandoned()) {
            let mut abandoned = self.pool.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
            abandoned.push(connection.connection_id());
            self.pool.abandons.notify_one();
        }
    }
}

impl Deref for Lease {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "the connection is taken only by give_back, which consumes the lease")]
    fn deref(&self) -> &Connection {
        self.connection.as_deref().expect("a lease has its connection")
    }
}

impl DerefMut for Lease {
    #[expect(clippy::expect_used, reason = "the connection is taken only by give_back, which consumes the lease")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_deref_mut().expect("a lease has its connection")
    }
}
