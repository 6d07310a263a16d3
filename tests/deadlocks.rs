//! Deadlocks that no single server sees: over two instances, through one Weir or several.

use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::servers::{Brand, Server};
use crate::transactions::{Pair, beside, errno, on_both, run, value};

/// What the project promises.
const BROKEN_WITHIN: Duration = Duration::from_secs(1);

on_both! {
    a_deadlock_over_two_instances_is_broken_within_a_second: deadlocks;
    a_deadlock_through_two_weirs_is_broken_within_a_second: two_weirs;
}

async fn pair_of(brand: Brand) -> Option<Pair> {
    Pair::over(brand, [Server::showing_lock_waits(brand), Server::showing_lock_waits(brand)]).await
}

/// Waits until a server executes a statement. The table of transactions would tell of locks, but it may be as it was
/// when somebody asked before, and then show the wait of the ring before.
async fn is_executed(server: &Server, statement: &str) {
    let mut direct = server.connect().await;
    let asked = Instant::now();
    let executed = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE '%{statement}'"
    );
    while direct.query_first::<u32, _>(&executed).await.unwrap() != Some(1) {
        assert!(asked.elapsed() < Duration::from_secs(10), "nobody executes {statement}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Two transactions that wait for each other; the second one is the younger, and so the victim.
async fn ring(pair: &Pair, mut first: Conn, second: &mut Conn) -> Conn {
    run(&mut first, &["BEGIN", "UPDATE t SET v = v + 1 WHERE id = 0"]).await;
    run(second, &["BEGIN", "UPDATE t SET v = v + 10 WHERE id = 7"]).await;
    let waiting = tokio::spawn(async move {
        run(&mut first, &["UPDATE t SET v = v + 1 WHERE id = 7"]).await;
        first
    });
    // The second one reaches its second instance only once the first has.
    is_executed(&pair.servers[1], "SET v = v + 1 WHERE id = 7").await;
    let asked = Instant::now();
    assert_eq!(errno(second, "UPDATE t SET v = v + 10 WHERE id = 0").await, 1213);
    let took = asked.elapsed();
    assert!(took < BROKEN_WITHIN, "it took {took:?}");
    println!("broken after {took:?}");
    // Rolled back as a whole, so the other one goes on; and the victim's connection is in order.
    let mut first = waiting.await.unwrap();
    run(&mut first, &["COMMIT"]).await;
    run(second, &["COMMIT"]).await;
    assert_eq!((value(second, 0).await, value(second, 7).await), (101, 101));
    first
}

async fn deadlocks(brand: Brand) {
    let Some(pair) = pair_of(brand).await else { return };
    let mut second = pair.connect().await;
    ring(&pair, pair.connect().await, &mut second).await;
    let told: Vec<(u64, String, String, u64, String, u64)> = second.query("SHOW GLOBAL DEADLOCKS").await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told.iter().map(|member| member.5).sum::<u64>(), 1, "one victim: {told:?}");
    assert_ne!(told[0].2, told[1].2, "one wait on each instance: {told:?}");
    assert_eq!((&told[0].1, &told[1].1), (&told[1].4, &told[0].4));
}

async fn two_weirs(brand: Brand) {
    let Some(pair) = pair_of(brand).await else { return };
    let other = beside(&pair, "recovery_interval_ms: 0");
    let mut second = other.connect("shop").await;
    let mut first = ring(&pair, pair.connect().await, &mut second).await;
    // The Weir whose transaction was the victim tells of it, with both names.
    let told: Vec<(u64, String, String, u64, String, u64)> = second.query("SHOW GLOBAL DEADLOCKS").await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|member| member.1.starts_with("weir:") && member.4.starts_with("weir:")), "{told:?}");
    let told: Vec<mysql_async::Row> = first.query("SHOW GLOBAL DEADLOCKS").await.unwrap();
    assert_eq!(told.len(), 0, "{told:?}");
    // And the other way round: now the first Weir's transaction is the younger.
    run(&mut first, &["UPDATE t SET v = 100 WHERE id IN (0, 7)"]).await;
    // Several times, at once: the names of a ring that is over are still there, for the same connections.
    for _ in 0..4 {
        let mut back = ring(&pair, second, &mut first).await;
        run(&mut first, &["UPDATE t SET v = 100 WHERE id IN (0, 7)"]).await;
        std::mem::swap(&mut first, &mut back);
        second = back;
    }
}
