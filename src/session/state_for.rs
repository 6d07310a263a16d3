//! Session variables that one statement has, beside those that the client has set.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Session;
use crate::backend::SessionState;
use crate::plan::{Needs, Plan, Routing};

// === impl Session ===

impl Session {
    /// The variables of a statement that goes to so many nodes; None where they are the session's own.
    pub(super) fn state_for(&self, plan: &Plan, nodes: usize) -> Option<SessionState> {
        let timed = self.is_timed(plan, nodes);
        let late = plan.needs.late_queries && self.service.speaks_mariadb();
        if !timed && !late {
            return None;
        }
        let mut state = self.state.clone();
        if timed && let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            state.set("timestamp", &format!("{}.{:06}", now.as_secs(), now.subsec_micros()));
        }
        if late {
            state.set(Needs::LATE, "0");
        }
        Some(state)
    }

    /// A statement that asks for the time on many nodes gets one time for all of them; so do the rows of one INSERT,
    /// whose columns may have the time as default, and a statement that runs twice to look up what its rows meet.
    fn is_timed(&self, plan: &Plan, nodes: usize) -> bool {
        let asks = plan.needs.timestamp || matches!(plan.routing, Routing::Rows(_));
        let twice = nodes == 0 && plan.met().is_some();
        (nodes >= 2 && asks || twice) && self.state.get("timestamp").is_none()
    }
}
