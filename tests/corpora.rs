//! Statements that others wrote for sharded systems, from a folder that is named: each on one plain server and through
//! Weir with split tables. `make corpora FOLDER=…`; without a folder there is nothing to run.

mod free;
mod read;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::bank::dice::Dice;
use crate::differential::{Answer, Mode, Statement, Verdict, ranking};
use crate::servers::{Brand, Fleet, connect};
use crate::weir::{APP, APP_PASSWORD, Setup, Weir};
use free::Free;
use read::Group;
use tables::{Column, Table};

const ROWS: usize = 12;
const WRONG: &str = "WRONG";
/// How long a statement may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is found out about all statements.
#[derive(Default)]
struct Findings {
    counts: BTreeMap<String, usize>,
    reasons: BTreeMap<String, usize>,
    /// What each kind of finding shows, in full, each statement once.
    listed: BTreeMap<&'static str, String>,
}

#[tokio::test]
#[ignore = "wants a folder of statements; make corpora FOLDER=… runs it"]
async fn statements_of_others_are_answered_alike_or_refused() {
    let Some(folder) = std::env::var_os("CORPORA").map(PathBuf::from) else {
        println!("SKIPPED corpora: CORPORA names no folder");
        return;
    };
    let mut wrong = 0;
    for brand in [Brand::MariaDb, Brand::MySql] {
        if std::env::var("CORPORA_BRAND").is_ok_and(|only| !only.eq_ignore_ascii_case(&format!("{brand:?}"))) {
            continue;
        }
        match Fleet::shared(brand) {
            Ok(fleet) => wrong += run_all(fleet, &folder).await,
            Err(why) => println!("SKIPPED corpora on {brand:?}: {why}"),
        }
    }
    assert_eq!(wrong, 0, "wrong answers; target/corpora has them");
}

/// Runs all statements, tells what came of them, and how many answers are wrong.
async fn run_all(fleet: &'static Fleet, folder: &Path) -> usize {
    let mut all = Findings::default();
    let mut text = String::new();
    let mut files: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for group in read::groups(folder) {
        if std::env::var("CORPORA_ONLY").is_ok_and(|only| !group.name.contains(&only)) {
            continue;
        }
        let mut findings = Findings::default();
        run_group(fleet, &group, &mut findings).await;
        let file = group.name.split(' ').next().unwrap_or_default().to_owned();
        for (outcome, count) in &findings.counts {
            *files.entry(file.clone()).or_default().entry(outcome.clone()).or_default() += count;
        }
        all.add(findings);
    }
    for (file, counts) in &files {
        writeln!(text, "{file}: {} statements\n{}", counts.values().sum::<usize>(), ranking(counts)).unwrap();
    }
    writeln!(text, "reasons of refusals\n{}", ranking(&all.reasons)).unwrap();
    println!("{:?}\n{text}", fleet.plain.brand);
    for (kind, listed) in &all.listed {
        writeln!(text, "=== {kind} ===\n{listed}").unwrap();
    }
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/corpora");
    std::fs::create_dir_all(&out).unwrap();
    let name = format!("{:?}", fleet.plain.brand).to_ascii_lowercase();
    std::fs::write(out.join(format!("{name}.txt")), text).unwrap();
    println!("all of it is in {}", out.join(format!("{name}.txt")).display());
    all.counts.get(WRONG).copied().unwrap_or_default()
}

// === impl Findings ===

impl Findings {
    fn add(&mut self, other: Self) {
        for (outcome, count) in other.counts {
            *self.counts.entry(outcome).or_default() += count;
        }
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        for (kind, listed) in other.listed {
            self.listed.entry(kind).or_default().push_str(&listed);
        }
    }

    fn count(&mut self, outcome: &str) {
        *self.counts.entry(outcome.to_owned()).or_default() += 1;
    }

