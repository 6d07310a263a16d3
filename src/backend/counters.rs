//! What an instance has done since Weir started. Counts only rise; gauges are asked from the pool.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::metrics::Spread;

/// Counts of one instance.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections handed out.
    pub leases: Spread,
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
    /// One more.
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
