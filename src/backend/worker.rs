//! Which worker the running thread is.
//!
//! A socket is watched by the runtime of the thread that opened it. A connection that is used by another thread works,
//! but every answer then wakes one thread to wake another; so pools keep the idle connections of each worker apart.

use std::cell::Cell;

thread_local! {
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

/// Says that the running thread is worker `number`, from 1; a thread that never said so has number 0.
pub fn enter(number: usize) {
    NUMBER.set(number);
}

/// The number of the running thread's worker.
pub(super) fn current() -> usize {
    NUMBER.get()
}
