//! Merge nodes beyond their answers (`differential/` compares those): bounds, transactions, keys that do not hold over all
//! shards, clients and servers that go away, `weir_verify`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, ServerError};

use crate::servers::Server;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const MERGE_LIMIT: u16 = 21008;
const INSTANCE_UNAVAILABLE: u16 = 21011;
const UNVERIFIED: u16 = 21035;
/// No condition that a test waits for takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// `t` has rows 0 to 63 in eight shards, `u` the same ones, split by another column; `code` is unique in each shard. `large`
/// is for more.
async fn two_instances(settings: &str) -> ([Server; 2], Weir) {
    let servers = [Server::mariadb(), Server::mariadb()];
    create_shards("shop", &[&servers[0], &servers[1]]).await;
    let tables = "  t: { dbpartition: hash(id) }\n  u: { dbpartition: hash(n) }\n  large: { dbpartition: hash(id) }\n  \
                  things: { broadcast: true }\n";
    let weir = Setup::over(&servers)
        .rules("shop", rules_over_eight("shop", "shop", 2, tables))
        .instance_setting("health_interval_ms: 600000")
        .setting(settings)
        .start();
    let mut conn = weir.connect("shop").await;
    for table in ["t", "u"] {
        let columns = "id INT NOT NULL PRIMARY KEY, n INT NOT NULL, code VARCHAR(10), UNIQUE KEY (code)";
        conn.query_drop(format!("CREATE TABLE {table} ({columns})")).await.unwrap();
        let rows: Vec<String> = (0..64).map(|id| format!("({id}, {}, 'c{id}')", 63 - id)).collect();
        conn.query_drop(format!("INSERT INTO {table} VALUES {}", rows.join(", "))).await.unwrap();
    }
    conn.disconnect().await.unwrap();
    (servers, weir)
}

async fn refusal(conn: &mut Conn, statement: &str) -> ServerError {
    match conn.query_drop(statement).await {
        Err(Error::Server(error)) => error,
        Err(broken) => panic!("{statement}: {broken}"),
        Ok(()) => panic!("{statement}: no error"),
    }
}

async fn number(conn: &mut Conn, statement: &str) -> u64 {
    let answer = conn.query_first(statement).await;
    answer.unwrap_or_else(|error| panic!("{statement}: {error}")).unwrap_or_else(|| panic!("{statement}: no row"))
}

const PAIRS: &str = "SELECT COUNT(*) FROM t JOIN u ON u.id = t.n";

#[tokio::test]
async fn more_rows_than_the_limit_are_refused_by_table() {
    let (_servers, weir) = two_instances("limits: { max_fetch_rows: 100 }").await;
    let mut conn = weir.connect("shop").await;
    let error = refusal(&mut conn, PAIRS).await;
    assert_eq!(error.code, MERGE_LIMIT);
    assert!(error.message.contains("limits.max_fetch_rows") && error.message.contains("of 't'"), "{}", error.message);
    assert_eq!(number(&mut conn, "SELECT COUNT(*) FROM t JOIN u ON u.id = t.n WHERE t.id < 8").await, 8);
}

/// 1,024 rows of which 16 point to each row of `t`.
async fn fill_large(conn: &mut Conn) {
    conn.query_drop("CREATE TABLE large (id INT NOT NULL PRIMARY KEY, t INT NOT NULL)").await.unwrap();
    let rows: Vec<String> = (0..1024).map(|id| format!("({id}, {})", id % 64)).collect();
    conn.query_drop(format!("INSERT INTO large VALUES {}", rows.join(", "))).await.unwrap();
}

#[tokio::test]
async fn few_rows_are_carried_to_the_nodes_of_many() {
    // A merge node would have to be given all of them.
    let (_servers, weir) = two_instances("limits: { max_fetch_rows: 100 }").await;
    let mut conn = weir.connect("shop").await;
    fill_large(&mut conn).await;
    const JOIN: &str = "SELECT COUNT(*) FROM large l JOIN t ON t.n = l.t";
    for _ in 0..3 {
        // What is left of one time would be in the way of the next.
        assert_eq!(number(&mut conn, JOIN).await, 1024);
        assert_eq!(number(&mut conn, &format!("{JOIN} WHERE t.id < 8")).await, 128);
    }
    let found: Vec<(u64, u64)> = conn
        .exec(
            "SELECT t.id, SUM(l.id) FROM large l, t WHERE t.n = l.t AND t.id > ? GROUP BY t.id ORDER BY 1 LIMIT 2",
            (10,),
        )
        .await
        .unwrap();
    let sum = |n: u64| (0..16).map(|step| n + 64 * step).sum::<u64>();
    assert_eq!(found, [(11, sum(63 - 11)), (12, sum(63 - 12))]);
    conn.query_drop("BEGIN").await.unwrap();
    assert_eq!(refusal(&mut conn, JOIN).await.code, MERGE_LIMIT, "in a transaction a merge node answers");
    conn.query_drop("ROLLBACK").await.unwrap();
    conn.query_drop("SET weir_verify = ON").await.unwrap();
    assert_eq!(refusal(&mut conn, JOIN).await.code, MERGE_LIMIT);
    conn.query_drop("SET weir_verify = OFF").await.unwrap();
    assert_eq!(number(&mut conn, JOIN).await, 1024);
}

