//! The same statements on one plain server and through Weir over one, two and four instances: no difference that a
//! client could see, in the text protocol and with prepared statements.
//!
//! The comparison itself is tested first: a server differs in nothing from itself, and planted faults are found.

mod answer;
mod script;
mod verdict;

use std::collections::BTreeSet;

use mysql_async::prelude::Queryable;
use tokio::sync::{Mutex, MutexGuard};

use crate::servers::{Brand, Fleet, PASSWORD, Server, USER, connect};
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};
pub(crate) use answer::{Answer, Mode};
pub(crate) use script::{SECOND, Script, Statement};
pub(crate) use verdict::{Verdict, ranking, shape};

/// Aspects of every answer that may differ, and why.
const APART: &[(&str, &str)] = &[];

pub(crate) const MODES: [Mode; 2] = [Mode::Text, Mode::Prepared];

/// How many statements of a failing run are shown.
const SHOWN: usize = 40;

#[tokio::test]
async fn mariadb_answers_the_same_through_weir() {
    let fleet = Fleet::shared(Brand::MariaDb).unwrap();
    compare_with_weir(fleet).await;
}

#[tokio::test]
async fn mysql_answers_the_same_through_weir() {
    match Fleet::shared(Brand::MySql) {
        Ok(fleet) => compare_with_weir(fleet).await,
        Err(why) => println!("SKIPPED differential suite on MySQL 9: {why}"),
    }
}

async fn compare_with_weir(fleet: &'static Fleet) {
    let scripts = Script::all();
    let plain = Plain::of(fleet).await;
    let mut differing = Vec::new();
    let mut compared = 0;
    let mut expected = Vec::new();
    for mode in MODES {
        for script in &scripts {
            let mut conn = plain.connect_to_empty_schema().await;
            expected.push(run(&mut conn, script, mode, fleet.plain.brand, Side::Plain).await);
        }
    }
    for instances in [1, 2, 4] {
        let weir = weir_over(fleet, instances, &scripts).await;
        let mut expected = expected.iter();
        for mode in MODES {
            for script in &scripts {
                let mut conn = weir.connect("shop").await;
                let answers = run(&mut conn, script, mode, fleet.plain.brand, Side::Weir).await;
                let expected = expected.next().expect("each run has its plain counterpart");
                compared += answers.iter().flatten().count();
                let place = format!("{} over {instances} instance(s), {mode:?}", script.name);
                differing.extend(
                    compare(script, expected, &answers, (Side::Weir, fleet.plain.brand))
                        .into_iter()
                        .map(|text| format!("{place}, {text}")),
                );
            }
        }
    }
    let statements: usize = scripts.iter().map(|script| script.statements.len()).sum();
    println!(
        "{:?}: {statements} statements in {} scripts, {compared} answers compared, {} differ",
        fleet.plain.brand,
        scripts.len(),
        differing.len()
    );
    for text in differing.iter().take(SHOWN) {
        println!("{text}\n");
    }
    assert!(
        differing.is_empty(),
        "{} of {compared} answers differ, {SHOWN} at most are shown above, in short:\n{}",
        differing.len(),
        in_short(&differing)
    );
}

/// Where the first differences are and what errors they have: what a log must show that keeps only its end.
fn in_short(differing: &[String]) -> String {
    let told = |line: &&str| line.trim_start().starts_with("message: ");
    let short = |text: &String| -> Vec<String> {
        text.lines().take(1).chain(text.lines().filter(told)).map(|line| line.chars().take(300).collect()).collect()
    };
    differing.iter().take(SHOWN).flat_map(short).collect::<Vec<String>>().join("\n")
}

async fn weir_over(fleet: &'static Fleet, count: usize, scripts: &[Script]) -> Weir {
    let instances: Vec<&Server> = fleet.instances.iter().take(count).collect();
    let own = scripts.iter().flat_map(|script| &script.rules);
    let second = scripts.iter().flat_map(|script| &script.second_rules);
    let mut setup = Setup::over(instances.iter().copied());
    for (schema, lines) in [("shop", own.collect::<Vec<_>>()), (SECOND, second.collect())] {
        let prefix = format!("{schema}{count}");
        create_shards(&prefix, &instances).await;
        // A script that runs alone may have no table in the second schema, and a shard that no table reaches is a mistake.
        let mut tables = "  in_every_shard: { broadcast: true }\n".to_owned();
        let mut named = BTreeSet::new();
        for line in lines {
            assert!(named.insert(line.split(':').next()), "two scripts name the same table: {line}");
            tables.push_str(&line.replace(&format!("single: {schema}_"), &format!("single: {prefix}_")));
            tables.push('\n');
        }
        setup = setup.rules(schema, rules_over_eight(schema, &prefix, count, &tables));
    }
    setup.start()
}

