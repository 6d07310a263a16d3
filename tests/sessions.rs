//! Many clients over few backend connections: each sees its own session and nobody else's.

use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};
use mysql_common::constants::CapabilityFlags;

use crate::raw::RawClient;
use crate::servers::{Brand, Fleet, Server};
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const CLIENTS: usize = 12;

/// Weir that may open four connections to each instance, far fewer than there are clients.
async fn crowded(prefix: &str) -> Weir {
    let instances: Vec<&Server> = Fleet::shared(Brand::MariaDb).unwrap().instances.iter().take(2).collect();
    create_shards(prefix, &instances).await;
    let rules = rules_over_eight("shop", prefix, 2, "  t: { dbpartition: hash(id) }\n");
    let weir = Setup::over(instances).instance_setting("max_connections: 4").rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(20))").await.unwrap();
    let values: Vec<String> = (0..64).map(|id| format!("({id}, 'v{id}')")).collect();
    conn.query_drop(format!("INSERT INTO t VALUES {}", values.join(","))).await.unwrap();
    weir
}

async fn clients(weir: &Weir) -> Vec<Conn> {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(weir.connect("shop").await);
    }
    clients
}

async fn one<T: mysql_async::prelude::FromValue + Send + 'static>(conn: &mut Conn, statement: &str) -> Option<T> {
    conn.query_first(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// What the OK packet of a server has behind its message, of both brands.
#[tokio::test]
async fn changed_state_is_told_to_clients_that_track_it() {
    const STATE_CHANGED: u8 = 0x40;
    let weir = crowded("tracked").await;
    let mut tracking = RawClient::log_in_with(weir.port, "shop", CapabilityFlags::CLIENT_SESSION_TRACK).await;
    let mut plain = RawClient::log_in(weir.port, "shop").await;
    for (statement, told) in [
        (&b"\x03USE shop"[..], &b"\x07\x01\x05\x04shop"[..]),
        (b"\x02shop", b"\x07\x01\x05\x04shop"),
        (b"\x03SET time_zone = '+01:00', @a = 1", b"\x13\x00\x11\x09time_zone\x06+01:00"),
        (b"\x03SET autocommit = 0", b"\x11\x00\x0f\x0aautocommit\x03OFF"),
        (b"\x03SET @a = 2", b""),
        (b"\x03DELETE FROM t WHERE id = 1000", b""),
        (b"\x03SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", b""),
        (
            b"\x03SET session_track_system_variables = CONCAT(@@global.session_track_system_variables,',tx_isolation')",
            b"",
        ),
        (
            b"\x03SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            b"\x1e\x00\x1c\x0ctx_isolation\x0eREAD-COMMITTED",
        ),
    ] {
        let answer = tracking.command(statement).await.unwrap();
        assert_eq!((answer[0], answer[4] & STATE_CHANGED != 0), (0, !told.is_empty()), "{answer:?}");
        assert!(answer.ends_with(told), "{answer:?}");
        let answer = plain.command(statement).await.unwrap();
        assert_eq!((answer.len(), answer[4] & STATE_CHANGED), (7, 0), "{answer:?}");
    }
}

/// A write by way of a merge node leaves its connections in states of its own making.
#[tokio::test]
async fn matched_rows_are_counted_for_those_only_who_asked_for_that() {
    const SAME_VALUES: &str = "UPDATE t SET v = v WHERE id >= 0";
    let weir = crowded("matched").await;
    let mut matching = RawClient::log_in_with(weir.port, "shop", CapabilityFlags::CLIENT_FOUND_ROWS).await;
    for statement in ["UPDATE t SET v = 'w' ORDER BY id LIMIT 3", "INSERT IGNORE INTO t SELECT id, 'x' FROM t"] {
        matching.command(&[b"\x03", statement.as_bytes()].concat()).await.unwrap();
    }
    for mut client in clients(&weir).await {
        client.query_drop(SAME_VALUES).await.unwrap();
        assert_eq!(client.affected_rows(), 0);
        let answer = matching.command(&[b"\x03", SAME_VALUES.as_bytes()].concat()).await.unwrap();
        assert_eq!(answer[..2], [0, 64]);
    }
}

#[tokio::test]
async fn session_state_belongs_to_its_client() {
    let weir = crowded("state").await;
    let mut clients = clients(&weir).await;
    for (number, conn) in clients.iter_mut().enumerate() {
        let zone = format!("+{number:02}:00");
        let mode = if number % 2 == 0 { "ANSI_QUOTES" } else { "" };
        let names = if number % 3 == 0 { "latin1" } else { "utf8mb4" };
        conn.query_drop(format!("SET time_zone = '{zone}', @mine = {number}, sql_mode = '{mode}'")).await.unwrap();
        conn.query_drop(format!("SET NAMES {names}")).await.unwrap();
    }
    for round in 0..3 {
        for (number, conn) in clients.iter_mut().enumerate() {
            let id = (number * 7 + round * 3) % 64;
            // Each statement goes to the shard of its key, over whatever connection is free.
            let quoted = if number % 2 == 0 { "id" } else { "64" };
            let seen: Option<(u64, String, String, String)> = conn
                .query_first(format!(
                    "SELECT @mine, @@time_zone, @@character_set_client, \"id\" FROM t WHERE id = {id}"
                ))
                .await
                .unwrap();
            let names = if number % 3 == 0 { "latin1" } else { "utf8mb4" };
            let text = if quoted == "id" { id.to_string() } else { "id".to_owned() };
            let expected = (u64::try_from(number).unwrap(), format!("+{number:02}:00"), names.to_owned(), text);
            assert_eq!(seen, Some(expected), "client {number} in round {round}");
        }
    }
}

/// What the server has been asked to prepare since it started.
async fn prepares(server: &Server) -> u64 {
    let mut conn = server.connect().await;
    let (_, count): (String, u64) =
        conn.query_first("SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare'").await.unwrap().unwrap();
    conn.disconnect().await.unwrap();
    count
}

/// Prepares `count` different texts on each client, which is not counted, and executes all of them `rounds` times; how
/// often a statement was prepared for that.
async fn prepares_of_executing(server: &Server, weir: &Weir, clients: usize, count: usize, rounds: usize) -> u64 {
    let mut running = tokio::task::JoinSet::new();
    let (ready, go) =
        (Arc::new(tokio::sync::Barrier::new(clients + 1)), Arc::new(tokio::sync::Barrier::new(clients + 1)));
    for client in 0..clients {
        let mut conn = weir.connect("shop").await;
        let (ready, go) = (ready.clone(), go.clone());
        running.spawn(async move {
            let mut statements = Vec::new();
            for number in 0..count {
                statements.push(conn.prep(format!("SELECT v, {number} FROM t WHERE id = ?")).await.unwrap());
            }
            ready.wait().await;
            go.wait().await;
            for at in 0..rounds * count {
                // Each client begins elsewhere, so that they do not ask for the same at the same time.
                let number = (at + client * count / clients) % count;
                let id = number % 64;
                let row: Option<(String, usize)> = conn.exec_first(&statements[number], (id,)).await.unwrap();
                assert_eq!(row, Some((format!("v{id}"), number)));
            }
            conn.disconnect().await.unwrap();
        });
    }
    ready.wait().await;
    let before = prepares(server).await;
    go.wait().await;
    running.join_all().await;
    prepares(server).await - before
}

#[tokio::test]
async fn a_thousand_prepared_statements_are_prepared_once_on_each_connection() {
    let server = Server::mariadb();
    create_shards("many", &[&server]).await;
    let rules = rules_over_eight("shop", "many", 1, "  t: { dbpartition: hash(id) }\n");
    let weir = Setup::over([&server]).instance_setting("max_connections: 4").rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(20))").await.unwrap();
    let values: Vec<String> = (0..64).map(|id| format!("({id}, 'v{id}')")).collect();
    conn.query_drop(format!("INSERT INTO t VALUES {}", values.join(","))).await.unwrap();
    // With 256 on a connection, each of the executions prepared its statement anew.
    let one = prepares_of_executing(&server, &weir, 1, 1000, 4).await;
    // A ping may hold the connection that has them: another one serves then.
    assert!(one <= 2 * 1000, "{one} for 4,000 executions of one client");
    let many = prepares_of_executing(&server, &weir, 8, 1000, 4).await;
    // Weir's own questions may have opened four more.
    assert!(one + many <= 8 * 1000, "{one} and {many} for 32,000 executions of eight clients over four connections");
}

