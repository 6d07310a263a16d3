//! What an instance has done since Weir started. Counts only rise, but for that of open
//! statements; gauges are asked from the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::statements::Budget;
use crate::metrics::Spread;

/// Counts of one instance.
#[derive(Debug)]
pub struct Counters {
    /// Prepared statements that are open on its connections.
    pub(super) prepared: Arc<Budget>,
    /// Connections handed out.
    pub leases: Spread,
    /// Statements that joined another one's connection.
    pub pipelined: Spread,
    /// Connections opened.
    pub connects: AtomicU64,
    /// Connections that could not be opened.
    pub connect_errors: AtomicU64,
    /// Commands sent.
    pub commands: Spread,
    /// Connections that broke while in use.
    pub lost: AtomicU64,
    /// Answers that did not come in time.
    pub timeouts: AtomicU64,
    /// Leases that waited in vain.
    pub exhausted: AtomicU64,
}

// === impl Counters ===

impl Counters {
    /// All at zero.
    pub(super) fn new(prepared: Budget) -> Self {
        Self {
            prepared: Arc::new(prepared),
            leases: Spread::default(),
            pipelined: Spread::default(),
            connects: AtomicU64::default(),
            connect_errors: AtomicU64::default(),
            commands: Spread::default(),
            lost: AtomicU64::default(),
            timeouts: AtomicU64::default(),
            exhausted: AtomicU64::default(),
        }
    }

    /// One more.
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
