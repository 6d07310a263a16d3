//! TPC-H: the data loaded through Weir over two instances of four databases each, and its 22 queries, each answered
//! exactly as one plain server answers it; with small tables copied everywhere, and with all but the
//! smallest split.
//!
//! At scale 0.01 with every test. `make tpch` runs it at TPCH_SCALE=0.1, times each query TPCH_ROUNDS times on both
//! sides, one after the other, and writes `target/tpch/<server>.json`; TPCH_LAYOUT is `copied` or `split`, TPCH_QUERIES
//! chooses some to time, by their numbers: `13,22`.

use std::fmt::{Display, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

use crate::differential::{MODES, Script, Side, compare, run};
use crate::servers::{Brand, Fleet, PASSWORD, Server, USER, connect};
use crate::weir::{Setup, create_shards, eight_shards};

const SCALE: f64 = 0.01;

/// Rules beside those of the script, where tables that it copies are split.
const SPLIT: [&str; 4] = [
    "  part: { dbpartition: hash(p_partkey), tbpartition: hash(p_partkey), tbpartitions: 2 }",
    "  partsupp: { dbpartition: hash(ps_partkey), tbpartition: hash(ps_partkey), tbpartitions: 2, binding: part }",
    "  supplier: { dbpartition: hash(s_suppkey) }",
    "  customer: { dbpartition: hash(c_custkey), tbpartition: hash(c_custkey), tbpartitions: 2 }",
];
const ROWS_PER_INSERT: usize = 500;

const TABLES: [&str; 8] = [
    "CREATE TABLE region (r_regionkey INT NOT NULL PRIMARY KEY, r_name CHAR(25) NOT NULL, r_comment VARCHAR(152))",
    "CREATE TABLE nation (n_nationkey INT NOT NULL PRIMARY KEY, n_name CHAR(25) NOT NULL, n_regionkey INT NOT NULL, \
     n_comment VARCHAR(152))",
    "CREATE TABLE part (p_partkey INT NOT NULL PRIMARY KEY, p_name VARCHAR(55) NOT NULL, p_mfgr CHAR(25) NOT NULL, \
     p_brand CHAR(10) NOT NULL, p_type VARCHAR(25) NOT NULL, p_size INT NOT NULL, p_container CHAR(10) NOT NULL, \
     p_retailprice DECIMAL(15,2) NOT NULL, p_comment VARCHAR(23) NOT NULL)",
    "CREATE TABLE supplier (s_suppkey INT NOT NULL PRIMARY KEY, s_name CHAR(25) NOT NULL, s_address VARCHAR(40) NOT NULL, \
     s_nationkey INT NOT NULL, s_phone CHAR(15) NOT NULL, s_acctbal DECIMAL(15,2) NOT NULL, \
     s_comment VARCHAR(101) NOT NULL)",
    "CREATE TABLE partsupp (ps_partkey INT NOT NULL, ps_suppkey INT NOT NULL, ps_availqty INT NOT NULL, \
     ps_supplycost DECIMAL(15,2) NOT NULL, ps_comment VARCHAR(199) NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey))",
    "CREATE TABLE customer (c_custkey INT NOT NULL PRIMARY KEY, c_name VARCHAR(25) NOT NULL, \
     c_address VARCHAR(40) NOT NULL, c_nationkey INT NOT NULL, c_phone CHAR(15) NOT NULL, \
     c_acctbal DECIMAL(15,2) NOT NULL, c_mktsegment CHAR(10) NOT NULL, c_comment VARCHAR(117) NOT NULL)",
    "CREATE TABLE orders (o_orderkey INT NOT NULL PRIMARY KEY, o_custkey INT NOT NULL, o_orderstatus CHAR(1) NOT NULL, \
     o_totalprice DECIMAL(15,2) NOT NULL, o_orderdate DATE NOT NULL, o_orderpriority CHAR(15) NOT NULL, \
     o_clerk CHAR(15) NOT NULL, o_shippriority INT NOT NULL, o_comment VARCHAR(79) NOT NULL, KEY (o_custkey))",
    "CREATE TABLE lineitem (l_orderkey INT NOT NULL, l_partkey INT NOT NULL, l_suppkey INT NOT NULL, \
     l_linenumber INT NOT NULL, l_quantity DECIMAL(15,2) NOT NULL, l_extendedprice DECIMAL(15,2) NOT NULL, \
     l_discount DECIMAL(15,2) NOT NULL, l_tax DECIMAL(15,2) NOT NULL, l_returnflag CHAR(1) NOT NULL, \
     l_linestatus CHAR(1) NOT NULL, l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL, l_receiptdate DATE NOT NULL, \
     l_shipinstruct CHAR(25) NOT NULL, l_shipmode CHAR(10) NOT NULL, l_comment VARCHAR(44) NOT NULL, \
     PRIMARY KEY (l_orderkey, l_linenumber), KEY (l_partkey, l_suppkey))",
];

#[tokio::test]
async fn tpch_answers_are_one_servers_answers() {
    let fleet = Fleet::shared(Brand::MariaDb).unwrap();
    for layout in ["copied", "split"] {
        let found = Run { fleet, layout, scale: SCALE, rounds: 0 }.all().await;
        assert!(found.is_empty(), "{layout}: {}", found.join("\n\n"));
    }
}

#[tokio::test]
#[ignore = "takes minutes; make tpch runs it"]
async fn tpch_is_timed_against_one_server() {
    let Some(scale) = knob("TPCH_SCALE") else {
        println!("SKIPPED timing of TPC-H: make tpch sets TPCH_SCALE");
        return;
    };
    let scale = scale.parse().expect("TPCH_SCALE is a number");
    let rounds = knob("TPCH_ROUNDS").map_or(3, |text| text.parse().expect("TPCH_ROUNDS is a number"));
    let layout = if knob("TPCH_LAYOUT").is_some_and(|layout| layout == "split") { "split" } else { "copied" };
    for brand in [Brand::MariaDb, Brand::MySql] {
        if knob("TPCH_BRAND").is_some_and(|only| !only.eq_ignore_ascii_case(&format!("{brand:?}"))) {
            continue;
        }
        match Fleet::shared(brand) {
            Ok(fleet) => {
                let found = Run { fleet, layout, scale, rounds }.all().await;
                assert!(found.is_empty(), "{brand:?}: {}", found.join("\n\n"));
            }
            Err(why) => println!("SKIPPED TPC-H on {brand:?}: {why}"),
        }
    }
}

fn knob(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

struct Run {
    fleet: &'static Fleet,
    layout: &'static str,
    scale: f64,
    rounds: usize,
}

// === impl Run ===

impl Run {
    /// What differs.
    async fn all(&self) -> Vec<String> {
        let brand = self.fleet.plain.brand;
        let script = Script::parse("tpch", include_str!("suites/tpch.sql"));
        assert_eq!(script.statements.len(), 22);
        let instances: Vec<&Server> = self.fleet.instances.iter().take(2).collect();
        create_shards("tpch", &instances).await;
        let mut lines = script.rules.clone();
        if self.layout == "split" {
            let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
            lines.retain(|line| SPLIT.iter().all(|split| name(split) != name(line)));
            lines.extend(SPLIT.iter().map(|line| (*line).to_owned()));
        }
        let shards = eight_shards("tpch", 2);
        let rules = format!("schema: tpch\n{shards}default: {{ single: tpch_00 }}\ntables:\n{}\n", lines.join("\n"));
        let mut direct = self.fleet.plain.connect().await;
        direct.query_drop("DROP DATABASE IF EXISTS tpch; CREATE DATABASE tpch").await.unwrap();
        let mut direct = connect(self.fleet.plain.port, USER, PASSWORD, Some("tpch")).await.unwrap();
        let weir = Setup::over(instances).rules("tpch", rules).start();
        let mut through = weir.connect("tpch").await;
        load(&mut direct, self.scale).await;
        load(&mut through, self.scale).await;
        let mut found = Vec::new();
        for mode in MODES {
            let expected = run(&mut direct, &script, mode, brand, Side::Plain).await;
            let answers = run(&mut through, &script, mode, brand, Side::Weir).await;
            for (number, answer) in (1..).zip(answers.iter().flatten()) {
                if let Some(errno) = answer.errno {
                    println!("TPC-H {} Q{number} {mode:?}: refused with {errno}: {}", self.layout, answer.message());
                }
            }
            let answered = answers.iter().flatten().filter(|answer| answer.errno.is_none()).count();
            println!("TPC-H {brand:?} {} {mode:?}: {answered} of 22 answered", self.layout);
            assert!(expected.iter().flatten().any(|answer| answer.rows.len() > 1), "the queries find something");
            found.extend(compare(&script, &expected, &answers, (Side::Weir, brand)));
        }
        if self.rounds > 0 {
            self.time(&script, &mut direct, &mut through).await;
        }
        found
    }

    /// Times each query on both sides, and prints and writes the medians.
    async fn time(&self, script: &Script, direct: &mut Conn, through: &mut Conn) {
        let brand = format!("{:?}", self.fleet.plain.brand).to_ascii_lowercase();
        println!("{brand}, scale {}, layout {}, medians of {} rounds, ms", self.scale, self.layout, self.rounds);
        println!("query   one server         weir     ratio");
        let mut entries = Vec::new();
        let (mut all_direct, mut all_through) = (0.0, 0.0);
        let chosen = knob("TPCH_QUERIES");
        let chosen = |number: &str| chosen.as_ref().is_none_or(|only| only.split(',').any(|one| one.trim() == number));
        for (number, statement) in (1..).zip(&script.statements) {
            let number: i32 = number;
            if !chosen(&number.to_string()) {
                continue;
            }
            let (mut one, mut weir) = (Vec::new(), Vec::new());
            let mut refused = None;
            for _ in 0..self.rounds {
                one.push(timed(direct, &statement.sql).await.expect("the plain server answers"));
                match timed(through, &statement.sql).await {
                    Ok(time) => weir.push(time),
                    Err(why) => refused = Some(why),
                }
            }
            if let Some(why) = refused {
                println!("Q{number:<4} refused: {why}");
                entries
                    .push(format!("    {{ \"query\": {number}, \"one_ms\": {:.1}, \"weir_ms\": null }}", median(one)));
                continue;
            }
            let (one, weir) = (median(one), median(weir));
            all_direct += one;
            all_through += weir;
            println!("Q{number:<4} {one:>12.1} {weir:>12.1} {:>9.2}", weir / one);
            entries.push(format!("    {{ \"query\": {number}, \"one_ms\": {one:.1}, \"weir_ms\": {weir:.1} }}"));
        }
        println!("all   {all_direct:>12.1} {all_through:>12.1} {:>9.2}", all_through / all_direct);
        let mut text = String::new();
        writeln!(
            text,
            "{{\n  \"server\": \"{brand}\", \"scale\": {}, \"layout\": \"{}\", \"rounds\": {},\n  \"queries\": [\n{}\n  ],\n  \
             \"all\": {{ \"one_ms\": {all_direct:.1}, \"weir_ms\": {all_through:.1}, \"ratio\": {:.3} }}\n}}",
            self.scale,
            self.layout,
            self.rounds,
            entries.join(",\n"),
            all_through / all_direct
        )
        .unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tpch");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{brand}-{}.json", self.layout)), text).unwrap();
    }
}

