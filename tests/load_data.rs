//! LOAD DATA LOCAL INFILE: the same file given to one plain server and to Weir over two instances. Compared are affected
//! rows, message, warnings, LAST_INSERT_ID(), errors, and the rows.

mod failures;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Opts, OptsBuilder, Row, WhiteListFsHandler};

use crate::process::scratch;
use crate::servers::{Brand, PASSWORD, Server, USER};
use crate::transactions::on_both;
use crate::weir::{APP, APP_PASSWORD, Setup, Weir, create_shards, rules_over_eight};

const TABLES: &str = "  t: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }\n  \
                      names: { dbpartition: hash(name) }\n  seq: { dbpartition: hash(owner) }\n  \
                      auto: { dbpartition: hash(id) }\n  everywhere: { broadcast: true }\n  \
                      grid: { dbpartition: hash(a), tbpartition: hash(b), tbpartitions: 2 }\n  \
                      days: { dbpartition: hash(n), tbpartition: mm(d), tbpartitions: 12 }\n  docs: { dbpartition: hash(id) }\n";

/// Not named by the rules: `one` is in the first shard.
const CREATE: &[&str] = &[
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name VARCHAR(8), n DECIMAL(6,2) NOT NULL DEFAULT 1, d DATE, s TEXT)",
    "CREATE TABLE names (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, n INT, UNIQUE KEY (name))",
    "CREATE TABLE seq (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, owner INT NOT NULL, v VARCHAR(10), KEY (owner))",
    "CREATE TABLE auto (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10))",
    "CREATE TABLE everywhere (id INT NOT NULL PRIMARY KEY, v VARCHAR(10))",
    "CREATE TABLE grid (a INT NOT NULL, b VARCHAR(10) COLLATE utf8mb4_bin NOT NULL, n INT, PRIMARY KEY (a, b))",
    "CREATE TABLE days (d DATE NOT NULL, n INT NOT NULL)",
    "CREATE TABLE docs (id INT NOT NULL PRIMARY KEY, j JSON, n INT)",
    "CREATE TABLE one (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10), UNIQUE KEY (v))",
];

const DUPLICATE: u16 = 1062;
const REFUSED: u16 = 21001;
const UNSERVED: u16 = 21002;
const NO_KEY: u16 = 21005;
const KEY_VALUE: u16 = 21017;

/// One plain server, and Weir over two others.
struct Sides {
    servers: [Server; 3],
    weir: Weir,
    plain: Conn,
    conn: Conn,
    folder: PathBuf,
}

on_both! {
    files_of_many_shapes_are_loaded_as_by_one_server: shapes;
    what_is_not_served_is_refused_and_nothing_is_stored: refused;
    random_files_are_loaded_as_by_one_server: random;
    a_load_belongs_to_its_transaction: transactions;
}

// === impl Sides ===

