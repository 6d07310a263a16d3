//! The collection under `tests/sql`: thousands of statements of distinct shapes over split tables, each on one plain
//! server and through Weir over two instances. None is answered wrongly, and what Weir refuses is listed, by statement
//! and reason, in `tests/sql/refused.txt`; `WEIR_UPDATE_REFUSED=1` writes that list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::differential::{Answer, Mode, Script, Statement, Verdict, ranking};
use crate::servers::{Brand, Fleet, Server, connect};
use crate::weir::{APP, APP_PASSWORD, Setup, create_shards, eight_shards};

/// Every so many statements one is sent as a prepared statement, too.
const PREPARED: usize = 3;
const SHOWN: usize = 60;

#[tokio::test]
#[ignore = "takes minutes; make suites runs it"]
async fn the_collection_is_answered_alike_or_refused_as_listed() {
    let mut refused = BTreeSet::new();
    let mut wrong = Vec::new();
    for brand in [Brand::MariaDb, Brand::MySql] {
        match Fleet::shared(brand) {
            Ok(fleet) => run_all(fleet, &mut refused, &mut wrong).await,
            Err(why) => println!("SKIPPED the collection on {brand:?}: {why}"),
        }
    }
    for text in wrong.iter().take(SHOWN) {
        println!("{text}\n");
    }
    compare_with_list(&refused);
    assert!(wrong.is_empty(), "{} are wrong, {SHOWN} at most are shown above", wrong.len());
}

async fn run_all(fleet: &'static Fleet, refused: &mut BTreeSet<String>, wrong: &mut Vec<String>) {
    let brand = fleet.plain.brand;
    let tables = Script::parse("tables", &text("tables.sql"));
    let instances: Vec<&Server> = fleet.instances.iter().take(2).collect();
    create_shards("statements", &instances).await;
    let rules = format!(
        "schema: statements\n{}default: {{ single: statements_00 }}\ntables:\n{}\n",
        eight_shards("statements", 2),
        tables.rules.join("\n")
    );
    let weir = Setup::over(instances).rules("statements", rules).start();
    let mut root = fleet.plain.connect().await;
    let account = format!("CREATE USER IF NOT EXISTS {APP} IDENTIFIED BY '{APP_PASSWORD}'; GRANT ALL ON *.* TO {APP}");
    root.query_drop(format!("{account}; DROP DATABASE IF EXISTS statements; CREATE DATABASE statements"))
        .await
        .unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut shapes = BTreeSet::new();
    for script in scripts() {
        let mut plain = connect(fleet.plain.port, APP, APP_PASSWORD, Some("statements")).await.unwrap();
        let mut through = weir.connect("statements").await;
        for conn in [&mut plain, &mut through] {
            fill(conn, &tables).await;
        }
        let suited = script.statements.iter().filter(|statement| statement.only.is_none_or(|only| only == brand));
        for (number, statement) in suited.enumerate() {
            let mut modes = vec![Mode::Text];
            if number % PREPARED == 0 && statement.reads() {
                modes.push(Mode::Prepared);
            }
            for mode in modes {
                let verdict = ask(&mut plain, &mut through, statement, mode, brand).await;
                let place = format!("{}.sql: {}", script.name, statement.sql.replace('\n', " "));
                let outcome = match verdict {
                    Verdict::Equal => {
                        shapes.insert(normal_form(&statement.sql));
                        "equal"
                    }
                    Verdict::Metadata(_) => {
                        shapes.insert(normal_form(&statement.sql));
                        "equal but for metadata"
                    }
                    Verdict::Refused { errno, reason } => {
                        *reasons.entry(format!("{errno} {reason}")).or_default() += 1;
                        refused.insert(format!("{place}\n    {errno} {reason}"));
                        "refused"
                    }
                    Verdict::RefusedError { errno, plain } => {
                        wrong.push(format!("{brand:?} {place}\n    both refuse it, with {plain} and {errno}"));
                        "fails"
                    }
                    Verdict::AlikeError(errno) => {
                        wrong.push(format!("{brand:?} {place}\n    fails everywhere with {errno}"));
                        "fails"
                    }
                    Verdict::Unread(why) => {
                        refused.insert(format!("{place}\n    1064 {why}"));
                        "refused"
                    }
                    Verdict::OtherError { plain, weir, message } => {
                        wrong.push(format!("{brand:?} {place}\n    {plain} and {weir}: {message}"));
                        "WRONG"
                    }
                    Verdict::Wrong(differences) => {
                        wrong.push(format!("{brand:?} {mode:?} {place}\n    {}", differences.join("\n    ")));
                        "WRONG"
                    }
                };
                *counts.entry(format!("{outcome} {mode:?}")).or_default() += 1;
            }
        }
    }
    println!("{brand:?}: {} shapes equal\n{}{}", shapes.len(), ranking(&counts), ranking(&reasons));
}