#[tokio::test]
async fn a_server_that_has_too_many_prepared_statements_is_given_some_back() {
    let server = Server::mariadb();
    create_shards("full", &[&server]).await;
    let rules = rules_over_eight("shop", "full", 1, "  t: { dbpartition: hash(id) }\n");
    let weir = Setup::over([&server]).rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(20))").await.unwrap();
    let mut root = server.connect().await;
    root.query_drop("SET GLOBAL max_prepared_stmt_count = 20").await.unwrap();
    let mut statements = Vec::new();
    for number in 0..50 {
        statements.push(conn.prep(format!("SELECT v, {number} FROM t WHERE id = ?")).await.unwrap());
        let row: Option<(String, usize)> = conn.exec_first(&statements[number], (1,)).await.unwrap();
        assert_eq!(row, None);
    }
}

#[tokio::test]
async fn a_generated_id_may_be_a_parameter() {
    let weir = crowded("generated").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("DROP TABLE t").await.unwrap();
    conn.query_drop("CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))").await.unwrap();
    let insert = "INSERT INTO t (id, v) VALUES (?, ?)";
    conn.exec_drop(insert, (7, "seven")).await.unwrap();
    assert_eq!(conn.last_insert_id(), Some(7));
    conn.exec_drop(insert, (None::<i32>, "made")).await.unwrap();
    let made = conn.last_insert_id().expect("an id is made");
    assert!(made > 7, "{made} does not follow what was given");
    let found: Vec<(u64, String)> = conn.query("SELECT id, v FROM t ORDER BY id").await.unwrap();
    assert_eq!(found, [(7, "seven".to_owned()), (made, "made".to_owned())]);
}

