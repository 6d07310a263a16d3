//! Tables of two schemas in one statement: a merge node reads them together, as one server does.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

use crate::servers::{Brand, Server};
use crate::transactions::{errno, on_both, run};
use crate::weir::{Setup, create_shards, rules_over_eight};

const REFUSED: u16 = 21001;

/// The shards of both schemas have the same numbers, and the tables are split alike.
const TABLES: &str = "  t: { dbpartition: hash(id) }\n  u: { dbpartition: hash(id) }\n  names: { broadcast: true }\n";

const FILL: &[&str] = &[
    "CREATE TABLE shop.t (id INT NOT NULL PRIMARY KEY, v INT)",
    "CREATE TABLE lab.t (id INT NOT NULL PRIMARY KEY, v INT)",
    "CREATE TABLE lab.u (id INT NOT NULL PRIMARY KEY, v INT)",
    "CREATE TABLE shop.names (id INT NOT NULL PRIMARY KEY, name VARCHAR(10))",
    "CREATE TABLE lab.names (id INT NOT NULL PRIMARY KEY, name VARCHAR(10))",
    "INSERT INTO shop.t VALUES (1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (6, NULL)",
    "INSERT INTO lab.t VALUES (2, 3), (3, 4), (4, 5), (5, 6), (7, 8)",
    "INSERT INTO lab.u VALUES (1, 1), (2, 2), (9, 9)",
    "INSERT INTO shop.names VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO lab.names VALUES (2, 'zwei'), (3, 'drei')",
];

const READS: &[&str] = &[
    "SELECT a.id, a.v, b.v FROM shop.t a JOIN lab.t b ON b.id = a.id ORDER BY a.id",
    "SELECT a.id, b.v FROM shop.t a JOIN lab.t b ON b.id = a.id WHERE a.id = 3",
    "SELECT t.id, lab.u.v FROM t LEFT JOIN lab.u ON lab.u.id = t.id ORDER BY t.id",
    "SELECT t.id FROM t WHERE t.id IN (SELECT id FROM lab.t WHERE v > 3) ORDER BY t.id",
    "SELECT t.id FROM t WHERE EXISTS (SELECT 1 FROM lab.t x WHERE x.id = t.id AND x.v > 4) ORDER BY t.id",
    "SELECT id, v FROM t UNION ALL SELECT id, v FROM lab.t ORDER BY id, v",
    "SELECT x.id, x.v FROM shop.t x UNION ALL SELECT x.id, x.v FROM lab.t x ORDER BY id, v",
    "SELECT x.id FROM shop.t x WHERE (SELECT COUNT(*) FROM lab.t x) = 5 ORDER BY x.id",
    "SELECT x.id, x.name FROM shop.names x UNION ALL SELECT x.id, x.name FROM lab.names x ORDER BY id, name",
    "SELECT a.name, b.name FROM shop.names a JOIN lab.names b ON a.id = b.id",
    "SELECT t.id, n.name FROM t JOIN lab.names n ON n.id = t.id ORDER BY t.id",
    "SELECT COUNT(*), SUM(a.v), MAX(b.v) FROM shop.t a JOIN lab.t b ON b.id = a.id",
    "WITH x AS (SELECT id, v FROM lab.t WHERE id < 5) SELECT t.id, x.v FROM t JOIN x ON x.id = t.id ORDER BY t.id",
    "SELECT id, (SELECT MAX(v) FROM lab.u WHERE lab.u.id <= t.id) FROM t ORDER BY id",
    "SELECT a.id FROM shop.t a JOIN lab.t b ON b.id = a.id WHERE a.id = 2 FOR UPDATE",
];

const WRITES: &[&str] = &[
    "INSERT INTO lab.u SELECT id + 100, v FROM shop.t",
    "INSERT INTO shop.t SELECT b.id + 200, a.v FROM shop.t a JOIN lab.t b ON b.id = a.id",
    "REPLACE INTO lab.names SELECT id, name FROM shop.names",
    "INSERT INTO shop.t SELECT id, v FROM lab.t ON DUPLICATE KEY UPDATE v = VALUES(v)",
];

