//! INSERT … SELECT and CREATE TABLE … SELECT of many times the rows that Weir may hold: they pass through it.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::servers::{Brand, Server};
use crate::transactions::{errno, on_both, run};
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const DUPLICATE_KEY: u16 = 1062;
/// `limits.max_merge_bytes`: as little as there can be.
const HELD: u64 = 1 << 20;
const BODY: u64 = 64 * 1024;
/// So many rows there are in the end: 32 MiB.
const ROWS: u64 = 512;
/// How much Weir may grow meanwhile: by the rows on their way, less than half of this, and by what else it has not needed yet.
const GROWTH_KIB: u64 = 26 * 1024;

on_both! {
    rows_of_any_size_pass_through: rows;
}

/// The table that rows come from is split by another key than those that they go to.
async fn field(brand: Brand) -> Option<([Server; 2], Weir)> {
    let servers = match (Server::of(brand), Server::of(brand)) {
        (Ok(a), Ok(b)) => [a, b],
        (Err(why), _) | (_, Err(why)) => {
            assert_eq!(brand, Brand::MySql, "{why}");
            println!("SKIPPED large writes on MySQL 9: {why}");
            return None;
        }
    };
    create_shards("shop", &[&servers[0], &servers[1]]).await;
    let tables =
        "  src: { dbpartition: hash(id) }\n  dst: { dbpartition: hash(k) }\n  made: { dbpartition: hash(k) }\n";
    let weir = Setup::over(&servers)
        .setting(&format!("limits: {{ max_merge_bytes: {HELD} }}"))
        .rules("shop", rules_over_eight("shop", "shop", 2, tables))
        .start();
    Some((servers, weir))
}

async fn counted(conn: &mut Conn, table: &str) -> (u64, u64, u64) {
    let sql = format!("SELECT COUNT(*), COALESCE(SUM(k), 0), COALESCE(SUM(LENGTH(body)), 0) FROM {table}");
    conn.query_first(sql).await.unwrap().expect("a row")
}

async fn rows(brand: Brand) {
    let Some((_servers, weir)) = field(brand).await else { return };
    let mut conn = weir.connect("shop").await;
    run(
        &mut conn,
        &[
            "CREATE TABLE src (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, body MEDIUMTEXT NOT NULL)",
            "CREATE TABLE dst (k INT NOT NULL PRIMARY KEY, body MEDIUMTEXT NOT NULL)",
        ],
    )
    .await;
    let first: Vec<String> = (0..16).map(|id| format!("({id}, {}, REPEAT('{}', {BODY}))", 511 - id, id % 10)).collect();
    run(&mut conn, &[&format!("INSERT INTO src VALUES {}", first.join(","))]).await;
    // What has been written is not read again: each time there are twice as many rows, not more.
    let mut there = 16;
    let mut before = 0;
    while there < ROWS {
        run(&mut conn, &[&format!("INSERT INTO src SELECT id + {there}, k - {there}, body FROM src")]).await;
        assert_eq!((conn.affected_rows(), &*conn.info()), (there, &*told(there)));
        if before == 0 {
            before = weir.process().peak_kib();
        }
        there *= 2;
    }
    let all = (ROWS, ROWS * (ROWS - 1) / 2, ROWS * BODY);
    assert_eq!(counted(&mut conn, "src").await, all);

    // The last row of all is there already: nothing of the others stays, alone or in a transaction.
    run(&mut conn, &["INSERT INTO dst VALUES (511, '')"]).await;
    let copy = "INSERT INTO dst SELECT k, body FROM src";
    assert_eq!(errno(&mut conn, copy).await, DUPLICATE_KEY);
    assert_eq!(counted(&mut conn, "dst").await, (1, 511, 0));
    run(&mut conn, &["BEGIN", "INSERT INTO dst VALUES (1000, 'own')"]).await;
    assert_eq!(errno(&mut conn, copy).await, DUPLICATE_KEY);
    assert_eq!(counted(&mut conn, "dst").await, (2, 1511, 3));
    run(&mut conn, &["COMMIT", "DELETE FROM dst WHERE k > 0"]).await;

    run(&mut conn, &["BEGIN", copy]).await;
    assert_eq!((conn.affected_rows(), &*conn.info()), (ROWS, &*told(ROWS)));
    assert_eq!(counted(&mut conn, "dst").await, all);
    run(&mut conn, &["ROLLBACK"]).await;
    assert_eq!(counted(&mut conn, "dst").await, (0, 0, 0));
    run(&mut conn, &[copy, "CREATE TABLE made (PRIMARY KEY (k)) SELECT k, body FROM src"]).await;
    assert_eq!(counted(&mut conn, "dst").await, all);
    assert_eq!(counted(&mut conn, "made").await, all);
    run(&mut conn, &["REPLACE INTO dst SELECT k, UPPER(body) FROM src"]).await;
    assert_eq!(counted(&mut conn, "dst").await, all);
    let grown = weir.process().peak_kib() - before;
    println!("{brand:?}: {} KiB of rows, {grown} KiB of memory", ROWS * BODY / 1024);
    assert!(grown < GROWTH_KIB, "{grown} KiB for {} KiB of rows", ROWS * BODY / 1024);
}

fn told(records: u64) -> String {
    format!("Records: {records}  Duplicates: 0  Warnings: 0")
}
