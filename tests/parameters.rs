//! Parameters as few clients give them, and those that a server drops: MySQL announces two and defines one where an
//! ORDER BY does not matter, and a client that believes it waits for ever. Through Weir such a statement is prepared, and
//! answered as its text is.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row, Value};

use crate::raw::{RawClient, error_in};
use crate::servers::{Brand, Fleet, Server};
use crate::transactions::on_both;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

/// A driver that waits for a definition waits for ever.
const LIMIT: Duration = Duration::from_secs(30);

/// Statements over a split table `t` and a single one `s`, both of `id` and `n`, and what they are given. MariaDB takes a
/// number that ORDER BY is given for a column: it is the first one.
const DROPPED: &[(&str, &[i64])] = &[
    // One node.
    ("SELECT n, GROUP_CONCAT(DISTINCT ? ORDER BY ?) FROM s GROUP BY n ORDER BY n", &[7, 1]),
    ("SELECT x.id FROM (SELECT id FROM s ORDER BY ?) AS x WHERE x.id > ? ORDER BY x.id", &[1, 3]),
    ("SELECT COUNT(*) FROM (SELECT id FROM s ORDER BY ?) AS x", &[1]),
    ("SELECT x.id, x.c FROM (SELECT id, ? AS c FROM s ORDER BY c, ?) AS x ORDER BY x.id", &[5, 1]),
    ("SELECT x.id FROM (SELECT id FROM t WHERE id = ? ORDER BY ?) AS x", &[4, 1]),
    // All nodes, and a merge node.
    ("SELECT x.id FROM (SELECT id, ? AS c FROM t ORDER BY c, ?) AS x ORDER BY x.id", &[1, 1]),
    ("SELECT n, GROUP_CONCAT(DISTINCT ? ORDER BY ?) FROM t GROUP BY n ORDER BY n", &[7, 1]),
    ("SELECT t.id FROM t JOIN (SELECT id FROM s ORDER BY ?) AS x ON x.id = t.n WHERE t.id <> ? ORDER BY 1", &[1, 3]),
];

on_both! {
    a_statement_whose_parameter_is_dropped_is_prepared_and_answered: dropped;
    a_limit_may_be_given_as_a_string_or_as_null: limits;
    long_data_is_for_a_string_that_the_statement_has: long_data;
}

/// Drivers that bind every parameter as a string do so for LIMIT.
async fn limits(brand: Brand) {
    let Some(weir) = weir_with_rows(brand, "limited").await else { return };
    let mut conn = weir.connect("shop").await;
    for (values, expected) in [
        ([Value::from("1"), Value::from("2")], &["2", "3"][..]),
        ([Value::from("03"), Value::from(9)], &["4", "5"]),
        ([Value::NULL, Value::from("2")], &["1", "2"]),
        ([Value::from(1), Value::NULL], &[]),
    ] {
        let params = Params::Positional(values.to_vec());
        let rows: Vec<Row> = conn.exec("SELECT id FROM t ORDER BY id LIMIT ?, ?", params).await.unwrap();
        assert_eq!(shown(rows), expected, "{values:?}");
    }
}

async fn long_data(brand: Brand) {
    const LONG: u8 = 3;
    const VAR_STRING: u8 = 0xfd;
    const WRONG_ARGUMENTS: u16 = 1210;
    let Some(weir) = weir_with_rows(brand, "long_data").await else { return };
    let mut client = RawClient::log_in(weir.port, "shop").await;
    let head = client.command(b"\x16UPDATE t SET n = ? WHERE id = 1").await.unwrap();
    assert_eq!((head[0], &head[7..9]), (0, &[1, 0][..]), "one parameter");
    let id = head[1..5].to_vec();
    for _ in ["the parameter", "EOF"] {
        client.read().await.unwrap();
    }
    // Three bytes behind their length would be a number of four bytes.
    send_long_data(&mut client, &id, 0, b"abc").await;
    assert_eq!(execute(&mut client, &id, LONG).await, Some(WRONG_ARGUMENTS));
    send_long_data(&mut client, &id, 1, b"7").await;
    for _ in 0..2 {
        assert_eq!(execute(&mut client, &id, VAR_STRING).await, Some(WRONG_ARGUMENTS));
    }
    let reset = client.command(&[&b"\x1a"[..], &id].concat()).await.unwrap();
    assert_eq!(reset[0], 0);
    for part in [b"7", b"5"] {
        send_long_data(&mut client, &id, 0, part).await;
    }
    assert_eq!(execute(&mut client, &id, VAR_STRING).await, None);
    let mut conn = weir.connect("shop").await;
    let n: Vec<i64> = conn.query("SELECT n FROM t WHERE id = 1").await.unwrap();
    assert_eq!(n, [75]);
}