impl Sides {
    async fn of(brand: Brand) -> Option<Self> {
        let started: Result<Vec<Server>, String> = std::thread::scope(|scope| {
            let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| Server::of(brand))).collect();
            starting.into_iter().map(|server| server.join().expect("a server starts")).collect()
        });
        let servers: [Server; 3] = match started {
            Ok(servers) => servers.try_into().ok().expect("three"),
            Err(why) => {
                assert_eq!(brand, Brand::MySql, "{why}");
                println!("SKIPPED LOAD DATA on MySQL 9: {why}");
                return None;
            }
        };
        create_shards("shop", &[&servers[1], &servers[2]]).await;
        servers[0].connect().await.query_drop("CREATE DATABASE shop").await.unwrap();
        let rules = rules_over_eight("shop", "shop", 2, TABLES);
        let weir = Setup::over(&servers[1..]).rules("shop", rules).start();
        let folder = scratch("load");
        let plain = connect(servers[0].port, USER, PASSWORD, &folder).await;
        let conn = connect(weir.port, APP, APP_PASSWORD, &folder).await;
        let mut sides = Self { servers, weir, plain, conn, folder };
        for statement in CREATE {
            sides.both(statement).await;
        }
        Some(sides)
    }

    /// Runs a statement on both, where it must succeed.
    async fn both(&mut self, sql: &str) {
        for conn in [&mut self.plain, &mut self.conn] {
            conn.query_drop(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    fn write(&self, file: &[u8]) -> PathBuf {
        let path = file_in(&self.folder);
        fs::write(&path, file).unwrap();
        path
    }

    /// Loads a file into a table on both, and compares what they say and the table's rows.
    async fn same(&mut self, table: &str, rest: &str, file: impl AsRef<[u8]>) {
        self.same_with("", table, rest, file).await;
    }

    async fn same_with(&mut self, replace: &str, table: &str, rest: &str, file: impl AsRef<[u8]>) {
        let path = self.write(file.as_ref());
        let sql = format!("LOAD DATA LOCAL INFILE '{}' {replace} INTO TABLE {table} {rest}", path.display());
        let (plain, weir) = (told(&mut self.plain, &sql).await, told(&mut self.conn, &sql).await);
        let shown = String::from_utf8_lossy(file.as_ref()).chars().take(2000).collect::<String>();
        assert_eq!(weir, plain, "Weir, then the plain server: {sql}\n{shown}");
        if plain.starts_with("1146 ") {
            return;
        }
        let (plain, weir) = (rows(&mut self.plain, table).await, rows(&mut self.conn, table).await);
        assert_eq!(weir, plain, "the rows of Weir, then of the plain server: {sql}\n{shown}");
    }

    /// Weir refuses, and the table is as it was.
    async fn refused(&mut self, errno: u16, table: &str, rest: &str, file: &str) {
        let path = self.write(file.as_bytes());
        let before = rows(&mut self.conn, table).await;
        let sql = format!("LOAD DATA LOCAL INFILE '{}' INTO TABLE {table} {rest}", path.display());
        match self.conn.query_drop(&sql).await {
            Err(Error::Server(error)) => assert_eq!(error.code, errno, "{sql}: {error}"),
            other => panic!("{sql}: {other:?}"),
        }
        assert_eq!(rows(&mut self.conn, table).await, before, "{sql}");
    }
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("file")
}

async fn connect(port: u16, user: &str, password: &str, folder: &Path) -> Conn {
    let opts: Opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some(user))
        .pass(Some(password))
        .db_name(Some("shop"))
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 24))
        .wait_timeout(Some(28_800))
        .local_infile_handler(Some(WhiteListFsHandler::new([file_in(folder)])))
        .into();
    Conn::new(opts).await.unwrap_or_else(|error| panic!("no connection: {error}"))
}

/// What a server says of a statement, and of its warnings behind it.
async fn told(conn: &mut Conn, sql: &str) -> String {
    let mut told = match conn.query_drop(sql).await {
        Ok(()) => {
            let id = conn.last_insert_id();
            format!("{} rows, id {id:?}, {:?}, {} warnings", conn.affected_rows(), conn.info(), conn.get_warnings())
        }
        Err(Error::Server(error)) => format!("{} {} {}", error.code, error.state, error.message),
        Err(broken) => panic!("{sql}: {broken}"),
    };
    let warnings: Vec<(String, u16, String)> = conn.query("SHOW WARNINGS").await.unwrap();
    if told.contains("Records: ") {
        let id: u64 = conn.query_first("SELECT LAST_INSERT_ID()").await.unwrap().unwrap();
        write!(told, ", LAST_INSERT_ID() {id}").unwrap();
    }
    // One that does not say which row it is of may stand at another place among those of other nodes.
    let (rowless, told_of): (Vec<_>, Vec<_>) = warnings.into_iter().partition(|(_, errno, _)| *errno == DUPLICATE);
    for (level, errno, message) in told_of.into_iter().chain(rowless) {
        write!(told, "\n{level} {errno} {message}").unwrap();
    }
    told
}

