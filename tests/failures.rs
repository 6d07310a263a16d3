//! When things break: backends that are away, refuse, die or lie, and clients that do not follow the protocol. Whoever
//! is in order gets a MySQL error that names what failed, and can go on; nothing needs a restart.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, ServerError};

use crate::faulty::{Fault, FaultyWire};
use crate::process::free_port;
use crate::raw::{RawClient, error_in, frame};
use crate::servers::{PASSWORD, Server, USER, connect};
use crate::weir::{APP, APP_PASSWORD, Setup, Weir, create_shards, eight_shards};

/// What Weir is configured with here.
const TIMEOUTS: [&str; 3] = ["connect_timeout_ms: 1000", "acquire_timeout_ms: 1000", "io_timeout_ms: 2000"];
/// The sum of these, and what a busy machine adds.
const ERROR_LIMIT: Duration = Duration::from_secs(4 + 4);

const INSTANCE_UNAVAILABLE: u16 = 21011;
const INSTANCE_TIMEOUT: u16 = 21012;
const BACKEND_ANSWER: u16 = 21016;

/// `t` has row `n` with key `n` for 0..16: shard `n % 8`, the first four shards on instance a. Two equal ports are one
/// instance.
fn setup(ports: [u16; 2]) -> Setup {
    let instances = if ports[0] == ports[1] { 1 } else { 2 };
    let rules = format!(
        "schema: shop\n{}tables:\n  t: {{ dbpartition: hash(id) }}\n  big: {{ single: shop_00 }}\ndefault: {{ single: shop_07 }}\n",
        eight_shards("shop", instances)
    );
    let setup = Setup::over_ports(ports.into_iter().take(instances)).rules("shop", rules);
    TIMEOUTS.into_iter().fold(setup, Setup::instance_setting)
}

async fn physical_tables(servers: [&Server; 2]) {
    create_shards("shop", &servers).await;
    for shard in 0..8_usize {
        let mut conn = servers[shard / 4].connect().await;
        let statements = format!(
            "CREATE TABLE shop_{shard:02}.t (id INT NOT NULL PRIMARY KEY, v VARCHAR(20)); \
             INSERT INTO shop_{shard:02}.t VALUES ({shard}, 'row {shard}'), ({0}, 'row {0}')",
            shard + 8
        );
        conn.query_drop(statements).await.unwrap();
        if shard == 7 {
            conn.query_drop("CREATE TABLE shop_07.plain (a INT); INSERT INTO shop_07.plain VALUES (7)").await.unwrap();
        }
        conn.disconnect().await.unwrap();
    }
}

/// The error of a statement, within the time that Weir is configured to take for it.
async fn refusal(conn: &mut Conn, statement: &str) -> ServerError {
    let asked = Instant::now();
    let error = match conn.query::<mysql_async::Row, _>(statement).await {
        Err(Error::Server(error)) => error,
        Err(other) => panic!("{statement}: the connection broke instead of an error: {other}"),
        Ok(rows) => panic!("{statement}: {} rows where an error was due", rows.len()),
    };
    assert!(asked.elapsed() < ERROR_LIMIT, "{statement}: the error took {:?}: {error}", asked.elapsed());
    error
}

fn assert_names_instance(error: &ServerError, name: &str) {
    let named = error.message.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
    assert!(named, "the error does not name instance {name}: {error}");
    assert!(!error.message.contains(PASSWORD), "the error tells the password: {error}");
}

async fn value(conn: &mut Conn, statement: &str) -> String {
    conn.query_first(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}")).expect("a row")
}

/// Two fresh servers with the tables, and Weir before them.
async fn two_instances() -> (Server, Server, Weir) {
    let (a, b) = (Server::mariadb(), Server::mariadb());
    physical_tables([&a, &b]).await;
    let weir = setup([a.port, b.port]).start();
    (a, b, weir)
}

// === Backends ===

