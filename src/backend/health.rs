//! Whether an instance can be reached.
//!
//! Only failures to open a connection take an instance down. While it is down, one connection at a time is tried, and
//! all who wait behind a try share its failure, so that nobody waits for two timeouts; the next who comes tries anew, so
//! that the instance is used as soon as it is back. Idle connections go on being used, since they prove themselves.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use super::{BackendError, Endpoint, Instance, ServerKind};

/// So many different session settings are remembered as taken.
const MAX_TAKEN: usize = 1024;

/// The health of one instance.
#[derive(Debug, Default)]
pub struct Health {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The last failure to connect, and when it was seen.
    down: Option<(String, Instant)>,
    version: Option<String>,
    kind: Option<ServerKind>,
    /// Digests of session settings that the server has taken without an error.
    taken: HashSet<u64>,
}

// === impl Health ===

impl Health {
    /// The failure that keeps it down; None when it is up, or has not been tried yet.
    pub fn down_because(&self) -> Option<String> {
        self.state().down.as_ref().map(|(why, _)| why.clone())
    }

    /// The server's version, once a connection has been opened.
    pub fn version(&self) -> Option<String> {
        self.state().version.clone()
    }

    pub(super) fn kind(&self) -> Option<ServerKind> {
        self.state().kind
    }

    /// The failure of a try that has ended since then.
    pub(super) fn failed_since(&self, since: Instant) -> Option<String> {
        self.state().down.as_ref().filter(|(_, seen)| *seen >= since).map(|(why, _)| why.clone())
    }

    pub(super) fn is_up(&self, version: &str, kind: ServerKind) {
        let mut state = self.state();
        state.down = None;
        if state.version.as_deref() != Some(version) {
            state.version = Some(version.to_owned());
            // Another server may take other settings.
            state.taken.clear();
        }
        state.kind = Some(kind);
    }

    pub(super) fn is_down(&self, endpoint: &Endpoint, error: &BackendError) {
        let why = match error {
            BackendError::Connect { why, .. } => why.clone(),
            BackendError::Denied { error, .. } => format!("it refused the login: {error}"),
            other => other.to_string(),
        };
        let mut state = self.state();
        if state.down.is_none() {
            tracing::warn!(instance = %endpoint.name, address = %endpoint.address, %why, "instance is down");
        }
        state.down = Some((why, Instant::now()));
    }

    pub(super) fn has_taken(&self, settings: u64) -> bool {
        self.state().taken.contains(&settings)
    }

    pub(super) fn note_taken(&self, settings: u64) {
        let mut state = self.state();
        if state.taken.len() >= MAX_TAKEN {
            state.taken.clear();
        }
        state.taken.insert(settings);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.down_because() {
            None => f.write_str("up"),
            Some(why) => write!(f, "down: {why}"),
        }
    }
}

/// Checks an instance again and again, and ends what was abandoned on it, until the task is dropped. One task an instance.
pub async fn watch(instance: Arc<Instance>) {
    let period = Duration::from_millis(instance.options().health_interval_ms.max(100));
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let checks = async {
        loop {
            ticks.tick().await;
            instance.check().await;
        }
    };
    tokio::join!(checks, instance.end_abandoned());
}