async fn send_long_data(client: &mut RawClient, id: &[u8], param: u8, data: &[u8]) {
    client.sequence = 0;
    client.write(&[&b"\x18"[..], id, &[param, 0], data].concat()).await;
}

/// Executes a statement whose one parameter came as long data: the number of its error.
async fn execute(client: &mut RawClient, id: &[u8], kind: u8) -> Option<u16> {
    let answer = client.command(&[&b"\x17"[..], id, &[0, 1, 0, 0, 0, 0, 1, kind, 0]].concat()).await.unwrap();
    error_in(&answer).map(|(number, _)| number)
}

/// Weir over two instances with a split table `t` and a single one `s` of five rows each.
async fn weir_with_rows(brand: Brand, prefix: &str) -> Option<Weir> {
    let instances: Vec<&Server> = match Fleet::shared(brand) {
        Ok(fleet) => fleet.instances.iter().take(2).collect(),
        Err(why) => {
            println!("SKIPPED parameters on {brand:?}: {why}");
            return None;
        }
    };
    create_shards(prefix, &instances).await;
    let rules = rules_over_eight("shop", prefix, 2, "  t: { dbpartition: hash(id) }\n");
    // Few connections: what is left of one statement would meet the next.
    let weir = Setup::over(instances).instance_setting("max_connections: 4").rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    for table in ["t", "s"] {
        conn.query_drop(format!("CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, n INT)")).await.unwrap();
        conn.query_drop(format!("INSERT INTO {table} VALUES (1, 2), (2, 2), (3, 1), (4, 1), (5, 3)")).await.unwrap();
    }
    Some(weir)
}

async fn dropped(brand: Brand) {
    let Some(weir) = weir_with_rows(brand, "dropped").await else { return };
    let mut conn = weir.connect("shop").await;
    for (statement, values) in DROPPED {
        for _ in 0..2 {
            let found = within(statement, executed(&mut conn, statement, values)).await;
            assert_eq!(found, asked(&mut conn, statement, values).await, "{statement}");
        }
    }
    let insert = "INSERT INTO s SELECT id + ?, 9 FROM (SELECT id FROM s ORDER BY ?) AS x WHERE id < 3";
    within(insert, executed(&mut conn, insert, &[10, 1])).await;
    let written: Vec<i64> = conn.query("SELECT id FROM s WHERE n = 9 ORDER BY id").await.unwrap();
    assert_eq!(written, [11, 12]);
}

async fn within<T>(statement: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, work).await.unwrap_or_else(|_| panic!("no answer: {statement}"))
}

/// Prepares a statement, which must have as many parameters as it has question marks, and executes it.
async fn executed(conn: &mut Conn, statement: &str, values: &[i64]) -> Vec<String> {
    let prepared = conn.prep(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    assert_eq!(prepared.params().len(), values.len(), "{statement}");
    let params = Params::Positional(values.iter().map(|value| Value::Int(*value)).collect());
    let rows = conn.exec(&prepared, params).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    conn.close(prepared).await.unwrap();
    shown(rows)
}

/// The answer to its text.
async fn asked(conn: &mut Conn, statement: &str, values: &[i64]) -> Vec<String> {
    let mut text = statement.to_owned();
    for value in values {
        text = text.replacen('?', &format!("({value} + 0)"), 1);
    }
    shown(conn.query(&text).await.unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn shown(rows: Vec<Row>) -> Vec<String> {
    let cell = |value: Value| match value {
        Value::Bytes(bytes) => String::from_utf8(bytes).expect("UTF-8"),
        Value::NULL => "NULL".to_owned(),
        other => other.as_sql(true),
    };
    rows.into_iter().map(|row| row.unwrap().into_iter().map(cell).collect::<Vec<_>>().join(", ")).collect()
}