/// The plain server of a fleet, for one user at a time: its schemas `shop` and `lab` are made anew for each script.
struct Plain {
    server: &'static Server,
    _turn: MutexGuard<'static, ()>,
}

impl Plain {
    async fn of(fleet: &'static Fleet) -> Self {
        static MARIADB: Mutex<()> = Mutex::const_new(());
        static MYSQL: Mutex<()> = Mutex::const_new(());
        let turn = match fleet.plain.brand {
            Brand::MariaDb => &MARIADB,
            Brand::MySql => &MYSQL,
        };
        Self { server: &fleet.plain, _turn: turn.lock().await }
    }

    async fn connect_to_empty_schema(&self) -> mysql_async::Conn {
        let mut conn = self.server.connect().await;
        for schema in ["shop", SECOND] {
            let anew = format!("DROP DATABASE IF EXISTS {schema}; CREATE DATABASE {schema}");
            conn.query_drop(anew).await.expect("an empty schema");
        }
        conn.disconnect().await.expect("goes in peace");
        connect(self.server.port, USER, PASSWORD, Some("shop")).await.expect("the plain server lets us in")
    }
}

/// Whom the statements are sent to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Plain,
    Weir,
}

/// Sends a script's statements over one connection; None where one is not for this brand or not for the plain server.
pub(crate) async fn run(
    conn: &mut mysql_async::Conn,
    script: &Script,
    mode: Mode,
    brand: Brand,
    side: Side,
) -> Vec<Option<Answer>> {
    let mut answers = Vec::new();
    let mut broken: Option<String> = None;
    for statement in &script.statements {
        let applies = statement.only.is_none_or(|only| only == brand)
            && (side == Side::Weir || statement.refused.is_none() || statement.reads());
        answers.push(match (&broken, applies) {
            (_, false) => None,
            (Some(why), true) => {
                Some(Answer { facts: vec![("connection".to_owned(), why.clone())], ..Answer::default() })
            }
            (None, true) => match Answer::to(conn, statement, mode).await {
                Ok(answer) => Some(answer),
                Err(error) => {
                    let why = format!("broken at line {}: {error}", statement.line);
                    broken = Some(why.clone());
                    Some(Answer { facts: vec![("connection".to_owned(), why)], ..Answer::default() })
                }
            },
        });
    }
    answers
}

/// The statements whose answers differ, or are not what the script expects of them.
pub(crate) fn compare(
    script: &Script,
    plain: &[Option<Answer>],
    weir: &[Option<Answer>],
    other: (Side, Brand),
) -> Vec<String> {
    let mut found = Vec::new();
    for ((statement, plain), weir) in script.statements.iter().zip(plain).zip(weir) {
        let differences = differences(statement, plain.as_ref(), weir.as_ref(), other);
        if !differences.is_empty() {
            let (name, line) = (&script.name, statement.line);
            found.push(format!("{name}.sql:{line}: {}\n    {}", statement.sql, differences.join("\n    ")));
        }
    }
    found
}

fn differences(
    statement: &Statement,
    plain: Option<&Answer>,
    weir: Option<&Answer>,
    (other, brand): (Side, Brand),
) -> Vec<String> {
    let mut apart: Vec<String> = statement.apart.clone();
    if brand == Brand::MySql {
        apart.extend(statement.apart_on_mysql.iter().cloned());
    }
    apart.extend(APART.iter().map(|(aspect, _)| (*aspect).to_owned()));
    let mut differences = Vec::new();
    if let Some(errno) = plain.and_then(|plain| plain.errno).filter(|_| !statement.error) {
        differences.push(format!("the plain server refuses it with {errno}, which the script does not expect"));
    }
    if statement.error && plain.is_some_and(|plain| plain.errno.is_none()) {
        differences.push("the script expects an error, and the plain server has none".to_owned());
    }
    match (statement.refused, plain, weir) {
        (Some(errno), _, Some(weir)) if other == Side::Weir && weir.errno == Some(errno) => {}
        (Some(errno), _, Some(weir)) if other == Side::Weir => {
            differences.push(format!("weir must refuse it with {errno}, and answers {weir:?}"));
        }
        (_, _, Some(weir)) if statement.refusable && weir.refused_by_name() => {}
        (_, Some(plain), Some(weir)) => differences.extend(plain.differences(weir, &apart)),
        _ => {}
    }
    differences
}

