//! The prepared statements that are open on one connection: by text, bounded, the least recently used one closed.
//!
//! The bound is a share of what the whole instance may have: a server counts the statements of all its connections
//! together (`max_prepared_stmt_count`), so one connection alone may keep many and each of many fewer.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use foldhash::quality::RandomState;

use super::SessionState;

/// A connection may always keep so many: what one statement in flight needs.
const LEAST: usize = 16;

/// A statement prepared on a backend connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Its number on the connection.
    pub statement_id: u32,
    /// Question marks.
    pub params: u16,
    /// Columns of its result.
    pub columns: u16,
}

/// A text that is to be executed, as connections find it.
#[derive(Clone, Copy, Debug)]
pub struct StatementKey<'t> {
    text: &'t [u8],
    /// The session settings decide how a text is read, and the types of its user variables what MySQL makes of it.
    settings: u64,
    hash: u64,
}

/// How many statements all connections of an instance may have open, and have.
#[derive(Debug)]
pub(super) struct Budget {
    /// On one connection.
    each: usize,
    /// On all.
    total: usize,
    open: AtomicUsize,
    connections: AtomicUsize,
}

#[derive(Debug)]
struct Entry {
    text: Box<[u8]>,
    settings: u64,
    hash: u64,
    prepared: Prepared,
    /// The one that was used just before, and just after.
    older: Option<usize>,
    newer: Option<usize>,
}

/// Texts and their statements.
#[derive(Debug)]
pub(super) struct Statements {
    budget: Arc<Budget>,
    /// Where they are in the list, by hash.
    places: HashMap<u64, usize, foldhash::fast::RandomState>,
    entries: Vec<Entry>,
    oldest: Option<usize>,
    newest: Option<usize>,
}

/// Fresh for each process: nobody outside may choose texts that collide.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

// === impl StatementKey ===

impl<'t> StatementKey<'t> {
    /// The key of a text in a session.
    pub fn new(text: &'t [u8], state: &SessionState) -> Self {
        // MySQL gives a variable the type for good that it has when the statement is prepared.
        let types = if memchr::memchr(b'@', text).is_some() { state.types_digest() } else { 0 };
        let settings = state.settings_digest() ^ types;
        Self { text, settings, hash: HASHER.hash_one((text, settings)) }
    }

    /// The text.
    pub fn text(&self) -> &'t [u8] {
        self.text
    }
}

// === impl Budget ===

impl Budget {
    pub(super) fn new(each: usize, total: usize) -> Self {
        Self { each: each.max(1), total, open: AtomicUsize::new(0), connections: AtomicUsize::new(0) }
    }

    /// How many one connection may have now.
    fn share(&self) -> usize {
        let connections = self.connections.load(Ordering::Relaxed).max(1);
        (self.total / connections).max(LEAST).min(self.each)
    }

    fn is_spent(&self) -> bool {
        self.open.load(Ordering::Relaxed) >= self.total
    }
}

// === impl Statements ===

impl Statements {
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        budget.connections.fetch_add(1, Ordering::Relaxed);
        Self { budget, places: HashMap::default(), entries: Vec::new(), oldest: None, newest: None }
    }

    /// Whether one more fits beside those that are open.
    pub(super) fn has_room(&self) -> bool {
        self.entries.len() < self.budget.share() && !self.budget.is_spent()
    }

    /// Whether the statement of a text is open.
    pub(super) fn has(&self, key: &StatementKey<'_>) -> bool {
        self.find(key).is_some()
    }

    /// The statement of a text that was prepared under the same settings; it is now the one used last.
    pub(super) fn get(&mut self, key: &StatementKey<'_>) -> Option<Prepared> {
        let at = self.find(key)?;
        if self.newest != Some(at) {
            self.unlink(at);
            self.link(at);
        }
        self.entries.get(at).map(|entry| entry.prepared)
    }

    /// Keeps a statement; gives those that have to be closed for it.
    pub(super) fn insert(&mut self, key: &StatementKey<'_>, prepared: Prepared) -> impl Iterator<Item = u32> + use<> {
        // The same text, or another one with the same hash, has to go.
        let replaced = self.places.get(&key.hash).copied().map(|at| self.take(at));
        let mut closed = [replaced, None, None];
        for place in closed.iter_mut().skip(1) {
            // Two at a time, so that a connection comes down to its share when that has become smaller.
            if !self.has_room() {
                *place = self.oldest.map(|at| self.take(at));
            }
        }
        let at = self.entries.len();
        let text = key.text.into();
        let entry = Entry { text, settings: key.settings, hash: key.hash, prepared, older: None, newer: None };
        self.entries.push(entry);
        self.places.insert(key.hash, at);
        self.link(at);
        self.budget.open.fetch_add(1, Ordering::Relaxed);
        closed.into_iter().flatten()
    }

    /// Forgets the statement that was used least recently; gives its number.
    pub(super) fn remove_oldest(&mut self) -> Option<u32> {
        self.oldest.map(|at| self.take(at))
    }

    fn find(&self, key: &StatementKey<'_>) -> Option<usize> {
        let at = *self.places.get(&key.hash)?;
        self.entries.get(at).filter(|entry| entry.settings == key.settings && *entry.text == *key.text).map(|_| at)
    }

    /// Takes an entry out; the last one moves to its place.
    fn take(&mut self, at: usize) -> u32 {
        self.unlink(at);
        let last = self.entries.len() - 1;
        if at != last {
            // Out of the list and in again where it was, under its new number.
            let (older, newer) = self.entries.get(last).map_or((None, None), |entry| (entry.older, entry.newer));
            self.point(older, newer, Some(at), Some(at));
        }
        let entry = self.entries.swap_remove(at);
        self.places.remove(&entry.hash);
        if let Some(moved) = self.entries.get(at) {
            self.places.insert(moved.hash, at);
        }
        self.budget.open.fetch_sub(1, Ordering::Relaxed);
        entry.prepared.statement_id
    }

    /// Makes an entry the newest.
    fn link(&mut self, at: usize) {
        let before = self.newest;
        if let Some(entry) = self.entries.get_mut(at) {
            (entry.older, entry.newer) = (before, None);
        }
        self.point(before, None, Some(at), Some(at));
    }

    fn unlink(&mut self, at: usize) {
        let Some((older, newer)) = self.entries.get(at).map(|entry| (entry.older, entry.newer)) else { return };
        self.point(older, newer, newer, older);
    }

    /// Lets two neighbours, or the ends of the list, point to `after` and `before`.
    fn point(&mut self, older: Option<usize>, newer: Option<usize>, after: Option<usize>, before: Option<usize>) {
        match older.and_then(|at| self.entries.get_mut(at)) {
            Some(entry) => entry.newer = after,
            None => self.oldest = after,
        }
        match newer.and_then(|at| self.entries.get_mut(at)) {
            Some(entry) => entry.older = before,
            None => self.newest = before,
        }
    }
}