/// How many temporary tables clients of a server have made.
async fn made(server: &Server) -> u64 {
    let mut conn = server.connect().await;
    let found: Option<(String, u64)> =
        conn.query_first("SHOW GLOBAL STATUS LIKE 'Com_create_temporary_table'").await.unwrap();
    found.unwrap().1
}

#[tokio::test]
async fn a_large_broadcast_table_is_sifted_once() {
    let (servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE things (id INT NOT NULL PRIMARY KEY, name VARCHAR(10) NOT NULL)").await.unwrap();
    let things: Vec<String> = (0..9000).map(|id| format!("({id}, 'n{}')", id % 1000)).collect();
    conn.query_drop(format!("INSERT INTO things VALUES {}", things.join(", "))).await.unwrap();
    conn.query_drop("CREATE TABLE large (id INT NOT NULL PRIMARY KEY, t INT NOT NULL)").await.unwrap();
    let rows: Vec<String> = (0..20_000).map(|id| format!("({id}, {})", id % 10_000)).collect();
    conn.query_drop(format!("INSERT INTO large VALUES {}", rows.join(", "))).await.unwrap();
    const JOIN: &str = "SELECT COUNT(*) FROM large l JOIN things s ON s.id = l.t WHERE s.name";
    for (condition, count) in [
        ("= 'n7'", 18),
        ("LIKE 'n99_'", 180),
        ("= 'none'", 0),
        // More are left than are carried: the nodes look through all of them.
        ("LIKE 'n%'", 18_000),
    ] {
        let before = (made(&servers[0]).await, made(&servers[1]).await);
        assert_eq!(number(&mut conn, &format!("{JOIN} {condition}")).await, count, "{condition}");
        let after = (made(&servers[0]).await, made(&servers[1]).await);
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1), "{condition}");
    }
    let before = made(&servers[0]).await;
    // That is remembered for a while.
    assert_eq!(number(&mut conn, &format!("{JOIN} LIKE 'n%'")).await, 18_000);
    assert_eq!(made(&servers[0]).await, before);
    conn.query_drop("BEGIN").await.unwrap();
    conn.query_drop("UPDATE things SET name = 'n7' WHERE id = 8").await.unwrap();
    assert_eq!(number(&mut conn, &format!("{JOIN} = 'n7'")).await, 20, "a transaction sees its own changes");
    conn.query_drop("ROLLBACK").await.unwrap();
    // By a key the nodes find the few rows as soon; a small table is looked through as soon.
    assert_eq!(number(&mut conn, &format!("{JOIN} = 'n7' AND s.id < 100")).await, 2);
    assert_eq!(made(&servers[0]).await, before);
}

