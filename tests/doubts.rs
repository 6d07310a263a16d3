//! Transactions over several instances when something stays away or comes back: Weirs that hang, replicas that lag,
//! lock waits that take too long; and what readers see meanwhile.

use std::time::{Duration, Instant};

use mysql_async::Error;
use mysql_async::prelude::Queryable;

use crate::servers::{Brand, Server};
use crate::transactions::{Pair, beside, errno, in_doubt, on_both, run, second, server_text, value, verbs};
use crate::weir::Weir;

/// What the project promises.
const RECOVERED_WITHIN: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_secs(20);

on_both! {
    a_weir_that_hangs_leaves_nothing_in_doubt: hangs;
    a_weir_that_hangs_when_it_has_found_an_abort_mark_leaves_nothing_in_doubt: marked;
    a_replica_that_shows_an_old_branch_is_told_the_decision: failover;
    a_decision_is_kept_from_the_last_branch_on: kept;
    a_branch_waits_until_innodb_has_let_it_go: let_go;
    a_lock_wait_that_takes_too_long_ends_what_the_servers_say: timeouts;
    a_consistent_read_sees_a_transfer_wholly_or_not_at_all: consistent_reads;
    a_stored_function_in_a_select_may_write: stored_functions;
    a_weir_that_hangs_with_its_gates_closed_keeps_nobody_from_committing: closed_gates;
    a_snapshot_whose_gate_was_opened_by_somebody_else_is_none: lost_gates;
}

const TRANSFER: [&str; 3] = ["BEGIN", "UPDATE t SET v = v - 30 WHERE id = 0", "UPDATE t SET v = v + 30 WHERE id = 7"];

/// A Weir that has come to a point of a commit over both servers, and stands still as a whole.
async fn hanging(pair: &Pair, point: &str) -> Weir {
    let weir = second(pair, "recovery_interval_ms: 0").environment("WEIR_HANG_AT", point).start();
    let mut conn = weir.connect("shop").await;
    run(&mut conn, &TRANSFER).await;
    tokio::spawn(async move { conn.query_drop("COMMIT").await });
    stands_still(&weir, point).await;
    weir
}

