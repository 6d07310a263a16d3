//! Writes of tables without a key by way of a merge node, beyond their answers (`differential/no_key*.sql` compare those):
//! clients at the same time, and what is refused because of what depends on the rows.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};

use crate::servers::Server;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const DEADLOCK: u16 = 1213;
const REFUSED: u16 = 21001;

/// `m` has no key and is split over two instances; `steps` has one row.
async fn two_instances() -> ([Server; 2], Weir) {
    let servers = [Server::mariadb(), Server::mariadb()];
    create_shards("shop", &[&servers[0], &servers[1]]).await;
    let tables = "  m: { dbpartition: hash(k) }\n  steps: { dbpartition: hash(id) }\n";
    let weir = Setup::over(&servers).rules("shop", rules_over_eight("shop", "shop", 2, tables)).start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE m (k INT, name VARCHAR(10), n INT)").await.unwrap();
    conn.query_drop("CREATE TABLE steps (id INT NOT NULL PRIMARY KEY, step INT)").await.unwrap();
    conn.query_drop("INSERT INTO steps VALUES (3, 1)").await.unwrap();
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
async fn clients_that_change_equal_rows_change_each_as_often_as_they_say() {
    const CLIENTS: i64 = 3;
    const ROUNDS: i64 = 8;
    let (_servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("INSERT INTO m VALUES (1, 'a', 0), (1, 'a', 0), (2, 'a', 0), (NULL, NULL, 0)").await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut conn = weir.connect("shop").await;
        clients.push(tokio::spawn(async move {
            let mut made = 0;
            while made < ROUNDS {
                match errno(&mut conn, "UPDATE m JOIN steps ON steps.id = 3 SET m.n = m.n + step WHERE m.n >= 0").await
                {
                    0 => made += 1,
                    DEADLOCK => {}
                    other => panic!("{other}"),
                }
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let rows: Vec<(Option<i64>, i64)> = conn.query("SELECT k, n FROM m ORDER BY k").await.unwrap();
    let all = CLIENTS * ROUNDS;
    assert_eq!(rows, [(None, all), (Some(1), all), (Some(1), all), (Some(2), all)]);
}

#[tokio::test]
async fn rows_on_which_others_depend_are_not_written_without_a_key() {
    let (servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("INSERT INTO m VALUES (1, 'a', 1), (2, 'b', 2)").await.unwrap();
    let update = "UPDATE m JOIN steps ON steps.id = 3 SET m.n = m.n + step WHERE m.k > 0";
    assert_eq!(errno(&mut conn, update).await, 0);
    for n in 0..8 {
        let trigger = format!("CREATE TRIGGER shop_0{n}.g BEFORE UPDATE ON shop_0{n}.m FOR EACH ROW SET NEW.n = 7");
        servers[n / 4].connect().await.query_drop(trigger).await.unwrap();
    }
    assert_eq!(errno(&mut conn, update).await, REFUSED);
    assert_eq!(errno(&mut conn, "DELETE FROM m WHERE k > 0 ORDER BY n LIMIT 1").await, REFUSED);
    // Nothing is to be written.
    assert_eq!(errno(&mut conn, "UPDATE m JOIN steps ON steps.id = 4 SET m.n = m.n + step WHERE m.k > 0").await, 0);
    let rows: Vec<(u32, u32)> = conn.query("SELECT k, n FROM m ORDER BY k").await.unwrap();
    assert_eq!(rows, [(1, 2), (2, 3)]);
}