#[tokio::test]
async fn what_cannot_be_carried_is_answered_by_a_merge_node() {
    let (_servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    fill_large(&mut conn).await;
    // The same code in three shards, where the key of one does not see the others.
    conn.query_drop("UPDATE t SET code = 'same' WHERE id IN (1, 2, 3)").await.unwrap();
    assert_eq!(number(&mut conn, "SELECT COUNT(*) FROM large l JOIN t ON t.n = l.t WHERE t.code = 'same'").await, 48);
}

/// What Weir has sent to the servers since `log`: all statements, as far as they begin like this.
async fn sent(servers: &[Server; 2], start: &str) -> Vec<String> {
    let mut found = Vec::new();
    for server in servers {
        let log = format!(
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE \
             '{start}%' AND user_host LIKE '%weir%' AND thread_id <> CONNECTION_ID()"
        );
        found.extend(server.connect().await.query::<String, _>(log).await.unwrap());
    }
    found
}

async fn log(servers: &[Server; 2]) {
    for server in servers {
        let keep = "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON; TRUNCATE mysql.general_log";
        server.connect().await.query_drop(keep).await.unwrap();
    }
}

#[tokio::test]
async fn a_fetch_asks_for_no_warnings() {
    let (servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    log(&servers).await;
    assert_eq!(number(&mut conn, "SELECT COUNT(*) FROM t WHERE id + 0 >= 0").await, 64);
    assert_eq!(sent(&servers, "SHOW WARNINGS").await.len(), 8, "behind each of the nodes' own statements");
    log(&servers).await;
    assert_eq!(number(&mut conn, PAIRS).await, 64);
    assert!(sent(&servers, "SELECT %`shop_0").await.len() >= 16, "{:?}", sent(&servers, "").await);
    assert_eq!(sent(&servers, "SHOW WARNINGS").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_exists_is_stored_once_however_many_nodes_have_it() {
    let (servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE large (id INT NOT NULL PRIMARY KEY, t INT NOT NULL)").await.unwrap();
    // Both values are in each of eight shards.
    let rows: Vec<String> = (0..64).map(|id| format!("({id}, {})", id / 32)).collect();
    conn.query_drop(format!("INSERT INTO large VALUES {}", rows.join(", "))).await.unwrap();
    let stored = async || {
        let inserts = sent(&servers, "INSERT INTO `weir`.`merge_1`").await;
        inserts.iter().map(|insert| insert.matches("),(").count() + insert.matches("), (").count() + 1).sum::<usize>()
    };
    conn.query_drop("BEGIN").await.unwrap();
    for (question, rows) in [
        ("SELECT COUNT(*) FROM t WHERE t.n IN (SELECT large.t FROM large)", 2),
        ("SELECT COUNT(*) FROM t WHERE EXISTS (SELECT 1 FROM large WHERE large.t = t.n)", 2),
        // How often a row comes counts here.
        ("SELECT COUNT(*) DIV 32 FROM t JOIN large ON large.t = t.n", 64),
    ] {
        log(&servers).await;
        assert_eq!(number(&mut conn, question).await, 2, "{question}");
        assert_eq!(stored().await, rows, "{question}: {:?}", sent(&servers, "INSERT").await);
    }
}

/// The threads that work for Weir on a server.
async fn threads(server: &Server) -> BTreeSet<u64> {
    let threads = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'weir' AND ID <> CONNECTION_ID()";
    server.connect().await.query(threads).await.unwrap().into_iter().collect()
}

#[tokio::test]
async fn connections_are_used_again_clean_after_errors_and_without_autocommit() {
    let (servers, weir) = two_instances("limits: { workers: 1 }").await;
    // A first client has opened all connections that are needed.
    assert_eq!(number(&mut weir.connect("shop").await, PAIRS).await, 64);
    let fresh = session(&mut weir.connect("shop").await).await;
    let before = (threads(&servers[0]).await, threads(&servers[1]).await);
    let mut conn = weir.connect("shop").await;
    for setting in [
        "SET autocommit = 0",
        "SET sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES', time_zone = '+03:00', @v = 'mine'",
        "SET NAMES latin1",
    ] {
        conn.query_drop(setting).await.unwrap();
    }
    conn.query_drop("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE").await.unwrap();
    // Each of these begins a transaction, and ends it with the statement or behind it.
    for statement in [PAIRS, "SELECT COUNT(*) FROM t JOIN u ON u.id = t.n JOIN t AS x ON x.id = u.id AND x.n >= @v"] {
        conn.query_drop(statement).await.unwrap();
        conn.query_drop("COMMIT").await.unwrap();
    }
    let after = (threads(&servers[0]).await, threads(&servers[1]).await);
    assert!(before.0.is_subset(&after.0) && before.1.is_subset(&after.1), "{before:?} became {after:?}");
    for (statement, errno) in [
        ("INSERT INTO t VALUES (1, 1, 'twice')", 1062),
        ("SELECT none FROM t WHERE id = 1", 1054),
        ("SELECT none FROM t JOIN u ON u.id = t.n", 1054),
        ("SELECT COUNT(*) FROM t JOIN u ON u.id = t.n AND (SELECT id FROM u) = 1", 1242),
        ("UPDATE t SET n = NULL WHERE id IN (1, 2, 3, 4)", 1048),
    ] {
        assert_eq!(refusal(&mut conn, statement).await.code, errno, "{statement}");
        conn.query_drop("ROLLBACK").await.unwrap();
    }
    let mut other = weir.connect("shop").await;
    assert_eq!(session(&mut other).await, fresh);
    assert_eq!(number(&mut other, PAIRS).await, 64);
    for server in &servers {
        let mut direct = server.connect().await;
        let started = Instant::now();
        while number(&mut direct, "SELECT COUNT(*) FROM information_schema.INNODB_TRX").await > 0 {
            assert!(started.elapsed() < LIMIT, "a transaction stays open");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What a client meets on the connections of both instances.
async fn session(conn: &mut Conn) -> Vec<String> {
    let mut met = Vec::new();
    for id in 0..64 {
        let asked = format!(
            "SELECT CONCAT_WS(' ', @@sql_mode, @@time_zone, @@tx_isolation, @@autocommit, @@in_transaction, \
             @@character_set_client, @@collation_connection, COALESCE(@v, 'never set')) FROM t WHERE id = {id}"
        );
        met.push(conn.query_first(asked).await.unwrap().unwrap());
    }
    met
}

#[tokio::test]
async fn a_transaction_sees_its_own_changes_and_nobody_elses() {
    let (_servers, weir) = two_instances("").await;
    let (mut conn, mut other) = (weir.connect("shop").await, weir.connect("shop").await);
    conn.query_drop("BEGIN").await.unwrap();
    assert_eq!(number(&mut conn, PAIRS).await, 64);
    conn.query_drop("DELETE FROM u WHERE n IN (1, 2, 3)").await.unwrap();
    other.query_drop("DELETE FROM t WHERE id IN (10, 11)").await.unwrap();
    assert_eq!(number(&mut conn, PAIRS).await, 61, "its own changes, and the snapshot it began with");
    assert_eq!(number(&mut other, PAIRS).await, 62);
    conn.query_drop("ROLLBACK").await.unwrap();
    assert_eq!(number(&mut conn, PAIRS).await, 62);
}

#[tokio::test]
async fn a_unique_key_that_holds_in_each_shard_only_is_no_error() {
    let (_servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    // One server would have refused this; shards do not see each other's keys.
    conn.query_drop("UPDATE t SET code = 'same' WHERE id IN (1, 2)").await.unwrap();
    let codes = "SELECT COUNT(*) FROM t JOIN u ON u.id = t.n WHERE t.code = 'same'";
    assert_eq!(number(&mut conn, codes).await, 2);
}

#[tokio::test]
async fn a_client_that_goes_leaves_no_tables_and_no_statement() {
    let (servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    let id = conn.id();
    let slow = tokio::spawn(async move {
        conn.query_first::<u64, _>("SELECT COUNT(*) FROM t JOIN u ON u.id = t.n WHERE SLEEP(1) = 0").await
    });
    let asleep = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(1)%' AND \
                  ID <> CONNECTION_ID()";
    let running = async |wanted: bool| {
        let started = Instant::now();
        loop {
            let mut found = 0;
            for server in &servers {
                found += number(&mut server.connect().await, asleep).await;
            }
            if (found > 0) == wanted {
                return;
            }
            assert!(started.elapsed() < LIMIT, "waited in vain for a statement to {wanted}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    running(true).await;
    weir.connect("shop").await.query_drop(format!("KILL {id}")).await.unwrap();
    assert!(slow.await.unwrap().is_err());
    running(false).await;
    for server in &servers {
        let left = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME LIKE 'merge\\_%'";
        assert_eq!(number(&mut server.connect().await, left).await, 0);
    }
    assert_eq!(number(&mut weir.connect("shop").await, PAIRS).await, 64);
}

#[tokio::test]
async fn an_instance_that_is_gone_is_named_and_the_connection_goes_on() {
    let (servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    assert_eq!(number(&mut conn, PAIRS).await, 64);
    servers[1].kill();
    let error = refusal(&mut conn, PAIRS).await;
    assert_eq!(error.code, INSTANCE_UNAVAILABLE, "{}", error.message);
    assert!(error.message.contains("'b'"), "{}", error.message);
    let near = number(&mut conn, "SELECT COUNT(*) FROM t WHERE id = 0").await;
    assert_eq!(near, 1, "the other instance answers");
}

#[tokio::test]
async fn verified_answers_are_the_same_or_refused() {
    let (servers, weir) = two_instances("").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("SET weir_verify = ON").await.unwrap();
    let ordered: Vec<u32> = conn.query("SELECT id FROM t WHERE n > 10 ORDER BY code DESC, id").await.unwrap();
    assert_eq!(ordered.len(), 53);
    assert_eq!(number(&mut conn, "SELECT SUM(n) FROM t").await, 2016);
    assert_eq!(conn.exec_first::<u64, _, _>("SELECT MAX(n) FROM t WHERE id > ?", (5,)).await.unwrap(), Some(57));
    let counted: Vec<(u32, u32)> = conn.query("SELECT n % 3, COUNT(*) FROM t GROUP BY n % 3 ORDER BY 1").await.unwrap();
    assert_eq!(counted, [(0, 22), (1, 21), (2, 21)]);
    // A shard whose table is not like the others: its strings are not equal where theirs are.
    conn.query_drop("UPDATE t SET code = 'A' WHERE id = 0").await.unwrap();
    conn.query_drop("UPDATE t SET code = 'a' WHERE id = 1").await.unwrap();
    let drift = "ALTER TABLE shop_00.t MODIFY code VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    servers[0].connect().await.query_drop(drift).await.unwrap();
    let error = refusal(&mut conn, "SELECT code, COUNT(*) FROM t WHERE id < 2 GROUP BY code").await;
    assert_eq!(error.code, UNVERIFIED, "{}", error.message);
    conn.query_drop("SET weir_verify = OFF").await.unwrap();
    conn.query_drop("SELECT code, COUNT(*) FROM t WHERE id < 2 GROUP BY code").await.unwrap();
}