// === The comparison, tested ===

const SAMPLE: &str = "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20), amount DECIMAL(10,2));
INSERT INTO t (name, amount) VALUES ('Ann', 1.50), ('Bob', -2.25), ('Émile', NULL);
UPDATE t SET amount = amount * 2 WHERE id < 3;
--@ unordered
SELECT id, name, amount FROM t;
SELECT name AS who, SUM(amount) AS total FROM t GROUP BY name ORDER BY name;
--@ params: 2
SELECT amount FROM t WHERE id = ?;
INSERT IGNORE INTO t VALUES (1, 'twice', 0);
--@ error
INSERT INTO t VALUES (1, 'twice', 0);
START TRANSACTION;
DELETE FROM t WHERE id = 3;
COMMIT;
DROP TABLE t;
";

async fn answers_to(plain: &Plain, script: &Script, mode: Mode) -> Vec<Option<Answer>> {
    let mut conn = plain.connect_to_empty_schema().await;
    run(&mut conn, script, mode, plain.server.brand, Side::Plain).await
}

#[tokio::test]
async fn mariadb_differs_in_nothing_from_itself() {
    compare_with_itself(Fleet::shared(Brand::MariaDb).unwrap()).await;
}

#[tokio::test]
async fn mysql_differs_in_nothing_from_itself() {
    match Fleet::shared(Brand::MySql) {
        Ok(fleet) => compare_with_itself(fleet).await,
        Err(why) => println!("SKIPPED the differential suite's own test on MySQL 9: {why}"),
    }
}

async fn compare_with_itself(fleet: &'static Fleet) {
    let plain = Plain::of(fleet).await;
    let mut found = Vec::new();
    for script in Script::all().into_iter().chain([Script::parse("sample", SAMPLE)]) {
        for mode in MODES {
            let (once, again) = (answers_to(&plain, &script, mode).await, answers_to(&plain, &script, mode).await);
            found.extend(compare(&script, &once, &again, (Side::Plain, plain.server.brand)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn planted_faults_are_found() {
    let plain = Plain::of(Fleet::shared(Brand::MariaDb).unwrap()).await;
    let script = Script::parse("sample", SAMPLE);
    for (right, fault, seen) in [
        ("-2.25", "-2.26", "rows"),
        ("AS total", "AS sum", "column 2 name"),
        ("DECIMAL(10,2)", "DECIMAL(11,2)", "column 3 length"),
        ("VARCHAR(20),", "VARCHAR(20) NOT NULL,", "column 2 flags"),
        ("VARCHAR(20),", "VARCHAR(20) COLLATE utf8mb4_bin,", "column 2 flags"),
        ("VARCHAR(20),", "CHAR(20),", "column 2 type"),
        ("WHERE id < 3", "WHERE id < 2", "affected rows"),
        ("ORDER BY name", "ORDER BY name DESC", "rows"),
        ("INSERT IGNORE INTO t VALUES (1,", "INSERT IGNORE INTO t VALUES (4,", "last insert id"),
        ("INSERT INTO t VALUES (1, 'twice'", "INSERT INTO t VALUES (2, 'twice'", "message"),
        ("INSERT INTO t VALUES (1, 'twice', 0)", "INSERT INTO t VALUES (1, 'twice')", "error"),
        ("START TRANSACTION", "SET @nothing = 1", "status"),
        ("FROM t WHERE id = ?", "FROM t AS u WHERE id = ?", "column 1 table"),
    ] {
        let faulty = Script::parse("sample", &SAMPLE.replacen(right, fault, 1));
        for mode in MODES {
            let (good, bad) = (answers_to(&plain, &script, mode).await, answers_to(&plain, &faulty, mode).await);
            let found = compare(&script, &good, &bad, (Side::Plain, plain.server.brand)).join("\n");
            assert!(found.contains(&format!("{seen}: ")), "{mode:?}: {fault:?} was to be seen in {seen}, but: {found}");
        }
    }
}

#[test]
fn the_suite_is_as_large_as_promised() {
    let statements: usize = Script::all().iter().map(|script| script.statements.len()).sum();
    assert!(statements >= 300, "{statements} statements");
}
