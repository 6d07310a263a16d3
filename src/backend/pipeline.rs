//! Pipelining: statements of several clients on one connection, each sent without waiting for the answers in front of it.
//!
//! A server that is sent one statement at a time sleeps and is woken for each; of several that lie in its buffer it takes
//! the next one at once. Statements share a connection only when they are ready at the same time on one worker, so that
//! they travel in one write: none waits for company, and none is put behind one that is running.
//!
//! Always holds: only statements whose failure may be forgotten take part, reads outside of transactions. Whatever goes
//! wrong on the connection (it is lost, one of its clients leaves or is killed, an answer takes long) ends it for all who
//! still wait ([`Ticket::poll`] says so), and each of them runs its statement alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::{Connection, Lease, SessionState, StatementKey};
use crate::deadline::Deadline;

/// Who waits for the answer of another for so long runs alone.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connections of one worker that statements share now, and places for more.
#[derive(Debug, Default)]
pub(super) struct Pipelines {
    lists: Mutex<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    /// Those that have not been sent yet; perhaps others.
    open: Vec<Arc<Pipeline>>,
    /// All places, in the order in which they are used.
    places: Vec<Arc<Pipeline>>,
    /// The place that has been free for longest, or else is the next to be.
    next: usize,
}

/// One connection that statements share, or the place for one.
#[derive(Debug, Default)]
struct Pipeline {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Empty when nobody uses it.
    lease: Option<Lease>,
    /// How many connections have been here before.
    before: u64,
    /// The number of the first statement whose answer has not been seen to its end.
    first: u64,
    /// Those who wait, in the order of their statements: first the one whose answer comes next.
    waiting: VecDeque<Option<Waker>>,
    /// Nothing more is queued.
    sent: bool,
    /// When those behind the first give up waiting.
    patience: Deadline,
    /// They have given up.
    alone: bool,
}

/// The right to one answer. Dropped before that has come to its end, it ends the connection.
#[derive(Debug)]
pub struct Ticket {
    pipeline: Arc<Pipeline>,
    /// Which of its connections.
    connection: u64,
    number: u64,
    /// The answer has been seen to its end, or does not count.
    done: bool,
}

// === impl Pipelines ===