#[tokio::test]
async fn prepared_statements_belong_to_their_client() {
    let weir = crowded("prepared").await;
    let mut clients = clients(&weir).await;
    let mut statements = Vec::new();
    for (number, conn) in clients.iter_mut().enumerate() {
        statements.push(conn.prep(format!("SELECT v, {number} FROM t WHERE id = ?")).await.unwrap());
    }
    for id in 0..16 {
        for (number, (conn, statement)) in clients.iter_mut().zip(&statements).enumerate() {
            let row: Option<(String, usize)> = conn.exec_first(statement, (id,)).await.unwrap();
            assert_eq!(row, Some((format!("v{id}"), number)));
        }
    }
}

#[tokio::test]
async fn statements_of_many_clients_at_once_get_their_own_answers() {
    let weir = crowded("at_once").await;
    let mut running = Vec::new();
    for (number, mut conn) in clients(&weir).await.into_iter().enumerate() {
        running.push(tokio::spawn(async move {
            for round in 0..50 {
                let id = (number * 50 + round) % 64;
                let text: Option<String> = one(&mut conn, &format!("SELECT v FROM t WHERE id = {id}")).await;
                assert_eq!(text, Some(format!("v{id}")));
                let ids: Vec<usize> =
                    conn.query(format!("SELECT id FROM t WHERE id >= {id} ORDER BY id LIMIT 2")).await.unwrap();
                assert_eq!(ids, (id..64).take(2).collect::<Vec<_>>());
            }
        }));
    }
    for client in running {
        client.await.unwrap();
    }
}