    fn note(&mut self, group: &Group, sql: &str, verdict: Verdict) {
        let name = &group.name;
        let (outcome, kind, listed) = match verdict {
            Verdict::Equal => ("equal".to_owned(), None, String::new()),
            Verdict::AlikeError(_) => ("both fail alike".to_owned(), None, String::new()),
            Verdict::Refused { errno, reason } => {
                *self.reasons.entry(format!("{errno} {reason}")).or_default() += 1;
                let kind = if reason.starts_with("Weir cannot read") { "not read" } else { "refused" };
                (format!("refused with {errno}"), Some(kind), format!("{errno} {reason}"))
            }
            Verdict::RefusedError { errno, plain } => {
                (format!("refused with {errno} what fails"), Some("fails, refused"), format!("{plain} and {errno}"))
            }
            Verdict::Unread(why) => ("not read (1064)".to_owned(), Some("not read"), why),
            Verdict::Metadata(differences) => {
                ("equal but for metadata".to_owned(), Some("metadata"), differences.join("\n    "))
            }
            Verdict::OtherError { plain, weir, message } => {
                ("fail with other numbers".to_owned(), Some("other errors"), format!("{plain} and {weir}: {message}"))
            }
            Verdict::Wrong(differences) => (WRONG.to_owned(), Some(WRONG), differences.join("\n    ")),
        };
        *self.counts.entry(outcome).or_default() += 1;
        if let Some(kind) = kind {
            let text = self.listed.entry(kind).or_default();
            let entry = format!("[{name}] {}\n    {listed}\n", sql.replace('\n', " "));
            if !text.contains(&entry) {
                text.push_str(&entry);
            }
        }
    }
}

/// Both sides, with the group's tables filled alike.
struct Sides {
    plain: Conn,
    through: Conn,
    weir: Weir,
    port: u16,
}

// === impl Sides ===

impl Sides {
    async fn reconnect(&mut self) {
        self.plain = connect(self.port, APP, APP_PASSWORD, Some("corpus")).await.unwrap();
        self.through = self.weir.connect("corpus").await;
    }

    async fn both(&mut self, sql: &str) {
        self.plain.query_drop(sql).await.unwrap();
        self.through.query_drop(sql).await.unwrap();
    }
}

async fn run_group(fleet: &'static Fleet, group: &Group, findings: &mut Findings) {
    let Some((mut sides, tables)) = prepare(fleet, group, findings).await else { return };
    let split: BTreeSet<&str> = tables.iter().map(|(table, _)| table.name.as_str()).collect();
    let mut last_refused = false;
    for (_, sql) in &group.statements {
        let sql = sql.trim().trim_end_matches(';').replace("sbtest.", "corpus.");
        let statement = Statement { sql: sql.clone(), unordered: true, ..Statement::default() };
        if let Some(free) = Free::of(&sql, last_refused) {
            match own(&mut sides, &statement, free).await {
                Ok(Some(differences)) if differences.is_empty() => findings.count(free.name()),
                Ok(Some(differences)) => findings.note(group, &sql, Verdict::Wrong(differences)),
                Ok(None) => findings.note(group, &sql, read(&mut sides, &statement).await.unwrap_or_else(wrong)),
                Err(why) => findings.note(group, &sql, wrong(why)),
            }
            continue;
        }
        let verdict = match first_word(&sql).as_str() {
            "SELECT" | "WITH" | "(" | "SHOW" | "DESC" | "DESCRIBE" | "TABLE" | "VALUES" => {
                read(&mut sides, &statement).await
            }
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" => write(&mut sides, &statement, &split).await,
            _ => other(&mut sides, &statement).await,
        };
        last_refused = matches!(verdict, Ok(Verdict::Refused { .. } | Verdict::RefusedError { .. }));
        match verdict {
            Ok(Verdict::Wrong(differences)) if free::are_warnings_of_rows(&sql, &differences) => {
                findings.count("equal but for how often a row is warned of, which the order of a join decides");
            }
            Ok(Verdict::Wrong(differences)) if met_elsewhere(&tables, &sql, &differences) => {
                findings.count("a key without the shard key, which a plain INSERT does not look for at other nodes");
            }
            Ok(verdict) => findings.note(group, &sql, verdict),
            Err(why) => {
                findings.note(group, &sql, wrong(why));
                sides.reconnect().await;
            }
        }
    }
}

