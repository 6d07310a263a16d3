//! `max_join_size` and `sql_safe_updates`: bounds that a server puts on its own plan of a statement.
//!
//! Over many nodes there is no such plan: each server would compare its own part, or copies of rows, with the bound.

use super::Session;
use crate::error::{Code, SqlError};
use crate::plan::{FoundRows, Plan};
use crate::sql::StatementKind;

/// What a session bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    /// `sql_big_selects` is off: a SELECT that would look at more rows than `max_join_size` fails (1104).
    pub(super) selects: bool,
    /// `sql_safe_updates` is on: UPDATE and DELETE without a key fail (1175).
    pub(super) updates: bool,
}

// === impl Session ===

impl Session {
    /// Refuses what one server would bound and many nodes cannot.
    pub(super) fn keep_bounds(
        &self,
        plan: &Plan,
        kind: StatementKind,
        (nodes, merges): (usize, bool),
    ) -> Result<(), SqlError> {
        let queries = !matches!(plan.needs.leaves, FoundRows::Kept | FoundRows::KeptOnMariaDb);
        let message = if self.bounds.selects && (merges || queries && nodes > 1) {
            "max_join_size is not served over many shards: give the shard key one value, or SET sql_big_selects = 1"
        } else if self.bounds.updates && merges && matches!(kind, StatementKind::Update | StatementKind::Delete) {
            "sql_safe_updates is not served where rows of many shards are brought together to be changed: name the rows \
             by the shard key, or SET sql_safe_updates = 0"
        } else {
            return Ok(());
        };
        Err(SqlError::new(Code::UnsupportedAcrossShards, message))
    }
}
