//! The connections of one instance: at most `max_connections`, idle ones reused newest first, waiters served in turn.
//!
//! Idle connections are kept apart by the worker thread that opened them ([`super::worker`]): a lease takes one of its
//! own thread's, opens one while there is room, and only then borrows another thread's. An idle connection keeps its
//! place among `max_connections` while nobody waits for one, so that the next lease on its thread touches nothing that
//! threads share.
//!
//! Weir's own short questions (metadata, sequences, SET) may take one of [`OWN_PLACES`] more: they are asked while a
//! transaction holds a connection, and would otherwise wait for each other when all connections are in transactions.
//!
//! A [`Lease`] is a connection in use. It goes back by [`Lease::give_back`], and only in a known state; dropped in any
//! other way (an error, a cancelled task, a panic) it is closed, so that no one meets another's transaction.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::pipeline::Pipelines;
use super::{Connection, Endpoint, InstanceOptions, SessionState, StatementKey, worker};

/// How many idle connections are looked at for one that has the wanted variables.
const LOOKED_AT: usize = 8;

/// How many of them for one that has the statement, where the last used one has no room for it or no other statement runs.
/// Else the last used one is taken whatever it has: those in use come to have all statements, and can take them together.
const LOOKED_AT_FOR_STATEMENT: usize = 32;

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

/// Which connection is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'s> {
    /// The variables that it must be brought to.
    pub(super) state: &'s SessionState,
    /// The statement that it would have to prepare.
    pub(super) statement: Option<&'s StatementKey<'s>>,
}

/// Places for connections, and those that are idle.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    /// One for each worker thread.
    homes: Box<[Arc<Home>]>,
}

/// What all threads share.
#[derive(Debug)]
struct Shared {
    places: Arc<Semaphore>,
    own_places: Arc<Semaphore>,
    /// How many wait for a place: idle connections keep none meanwhile.
    waiting: AtomicUsize,
    /// Threads of the server whose connection was closed while they ran a statement.
    abandoned: Mutex<Vec<u32>>,
    /// Told when there is one.
    abandons: Notify,
    max: u32,
    lifetime: Duration,
    idle_timeout: Duration,
}

/// One worker thread's idle connections, the one that was used last at the end.
#[derive(Debug)]
struct Home {
    shared: Arc<Shared>,
    idle: Mutex<Vec<Idle>>,
    pipelines: Pipelines,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
    /// Its place, while nobody waits for one.
    kept: Option<OwnedSemaphorePermit>,
}

/// The right to one connection in use.
#[derive(Debug)]
pub(super) struct Place {
    permit: OwnedSemaphorePermit,
    /// It is one of [`OWN_PLACES`].
    own: bool,
}

/// A connection in use.
#[derive(Debug)]
pub struct Lease {
    /// Empty only while it is being dropped.
    connection: Option<Box<Connection>>,
    home: Arc<Home>,
    /// Given back after the connection: fields drop in order. Empty only while it is being dropped.
    place: Option<Place>,
}

/// Someone who waits for a place, until dropped.
struct Waiting<'s>(&'s AtomicUsize);

// === impl Pool ===

