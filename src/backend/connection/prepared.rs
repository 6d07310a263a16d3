//! The statements that are prepared on a connection: by their texts, and by name.

use super::Connection;
use crate::backend::{Prepared, StatementKey};
use crate::wire::command;

// === impl Connection ===

impl Connection {
    /// Whether the statement of a text is open.
    pub(in crate::backend) fn has_prepared(&self, key: &StatementKey<'_>) -> bool {
        self.statements.has(key)
    }

    /// Whether one more can be prepared without closing another.
    pub(in crate::backend) fn has_room_for_prepared(&self) -> bool {
        self.statements.has_room()
    }

    /// The open statement of a text, if there is one.
    pub fn prepared(&mut self, key: &StatementKey<'_>) -> Option<Prepared> {
        self.statements.get(key)
    }

    /// Keeps a statement prepared by the caller; those used least recently are closed with the next flush.
    pub fn remember_prepared(&mut self, key: &StatementKey<'_>, prepared: Prepared) {
        for closed in self.statements.insert(key, prepared) {
            self.queue_silent(|out| command::put_stmt_close(out, closed));
        }
    }

    /// Closes the statement that was used least recently with the next flush; false when there is none.
    pub fn close_oldest_prepared(&mut self) -> bool {
        let closed = self.statements.remove_oldest();
        if let Some(closed) = closed {
            self.queue_silent(|out| command::put_stmt_close(out, closed));
        }
        closed.is_some()
    }

    /// A number that no statement prepared by name has had on this connection: the first one is 1.
    pub fn next_named(&mut self) -> u64 {
        self.named += 1;
        self.named
    }
}
