//! A deadline that is moved far more often than it passes: a client's silence, a server's.
//!
//! A timer of its own for each wait would be entered into the runtime's wheel and taken out again for every statement.
//! This one stays in the wheel: it fires at an old deadline at most, sees that the deadline has moved, and is set anew.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, Sleep, sleep_until};

/// A moment that may be moved, or none.
#[derive(Debug, Default)]
pub struct Deadline {
    at: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whom the timer wakes when it fires; None: it has to be polled before it wakes anybody. Its address is enough: the
    /// timer holds the waker itself, so nobody else can have that address meanwhile.
    told: Option<[usize; 2]>,
}

// === impl Deadline ===

impl Deadline {
    /// Moves it; None: it never passes.
    pub fn set(&mut self, at: Option<Instant>) {
        self.at = at;
    }

    /// The operation's result, or None when the deadline came first. An operation that is ready at once costs no timer.
    pub async fn bound<T>(&mut self, operation: impl Future<Output = T>) -> Option<T> {
        let mut operation = pin!(operation);
        poll_fn(|context| match operation.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.poll_passed(context).map(|()| None),
        })
        .await
    }

    /// Ready once it has passed.
    pub fn poll_passed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        let waker = address(context.waker());
        if self.told == Some(waker) && timer.deadline() <= at && !timer.is_elapsed() {
            // It will fire, and wake the one who asks.
            return Poll::Pending;
        }
        self.told = None;
        if timer.deadline() > at {
            timer.as_mut().reset(at);
        }
        loop {
            if timer.as_mut().poll(context).is_pending() {
                self.told = Some(waker);
                return Poll::Pending;
            }
            if timer.deadline() >= at {
                return Poll::Ready(());
            }
            timer.as_mut().reset(at);
        }
    }
}

fn address(waker: &Waker) -> [usize; 2] {
    [waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr()]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use std::time::Duration;

    use super::*;

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(test);
    }

    fn within(limit_ms: u64) -> Option<Instant> {
        Instant::now().checked_add(Duration::from_millis(limit_ms))
    }

    #[test]
    fn passes_when_it_was_moved_and_not_before() {
        run(async {
            let mut deadline = Deadline::default();
            let begun = Instant::now();
            deadline.set(within(20));
            assert_eq!(deadline.bound(std::future::ready(1)).await, Some(1));
            // The timer is armed for 20 ms, and fires once in vain.
            let quick = tokio::time::sleep(Duration::from_millis(5));
            assert_eq!(deadline.bound(quick).await, Some(()));
            deadline.set(within(60));
            assert_eq!(deadline.bound(std::future::pending::<()>()).await, None);
            assert!(begun.elapsed() >= Duration::from_millis(60));
        });
    }

    #[test]
    fn wakes_the_task_that_asked_last() {
        run(async {
            let mut deadline = Deadline::default();
            deadline.set(within(30));
            assert_eq!(deadline.bound(tokio::task::yield_now()).await, Some(()));
            let mut other = tokio::spawn(async move { deadline.bound(std::future::pending::<()>()).await });
            let ended = tokio::time::timeout(Duration::from_secs(10), &mut other).await;
            assert_eq!(ended.unwrap().unwrap(), None);
        });
    }

    #[test]
    fn can_be_brought_forward_and_taken_away() {
        run(async {
            let mut deadline = Deadline::default();
            deadline.set(within(60_000));
            assert_eq!(deadline.bound(tokio::task::yield_now()).await, Some(()));
            deadline.set(within(5));
            assert_eq!(deadline.bound(std::future::pending::<()>()).await, None);
            deadline.set(None);
            assert_eq!(deadline.bound(tokio::time::sleep(Duration::from_millis(5))).await, Some(()));
        });
    }
}
