//! Triggers and foreign keys that a DBA has made at the nodes: what they do to shard keys, to unique keys and to rows that
//! stay as they are, and which rows they do not let in.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};

use crate::servers::{Brand, Fleet, Server};
use crate::weir::{Setup, create_shards, rules_over_eight};

const REFUSED: u16 = 21001;

#[tokio::test]
async fn on_mariadb_a_row_lies_where_its_key_says_whatever_triggers_do() {
    rows_lie_where_their_keys_say(Fleet::shared(Brand::MariaDb).unwrap()).await;
}

#[tokio::test]
async fn on_mysql_a_row_lies_where_its_key_says_whatever_triggers_do() {
    match Fleet::shared(Brand::MySql) {
        Ok(fleet) => rows_lie_where_their_keys_say(fleet).await,
        Err(why) => println!("SKIPPED triggers on MySQL 9: {why}"),
    }
}

async fn rows_lie_where_their_keys_say(fleet: &'static Fleet) {
    let servers: Vec<&Server> = fleet.instances.iter().take(2).collect();
    create_shards("set", &servers).await;
    let tables = ["new_keys", "changed_keys", "read_keys", "seen", "mailed"]
        .map(|name| format!("  {name}: {{ dbpartition: hash(k) }}\n"));
    let weir =
        Setup::over(servers.iter().copied()).rules("set", rules_over_eight("set", "set", 2, &tables.concat())).start();
    let mut conn = weir.connect("set").await;
    for (table, trigger) in [
        ("new_keys", "BEFORE INSERT ON {} FOR EACH ROW SET NEW.v = 1, NEW.k = NEW.k + 100"),
        ("changed_keys", "BEFORE UPDATE ON {} FOR EACH ROW BEGIN SET @seen = 1, NEW.`K` = 7; END"),
        ("read_keys", "BEFORE INSERT ON {} FOR EACH ROW SET NEW.v = NEW.k + 100"),
        ("seen", "BEFORE UPDATE ON {} FOR EACH ROW SET NEW.v = OLD.v + 1"),
        ("mailed", "BEFORE INSERT ON {} FOR EACH ROW SET NEW.v = NEW.v % 3"),
    ] {
        let unique = if table == "mailed" { "UNIQUE" } else { "" };
        conn.query_drop(format!("CREATE TABLE {table} (k INT NOT NULL PRIMARY KEY, v INT {unique})")).await.unwrap();
        for n in 0..8 {
            let trigger = trigger.replace("{}", &format!("set_0{n}.{table}"));
            let create = format!("CREATE TRIGGER set_0{n}.{table}_t {trigger}");
            servers[n / 4].connect().await.query_drop(create).await.unwrap();
        }
    }
    // A Weir that has read the tables before knows no triggers that came later.
    conn.query_drop("ALTER TABLE new_keys COMMENT = 'with triggers'").await.unwrap();
    for (statement, expected) in [
        ("INSERT INTO new_keys VALUES (1, 1)", REFUSED),
        ("INSERT INTO new_keys VALUES (1, 1), (2, 2)", REFUSED),
        ("INSERT INTO new_keys SELECT 1, 1", REFUSED),
        ("REPLACE INTO new_keys VALUES (1, 1)", REFUSED),
        ("UPDATE new_keys SET v = 2 WHERE k = 1", 0),
        ("INSERT INTO changed_keys VALUES (1, 1), (2, 2)", 0),
        ("UPDATE changed_keys SET v = 2 WHERE k = 1", REFUSED),
        ("UPDATE changed_keys SET v = 2 WHERE v = 1", REFUSED),
        ("INSERT INTO changed_keys VALUES (1, 1) ON DUPLICATE KEY UPDATE v = 3", REFUSED),
        ("DELETE FROM changed_keys WHERE k = 1", 0),
        ("INSERT INTO read_keys VALUES (1, 1), (2, 2)", 0),
        ("UPDATE read_keys SET v = v + 1 WHERE v > 0", 0),
        ("UPDATE read_keys SET v = v ORDER BY k LIMIT 2", 0),
        ("INSERT INTO seen VALUES (1, 1), (2, 2)", 0),
        ("UPDATE seen SET v = v WHERE v > 0", 0),
        ("UPDATE seen SET v = v ORDER BY k LIMIT 2", REFUSED),
        ("DELETE FROM seen ORDER BY k DESC LIMIT 1", 0),
        ("INSERT INTO mailed VALUES (1, 10)", 0),
        ("INSERT IGNORE INTO mailed VALUES (2, 13)", REFUSED),
        ("REPLACE INTO mailed VALUES (2, 13)", REFUSED),
    ] {
        assert_eq!(errno(&mut conn, statement).await, expected, "{statement}");
    }
    let rows: Vec<(u32, u32)> = conn.query("SELECT k, v FROM read_keys ORDER BY k").await.unwrap();
    assert_eq!(rows, [(1, 102), (2, 103)]);
    let shown: Vec<Row> = conn.query("SHOW TRIGGERS LIKE 'r%'").await.unwrap();
    let shown: Vec<[String; 3]> = shown.iter().map(|row| [0, 1, 2].map(|at| row.get(at).unwrap())).collect();
    assert_eq!(shown, [["read_keys_t", "INSERT", "read_keys"]]);
    let listed: Vec<(String, String, String)> = conn
        .query(
            "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS \
             WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY EVENT_OBJECT_TABLE",
        )
        .await
        .unwrap();
    let tables: Vec<&str> = listed.iter().map(|(_, table, _)| &**table).collect();
    assert_eq!(tables, ["changed_keys", "mailed", "new_keys", "read_keys", "seen"]);
    assert!(listed.iter().all(|(schema, table, name)| schema == "set" && *name == format!("{table}_t")), "{listed:?}");
    let rows: Vec<(u32, u32)> = conn.query("SELECT k, v FROM seen").await.unwrap();
    assert_eq!(rows, [(1, 2)]);
    let rows: Vec<(u32, u32)> = conn.query("SELECT k, v FROM changed_keys WHERE k = 2").await.unwrap();
    assert_eq!(rows, [(2, 2)]);
}

