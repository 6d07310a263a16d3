//! The transactions that this Weir has open, for SHOW TRANS and for who looks for deadlocks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::Xid;
use crate::id::InstanceId;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Live {
    open: Mutex<BTreeMap<Xid, Entry>>,
}

#[derive(Debug)]
struct Entry {
    client: u64,
    since: Instant,
    /// The same in microseconds since 1970, to be compared with other Weirs' transactions.
    began_us: u64,
    committing: bool,
    /// Its branches: instances and the servers' numbers of their connections.
    branches: Vec<(InstanceId, u32)>,
    /// It is to be rolled back, to break a deadlock.
    victim: bool,
}

/// Whether a client has a transaction open, and since when: kept by the transaction, read by SHOW TRANS.
#[derive(Debug)]
pub struct Mark {
    born: Instant,
    /// In nanoseconds since it was born, from 1 on; 0 when none is open.
    since_ns: AtomicU64,
}

/// A transaction's name; it is on the list until this is dropped.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) xid: Xid,
    live: Arc<Live>,
}

/// The transaction that a connection is a branch of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) xid: Xid,
    /// When it reached its second instance, in microseconds since 1970 by its Weir's clock.
    pub(super) began_us: u64,
}

/// A transaction as SHOW TRANS tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTransaction {
    /// Its name.
    pub xid: Xid,
    /// The client's connection id.
    pub client: u64,
    /// Since it reached its second instance.
    pub age: Duration,
    /// Whether its COMMIT is under way.
    pub committing: bool,
}

// === impl Live ===

impl Live {
    pub(super) fn enter(self: &Arc<Self>, xid: Xid, client: u64) -> Named {
        let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let entry = Entry {
            client,
            since: Instant::now(),
            began_us: u64::try_from(began.as_micros()).unwrap_or(u64::MAX),
            committing: false,
            branches: Vec::new(),
            victim: false,
        };
        self.lock().insert(xid, entry);
        Named { xid, live: self.clone() }
    }

    pub(super) fn all(&self) -> Vec<OpenTransaction> {
        let open = |(xid, entry): (&Xid, &Entry)| OpenTransaction {
            xid: *xid,
            client: entry.client,
            age: entry.since.elapsed(),
            committing: entry.committing,
        };
        self.lock().iter().map(open).collect()
    }

    /// The transaction that a connection is a branch of.
    pub(super) fn owner(&self, instance: InstanceId, thread: u32) -> Option<Xid> {
        let open = self.lock();
        let found = open.iter().find(|(_, entry)| entry.branches.contains(&(instance, thread)));
        found.map(|(xid, _)| *xid)
    }

    /// Whose each connection is.
    pub(super) fn owners(&self) -> BTreeMap<(InstanceId, u32), Owner> {
        let open = self.lock();
        let branches = open.iter().flat_map(|(xid, entry)| {
            let owner = Owner { xid: *xid, began_us: entry.began_us };
            entry.branches.iter().map(move |branch| (*branch, owner))
        });
        branches.collect()
    }

    /// Makes a transaction the victim of a deadlock; false when it is one already, commits, or is over.
    pub(super) fn make_victim(&self, xid: Xid) -> bool {
        match self.lock().get_mut(&xid) {
            Some(entry) if !entry.victim && !entry.committing => {
                entry.victim = true;
                true
            }
            Some(_) | None => false,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Xid, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Mark ===

impl Mark {
    pub(super) fn open(&self) {
        let since = u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.since_ns.store(since.max(1), Ordering::Relaxed);
    }

    pub(super) fn close(&self) {
        self.since_ns.store(0, Ordering::Relaxed);
    }

    /// How long one has been open.
    pub fn age(&self) -> Option<Duration> {
        match self.since_ns.load(Ordering::Relaxed) {
            0 => None,
            since => Some(self.born.elapsed().saturating_sub(Duration::from_nanos(since))),
        }
    }
}

impl Default for Mark {
    fn default() -> Self {
        Self { born: Instant::now(), since_ns: AtomicU64::new(0) }
    }
}

// === impl Named ===

impl Named {
    pub(super) fn has_branch(&self, instance: InstanceId, thread: u32) {
        if let Some(entry) = self.live.lock().get_mut(&self.xid) {
            entry.branches.push((instance, thread));
        }
    }

    pub(super) fn is_victim(&self) -> bool {
        self.live.lock().get(&self.xid).is_some_and(|entry| entry.victim)
    }

    pub(super) fn commits(&self) {
        if let Some(entry) = self.live.lock().get_mut(&self.xid) {
            entry.committing = true;
        }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.live.lock().remove(&self.xid);
    }
}