#[tokio::test]
async fn transactions_are_seen_by_others_once_committed() {
    let weir = crowded("isolation").await;
    let (mut a, mut b) = (weir.connect("shop").await, weir.connect("shop").await);
    a.query_drop("BEGIN").await.unwrap();
    a.query_drop("UPDATE t SET v = 'by a' WHERE id = 1").await.unwrap();
    assert_eq!(one::<String>(&mut a, "SELECT v FROM t WHERE id = 1").await.as_deref(), Some("by a"));
    assert_eq!(one::<String>(&mut b, "SELECT v FROM t WHERE id = 1").await.as_deref(), Some("v1"));
    a.query_drop("COMMIT").await.unwrap();
    assert_eq!(one::<String>(&mut b, "SELECT v FROM t WHERE id = 1").await.as_deref(), Some("by a"));
    // A client that goes away in a transaction leaves nothing behind, no lock either.
    a.query_drop("BEGIN").await.unwrap();
    a.query_drop("UPDATE t SET v = 'lost' WHERE id = 1").await.unwrap();
    drop(a);
    b.query_drop("UPDATE t SET v = 'by b' WHERE id = 1").await.unwrap();
    assert_eq!(one::<String>(&mut b, "SELECT v FROM t WHERE id = 1").await.as_deref(), Some("by b"));
}

#[tokio::test]
async fn what_ties_a_client_to_a_connection_does_not_leak_to_others() {
    // Served for its client alone, or refused by name.
    let weir = crowded("pinned").await;
    let (mut a, mut b) = (weir.connect("shop").await, weir.connect("shop").await);
    match a.query_first::<u8, _>("SELECT GET_LOCK('weir test', 0)").await {
        Ok(got) => {
            assert_eq!(got, Some(1));
            assert_eq!(one::<u8>(&mut b, "SELECT GET_LOCK('weir test', 0)").await, Some(0), "a lock has one owner");
            assert_eq!(one::<u8>(&mut a, "SELECT RELEASE_LOCK('weir test')").await, Some(1));
        }
        Err(error) => assert_refused_by_name(&error),
    }
    // So with a temporary table.
    match a.query_drop("CREATE TEMPORARY TABLE mine (id INT)").await {
        Ok(()) => {
            a.query_drop("INSERT INTO mine VALUES (1)").await.unwrap();
            for _ in 0..8 {
                assert!(b.query_drop("SELECT * FROM mine").await.is_err(), "another client sees it");
            }
            assert_eq!(one::<u64>(&mut a, "SELECT COUNT(*) FROM mine").await, Some(1));
        }
        Err(error) => assert_refused_by_name(&error),
    }
}

fn assert_refused_by_name(error: &Error) {
    assert!(matches!(error, Error::Server(error) if (21001..22000).contains(&error.code)), "{error}");
}

#[tokio::test]
async fn reset_and_change_of_user_forget_the_session() {
    let weir = crowded("reset").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("SET @mine = 1, sql_mode = 'ANSI_QUOTES'").await.unwrap();
    conn.query_drop("BEGIN").await.unwrap();
    conn.query_drop("UPDATE t SET v = 'undone' WHERE id = 3").await.unwrap();
    assert!(conn.reset().await.unwrap(), "COM_RESET_CONNECTION is served");
    assert_eq!(one::<Option<u8>>(&mut conn, "SELECT @mine").await, Some(None));
    assert_eq!(one::<String>(&mut conn, "SELECT v FROM t WHERE id = 3").await.as_deref(), Some("v3"));
    assert_eq!(one::<String>(&mut conn, "SELECT \"text\"").await.as_deref(), Some("text"));
}