#[tokio::test]
async fn on_mariadb_a_parent_at_another_node_is_not_missing() {
    parents_may_be_elsewhere(Fleet::shared(Brand::MariaDb).unwrap()).await;
}

#[tokio::test]
async fn on_mysql_a_parent_at_another_node_is_not_missing() {
    match Fleet::shared(Brand::MySql) {
        Ok(fleet) => parents_may_be_elsewhere(fleet).await,
        Err(why) => println!("SKIPPED foreign keys on MySQL 9: {why}"),
    }
}

async fn parents_may_be_elsewhere(fleet: &'static Fleet) {
    const NO_PARENT: u16 = 1452;
    let servers: Vec<&Server> = fleet.instances.iter().take(2).collect();
    create_shards("stray", &servers).await;
    let tables = "  parents: { dbpartition: hash(id) }\n  children: { dbpartition: hash(k), binding: parents }\n  \
                  straight: { dbpartition: hash(k), binding: parents }\n";
    let weir =
        Setup::over(servers.iter().copied()).rules("stray", rules_over_eight("stray", "stray", 2, tables)).start();
    let mut conn = weir.connect("stray").await;
    conn.query_drop("CREATE TABLE parents (id INT NOT NULL PRIMARY KEY)").await.unwrap();
    conn.query_drop("CREATE TABLE children (k INT NOT NULL PRIMARY KEY, parent INT, KEY (parent))").await.unwrap();
    let create = "CREATE TABLE straight (k INT NOT NULL PRIMARY KEY, FOREIGN KEY (k) REFERENCES parents (id))";
    conn.query_drop(create).await.unwrap();
    for n in 0..8 {
        let add = format!(
            "ALTER TABLE stray_0{n}.children ADD CONSTRAINT by_hand FOREIGN KEY (parent) \
             REFERENCES stray_0{n}.parents (id)"
        );
        servers[n / 4].connect().await.query_drop(add).await.unwrap();
    }
    conn.query_drop("ALTER TABLE children COMMENT = 'with a foreign key'").await.unwrap();
    for (statement, expected) in [
        ("INSERT INTO parents VALUES (1), (2)", 0),
        ("INSERT INTO straight VALUES (1)", 0),
        ("INSERT INTO straight VALUES (3)", NO_PARENT),
        ("INSERT INTO children VALUES (1, 1), (9, 1), (3, NULL)", 0),
        ("INSERT INTO children VALUES (2, 1)", REFUSED),
        ("INSERT INTO children VALUES (2, 1), (4, 2)", REFUSED),
        ("UPDATE children SET parent = 2 WHERE k = 1", REFUSED),
        ("UPDATE children SET parent = 2 WHERE k > 0", REFUSED),
        ("INSERT IGNORE INTO children VALUES (2, 1)", REFUSED),
        ("UPDATE IGNORE children SET parent = 2 WHERE k = 1", REFUSED),
        ("INSERT IGNORE INTO straight VALUES (4)", 0),
    ] {
        assert_eq!(errno(&mut conn, statement).await, expected, "{statement}");
    }
    let rows: Vec<(u32, Option<u32>)> = conn.query("SELECT k, parent FROM children ORDER BY k").await.unwrap();
    assert_eq!(rows, [(1, Some(1)), (3, None), (9, Some(1))]);
}

async fn errno(conn: &mut Conn, statement: &str) -> u16 {
    match conn.query_drop(statement).await {
        Err(Error::Server(error)) => error.code,
        Err(broken) => panic!("{statement}: {broken}"),
        Ok(()) => 0,
    }
}
