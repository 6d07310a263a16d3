//! Parameters that a server drops: MySQL announces two and defines one where an ORDER BY does not matter, and a client
//! that believes it waits for ever. Through Weir such a statement is prepared, and answered as its text is.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row, Value};

use crate::servers::{Brand, Fleet, Server};
use crate::transactions::on_both;
use crate::weir::{Setup, create_shards, rules_over_eight};

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
}

async fn dropped(brand: Brand) {
    let instances: Vec<&Server> = match Fleet::shared(brand) {
        Ok(fleet) => fleet.instances.iter().take(2).collect(),
        Err(why) => return println!("SKIPPED dropped parameters on {brand:?}: {why}"),
    };
    create_shards("dropped", &instances).await;
    let rules = rules_over_eight("shop", "dropped", 2, "  t: { dbpartition: hash(id) }\n");
    // Few connections: what is left of one statement would meet the next.
    let weir = Setup::over(instances).instance_setting("max_connections: 4").rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    for table in ["t", "s"] {
        conn.query_drop(format!("CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, n INT)")).await.unwrap();
        conn.query_drop(format!("INSERT INTO {table} VALUES (1, 2), (2, 2), (3, 1), (4, 1), (5, 3)")).await.unwrap();
    }
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