on_both! {
    tables_of_two_schemas_are_read_together: together;
}

async fn rows(conn: &mut Conn, sql: &str) -> Vec<String> {
    shown(conn.query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")))
}

/// Rows with the schemas and names of their columns.
fn shown(rows: Vec<Row>) -> Vec<String> {
    let names = |row: &Row| {
        let columns = row.columns();
        columns.iter().map(|column| format!("{}.{}", column.schema_str(), column.name_str())).collect::<Vec<_>>()
    };
    rows.into_iter().map(|row| format!("{:?} {:?}", names(&row), row.unwrap())).collect()
}

/// What statements find that were prepared in one schema and are executed in another: the tables of the first.
async fn prepared_before_use(conn: &mut Conn) -> Vec<String> {
    let sql = "SELECT v FROM t WHERE id IN (2, 3) ORDER BY id";
    run(conn, &[&format!("PREPARE named FROM '{sql}'")]).await;
    let statement = conn.prep(sql).await.unwrap();
    run(conn, &["USE lab"]).await;
    let mut found = rows(conn, "EXECUTE named").await;
    let own: Vec<Row> = conn.exec(&statement, ()).await.unwrap();
    found.extend(shown(own));
    found.extend(rows(conn, "SELECT DATABASE()").await);
    run(conn, &["USE shop"]).await;
    found
}

async fn together(brand: Brand) {
    let (Ok(a), Ok(b), Ok(plain)) = (Server::of(brand), Server::of(brand), Server::of(brand)) else {
        assert_eq!(brand, Brand::MySql);
        println!("SKIPPED two schemas on MySQL 9");
        return;
    };
    create_shards("shop", &[&a, &b]).await;
    // The other way round: what has the same number is on the other instance.
    create_shards("lab", &[&b, &a]).await;
    let lab = rules_over_eight("lab", "lab", 2, TABLES).replace("instance: a", "instance: x");
    let lab = lab.replace("instance: b", "instance: a").replace("instance: x", "instance: b");
    let weir =
        Setup::over([&a, &b]).rules("shop", rules_over_eight("shop", "shop", 2, TABLES)).rules("lab", lab).start();
    let mut one = plain.connect().await;
    run(&mut one, &["CREATE DATABASE shop", "CREATE DATABASE lab", "USE shop"]).await;
    let mut many = weir.connect("shop").await;
    for conn in [&mut one, &mut many] {
        run(conn, FILL).await;
    }
    for sql in READS {
        assert_eq!(rows(&mut many, sql).await, rows(&mut one, sql).await, "{sql}");
        let (ours, its): (Vec<Row>, Vec<Row>) = (many.exec(*sql, ()).await.unwrap(), one.exec(*sql, ()).await.unwrap());
        assert_eq!(shown(ours), shown(its), "{sql}, prepared");
    }
    assert_eq!(prepared_before_use(&mut many).await, prepared_before_use(&mut one).await, "prepared before USE");
    for sql in WRITES {
        for conn in [&mut one, &mut many] {
            run(conn, &[sql]).await;
        }
        assert_eq!((many.affected_rows(), many.info()), (one.affected_rows(), one.info()), "{sql}");
        for table in ["shop.t", "lab.t", "lab.u", "lab.names"] {
            let all = format!("SELECT * FROM {table} ORDER BY id");
            assert_eq!(rows(&mut many, &all).await, rows(&mut one, &all).await, "{sql}");
        }
    }
    for sql in [
        "UPDATE shop.t a JOIN lab.t b ON b.id = a.id SET a.v = b.v WHERE a.id > 1",
        "DELETE FROM shop.t WHERE id IN (SELECT id FROM lab.t)",
        "SELECT shop.t.id FROM shop.t JOIN lab.t ON lab.t.id = shop.t.id",
    ] {
        assert_eq!(errno(&mut many, sql).await, REFUSED, "{sql}");
    }
}
