//! Transactions over several instances, through real clients on MariaDB and MySQL: one outcome for all branches, at no
//! cost for those that stay on one instance.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};

use crate::faulty::{Fault, FaultyWire};
use crate::servers::{Brand, Server};
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

/// ER_DUP_ENTRY.
const DUPLICATE_KEY: u16 = 1062;

const TABLES: &str = "  t: { dbpartition: hash(id) }\n";

/// Two servers of a brand, each behind a wire, with accounts 0 to 15 of 100 each in `t`: account n is on instance a
/// when n % 8 < 4, else on b.
pub(crate) struct Pair {
    pub(crate) servers: [Server; 2],
    pub(crate) wires: [FaultyWire; 2],
    pub(crate) weir: Weir,
}

// === impl Pair ===

impl Pair {
    pub(crate) async fn of(brand: Brand) -> Option<Self> {
        Self::over(brand, [Server::of(brand), Server::of(brand)]).await
    }

    pub(crate) async fn over(brand: Brand, started: [Result<Server, String>; 2]) -> Option<Self> {
        let started: (Result<Server, String>, Result<Server, String>) = started.into();
        let (a, b) = match started {
            (Ok(a), Ok(b)) => (a, b),
            (Err(why), _) | (_, Err(why)) => {
                assert_eq!(brand, Brand::MySql, "{why}");
                println!("SKIPPED transactions on MySQL 9: {why}");
                return None;
            }
        };
        create_shards("shop", &[&a, &b]).await;
        let wires = [FaultyWire::to(a.port).await, FaultyWire::to(b.port).await];
        let weir = Setup::over_ports([wires[0].port, wires[1].port])
            .instance_setting("health_interval_ms: 600000")
            .setting("limits: { schema_poll_ms: 0, recovery_interval_ms: 0 }")
            .rules("shop", rules_over_eight("shop", "shop", 2, TABLES))
            .start();
        let mut conn = weir.connect("shop").await;
        conn.query_drop("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB").await.unwrap();
        let rows: Vec<String> = (0..16).map(|id| format!("({id}, 100)")).collect();
        conn.query_drop(format!("INSERT INTO t VALUES {}", rows.join(","))).await.unwrap();
        Some(Self { servers: [a, b], wires, weir })
    }

    pub(crate) async fn connect(&self) -> Conn {
        self.weir.connect("shop").await
    }

    /// What went to each server since this was last asked.
    pub(crate) fn flights(&self) -> [Vec<Vec<String>>; 2] {
        [self.wires[0].flights(), self.wires[1].flights()]
    }
}

/// A second Weir over the same servers.
pub(crate) fn beside(pair: &Pair, settings: &str) -> Weir {
    second(pair, settings).start()
}

pub(crate) fn second(pair: &Pair, settings: &str) -> Setup {
    Setup::over(&pair.servers)
        .setting(&format!("limits: {{ {settings} }}"))
        .rules("shop", rules_over_eight("shop", "shop", 2, TABLES))
}