impl Drop for Statements {
    fn drop(&mut self) {
        self.budget.open.fetch_sub(self.entries.len(), Ordering::Relaxed);
        self.budget.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [u32; 0] = [];

    fn prepared(statement_id: u32) -> Prepared {
        Prepared { statement_id, params: 0, columns: 0 }
    }

    fn key(text: &[u8]) -> StatementKey<'_> {
        StatementKey::new(text, &SessionState::default())
    }

    fn insert(statements: &mut Statements, text: &[u8], id: u32) -> Vec<u32> {
        statements.insert(&key(text), prepared(id)).collect()
    }

    #[test]
    fn the_least_recently_used_is_closed() {
        let mut statements = Statements::new(Arc::new(Budget::new(2, 1000)));
        assert_eq!(insert(&mut statements, b"a", 1), NONE);
        assert_eq!(insert(&mut statements, b"b", 2), NONE);
        assert_eq!(statements.get(&key(b"a")), Some(prepared(1)));
        assert_eq!(insert(&mut statements, b"c", 3), [2]);
        assert_eq!(statements.get(&key(b"b")), None);
        let mut ansi = SessionState::default();
        ansi.set("sql_mode", "'ANSI'");
        let other = StatementKey::new(b"a", &ansi);
        assert_eq!(statements.get(&other), None, "other settings read the text otherwise");
        assert!(statements.has(&key(b"a")) && !statements.has(&key(b"b")));
        assert_eq!(insert(&mut statements, b"a", 4), [1], "the same text again");
    }

    #[test]
    fn many_connections_have_a_share_each() {
        let budget = Arc::new(Budget::new(100, 64));
        let mut first = Statements::new(budget.clone());
        let text = |id: u32| id.to_string().into_bytes();
        for id in 0..64 {
            assert_eq!(insert(&mut first, &text(id), id), NONE);
        }
        assert_eq!(insert(&mut first, &text(64), 64), [0], "all are spent");
        let mut second = Statements::new(budget.clone());
        assert_eq!(insert(&mut second, b"x", 1), NONE);
        assert_eq!(insert(&mut first, &text(65), 65), [1, 2], "half of all are the other's now");
        drop(first);
        assert_eq!(budget.open.load(Ordering::Relaxed), 1);
        drop(second);
        assert_eq!((budget.open.load(Ordering::Relaxed), budget.connections.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn the_list_is_in_the_order_of_use() {
        let mut statements = Statements::new(Arc::new(Budget::new(1000, 1000)));
        let mut order: Vec<u32> = Vec::new();
        // A generator without a crate: what matters is that uses and ends come mixed.
        let mut state = 1_u32;
        for id in 0..2000_u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let picked = (state >> 16) % 40;
            let text = picked.to_string().into_bytes();
            if statements.get(&key(&text)).is_some() {
                order.retain(|known| *known != picked);
                order.push(picked);
            } else if state >> 30 == 0 && !order.is_empty() {
                let oldest = order.remove(0);
                assert_eq!(statements.remove_oldest(), Some(oldest), "in step {id}");
            } else {
                assert_eq!(insert(&mut statements, &text, picked), NONE);
                order.push(picked);
            }
            assert_eq!(statements.entries.len(), order.len());
        }
    }
}
