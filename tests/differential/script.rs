//! The scripts of the differential suite: plain SQL, a statement ends with `;` at the end of a line.
//!
//! A script opens with a comment: what it is about, then `-- rules:` and one line for each split, broadcast or single
//! table it makes; after `-- rules of lab:`, those of the schema `lab`, which is beside the session's own. Before a
//! statement, lines that begin with `--@` say how its answer is compared:
//!
//! - `unordered`: rows in any order (the statement promises none);
//! - `error`: it must fail, alike on both sides: number, state and message;
//! - `refused: 21001`: Weir must refuse it with this number; where it is a read, the plain server must answer it;
//! - `refusable`: Weir answers it exactly, or refuses it with one of its own numbers (21001 to 21999);
//! - `params: 1, 'x', NULL`: values of its `?`; in the text protocol they are written into the statement;
//! - `text`: never sent as a prepared statement;
//! - `only: mariadb` or `only: mysql`;
//! - `apart: <aspect>: <reason>`: this aspect of the answer is allowed to differ;
//! - `apart on mysql: <aspect>: <reason>`: the same, but on MySQL only; `metadata` stands for all that is said of columns
//!   but their names.

use std::path::Path;

use mysql_async::Value;

use crate::servers::Brand;

/// One `.sql` file.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) name: String,
    /// Lines for the `tables:` section of the rule file.
    pub(crate) rules: Vec<String>,
    /// The same for the second schema, [`SECOND`].
    pub(crate) second_rules: Vec<String>,
    pub(crate) statements: Vec<Statement>,
}

/// The schema of `rules of lab:`.
pub(crate) const SECOND: &str = "lab";

/// What is said of columns beside their names.
const METADATA: [&str; 7] = ["flags", "length", "type", "decimals", "schema", "original name", "original table"];

/// One statement and how its answer is compared.
#[derive(Clone, Default)]
pub(crate) struct Statement {
    pub(crate) line: usize,
    pub(crate) sql: String,
    pub(crate) unordered: bool,
    pub(crate) error: bool,
    pub(crate) refused: Option<u16>,
    pub(crate) refusable: bool,
    pub(crate) params: Vec<String>,
    pub(crate) text_only: bool,
    pub(crate) only: Option<Brand>,
    pub(crate) apart: Vec<String>,
    pub(crate) apart_on_mysql: Vec<String>,
}

/// Whose rules a comment's lines are.
#[derive(Clone, Copy)]
enum Section {
    Own,
    Second,
}

// === impl Script ===

impl Script {
    /// All scripts of the suite, by name; the one that WEIR_SCRIPT names, if it is set.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
        let only = std::env::var_os("WEIR_SCRIPT");
        let mut scripts: Vec<Self> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .filter(|path| only.as_ref().is_none_or(|only| path.file_stem() == Some(only)))
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                Self::parse(&name, &std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        scripts
    }

    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let mut script =
            Self { name: name.to_owned(), rules: Vec::new(), second_rules: Vec::new(), statements: Vec::new() };
        let mut section = None;
        let second = format!("rules of {SECOND}:");
        let mut next = Statement::default();
        for (number, line) in (1..).zip(text.lines()) {
            let blank = next.sql.is_empty();
            if let Some(directive) = line.strip_prefix("--@ ").filter(|_| blank) {
                next.direct(directive).unwrap_or_else(|| panic!("{name}.sql:{number}: unknown directive: {directive}"));
            } else if let Some(comment) = line.strip_prefix("-- ").filter(|_| blank) {
                match (section, comment) {
                    (_, "rules:") => section = Some(Section::Own),
                    (_, head) if head == second => section = Some(Section::Second),
                    (Some(Section::Own), rule) if rule.starts_with("  ") => script.rules.push(rule.to_owned()),
                    (Some(Section::Second), rule) if rule.starts_with("  ") => {
                        script.second_rules.push(rule.to_owned());
                    }
                    _ => section = None,
                }
            } else if !(blank && line.trim().is_empty()) {
                if blank {
                    next.line = number;
                } else {
                    next.sql.push('\n');
                }
                next.sql.push_str(line);
                if let Some(whole) = next.sql.trim_end().strip_suffix(';') {
                    next.sql = whole.to_owned();
                    script.statements.push(std::mem::take(&mut next));
                }
            }
        }
        assert!(next.sql.is_empty(), "{name}.sql: the last statement has no end: {}", next.sql);
        script
    }
}

// === impl Statement ===