impl Pool {
    pub(super) fn new(options: &InstanceOptions) -> Self {
        let max = options.max_connections.max(1);
        let shared = Arc::new(Shared {
            places: Arc::new(Semaphore::new(usize::try_from(max).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS))),
            own_places: Arc::new(Semaphore::new(OWN_PLACES)),
            waiting: AtomicUsize::new(0),
            abandoned: Mutex::default(),
            abandons: Notify::new(),
            max,
            lifetime: Duration::from_millis(options.max_lifetime_ms.max(1)),
            idle_timeout: Duration::from_millis(options.idle_timeout_ms.max(1)),
        });
        let home = |_| {
            let shared = Arc::clone(&shared);
            Arc::new(Home { shared, idle: Mutex::default(), pipelines: Pipelines::default() })
        };
        Self { homes: (0..=options.workers).map(home).collect(), shared }
    }

    /// One of the running worker's own idle connections that has kept its place.
    pub(super) fn take_kept(&self, wanted: Wanted<'_>) -> Option<Lease> {
        let home = self.home();
        loop {
            let Idle { connection, kept } = home.take(wanted, |entry| entry.kept.is_some())?;
            if let (Some(permit), false) = (kept, connection.has_ended()) {
                return Some(Lease::new(connection, home, Place { permit, own: false }));
            }
        }
    }

    /// A place for one more connection in use; None when none became free within the limit. Waiters are served in
    /// the order they came.
    pub(super) async fn place(&self, purpose: Purpose, limit: Duration) -> Option<Place> {
        let shared = &self.shared;
        let common = |permit| Place { permit, own: false };
        if purpose == Purpose::Spare {
            let max = usize::try_from(shared.max).unwrap_or(usize::MAX);
            if max.saturating_sub(self.leased_count()) <= max / 2 {
                return None;
            }
        }
        if let Ok(permit) = Arc::clone(&shared.places).try_acquire_owned() {
            return Some(common(permit));
        }
        let waiting = Waiting::new(&shared.waiting);
        self.release_kept();
        if let Ok(permit) = Arc::clone(&shared.places).try_acquire_owned() {
            return Some(common(permit));
        }
        let (places, own) = match purpose {
            Purpose::Statement => (&shared.places, false),
            Purpose::Own => (&shared.own_places, true),
            Purpose::Spare => return None,
        };
        let permit = tokio::time::timeout(limit, Arc::clone(places).acquire_owned()).await.ok()?.ok()?;
        drop(waiting);
        Some(Place { permit, own })
    }

    /// An idle connection that is still alive: of the running worker's own with the same CLIENT_FOUND_ROWS one that has
    /// the statement or the wanted variables already if there is one among the last used, else the last used.
    ///
    /// When it has none and there is no room for one more, another worker's is taken; when that does not fit either, it
    /// is closed to make room for the one that has to be opened. Gives the place back when there is no connection.
    pub(super) fn take_idle(&self, wanted: Wanted<'_>, place: Place) -> Result<Lease, Place> {
        let own = self.home();
        loop {
            let from_own = own.take(wanted, |_| true).map(|idle| (own, idle));
            let Some((home, Idle { connection, .. })) = from_own.or_else(|| self.borrow(own, wanted)) else {
                return Err(place);
            };
            if !connection.has_ended() {
                return Ok(Lease::new(connection, home, place));
            }
        }
    }

    /// Another worker's connection, where no more may be opened.
    fn borrow(&self, own: &Arc<Home>, wanted: Wanted<'_>) -> Option<(&Arc<Home>, Idle)> {
        let max = usize::try_from(self.shared.max).unwrap_or(usize::MAX);
        // The caller's place counts as one in use already.
        if self.leased_count() + self.idle_count() <= max {
            return None;
        }
        let others = || self.homes.iter().filter(|home| !Arc::ptr_eq(home, own));
        let borrowed = others().find_map(|home| Some((home, home.take(wanted, |_| true)?)));
        if borrowed.is_none() {
            let mut unfit = self.homes.iter().filter_map(|home| {
                let mut idle = home.idle();
                (!idle.is_empty()).then(|| idle.remove(0))
            });
            // Its socket is closed outside of the lock.
            drop(unfit.next());
        }
        borrowed
    }

    /// A connection that has just been opened, in use by the running worker.
    pub(super) fn lease(&self, connection: Connection, place: Place) -> Lease {
        Lease::new(Box::new(connection), self.home(), place)
    }

    /// The connections that statements of the running worker share.
    pub(super) fn pipelines(&self) -> &Pipelines {
        &self.home().pipelines
    }

    fn home(&self) -> &Arc<Home> {
        // There is always one, for threads that are no workers.
        &self.homes[worker::current() % self.homes.len()]
    }

    /// Closes connections that have been idle for too long, or whose server is gone.
    pub(super) fn reap(&self) {
        let now = Instant::now();
        let idle_timeout = self.shared.idle_timeout;
        let stays = |entry: &mut Idle| {
            now.duration_since(entry.connection.used_at()) < idle_timeout && !entry.connection.has_ended()
        };
        for home in &self.homes {
            let mut idle = home.idle();
            let gone: Vec<Idle> = idle.extract_if(.., |entry| !stays(entry)).collect();
            // Sockets are closed outside the lock.
            drop(idle);
            drop(gone);
        }
    }

    /// Closes all idle connections.
    pub(super) fn clear(&self) {
        for home in &self.homes {
            let gone = std::mem::take(&mut *home.idle());
            drop(gone);
        }
    }

    pub(super) fn idle_count(&self) -> usize {
        self.homes.iter().map(|home| home.idle().len()).sum()
    }

    pub(super) fn used_count(&self) -> usize {
        self.leased_count() + OWN_PLACES.saturating_sub(self.shared.own_places.available_permits())
    }

    /// How many of `max_connections` are in use.
    fn leased_count(&self) -> usize {
        let kept: usize =
            self.homes.iter().map(|home| home.idle().iter().filter(|idle| idle.kept.is_some()).count()).sum();
        let max = usize::try_from(self.shared.max).unwrap_or(usize::MAX);
        max.saturating_sub(self.shared.places.available_permits() + kept)
    }

    fn release_kept(&self) {
        self.homes.iter().for_each(|home| home.release_kept());
    }

    /// The threads that have been abandoned since this was last asked; waits for one.
    pub(super) async fn abandoned(&self) -> Vec<u32> {
        loop {
            let threads = std::mem::take(&mut *self.shared.abandoned());
            if !threads.is_empty() {
                return threads;
            }
            self.shared.abandons.notified().await;
        }
    }
}

