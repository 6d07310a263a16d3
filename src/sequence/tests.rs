//! Sequences over a home in memory: contiguity, single flight, several Weirs, failures, the ends of the types.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test")]

use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A home that understands the statements by their first word.
#[derive(Default)]
struct Fake {
    next: StdMutex<Option<u64>>,
    created: StdMutex<bool>,
    statements: AtomicUsize,
    down: StdMutex<bool>,
}

impl Fake {
    fn ready() -> Self {
        Self { created: StdMutex::new(true), ..Self::default() }
    }

    fn sent(&self) -> usize {
        self.statements.swap(0, Ordering::SeqCst)
    }

    fn answer(&self, sql: &str) -> Result<Executed, SqlError> {
        if *self.down.lock().unwrap() {
            return Err(SqlError::new(Code::InstanceUnavailable, "connection refused"));
        }
        if sql.starts_with("CREATE") {
            *self.created.lock().unwrap() = true;
            return Ok(Executed::default());
        }
        if !*self.created.lock().unwrap() {
            return Err(SqlError::backend(1146, *b"42S02", "Table 'weir.sequence' doesn't exist"));
        }
        let number = |after: &str| -> u64 {
            let rest = sql.split_once(after).unwrap().1;
            rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        let mut next = self.next.lock().unwrap();
        let first = match (sql.split(' ').next().unwrap(), *next) {
            ("DELETE", _) => {
                *next = None;
                return Ok(Executed::default());
            }
            ("UPDATE", None) => return Ok(Executed::default()),
            ("INSERT", None) => number("LAST_INSERT_ID("),
            ("UPDATE" | "INSERT", Some(next)) => next.max(number("CAST(")),
            other => panic!("{other:?}"),
        };
        *next = Some(first + number("LEAST(CAST(").min(u64::MAX - first));
        Ok(Executed { last_insert_id: first })
    }
}

impl Home for Fake {
    fn name(&self) -> &str {
        "a"
    }

    async fn execute(&self, sql: &str) -> Result<Executed, SqlError> {
        self.statements.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.answer(sql)
    }
}

const ORDERS: Counter<'_> = Counter { schema: "shop", table: "orders", max: 9_223_372_036_854_775_807 };

async fn none() -> Result<u64, SqlError> {
    Ok(0)
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn values_start_behind_the_largest_and_are_fetched_by_segments() {
    run(async {
        let (home, sequences) = (Fake::default(), Sequences::new(10));
        let largest = || async { Ok(41) };
        assert_eq!(sequences.take(&home, ORDERS, 3, largest).await, Ok(42..45));
        // The table was missing: it was created, found empty, and the sequence started.
        assert_eq!(home.sent(), 5);
        assert_eq!(sequences.take(&home, ORDERS, 7, none).await, Ok(45..52));
        assert_eq!(home.sent(), 0);
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(52..53));
        assert_eq!(home.sent(), 1);
        // More than a segment, in one piece; what was left is used because nobody else took a segment.
        assert_eq!(sequences.take(&home, ORDERS, 25, none).await, Ok(53..78));
        assert_eq!(home.sent(), 1);
    });
}

#[test]
fn two_weirs_never_give_the_same_value() {
    run(async {
        let (home, one, two) = (Fake::ready(), Sequences::new(10), Sequences::new(7));
        let mut given = Vec::new();
        for round in 0..200 {
            let weir = if round % 3 == 0 { &one } else { &two };
            given.extend(weir.take(&home, ORDERS, 1 + round % 5, none).await.unwrap());
        }
        let count = given.len();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), count);
    });
}

#[test]
fn statements_that_come_together_wait_for_one_fetch() {
    run(async {
        let (home, sequences) = (Arc::new(Fake::ready()), Arc::new(Sequences::new(1000)));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (home, sequences) = (Arc::clone(&home), Arc::clone(&sequences));
                tokio::spawn(async move { sequences.take(&*home, ORDERS, 1, none).await.unwrap().start })
            })
            .collect();
        let mut given = Vec::new();
        for task in tasks {
            given.push(task.await.unwrap());
        }
        given.sort_unstable();
        assert_eq!(given, (1..=100).collect::<Vec<u64>>());
        assert_eq!(home.sent(), 2);
    });
}

#[test]
fn explicit_values_move_the_counter_as_mysql_does() {
    run(async {
        let (home, sequences) = (Fake::ready(), Sequences::new(10));
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(1..2));
        home.sent();
        sequences.observe(&home, ORDERS, 5, none).await.unwrap();
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(6..7));
        sequences.observe(&home, ORDERS, 2, none).await.unwrap();
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(7..8));
        assert_eq!(home.sent(), 0);
        // Far ahead: the stored sequence moves, and rising values are covered by the new segment.
        sequences.observe(&home, ORDERS, 500, none).await.unwrap();
        for value in 501..=509 {
            sequences.observe(&home, ORDERS, value, none).await.unwrap();
        }
        assert_eq!(home.sent(), 1);
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(510..511));
    });
}

#[test]
fn an_explicit_value_comes_first() {
    run(async {
        let (home, sequences) = (Fake::ready(), Sequences::new(10));
        sequences.observe(&home, ORDERS, 99, || async { Ok(120) }).await.unwrap();
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(121..122));
    });
}

#[test]
fn the_ends_of_the_types() {
    run(async {
        let check = |max: u64, largest: u64, count: u64, expected: Option<Range<u64>>| async move {
            let (home, sequences) = (Fake::ready(), Sequences::new(1000));
            let counter = Counter { max, ..ORDERS };
            let taken = sequences.take(&home, counter, count, || async move { Ok(largest) }).await;
            match expected {
                Some(values) => assert_eq!(taken, Ok(values)),
                None => assert!(taken.unwrap_err().is(Code::SequenceFailed), "{max} {largest}"),
            }
        };
        check(127, 0, 127, Some(1..128)).await;
        check(127, 0, 128, None).await;
        check(127, 127, 1, None).await;
        let int = u64::from(u32::MAX) / 2;
        check(int, int - 1, 1, Some(int..int + 1)).await;
        check(int, int, 1, None).await;
        check(u64::MAX, u64::MAX - 2, 1, Some(u64::MAX - 1..u64::MAX)).await;
        check(u64::MAX, u64::MAX - 2, 2, None).await;
        check(u64::MAX, u64::MAX, 1, None).await;
    });
}

#[test]
fn a_failure_names_the_instance_and_the_next_statement_works() {
    run(async {
        let (home, sequences) = (Fake::ready(), Sequences::new(10));
        *home.down.lock().unwrap() = true;
        let error = sequences.take(&home, ORDERS, 1, none).await.unwrap_err();
        assert_eq!(
            (error.errno, error.message.as_str()),
            (21018, "AUTO_INCREMENT of shop.orders: instance a gave no value: connection refused")
        );
        *home.down.lock().unwrap() = false;
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(1..2));
    });
}

#[test]
fn a_restarted_sequence_begins_behind_what_the_tables_have() {
    run(async {
        let (home, sequences) = (Fake::ready(), Sequences::new(10));
        assert_eq!(sequences.take(&home, ORDERS, 4, none).await, Ok(1..5));
        sequences.restart(&home, ORDERS).await.unwrap();
        assert_eq!(sequences.take(&home, ORDERS, 1, none).await, Ok(1..2));
        sequences.restart(&Fake::default(), ORDERS).await.unwrap();
    });
}
