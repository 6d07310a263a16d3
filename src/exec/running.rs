//! Where a client's statement is running: the threads of the backends, for KILL QUERY.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use crate::id::InstanceId;

/// The backend threads that work for one client.
#[derive(Debug, Default)]
pub struct Running {
    threads: Mutex<Vec<(InstanceId, u32)>>,
    interrupted: AtomicBool,
    /// Who waits for an answer that no thread is known for.
    waiting: Mutex<Option<Waker>>,
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
        // Before the waker is taken: who looks has left it before.
        self.interrupted.store(true, Ordering::SeqCst);
        if let Some(waker) = self.waiting().take() {
            waker.wake();
        }
    }

    /// Whether it has been asked to stop; who asks is woken when that comes.
    pub(super) fn waits(&self, waker: &Waker) -> bool {
        let mut waiting = self.waiting();
        if !waiting.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *waiting = Some(waker.clone());
        }
        drop(waiting);
        self.interrupted.load(Ordering::SeqCst)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it has been asked to stop.
    pub fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(InstanceId, u32)>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