// === impl Shared ===

impl Shared {
    fn abandoned(&self) -> MutexGuard<'_, Vec<u32>> {
        self.abandoned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Home ===

impl Home {
    /// The best of those that may be taken: of the last used one that has the variables, and the statement, too, where that
    /// is sought ([`LOOKED_AT_FOR_STATEMENT`]); else the last used.
    fn take(self: &Arc<Self>, wanted: Wanted<'_>, may: impl Fn(&Idle) -> bool) -> Option<Idle> {
        let mut idle = self.idle();
        let Wanted { state, statement } = wanted;
        let fits = |entry: &Idle| entry.connection.state().found_rows() == state.found_rows() && may(entry);
        let same = |entry: &Idle| fits(entry) && entry.connection.state().digest() == state.digest();
        let has = |entry: &Idle| statement.is_some_and(|key| entry.connection.has_prepared(key)) && same(entry);
        let among = |most: usize, is: &dyn Fn(&Idle) -> bool| {
            let first = idle.len().saturating_sub(most);
            idle.iter().skip(first).rposition(is).map(|at| at + first)
        };
        let latest = among(LOOKED_AT, &same);
        let is_full = |at| idle.get(at).is_some_and(|entry: &Idle| !entry.connection.has_room_for_prepared());
        // Each lease has the home.
        let none_runs = Arc::strong_count(self) == 1;
        let seeks = statement.is_some() && (none_runs || latest.is_some_and(is_full));
        let prepared = if seeks { among(LOOKED_AT_FOR_STATEMENT, &has) } else { None };
        let at = prepared.or(latest).or_else(|| idle.iter().rposition(fits))?;
        Some(idle.remove(at))
    }

    fn put_back(&self, mut connection: Box<Connection>, place: Place) {
        if !connection.is_reusable() || connection.age() >= self.shared.lifetime {
            // Before its place.
            drop(connection);
            return drop(place);
        }
        connection.rest();
        let keeps = !place.own && self.shared.waiting.load(Ordering::SeqCst) == 0;
        let kept = keeps.then_some(place.permit);
        self.idle().push(Idle { connection, kept });
        // Who began to wait meanwhile has either seen that this one keeps its place, or is seen here.
        if keeps && self.shared.waiting.load(Ordering::SeqCst) > 0 {
            self.release_kept();
        }
    }

    /// Idle connections keep their places no longer.
    fn release_kept(&self) {
        self.idle().iter_mut().for_each(|entry| drop(entry.kept.take()));
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        // The list is whole at every point where a panic could poison it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Waiting ===

impl<'s> Waiting<'s> {
    fn new(count: &'s AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

// === impl Lease ===

impl Lease {
    fn new(connection: Box<Connection>, home: &Arc<Home>, place: Place) -> Self {
        Self { connection: Some(connection), home: Arc::clone(home), place: Some(place) }
    }

    /// Returns the connection for others to use; it is closed instead if its state is not known
    /// ([`Connection::is_reusable`]).
    pub fn give_back(mut self) {
        if let (Some(connection), Some(place)) = (self.connection.take(), self.place.take()) {
            self.home.put_back(connection, place);
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
            let shared = &self.home.shared;
            shared.abandoned().push(connection.connection_id());
            shared.abandons.notify_one();
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
