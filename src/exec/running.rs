//! Where a client's statement is running: the threads of the backends, for KILL QUERY.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::id::InstanceId;

/// The backend threads that work for one client.
#[derive(Debug, Default)]
pub struct Running {
    threads: Mutex<Vec<(InstanceId, u32)>>,
    interrupted: AtomicBool,
}

// === impl Running ===

impl Running {
    /// A statement starts: nothing runs yet.
    pub fn start(&self) {
        self.interrupted.store(false, Ordering::Relaxed);
        self.lock().clear();
    }

    /// A backend thread works for it from now on.
    pub fn on(&self, instance: InstanceId, thread: u32) {
        self.lock().push((instance, thread));
    }

    /// A thread has done its part: its connection may be another client's next.
    pub fn off(&self, instance: InstanceId, thread: u32) {
        self.lock().retain(|known| *known != (instance, thread));
    }

    /// The statement is done.
    pub fn done(&self) {
        self.lock().clear();
    }

    /// The threads that work for it.
    pub fn threads(&self) -> Vec<(InstanceId, u32)> {
        self.lock().clone()
    }

    /// Whether a thread works for it now.
    pub fn runs(&self, instance: InstanceId, thread: u32) -> bool {
        self.lock().contains(&(instance, thread))
    }

    /// Asks the statement to stop.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
    }

    /// Whether it has been asked to stop.
    pub fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(InstanceId, u32)>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
