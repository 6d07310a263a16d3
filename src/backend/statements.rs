//! The prepared statements that are open on one connection: by text, bounded, the least recently used one closed.

use std::collections::HashMap;

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

#[derive(Debug)]
struct Entry {
    prepared: Prepared,
    /// The session settings it was prepared under: they decide how its text was read.
    settings: u64,
    used: u64,
}

/// Texts and their statements.
#[derive(Debug)]
pub(super) struct Statements {
    limit: usize,
    clock: u64,
    open: HashMap<Box<[u8]>, Entry>,
}

// === impl Statements ===

impl Statements {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), clock: 0, open: HashMap::new() }
    }

    /// The statement of a text that was prepared under the same settings.
    pub(super) fn get(&mut self, text: &[u8], settings: u64) -> Option<Prepared> {
        let entry = self.open.get_mut(text).filter(|entry| entry.settings == settings)?;
        self.clock += 1;
        entry.used = self.clock;
        Some(entry.prepared)
    }

    /// Keeps a statement; gives the one that has to be closed for it, if any.
    pub(super) fn insert(&mut self, text: &[u8], settings: u64, prepared: Prepared) -> Option<u32> {
        self.clock += 1;
        let entry = Entry { prepared, settings, used: self.clock };
        if let Some(replaced) = self.open.insert(text.into(), entry) {
            return Some(replaced.prepared.statement_id);
        }
        if self.open.len() <= self.limit {
            return None;
        }
        let oldest = self.open.iter().min_by_key(|(_, entry)| entry.used).map(|(text, _)| text.clone())?;
        self.open.remove(&oldest).map(|entry| entry.prepared.statement_id)
    }

    /// Forgets a statement that the server no longer has or that must be prepared anew; gives its number.
    pub(super) fn remove(&mut self, text: &[u8]) -> Option<u32> {
        self.open.remove(text).map(|entry| entry.prepared.statement_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_is_closed() {
        let prepared = |statement_id| Prepared { statement_id, params: 0, columns: 0 };
        let mut statements = Statements::new(2);
        assert_eq!(statements.insert(b"a", 0, prepared(1)), None);
        assert_eq!(statements.insert(b"b", 0, prepared(2)), None);
        assert_eq!(statements.get(b"a", 0), Some(prepared(1)));
        assert_eq!(statements.insert(b"c", 0, prepared(3)), Some(2));
        assert_eq!(statements.get(b"b", 0), None);
        assert_eq!(statements.get(b"a", 9), None, "other settings read the text otherwise");
        assert_eq!(statements.insert(b"a", 9, prepared(4)), Some(1));
    }
}