impl Pipelines {
    /// Puts a statement behind others, fewer than `most`, that are about to be sent on a connection with these variables,
    /// and where `statement` is prepared. `queue` says whether it could. None where there is no such connection.
    pub(super) fn join(
        &self,
        (state, statement): (&SessionState, Option<&StatementKey<'_>>),
        most: usize,
        queue: impl FnOnce(&mut Connection) -> bool,
    ) -> Option<Ticket> {
        let mut lists = self.lists();
        let mut at = 0;
        while let Some(pipeline) = lists.open.get(at) {
            let mut shared = pipeline.lock();
            if shared.sent {
                drop(shared);
                lists.open.swap_remove(at);
                continue;
            }
            if shared.waiting.len() < most
                && let Some(lease) = shared.lease.as_mut()
                && lease.state().digest() == state.digest()
                && lease.state().found_rows() == state.found_rows()
                && statement.is_none_or(|key| lease.has_prepared(key))
            {
                return queue(lease).then(|| shared.ticket(pipeline));
            }
            at += 1;
        }
        None
    }

    /// Opens a connection, on which the first statement is queued, to others.
    pub(super) fn open(&self, lease: Lease) -> Ticket {
        let mut lists = self.lists();
        let pipeline = lists.free_place();
        if !lists.open.iter().any(|open| Arc::ptr_eq(open, &pipeline)) {
            lists.open.push(Arc::clone(&pipeline));
        }
        let mut shared = pipeline.lock();
        shared.lease = Some(lease);
        shared.sent = false;
        shared.alone = false;
        shared.ticket(&pipeline)
    }

    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Lists ===

impl Lists {
    fn free_place(&mut self) -> Arc<Pipeline> {
        let all = self.places.len();
        let free = (self.next..all).chain(0..self.next.min(all)).find_map(|at| {
            let place = self.places.get(at).filter(|place| place.lock().lease.is_none())?;
            Some((at, Arc::clone(place)))
        });
        let (at, place) = free.unwrap_or_else(|| {
            let new = Arc::<Pipeline>::default();
            self.places.push(Arc::clone(&new));
            (all, new)
        });
        self.next = at + 1;
        place
    }
}

// === impl Pipeline ===

impl Pipeline {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whole at every point where a panic could poison it, or dropped with its connection by the ticket.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    /// The right to the answer of the statement that was queued last.
    fn ticket(&mut self, pipeline: &Arc<Pipeline>) -> Ticket {
        self.waiting.push_back(None);
        let number = self.first + u64::try_from(self.waiting.len()).unwrap_or(u64::MAX) - 1;
        Ticket { pipeline: Arc::clone(pipeline), connection: self.before, number, done: false }
    }

    /// The connection is given up: who waits is told.
    fn end(&mut self) -> Option<Lease> {
        self.before += 1;
        self.first = 0;
        self.waiting.drain(..).flatten().for_each(Waker::wake);
        self.lease.take()
    }

    /// Those behind the first are told to run alone.
    fn leave_alone(&mut self) {
        self.alone = true;
        self.waiting.iter_mut().skip(1).filter_map(Option::take).for_each(Waker::wake);
    }
}

// === impl Ticket ===

impl Ticket {
    /// Whether it is this one that sends, for all who share the connection: the first.
    pub fn sends(&self) -> bool {
        self.number == 0
    }

    /// Sends what is queued, as far as the system takes it now; nobody comes in behind it. False: this one runs alone.
    pub fn send(&mut self, context: &mut Context<'_>) -> bool {
        let mut shared = self.pipeline.lock();
        let State { lease, before, sent, patience, waiting, .. } = &mut *shared;
        let Some(lease) = lease.as_mut().filter(|_| *before == self.connection) else { return false };
        *sent = true;
        lease.begin_statement();
        patience.set((waiting.len() > 1).then(|| lease.used_at() + PATIENCE));
        !matches!(lease.poll_flush(context), Poll::Ready(Err(_)))
    }

    /// Works on the answer when its turn has come. None: this statement runs alone, and nothing of its answer counts.
    ///
    /// `work` is ready when it has seen the answer to its end, and has consumed it.
    pub fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        work: impl FnOnce(&mut Connection, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        let mut shared = self.pipeline.lock();
        let State { lease, before, first, waiting, patience, alone, .. } = &mut *shared;
        let Some(lease) = lease.as_mut().filter(|_| *before == self.connection) else { return Poll::Ready(None) };
        let is_first = *first == self.number;
        if *alone && !is_first {
            // Its answer is the connection's end.
            self.done = true;
            return Poll::Ready(None);
        }
        if is_first {
            // The server may not read on before its answers are read.
            if lease.has_queued() && matches!(lease.poll_flush(context), Poll::Ready(Err(_))) {
                return Poll::Ready(None);
            }
            if let Poll::Ready(done) = work(lease, context) {
                return Poll::Ready(Some(done));
            }
        }
        if waiting.len() == 1 {
            // Nobody else can end the connection.
            return Poll::Pending;
        }
        let at = usize::try_from(self.number - *first).unwrap_or(usize::MAX);
        match waiting.get_mut(at) {
            Some(Some(waker)) => waker.clone_from(context.waker()),
            Some(place) => *place = Some(context.waker().clone()),
            None => {}
        }
        if is_first && !*alone && patience.poll_passed(context).is_ready() {
            shared.leave_alone();
        }
        Poll::Pending
    }

    /// The answer has been seen to its end: the next one's turn has come.
    pub fn leave(mut self) {
        self.done = true;
        let mut shared = self.pipeline.lock();
        if shared.before != self.connection {
            return;
        }
        shared.first += 1;
        shared.waiting.pop_front();
        if shared.alone {
            let lease = shared.end();
            drop(shared);
            drop(lease);
        } else if shared.waiting.is_empty() {
            let lease = shared.end();
            drop(shared);
            if let Some(lease) = lease {
                lease.give_back();
            }
        } else {
            if let Some(next) = shared.waiting.front_mut().and_then(Option::take) {
                next.wake();
            }
            let others = shared.waiting.len() > 1;
            shared.patience.set(others.then(|| Instant::now() + PATIENCE));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut shared = self.pipeline.lock();
        let lease = if shared.before == self.connection { shared.end() } else { None };
        drop(shared);
        drop(lease);
    }
}

#[cfg(test)]
mod tests;