async fn prepare<'a>(
    fleet: &'static Fleet,
    group: &'a Group,
    findings: &mut Findings,
) -> Option<(Sides, Vec<(&'a Table, Vec<Column>)>)> {
    let port = fleet.plain.port;
    let mut root = fleet.plain.connect().await;
    // The same user's name on both sides: statements may show it.
    let account = format!("CREATE USER IF NOT EXISTS {APP} IDENTIFIED BY '{APP_PASSWORD}'; GRANT ALL ON *.* TO {APP}");
    root.query_drop(account).await.unwrap();
    root.query_drop("DROP DATABASE IF EXISTS corpus; CREATE DATABASE corpus").await.unwrap();
    let mut plain = connect(port, APP, APP_PASSWORD, Some("corpus")).await.unwrap();
    let mut tables: Vec<(&Table, Vec<Column>)> = Vec::new();
    for table in &group.tables {
        match plain.query_drop(&table.create).await {
            Ok(()) => {
                let columns = columns(&mut plain, &table.name).await;
                tables.push((table, columns));
            }
            Err(error) => {
                let text = findings.listed.entry("tables not made").or_default();
                writeln!(text, "[{}] {}: {error}", group.name, table.name).unwrap();
            }
        }
    }
    for (number, instance) in fleet.instances.iter().take(2).enumerate() {
        let mut conn = instance.connect().await;
        for database in tables::databases(number) {
            conn.query_drop(format!("DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}")).await.unwrap();
        }
    }
    let setup = |bindings| Setup::over(&fleet.instances[..2]).rules("corpus", tables::rules(&tables, bindings));
    let bound = setup(true).run("check", &[]);
    let weir = setup(bound.0).start();
    let mut through = weir.connect("corpus").await;
    let words = words(&group.statements);
    let mut dice = Dice::new(5, 1);
    for (table, columns) in &tables {
        if let Err(error) = through.query_drop(&table.create).await {
            let text = findings.listed.entry("tables not made").or_default();
            writeln!(text, "[{}] {} through weir: {error}\n    {}", group.name, table.name, table.create).unwrap();
            plain.query_drop(format!("DROP TABLE `{}`", table.name)).await.unwrap();
            continue;
        }
        for number in 0..ROWS {
            let row = tables::row(&mut dice, columns, number, &words);
            let insert = format!("INSERT INTO `{}` VALUES ({row})", table.name);
            if plain.query_drop(&insert).await.is_ok()
                && let Err(error) = through.query_drop(&insert).await
            {
                let text = findings.listed.entry("rows not loaded").or_default();
                writeln!(text, "[{}] {error}\n    {insert}", group.name).unwrap();
                plain.query_drop(format!("DELETE FROM `{}` LIMIT 1", table.name)).await.unwrap();
            }
        }
    }
    Some((Sides { plain, through, weir, port }, tables))
}

async fn columns(conn: &mut Conn, table: &str) -> Vec<Column> {
    let rows: Vec<(String, String, String, String, Option<String>, String)> =
        conn.query(format!("SHOW COLUMNS FROM `{table}`")).await.unwrap();
    rows.into_iter()
        .map(|(name, kind, nullable, key, _, extra)| Column {
            name,
            kind: kind.to_ascii_lowercase(),
            nullable: nullable == "YES",
            primary: key == "PRI",
            generated: extra.to_ascii_uppercase().contains("GENERATED") && !extra.starts_with("DEFAULT"),
        })
        .collect()
}

/// What stands in single quotes in the statements.
fn words(statements: &[(String, String)]) -> Vec<String> {
    let mut words = BTreeSet::new();
    for (_, sql) in statements {
        words.extend(sql.split('\'').skip(1).step_by(2).filter(|word| word.len() < 40 && !word.contains('\\')));
    }
    words.into_iter().map(str::to_owned).collect()
}

async fn ask(conn: &mut Conn, statement: &Statement) -> Result<Answer, String> {
    match tokio::time::timeout(PATIENCE, Answer::to(conn, statement, Mode::Text)).await {
        Err(_) => Err(format!("no answer in {PATIENCE:?}")),
        Ok(Err(broken)) => Err(format!("the connection broke: {broken}")),
        Ok(Ok(mut answer)) => {
            answer.forget_order_of_warnings();
            Ok(answer)
        }
    }
}

fn wrong(why: String) -> Verdict {
    Verdict::Wrong(vec![why])
}

async fn read(sides: &mut Sides, statement: &Statement) -> Result<Verdict, String> {
    let (mut plain, mut weir) = ask_both(sides, statement).await?;
    let mut verdict = Verdict::of(&plain, &weir, &[]);
    if matches!(verdict, Verdict::Wrong(_)) {
        // The clock may have gone on by a second between the two answers.
        (plain, weir) = ask_both(sides, statement).await?;
        verdict = Verdict::of(&plain, &weir, &[]);
    }
    if !matches!(verdict, Verdict::Wrong(_)) || plain.rows.len() != weir.rows.len() {
        return Ok(verdict);
    }
    // Which rows come is free where LIMIT cuts, a group has many values, or rows of a window have no order.
    let lower = statement.sql.to_ascii_lowercase();
    let free = ["limit", "group_concat", "rows "].iter().any(|word| lower.contains(word))
        || free::has_unordered_window(&lower)
        || picks_any_value(sides, statement).await?;
    Ok(if free { Verdict::of(&plain, &weir, &["rows".to_owned()]) } else { verdict })
}

/// What differs of an answer that is about the servers themselves; none where Weir alone gives none.
async fn own(sides: &mut Sides, statement: &Statement, free: Free) -> Result<Option<Vec<String>>, String> {
    let (plain, weir) = ask_both(sides, statement).await?;
    Ok((weir.errno.is_none() || plain.errno.is_some()).then(|| free.differences(&plain, &weir)))
}

async fn ask_both(sides: &mut Sides, statement: &Statement) -> Result<(Answer, Answer), String> {
    let plain = ask_plain(sides, statement).await?;
    let weir = ask(&mut sides.through, statement).await.map_err(|why| format!("weir: {why}"))?;
    Ok((plain, weir))
}

/// Asks the plain server, without hints that only Weir reads.
async fn ask_plain(sides: &mut Sides, statement: &Statement) -> Result<Answer, String> {
    let statement = Statement { sql: free::without_hints(&statement.sql), ..statement.clone() };
    ask(&mut sides.plain, &statement).await.map_err(|why| format!("plain: {why}"))
}

/// Whether an INSERT has met a row of another node, whose table has a primary key without the shard key
/// (docs/compatibility.md, "Unique keys").
fn met_elsewhere(tables: &[(&Table, Vec<Column>)], sql: &str, differences: &[String]) -> bool {
    first_word(sql) == "INSERT"
        && matches!(differences, [only] if only.starts_with("weir answers, plain fails with 1062"))
        && tables.iter().any(|(table, columns)| sql.contains(&table.name) && table.has_loose_key(columns))
}

/// Whether the server itself says that the statement shows an arbitrary row of each group.
async fn picks_any_value(sides: &mut Sides, statement: &Statement) -> Result<bool, String> {
    sides.plain.query_drop("SET @kept = @@sql_mode, sql_mode = 'ONLY_FULL_GROUP_BY'").await.unwrap();
    let strict = ask_plain(sides, statement).await?;
    sides.plain.query_drop("SET sql_mode = @kept").await.unwrap();
    Ok(matches!(strict.errno, Some(1055 | 1140)))
}

/// A change is taken back on both sides after what it left has been compared.
async fn write(sides: &mut Sides, statement: &Statement, tables: &BTreeSet<&str>) -> Result<Verdict, String> {
    sides.both("START TRANSACTION").await;
    let plain = ask_plain(sides, statement).await?;
    let weir = ask(&mut sides.through, statement).await.map_err(|why| format!("weir: {why}"))?;
    let mut verdict = Verdict::of(&plain, &weir, &[]);
    if plain.errno.is_none() && weir.errno.is_none() {
        for table in tables.iter().filter(|table| statement.sql.contains(**table)) {
            let all = Statement { sql: format!("SELECT * FROM `{table}`"), unordered: true, ..Statement::default() };
            let (plain, weir) = (ask(&mut sides.plain, &all).await?, ask(&mut sides.through, &all).await?);
            if plain.rows != weir.rows {
                verdict = Verdict::Wrong(plain.differences(&weir, &[]));
            }
        }
    }
    sides.both("ROLLBACK").await;
    Ok(verdict)
}

/// Anything else goes to Weir first, to the plain server only if Weir serves it, and the next one to new connections.
async fn other(sides: &mut Sides, statement: &Statement) -> Result<Verdict, String> {
    let weir = ask(&mut sides.through, statement).await.map_err(|why| format!("weir: {why}"))?;
    let verdict = if weir.refused_by_name() {
        Verdict::of(&Answer::default(), &weir, &[])
    } else {
        let plain = ask_plain(sides, statement).await?;
        Verdict::of(&plain, &weir, &[])
    };
    sides.reconnect().await;
    Ok(verdict)
}

fn first_word(sql: &str) -> String {
    let mut rest = sql.trim_start();
    while let Some(comment) = rest.strip_prefix("/*").or_else(|| rest.strip_prefix("/!")) {
        rest = comment.split_once("*/").map_or("", |(_, after)| after).trim_start();
    }
    if rest.starts_with('(') {
        return "(".to_owned();
    }
    rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase()
}
