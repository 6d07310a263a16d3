//! The fuzzer itself under test: the other side is the same server, which is told something else now and then.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;

use super::pair::{BROKEN, Pair, Sent};
use super::select::Grower;
use super::servers::Servers;
use super::shrink::Case;
use super::world::World;
use super::{Round, Tally};
use crate::bank::dice::Dice;
use crate::servers::{Brand, PASSWORD, USER, connect};

/// What stands in a statement, and what the other side is asked instead.
const FAULTS: [(&str, &str); 8] = [
    ("UNION ALL", "UNION"),
    ("COUNT(DISTINCT ", "COUNT("),
    (" LEFT JOIN ", " JOIN "),
    (" NOT IN (", " IN ("),
    (" DESC", " ASC"),
    ("PARTITION BY ", "ORDER BY "),
    (" HAVING ", " HAVING NOT "),
    ("SUM(", "MAX("),
];
const MOST_STATEMENTS: usize = 4000;

#[tokio::test]
async fn planted_faults_are_found_and_shrunk() {
    let servers = Servers::start(Brand::MariaDb, 0).unwrap();
    let mut root = servers.plain.connect().await;
    for (number, fault) in (0..).zip(FAULTS) {
        let mut tally = Tally::default();
        for round in 0..u64::MAX {
            let deadline = Instant::now() + Duration::from_secs(60);
            let round = Round { brand: Brand::MariaDb, servers: &servers, seed: number, number: round, deadline };
            let mut dice = Dice::new(round.seed, round.number);
            let world = World::grow(&mut dice, Brand::MariaDb, "planted");
            let mut sides = Vec::new();
            for schema in ["planted_a", "planted_b"] {
                root.query_drop(format!("DROP DATABASE IF EXISTS {schema}; CREATE DATABASE {schema}")).await.unwrap();
                sides.push(connect(servers.plain.port, USER, PASSWORD, Some(schema)).await.unwrap());
            }
            let (other, plain) = (sides.pop().unwrap(), sides.pop().unwrap());
            let mut pair = Pair { plain, other, brand: Brand::MariaDb, fault: Some(fault), out_of_step: false };
            pair.make(&world).await.unwrap();
            while tally.wrong == 0 && tally.statements < MOST_STATEMENTS && tally.statements % 400 != 399 {
                round.reads(&mut pair, &world, &mut dice, 1, &mut tally).await;
            }
            if tally.wrong > 0 || tally.statements >= MOST_STATEMENTS {
                break;
            }
            tally.statements += 1;
        }
        assert!(tally.wrong > 0, "{fault:?} was not found in {} statements", tally.statements);
        let script = tally.scripts.first().expect("what was found is written down");
        let statement =
            script.lines().find(|line| !line.starts_with("--") && line.contains(fault.0)).unwrap_or_default();
        println!("{fault:?}: found after {} statements, shrunk to {statement}", tally.statements);
        assert!(!statement.is_empty() && statement.len() < 200, "{fault:?} is not shrunk:\n{script}");
    }
}

#[tokio::test]
async fn a_server_that_dies_is_told_by_its_statement_and_started_again() {
    let mut servers = Servers::start(Brand::MariaDb, 1).unwrap();
    let mut watch = servers.plain.connect().await;
    let (plain, other) = (servers.plain.connect().await, servers.instances[0].connect().await);
    let mut pair = Pair { plain, other, brand: Brand::MariaDb, fault: Some(("SLEEP(20)", "1")), out_of_step: false };
    let sent = Sent::text("SELECT SLEEP(20)");
    let dies = async {
        let running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(20)'";
        while watch.query_first::<u64, _>(running).await.unwrap() != Some(1) {}
        servers.plain.kill();
    };
    let (found, ()) = tokio::join!(pair.compare(&sent), dies);
    let why = found.expect_err("no answer");
    assert!(why.contains(BROKEN), "{why}");
    let mut dice = Dice::new(1, 1);
    let world = World::grow(&mut dice, Brand::MariaDb, "died");
    let grown = Grower::new(&mut dice, &world).statement();
    let (mode, ordered) = (sent.mode, grown.ordered);
    let case =
        Case { node: grown.node, mode, params: false, ordered, changes: None, class: None, world: world.clone() };
    let round = Round { brand: Brand::MariaDb, servers: &servers, seed: 1, number: 1, deadline: Instant::now() };
    let mut tally = Tally::default();
    assert!(!round.report(&mut pair, case, &sent, why, &mut tally).await, "the round is over");
    let died: Vec<&str> = tally.counts.keys().map(String::as_str).collect();
    assert_eq!((died, tally.wrong), (vec!["the plain server died of"], 0));
    servers.revive();
    assert_eq!(servers.plain.connect().await.query_first::<u64, _>("SELECT 1").await.unwrap(), Some(1));
}
