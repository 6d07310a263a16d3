//! What applications use: the `mysql` command line, pymysql, PHP's PDO and mysqli. Each does the same against a plain
//! server, to prove the script, and then against Weir.
//!
//! `tools/setup-test-deps.sh` installs them; one that is missing is reported as skipped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use mysql_async::prelude::Queryable;

use crate::process::output_of;
use crate::servers::{Brand, Fleet, Server};
use crate::weir::{APP, APP_PASSWORD, Setup, Weir, create_shards, eight_shards};

/// A plain server with the account and the schema that the scripts want, and Weir over two instances.
async fn both(prefix: &str) -> (Server, Weir) {
    let plain = Server::mariadb();
    let mut conn = plain.connect().await;
    conn.query_drop(format!(
        "CREATE DATABASE shop; CREATE USER {APP}@'%' IDENTIFIED BY '{APP_PASSWORD}'; GRANT ALL ON shop.* TO {APP}@'%'"
    ))
    .await
    .unwrap();
    let instances: Vec<&Server> = Fleet::shared(Brand::MariaDb).unwrap().instances.iter().take(2).collect();
    create_shards(prefix, &instances).await;
    let split = "{ dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }";
    let rules = format!(
        "schema: shop\n{}tables:\n  py_people: {split}\n  php_people: {split}\n  cli_fruit: {split}\n\
         default: {{ single: {prefix}_00 }}\n",
        eight_shards(prefix, 2)
    );
    (plain, Setup::over(instances).rules("shop", rules).start())
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Runs the same script against both; `program` is None where it is not installed.
async fn run_against_both(name: &str, program: Option<PathBuf>) {
    let Some(program) = program else {
        println!("SKIPPED {name}: its client is not installed; tools/setup-test-deps.sh installs it");
        return;
    };
    let prefix = name.split('.').next().expect("a name");
    let (plain, weir) = both(prefix).await;
    for (who, port) in [("a plain server", plain.port), ("weir", weir.port)] {
        let mut command = Command::new(&program);
        command.arg(script(name)).arg(port.to_string()).args([APP, APP_PASSWORD]);
        let (passed, text) = output_of(&mut command);
        assert!(passed, "{name} against {who}:\n{text}");
        assert!(text.contains("all well"), "{name} against {who} did not reach its end:\n{text}");
    }
}

/// A program that answers when called with these arguments.
fn installed(program: PathBuf, probe: &[&str]) -> Option<PathBuf> {
    Command::new(&program).args(probe).output().is_ok_and(|output| output.status.success()).then_some(program)
}

#[tokio::test]
async fn pymysql() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    run_against_both("pymysql_crud.py", installed(python, &["-c", "import pymysql"])).await;
}

#[tokio::test]
async fn php() {
    let loads = "exit(extension_loaded('pdo_mysql') && extension_loaded('mysqli') ? 0 : 1);";
    run_against_both("pdo_crud.php", installed("php".into(), &["-r", loads])).await;
}

#[tokio::test]
async fn mysql_command_line() {
    let Some(client) = ["mariadb", "mysql"].into_iter().find_map(|name| installed(name.into(), &["--version"])) else {
        println!("SKIPPED the mysql command line: not installed; tools/setup-test-deps.sh installs it");
        return;
    };
    let (plain, weir) = both("command_line").await;
    let [direct, through] = [plain.port, weir.port].map(|port| session(&client, port));
    assert!(direct.contains("apple") && direct.contains("1054"), "the session is not what it should be:\n{direct}");
    assert_eq!(through, direct);
}

/// What it writes through Weir is what it writes of a plain server, and makes the same tables again through Weir.
#[tokio::test]
async fn a_dump() {
    let programs = ["mariadb-dump", "mariadb"].map(|name| installed(name.into(), &["--version"]));
    let [Some(dump), Some(client)] = programs else {
        println!("SKIPPED mariadb-dump: not installed; tools/setup-test-deps.sh installs it");
        return;
    };
    let (plain, weir) = both("dumped").await;
    let filled = "CREATE TABLE py_people (id INT NOT NULL PRIMARY KEY, name VARCHAR(20), born DATE, photo BLOB, UNIQUE KEY (id, name)); \
         CREATE TABLE cli_fruit (id BIGINT NOT NULL PRIMARY KEY, price DECIMAL(8,2) DEFAULT 1.50, doc JSON) COMMENT 'it''s'; \
         CREATE TABLE alone (a INT NOT NULL, b TIMESTAMP NULL, PRIMARY KEY (a)); \
         INSERT INTO py_people VALUES (1, 'Ann', '2001-02-03', x'00ff27'), (2, 'Öl', NULL, ''), (9, NULL, '1999-12-31', NULL); \
         INSERT INTO cli_fruit VALUES (7, 0.50, '{\"a\": 1}'), (3, NULL, NULL); \
         INSERT INTO alone VALUES (1, '2024-03-31 02:30:00'), (2, NULL)";
    for port in [plain.port, weir.port] {
        for statement in filled.split("; ") {
            let (passed, text) = output_of(asked(&client, port).arg("--execute").arg(statement).arg("shop"));
            assert!(passed, "{statement}: {text}");
        }
    }
    let written = |port: u16| {
        let mut command = asked(&dump, port);
        command.args(["--single-transaction", "--no-tablespaces", "--skip-add-locks"]);
        command.args(["--order-by-primary", "--skip-dump-date", "shop"]);
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let direct = written(plain.port);
    assert!(direct.contains("0.50"), "{direct}");
    assert_eq!(written(weir.port), direct);
    let file = std::env::temp_dir().join(format!("weir_dump_{}.sql", weir.port));
    std::fs::write(&file, &direct).unwrap();
    let (passed, text) = output_of(asked(&client, weir.port).arg("shop").stdin(File::open(&file).unwrap()));
    std::fs::remove_file(&file).unwrap();
    assert!(passed, "{text}");
    assert_eq!(written(weir.port), direct);
}

/// A client's program at a port.
fn asked(program: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--default-character-set=utf8mb4"]);
    command.arg(format!("--port={port}")).arg(format!("--user={APP}")).arg(format!("--password={APP_PASSWORD}"));
    command
}

/// What the command line shows of the session, without what must differ: versions, numbers, times, other schemas.
fn session(client: &Path, port: u16) -> String {
    let mut command = Command::new(client);
    command.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--force", "--table"]);
    command.arg(format!("--port={port}")).arg(format!("--user={APP}")).arg(format!("--password={APP_PASSWORD}"));
    command.stdin(File::open(script("command_line.sql")).unwrap());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let differs = |line: &str| {
        let own =
            ["Connection id", "Server version", "TCP port", "Uptime", "Threads:", "SSL:", "Server:", "Current user"];
        own.iter().any(|start| line.starts_with(start)) || line.contains("information_schema")
    };
    text.lines().filter(|line| !differs(line)).collect::<Vec<_>>().join("\n")
}