#[tokio::test]
async fn a_running_statement_can_be_killed() {
    let weir = crowded("kill").await;
    let (mut a, mut b) = (weir.connect("shop").await, weir.connect("shop").await);
    let id: u64 = one(&mut a, "SELECT CONNECTION_ID()").await.unwrap();
    let running = tokio::spawn(async move {
        let slept = a.query_first::<u8, _>("SELECT SLEEP(60) FROM t WHERE id = 1").await;
        (a, slept)
    });
    // Until the statement runs there is nothing to kill, which is no error.
    let mut a = loop {
        b.query_drop(format!("KILL QUERY {id}")).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if running.is_finished() {
            let (a, slept) = running.await.unwrap();
            // MySQL's SLEEP returns 1 when it is interrupted; other statements fail with 1317.
            match slept {
                Ok(value) => assert_eq!(value, Some(1)),
                Err(Error::Server(error)) => assert_eq!(error.code, 1317, "{error}"),
                Err(other) => panic!("{other}"),
            }
            break a;
        }
    };
    assert_eq!(one::<String>(&mut a, "SELECT v FROM t WHERE id = 1").await.as_deref(), Some("v1"));
    b.query_drop(format!("KILL {id}")).await.unwrap();
    assert!(a.query_drop("SELECT 1").await.is_err(), "a killed connection does not answer");
}

/// Each on a session of its own: what is set, and what is asked then.
const NULLS: &[(&[&str], &str)] = &[
    (&[], "SELECT @a"),
    (&[], "SELECT @a, COLLATION(@a), @a + 1"),
    (&[], "SELECT @A AS a, @b"),
    (&["SET @a = NULL"], "SELECT @a"),
    (&["SET @a = 5", "SET @a = NULL"], "SELECT @a, @a + 1"),
    (&["SET @a = 18446744073709551615", "SET @a = NULL"], "SELECT @a"),
    (&["SET @a = 1.5", "SET @a = NULL"], "SELECT @a"),
    (&["SET @a = 1e0", "SET @a = NULL"], "SELECT @a"),
    (&["SET @a = 'x'", "SET @a = NULL"], "SELECT @a, COLLATION(@a)"),
    (&["SET @a = _latin1'x' COLLATE latin1_bin", "SET @a = NULL"], "SELECT @a, COLLATION(@a)"),
    (&["SET @a = x'41'", "SET @a = NULL"], "SELECT @a, COLLATION(@a)"),
    (&["SET @a = 5", "SELECT NULL INTO @a"], "SELECT @a"),
    (&["SET @a = 5", "SET @a = NULL", "SET @a = 'x'"], "SELECT @a"),
    (&["SET @a = 5", "SET @a = NULL", "PREPARE p FROM 'SELECT ? IS NULL'"], "EXECUTE p USING @a"),
];

#[tokio::test]
async fn a_null_variable_has_the_type_that_it_has_on_one_server() {
    for brand in [Brand::MariaDb, Brand::MySql] {
        let fleet = match Fleet::shared(brand) {
            Ok(fleet) => fleet,
            Err(why) => {
                println!("SKIPPED types of NULL variables on {brand:?}: {why}");
                continue;
            }
        };
        let instances: Vec<&Server> = fleet.instances.iter().take(2).collect();
        create_shards("nulls", &instances).await;
        let rules = rules_over_eight("shop", "nulls", 2, "  t: { dbpartition: hash(id) }\n");
        let weir = Setup::over(instances).instance_setting("max_connections: 4").rules("shop", rules).start();
        let mut other = weir.connect("shop").await;
        for (settings, question) in NULLS {
            let (mut plain, mut through) = (fleet.plain.connect().await, weir.connect("shop").await);
            for setting in settings.iter().map(Some).chain([None]) {
                if let Some(setting) = setting {
                    plain.query_drop(*setting).await.unwrap();
                    through.query_drop(*setting).await.unwrap();
                }
                // What another client leaves on the connection is of another type each time.
                for past in ["1e0", "'x'", "7", "1.5", "_latin1'x' COLLATE latin1_bin"] {
                    other.query_drop(format!("SET @a = {past}")).await.unwrap();
                    other.query_drop("SELECT @a").await.unwrap();
                }
            }
            // Of one that was never set servers tell another type or length than of one that is NULL, and no statement
            // takes a variable back that an earlier client has set on the connection.
            let told = |shown: Vec<String>| match settings.is_empty() {
                true => shown.iter().filter_map(|row| Some(row.rsplit_once("] [")?.1.to_owned())).collect(),
                false => shown,
            };
            let expected = told(shown(&mut plain, question).await);
            for _ in 0..2 {
                assert_eq!(told(shown(&mut through, question).await), expected, "{settings:?} {question} on {brand:?}");
                other.query_drop("SELECT @a").await.unwrap();
            }
        }
    }
}

