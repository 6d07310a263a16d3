//! The commit protocol, checked in every state that it can reach: with the coordinator, servers and those who recover
//! dying, requests and answers lost or late, and a coordinator that is only slow, any number of times and at any step.
//!
//! What the coordinator does in it is said by Weir's own machine, `weir::txn::ending`.
//!
//! Prints how many states there are. The second test shows that the first can fail: each mistake that is made on purpose
//! is found. What holds, and what it rests on, is in docs/transactions.md.

mod explorer;
mod protocol;

use explorer::explore;
use protocol::{ANSWERED, ENDS, HALF, LOST, Mutation, PURGED, Protocol, Shape, UNDONE};

/// Transactions that have written on one and two instances.
const SHAPES: [(&str, Shape); 3] = [
    ("1 branch, local", Shape::Local),
    ("1 branch, XA, one phase", Shape::OnePhase),
    ("2 branches", Shape::TwoPhase { xa: 1 }),
];

/// Every mistake, the property that it breaks, and where.
const MISTAKES: [(Mutation, &str, Shape); 19] = [
    (Mutation::AcknowledgeWhenPrepared, LOST, Shape::TwoPhase { xa: 1 }),
    (Mutation::DecideBeforePrepared, HALF, Shape::TwoPhase { xa: 1 }),
    (Mutation::IgnoreOwnDuplicate, HALF, Shape::TwoPhase { xa: 1 }),
    (Mutation::FinishBeforeDecision, HALF, Shape::TwoPhase { xa: 1 }),
    (Mutation::LostAnswerMeansRolledBack, UNDONE, Shape::TwoPhase { xa: 1 }),
    (Mutation::LostAnswerMeansRolledBack, UNDONE, Shape::OnePhase),
    (Mutation::LostAnswerMeansCommitted, LOST, Shape::TwoPhase { xa: 1 }),
    (Mutation::LostAnswerMeansCommitted, LOST, Shape::Local),
    (Mutation::WaitForLostPrepare, ANSWERED, Shape::TwoPhase { xa: 1 }),
    (Mutation::NoAbortMark, HALF, Shape::TwoPhase { xa: 1 }),
    (Mutation::DoNotWait, HALF, Shape::TwoPhase { xa: 1 }),
    (Mutation::DuplicateMeansCommitted, HALF, Shape::TwoPhase { xa: 1 }),
    (Mutation::OwnerRecoversAlone, ENDS, Shape::TwoPhase { xa: 1 }),
    (Mutation::SessionsNeverEnd, ENDS, Shape::TwoPhase { xa: 1 }),
    (Mutation::PurgeAtOnce, PURGED, Shape::TwoPhase { xa: 1 }),
    (Mutation::PurgeUnseen, PURGED, Shape::TwoPhase { xa: 1 }),
    (Mutation::KeepShorterThanSessions, PURGED, Shape::TwoPhase { xa: 1 }),
    (Mutation::AskTooLate, PURGED, Shape::TwoPhase { xa: 1 }),
    (Mutation::LagLongerThanKeep, PURGED, Shape::TwoPhase { xa: 1 }),
];

fn check(name: &str, shape: Shape, recoverers: usize) {
    let explored = explore(&Protocol { shape, recoverers, mutation: None });
    let explored = explored.unwrap_or_else(|violation| panic!("{name}, {recoverers} recoverers: {violation}"));
    println!("model: {name}, {recoverers} recoverers: {explored}");
}

#[test]
fn the_commit_protocol_is_atomic_and_ends() {
    for (name, shape) in SHAPES {
        check(name, shape, 2);
    }
}

#[test]
#[ignore = "takes minutes and gigabytes; make model runs it"]
fn the_commit_protocol_is_atomic_and_ends_with_three_branches() {
    if std::env::var_os("MODEL_BRANCHES").is_none_or(|branches| branches != "3") {
        println!("SKIPPED the model with three branches: it takes minutes; make model runs it");
        return;
    }
    check("3 branches", Shape::TwoPhase { xa: 2 }, 2);
}

#[test]
fn every_mistake_is_found() {
    for (mutation, property, shape) in MISTAKES {
        match explore(&Protocol { shape, recoverers: 1, mutation: Some(mutation) }) {
            Ok(explored) => panic!("{mutation:?} in {shape:?} is not found: {explored}"),
            Err(violation) => assert_eq!(violation.property, property, "{mutation:?} in {shape:?}: {violation}"),
        }
    }
}
