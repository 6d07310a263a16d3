//! Several statements on one connection to a scripted server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test")]

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::super::fake::{Fake, PASSWORD};
use super::super::{Instance, InstanceOptions, Lease, SessionState, StatementKey, Ticket};
use super::PATIENCE;
use crate::id::InstanceId;
use crate::wire::auth::NATIVE_PASSWORD;
use crate::wire::{ResponseKind, Scanned};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), test).await }).unwrap();
}

async fn start() -> (Fake, Instance) {
    let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
    let address = fake.address.to_string();
    let options = InstanceOptions { max_pipelined: 4, ..InstanceOptions::new("a", address, "weir", PASSWORD) };
    let instance = Instance::new(InstanceId(0), options);
    (fake, instance)
}

async fn with(instance: &Instance, text: &str) -> Lease {
    let mut lease = instance.lease().await.unwrap();
    lease.queue_query(|out| out.extend_from_slice(text.as_bytes()));
    lease
}

fn join(instance: &Instance, text: &str) -> Option<Ticket> {
    instance.join(&SessionState::default(), None, |backend| {
        backend.queue_query(|out| out.extend_from_slice(text.as_bytes()));
        true
    })
}

async fn sent(mut ticket: Ticket) -> Ticket {
    assert!(poll_fn(|context| Poll::Ready(ticket.send(context))).await);
    ticket
}

fn poll_answer(ticket: &mut Ticket, context: &mut Context<'_>) -> Poll<Option<bool>> {
    ticket.poll(context, |backend, context| {
        let mut scanner = backend.scanner(ResponseKind::Results);
        loop {
            let scanned = ready!(backend.poll_next(&mut scanner, context)).unwrap();
            let failed = matches!(scanned, Scanned::Err { .. });
            backend.consume(scanned.end());
            if scanner.is_over() {
                return Poll::Ready(failed);
            }
        }
    })
}

/// Whether the answer is an error; None where the statement is to run alone.
async fn answer(mut ticket: Ticket) -> Option<bool> {
    let failed = poll_fn(|context| poll_answer(&mut ticket, context)).await?;
    ticket.leave();
    Some(failed)
}

#[test]
fn each_gets_its_answer_whoever_asks_first() {
    run(async {
        let (fake, instance) = start().await;
        for _ in 0..2 {
            let first = instance.share(with(&instance, "DO 1").await);
            let (second, third) = (join(&instance, "fail").unwrap(), join(&instance, "DO 2").unwrap());
            assert!(first.sends() && !second.sends());
            let first = sent(first).await;
            assert!(join(&instance, "DO 3").is_none(), "it has been sent");
            let answers = tokio::join!(answer(third), answer(second), answer(first));
            assert_eq!(answers, (Some(false), Some(true), Some(false)));
            assert_eq!((instance.idle_count(), instance.used_count()), (1, 0));
        }
        assert_eq!(fake.connections.load(Ordering::SeqCst), 1);
        assert_eq!(fake.seen().split_off(1), ["DO 1", "fail", "DO 2", "DO 1", "fail", "DO 2"]);
        assert_eq!(instance.counters().pipelined.sum(), 4);
    });
}

#[test]
fn only_those_that_fit_join() {
    run(async {
        let (_fake, instance) = start().await;
        assert!(join(&instance, "DO 1").is_none(), "there is none");
        let first = instance.share(with(&instance, "DO 1").await);
        let mut other = SessionState::default();
        other.set("sql_mode", "''");
        assert!(instance.join(&other, None, |_| true).is_none(), "other variables");
        let found_rows = SessionState::counting_found_rows(true);
        assert!(instance.join(&found_rows, None, |_| true).is_none(), "CLIENT_FOUND_ROWS");
        let state = SessionState::default();
        let key = StatementKey::new(b"DO 1", &state);
        assert!(instance.join(&state, Some(&key), |_| true).is_none(), "not prepared");
        let joined: Vec<Ticket> = std::iter::from_fn(|| join(&instance, "DO 2")).take(9).collect();
        assert_eq!(joined.len(), 3, "no more than four");
        let second = instance.share(with(&instance, "DO 3").await);
        let third = join(&instance, "DO 4").unwrap();
        let (first, second) = (sent(first).await, sent(second).await);
        assert_eq!(tokio::join!(answer(first), answer(second), answer(third)), (Some(false), Some(false), Some(false)));
        for ticket in joined {
            assert_eq!(answer(ticket).await, Some(false));
        }
        assert_eq!((instance.idle_count(), instance.used_count()), (2, 0));
    });
}

#[test]
fn one_that_leaves_sends_the_others_away() {
    run(async {
        let (fake, instance) = start().await;
        for leaves in 0..3 {
            let first = instance.share(with(&instance, "silence").await);
            let mut tickets = vec![first, join(&instance, "DO 2").unwrap(), join(&instance, "DO 3").unwrap()];
            if leaves > 0 {
                let first = sent(tickets.remove(0)).await;
                tickets.insert(0, first);
            }
            let leaving = tickets.remove(leaves);
            // Each in a task of its own: who wakes one does not wake the other.
            let waiting: Vec<_> = tickets.into_iter().map(|ticket| tokio::spawn(answer(ticket))).collect();
            tokio::task::yield_now().await;
            drop(leaving);
            for answer in waiting {
                let told = tokio::time::timeout(PATIENCE / 2, answer).await.expect("they are told at once");
                assert_eq!(told.unwrap(), None);
            }
            assert_eq!((instance.idle_count(), instance.used_count()), (0, 0), "the connection is closed");
        }
        // What is left of them does not reach who comes next.
        let next = sent(instance.share(with(&instance, "fail").await)).await;
        assert_eq!(answer(next).await, Some(true));
        assert_eq!(fake.connections.load(Ordering::SeqCst), 4);
    });
}

#[test]
fn who_waits_for_a_slow_answer_runs_alone() {
    run(async {
        let (fake, instance) = start().await;
        let first = instance.share(with(&instance, "silence").await);
        let second = join(&instance, "DO 1").unwrap();
        let first = sent(first).await;
        tokio::select! {
            biased;
            _ = answer(first) => unreachable!("nothing was answered"),
            second = answer(second) => assert_eq!(second, None),
        }
        assert_eq!((instance.idle_count(), instance.used_count()), (0, 0), "the connection is closed");
        drop(fake);
    });
}

#[test]
fn a_lost_connection_is_told_to_all() {
    run(async {
        let (_fake, instance) = start().await;
        let first = instance.share(with(&instance, "DO 1").await);
        let (second, third) = (join(&instance, "hang up").unwrap(), join(&instance, "DO 2").unwrap());
        let first = sent(first).await;
        assert_eq!(answer(first).await, Some(false));
        let mut second = second;
        let lost = poll_fn(|context| {
            second.poll(context, |backend, context| backend.poll_fill(context).map(|filled| filled.is_err()))
        });
        assert_eq!(lost.await, Some(true));
        drop(second);
        assert_eq!(answer(third).await, None);
        assert_eq!((instance.idle_count(), instance.used_count()), (0, 0));
    });
}