async fn shown(conn: &mut Conn, question: &str) -> Vec<String> {
    described(conn.query(question).await.unwrap_or_else(|error| panic!("{question}: {error}")))
}

/// Rows, with what is said of their columns.
fn described(rows: Vec<mysql_async::Row>) -> Vec<String> {
    let columns = |row: &mysql_async::Row| -> Vec<String> {
        let columns = row.columns();
        let said = columns.iter().map(|column| {
            let (kind, length) = (column.column_type(), column.column_length());
            format!("{kind:?} {length} {} {:?}", column.character_set(), column.flags())
        });
        said.collect()
    };
    rows.into_iter().map(|row| format!("{:?} {:?}", columns(&row), row.unwrap())).collect()
}

/// Variables, and a value that none has from the start.
const SET_BY_ANOTHER: &[(&str, &str)] = &[
    ("auto_increment_increment", "7"),
    ("auto_increment_offset", "3"),
    ("div_precision_increment", "9"),
    ("foreign_key_checks", "0"),
    ("group_concat_max_len", "77"),
    ("lc_time_names", "'de_DE'"),
    ("max_sort_length", "99"),
    ("sql_auto_is_null", "1"),
    ("sql_big_selects", "0"),
    ("sql_mode", "'ANSI'"),
    ("sql_notes", "0"),
    ("sql_safe_updates", "1"),
    ("sql_select_limit", "5"),
    ("sql_warnings", "1"),
    ("time_zone", "'+03:00'"),
    ("unique_checks", "0"),
    ("updatable_views_with_limit", "'NO'"),
];

#[tokio::test]
async fn what_a_client_sets_is_taken_back_before_the_next() {
    for brand in [Brand::MariaDb, Brand::MySql] {
        let fleet = match Fleet::shared(brand) {
            Ok(fleet) => fleet,
            Err(why) => {
                println!("SKIPPED variables of other clients on {brand:?}: {why}");
                continue;
            }
        };
        let instances = [&fleet.instances[0]];
        create_shards("taken_back", &instances).await;
        let rules = rules_over_eight("shop", "taken_back", 1, "  t: { dbpartition: hash(id) }\n");
        let one_connection =
            Setup::over(instances).instance_setting("max_connections: 1").setting("limits: { workers: 1 }");
        let weir = one_connection.rules("shop", rules).start();
        for (variable, value) in SET_BY_ANOTHER {
            let question = format!("SELECT @@{variable}");
            let mut one = weir.connect("shop").await;
            // A client may be refused a setting; then there is nothing to take back.
            if one.query_drop(format!("SET {variable} = {value}")).await.is_err() {
                continue;
            }
            let own: Option<String> = one.query_first(&question).await.unwrap();
            let expected: Option<String> = fleet.plain.connect().await.query_first(&question).await.unwrap();
            assert_ne!(own, expected, "{variable} on {brand:?}");
            one.disconnect().await.unwrap();
            for _ in 0..3 {
                let found: Option<String> = weir.connect("shop").await.query_first(&question).await.unwrap();
                assert_eq!(found, expected, "{variable} on {brand:?}");
            }
        }
    }
}

/// What a client sets before it executes a statement, and the statement.
const EXECUTED_OVER_VARIABLES: &[(&str, &str)] = &[
    ("SET @a = 'abc'", "SELECT @a"),
    ("SET @a = 7", "SELECT @a, @a + 1"),
    ("SET @a = 1.25", "SELECT @a, CONCAT(@a, 'x')"),
    ("SET @a = 1e0", "SELECT @a / 3"),
    ("SET @a = _latin1'x' COLLATE latin1_bin", "SELECT @a, COLLATION(@a)"),
    ("SET @a = 18446744073709551615", "SELECT @a"),
];

