//! TPC-H at scale 0.01: the data loaded through Weir over two instances, and its 22 queries, each answered exactly as
//! one plain server answers it or refused by name.

use std::fmt::Display;

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
async fn tpch_answers_are_one_servers_answers_or_refused_by_name() {
    let fleet = Fleet::shared(Brand::MariaDb).unwrap();
    let script = Script::parse("tpch", include_str!("suites/tpch.sql"));
    assert_eq!(script.statements.len(), 22);
    let instances: Vec<&Server> = fleet.instances.iter().take(2).collect();
    create_shards("tpch", &instances).await;
    let rules = format!(
        "schema: tpch\n{}default: {{ single: tpch_00 }}\ntables:\n{}\n",
        eight_shards("tpch", 2),
        script.rules.join("\n")
    );
    let mut direct = fleet.plain.connect().await;
    direct.query_drop("DROP DATABASE IF EXISTS tpch; CREATE DATABASE tpch").await.unwrap();
    let mut direct = connect(fleet.plain.port, USER, PASSWORD, Some("tpch")).await.unwrap();
    let weir = Setup::over(instances).rules("tpch", rules).start();
    let mut through = weir.connect("tpch").await;
    load(&mut direct).await;
    load(&mut through).await;
    let mut found = Vec::new();
    for mode in MODES {
        let expected = run(&mut direct, &script, mode, fleet.plain.brand, Side::Plain).await;
        let answers = run(&mut through, &script, mode, fleet.plain.brand, Side::Weir).await;
        for (number, answer) in (1..).zip(answers.iter().flatten()) {
            let outcome = answer.errno.map_or_else(|| "answered".to_owned(), |errno| format!("refused with {errno}"));
            println!("TPC-H Q{number} {mode:?}: {outcome}");
        }
        assert!(expected.iter().flatten().any(|answer| answer.rows.len() > 1), "the queries find something");
        found.extend(compare(&script, &expected, &answers, (Side::Weir, Brand::MariaDb)));
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

async fn load(conn: &mut Conn) {
    for table in TABLES {
        conn.query_drop(table).await.unwrap();
    }
    insert(conn, "region", RegionGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "nation", NationGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "part", PartGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "supplier", SupplierGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "partsupp", PartSuppGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "customer", CustomerGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "orders", OrderGenerator::new(SCALE, 1, 1).iter()).await;
    insert(conn, "lineitem", LineItemGenerator::new(SCALE, 1, 1).iter()).await;
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