#[tokio::test]
async fn an_instance_that_is_down_when_weir_starts_is_named_and_used_once_it_is_up() {
    let (mut a, b) = (Server::mariadb(), Server::mariadb());
    physical_tables([&a, &b]).await;
    a.kill();
    let weir = setup([a.port, b.port]).start();
    let mut conn = weir.connect("shop").await;
    let error = refusal(&mut conn, "SELECT v FROM t WHERE id = 0").await;
    assert_eq!(error.code, INSTANCE_UNAVAILABLE, "{error}");
    assert_names_instance(&error, "a");
    assert_eq!(value(&mut conn, "SELECT a FROM plain").await, "7", "what lies on the other instance is served");
    assert_names_instance(&refusal(&mut conn, "SELECT v FROM t ORDER BY id").await, "a");
    a.revive();
    assert_eq!(value(&mut conn, "SELECT v FROM t WHERE id = 0").await, "row 0");
    assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16");
}

#[tokio::test]
async fn an_instance_that_refuses_the_password_is_named_and_used_once_it_agrees() {
    let server = Server::mariadb();
    physical_tables([&server, &server]).await;
    let weir = setup([server.port, server.port]).instance_password("another").start();
    let mut conn = weir.connect("shop").await;
    let error = refusal(&mut conn, "SELECT v FROM t WHERE id = 0").await;
    assert_eq!(error.code, INSTANCE_UNAVAILABLE, "{error}");
    assert_names_instance(&error, "a");
    assert!(!error.message.contains("another"), "the error tells the password: {error}");
    let mut root = server.connect().await;
    root.query_drop(format!("SET PASSWORD FOR '{USER}'@'%' = PASSWORD('another')")).await.unwrap();
    assert_eq!(value(&mut conn, "SELECT v FROM t WHERE id = 0").await, "row 0");
}

#[tokio::test]
async fn an_instance_killed_in_the_middle_of_a_result_ends_it_with_an_error() {
    let (mut a, _b, weir) = two_instances().await;
    let mut direct = a.connect().await;
    direct
        .query_drop(
            "CREATE TABLE shop_00.big (n INT, pad CHAR(200)); \
             INSERT INTO shop_00.big SELECT seq, REPEAT('x', 200) FROM shop_00.seq_1_to_100000",
        )
        .await
        .unwrap();
    // A single table: the answer is relayed, not merged.
    let statement = "SELECT n, pad FROM big";
    let mut conn = weir.connect("shop").await;
    let mut result = conn.query_iter(statement).await.unwrap();
    for _ in 0..10 {
        result.next().await.unwrap().expect("the first rows");
    }
    a.kill();
    let mut rows = 10;
    let error = loop {
        match result.next().await {
            Ok(Some(_)) => rows += 1,
            Ok(None) => panic!("a cut result of {rows} rows was given out as whole"),
            Err(Error::Server(error)) => break error,
            Err(other) => panic!("the connection broke after {rows} rows: {other}"),
        }
    };
    drop(result);
    assert_names_instance(&error, "a");
    assert_names_instance(&refusal(&mut conn, "SELECT v FROM t WHERE id = 0").await, "a");
    a.revive();
    assert_eq!(value(&mut conn, "SELECT v FROM t WHERE id = 0").await, "row 0");
}