/// The scripts, without the one that makes the tables.
fn scripts() -> Vec<Script> {
    let mut scripts: Vec<Script> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "tables.sql")
        .map(|name| Script::parse(name.trim_end_matches(".sql"), &text(&name)))
        .collect();
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    if let Ok(only) = std::env::var("STATEMENTS_ONLY") {
        scripts.retain(|script| script.name.contains(&only));
    }
    scripts
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

async fn fill(conn: &mut Conn, tables: &Script) {
    for statement in &tables.statements {
        if let Some(name) = statement.sql.strip_prefix("CREATE TABLE ").and_then(|rest| rest.split(' ').next()) {
            conn.query_drop(format!("DROP TABLE IF EXISTS {name}")).await.unwrap();
        }
        conn.query_drop(&statement.sql).await.unwrap();
    }
}

/// A read is asked of both; a change of Weir first, and of the plain server only if Weir takes it.
async fn ask(plain: &mut Conn, through: &mut Conn, statement: &Statement, mode: Mode, brand: Brand) -> Verdict {
    let mut apart = statement.apart.clone();
    if brand == Brand::MySql {
        apart.extend(statement.apart_on_mysql.iter().cloned());
    }
    let ordered = statement.has_order();
    let statement = Statement { unordered: !ordered, ..statement.clone() };
    let mut weir = match Answer::to(through, &statement, mode).await {
        Ok(answer) => answer,
        Err(error) => return Verdict::Wrong(vec![format!("the connection broke: {error}")]),
    };
    if weir.refused_by_name() && !statement.reads() {
        return Verdict::of(&Answer::default(), &weir, &[]);
    }
    let mut plain = Answer::to(plain, &statement, mode).await.expect("the plain server answers");
    for answer in [&mut plain, &mut weir] {
        answer.forget_order_of_warnings();
        answer.forget_rows_of_warnings();
    }
    Verdict::of(&plain, &weir, &apart)
}

/// A statement without its literals, with lists folded.
fn normal_form(sql: &str) -> String {
    let mut form = String::new();
    let mut quoted = false;
    let mut before = ' ';
    for c in sql.chars() {
        let in_name = before.is_ascii_alphabetic() || before == '_';
        match c {
            '\'' => {
                quoted = !quoted;
                if quoted && !form.ends_with("?, ") {
                    form.push('?');
                }
            }
            _ if quoted => {}
            '0'..='9' | '.' if !in_name => {
                if !form.ends_with('?') && !form.ends_with("?, ") {
                    form.push('?');
                }
                continue;
            }
            c => form.push(c),
        }
        before = c;
    }
    form
}

#[test]
fn the_collection_is_as_large_as_promised() {
    let mut forms = BTreeSet::new();
    for script in scripts() {
        forms.extend(script.statements.iter().map(|statement| normal_form(&statement.sql)));
    }
    assert!(forms.len() >= 2000, "{} statements of distinct shapes", forms.len());
    assert_eq!(normal_form("SELECT 'a', 12.5 + t1 FROM t1"), "SELECT ?,  + t1 FROM t1");
}

fn compare_with_list(refused: &BTreeSet<String>) {
    let path = folder().join("refused.txt");
    let mut due =
        String::from("What the collection holds and Weir refuses: the statement, Weir's number and reason.\n");
    for entry in refused {
        writeln!(due, "{entry}").unwrap();
    }
    if std::env::var_os("WEIR_UPDATE_REFUSED").is_some() {
        std::fs::write(&path, &due).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let new: Vec<&String> = refused.iter().filter(|entry| !listed.contains(entry.as_str())).collect();
    assert!(new.is_empty(), "refused, and not in tests/sql/refused.txt: {new:#?}");
    let known: Vec<&str> = listed.lines().skip(1).filter(|line| !line.starts_with("    ")).collect();
    let stale = known.iter().filter(|line| !refused.iter().any(|entry| entry.starts_with(**line)));
    let stale: Vec<&&str> = stale.collect();
    assert!(stale.is_empty() || std::env::var_os("STATEMENTS_ONLY").is_some(), "not refused any more: {stale:#?}");
}
