//! Where rows land: looked up in the physical tables themselves, and compared with DRDS's formulas written out here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

use crate::servers::{Brand, Fleet, Server};
use crate::weir::{Setup, Weir, create_shards, eight_shards, rules_over_eight};

/// How long Weir may take to notice changed rules.
const RELOAD_LIMIT: Duration = Duration::from_secs(15);

async fn instances(prefix: &str) -> Vec<&'static Server> {
    let instances: Vec<&Server> = Fleet::shared(Brand::MariaDb).unwrap().instances.iter().take(2).collect();
    create_shards(prefix, &instances).await;
    instances
}

async fn weir(prefix: &str, tables: &str) -> (Vec<&'static Server>, Weir) {
    let instances = instances(prefix).await;
    let weir =
        Setup::over(instances.iter().copied()).rules("shop", rules_over_eight("shop", prefix, 2, tables)).start();
    (instances, weir)
}

/// The physical tables that hold rows of a condition, as `database.table`, with how many.
async fn found_in(instances: &[&Server], prefix: &str, table: &str, condition: &str) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for (number, server) in instances.iter().enumerate() {
        let mut conn = server.connect().await;
        for shard in (0..8).filter(|shard| shard * instances.len() / 8 == number) {
            let database = format!("{prefix}_{shard:02}");
            let tables: Vec<String> = conn
                .query(format!(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = '{database}' \
                     AND (table_name = '{table}' OR table_name RLIKE '^{table}_[0-9]+$') ORDER BY 1"
                ))
                .await
                .unwrap();
            for physical in tables {
                let count = format!("SELECT COUNT(*) FROM {database}.{physical} WHERE {condition}");
                match conn.query_first(count).await.unwrap() {
                    Some(0_u64) | None => {}
                    Some(rows) => found.push((format!("{database}.{physical}"), rows)),
                }
            }
        }
    }
    found
}

async fn explained(conn: &mut Conn, statement: &str) -> Vec<(String, String)> {
    let rows: Vec<Row> = conn.query(format!("EXPLAIN {statement}")).await.unwrap();
    rows.into_iter().map(|row| (row.get("GROUP_NAME").unwrap(), row.get("SQL").unwrap())).collect()
}

#[tokio::test]
async fn integers_land_where_drds_puts_them() {
    let (servers, weir) =
        weir("place", "  orders: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 4 }\n").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE orders (user_id BIGINT NOT NULL PRIMARY KEY, v INT)").await.unwrap();
    let keys: [i64; 9] = [0, 1, 31, 32, 33, 1_000_003, -1, -33, i64::MAX];
    for key in keys {
        conn.query_drop(format!("INSERT INTO orders VALUES ({key}, 1)")).await.unwrap();
        let table = key.unsigned_abs() % 32;
        let place = format!("place_{:02}.orders_{table:02}", table / 4);
        assert_eq!(found_in(&servers, "place", "orders", &format!("user_id = {key}")).await, [(place.clone(), 1)]);
        let [(group, sql)] = &explained(&mut conn, &format!("SELECT v FROM orders WHERE user_id = {key}")).await[..]
        else {
            panic!("one key lies in one place")
        };
        assert!(
            place.starts_with(group.as_str()) && sql.contains(&format!("orders_{table:02}")),
            "{key}: {group}: {sql}"
        );
    }
    assert_eq!(explained(&mut conn, "SELECT COUNT(*) FROM orders").await.len(), 32);
    let rows: Option<usize> = conn.query_first("SELECT COUNT(*) FROM orders").await.unwrap();
    assert_eq!(rows, Some(keys.len()));
}

