//! A counter that each thread counts in a place of its own.
//!
//! Threads that count into one number take its cache line from each other with every statement. Here each adds to its
//! own line, and only who reads adds them up.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use prometheus_client::metrics::counter::{self, Atomic};

/// How many places a counter has; threads beyond share them in turn.
pub(super) const PLACES: usize = 8;

/// A counter of the registry that is spread.
pub(super) type Counter = counter::Counter<u64, Spread>;

/// A number that only rises, in parts.
#[derive(Debug, Default)]
pub struct Spread {
    parts: [Part; PLACES],
}

/// As large as what processors fetch at a time.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(AtomicU64);

/// The next thread's number.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PLACE: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) % PLACES);
}

/// The place of the running thread.
pub(super) fn place() -> usize {
    PLACE.get()
}

// === impl Spread ===

impl Spread {
    /// One more.
    pub fn add(&self) {
        self.add_many(1);
    }

    fn add_many(&self, count: u64) {
        if let Some(Part(part)) = self.parts.get(place()) {
            part.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// All parts together.
    pub fn sum(&self) -> u64 {
        self.parts.iter().map(|Part(part)| part.load(Ordering::Relaxed)).sum()
    }
}

impl Atomic<u64> for Spread {
    fn inc(&self) -> u64 {
        self.inc_by(1)
    }

    fn inc_by(&self, count: u64) -> u64 {
        let before = self.sum();
        self.add_many(count);
        before
    }

    fn get(&self) -> u64 {
        self.sum()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn threads_count_together() {
        let counter = Counter::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * PLACES {
                scope.spawn(|| (0..1000).for_each(|_| counter.inner().add()));
            }
        });
        assert_eq!(counter.get(), u64::try_from(2 * PLACES * 1000).unwrap());
        assert_eq!(counter.inc_by(5), u64::try_from(2 * PLACES * 1000).unwrap());
    }
}
