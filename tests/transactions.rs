//! Transactions over several instances, through real clients on MariaDB and MySQL: one outcome for all branches, at no
//! cost for those that stay on one instance.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};

use crate::faulty::FaultyWire;
use crate::servers::{Brand, Server};
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const TABLES: &str = "  t: { dbpartition: hash(id) }\n";

/// Two servers of a brand, each behind a wire, with accounts 0 to 15 of 100 each in `t`: account n is on instance a
/// when n % 8 < 4, else on b.
struct Pair {
    servers: [Server; 2],
    wires: [FaultyWire; 2],
    weir: Weir,
}

// === impl Pair ===

impl Pair {
    async fn of(brand: Brand) -> Option<Self> {
        let started = (Server::of(brand), Server::of(brand));
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

    async fn connect(&self) -> Conn {
        self.weir.connect("shop").await
    }

    /// What went to each server since this was last asked.
    fn flights(&self) -> [Vec<Vec<String>>; 2] {
        [self.wires[0].flights(), self.wires[1].flights()]
    }
}

async fn run(conn: &mut Conn, statements: &[&str]) {
    for statement in statements {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

async fn errno(conn: &mut Conn, statement: &str) -> u16 {
    match conn.query_drop(statement).await {
        Err(Error::Server(error)) => error.code,
        other => panic!("{statement}: {other:?}"),
    }
}

async fn value(conn: &mut Conn, id: u32) -> i64 {
    conn.query_first(format!("SELECT v FROM t WHERE id = {id}")).await.unwrap().expect("a row")
}

/// Prepared branches of anybody.
async fn in_doubt(server: &Server) -> usize {
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

on_both! {
    a_transfer_between_instances_is_committed_or_not: transfers;
    every_branch_costs_the_round_trips_that_it_must: round_trips;
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
fn verbs(flights: &[Vec<String>]) -> Vec<Vec<&'static str>> {
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
