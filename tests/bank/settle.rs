//! What is left on the servers when all is over: branches in doubt, open transactions; and whose they are.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row, Value};

use crate::servers::Server;

/// No branch stays in doubt, and no transaction open, for longer once all Weirs and servers are up.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// Both servers show INNODB_TRX as it was at the last look while somebody looks more often than every 0.1 s: one who
/// looks every 0.05 s sees a transaction for ever that was open at the first look.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Transactions that are open, whose they are and what they do.
const OPEN_TRANSACTIONS: &str = "SELECT p.host, trx_mysql_thread_id AS thread, trx_id, trx_state, \
    TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS open_s, trx_operation_state, trx_isolation_level, trx_rows_locked, \
    trx_rows_modified, p.command, p.time AS for_s, p.state, p.info \
    FROM information_schema.innodb_trx JOIN information_schema.processlist p ON p.id = trx_mysql_thread_id";

/// Waits until no branch is in doubt and no transaction is open on any server; says how long it took, and what stayed.
/// `whose` tells of a server's client by its port.
pub(crate) async fn settle(servers: &[Server], whose: impl Fn(usize, u16) -> String) -> (Duration, Vec<String>) {
    let began = Instant::now();
    loop {
        let left = left(servers, &whose).await;
        let waited = began.elapsed();
        if left.is_empty() || waited > SETTLED_WITHIN {
            return (waited, left);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn left(servers: &[Server], whose: impl Fn(usize, u16) -> String) -> Vec<String> {
    let mut left = Vec::new();
    for (number, server) in servers.iter().enumerate() {
        let mut conn = server.connect().await;
        let prepared: Vec<Row> = conn.query("XA RECOVER").await.expect("a list");
        left.extend(prepared.into_iter().map(|row| format!("in doubt on server {number}: {}", told(row))));
        let open: Vec<Row> = conn.query(OPEN_TRANSACTIONS).await.expect("a list");
        left.extend(open.into_iter().map(|row| {
            let port = row.get::<Option<String>, _>(0).flatten().and_then(|host| host.rsplit(':').next()?.parse().ok());
            let whose = port.map_or_else(|| "nobody's".to_owned(), |port| whose(number, port));
            format!("open on server {number}, {whose}: {}", told(row))
        }));
    }
    left
}

/// The rows of a statement, for whoever looks into what is left; its error if it fails.
pub(crate) async fn answer(conn: &mut Conn, statement: &str) -> String {
    match conn.query::<Row, _>(statement).await {
        Ok(rows) => rows.into_iter().map(|row| format!("\n  {}", told(row))).collect(),
        Err(error) => format!("\n  {error}"),
    }
}

/// `name=value` of all columns that are not NULL.
fn told(row: Row) -> String {
    let columns = row.columns();
    let value = |value| match value {
        Value::Bytes(text) => String::from_utf8_lossy(&text).into_owned(),
        other => other.as_sql(true),
    };
    let cells = columns.iter().zip(row.unwrap()).filter(|(_, cell)| *cell != Value::NULL);
    cells.map(|(column, cell)| format!("{}={}", column.name_str(), value(cell))).collect::<Vec<_>>().join(" ")
}

mod looks {
    use super::*;
    use crate::servers::Brand;

    /// What was open at the first look, and ends then, is seen to have ended.
    async fn what_ends_is_seen_to_end(brand: Brand) {
        let server = match Server::of(brand) {
            Ok(server) => server,
            Err(why) => {
                assert_eq!(brand, Brand::MySql, "{why}");
                return println!("SKIPPED looks on MySQL 9: {why}");
            }
        };
        let mut conn = server.connect().await;
        for statement in ["CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY) ENGINE=InnoDB", "BEGIN"] {
            conn.query_drop(statement).await.unwrap();
        }
        conn.query_drop("INSERT INTO d.t VALUES (1)").await.unwrap();
        let servers = [server];
        let seen = std::cell::Cell::new(0);
        let whose = |_, _| {
            seen.set(seen.get() + 1);
            "the test's".to_owned()
        };
        let ending = async {
            tokio::time::sleep(LOOK_EVERY * 2).await;
            conn.query_drop("ROLLBACK").await.unwrap();
        };
        let ((settled, left), ()) = tokio::join!(settle(&servers, whose), ending);
        assert_eq!(left, Vec::<String>::new(), "after {settled:?}");
        assert!(seen.get() > 0, "it was never seen to be open");
    }

    #[tokio::test]
    async fn mariadb() {
        what_ends_is_seen_to_end(Brand::MariaDb).await;
    }

    #[tokio::test]
    async fn mysql() {
        what_ends_is_seen_to_end(Brand::MySql).await;
    }
}