async fn rows(conn: &mut Conn, table: &str) -> Vec<String> {
    let rows: Vec<Row> = conn.query(format!("SELECT * FROM {table}")).await.unwrap();
    let mut rows: Vec<String> = rows.into_iter().map(|row| format!("{:?}", row.unwrap())).collect();
    rows.sort();
    rows
}

async fn shapes(brand: Brand) {
    let Some(mut sides) = Sides::of(brand).await else { return };
    let csv = "FIELDS TERMINATED BY ',' ENCLOSED BY '\"' LINES TERMINATED BY '\\n'";
    sides.same("t", "", "1\ta\t1.5\t2024-01-01\tx\n2\t\\N\t2\t\\N\ty\\tz\n3\tb\t3\t2024-02-29\t").await;
    let file = "id,name\n11,\"a,b\"\n12,\"c\nd\"\n13,\"e\"\"f\"\n14,NULL\n15,\"NULL\"\n16,\"\\N\"\n17,g";
    sides.same("t", &format!("{csv} IGNORE 1 LINES (id, name)"), file).await;
    // Warnings of all kinds, whose rows are told.
    let file = "21,longer than eight,x,2024-13-01,s\n22,a\n23,b,1,2024-01-01,s,more\n24,c,\\N,2024-01-01,s\n\
                11,again,1,2024-01-01,s\n25,d,1.239,2024-01-01,s\n26,\"e\"f,1,2024-01-01,s\n";
    sides.same("t", csv, file).await;
    // The same with REPLACE, which stops at what does not fit.
    sides.same_with("REPLACE", "t", &format!("{csv} (id, name)"), "11,new\n99,z\n12,new\n").await;
    sides
        .same_with("REPLACE", "t", &format!("{csv} (id, name)"), "31,x\n32,longer than eight\n33,y\n34,longer again\n")
        .await;
    sides.same_with("IGNORE", "t", &format!("{csv} (id, name)"), "11,newer\n35,z\n").await;
    // Nothing at all, and nothing but what is passed over.
    sides.same("t", csv, "").await;
    sides.same("t", &format!("{csv} IGNORE 5 ROWS"), "a\nb\n").await;
    // Unusual terminators.
    sides
        .same("t", "FIELDS TERMINATED BY '||' LINES TERMINATED BY '\\r\\n' (id, name)", "41||a|b\r\n42||c\nd\r\n")
        .await;
    sides.same("t", "FIELDS TERMINATED BY ',' LINES TERMINATED BY ',' (id, name)", "43,a,44,b,45,c").await;
    sides.same("t", "FIELDS TERMINATED BY ',' LINES STARTING BY 'xxx' (id, name)", "xxx46,a\nno\nyxxx47,b\nx").await;
    sides.same("t", "FIELDS TERMINATED BY ',' ESCAPED BY '' (id, s)", "48,a\\\n49,\\N\n").await;
    sides
        .same("t", "FIELDS TERMINATED BY ',' ENCLOSED BY '\"' ESCAPED BY '\"' (id, s)", "50,\"a\"\"b\"\n\"51\",c\n")
        .await;
    sides.same("t", "FIELDS TERMINATED BY 0x2c LINES TERMINATED BY x'0a' (id, s)", "52,a\n").await;
    // Values of SET and of variables; what the last line leaves in them.
    let set = "(id, @a, @b) SET name = UPPER(@a), n = @b + 1, s = CONCAT(@a, '-', id)";
    sides.same("t", &format!("{csv} {set}"), "61,a,1\n62,b,2\n63,c,3\n64,d\n").await;
    for conn in [&mut sides.plain, &mut sides.conn] {
        let left: Vec<(Option<String>, Option<String>)> = conn.query("SELECT @a, @b").await.unwrap();
        assert_eq!(left, [(Some("d".to_owned()), None)]);
    }
    // Strings as keys, by the file's charset and by name.
    sides.same("names", "FIELDS TERMINATED BY ','", "ann,1\nBjörn,2\nann,3\n\\N,4\n\\N,5\nZoë,6\n").await;
    sides.same("names", "CHARACTER SET latin1 FIELDS TERMINATED BY ',' (name, n)", "latin,1\n").await;
    sides
        .same("t", "CHARACTER SET latin1 FIELDS TERMINATED BY ',' (id, s)", b"71,\xE4\xF6\n72,\xE2\n73,a,\xE2\n")
        .await;
    sides.same("t", "CHARACTER SET utf8 FIELDS TERMINATED BY ',' (id, s)", "74,ä\n75,a,more\n").await;
    // Tables that are not split.
    sides.same("everywhere", csv, "1,a\n2,b,c\n3\n1,d\n").await;
    sides.same("one", &format!("{csv} (v)"), "a\nb\nlonger than ten letters\na\n").await;
    sides.same("one", csv, "100,c\n101,d\n").await;
    // Several pieces for one table: the rows' numbers are the file's.
    let line = |n: u32| {
        format!("{},{},{}\n", n * 16, if n.is_multiple_of(3001) { "longer than eight" } else { "a" }, "x".repeat(120))
    };
    let file: String = (1000..25_000).map(line).collect();
    sides.same("t", &format!("{csv} (id, name, s)"), &file).await;
    sides.same_with("REPLACE", "t", &format!("{csv} (id, name, s)"), &file).await;
    sides.both("DELETE FROM t WHERE id > 10000").await;
    sides.same("grid", &format!("{csv} (n, b, a)"), "1,x,1\n2,y,1\n3,\"x\",2\n4,\"é\",3\nx,x,1\n").await;
    sides.same("days", csv, "2024-01-31,1\n2024-02-29,2\n2024-12-01,3,x\n").await;
    sides.same("docs", &format!("{csv} (id, j)"), "1,{}\n2,[1]\n3,\\N\n4,true\n").await;
    // A file in the charset of the schema.
    for (server, schemas) in [(0, &["shop"][..]), (1, &["shop_00", "shop_03"]), (2, &["shop_04", "shop_07"])] {
        let mut conn = sides.servers[server].connect().await;
        for schema in schemas {
            conn.query_drop(format!("ALTER DATABASE {schema} CHARACTER SET latin1")).await.unwrap();
        }
    }
    // MariaDB's sessions keep what it was when they chose the schema.
    sides.plain = connect(sides.servers[0].port, USER, PASSWORD, &sides.folder).await;
    sides.conn = connect(sides.weir.port, APP, APP_PASSWORD, &sides.folder).await;
    sides.same("t", &format!("{csv} (id, s)"), b"76,\xE4\xF6\n77,\xE2\n").await;
    // A fault of the statement is told before the file is asked for.
    sides.same("t", &format!("{csv} (id, nothing)"), "1,2").await;
    sides.same("nothing", csv, "1,2").await;
    sides.same("t", "FIELDS TERMINATED BY ',' ENCLOSED BY '##'", "1,2").await;
    sides.both("SET SESSION max_error_count = 2").await;
    sides
        .same("t", &format!("{csv} (id, name)"), "81,longer than eight\n82,longer than eight\n83,longer than eight\n")
        .await;
    sides.both("SET SESSION max_error_count = DEFAULT, sql_mode = ''").await;
    sides.same_with("REPLACE", "t", &format!("{csv} (id, name)"), "91,longer than eight\n92,b,c\n93\n").await;
}

