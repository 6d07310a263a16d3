//! Session variables that one statement has, beside those that the client has set.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Session;
use crate::backend::SessionState;
use crate::plan::{Access, Needs, Plan, Routing};

const UNIQUE_CHECKS: &str = "unique_checks";

// === impl Session ===

impl Session {
    /// The variables of a statement that goes to so many nodes; None where they are the session's own.
    pub(super) fn state_for(&self, plan: &Plan, nodes: usize) -> Option<SessionState> {
        let timed = self.is_timed(plan, nodes);
        let late = plan.needs.late_queries && self.service.speaks_mariadb();
        let bulk = self.loads_in_bulk(plan);
        if !timed && !late && !bulk {
            return None;
        }
        let mut state = self.state.clone();
        if timed && let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            state.set("timestamp", &format!("{}.{:06}", now.as_secs(), now.subsec_micros()));
        }
        if late {
            state.set(Needs::LATE, "0");
        }
        if bulk {
            state.unset(UNIQUE_CHECKS);
        }
        Some(state)
    }

    /// A server that need not check unique keys may do so. MariaDB, told not to, takes the first rows of an empty table as
    /// a bulk, and forgets them without a word when a later statement of the transaction meets a duplicate: and what is one
    /// statement to a client is several to the nodes.
    fn loads_in_bulk(&self, plan: &Plan) -> bool {
        plan.access == Access::Write && self.state.get(UNIQUE_CHECKS).is_some() && self.service.speaks_mariadb()
    }

    /// A statement that asks for the time on many nodes gets one time for all of them; so do the rows of one INSERT,
    /// whose columns may have the time as default, and a statement that runs twice to look up what its rows meet.
    fn is_timed(&self, plan: &Plan, nodes: usize) -> bool {
        let asks = plan.needs.timestamp || matches!(plan.routing, Routing::Rows(_));
        let twice = nodes == 0 && plan.met().is_some();
        // Of a file, each node gets several pieces.
        let pieces = plan.load.is_some();
        (nodes >= 2 && asks || twice || pieces) && self.state.get("timestamp").is_none()
    }
}
