//! Reads over many nodes: exact at any fan-out, their warnings whole although all statements of an instance go out in one
//! flight, and connections that survive failures, early ends and slow clients.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, ServerError};

use crate::raw::RawClient;
use crate::servers::Server;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const MERGE_LIMIT: u16 = 21008;
/// How often something may go wrong that only a busy machine makes go wrong.
const ATTEMPTS: usize = 5;
/// No condition that a test waits for takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// `t` has rows 0 to 63, eight in each of eight shards; the first four shards are on instance a. `v` is no number.
async fn two_instances() -> ([Server; 2], Weir) {
    let servers = [Server::mariadb(), Server::mariadb()];
    create_shards("shop", &[&servers[0], &servers[1]]).await;
    let tables = "  t: { dbpartition: hash(id) }\n  big: { dbpartition: hash(id) }\n";
    let weir = Setup::over(&servers)
        .rules("shop", rules_over_eight("shop", "shop", 2, tables))
        .instance_setting("health_interval_ms: 600000")
        .setting("limits: { schema_poll_ms: 0 }")
        .start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(20), KEY (v))").await.unwrap();
    let mut insert = "INSERT INTO t VALUES (0, 'v0')".to_owned();
    (1..64).for_each(|id| write!(insert, ", ({id}, 'v{id}')").unwrap());
    conn.query_drop(insert).await.unwrap();
    conn.disconnect().await.unwrap();
    (servers, weir)
}