/// Waits until a Weir has come to the point where it stands still, and stops all of it.
async fn stands_still(weir: &Weir, point: &str) {
    let asked = Instant::now();
    while !weir.process().log().contains("standing still here") {
        assert!(asked.elapsed() < SOON, "{point} is never reached");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    weir.process().signal("STOP");
}

/// Waits until no server shows a prepared branch.
async fn recovered(pair: &Pair, what: &str) {
    let asked = Instant::now();
    while in_doubt(&pair.servers[0]).await + in_doubt(&pair.servers[1]).await > 0 {
        assert!(asked.elapsed() < RECOVERED_WITHIN, "{what}: still in doubt");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{what}: recovered after {:?}", asked.elapsed());
}

/// Its connections stay open: undecided, they hold the row of the decision; decided, on MariaDB, the branch itself.
async fn hangs(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut conn = pair.connect().await;
    let mut before = 100;
    for (point, moved) in [("Decide.0.heard", 0), ("Commit.0.heard", 30), ("CommitPrepared.1.before", 30)] {
        let hung = hanging(&pair, point).await;
        assert_eq!(in_doubt(&pair.servers[1]).await, 1, "{point}");
        let recovering = beside(&pair, "");
        recovered(&pair, point).await;
        let mut other = recovering.connect("shop").await;
        // Nothing is locked any more either.
        run(&mut other, &["UPDATE t SET v = v WHERE id IN (0, 7)"]).await;
        before -= moved;
        assert_eq!((value(&mut conn, 0).await, value(&mut conn, 7).await), (before, 200 - before), "{point}");
        drop(hung);
    }
}

/// One that has found the mark that it is rolled back, and hangs before it obeys, holds the mark.
async fn marked(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let weir = second(&pair, "recovery_interval_ms: 0").environment("WEIR_HANG_AT", "Decide.0.heard").start();
    let mut conn = weir.connect("shop").await;
    run(&mut conn, &TRANSFER).await;
    let open: Option<(String, String, u64, String, u64)> =
        weir.connect("shop").await.query_first("SHOW TRANS").await.unwrap();
    let mark = format!("INSERT INTO weir.txn_log VALUES ('{}', 0, 1)", open.expect("a transaction").0);
    run(&mut pair.servers[0].connect().await, &[&mark]).await;
    tokio::spawn(async move { conn.query_drop("COMMIT").await });
    stands_still(&weir, "Decide.0.heard").await;
    assert_eq!(in_doubt(&pair.servers[1]).await, 1);
    let recovering = beside(&pair, "");
    recovered(&pair, "a mark that is held").await;
    let mut other = recovering.connect("shop").await;
    run(&mut other, &["UPDATE t SET v = v WHERE id IN (0, 7)"]).await;
    assert_eq!((value(&mut other, 0).await, value(&mut other, 7).await), (100, 100));
}

/// A branch is ended, and then its server is replaced by one that never heard of that.
async fn failover(brand: Brand) {
    let Some(mut pair) = Pair::of(brand).await else { return };
    drop(hanging(&pair, "CommitPrepared.1.before").await);
    assert_eq!(in_doubt(&pair.servers[1]).await, 1);
    pair.servers[1].kill();
    let replica = pair.servers[1].replica();
    pair.servers[1].revive();
    let weir = beside(&pair, "");
    recovered(&pair, "the first time").await;
    pair.servers[1].kill();
    pair.servers[1].fail_over(replica);
    assert_eq!(in_doubt(&pair.servers[1]).await, 1, "the replica is no replica");
    recovered(&pair, "the second time").await;
    let mut conn = weir.connect("shop").await;
    assert_eq!((value(&mut conn, 0).await, value(&mut conn, 7).await), (70, 130));
}

/// A branch was away for longer than decisions are kept, and is committed at last. Whoever shows it once more needs its
/// decision from then on.
async fn kept(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut conn = pair.connect().await;
    run(&mut conn, &TRANSFER).await;
    run(&mut conn, &["COMMIT"]).await;
    let home = server_text(&pair.servers[0], "SELECT id FROM weir.instance").await;
    let xid = format!("weir:{home}:0123456789abcdef:1");
    let branch = format!("'{xid}','1:1',1464158546");
    let mut direct = pair.servers[1].connect().await;
    run(&mut direct, &[&format!("XA START {branch}"), "UPDATE shop_05.t SET v = 500 WHERE id = 5"]).await;
    run(&mut direct, &[&format!("XA END {branch}"), &format!("XA PREPARE {branch}")]).await;
    direct.disconnect().await.unwrap();
    let mut direct = pair.servers[0].connect().await;
    run(&mut direct, &[&format!("INSERT INTO weir.txn_log VALUES ('{xid}', 1, 1)")]).await;
    let _weir = beside(&pair, "recovery_interval_ms: 100, recovery_grace_ms: 100, decision_kept_ms: 600_000");
    recovered(&pair, "an old branch").await;
    assert_eq!(value(&mut conn, 5).await, 500);
    let ago = format!("SELECT UNIX_TIMESTAMP() - decided_at FROM weir.txn_log WHERE xid = '{xid}'");
    let ago: Option<i64> = direct.query_first(ago).await.unwrap();
    assert!(ago.is_some_and(|ago| ago < 60), "decided {ago:?} s ago");
}

/// MariaDB gives a branch to everybody a moment before InnoDB lets it go, and what is said in between is lost: its rows
/// stay locked until the server starts anew. So while InnoDB shows the branch's connection in a transaction, it waits.
async fn let_go(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    if brand == Brand::MySql {
        return;
    }
    let home = server_text(&pair.servers[0], "SELECT id FROM weir.instance").await;
    let mut direct = pair.servers[0].connect().await;
    let (mut ending, mut prepares) = (pair.servers[1].connect().await, pair.servers[1].connect().await);
    run(&mut ending, &["BEGIN", "UPDATE shop_04.t SET v = v WHERE id = 4"]).await;
    let xid = format!("weir:{home}:0123456789abcdef:1");
    let branch = format!("'{xid}','{}:1',1464158546", ending.id());
    let (start, end) = (format!("XA START {branch}"), format!("XA END {branch}"));
    run(&mut prepares, &[&start, "UPDATE shop_05.t SET v = 500 WHERE id = 5", &end]).await;
    run(&mut prepares, &[&format!("XA PREPARE {branch}")]).await;
    prepares.disconnect().await.unwrap();
    run(&mut direct, &[&format!("INSERT INTO weir.txn_log VALUES ('{xid}', 1, UNIX_TIMESTAMP())")]).await;
    let _weir = beside(&pair, "recovery_interval_ms: 50, recovery_grace_ms: 100");
    let looked = Instant::now();
    while looked.elapsed() < Duration::from_secs(1) {
        assert_eq!(in_doubt(&pair.servers[1]).await, 1, "ended after {:?}", looked.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    run(&mut ending, &["ROLLBACK"]).await;
    recovered(&pair, "a connection that is about to let go").await;
    assert_eq!(value(&mut pair.connect().await, 5).await, 500);
}

/// innodb_rollback_on_timeout is off by default: the statement is undone. Where it is on, so is the whole transaction.
async fn timeouts(brand: Brand) {
    let on = || Server::rolling_back_on_timeout(brand);
    for (servers, kept) in [([Server::of(brand), Server::of(brand)], 1), ([on(), on()], 0)] {
        let Some(pair) = Pair::over(brand, servers).await else { return };
        let (mut conn, mut other) = (pair.connect().await, pair.connect().await);
        run(&mut other, &["BEGIN", "UPDATE t SET v = v WHERE id = 7"]).await;
        run(&mut conn, &["SET innodb_lock_wait_timeout = 1"]).await;
        run(&mut conn, &["BEGIN", "UPDATE t SET v = v + 1 WHERE id = 0", "UPDATE t SET v = v + 1 WHERE id = 4"]).await;
        assert_eq!(errno(&mut conn, "UPDATE t SET v = v + 1 WHERE id = 7").await, 1205);
        assert_eq!(value(&mut conn, 0).await, 100 + kept, "in what is left of the transaction");
        run(&mut other, &["COMMIT"]).await;
        run(&mut conn, &["COMMIT"]).await;
        let after = [value(&mut other, 0).await, value(&mut other, 4).await, value(&mut other, 7).await];
        assert_eq!(after, [100 + kept, 100 + kept, 100]);
        // A statement that is a transaction of its own.
        run(&mut other, &["BEGIN", "UPDATE t SET v = v WHERE id = 7"]).await;
        assert_eq!(errno(&mut conn, "UPDATE t SET v = v + 1 WHERE id IN (0, 7)").await, 1205);
        assert_eq!(value(&mut conn, 0).await, 100 + kept);
    }
}

async fn consistent_reads(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut conn = pair.connect().await;
    let sum = "SELECT SUM(v) FROM t";
    // Decided, committed on a and not on b.
    drop(hanging(&pair, "CommitPrepared.1.before").await);
    assert_eq!(conn.query_first::<i64, _>(sum).await.unwrap(), Some(1570));
    assert_eq!(conn.query_first::<u8, _>("SELECT @@weir_consistent_read").await.unwrap(), Some(0));
    run(&mut conn, &["SET weir_consistent_read = ON"]).await;
    assert_eq!(conn.query_first::<u8, _>("SELECT @@SESSION.weir_consistent_read").await.unwrap(), Some(1));
    // It waits for what is decided, and comes back with all of it; recovery has to end that here.
    let recovering = beside(&pair, "recovery_interval_ms: 100, recovery_grace_ms: 100");
    assert_eq!(conn.query_first::<i64, _>(sum).await.unwrap(), Some(1600));
    assert_eq!(conn.exec_first::<i64, _, _>(sum, ()).await.unwrap(), Some(1600));
    // It leaves no transaction behind, and changes nothing else.
    let mut other = recovering.connect("shop").await;
    run(&mut other, &["UPDATE t SET v = v + 1 WHERE id IN (0, 7)"]).await;
    assert_eq!(conn.query_first::<i64, _>(sum).await.unwrap(), Some(1602));
    assert_eq!(errno(&mut conn, "SELECT nothing FROM t").await, 1054);
    run(&mut conn, &["UPDATE t SET v = v - 1 WHERE id IN (0, 7)"]).await;
    assert_eq!(other.query_first::<i64, _>(sum).await.unwrap(), Some(1600));
    // A read of one instance costs nothing more; one of two is told to both, and to nobody when it is off again.
    pair.flights();
    assert_eq!(value(&mut conn, 0).await, 70);
    assert_eq!(verbs(&pair.flights()[0]), [["SELECT"]]);
    assert_eq!(errno(&mut conn, "SET weir_consistent_read = 2").await, 1231);
    run(&mut conn, &["SET weir_consistent_read = OFF"]).await;
    pair.flights();
    assert_eq!(conn.query_first::<i64, _>(sum).await.unwrap(), Some(1600));
    let [a, b] = pair.flights();
    let begun = |flights: &[Vec<String>]| flights.concat().iter().any(|said| said == "BEGIN" || said.starts_with("XA"));
    assert_eq!([begun(&a), begun(&b)], [false, false]);
}

/// Neither commits nor recovery wait for it longer than for any Weir that hangs.
async fn closed_gates(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let weir = second(&pair, "recovery_interval_ms: 0").environment("WEIR_HANG_AT", "Gates.closed").start();
    let mut reader = weir.connect("shop").await;
    tokio::spawn(async move { reader.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT").await });
    stands_still(&weir, "Gates.closed").await;
    // Another hangs too: one branch is prepared, the decision waits at the gate.
    let undecided = hanging(&pair, "Prepare.1.sent").await;
    let recovering = beside(&pair, "");
    let closed = Instant::now();
    let mut conn = recovering.connect("shop").await;
    run(&mut conn, &["SET innodb_lock_wait_timeout = 20"]).await;
    run(&mut conn, &["BEGIN", "UPDATE t SET v = v - 1 WHERE id = 1", "UPDATE t SET v = v + 1 WHERE id = 6", "COMMIT"])
        .await;
    assert!(closed.elapsed() < RECOVERED_WITHIN, "committed after {:?}", closed.elapsed());
    recovered(&pair, "beside closed gates").await;
    assert!(closed.elapsed() < RECOVERED_WITHIN, "recovered after {:?}", closed.elapsed());
    drop(undecided);
}

async fn lost_gates(brand: Brand) {
    const SNAPSHOT_BUSY: u16 = 21034;
    let Some(pair) = Pair::of(brand).await else { return };
    let mut conn = pair.connect().await;
    run(&mut conn, &TRANSFER).await;
    run(&mut conn, &["COMMIT"]).await;
    let home = server_text(&pair.servers[0], "SELECT id FROM weir.instance").await;
    let mut direct = pair.servers[1].connect().await;
    let mut decided = pair.servers[0].connect().await;
    let asked = Instant::now();
    for serial in 0.. {
        assert!(asked.elapsed() < SOON, "no gate was lost in time");
        // Decided, and not committed yet: so long the gates stay closed, for one second.
        let xid = format!("weir:{home}:0123456789abcdef:{serial}");
        let branch = format!("'{xid}','1:1',1464158546");
        run(&mut decided, &[&format!("INSERT INTO weir.txn_log VALUES ('{xid}', 1, 1)")]).await;
        let (start, end) = (format!("XA START {branch}"), format!("XA END {branch}"));
        run(&mut direct, &[&start, "UPDATE shop_05.t SET v = v + 1 WHERE id = 5", &end]).await;
        run(&mut direct, &[&format!("XA PREPARE {branch}")]).await;
        let mut reader = pair.connect().await;
        let reading = tokio::spawn(async move {
            let snapshot = reader.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT").await;
            (snapshot, reader)
        });
        let mut other = pair.servers[1].connect().await;
        let gate = "SELECT one FROM weir.instance WHERE one = 1 FOR UPDATE NOWAIT";
        while other.query_drop(gate).await.is_ok() {
            assert!(asked.elapsed() < SOON, "the gates are never closed");
        }
        let holder = format!(
            "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE \
             trx_mysql_thread_id NOT IN (0, {}, {})",
            direct.id(),
            other.id()
        );
        let holders: Vec<u64> = other.query(holder).await.unwrap();
        for thread in &holders {
            run(&mut other, &[&format!("KILL {thread}")]).await;
        }
        run(&mut direct, &[&format!("XA COMMIT {branch}")]).await;
        let (snapshot, mut reader) = reading.await.unwrap();
        match snapshot {
            Err(Error::Server(error)) => {
                assert_eq!(error.code, SNAPSHOT_BUSY, "{error}");
                assert_eq!(reader.query_first::<i64, _>("SELECT COUNT(*) FROM t").await.unwrap(), Some(16));
                return;
            }
            Err(broken) => panic!("{broken}"),
            // The second was over before the gate was lost.
            Ok(()) => {}
        }
    }
}

async fn stored_functions(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut direct = pair.servers[0].connect().await;
    let function = "CREATE FUNCTION shop_00.gain(n INT) RETURNS INT MODIFIES SQL DATA \
                    BEGIN UPDATE shop_00.t SET v = v + n WHERE id = 0; RETURN n; END";
    run(&mut direct, &[function]).await;
    let mut conn = pair.connect().await;
    run(&mut conn, &TRANSFER).await;
    run(&mut conn, &["ROLLBACK"]).await;
    pair.flights();
    let calls =
        ["BEGIN", "SELECT shop_00.gain(5) FROM t WHERE id = 1", "UPDATE t SET v = v - 5 WHERE id = 7", "COMMIT"];
    run(&mut conn, &calls).await;
    // Both branches are written, so the commit is decided by a row.
    let [home, xa] = pair.flights();
    // A function changes session variables, so that connection may be closed afterwards.
    assert_eq!(verbs(&home[..3]), [vec!["BEGIN", "SELECT"], vec!["INSERT"], vec!["COMMIT"]]);
    assert_eq!(verbs(&xa), [vec!["XA START", "UPDATE"], vec!["XA END", "XA PREPARE"], vec!["XA COMMIT"]]);
    assert_eq!((value(&mut conn, 0).await, value(&mut conn, 7).await), (105, 95));
    assert_eq!(errno(&mut conn, "SELECT shop_00.gain(5) FROM t").await, 21002);
}