async fn timed(conn: &mut Conn, sql: &str) -> Result<Duration, String> {
    let start = Instant::now();
    conn.query::<mysql_async::Row, _>(sql).await.map_err(|error| error.to_string())?;
    Ok(start.elapsed())
}

/// In milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

async fn load(conn: &mut Conn, scale: f64) {
    for table in TABLES {
        conn.query_drop(table).await.unwrap();
    }
    insert(conn, "region", RegionGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "nation", NationGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "part", PartGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "supplier", SupplierGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "partsupp", PartSuppGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "customer", CustomerGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "orders", OrderGenerator::new(scale, 1, 1).iter()).await;
    insert(conn, "lineitem", LineItemGenerator::new(scale, 1, 1).iter()).await;
    conn.query_drop("ANALYZE TABLE lineitem, orders, customer, part, partsupp, supplier").await.ok();
}

/// The generator's rows are texts with `|` after each value.
async fn insert<R: Display>(conn: &mut Conn, table: &str, rows: impl Iterator<Item = R>) {
    let rows: Vec<String> = rows.map(|row| row.to_string()).collect();
    for some in rows.chunks(ROWS_PER_INSERT) {
        let values: Vec<String> = some
            .iter()
            .map(|row| format!("('{}')", row.trim_end_matches('|').replace('\'', "''").replace('|', "','")))
            .collect();
        conn.query_drop(format!("INSERT INTO {table} VALUES {}", values.join(","))).await.unwrap();
        let inserted = usize::try_from(conn.affected_rows()).expect("a count");
        assert_eq!(inserted, some.len(), "{table}");
    }
}