#[tokio::test]
async fn strings_land_where_java_hashes_them() {
    let (servers, weir) = weir("text", "  coupons: { dbpartition: hash(code) }\n").await;
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE coupons (code VARCHAR(40) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY)").await.unwrap();
    for code in ["", "a", "SUMMER", "summer", "Ünïcode", "😀 smile", "a much longer coupon code 0123456789"] {
        conn.exec_drop("INSERT INTO coupons VALUES (?)", (code,)).await.unwrap();
        // String.hashCode over UTF-16 units; one table in each database bears the plain name.
        let hash = code.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
        let place = format!("text_{:02}.coupons", hash.unsigned_abs() % 8);
        assert_eq!(found_in(&servers, "text", "coupons", &format!("code = '{code}'")).await, [(place, 1)], "{code}");
        let back: Option<String> = conn.exec_first("SELECT code FROM coupons WHERE code = ?", (code,)).await.unwrap();
        assert_eq!(back.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn broadcast_tables_are_whole_everywhere_and_single_ones_in_one_place() {
    let (servers, weir) = weir("whole", "  cities: { broadcast: true }\n  settings: { single: whole_05 }\n").await;
    let mut conn = weir.connect("shop").await;
    for table in ["cities", "settings", "unnamed"] {
        conn.query_drop(format!("CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY)")).await.unwrap();
        conn.query_drop(format!("INSERT INTO {table} VALUES (1), (2)")).await.unwrap();
        assert_eq!(conn.affected_rows(), 2, "{table}");
    }
    let everywhere: Vec<(String, u64)> = (0..8).map(|shard| (format!("whole_{shard:02}.cities"), 2)).collect();
    assert_eq!(found_in(&servers, "whole", "cities", "TRUE").await, everywhere);
    assert_eq!(found_in(&servers, "whole", "settings", "TRUE").await, [("whole_05.settings".to_owned(), 2)]);
    assert_eq!(found_in(&servers, "whole", "unnamed", "TRUE").await, [("whole_00.unnamed".to_owned(), 2)]);
}

#[tokio::test]
async fn tables_that_no_rule_names_are_split_by_primary_key_when_the_default_says_so() {
    let servers = instances("auto").await;
    let rules = format!("schema: shop\n{}default: {{ auto: hash }}\n", eight_shards("auto", 2));
    let weir = Setup::over(servers.iter().copied()).rules("shop", rules).start();
    let mut conn = weir.connect("shop").await;
    conn.query_drop("CREATE TABLE made (a INT NOT NULL PRIMARY KEY, b INT)").await.unwrap();
    let values: Vec<String> = (0..64).map(|number| format!("({number}, {number})")).collect();
    conn.query_drop(format!("INSERT INTO made VALUES {}", values.join(","))).await.unwrap();
    let found = found_in(&servers, "auto", "made", "TRUE").await;
    assert!(found.len() >= 8 && found.iter().all(|(_, rows)| *rows < 64), "not split: {found:?}");
    assert_eq!(found.iter().map(|(_, rows)| rows).sum::<u64>(), 64);
    assert_eq!(explained(&mut conn, "SELECT b FROM made WHERE a = 7").await.len(), 1);
    // `hash` does not take every type; such a table is whole.
    conn.query_drop("CREATE TABLE days (at DATETIME NOT NULL, b INT, PRIMARY KEY (at))").await.unwrap();
    conn.query_drop("INSERT INTO days VALUES ('2026-11-27 00:00:00', 1), ('2026-11-28 00:00:00', 2)").await.unwrap();
    assert_eq!(found_in(&servers, "auto", "days", "TRUE").await, [("auto_00.days".to_owned(), 2)]);
    // MariaDB makes up such tables in every database.
    assert_eq!(conn.query_first("SELECT COUNT(*) FROM seq_1_to_10").await.unwrap(), Some(10));
    // Another Weir over the same backends knows the table too.
    let rules = format!("schema: shop\n{}default: {{ auto: hash }}\n", eight_shards("auto", 2));
    let other = Setup::over(servers.iter().copied()).rules("shop", rules).start();
    let mut conn = other.connect("shop").await;
    let rows: Vec<u32> = conn.query("SELECT b FROM made WHERE a IN (7, 8) ORDER BY a").await.unwrap();
    assert_eq!(rows, [7, 8]);
}

#[tokio::test]
async fn what_is_left_of_a_table_can_be_dropped() {
    let servers = instances("left").await;
    let rules = || format!("schema: shop\n{}default: {{ auto: hash }}\n", eight_shards("left", 2));
    let weir = Setup::over(servers.iter().copied()).rules("shop", rules()).start();
    let create = "CREATE TABLE made (a INT NOT NULL PRIMARY KEY)";
    weir.connect("shop").await.query_drop(create).await.unwrap();
    let mut first = servers[0].connect().await;
    first.query_drop("DROP TABLE left_00.made").await.unwrap();
    let other = Setup::over(servers.iter().copied()).rules("shop", rules()).start();
    let mut conn = other.connect("shop").await;
    conn.query_drop("DROP TABLE IF EXISTS made").await.unwrap();
    conn.query_drop(create).await.unwrap();
}

#[tokio::test]
async fn generated_keys_are_unique_over_processes_and_restarts() {
    let tables = "  tickets: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }\n";
    let (servers, weir) = weir("keys", tables).await;
    let again =
        || Setup::over(servers.iter().copied()).rules("shop", rules_over_eight("shop", "keys", 2, tables)).start();
    let other = again();
    let mut first = weir.connect("shop").await;
    let create = "CREATE TABLE tickets (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, who VARCHAR(10))";
    first.query_drop(create).await.unwrap();
    let mut second = other.connect("shop").await;
    let mut given = BTreeSet::new();
    for _ in 0..50 {
        for conn in [&mut first, &mut second] {
            conn.query_drop("INSERT INTO tickets (who) VALUES ('a'), ('b'), ('c')").await.unwrap();
            let id = conn.last_insert_id().expect("a generated key");
            assert!((id..id + 3).all(|id| given.insert(id)), "{id} was given twice");
        }
    }
    weir.process().signal("KILL");
    let third = again();
    let mut conn = third.connect("shop").await;
    conn.query_drop("INSERT INTO tickets (who) VALUES ('after')").await.unwrap();
    assert!(given.insert(conn.last_insert_id().expect("a generated key")));
    let ids: Vec<u64> = conn.query("SELECT id FROM tickets ORDER BY id").await.unwrap();
    assert_eq!(ids, given.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn changed_rules_are_used_and_bad_ones_are_not() {
    let (servers, weir) = weir("reload", "  a: { dbpartition: hash(id) }\n").await;
    let mut conn = weir.connect("shop").await;
    weir.rewrite_rules("shop", "schema: shop\nshards: nonsense\n");
    weir.rewrite_rules("shop", &rules_over_eight("shop", "reload", 2, "  b: { broadcast: true }\n"));
    let asked = Instant::now();
    while conn.query::<mysql_async::Row, _>("SHOW RULE FROM b").await.unwrap().is_empty() {
        assert!(asked.elapsed() < RELOAD_LIMIT, "the new rules are not used");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    conn.query_drop("CREATE TABLE b (id INT)").await.unwrap();
    conn.query_drop("INSERT INTO b VALUES (1)").await.unwrap();
    assert_eq!(found_in(&servers, "reload", "b", "TRUE").await.len(), 8);
    weir.rewrite_rules("shop", "schema: shop\nshards: nonsense\n");
    let asked = Instant::now();
    while !weir.process().log().contains("nonsense") && asked.elapsed() < RELOAD_LIMIT {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(weir.process().log().contains("shop.yaml"), "bad rules are told of:\n{}", weir.process().log());
    let rows: Option<u64> = conn.query_first("SELECT COUNT(*) FROM b").await.unwrap();
    assert_eq!(rows, Some(1), "the last good rules stay in force");
}