async fn refused(brand: Brand) {
    let Some(mut sides) = Sides::of(brand).await else { return };
    let csv = "FIELDS TERMINATED BY ','";
    sides.same("t", csv, "1,a,1,2024-01-01,x\n").await;
    sides.refused(NO_KEY, "t", &format!("{csv} (name, n)"), "a,1\n").await;
    sides.refused(NO_KEY, "t", &format!("{csv} (@id, n) SET id = @id"), "2,1\n").await;
    sides.refused(NO_KEY, "t", &format!("{csv} (n, id)"), "1,2\n3\n").await;
    sides.refused(KEY_VALUE, "t", &format!("{csv} (id, name)"), "2,a\n3x,b\n").await;
    sides.refused(KEY_VALUE, "t", &format!("{csv} (id, name)"), "2,a\n\\N,b\n").await;
    sides.refused(KEY_VALUE, "auto", csv, "2,a\n\\N,b\n").await;
    sides.refused(REFUSED, "seq", csv, "1,2,a\n").await;
    sides.refused(UNSERVED, "t", "CHARACTER SET gbk FIELDS TERMINATED BY ',' (id, name)", "2,a\n").await;
    sides.refused(UNSERVED, "t", "FIELDS TERMINATED BY '' (id, name)", "2,a\n").await;
    sides.refused(UNSERVED, "t", &format!("{csv} (id, name) SET n = (SELECT 1)"), "2,a\n").await;
    for statement in ["LOAD DATA INFILE '/x' INTO TABLE t", "LOAD XML LOCAL INFILE '/x' INTO TABLE t"] {
        match sides.conn.query_drop(statement).await {
            Err(Error::Server(error)) => assert_eq!(error.code, UNSERVED, "{error}"),
            other => panic!("{statement}: {other:?}"),
        }
    }
    match sides.conn.prep("LOAD DATA LOCAL INFILE '/x' INTO TABLE t").await {
        Err(Error::Server(error)) => assert_eq!(error.code, 1295, "{error}"),
        other => panic!("{other:?}"),
    }
    // Ids that Weir gives.
    let path = sides.write(b"1,a\n2,b\n3,c\n3,d\n");
    let load =
        |table: &str, rest: &str| format!("LOAD DATA LOCAL INFILE '{}' INTO TABLE {table} {rest}", path.display());
    sides.conn.query_drop(load("seq", &format!("{csv} (owner, v)"))).await.unwrap();
    let first: u64 = sides.conn.query_first("SELECT LAST_INSERT_ID()").await.unwrap().unwrap();
    let found: Vec<(u64, u32, String)> = sides.conn.query("SELECT id, owner, v FROM seq ORDER BY id").await.unwrap();
    let expected: Vec<_> = (first..).zip([(1, "a"), (2, "b"), (3, "c"), (3, "d")]).collect();
    assert_eq!(found, expected.into_iter().map(|(id, (owner, v))| (id, owner, v.to_owned())).collect::<Vec<_>>());
    let rest = format!("{csv} ENCLOSED BY '\"' LINES STARTING BY '' (v)");
    sides.conn.query_drop(load("auto", &rest)).await.unwrap();
    let found: Vec<String> = sides.conn.query("SELECT v FROM auto ORDER BY id").await.unwrap();
    assert_eq!(found, ["1", "2", "3", "3"]);
    // Those of the file itself, which move the sequence.
    sides.write(b"1000,x\n");
    sides.conn.query_drop(load("auto", csv)).await.unwrap();
    sides.conn.query_drop("INSERT INTO auto (v) VALUES ('y')").await.unwrap();
    let id: u64 = sides.conn.query_first("SELECT id FROM auto WHERE v = 'y'").await.unwrap().unwrap();
    assert!(id > 1000, "{id}");
}