impl Statement {
    fn direct(&mut self, directive: &str) -> Option<()> {
        let (word, value) = directive.split_once(": ").unwrap_or((directive, ""));
        match (word, value.trim()) {
            ("unordered", "") => self.unordered = true,
            ("error", "") => self.error = true,
            ("refusable", "") => self.refusable = true,
            ("text", "") => self.text_only = true,
            ("refused", errno) => self.refused = Some(errno.parse().ok()?),
            ("params", list) => self.params = literals(list),
            ("only", "mariadb") => self.only = Some(Brand::MariaDb),
            ("only", "mysql") => self.only = Some(Brand::MySql),
            ("apart on mysql", aspect) => match aspect.split_once(": ")?.0 {
                "metadata" => self.apart_on_mysql.extend(METADATA.map(str::to_owned)),
                aspect => self.apart_on_mysql.push(aspect.to_owned()),
            },
            ("apart", aspect) => self.apart.push(aspect.split_once(": ")?.0.to_owned()),
            _ => return None,
        }
        Some(())
    }

    /// Whether it reads rows and changes nothing.
    pub(crate) fn reads(&self) -> bool {
        ["SELECT", "WITH", "(", "SHOW", "DESC", "TABLE", "VALUES"].iter().any(|word| self.begins_with(word))
    }

    /// Whether it has an ORDER BY of its own, outside of parentheses.
    pub(crate) fn has_order(&self) -> bool {
        let mut depth = 0;
        let bytes = self.sql.as_bytes();
        (0..bytes.len()).any(|at| {
            match bytes[at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            depth == 0 && bytes[at..].starts_with(b"ORDER BY")
        })
    }

    /// Whether applications send it as a prepared statement.
    pub(crate) fn prepares(&self) -> bool {
        !self.text_only
            && ["SELECT", "WITH", "(", "INSERT", "REPLACE", "UPDATE", "DELETE", "DO"]
                .iter()
                .any(|word| self.begins_with(word))
    }

    fn begins_with(&self, word: &str) -> bool {
        self.sql.as_bytes().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The statement with its parameters written in.
    pub(crate) fn as_text(&self) -> String {
        let mut text = String::new();
        let mut quote = None;
        let mut params = self.params.iter();
        for c in self.sql.chars() {
            match (quote, c) {
                (None, '?') if !self.params.is_empty() => {
                    text.push_str(params.next().unwrap_or_else(|| panic!("too few parameters: {}", self.sql)));
                    continue;
                }
                (None, '\'' | '"' | '`') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                _ => {}
            }
            text.push(c);
        }
        assert!(params.next().is_none(), "too many parameters: {}", self.sql);
        text
    }

    /// The parameters as a prepared statement takes them.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.params.iter().map(|literal| value(literal)).collect()
    }
}

/// Splits at commas outside quotes.
fn literals(list: &str) -> Vec<String> {
    let mut literals = vec![String::new()];
    let mut quoted = false;
    for c in list.chars() {
        quoted ^= c == '\'';
        match literals.last_mut() {
            Some(_) if c == ',' && !quoted => literals.push(String::new()),
            Some(last) => last.push(c),
            None => {}
        }
    }
    literals.iter().map(|literal| literal.trim().to_owned()).collect()
}

fn value(literal: &str) -> Value {
    let quoted = |text: &str| text.strip_prefix('\'')?.strip_suffix('\'').map(|inner| inner.replace("''", "'"));
    if literal == "NULL" {
        Value::NULL
    } else if let Ok(number) = literal.parse::<i64>() {
        Value::Int(number)
    } else if let Ok(number) = literal.parse::<u64>() {
        Value::UInt(number)
    } else if let Some(text) = quoted(literal) {
        Value::Bytes(text.into_bytes())
    } else if let Some(hex) = literal.strip_prefix('x').and_then(quoted) {
        let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits");
        Value::Bytes((0..hex.len()).step_by(2).map(digit).collect())
    } else if literal.contains('e') {
        Value::Double(literal.parse().expect("a double"))
    } else {
        Value::Bytes(literal.as_bytes().to_vec())
    }
}

#[test]
fn scripts_are_read_as_described() {
    let script = Script::parse(
        "example",
        "-- About.\n-- rules:\n--   t: { broadcast: true }\n-- rules of lab:\n--   t: { single: lab_00 }\n-- More.\nSELECT 1;\n\n--@ unordered\n--@ params: 7, 'a,''b', x'00ff', NULL\n\
         SELECT '?', ?,\n  ?, ?, ?;\n--@ refused: 21001\nDELETE FROM t;\n",
    );
    assert_eq!(script.rules, ["  t: { broadcast: true }"]);
    assert_eq!(script.second_rules, ["  t: { single: lab_00 }"]);
    let [first, second, third] = script.statements.as_slice() else { panic!("three statements") };
    assert_eq!((first.line, first.sql.as_str(), first.unordered), (7, "SELECT 1", false));
    assert!(second.unordered && second.prepares() && second.reads() && third.refused == Some(21001) && !third.reads());
    assert_eq!(second.as_text(), "SELECT '?', 7,\n  'a,''b', x'00ff', NULL");
    assert_eq!(
        second.values(),
        [Value::Int(7), Value::Bytes(b"a,'b".to_vec()), Value::Bytes(vec![0, 0xff]), Value::NULL]
    );
}