#[tokio::test]
async fn an_instance_killed_in_a_transaction_ends_the_transaction() {
    let (mut a, _b, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("BEGIN").await.unwrap();
    conn.query_drop("UPDATE t SET v = 'changed' WHERE id = 1").await.unwrap();
    a.kill();
    assert_names_instance(&refusal(&mut conn, "SELECT v FROM t WHERE id = 1").await, "a");
    a.revive();
    conn.query_drop("ROLLBACK").await.unwrap();
    assert_eq!(value(&mut conn, "SELECT v FROM t WHERE id = 1").await, "row 1");
    conn.query_drop("UPDATE t SET v = 'after' WHERE id = 1").await.unwrap();
    assert_eq!(value(&mut conn, "SELECT v FROM t WHERE id = 1").await, "after");
}

/// As while ALTER TABLE goes from node to node: a binary row does not tell its types, so rows of two kinds cannot be mixed.
#[tokio::test]
async fn nodes_whose_columns_have_other_types_are_not_read_as_if_they_had_the_same() {
    let (a, b, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    let questions = ["SELECT id, v FROM t WHERE v <> ?", "SELECT id FROM t WHERE v <> ? ORDER BY v"];
    // Another table of the same connection; then all of the other instance.
    let altered = [(&a, 2..3), (&b, 4..8)];
    for (server, shards) in altered {
        let mut direct = server.connect().await;
        for shard in shards.clone() {
            direct.query_drop(format!("ALTER TABLE shop_{shard:02}.t MODIFY id BIGINT NOT NULL")).await.unwrap();
        }
        for question in questions {
            match conn.exec::<mysql_async::Row, _, _>(question, ("x",)).await {
                Err(Error::Server(error)) => {
                    assert_eq!(error.code, BACKEND_ANSWER, "{question}: {error}");
                    assert!(error.message.contains("column 1"), "{question}: {error}");
                }
                other => panic!("{question}: {other:?}"),
            }
            let text: Vec<mysql_async::Row> = conn.query(question.replace('?', "'x'")).await.unwrap();
            assert_eq!(text.len(), 16, "{question}");
            let cast = question.replace(" id", " CAST(id AS SIGNED)");
            let rows: Vec<mysql_async::Row> = conn.exec(cast, ("x",)).await.unwrap();
            assert_eq!(rows.len(), 16, "{question}");
        }
        for shard in shards {
            direct.query_drop(format!("ALTER TABLE shop_{shard:02}.t MODIFY id INT NOT NULL")).await.unwrap();
        }
    }
    for question in questions {
        let rows: Vec<mysql_async::Row> = conn.exec(question, ("x",)).await.unwrap();
        assert_eq!(rows.len(), 16, "{question}");
    }
}

/// The same of rows that a write returns: nothing is written.
#[tokio::test]
async fn rows_that_are_returned_with_other_types_are_not_read_as_if_they_had_the_same() {
    let (a, b, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    let count = "SELECT COUNT(*) FROM t";
    let statements = [
        ("DELETE FROM t WHERE id >= ? RETURNING id, v", vec![0]),
        ("INSERT INTO t (id) VALUES (?), (?), (?), (?) RETURNING v, id", vec![18, 19, 20, 21]),
    ];
    for (server, shard) in [(&a, 2), (&b, 4)] {
        let mut direct = server.connect().await;
        direct.query_drop(format!("ALTER TABLE shop_{shard:02}.t MODIFY id BIGINT NOT NULL")).await.unwrap();
        for open in [false, true] {
            if open {
                conn.query_drop("BEGIN").await.unwrap();
            }
            for (statement, params) in &statements {
                match conn.exec::<mysql_async::Row, _, _>(*statement, params.clone()).await {
                    Err(Error::Server(error)) => assert_eq!(error.code, BACKEND_ANSWER, "{statement}: {error}"),
                    other => panic!("{statement}: {other:?}"),
                }
                assert_eq!(value(&mut conn, count).await, "16", "{statement}");
            }
            if open {
                conn.query_drop("COMMIT").await.unwrap();
                assert_eq!(value(&mut conn, count).await, "16");
            }
        }
        conn.query_drop("BEGIN").await.unwrap();
        let rows: Vec<mysql_async::Row> = conn.query("DELETE FROM t WHERE id >= 0 RETURNING id, v").await.unwrap();
        assert_eq!(rows.len(), 16, "text tells its types");
        conn.query_drop("ROLLBACK").await.unwrap();
        direct.query_drop(format!("ALTER TABLE shop_{shard:02}.t MODIFY id INT NOT NULL")).await.unwrap();
    }
    for (statement, params) in statements {
        let rows: Vec<mysql_async::Row> = conn.exec(statement, params).await.unwrap();
        assert_eq!(rows.len(), if statement.starts_with("DELETE") { 16 } else { 4 }, "{statement}");
    }
}

/// Rows with more columns than the client has been told of would be the end of its connection.
#[tokio::test]
async fn nodes_with_another_number_of_columns_are_refused() {
    let (a, b, weir) = two_instances().await;
    let mut conn = weir.connect("shop").await;
    let statements = [
        "SELECT * FROM t",
        "SELECT * FROM t ORDER BY id",
        "DELETE FROM t WHERE id >= 0 RETURNING *",
        "INSERT INTO t (id) VALUES (18), (19), (20), (21), (22), (23) RETURNING *",
    ];
    for (server, shard, change, back) in
        [(&a, 2, "ADD w INT", "DROP w"), (&b, 4, "ADD w INT", "DROP w"), (&b, 7, "DROP v", "ADD v VARCHAR(20)")]
    {
        let mut direct = server.connect().await;
        direct.query_drop(format!("ALTER TABLE shop_{shard:02}.t {change}")).await.unwrap();
        for statement in statements {
            for prepared in [false, true] {
                let answer = match prepared {
                    false => conn.query::<mysql_async::Row, _>(statement).await,
                    true => conn.exec::<mysql_async::Row, _, _>(statement, ()).await,
                };
                match answer {
                    Err(Error::Server(error)) => assert_eq!(error.code, BACKEND_ANSWER, "{statement}: {error}"),
                    other => panic!("{statement}: {other:?}"),
                }
                assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16", "{statement}");
            }
        }
        direct.query_drop(format!("ALTER TABLE shop_{shard:02}.t {back}")).await.unwrap();
    }
}

/// A server that need not check unique keys forgets rows that several statements of one transaction bring.
#[tokio::test]
async fn rows_stay_on_servers_that_check_no_unique_keys_by_themselves() {
    let server = Server::mariadb();
    server.connect().await.query_drop("SET GLOBAL unique_checks = 0, GLOBAL foreign_key_checks = 0").await.unwrap();
    let rules = format!(
        "schema: shop\n{}tables:\n  loaded: {{ dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }}\n",
        eight_shards("shop", 1)
    );
    create_shards("shop", &[&server]).await;
    let weir = Setup::over_ports([server.port]).rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE loaded (k INT NOT NULL, id INT NOT NULL, PRIMARY KEY (id, k))").await.unwrap();
    conn.query_drop("INSERT INTO loaded VALUES (2, 1)").await.unwrap();
    for set in ["DO 0", "SET unique_checks = 0", "SET unique_checks = 1", "SET unique_checks = DEFAULT"] {
        conn.query_drop(set).await.unwrap();
        conn.query_drop("INSERT IGNORE INTO loaded VALUES (0, 1), (1, 1), (2, 1), (3, 1)").await.unwrap();
        assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM loaded").await, "4", "{set}");
        conn.query_drop("DELETE FROM loaded WHERE k <> 2").await.unwrap();
    }
}

/// Weir with instance a behind a wire that can be made to fail.
async fn behind_a_faulty_wire() -> (Server, FaultyWire, Weir) {
    let server = Server::mariadb();
    physical_tables([&server, &server]).await;
    let wire = FaultyWire::to(server.port).await;
    // What Weir asks to see whether the instance is alive would count as bytes of the answer.
    let weir = setup([wire.port, server.port])
        .instance_setting("health_interval_ms: 600000")
        .setting("limits: { schema_poll_ms: 0, recovery_interval_ms: 0 }")
        .start();
    (server, wire, weir)
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_never_given_out_as_whole_and_the_next_statement_works() {
    let (_server, wire, weir) = behind_a_faulty_wire().await;
    for statement in
        ["SELECT id, v FROM t WHERE id = 0", "SELECT id, v FROM t ORDER BY id", "UPDATE t SET v = v WHERE id = 0"]
    {
        let mut conn = weir.connect("shop").await;
        conn.query_drop(statement).await.unwrap();
        wire.set(Fault::None);
        let whole: Vec<(u32, String)> = conn.query(statement).await.unwrap();
        let length = wire.passed();
        assert!(length > 0, "{statement} does not go over the wire");
        for cut in 0..length {
            wire.set(Fault::CutAfter(cut));
            match conn.query::<(u32, String), _>(statement).await {
                Err(Error::Server(error)) => {
                    assert!([INSTANCE_UNAVAILABLE, BACKEND_ANSWER].contains(&error.code), "cut after {cut}: {error}");
                    assert_names_instance(&error, "a");
                }
                // A read may have been sent again.
                Ok(rows) if statement.starts_with("SELECT") => assert_eq!(rows, whole, "cut after {cut} bytes"),
                Ok(_) => panic!("a write was acknowledged although its answer was cut after {cut} bytes"),
                Err(broken) => panic!("{statement}: the connection broke after {cut} bytes: {broken}"),
            }
            assert!(!wire.is_armed(), "{statement}: byte {cut} was not reached");
            conn.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement} after cut {cut}: {error}"));
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_garbage_is_an_error_and_the_next_statement_works() {
    let (_server, wire, weir) = behind_a_faulty_wire().await;
    let mut conn = weir.connect("shop").await;
    let statement = "SELECT id, v FROM t ORDER BY id";
    conn.query_drop(statement).await.unwrap();
    // The head of the first packet: its length and number, then the column count.
    for start in 0..5 {
        wire.set(Fault::GarbageAfter(start, 4));
        let error = refusal(&mut conn, statement).await;
        assert_names_instance(&error, "a");
        assert!(!wire.is_armed());
        assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16", "after garbage at byte {start}");
    }
}

#[tokio::test]
async fn an_instance_that_accepts_and_says_nothing_is_given_up_in_time() {
    let server = Server::mariadb();
    physical_tables([&server, &server]).await;
    let wire = FaultyWire::to(server.port).await;
    wire.set(Fault::Silence);
    let weir = setup([wire.port, server.port]).start();
    let mut conn = weir.connect("shop").await;
    let error = refusal(&mut conn, "SELECT v FROM t WHERE id = 0").await;
    assert!([INSTANCE_UNAVAILABLE, INSTANCE_TIMEOUT].contains(&error.code), "{error}");
    assert_names_instance(&error, "a");
    wire.set(Fault::None);
    assert_eq!(value(&mut conn, "SELECT v FROM t WHERE id = 0").await, "row 0");
}

#[tokio::test]
async fn an_instance_that_falls_silent_in_a_statement_is_given_up_in_time() {
    let (_server, wire, weir) = behind_a_faulty_wire().await;
    let mut conn = weir.connect("shop").await;
    assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16");
    wire.set(Fault::Silence);
    let error = refusal(&mut conn, "SELECT COUNT(*) FROM t").await;
    assert_eq!(error.code, INSTANCE_TIMEOUT, "{error}");
    assert_names_instance(&error, "a");
    wire.set(Fault::None);
    assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16");
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_named() {
    let server = Server::mariadb();
    physical_tables([&server, &server]).await;
    let weir = setup([server.port, free_port()]).start();
    let mut conn = weir.connect("shop").await;
    assert_eq!(value(&mut conn, "/*+TDDL:node(0)*/ SELECT v FROM t WHERE id = 0").await, "row 0");
    assert_names_instance(&refusal(&mut conn, "SELECT a FROM plain").await, "b");
}

// === Clients ===

/// Weir over one server of this test's own.
async fn one_instance() -> (Server, Weir) {
    let server = Server::mariadb();
    physical_tables([&server, &server]).await;
    let weir = setup([server.port, server.port]).setting("limits: { max_allowed_packet: 1048576 }").start();
    (server, weir)
}

#[tokio::test]
async fn the_raw_client_and_the_faulty_wire_do_what_they_say() {
    let server = Server::mariadb();
    let mut admin = server.connect().await;
    admin
        .query_drop(format!("CREATE USER {APP}@'%' IDENTIFIED BY '{APP_PASSWORD}'; CREATE DATABASE shop"))
        .await
        .unwrap();
    admin.query_drop(format!("GRANT ALL ON shop.* TO {APP}@'%'")).await.unwrap();
    let wire = FaultyWire::to(server.port).await;
    let mut client = RawClient::log_in(wire.port, "shop").await;
    assert!(client.is_usable().await);
    let answer = client.command(&[0x20]).await.unwrap();
    assert_eq!(error_in(&answer).unwrap().0, 1047);
    wire.set(Fault::CutAfter(9));
    client.sequence = 0;
    client.write(b"\x03SELECT 1").await;
    assert_eq!(client.read().await.as_deref(), Some(&[1][..]), "five bytes, then a packet cut in its head");
    assert_eq!(client.read().await, None);
    assert!(!wire.is_armed() && wire.passed() > 9);
    let mut client = RawClient::log_in(wire.port, "shop").await;
    wire.set(Fault::GarbageAfter(4, 1));
    assert_eq!(client.command(b"\x03SELECT 1").await.as_deref(), Some(&[0xff][..]));
}

#[tokio::test]
async fn unserved_commands_get_an_error_and_never_a_false_ok() {
    let (_server, weir) = one_instance().await;
    let mut client = RawClient::log_in(weir.port, "shop").await;
    // Everything but the commands that Weir serves.
    let served = [0x01, 0x02, 0x03, 0x04, 0x09, 0x0c, 0x0e, 0x11, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1f];
    for command in (0..=0xff_u8).filter(|command| !served.contains(command)) {
        let answer = client.command(&[command, 1, 2, 3]).await;
        let (errno, text) =
            answer.as_deref().and_then(error_in).unwrap_or_else(|| panic!("command {command:#x}: {answer:?}"));
        assert_eq!(errno, 1047, "command {command:#x}: {text}");
    }
    assert!(client.is_usable().await);
}

#[tokio::test]
async fn malformed_commands_get_an_error_and_leave_the_connection_in_order() {
    let (_server, weir) = one_instance().await;
    let mut client = RawClient::log_in(weir.port, "shop").await;
    for malformed in [
        &b"\x17"[..],                                // COM_STMT_EXECUTE without a statement
        b"\x17\x01\x00\x00",                         // cut in the statement's number
        b"\x17\xff\xff\xff\xff\x00\x01\x00\x00\x00", // a statement that was never prepared
        b"\x1a\x09\x00\x00\x00",                     // COM_STMT_RESET of such a one
        b"\x1c\x09\x00\x00\x00\x01\x00\x00\x00",     // COM_STMT_FETCH of such a one
        b"\x0c\x01\x02\x03",                         // COM_PROCESS_KILL without a whole number
        b"\x0c\xff\xff\xff\xff",                     // COM_PROCESS_KILL of nobody
        b"\x1b\x07\x00",                             // COM_SET_OPTION with an unknown option
        b"\x03",                                     // an empty statement
        b"\x02nowhere",                              // COM_INIT_DB of an unknown schema
    ] {
        let answer = client.command(malformed).await;
        assert!(answer.as_deref().and_then(error_in).is_some(), "{malformed:02x?}: {answer:02x?}");
        assert!(client.is_usable().await, "after {malformed:02x?}");
    }
}

#[tokio::test]
async fn packets_that_come_in_pieces_are_joined() {
    use tokio::io::AsyncWriteExt;
    let (_server, weir) = one_instance().await;
    let mut client = RawClient::log_in(weir.port, "shop").await;
    client.socket.set_nodelay(true).unwrap();
    for byte in frame(b"\x03SELECT v FROM t WHERE id = 3", 0) {
        client.socket.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(client.read().await.as_deref(), Some(&[1][..]));
    let mut packets = Vec::new();
    for _ in 0..4 {
        packets.push(client.read().await.unwrap());
    }
    assert_eq!(packets[2], b"\x05row 3");
    // And two commands in one piece: each is answered, in order.
    let both = [frame(b"\x0e", 0), frame(b"\x03SELECT nothing FROM t", 0)].concat();
    client.socket.write_all(&both).await.unwrap();
    assert_eq!(client.read().await.unwrap().first(), Some(&0));
    assert_eq!(error_in(&client.read().await.unwrap()).unwrap().0, 1054);
    assert!(client.is_usable().await);
}

#[tokio::test]
async fn a_wrong_sequence_number_ends_the_connection_with_an_error() {
    let (_server, weir) = one_instance().await;
    let mut client = RawClient::log_in(weir.port, "shop").await;
    client.sequence = 5;
    client.write(b"\x03SELECT 1").await;
    let answer = client.read().await;
    assert_eq!(answer.as_deref().and_then(error_in).map(|(errno, _)| errno), Some(1156), "{answer:?}");
    assert_eq!(client.read().await, None);
    assert!(RawClient::log_in(weir.port, "shop").await.is_usable().await);
}

#[tokio::test]
async fn a_packet_above_the_limit_is_refused_and_one_at_the_limit_is_served() {
    let (_server, weir) = one_instance().await;
    let mut client = RawClient::log_in(weir.port, "shop").await;
    let statement = |length: usize| {
        let text = b"\x03SELECT LENGTH('')";
        let mut packet = text[..text.len() - 2].to_vec();
        packet.resize(length - 2, b'x');
        packet.extend(b"')");
        packet
    };
    assert_eq!(client.command(&statement(1_048_000)).await.as_deref(), Some(&[1][..]));
    for _ in 0..4 {
        client.read().await.unwrap();
    }
    let answer = client.command(&statement(1_048_577)).await;
    assert_eq!(answer.as_deref().and_then(error_in).map(|(errno, _)| errno), Some(1153), "{answer:?}");
    assert!(RawClient::log_in(weir.port, "shop").await.is_usable().await);
}

#[tokio::test]
async fn broken_handshakes_end_alone() {
    use tokio::io::AsyncWriteExt;
    let (_server, weir) = one_instance().await;
    for bytes in [
        Vec::new(),
        frame(b"", 1),
        frame(&[0xff; 40], 1),
        frame(&[0; 32], 1),
        frame(b"\x03SELECT 1", 0),
        vec![0xff; 64],
        b"GET / HTTP/1.1\r\nHost: weir\r\n\r\n".to_vec(),
        frame(b"\x85\xa6\xff\x01\x00\x00\x00\x01\x21", 1),
    ] {
        let mut client = RawClient::connect(weir.port).await;
        client.read().await.expect("a handshake");
        client.socket.write_all(&bytes).await.unwrap();
        client.socket.shutdown().await.unwrap();
        // Whatever is answered, it is an error, and then the connection is closed.
        while let Some(answer) = client.read().await {
            assert!(error_in(&answer).is_some(), "{bytes:02x?}: {answer:02x?}");
        }
    }
    assert!(RawClient::log_in(weir.port, "shop").await.is_usable().await);
}

#[tokio::test]
async fn logins_are_refused_as_mysql_refuses_them() {
    let (_server, weir) = one_instance().await;
    let errno =
        async |user: &str, password: &str, schema: &str| match connect(weir.port, user, password, Some(schema)).await {
            Err(Error::Server(error)) => Some(error.code),
            Err(other) => panic!("{user}: {other}"),
            Ok(_) => None,
        };
    assert_eq!(errno(APP, APP_PASSWORD, "shop").await, None);
    assert_eq!(errno(APP, "wrong", "shop").await, Some(1045));
    assert_eq!(errno(APP, "", "shop").await, Some(1045));
    assert_eq!(errno("nobody", APP_PASSWORD, "shop").await, Some(1045));
    assert_eq!(errno("", "", "shop").await, Some(1045));
    let unknown_schema = errno(APP, APP_PASSWORD, "nowhere").await;
    assert!([Some(1044), Some(1049)].contains(&unknown_schema), "{unknown_schema:?}");
}

/// It is no note of a table that does not exist: the servers' own tables do.
#[tokio::test]
async fn the_servers_own_tables_are_not_dropped_in_silence() {
    let (_server, weir) = one_instance().await;
    let mut conn = weir.connect("shop").await;
    for table in ["mysql.user", "mysql.no_table", "t, mysql.user"] {
        let answer = conn.query_drop(format!("DROP TABLE IF EXISTS {table}")).await;
        assert!(matches!(answer, Err(Error::Server(_))), "{table}: {answer:?}");
    }
    assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16");
}

#[tokio::test]
async fn statements_need_not_be_utf8() {
    let (_server, weir) = one_instance().await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("SET NAMES latin1").await.unwrap();
    conn.query_drop(&b"UPDATE t SET v = 'caf\xe9' WHERE id = 2"[..]).await.unwrap();
    assert_eq!(value(&mut conn, "SELECT HEX(v) FROM t WHERE id = 2").await, "636166C3A9");
    let same: Option<u64> = conn.query_first(&b"SELECT id FROM t WHERE v = 'caf\xe9' AND id = 2"[..]).await.unwrap();
    assert_eq!(same, Some(2));
    conn.query_drop("SET NAMES utf8mb4").await.unwrap();
    let broken = conn.query_first::<String, _>(&b"SELECT HEX(_binary'\xff\xfe') FROM t WHERE id = 2"[..]).await;
    assert_eq!(broken.unwrap().as_deref(), Some("FFFE"));
}

#[tokio::test]
async fn weir_ends_in_good_order_when_asked_to() {
    let (_server, weir) = one_instance().await;
    let mut conn = weir.connect("shop").await;
    assert_eq!(value(&mut conn, "SELECT COUNT(*) FROM t").await, "16");
    weir.process().signal("TERM");
    weir.process().wait_for_end(ERROR_LIMIT).unwrap();
    let after = conn.query_drop("SELECT 1").await;
    assert!(after.is_err(), "a statement was answered by a server that has ended");
}