pub(crate) async fn run(conn: &mut Conn, statements: &[&str]) {
    for statement in statements {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

pub(crate) async fn errno(conn: &mut Conn, statement: &str) -> u16 {
    match conn.query_drop(statement).await {
        Err(Error::Server(error)) => error.code,
        other => panic!("{statement}: {other:?}"),
    }
}

pub(crate) async fn value(conn: &mut Conn, id: u32) -> i64 {
    conn.query_first(format!("SELECT v FROM t WHERE id = {id}")).await.unwrap().expect("a row")
}

/// Prepared branches of anybody.
pub(crate) async fn in_doubt(server: &Server) -> usize {
    let rows: Vec<mysql_async::Row> = server.connect().await.query("XA RECOVER").await.unwrap();
    rows.len()
}

macro_rules! on_both {
    ($($name:ident: $test:ident;)+) => {
        $(mod $name {
            use super::*;

            #[tokio::test]
            async fn mariadb() {
                super::$test(Brand::MariaDb).await;
            }

            #[tokio::test]
            async fn mysql() {
                super::$test(Brand::MySql).await;
            }
        })+
    };
}
pub(crate) use on_both;

on_both! {
    a_transfer_between_instances_is_committed_or_not: transfers;
    every_branch_costs_the_round_trips_that_it_must: round_trips;
    a_consistent_snapshot_sees_every_transfer_wholly_or_not_at_all: snapshots;
    what_is_in_doubt_is_shown_ended_and_forgotten: doubts;
    what_was_acknowledged_is_there_though_a_branch_is_lost_at_any_byte: acknowledged;
}

/// A statement fails on one instance while the connection to the other is cut, at any byte of what it answers: to the
/// savepoint, the statement, or to what undoes it. A client that hears of the failed statement alone, and then OK to
/// COMMIT, must find what it had written before.
async fn acknowledged(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let begin = ["BEGIN", "UPDATE t SET v = v + 1 WHERE id = 1", "UPDATE t SET v = v + 1 WHERE id = 5"];
    // Row 2 is there already, on instance a; row 20 is not, on instance b.
    let insert = "INSERT INTO t VALUES (20, 0), (2, 0)";
    let mut conn = pair.connect().await;
    run(&mut conn, &begin).await;
    pair.wires[1].set(Fault::None);
    assert_eq!(errno(&mut conn, insert).await, DUPLICATE_KEY);
    let whole = pair.wires[1].passed();
    run(&mut conn, &["ROLLBACK"]).await;
    let mut acknowledged = 0;
    let cuts: Vec<usize> = (0..whole).step_by(7).chain(whole.saturating_sub(12)..whole + 2).collect();
    for cut in &cuts {
        let mut conn = pair.connect().await;
        let before = [value(&mut conn, 1).await, value(&mut conn, 5).await];
        run(&mut conn, &begin).await;
        pair.wires[1].set(Fault::CutAfter(*cut));
        let number = errno(&mut conn, insert).await;
        pair.wires[1].set(Fault::None);
        let alive = conn.query_drop("COMMIT").await.is_ok() && number == DUPLICATE_KEY;
        let mut conn = pair.connect().await;
        let written = i64::from(alive);
        let after = [value(&mut conn, 1).await, value(&mut conn, 5).await];
        assert_eq!(after, before.map(|value| value + written), "cut after {cut} of {whole} bytes, error {number}");
        acknowledged += written;
    }
    assert!(acknowledged > 0, "no cut came after the last byte");
}

async fn transfers(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let (mut conn, mut other) = (pair.connect().await, pair.connect().await);
    let transfer = ["BEGIN", "UPDATE t SET v = v - 30 WHERE id = 0", "UPDATE t SET v = v + 30 WHERE id = 7"];
    run(&mut conn, &transfer).await;
    assert_eq!((value(&mut conn, 0).await, value(&mut conn, 7).await), (70, 130));
    assert_eq!((value(&mut other, 0).await, value(&mut other, 7).await), (100, 100), "seen before COMMIT");
    run(&mut conn, &["COMMIT"]).await;
    assert_eq!((value(&mut other, 0).await, value(&mut other, 7).await), (70, 130));
    run(&mut conn, &transfer).await;
    run(&mut conn, &["ROLLBACK"]).await;
    assert_eq!((value(&mut other, 0).await, value(&mut other, 7).await), (70, 130));
    // A client that goes away takes everything with it.
    run(&mut conn, &transfer).await;
    drop(conn);
    let mut conn = pair.connect().await;
    // Waits for the locks of the one that left.
    run(&mut conn, &["UPDATE t SET v = v + 1 WHERE id >= 0"]).await;
    assert_eq!((value(&mut other, 0).await, value(&mut other, 7).await), (71, 131));
    // The later instance fails, and the statement is undone on the first one too.
    run(&mut conn, &["BEGIN", "UPDATE t SET v = 1 WHERE id = 1"]).await;
    assert_eq!(errno(&mut conn, "INSERT INTO t VALUES (16, 1), (7, 1)").await, 1062);
    assert_eq!(errno(&mut conn, "INSERT INTO t VALUES (7, 1)").await, 1062);
    run(&mut conn, &["UPDATE t SET v = 1 WHERE id = 6", "COMMIT"]).await;
    assert_eq!((value(&mut other, 1).await, value(&mut other, 6).await), (1, 1));
    let count: Option<u32> = other.query_first("SELECT COUNT(*) FROM t").await.unwrap();
    assert_eq!(count, Some(16));
    for server in &pair.servers {
        assert_eq!(in_doubt(server).await, 0);
    }
}

async fn round_trips(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut conn = pair.connect().await;
    let update = |id: u32| format!("UPDATE t SET v = v + 1 WHERE id = {id}");
    let physical = |id: u32| format!("UPDATE `shop_{:02}`.`t` AS `t` SET v = v + 1 WHERE id = {id}", id % 8);
    // Whatever is asked once is asked here.
    run(&mut conn, &["BEGIN", &update(0), &update(7), "COMMIT"]).await;

    // One instance: BEGIN goes with the first statement, and nothing else is said.
    pair.flights();
    run(&mut conn, &["BEGIN", &update(0), &update(1), "COMMIT"]).await;
    let own: Vec<Vec<String>> = vec![vec!["BEGIN".into(), physical(0)], vec![physical(1)], vec!["COMMIT".into()]];
    assert_eq!(pair.flights(), [own, vec![]]);

    // One written XA branch beside a home branch that was only read: one phase.
    run(&mut conn, &["BEGIN", "SELECT v FROM t WHERE id = 0", &update(7), "COMMIT"]).await;
    let [home, xa] = pair.flights();
    assert_eq!(verbs(&home), [vec!["BEGIN", "SELECT"], vec!["COMMIT"]]);
    assert_eq!(verbs(&xa), [vec!["XA START", "UPDATE"], vec!["XA END", "XA COMMIT ONE PHASE"]]);

    // Two written ones: three rounds, the decision at home.
    run(&mut conn, &["BEGIN", &update(0), &update(7), "COMMIT"]).await;
    let [home, xa] = pair.flights();
    assert_eq!(verbs(&home), [vec!["BEGIN", "UPDATE"], vec!["INSERT"], vec!["COMMIT"]]);
    assert_eq!(verbs(&xa), [vec!["XA START", "UPDATE"], vec!["XA END", "XA PREPARE"], vec!["XA COMMIT"]]);

    // One statement on both instances is a transaction too.
    run(&mut conn, &["UPDATE t SET v = v + 1 WHERE id IN (1, 6)"]).await;
    let [home, xa] = pair.flights();
    assert_eq!(verbs(&home), [vec!["BEGIN", "UPDATE"], vec!["INSERT"], vec!["COMMIT"]]);
    assert_eq!(verbs(&xa), [vec!["XA START", "UPDATE"], vec!["XA END", "XA PREPARE"], vec!["XA COMMIT"]]);

    // On one instance alone it needs no decision.
    run(&mut conn, &["UPDATE t SET v = v + 1 WHERE id IN (1, 2)"]).await;
    let [home, xa] = pair.flights();
    assert_eq!((verbs(&home), xa.len()), (vec![vec!["BEGIN", "UPDATE"], vec!["UPDATE"], vec!["COMMIT"]], 0));

    run(&mut conn, &["BEGIN", &update(0), &update(7), "ROLLBACK"]).await;
    let [home, xa] = pair.flights();
    assert_eq!(verbs(&home), [vec!["BEGIN", "UPDATE"], vec!["ROLLBACK"]]);
    assert_eq!(verbs(&xa), [vec!["XA START", "UPDATE"], vec!["XA END", "XA ROLLBACK"]]);
}

/// The first words of each statement.
pub(crate) fn verbs(flights: &[Vec<String>]) -> Vec<Vec<&'static str>> {
    const VERBS: [&str; 12] = [
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "INSERT",
        "UPDATE",
        "SELECT",
        "XA START",
        "XA END",
        "XA PREPARE",
        "XA COMMIT",
        "XA ROLLBACK",
        "SAVEPOINT",
    ];
    let verb = |statement: &String| match VERBS.iter().find(|verb| statement.starts_with(**verb)) {
        Some(&"XA COMMIT") if statement.ends_with("ONE PHASE") => "XA COMMIT ONE PHASE",
        Some(verb) => verb,
        None => panic!("{statement}"),
    };
    flights.iter().map(|flight| flight.iter().map(verb).collect()).collect()
}

async fn snapshots(brand: Brand) {
    const TRANSFERRERS: u32 = 4;
    const SNAPSHOTS: usize = 60;
    let Some(pair) = Pair::of(brand).await else { return };
    let other = beside(&pair, "recovery_interval_ms: 500");
    let enough = Arc::new(AtomicBool::new(false));
    let mut transferring = Vec::new();
    for number in 0..TRANSFERRERS {
        let weir = if number % 2 == 0 { &pair.weir } else { &other };
        let (mut conn, enough) = (weir.connect("shop").await, enough.clone());
        transferring.push(tokio::spawn(async move {
            let mut done = 0_u32;
            while !enough.load(Ordering::Relaxed) {
                // From instance a to b and from b to a; each transferrer has its own rows, so none waits for another.
                let (from, to) = if done.is_multiple_of(2) { (number, number + 4) } else { (number + 4, number) };
                run(
                    &mut conn,
                    &[
                        "BEGIN",
                        &format!("UPDATE t SET v = v - 1 WHERE id = {from}"),
                        &format!("UPDATE t SET v = v + 1 WHERE id = {to}"),
                        "COMMIT",
                    ],
                )
                .await;
                done += 1;
            }
            done
        }));
    }
    let mut readers = [pair.connect().await, other.connect("shop").await];
    let mut seen = BTreeSet::new();
    for number in 0..SNAPSHOTS {
        let conn = &mut readers[number % 2];
        run(conn, &["START TRANSACTION WITH CONSISTENT SNAPSHOT"]).await;
        for _ in 0..2 {
            let sums: Option<(i64, i64)> = conn
                .query_first("SELECT SUM(v), SUM(v * v) FROM t")
                .await
                .unwrap_or_else(|error| panic!("snapshot {number}: {error}"));
            let (sum, squares) = sums.unwrap();
            assert_eq!(sum, 1600, "snapshot {number} saw a half of a transfer");
            seen.insert((number, squares));
        }
        run(conn, &["COMMIT"]).await;
    }
    enough.store(true, Ordering::Relaxed);
    let mut transfers = 0;
    for task in transferring {
        transfers += task.await.unwrap();
    }
    assert_eq!(seen.len(), SNAPSHOTS, "a snapshot changed while it was read");
    assert!(transfers > 20, "{transfers} transfers: nothing was to be torn");
    // At other levels there is no snapshot, and the server says so.
    let conn = &mut readers[0];
    run(conn, &["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION WITH CONSISTENT SNAPSHOT"]).await;
    let warnings: Vec<(String, u32, String)> = conn.query("SHOW WARNINGS").await.unwrap();
    assert_eq!(warnings.first().map(|warning| warning.1), Some(138), "{warnings:?}");
    run(conn, &["COMMIT"]).await;
}

async fn doubts(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut conn = pair.connect().await;
    run(&mut conn, &["BEGIN", "UPDATE t SET v = 1 WHERE id = 0", "UPDATE t SET v = 1 WHERE id = 7"]).await;
    let open: Vec<(String, String, u64, String, u64)> = pair.connect().await.query("SHOW TRANS").await.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0].1.as_str(), open[0].3.as_str()), ("XA", "ACTIVE"));
    let mut local = pair.connect().await;
    run(&mut local, &["BEGIN", "UPDATE t SET v = v WHERE id = 1"]).await;
    let open: Vec<(Option<String>, String, u64, String, u64)> = pair.connect().await.query("SHOW TRANS").await.unwrap();
    let shown: Vec<(bool, &str, u64)> = open.iter().map(|row| (row.0.is_some(), row.1.as_str(), row.4)).collect();
    assert_eq!(shown, [(true, "XA", u64::from(conn.id())), (false, "LOCAL", u64::from(local.id()))]);
    run(&mut local, &["ROLLBACK"]).await;
    run(&mut conn, &["COMMIT"]).await;
    let open: Vec<mysql_async::Row> = conn.query("SHOW TRANS").await.unwrap();
    assert_eq!(open.len(), 0);

    // A Weir that is gone has left two transactions, one of them decided; and somebody else has one of the same look.
    let home = server_text(&pair.servers[0], "SELECT id FROM weir.instance").await;
    let xid = |serial: u32| format!("weir:{home}:0123456789abcdef:{serial}");
    for (global, format, row) in [(xid(1), 1_464_158_546, 4), (xid(2), 1_464_158_546, 5), (xid(3), 7, 6)] {
        let name = format!("'{global}','1:1',{format}");
        let mut direct = pair.servers[1].connect().await;
        let update = format!("UPDATE shop_0{row}.t SET v = 500 WHERE id = {row}");
        for statement in [format!("XA START {name}"), update, format!("XA END {name}"), format!("XA PREPARE {name}")] {
            direct.query_drop(statement).await.unwrap();
        }
        direct.disconnect().await.unwrap();
    }
    let mut direct = pair.servers[0].connect().await;
    direct.query_drop(format!("INSERT INTO weir.txn_log VALUES ('{}', 1, 1)", xid(2))).await.unwrap();
    let shown: Vec<(String, String, Option<String>, String, String)> =
        conn.query("SHOW IN DOUBT TRANSACTIONS").await.unwrap();
    let expected = |serial, decision: &str| {
        (xid(serial), "b".to_owned(), Some("a".to_owned()), "0123456789abcdef".to_owned(), decision.to_owned())
    };
    assert_eq!(shown, [expected(1, "undecided"), expected(2, "committed")]);

    let weir = beside(&pair, "recovery_interval_ms: 100, recovery_grace_ms: 200, decision_kept_ms: 3_000");
    let mut conn = weir.connect("shop").await;
    // Waits until the branches have let the rows go.
    let values: Vec<i64> = conn.query("SELECT v FROM t WHERE id IN (4, 5) ORDER BY id FOR UPDATE").await.unwrap();
    assert_eq!(values, [100, 500]);
    assert_eq!(in_doubt(&pair.servers[1]).await, 1, "another's transaction was touched");
    let mut other = pair.servers[1].connect().await;
    other.query_drop(format!("XA ROLLBACK '{}','1:1',7", xid(3))).await.unwrap();
    // Decisions are forgotten when they are old enough.
    let asked = Instant::now();
    while server_text(&pair.servers[0], "SELECT COUNT(*) FROM weir.txn_log").await != "0" {
        assert!(asked.elapsed() < Duration::from_secs(30), "decisions are never removed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn server_text(server: &Server, statement: &str) -> String {
    server.connect().await.query_first(statement).await.unwrap().expect("a row")
}