async fn transactions(brand: Brand) {
    let Some(mut sides) = Sides::of(brand).await else { return };
    let csv = "FIELDS TERMINATED BY ',' (id, name)";
    sides.both("BEGIN").await;
    sides.same("t", csv, "1,a\n2,b\n3,c\n4,d\n").await;
    // A statement that fails leaves those before it.
    sides.same_with("REPLACE", "t", csv, "5,e\n6,f\n7,longer than eight\n8,g\n").await;
    sides.both("COMMIT").await;
    assert_eq!(rows(&mut sides.conn, "t").await, rows(&mut sides.plain, "t").await);
    sides.both("BEGIN").await;
    sides.same("t", csv, "11,a\n12,b\n").await;
    sides.both("ROLLBACK").await;
    assert_eq!(rows(&mut sides.conn, "t").await.len(), 4);
    sides.both("SET autocommit = 0").await;
    sides.same("t", csv, "21,a\n22,b\n").await;
    sides.both("ROLLBACK").await;
    assert_eq!(rows(&mut sides.conn, "t").await.len(), 4);
    sides.both("SET autocommit = 1").await;
    sides.both("SET SESSION TRANSACTION READ ONLY").await;
    sides.same("t", csv, "31,a\n").await;
}

/// Lines of bytes that mean something, for formats of all kinds.
async fn random(brand: Brand) {
    const ROUNDS: u64 = 60;
    let seed = std::env::var("WEIR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_millis()).unwrap()
    });
    println!("WEIR_SEED={seed}");
    let Some(mut sides) = Sides::of(brand).await else { return };
    for round in 0..ROUNDS {
        let mut chance = Chance(seed.wrapping_add(round.wrapping_mul(0x9E37_79B9)) | 1);
        let (fields, lines) =
            (*chance.one(&[",", "\t", "||", "ab", ";;;"]), *chance.one(&["\n", "\r\n", "|", "ab", "\n\n"]));
        let (enclosed, escaped) = (*chance.one(&["", "\"", "'"]), *chance.one(&["\\", "", "\"", "#"]));
        let starting = *chance.one(&["", "", "", ">", "xx"]);
        let format = format!(
            "FIELDS TERMINATED BY '{}' ENCLOSED BY '{}' ESCAPED BY '{}' LINES STARTING BY '{starting}' TERMINATED BY '{}'",
            quoted(fields),
            quoted(enclosed),
            quoted(escaped),
            quoted(lines)
        );
        let skipped = *chance.one(&["", "", " IGNORE 2 LINES"]);
        let key_first = chance.below(2) == 0;
        let mut file = String::new();
        for id in 1..=chance.below(40) {
            let id = if chance.below(12) == 0 { 3 } else { id };
            if chance.below(20) > 0 {
                file.push_str(starting);
            }
            let quote = if chance.below(2) == 0 { enclosed } else { "" };
            let key = format!("{quote}{id}{quote}");
            let text = text(&mut chance, enclosed, escaped);
            let parts = if key_first { [key, text] } else { [text, key] };
            file.push_str(&parts.join(fields));
            match chance.below(8) {
                0 => file.push_str(&format!("{fields}more")),
                1 if key_first => file.push_str(fields),
                _ => {}
            }
            file.push_str(lines);
        }
        if chance.below(4) == 0 {
            file.truncate(file.len().saturating_sub(lines.len()));
        }
        let columns = if key_first { "(id, s)" } else { "(s, id)" };
        let path = sides.write(file.as_bytes());
        let sql = format!("LOAD DATA LOCAL INFILE '{}' INTO TABLE t {format}{skipped} {columns}", path.display());
        let weir = told(&mut sides.conn, &sql).await;
        // What the key's field may turn out to be in such files, Weir cannot know.
        let refused = ["21017", "21005", "21002"].iter().any(|errno| weir.starts_with(errno));
        sides.conn.query_drop("DELETE FROM t WHERE id IS NOT NULL").await.unwrap();
        if !refused {
            sides.same("t", &format!("{format}{skipped} {columns}"), &file).await;
        }
        sides.both("DELETE FROM t WHERE id IS NOT NULL").await;
    }
}

/// A field without and with quotes, escapes and what separates others.
fn text(chance: &mut Chance, enclosed: &str, escaped: &str) -> String {
    const PARTS: &[&str] =
        &["a", "b", "x", "ä", "N", "NULL", "\"", "'", "\\", "#", ",", "\n", "\t", "|", ";", ">", "日", ""];
    let plain = chance.below(2) == 0;
    let mut text = String::new();
    for _ in 0..chance.below(5) {
        let part = *chance.one(PARTS);
        if part.len() == 1 && !plain && !escaped.is_empty() && !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            text.push_str(escaped);
        }
        text.push_str(part);
    }
    if plain { text } else { format!("{enclosed}{text}{enclosed}") }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % most
    }

    fn one<'o, T>(&mut self, of: &'o [T]) -> &'o T {
        let at = self.below(u64::try_from(of.len()).unwrap());
        &of[usize::try_from(at).unwrap()]
    }
}
