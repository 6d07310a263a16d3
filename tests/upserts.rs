//! REPLACE and ON DUPLICATE KEY UPDATE by unique keys that do not contain the shard key, beyond their answers
//! (`differential/upserts.sql` compares those): clients at the same time, and what is refused because of what is there.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};

use crate::servers::Server;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const DEADLOCK: u16 = 1213;
const REFUSED: u16 = 21001;

/// `m` is split by `region` over two instances; `email` is unique in each of its tables.
async fn two_instances() -> ([Server; 2], Weir) {
    let servers = [Server::mariadb(), Server::mariadb()];
    create_shards("shop", &[&servers[0], &servers[1]]).await;
    let tables = "  m: { dbpartition: hash(region) }\n";
    let weir = Setup::over(&servers).rules("shop", rules_over_eight("shop", "shop", 2, tables)).start();
    let columns = "id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, region INT NOT NULL, email VARCHAR(20) NOT NULL, \
                   n INT NOT NULL DEFAULT 1, UNIQUE KEY email (email)";
    weir.connect("shop").await.query_drop(format!("CREATE TABLE m ({columns})")).await.unwrap();
    (servers, weir)
}

async fn errno(conn: &mut Conn, statement: &str) -> u16 {
    match conn.query_drop(statement).await {
        Err(Error::Server(error)) => error.code,
        Err(broken) => panic!("{statement}: {broken}"),
        Ok(()) => 0,
    }
}

#[tokio::test]
async fn clients_that_add_the_same_values_at_different_nodes_add_each_once() {
    const CLIENTS: u32 = 3;
    const ROUNDS: u32 = 12;
    let (_servers, weir) = two_instances().await;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let mut conn = weir.connect("shop").await;
        clients.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                let sql = format!(
                    "INSERT INTO m (region, email) VALUES ({}, 'e{}') ON DUPLICATE KEY UPDATE n = n + 1",
                    client * 100 + round,
                    round / 3
                );
                // Weir has tried it several times; like any client of one server, we try once more.
                loop {
                    match errno(&mut conn, &sql).await {
                        0 => break,
                        number => assert_eq!(number, DEADLOCK, "{sql}"),
                    }
                }
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let mut conn = weir.connect("shop").await;
    let counts = "SELECT COUNT(*), COUNT(DISTINCT email), SUM(n) FROM m";
    let counts: (u32, u32, u32) = conn.query_first(counts).await.unwrap().unwrap();
    assert_eq!(counts, (ROUNDS / 3, ROUNDS / 3, CLIENTS * ROUNDS));
}

#[tokio::test]
async fn a_value_that_a_transaction_looks_up_is_not_added_meanwhile() {
    let (_servers, weir) = two_instances().await;
    let (mut conn, mut other) = (weir.connect("shop").await, weir.connect("shop").await);
    conn.query_drop("BEGIN").await.unwrap();
    conn.query_drop("REPLACE INTO m (region, email) VALUES (1, 'x')").await.unwrap();
    // At another node, where nothing but the lock keeps it out.
    other.query_drop("SET innodb_lock_wait_timeout = 1").await.unwrap();
    assert_eq!(errno(&mut other, "INSERT INTO m (region, email) VALUES (2, 'x')").await, 1205);
    conn.query_drop("COMMIT").await.unwrap();
    let met = "INSERT INTO m (region, email) VALUES (3, 'x') ON DUPLICATE KEY UPDATE n = 5";
    assert_eq!(errno(&mut other, met).await, 0);
    let rows: Vec<(u32, String, u32)> = conn.query("SELECT region, email, n FROM m").await.unwrap();
    assert_eq!(rows, [(1, "x".to_owned(), 5)]);
}

#[tokio::test]
async fn a_value_that_is_there_twice_already_is_refused() {
    let (_servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("INSERT INTO m (region, email) VALUES (1, 'x'), (2, 'x'), (3, 'y')").await.unwrap();
    let replace = "REPLACE INTO m (region, email) VALUES (4, 'x')";
    assert_eq!(errno(&mut conn, replace).await, REFUSED);
    conn.query_drop("DELETE FROM m WHERE region = 1").await.unwrap();
    assert_eq!(errno(&mut conn, replace).await, 0);
    let rows: Vec<u32> = conn.query("SELECT region FROM m ORDER BY region").await.unwrap();
    assert_eq!(rows, [3, 4]);
}

#[tokio::test]
async fn rows_that_others_depend_on_are_not_taken_for_new_ones() {
    let (servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("INSERT INTO m (region, email) VALUES (1, 'x')").await.unwrap();
    let trigger =
        |n: u32| format!("CREATE TRIGGER shop_0{n}.g BEFORE INSERT ON shop_0{n}.m FOR EACH ROW SET NEW.n = 7");
    for n in 0..8 {
        servers[n as usize / 4].connect().await.query_drop(trigger(n)).await.unwrap();
    }
    let met = "INSERT INTO m (region, email) VALUES (2, 'x') ON DUPLICATE KEY UPDATE n = n + 1";
    assert_eq!(errno(&mut conn, met).await, REFUSED);
    let new = "INSERT INTO m (region, email) VALUES (2, 'z') ON DUPLICATE KEY UPDATE n = n + 1";
    assert_eq!(errno(&mut conn, new).await, 0);
    let rows: Vec<(String, u32)> = conn.query("SELECT email, n FROM m ORDER BY email").await.unwrap();
    assert_eq!(rows, [("x".to_owned(), 1), ("z".to_owned(), 7)]);
}
