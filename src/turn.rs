//! A worker's turn: all its tasks that are ready between two waits for events.
//!
//! What a statement costs in Weir itself is little, and fits into the caches of a processor. A send does not: it runs through
//! the system's network stack and wakes a thread, which may take the processor at once. Where many clients are ready, all
//! of them are therefore brought up to their send first, and then all is sent ([`after_others`]).

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

/// From so many polls a turn on, sends wait for each other. With fewer there is nothing to gain, and a poll more costs
/// some hundred instructions.
const MANY: u32 = 4;

thread_local! {
    /// Sessions polled in this turn, and in the last one.
    static POLLED: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// A session is polled on this thread.
pub fn polled() {
    let (now, last) = POLLED.get();
    POLLED.set((now.saturating_add(1), last));
}

/// The thread has nothing more to run, and will wait.
pub fn over() {
    let (now, _) = POLLED.get();
    POLLED.set((0, now));
}

/// Lets the other tasks that are ready come to the same point first, if there were many in the last turn. Where nobody
/// calls [`over`] there are none.
pub async fn after_others() {
    let (_, last) = POLLED.get();
    if last < MANY {
        return;
    }
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        // Behind those that are ready now: tokio's own `yield_now` would ask for events first.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;
    use tokio::task::LocalSet;

    /// The order in which three tasks take two steps.
    fn steps(polls: u32) -> Vec<(u32, char)> {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        over();
        (0..polls).for_each(|_| polled());
        over();
        let local = LocalSet::new();
        for task in 0..3 {
            let seen = Rc::clone(&seen);
            local.spawn_local(async move {
                seen.borrow_mut().push((task, 'a'));
                after_others().await;
                seen.borrow_mut().push((task, 'b'));
            });
        }
        runtime.block_on(local);
        seen.take()
    }

    #[test]
    fn many_go_step_by_step_and_few_one_by_one() {
        assert_eq!(steps(MANY), [(0, 'a'), (1, 'a'), (2, 'a'), (0, 'b'), (1, 'b'), (2, 'b')]);
        assert_eq!(steps(MANY - 1), [(0, 'a'), (0, 'b'), (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]);
    }
}