async fn ids(conn: &mut Conn, statement: &str) -> Vec<u32> {
    conn.query(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"))
}

async fn refusal(conn: &mut Conn, statement: &str) -> ServerError {
    match conn.query_drop(statement).await {
        Err(Error::Server(error)) => error,
        Err(broken) => panic!("{statement}: {broken}"),
        Ok(()) => panic!("{statement}: no error"),
    }
}

/// The threads that work for Weir on a server.
async fn threads(direct: &mut Conn) -> BTreeSet<u64> {
    let threads = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'weir' AND ID <> CONNECTION_ID()";
    direct.query(threads).await.unwrap().into_iter().collect()
}

/// Has a server keep every statement that comes from now on.
async fn log_statements(direct: &mut Conn) {
    direct.query_drop("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON").await.unwrap();
}

/// How many statements like this one it has begun with.
async fn logged(direct: &mut Conn, like: &str) -> u64 {
    let count =
        format!("SELECT COUNT(*) FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE '{like}'");
    direct.query_first(count).await.unwrap().unwrap()
}

/// Asks until the answer is not 0.
async fn wait_for(direct: &mut Conn, question: &str) {
    let asked = Instant::now();
    while direct.query_first::<u64, _>(question).await.unwrap() == Some(0) {
        assert!(asked.elapsed() < LIMIT, "waited in vain: {question}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn answers_are_exact_from_1_to_256_tables() {
    let servers = [Server::mariadb(), Server::mariadb()];
    for (server, database) in servers.iter().zip(["fan_0", "fan_1"]) {
        server.connect().await.query_drop(format!("CREATE DATABASE {database}")).await.unwrap();
    }
    let mut rules =
        "schema: fan\nshards:\n  - { database: fan_0, instance: a }\n  - { database: fan_1, instance: b }\n\
                     default: { single: fan_0 }\ntables:\n  t1: { single: fan_0 }\n  t2: { dbpartition: hash(id) }\n"
            .to_owned();
    let fan_outs = [1, 2, 8, 40, 256];
    for tables in &fan_outs[2..] {
        let each = tables / 2;
        writeln!(rules, "  t{tables}: {{ dbpartition: hash(id), tbpartition: hash(id), tbpartitions: {each} }}")
            .unwrap();
    }
    let weir = Setup::over(&servers).rules("fan", rules).start();
    let mut conn = weir.connect("fan").await;
    for tables in fan_outs {
        let create =
            format!("CREATE TABLE t{tables} (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, s VARCHAR(9), KEY (k))");
        conn.query_drop(create).await.unwrap();
        let rows: Vec<(u32, u32)> = (0..600_u32).map(|id| (id, id.wrapping_mul(2_654_435_761) % 97)).collect();
        let values: Vec<String> = rows.iter().map(|(id, k)| format!("({id}, {k}, 's{}')", k % 10)).collect();
        conn.query_drop(format!("INSERT INTO t{tables} VALUES {}", values.join(", "))).await.unwrap();
        let mut sorted = rows.clone();
        sorted.sort_by_key(|(id, k)| (*k, *id));
        let page: Vec<(u32, u32)> = sorted[30..130].to_vec();
        let select = format!("SELECT id, k FROM t{tables} ORDER BY k, id LIMIT 30, 100");
        assert_eq!(conn.query::<(u32, u32), _>(&*select).await.unwrap(), page, "{tables} tables");
        let prepared = format!("SELECT id, k FROM t{tables} WHERE k >= ? ORDER BY k, id LIMIT 30, 100");
        for round in 0..2 {
            let answer: Vec<(u32, u32)> = conn.exec(&*prepared, (0,)).await.unwrap();
            assert_eq!(answer, page, "{tables} tables, prepared, round {round}");
        }
        assert_eq!(
            conn.query::<(u32, u32), _>(format!("SELECT id, k FROM t{tables} ORDER BY k, id")).await.unwrap(),
            sorted
        );
        let mut all: Vec<(u32, u32)> = conn.query(format!("SELECT id, k FROM t{tables}")).await.unwrap();
        all.sort_unstable();
        assert_eq!(all, rows, "{tables} tables, any order");
        for limit in [0, 1, 7, 599, 700] {
            let some: BTreeSet<u32> =
                ids(&mut conn, &format!("SELECT id FROM t{tables} LIMIT {limit}")).await.into_iter().collect();
            assert_eq!(some.len(), limit.min(600), "{tables} tables, LIMIT {limit}");
            assert!(some.iter().all(|id| *id < 600));
        }
        let sums: Option<(u64, u64)> =
            conn.query_first(format!("SELECT COUNT(*), SUM(k) FROM t{tables}")).await.unwrap();
        assert_eq!(sums, Some((600, rows.iter().map(|(_, k)| u64::from(*k)).sum())));
        let groups: Vec<(String, u64)> =
            conn.query(format!("SELECT s, COUNT(*) FROM t{tables} GROUP BY s ORDER BY s")).await.unwrap();
        let group = |digit: u32| (format!("s{digit}"), rows.iter().filter(|(_, k)| k % 10 == digit).count() as u64);
        assert_eq!(groups, (0..10).map(group).collect::<Vec<_>>(), "{tables} tables");
    }
}

#[tokio::test]
async fn every_warning_of_every_table_is_told() {
    let (servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    let expected: BTreeSet<String> = (0..64).map(|id| format!("Truncated incorrect DOUBLE value: 'v{id}'")).collect();
    for statement in ["SELECT id, v + 0 FROM t ORDER BY id", "SELECT id, v + 0 FROM t"] {
        for prepared in [false, true, true] {
            let rows: Vec<(u32, f64)> =
                if prepared { conn.exec(statement, ()).await.unwrap() } else { conn.query(statement).await.unwrap() };
            assert_eq!(rows.len(), 64);
            assert_eq!(conn.get_warnings(), 64, "{statement}, prepared: {prepared}");
            let told: Vec<(String, u16, String)> = conn.query("SHOW WARNINGS").await.unwrap();
            assert!(told.iter().all(|(level, errno, _)| level == "Warning" && *errno == 1292));
            assert_eq!(told.into_iter().map(|(_, _, message)| message).collect::<BTreeSet<_>>(), expected);
        }
    }
    // A server that has been cut short warns of the rows that it looked at: here of every one.
    let rows: Vec<(u32, f64)> = conn.query("SELECT id, v + 0 AS n FROM t ORDER BY n, id LIMIT 3").await.unwrap();
    assert_eq!(rows.len(), 3);
    let counted = conn.get_warnings();
    assert!(counted >= 64, "{counted}");
    // All are counted, and as many are told as one server keeps.
    let mut direct = servers[0].connect().await;
    let kept: Option<usize> = direct.query_first("SELECT @@max_error_count").await.unwrap();
    let told = conn.query::<(String, u16, String), _>("SHOW WARNINGS").await.unwrap().len();
    assert_eq!(Some(told), kept.map(|kept| kept.min(usize::from(counted))));
}

#[tokio::test]
async fn an_error_in_the_middle_leaves_connections_and_transactions_in_order() {
    let (servers, weir) = two_instances().await;
    let mut direct = (servers[0].connect().await, servers[1].connect().await);
    let mut conn = weir.connect("shop").await;
    let failing = "SELECT IF(id = 10, id * 9223372036854775807, id) FROM t ORDER BY id";
    assert_eq!(ids(&mut conn, "SELECT id FROM t ORDER BY id").await.len(), 64);
    let before = (threads(&mut direct.0).await, threads(&mut direct.1).await);
    for round in 0..20 {
        let error = refusal(&mut conn, failing).await;
        assert_eq!(error.code, 1690, "{error}");
        let told: Vec<(String, u16, String)> = conn.query("SHOW WARNINGS").await.unwrap();
        assert_eq!(told.iter().map(|(level, errno, _)| (&**level, *errno)).collect::<Vec<_>>(), [("Error", 1690)]);
        let prepared = conn.exec_drop(failing, ()).await;
        assert!(matches!(&prepared, Err(Error::Server(error)) if error.code == 1690), "{prepared:?}");
        assert_eq!(ids(&mut conn, "SELECT id FROM t ORDER BY id").await.len(), 64, "round {round}");
    }
    let after = (threads(&mut direct.0).await, threads(&mut direct.1).await);
    assert!(before.0.is_subset(&after.0) && before.1.is_subset(&after.1), "{before:?} became {after:?}");
    conn.query_drop("BEGIN").await.unwrap();
    conn.query_drop("UPDATE t SET v = 'changed' WHERE id = 1").await.unwrap();
    for _ in 0..3 {
        assert_eq!(refusal(&mut conn, failing).await.code, 1690);
        assert_eq!(ids(&mut conn, "SELECT id FROM t WHERE v = 'changed'").await, [1]);
    }
    conn.query_drop("COMMIT").await.unwrap();
    assert_eq!(ids(&mut conn, "SELECT id FROM t WHERE v = 'changed'").await, [1]);
}

#[tokio::test]
async fn a_failure_ends_what_other_instances_still_do_and_keeps_the_transaction() {
    let (servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("BEGIN").await.unwrap();
    conn.query_drop("UPDATE t SET v = 'changed' WHERE id = 4").await.unwrap();
    let mut direct = servers[1].connect().await;
    let before = threads(&mut direct).await;
    // Shards 4 to 7 are on instance b: each of its tables would sleep for eight times 20 seconds.
    let failing = "SELECT IF(id % 8 < 4, id * 9223372036854775807, SLEEP(20)) FROM t";
    let asked = Instant::now();
    assert_eq!(refusal(&mut conn, failing).await.code, 1690);
    assert!(asked.elapsed() < Duration::from_secs(15), "it took {:?}", asked.elapsed());
    assert_eq!(ids(&mut conn, "SELECT id FROM t WHERE v = 'changed'").await, [4], "the branch has what it wrote");
    assert!(before.is_subset(&threads(&mut direct).await), "the branch kept its connection");
    conn.query_drop("COMMIT").await.unwrap();
    // Outside of a transaction the connection goes, and with it the statement.
    assert_eq!(refusal(&mut conn, failing).await.code, 1690);
    wait_for(&mut direct, "SELECT COUNT(*) = 0 FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'").await;
    assert_eq!(ids(&mut conn, "SELECT id FROM t WHERE v = 'changed'").await, [4]);
}

#[tokio::test]
async fn kill_query_ends_all_that_is_under_way() {
    let (servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    let mut direct = servers[1].connect().await;
    let id = conn.query_first::<u64, _>("SELECT CONNECTION_ID()").await.unwrap().unwrap();
    let asked = Instant::now();
    let running = tokio::spawn(async move {
        let error = refusal(&mut conn, "SELECT SLEEP(5) FROM t").await;
        (conn, error)
    });
    wait_for(&mut direct, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'").await;
    weir.connect("shop").await.query_drop(format!("KILL QUERY {id}")).await.unwrap();
    let (mut conn, error) = running.await.unwrap();
    assert_eq!(error.code, 1317, "{error}");
    assert!(asked.elapsed() < LIMIT, "it took {:?}", asked.elapsed());
    assert_eq!(ids(&mut conn, "SELECT id FROM t ORDER BY id").await.len(), 64);
}

#[tokio::test]
async fn a_limit_without_order_asks_no_more_nodes_than_it_needs_and_leaves_connections_in_order() {
    let (servers, weir) = two_instances().await;
    let mut direct = (servers[0].connect().await, servers[1].connect().await);
    let mut conn = weir.connect("shop").await;
    log_statements(&mut direct.0).await;
    log_statements(&mut direct.1).await;
    // Eight rows are in each table.
    let limits = [(0, 1), (3, 1), (8, 1), (9, 5), (40, 5), (41, 8), (64, 8), (100, 8)];
    for (limit, _) in limits {
        let rows = ids(&mut conn, &format!("SELECT id FROM t LIMIT {limit}")).await.len();
        assert_eq!(rows, limit.min(64));
    }
    for (limit, most) in limits {
        let text = format!("SELECT id FROM %LIMIT {limit}");
        let asked = logged(&mut direct.0, &text).await + logged(&mut direct.1, &text).await;
        // The client has its rows before every server has begun with what it was sent, or been told to leave it.
        let least = u64::try_from(limit.clamp(1, 64).div_ceil(8)).unwrap();
        assert!((least..=most).contains(&asked), "LIMIT {limit} asked {asked} tables");
    }
    // A server that takes longer than 100 ms, on a busy machine, loses the connection for that.
    let mut lost = Vec::new();
    for _ in 0..ATTEMPTS {
        assert_eq!(ids(&mut conn, "SELECT id FROM t ORDER BY id").await.len(), 64);
        let before = (threads(&mut direct.0).await, threads(&mut direct.1).await);
        let limits = ["SELECT id FROM t LIMIT 3", "SELECT id FROM t LIMIT 9", "SELECT id FROM t LIMIT 41"];
        let within = ["BEGIN", "SELECT id FROM t LIMIT 2", "SELECT id FROM t LIMIT 20", "COMMIT"];
        for statement in limits.into_iter().chain(within) {
            conn.query_drop(statement).await.unwrap();
        }
        for _ in 0..10 {
            assert_eq!(ids(&mut conn, "SELECT id FROM t ORDER BY id DESC LIMIT 2").await, [63, 62]);
        }
        let after = (threads(&mut direct.0).await, threads(&mut direct.1).await);
        if before.0.is_subset(&after.0) && before.1.is_subset(&after.1) {
            return;
        }
        lost.push((before, after));
    }
    panic!("each time connections were lost: {lost:?}");
}

#[tokio::test]
async fn a_client_that_takes_no_rows_holds_nobody_and_costs_little_memory() {
    let (servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE big (id INT NOT NULL PRIMARY KEY, pad CHAR(200) NOT NULL)").await.unwrap();
    let mut direct = [servers[0].connect().await, servers[1].connect().await];
    for shard in 0..8 {
        let fill = format!(
            "INSERT INTO shop_{shard:02}.big SELECT seq * 8 + {shard}, REPEAT('x', 200) FROM shop_{shard:02}.seq_1_to_40000"
        );
        direct[shard / 4].query_drop(fill).await.unwrap();
    }
    let before = weir.process().resident_kib();
    let mut stalled = Vec::new();
    // 640 and 160 MB: more than what the kernel keeps of four sockets, which may be 10 MB for each.
    for nodes in ["id >= 0", "id IN (8, 12) OR id % 8 IN (0, 4)"] {
        let mut client = RawClient::log_in(weir.port, "shop").await;
        client.write_command(&format!("SELECT id, REPEAT(pad, 10) FROM big WHERE {nodes}")).await;
        stalled.push(client);
    }
    for direct in &mut direct {
        wait_for(direct, "SELECT COUNT(*) >= 2 FROM information_schema.PROCESSLIST WHERE STATE LIKE '%riting to net%'")
            .await;
    }
    let grown = weir.process().resident_kib().saturating_sub(before);
    assert!(grown < 32 * 1024, "two clients that take no rows cost {grown} KiB");
    let asked = Instant::now();
    assert_eq!(ids(&mut conn, "SELECT id FROM t ORDER BY id").await.len(), 64);
    assert_eq!(conn.query_first::<u64, _>("SELECT COUNT(*) FROM big").await.unwrap(), Some(320_000));
    assert!(asked.elapsed() < LIMIT);
    // A client that goes away in the middle frees its connections.
    drop(stalled);
    for direct in &mut direct {
        wait_for(direct, "SELECT COUNT(*) = 0 FROM information_schema.PROCESSLIST WHERE STATE LIKE '%riting to net%'")
            .await;
    }
}

#[tokio::test]
async fn rows_of_two_instances_in_order_are_merged_as_they_come() {
    let (servers, weir) = two_instances().await;
    drop(weir);
    let mut direct = [servers[0].connect().await, servers[1].connect().await];
    for (number, direct) in direct.iter_mut().enumerate() {
        let fill = format!(
            "CREATE TABLE shop_0{0}.wide (id INT NOT NULL PRIMARY KEY, pad CHAR(200) NOT NULL); \
             INSERT INTO shop_0{0}.wide SELECT seq * 2 + {number}, REPEAT('x', 200) FROM shop_0{0}.seq_1_to_100000",
            number * 4
        );
        direct.query_drop(fill).await.unwrap();
    }
    let rules = "schema: shop\nshards:\n  - { database: shop_00, instance: a }\n  - { database: shop_04, instance: b }\n\
                 default: { single: shop_00 }\ntables:\n  wide: { dbpartition: hash(id) }\n";
    // Less may be held than one of the tables has.
    let weir = Setup::over(&servers).rules("shop", rules).setting("limits: { max_merge_bytes: 1048576 }").start();
    let mut conn = weir.connect("shop").await;
    let rows: Vec<(u32, String)> = conn.query("SELECT id, pad FROM wide ORDER BY id").await.unwrap();
    assert!(rows.iter().map(|(id, _)| *id).eq(2..200_002));
}

#[tokio::test]
async fn tables_of_one_instance_are_merged_as_they_come_where_it_has_connections_to_spare() {
    let ([a, _b], weir) = two_instances().await;
    drop(weir);
    let mut direct = a.connect().await;
    for shard in 0..4 {
        let fill = format!(
            "CREATE TABLE shop_0{shard}.wide (id INT NOT NULL PRIMARY KEY, pad CHAR(200) NOT NULL); \
             INSERT INTO shop_0{shard}.wide SELECT seq * 4 + {shard}, REPEAT('x', 200) FROM shop_0{shard}.seq_1_to_20000"
        );
        direct.query_drop(fill).await.unwrap();
    }
    let rules = "schema: shop\nshards:\n  - { database: \"shop_{00..03}\", instance: a }\n\
                 default: { single: shop_00 }\ntables:\n  wide: { dbpartition: hash(id) }\n";
    let setup = || Setup::over([&a]).rules("shop", rules).setting("limits: { max_merge_bytes: 4194304 }");
    let statement = "SELECT id, pad FROM wide ORDER BY id";
    // Three tables of 4 MB each would have to be held.
    let weir = setup().instance_setting("max_scatter_connections: 1").start();
    assert_eq!(refusal(&mut weir.connect("shop").await, statement).await.code, MERGE_LIMIT);
    drop(weir);
    let weir = setup().start();
    let mut conn = weir.connect("shop").await;
    for _ in 0..2 {
        let rows: Vec<(u32, String)> = conn.query(statement).await.unwrap();
        assert!(rows.iter().map(|(id, _)| *id).eq(4..80_004));
    }
    // A page that is deep holds as much, though it has a LIMIT.
    assert_eq!(
        ids(&mut conn, "SELECT id FROM wide ORDER BY pad, id LIMIT 79990, 5").await,
        [79994, 79995, 79996, 79997, 79998]
    );
    assert!(threads(&mut direct).await.len() >= 4);
    // A transaction has one connection to an instance, and its snapshot.
    conn.query_drop("BEGIN").await.unwrap();
    assert_eq!(ids(&mut conn, "SELECT id FROM wide WHERE id < 44 ORDER BY id").await, (4..44).collect::<Vec<_>>());
    assert_eq!(refusal(&mut conn, statement).await.code, MERGE_LIMIT);
    conn.query_drop("COMMIT").await.unwrap();
}

#[tokio::test]
async fn rows_larger_than_a_packet_are_merged_whole() {
    let (_servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE big (id INT NOT NULL PRIMARY KEY, pad LONGTEXT NOT NULL)").await.unwrap();
    // The sixth one's row fills its packet to the last byte, so that an empty one follows.
    let lengths = [10, 20_000, 300_000, 16_000_000, 5, 0xff_ffff - 6, 100_000, 1];
    for (id, length) in lengths.iter().enumerate() {
        conn.query_drop(format!("INSERT INTO big VALUES ({id}, REPEAT('{id}', {length}))")).await.unwrap();
    }
    for statement in
        ["SELECT id, pad FROM big ORDER BY id", "SELECT id, pad FROM big", "SELECT id, pad FROM big LIMIT 9"]
    {
        let mut rows: Vec<(usize, String)> = conn.query(statement).await.unwrap();
        rows.sort_by_key(|(id, _)| *id);
        for ((id, pad), length) in rows.iter().zip(lengths) {
            assert!(
                pad.len() == length && pad.bytes().all(|byte| usize::from(byte - b'0') == *id),
                "{statement}: {id}"
            );
        }
        assert_eq!(rows.len(), lengths.len(), "{statement}");
    }
}

#[tokio::test]
async fn locking_reads_go_through_the_tables_of_an_instance_one_by_one() {
    let (_servers, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE locked (id INT NOT NULL PRIMARY KEY)").await.unwrap();
    let rows: Vec<String> = (0..40).map(|id| format!("({id})")).collect();
    conn.query_drop(format!("INSERT INTO locked VALUES {}", rows.join(", "))).await.unwrap();
    let all: Vec<u32> = (0..40).collect();
    for transaction in [false, true] {
        if transaction {
            conn.query_drop("BEGIN").await.unwrap();
        }
        assert_eq!(ids(&mut conn, "SELECT id FROM locked ORDER BY id FOR UPDATE").await, all);
        let mut unordered = ids(&mut conn, "SELECT id FROM locked FOR UPDATE").await;
        unordered.sort_unstable();
        assert_eq!(unordered, all);
    }
    conn.query_drop("COMMIT").await.unwrap();
}

#[tokio::test]
async fn a_write_is_not_explained_where_that_would_call_a_function() {
    let (servers, weir) = two_instances().await;
    let mut direct = Vec::new();
    for server in &servers {
        let mut conn = server.connect().await;
        conn.query_drop("CREATE DATABASE lib; CREATE TABLE lib.calls (n INT)").await.unwrap();
        let function = "CREATE FUNCTION lib.noted(n INT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA \
                        BEGIN INSERT INTO lib.calls VALUES (n); RETURN n; END";
        conn.query_drop(function).await.unwrap();
        direct.push(conn);
    }
    let mut conn = weir.connect("shop").await;
    conn.query_drop("SET sql_mode = ''").await.unwrap();
    let columns = "id INT NOT NULL PRIMARY KEY, code INT NOT NULL, n INT, UNIQUE KEY (code)";
    conn.query_drop(format!("CREATE TABLE noted ({columns})")).await.unwrap();
    let rows: Vec<String> = (0..40).map(|id| format!("({id}, {id}, 0)")).collect();
    conn.query_drop(format!("INSERT INTO noted VALUES {}", rows.join(", "))).await.unwrap();
    let mut calls = Vec::new();
    // The second one warns of its text, at each node.
    for more in ["", " AND '1x' = 1"] {
        conn.query_drop(format!("UPDATE noted SET n = n + 1 WHERE code = lib.noted(5){more}")).await.unwrap();
        assert_eq!(conn.affected_rows(), 1);
        let mut all = 0;
        for conn in &mut direct {
            all += conn.query_first::<u64, _>("SELECT COUNT(*) FROM lib.calls").await.unwrap().unwrap();
            conn.query_drop("DELETE FROM lib.calls").await.unwrap();
        }
        calls.push(all);
    }
    assert!(calls[0] > 0 && calls[0] == calls[1], "{calls:?}");
}
