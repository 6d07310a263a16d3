//! A processor for each worker thread.
//!
//! A worker that stays where it is draws its clients and its backends' threads there, if they are on the same machine: a
//! wake-up then crosses no processor, and what one has left in the caches the other finds. On a machine of its own, it
//! keeps its caches.

/// A processor that this process may run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Processor(usize);

/// The processors of so many threads; none where there are more or fewer of them, so that some other share of the machine
/// is meant: a thread could then not leave one that others need.
#[cfg(target_os = "linux")]
pub(super) fn one_each(threads: usize) -> Vec<Processor> {
    use rustix::thread::{CpuSet, sched_getaffinity};

    let Ok(allowed) = sched_getaffinity(None) else { return Vec::new() };
    let allowed: Vec<Processor> =
        (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number)).map(Processor).collect();
    if allowed.len() == threads { allowed } else { Vec::new() }
}

/// Threads go where the system sends them.
#[cfg(not(target_os = "linux"))]
pub(super) fn one_each(_threads: usize) -> Vec<Processor> {
    Vec::new()
}

// === impl Processor ===

impl Processor {
    /// Keeps the running thread here.
    pub(super) fn stay(self) {
        #[cfg(target_os = "linux")]
        {
            let mut only = rustix::thread::CpuSet::new();
            only.set(self.0);
            if let Err(error) = rustix::thread::sched_setaffinity(None, &only) {
                tracing::warn!(processor = self.0, %error, "a worker thread cannot be kept on a processor (limits.pin_workers)");
            }
        }
    }
}
