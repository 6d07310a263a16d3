//! Isolation levels over several instances: a transaction has one on all of its branches.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::servers::{Brand, Server};
use crate::transactions::{Pair, on_both, run, value};

on_both! {
    a_level_that_is_set_meanwhile_counts_from_the_next_transaction_on: meanwhile;
    what_meets_others_is_written_though_servers_log_statements: logged;
}

/// Reads an account of the second instance twice, while another client changes it: both values.
async fn around_a_change(conn: &mut Conn, other: &mut Conn) -> (i64, i64) {
    let before = value(conn, 4).await;
    run(other, &["UPDATE t SET v = v + 1 WHERE id = 4"]).await;
    (before, value(conn, 4).await)
}

async fn meanwhile(brand: Brand) {
    let Some(pair) = Pair::of(brand).await else { return };
    let mut other = pair.connect().await;
    let committed = ["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"];
    let repeatable = ["SET SESSION transaction_isolation = 'REPEATABLE-READ'"];
    for autocommit in ["SET autocommit = 1", "SET autocommit = 0"] {
        let mut conn = pair.connect().await;
        run(&mut conn, &[autocommit, "BEGIN"]).await;
        value(&mut conn, 0).await;
        run(&mut conn, &committed).await;
        let (first, second) = around_a_change(&mut conn, &mut other).await;
        assert_eq!(second, first, "{autocommit}: a branch that was opened later has the level of the next transaction");
        run(&mut conn, &["COMMIT AND CHAIN"]).await;
        let (first, second) = around_a_change(&mut conn, &mut other).await;
        assert_eq!(second, first, "{autocommit}: a chained transaction has the level of the one before");
        run(&mut conn, &["COMMIT", "BEGIN"]).await;
        value(&mut conn, 0).await;
        run(&mut conn, &repeatable).await;
        let (first, second) = around_a_change(&mut conn, &mut other).await;
        assert_eq!(second, first + 1, "{autocommit}: the level that was set before counts now");
        run(&mut conn, &["COMMIT", "BEGIN"]).await;
        let (first, second) = around_a_change(&mut conn, &mut other).await;
        assert_eq!(second, first, "{autocommit}: and so does the other one again");
        run(&mut conn, &["COMMIT"]).await;
    }
}

/// A server that logs statements takes no write in READ COMMITTED, in which rows that new ones meet are looked up.
async fn logged(brand: Brand) {
    let started = [Server::logging_statements(brand), Server::logging_statements(brand)];
    let Some(pair) = Pair::over(brand, started).await else { return };
    let mut conn = pair.connect().await;
    let logs: (u32, String) =
        pair.servers[0].connect().await.query_first("SELECT @@log_bin, @@binlog_format").await.unwrap().expect("a row");
    assert_eq!(logs, (1, "STATEMENT".to_owned()));
    run(&mut conn, &["ALTER TABLE t ADD COLUMN mail VARCHAR(20), ADD UNIQUE KEY mail (mail)"]).await;
    run(&mut conn, &["UPDATE t SET mail = CONCAT('m', id) WHERE id >= 0"]).await;
    // Row 4 is on the other instance than row 16 would be.
    run(&mut conn, &["INSERT INTO t VALUES (16, 1, 'm4') ON DUPLICATE KEY UPDATE v = 7"]).await;
    assert_eq!(conn.affected_rows(), 2);
    assert_eq!(value(&mut conn, 4).await, 7);
    run(&mut conn, &["REPLACE INTO t VALUES (17, 5, 'm5')"]).await;
    assert_eq!(conn.affected_rows(), 2);
    let rows: Vec<(u32, u32)> = conn.query("SELECT id, v FROM t WHERE mail IN ('m4', 'm5') ORDER BY id").await.unwrap();
    assert_eq!(rows, [(4, 7), (17, 5)]);
    // What one server refuses is refused.
    let met = "REPLACE INTO t VALUES (18, 5, 'm6')";
    run(&mut conn, &["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"]).await;
    assert_eq!(crate::transactions::errno(&mut conn, met).await, 1665);
}
