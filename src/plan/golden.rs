//! Golden plans: `tests/plans/<topic>.txt` holds rules and tables, then statements with the plan that each must have.
//!
//! A block starts with `> ` and a statement; what follows, up to an empty line, is the plan. `?` takes the values after
//! ` -- ?` on the statement's line. `WEIR_UPDATE_GOLDEN=1` writes the files anew.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Args, Context, Lookup, PlanError, Table, Tables, UniqueKey, plan};
use crate::rule::{self, RuleFile, RuleSet};
use crate::sql::{self, LexMode, Lexed};
use crate::value::{Collation, CollationId, Column, ColumnKind, Pad, Value};

/// The topics; a file that is not named here is not read.
const TOPICS: [&str; 11] =
    ["route", "names", "merge", "merge_node", "pushed", "counted", "insert", "load", "write", "rewrite", "refusals"];

struct Fixture {
    rules: Arc<RuleSet>,
    tables: HashMap<String, Arc<Table>>,
}

impl Tables for Fixture {
    fn table(&self, schema: &str, name: &str) -> Lookup {
        match self.tables.get(name) {
            _ if schema != &*self.rules.schema => Lookup::NoSchema,
            Some(table) => Lookup::Known(Arc::clone(table)),
            None => Lookup::Missing,
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans")
}

fn fixture() -> Fixture {
    let yaml = std::fs::read_to_string(folder().join("rules.yaml")).unwrap();
    let files = [RuleFile { name: "rules.yaml", text: &yaml }];
    let mut sets = rule::check(&files, &["a", "b"], 1).unwrap_or_else(|problems| panic!("{problems:?}"));
    let rules = Arc::new(sets.remove(0));
    let definitions = std::fs::read_to_string(folder().join("tables.txt")).unwrap();
    let mut tables = HashMap::new();
    for line in definitions.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let table = table(&rules, line);
        tables.insert(table.name.to_string(), Arc::new(table));
    }
    Fixture { rules, tables }
}

/// `orders: id bigint auto, user_id bigint, …; primary(id); unique(code)`.
fn table(rules: &Arc<RuleSet>, line: &str) -> Table {
    let (name, rest) = line.split_once(':').unwrap();
    let mut parts = rest.split(';');
    let columns: Vec<Column> = parts.next().unwrap().split(", ").map(|column| column_of(column.trim())).collect();
    let mut definition = String::new();
    let keys: Vec<UniqueKey> = parts
        .map(|key| {
            let (name, of) = key.trim().trim_end_matches(')').split_once('(').unwrap();
            let at = |column: &str| columns.iter().position(|c| c.name == column.trim()).unwrap();
            let head = if name == "primary" { "PRIMARY KEY".to_owned() } else { format!("UNIQUE KEY `{name}`") };
            let of: Vec<&str> = of.split(',').map(str::trim).collect();
            let _written = writeln!(definition, "  {head} (`{}`),", of.join("`,`"));
            let name = if name == "primary" { "PRIMARY" } else { name };
            UniqueKey { name: name.into(), columns: of.into_iter().map(at).collect() }
        })
        .collect();
    Table {
        rules: Arc::clone(rules),
        name: name.into(),
        placement: rules.placement(name).unwrap_or_else(|| panic!("no rule for {name}")).clone(),
        unique_keys: keys,
        columns: Some(columns),
        view: false,
        definition: Some(definition.into()),
        triggers: Vec::new(),
        carried: None,
    }
}

fn column_of(text: &str) -> Column {
    let mut words = text.split_whitespace();
    let (name, kind) = (words.next().unwrap(), words.next().unwrap());
    let collation = |name: &str, pad| Collation {
        id: CollationId::UTF8MB4_GENERAL_CI,
        name: name.to_owned(),
        charset: "utf8mb4".to_owned(),
        pad,
    };
    let folding = || collation("utf8mb4_general_ci", Pad::Space);
    let kind = match kind {
        "bigint" => ColumnKind::Int { bytes: 8, unsigned: false },
        "int" => ColumnKind::Int { bytes: 4, unsigned: false },
        "decimal" => ColumnKind::Decimal { precision: 12, scale: 2, unsigned: false },
        "double" => ColumnKind::Double,
        "float" => ColumnKind::Float,
        "text" => ColumnKind::Text { collation: folding() },
        "date" => ColumnKind::Date,
        "datetime" => ColumnKind::DateTime { fraction: 0 },
        "enum" => ColumnKind::Enum { collation: folding() },
        "json" => ColumnKind::Json,
        other => panic!("unknown type {other}"),
    };
    let auto_increment = words.next() == Some("auto");
    Column {
        name: name.to_owned(),
        kind,
        holds: None,
        padded: false,
        nullable: !auto_increment,
        auto_increment,
        generated: false,
        invisible: false,
    }
}

/// What the plan of a statement looks like.
fn planned(fixture: &Fixture, line: &str) -> String {
    let (text, values) = line.split_once(" -- ?").unwrap_or((line, ""));
    let params: Vec<Value<'_>> = values
        .split_whitespace()
        .map(|value| match value.parse() {
            Ok(number) => Value::Int(number),
            Err(_) if value == "NULL" => Value::Null,
            Err(_) => Value::Bytes(value.as_bytes().into()),
        })
        .collect();
    let mode = LexMode::default();
    let mut lexed = Lexed::default();
    if let Err(error) = sql::lex(text.as_bytes(), mode, &mut lexed) {
        return format!("{error}\n");
    }
    let statement = match sql::parse(text.as_bytes(), mode, &lexed) {
        Ok(statement) => statement,
        Err(error) => return format!("{error}\n"),
    };
    let context = Context { schema: Some("shop"), rules: Some(&fixture.rules), tables: fixture, mode };
    let plan = match plan(&statement, &lexed, text.as_bytes(), &context) {
        Ok(plan) => plan,
        Err(PlanError::Sql(error)) => return format!("{error}\n"),
        Err(error @ PlanError::NeedsTable { .. }) => return format!("{error:?}\n"),
    };
    let mut args = Args {
        text: text.as_bytes(),
        lexed: &lexed,
        params: &params,
        mode,
        utf8: true,
        no_auto_value_on_zero: false,
        lax: false,
        generated: None,
        row_ids: &[],
        last_insert_id: 77,
        connection_id: 8,
        user: "app",
        host: "localhost",
        found_rows: 3,
        row_count: -1,
        warning_count: 0,
        error_count: 0,
        switches: Default::default(),
    };
    let mut shown = String::new();
    let mut ids = match plan.read_ids(&args) {
        Ok(ids) => ids,
        Err(error) => return format!("{error}\n"),
    };
    if ids.count > 0 {
        let _written = writeln!(shown, "generates: {}, from 1001", ids.count);
        args.generated = Some(1001);
    }
    if let Some(greatest) = ids.greatest {
        let _written = writeln!(shown, "given: {greatest}");
    }
    // As a session gives them, and as EXPLAIN has them read once more.
    let read_again = plan.describe(&args);
    if ids.count > 0 {
        args.row_ids = ids.give(1001);
    }
    assert_eq!(plan.describe(&args).ok(), read_again.ok());
    match plan.describe(&args) {
        Ok(text) => shown + &shortened(&text),
        Err(error) => shown + &format!("{error}\n"),
    }
}

/// Of many nodes the first two and the last are shown.
fn shortened(text: &str) -> String {
    let is_node = |line: &&str| line.starts_with("shop_");
    let nodes = text.lines().filter(is_node).count();
    let mut seen = 0;
    let mut out = String::new();
    for line in text.lines() {
        if is_node(&line) && nodes > 4 {
            seen += 1;
            if seen > 2 && seen < nodes {
                if seen == 3 {
                    out.push_str("…\n");
                }
                continue;
            }
        }
        if line.starts_with("  ") && nodes > 4 && seen > 2 && seen < nodes {
            continue;
        }
        let _written = writeln!(out, "{line}");
    }
    out
}

#[test]
fn plans_are_as_written() {
    let fixture = fixture();
    let update = std::env::var_os("WEIR_UPDATE_GOLDEN").is_some();
    let mut wrong = String::new();
    for topic in TOPICS {
        let path = folder().join(format!("{topic}.txt"));
        let before = std::fs::read_to_string(&path).unwrap();
        let mut after = String::new();
        let mut skipping = false;
        for line in before.lines() {
            match line.strip_prefix("> ") {
                Some(statement) => {
                    skipping = true;
                    let _written = write!(after, "{line}\n{}", planned(&fixture, statement));
                }
                None if skipping && !line.is_empty() => {}
                None => {
                    skipping = false;
                    let _written = writeln!(after, "{line}");
                }
            }
        }
        if before == after {
            continue;
        }
        if update {
            std::fs::write(&path, &after).unwrap();
        } else {
            let _written = writeln!(wrong, "{topic}.txt differs:");
            for (line, other) in before.lines().zip(after.lines()).filter(|(a, b)| a != b).take(6) {
                let _written = writeln!(wrong, "- {line}\n+ {other}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nWEIR_UPDATE_GOLDEN=1 writes the files anew");
}

#[test]
fn every_file_is_read() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name == "rules.yaml" || name == "tables.txt";
        let topic = name.strip_suffix(".txt").is_some_and(|topic| TOPICS.contains(&topic));
        assert!(known || topic, "tests/plans/{name} is read by no test");
    }
}

/// A cached plan, bound to other literals of the same normal form, writes what a plan made for those would write.
#[test]
fn cached_plans_are_the_same_as_new_ones() {
    let fixture = fixture();
    let pairs = [
        ("SELECT * FROM orders WHERE user_id = 1", "SELECT * FROM orders WHERE user_id = 123456789"),
        (
            "SELECT id FROM orders WHERE user_id IN (1,2) AND status = 'x'",
            "SELECT id FROM orders WHERE user_id IN (7,8,9,10,11) AND status = 'a longer one'",
        ),
        (
            "INSERT INTO orders (user_id, amount) VALUES (1, 2), (3, 4)",
            "INSERT INTO orders (user_id, amount) VALUES (10, 20), (30, 40), (50, 60)",
        ),
        ("SELECT id FROM orders ORDER BY amount + 1 LIMIT 2", "SELECT id FROM orders ORDER BY amount + 100 LIMIT 20"),
        ("SELECT DATABASE(), 'a', LAST_INSERT_ID() + 1", "SELECT DATABASE(), 'abc', LAST_INSERT_ID() + 100"),
    ];
    for (first, second) in pairs {
        let mode = LexMode::default();
        let (mut old, mut new) = (Lexed::default(), Lexed::default());
        sql::lex(first.as_bytes(), mode, &mut old).unwrap();
        sql::lex(second.as_bytes(), mode, &mut new).unwrap();
        let context = Context { schema: Some("shop"), rules: Some(&fixture.rules), tables: &fixture, mode };
        assert_eq!(old.normal, new.normal, "{second}");
        let made = |text: &str, lexed: &Lexed| {
            plan(&sql::parse(text.as_bytes(), mode, lexed).unwrap(), lexed, text.as_bytes(), &context).unwrap()
        };
        let args = Args {
            text: second.as_bytes(),
            lexed: &new,
            params: &[],
            mode,
            utf8: true,
            no_auto_value_on_zero: false,
            lax: false,
            generated: Some(500),
            row_ids: &[],
            last_insert_id: 1,
            connection_id: 1,
            user: "app",
            host: "localhost",
            found_rows: 1,
            row_count: 1,
            warning_count: 0,
            error_count: 0,
            switches: Default::default(),
        };
        let (cached, fresh) = (made(first, &old), made(second, &new));
        assert!(cached.fits(&args), "{second}");
        assert_eq!(cached.describe(&args).unwrap(), fresh.describe(&args).unwrap(), "{second}");
    }
}

/// A plan that rests on a literal does not hold for another one.
#[test]
fn pinned_literals_are_asked_for() {
    let fixture = fixture();
    let mode = LexMode::default();
    let context = Context { schema: Some("shop"), rules: Some(&fixture.rules), tables: &fixture, mode };
    let check = |text: &str, other: &str, holds: bool| {
        let (mut lexed, mut others) = (Lexed::default(), Lexed::default());
        sql::lex(text.as_bytes(), mode, &mut lexed).unwrap();
        sql::lex(other.as_bytes(), mode, &mut others).unwrap();
        let made =
            plan(&sql::parse(text.as_bytes(), mode, &lexed).unwrap(), &lexed, text.as_bytes(), &context).unwrap();
        let args = Args {
            text: other.as_bytes(),
            lexed: &others,
            params: &[],
            mode,
            utf8: true,
            no_auto_value_on_zero: false,
            lax: false,
            generated: None,
            row_ids: &[],
            last_insert_id: 0,
            connection_id: 0,
            user: "app",
            host: "localhost",
            found_rows: 0,
            row_count: 0,
            warning_count: 0,
            error_count: 0,
            switches: Default::default(),
        };
        assert_eq!(made.fits(&args), holds, "{other}");
    };
    check("SELECT id, status FROM orders ORDER BY 1", "SELECT id, status FROM orders ORDER BY 2", false);
    check("SELECT id, status FROM orders ORDER BY 1", "SELECT id, status FROM orders ORDER BY 1", true);
    check("SELECT id + 1 FROM orders ORDER BY id + 1", "SELECT id + 1 FROM orders ORDER BY id + 2", false);
    check("SELECT id FROM orders WHERE id = 1", "SELECT id FROM orders WHERE id = 2", true);
}

/// Reads of a row by a key may travel together, and nothing else.
#[test]
fn short_reads_are_known() {
    let fixture = fixture();
    let mode = LexMode::default();
    let context = Context { schema: Some("shop"), rules: Some(&fixture.rules), tables: &fixture, mode };
    let is_short = |text: &str| {
        let mut lexed = Lexed::default();
        sql::lex(text.as_bytes(), mode, &mut lexed).unwrap();
        let statement = sql::parse(text.as_bytes(), mode, &lexed).unwrap();
        plan(&statement, &lexed, text.as_bytes(), &context).unwrap_or_else(|error| panic!("{text}: {error:?}")).short
    };
    for text in [
        "SELECT what FROM events WHERE id = 5",
        "SELECT * FROM events e WHERE ? = e.id",
        "SELECT e.*, 1, -id + 2 FROM events e WHERE (e.id = '5' AND what IS NOT NULL) LIMIT 1",
        "SELECT DISTINCT what FROM archive WHERE id = 1 AND user_id = 2 AND (what = 'a' OR what IN ('b', ?))",
        "SELECT name FROM cities WHERE id = 3",
        "SELECT body FROM notes WHERE ID = ?",
    ] {
        assert!(is_short(text), "{text}");
    }
    for text in [
        "SELECT what FROM events",
        "SELECT what FROM events WHERE id > 5",
        "SELECT what FROM events WHERE id = 5 OR id = 6",
        "SELECT what FROM events WHERE id IN (5)",
        "SELECT what FROM archive WHERE user_id = 2",
        "SELECT age FROM people WHERE name = 'ann'",
        "SELECT email FROM accounts WHERE email = 'a@b'",
        "SELECT what FROM visits WHERE user_id = 1",
        "SELECT SLEEP(1) FROM events WHERE id = 5",
        "SELECT COUNT(*) FROM events WHERE id = 5",
        "SELECT what FROM events WHERE id = 5 AND what LIKE '%a'",
        "SELECT what FROM events WHERE id = LAST_INSERT_ID()",
        "SELECT what FROM events WHERE id = @a",
        "SELECT @@sql_mode FROM events WHERE id = 5",
        "SELECT SQL_CALC_FOUND_ROWS what FROM events WHERE id = 5",
        "SELECT what FROM events WHERE id = 5 LIMIT 1, 1",
        "SELECT what FROM events WHERE id = 5 ORDER BY what",
        "SELECT what FROM events WHERE id = 5 GROUP BY what",
        "SELECT what FROM events WHERE id = 5 HAVING what > ''",
        "SELECT what FROM events WHERE id = 5 FOR UPDATE",
        "SELECT what FROM events WHERE id = 5 UNION SELECT 1",
        "SELECT what FROM events WHERE id = (SELECT 5)",
        "SELECT (SELECT 1) FROM events WHERE id = 5",
        "SELECT e.what FROM events e, cities c WHERE e.id = 5 AND c.id = 6",
        "SELECT what FROM (SELECT * FROM events) e WHERE id = 5",
        "WITH e AS (SELECT 5) SELECT what FROM events WHERE id = 5",
        "SELECT what FROM events WHERE id = NOW()",
        "UPDATE events SET what = 'a' WHERE id = 5",
        "DELETE FROM events WHERE id = 5",
    ] {
        assert!(!is_short(text), "{text}");
    }
}
