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