#[tokio::test]
async fn a_variable_in_a_prepared_statement_has_the_type_of_its_own_client() {
    for brand in [Brand::MariaDb, Brand::MySql] {
        let fleet = match Fleet::shared(brand) {
            Ok(fleet) => fleet,
            Err(why) => {
                println!("SKIPPED variables in prepared statements on {brand:?}: {why}");
                continue;
            }
        };
        let instances: Vec<&Server> = fleet.instances.iter().take(1).collect();
        create_shards("typed", &instances).await;
        let rules = rules_over_eight("shop", "typed", 1, "  t: { dbpartition: hash(id) }\n");
        // One connection, on which MySQL gives a variable its type for good when it prepares.
        let one = Setup::over(instances).instance_setting("max_connections: 1").setting("limits: { workers: 1 }");
        let weir = one.rules("shop", rules).start();
        for (setting, question) in EXECUTED_OVER_VARIABLES {
            for past in ["1e0", "'x'", "7", "1.5", "x'41'"] {
                let mut before = weir.connect("shop").await;
                before.query_drop(format!("SET @a = {past}")).await.unwrap();
                before.exec_drop(*question, ()).await.unwrap();
                before.disconnect().await.unwrap();
                let mut unset = weir.connect("shop").await;
                let null: Vec<mysql_async::Row> = unset.exec("SELECT @a", ()).await.unwrap();
                assert_eq!(null[0].as_ref(0), Some(&mysql_async::Value::NULL), "another client's @a, {brand:?}");
                let (mut plain, mut through) = (fleet.plain.connect().await, weir.connect("shop").await);
                for conn in [&mut plain, &mut through] {
                    conn.query_drop(*setting).await.unwrap();
                }
                let expected = described(plain.exec(*question, ()).await.unwrap());
                let answer = described(through.exec(*question, ()).await.unwrap());
                assert_eq!(answer, expected, "{setting} {question} after {past} on {brand:?}");
            }
        }
    }
}

/// Each worker is kept on a processor of its own, where there are as many, and only if that is wanted.
#[tokio::test]
async fn workers_stay_on_their_processors() {
    let instance = &Fleet::shared(Brand::MariaDb).unwrap().instances[0];
    create_shards("pinned", &[instance]).await;
    let rules = rules_over_eight("shop", "pinned", 1, "  t: { dbpartition: hash(id) }\n");
    let processors = std::thread::available_parallelism().unwrap().get();
    let own = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = own.lines().find_map(|line| line.strip_prefix("Cpus_allowed:")).unwrap();
    let allowed: u32 = mask.chars().filter_map(|digit| digit.to_digit(16)).map(u32::count_ones).sum();
    if usize::try_from(allowed).unwrap() != processors {
        println!("SKIPPED processors of workers: a quota gives {processors} of {allowed}");
        return;
    }
    for (limits, alone) in [("{}", true), ("{ pin_workers: 0 }", false), ("{ workers: 1000 }", false)] {
        let setup = Setup::over([instance]).setting(&format!("limits: {limits}"));
        let weir = setup.rules("shop", rules.clone()).start();
        // Each worker has had one of these, so that it knows its place.
        let mut clients = Vec::new();
        for _ in 0..processors {
            clients.push(weir.connect("shop").await);
        }
        let mut places = weir.process().processors_of("weir-worker-");
        places.sort();
        let threads = places.len();
        places.dedup();
        let expected = if limits.contains("1000") { 1000 } else { processors };
        assert_eq!(threads, expected, "{limits}");
        assert_eq!(places.len(), if alone { processors } else { 1 }, "{limits}: {places:?}");
        assert_eq!(places[0].contains(['-', ',']), !alone && processors > 1, "{limits}: {places:?}");
    }
}
