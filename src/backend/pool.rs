//! The connections of one instance: at most `max_connections`, idle ones reused newest first, waiters served in turn.
//!
//! Weir's own short questions (metadata, sequences, SET) may take one of [`OWN_PLACES`] more: they are asked while a
//! transaction holds a connection, and would otherwise wait for each other when all connections are in transactions.
//!
//! A [`Lease`] is a connection in use. It goes back by [`Lease::give_back`], and only in a known state; dropped in any
//! other way (an error, a cancelled task, a panic) it is closed, so that no one meets another's transaction.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{Connection, Endpoint, InstanceOptions, SessionState};

/// How many idle connections are looked at for one that has the wanted variables.
const LOOKED_AT: usize = 8;

/// Connections beside `max_connections` for Weir's own questions.
const OWN_PLACES: usize = 4;

/// What a connection is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A client's statement: it may hold the connection for long, and wait for others meanwhile.
    Statement,
    /// A short question of Weir's own: nothing else is waited for while the connection is held.
    Own,
}

/// Places for connections, and those that are idle.
#[derive(Debug)]
pub(super) struct Pool {
    places: Arc<Semaphore>,
    own_places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
    max: u32,
    lifetime: Duration,
    idle_timeout: Duration,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
    since: Instant,
}

/// A connection in use.
#[derive(Debug)]
pub struct Lease {
    /// Empty only while it is being dropped.
    connection: Option<Box<Connection>>,
    pool: Arc<Pool>,
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
            idle: Mutex::new(Vec::new()),
            max,
            lifetime: Duration::from_millis(options.max_lifetime_ms.max(1)),
            idle_timeout: Duration::from_millis(options.idle_timeout_ms.max(1)),
        }
    }

    /// A place for one more connection in use; None when none became free within the limit. Waiters are served in
    /// the order they came.
    pub(super) async fn place(&self, purpose: Purpose, limit: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let places = match purpose {
            Purpose::Statement => &self.places,
            Purpose::Own => &self.own_places,
        };
        let waiting = Arc::clone(places).acquire_owned();
        tokio::time::timeout(limit, waiting).await.ok()?.ok()
    }

    /// An idle connection that is still alive: of those with the same CLIENT_FOUND_ROWS one that has the wanted
    /// variables already if there is one among the last used, else the last used.
    ///
    /// When there is none, the place of the longest idle connection is made free for the one that has to be opened.
    pub(super) fn take_idle(&self, wanted: &SessionState) -> Option<Box<Connection>> {
        loop {
            let connection = {
                let mut idle = self.idle();
                let fits = |entry: &Idle| entry.connection.state().found_rows() == wanted.found_rows();
                let same = |entry: &Idle| fits(entry) && entry.connection.state().digest() == wanted.digest();
                let recent = idle.len().saturating_sub(LOOKED_AT);
                let same = idle.iter().skip(recent).rposition(same).map(|at| at + recent);
                match same.or_else(|| idle.iter().rposition(fits)) {
                    Some(at) => idle.remove(at).connection,
                    None if idle.is_empty() => return None,
                    None => {
                        let unfit = idle.remove(0);
                        drop(idle);
                        drop(unfit);
                        return None;
                    }
                }
            };
            if !connection.has_ended() {
                return Some(connection);
            }
        }
    }

    pub(super) fn lease(self: &Arc<Self>, connection: Box<Connection>, place: OwnedSemaphorePermit) -> Lease {
        Lease { connection: Some(connection), pool: Arc::clone(self), _place: place }
    }

    /// Closes connections that have been idle for too long, or whose server is gone.
    pub(super) fn reap(&self) {
        let now = Instant::now();
        let gone: Vec<Idle> = {
            let mut idle = self.idle();
            let (keep, gone) = idle.drain(..).partition(|entry| {
                now.duration_since(entry.since) < self.idle_timeout && !entry.connection.has_ended()
            });
            *idle = keep;
            gone
        };
        // Sockets are closed outside the lock.
        drop(gone);
    }

    /// Closes all idle connections.
    pub(super) fn clear(&self) {
        let gone = std::mem::take(&mut *self.idle());
        drop(gone);
    }

    pub(super) fn idle_count(&self) -> usize {
        self.idle().len()
    }

    pub(super) fn used_count(&self) -> usize {
        let own = OWN_PLACES.saturating_sub(self.own_places.available_permits());
        usize::try_from(self.max).unwrap_or(usize::MAX).saturating_sub(self.places.available_permits()) + own
    }

    fn put_back(&self, mut connection: Box<Connection>) {
        if connection.is_reusable() && connection.opened_at.elapsed() < self.lifetime {
            connection.rest();
            self.idle().push(Idle { connection, since: Instant::now() });
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        // The list is whole at every point where a panic could poison it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Lease ===

impl Lease {
    /// Returns the connection for others to use; it is closed instead if its state is not known
    /// ([`Connection::is_reusable`]).
    pub fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.put_back(connection);
        }
    }

    /// Which instance this leads to.
    pub fn instance(&self) -> &Arc<Endpoint> {
        self.endpoint()
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
