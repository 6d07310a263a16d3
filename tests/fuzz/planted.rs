//! The fuzzer itself under test: the other side is the same server, which is told something else now and then.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;

use super::pair::Pair;
use super::world::World;
use super::{Round, Tally};
use crate::bank::dice::Dice;
use crate::servers::{Brand, Fleet, PASSWORD, USER, connect};

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
    let fleet = Fleet::shared(Brand::MariaDb).unwrap();
    let mut root = fleet.plain.connect().await;
    for (number, fault) in (0..).zip(FAULTS) {
        let mut tally = Tally::default();
        for round in 0..u64::MAX {
            let deadline = Instant::now() + Duration::from_secs(60);
            let round = Round { brand: Brand::MariaDb, fleet, seed: number, number: round, deadline };
            let mut dice = Dice::new(round.seed, round.number);
            let world = World::grow(&mut dice, Brand::MariaDb, "planted");
            let mut sides = Vec::new();
            for schema in ["planted_a", "planted_b"] {
                root.query_drop(format!("DROP DATABASE IF EXISTS {schema}; CREATE DATABASE {schema}")).await.unwrap();
                sides.push(connect(fleet.plain.port, USER, PASSWORD, Some(schema)).await.unwrap());
            }
            let (other, plain) = (sides.pop().unwrap(), sides.pop().unwrap());
            let mut pair = Pair { plain, other, brand: Brand::MariaDb, fault: Some(fault) };
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
        let statement = script.lines().find(|line| line.contains(fault.0)).unwrap_or_default();
        println!("{fault:?}: found after {} statements, shrunk to {statement}", tally.statements);
        assert!(!statement.is_empty() && statement.len() < 200, "{fault:?} is not shrunk:\n{script}");
    }
}
