//! sysbench through Weir: 16 threads on four tables split over eight databases, as texts and as prepared statements,
//! without an error. Takes minutes; `make suites` runs it, `SECONDS_EACH` says how long each mix lasts.
//!
//! Mixes that only read go over two instances. sysbench picks a table for each statement of a transaction, so mixes that
//! write lie within one instance for as long as a transaction may not write to two.

use std::process::Command;

use mysql_async::prelude::Queryable;

use crate::process::output_of;
use crate::servers::{Brand, Fleet, Server};
use crate::weir::{APP, APP_PASSWORD, Setup, Weir, create_shards, eight_shards};

const THREADS: u32 = 16;
const TABLES: u32 = 4;
const ROWS: u32 = 10_000;

/// Schema and what runs on it.
const MIXES: [(&str, &[&str]); 2] =
    [("pair", &["oltp_point_select", "oltp_read_only"]), ("one", &["oltp_write_only", "oltp_read_write"])];

#[tokio::test]
#[ignore = "takes minutes; make suites runs it"]
async fn sysbench_runs_without_an_error() {
    let (found, version) = output_of(Command::new("sh").args(["-c", "sysbench --version 2>&1"]));
    if !found {
        println!("SKIPPED sysbench: not installed; tools/setup-test-deps.sh installs it");
        return;
    }
    println!("{}, {THREADS} threads, {} s each", version.trim(), seconds());
    let weir = weir().await;
    for (schema, mixes) in MIXES {
        let (prepared, text) = sysbench(&weir, schema, mixes[0], "auto", "prepare");
        assert!(prepared, "prepare of {schema}:\n{text}");
        assert_eq!(rows(&weir, schema).await, u64::from(TABLES * ROWS));
        for mix in mixes {
            for prepares in ["auto", "disable"] {
                let (passed, text) = sysbench(&weir, schema, mix, prepares, "run");
                assert!(passed && !text.contains("FATAL"), "{mix}, --db-ps-mode={prepares}:\n{text}");
                let rate = |what: &str| per_second(&text, what).unwrap_or_else(|| panic!("no {what} in:\n{text}"));
                println!("{mix}, --db-ps-mode={prepares}: {} queries/s", rate("queries:"));
                assert!(rate("transactions:") > 0.0, "nothing was done:\n{text}");
                assert!(rate("reconnects:").abs() < f64::EPSILON, "connections were lost:\n{text}");
            }
        }
        assert_eq!(rows(&weir, schema).await, u64::from(TABLES * ROWS), "each delete is followed by its insert");
    }
}

async fn weir() -> Weir {
    let instances: Vec<&Server> = Fleet::shared(Brand::MariaDb).unwrap().instances.iter().take(2).collect();
    create_shards("pair", &instances).await;
    create_shards("one", &instances[..1]).await;
    let rules = |schema: &str, shards: String| {
        let tables: String =
            (1..=TABLES).map(|number| format!("  sbtest{number}: {{ dbpartition: hash(id) }}\n")).collect();
        format!("schema: {schema}\n{shards}default: {{ single: {schema}_00 }}\ntables:\n{tables}")
    };
    Setup::over(instances)
        .rules("pair", rules("pair", eight_shards("pair", 2)))
        .rules("one", rules("one", eight_shards("one", 1)))
        .start()
}

fn sysbench(weir: &Weir, schema: &str, mix: &str, prepares: &str, verb: &str) -> (bool, String) {
    let mut command = Command::new("sysbench");
    command.arg(mix).args(["--db-driver=mysql", "--mysql-host=127.0.0.1", "--report-interval=0"]);
    command.arg(format!("--mysql-port={}", weir.port)).arg(format!("--mysql-user={APP}"));
    command.arg(format!("--mysql-password={APP_PASSWORD}")).arg(format!("--mysql-db={schema}"));
    command.arg(format!("--tables={TABLES}")).arg(format!("--table-size={ROWS}"));
    command.arg(format!("--threads={}", if verb == "prepare" { TABLES } else { THREADS }));
    command.arg(format!("--time={}", seconds())).arg(format!("--db-ps-mode={prepares}")).arg(verb);
    output_of(&mut command)
}

fn seconds() -> u32 {
    std::env::var("SECONDS_EACH").map_or(60, |text| text.parse().expect("SECONDS_EACH is a number"))
}

/// The figure in parentheses of a line like `transactions:  1234  (123.45 per sec.)`.
fn per_second(text: &str, what: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.trim_start().starts_with(what))?;
    line.split('(').nth(1)?.split_whitespace().next()?.parse().ok()
}

async fn rows(weir: &Weir, schema: &str) -> u64 {
    let mut conn = weir.connect(schema).await;
    let mut rows = 0;
    for number in 1..=TABLES {
        rows += conn.query_first::<u64, _>(format!("SELECT COUNT(*) FROM sbtest{number}")).await.unwrap().unwrap();
    }
    rows
}
