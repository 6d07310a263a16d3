//! SHOW: MySQL's forms that Weir answers, DRDS's own, and the rest by name.

use super::super::ast::{Ident, Show, ShowWhat, Statement, TableName};
use super::cursor::{Parsed, Parser};

/// What servers and DRDS show, and Weir does not: the word behind SHOW, or behind SHOW FULL.
const UNSERVED: &[&str] = &[
    "ALL",
    "ANALYZE",
    "AUTHORS",
    "BINARY",
    "BINLOG",
    "CCL_RULES",
    "CLIENT_STATISTICS",
    "CONTRIBUTORS",
    "CREATE",
    "DB",
    "DDL",
    "ENGINE",
    "EVENTS",
    "EXPLAIN",
    "EXTENDED",
    "FUNCTION",
    "INDEX_STATISTICS",
    "LIBRARY",
    "LOCALES",
    "MASTER",
    "MUTEX",
    "OPEN",
    "PACKAGE",
    "PARSE_TREE",
    "PHYSICAL_PROCESSLIST",
    "PHYSICAL_SLOW",
    "PROCEDURE",
    "PROFILE",
    "QUERY_RESPONSE_TIME",
    "RELAYLOG",
    "REPLICA",
    "REPLICAS",
    "SHARDING",
    "SLAVE",
    "SLOW",
    "STATS",
    "TABLE_STATISTICS",
    "THREAD_STATISTICS",
    "TRACE",
    "USER_STATISTICS",
    "USER_VARIABLES",
    "WSREP_MEMBERSHIP",
    "WSREP_STATUS",
];
/// What stands behind SHOW CREATE.
const UNSERVED_CREATE: &[&str] =
    &["EVENT", "FUNCTION", "LIBRARY", "PACKAGE", "PROCEDURE", "ROLE", "SEQUENCE", "SERVER", "TRIGGER", "USER", "VIEW"];

impl Parser<'_> {
    pub(super) fn show(&mut self) -> Parsed<Statement> {
        self.expect("SHOW")?;
        let position = self.position();
        let Some(what) = self.show_what()? else {
            self.back_to(position);
            return self.unserved_show();
        };
        if let ShowWhat::Backend(_) = what {
            // Answered by a backend as it stands, whatever follows.
            self.eat_rest()?;
            return Ok(Statement::Show(Show { what, like: None, selection: None, limit: None }));
        }
        let like = if self.eat("LIKE") { Some(self.string_value()?) } else { None };
        let selection = if like.is_none() && self.eat("WHERE") { Some(self.expr()?) } else { None };
        let limit = match what {
            ShowWhat::Warnings { count: false } | ShowWhat::Errors { count: false } => self.limit()?,
            _ => None,
        };
        Ok(Statement::Show(Show { what, like, selection, limit }))
    }

    fn unserved_show(&mut self) -> Parsed<Statement> {
        let words: Vec<String> = (0..2).map(|ahead| self.upper_at(ahead)).filter(|word| !word.is_empty()).collect();
        if self.eat("CREATE") {
            if !self.is_any(UNSERVED_CREATE) {
                return Err(self.syntax());
            }
        } else {
            // Words behind which nothing else is known.
            let _behind = self.eat_any(&["FULL", "GLOBAL", "SESSION", "LOCAL", "TABLE", "STORAGE", "CHARACTER", "IN"]);
            if !self.is_any(UNSERVED) {
                return Err(self.syntax());
            }
        }
        let what = ShowWhat::Unsupported(format!("SHOW {}", words.join(" ")));
        self.eat_rest()?;
        Ok(Statement::Show(Show { what, like: None, selection: None, limit: None }))
    }

    fn show_what(&mut self) -> Parsed<Option<ShowWhat>> {
        if self.is("COUNT") && self.is_punct_at(1, b'(') && self.is_punct_at(2, b'*') && self.is_punct_at(3, b')') {
            for _ in 0..4 {
                self.bump();
            }
            return Ok(match self.bump_upper().as_str() {
                "WARNINGS" => Some(ShowWhat::Warnings { count: true }),
                "ERRORS" => Some(ShowWhat::Errors { count: true }),
                _ => None,
            });
        }
        if self.eat("CREATE") {
            return self.show_create();
        }
        let word = self.bump_upper();
        match word.as_str() {
            "FULL" => self.show_plain(true),
            "GLOBAL" | "SESSION" | "LOCAL" => {
                let global = word == "GLOBAL";
                Ok(match self.bump_upper().as_str() {
                    "VARIABLES" => Some(ShowWhat::Variables { global }),
                    "STATUS" => Some(ShowWhat::Status { global }),
                    "DEADLOCKS" if global => Some(ShowWhat::GlobalDeadlocks),
                    _ => None,
                })
            }
            "VARIABLES" => Ok(Some(ShowWhat::Variables { global: false })),
            "STATUS" => Ok(Some(ShowWhat::Status { global: false })),
            "DATABASES" | "SCHEMAS" => Ok(Some(ShowWhat::Databases)),
            "TABLE" if self.eat("STATUS") => Ok(Some(ShowWhat::TableStatus { schema: self.of_schema()? })),
            "TRIGGERS" => Ok(Some(ShowWhat::Triggers { schema: self.of_schema()? })),
            "INDEX" | "INDEXES" | "KEYS" => Ok(Some(ShowWhat::Index { table: self.of_table()? })),
            "WARNINGS" => Ok(Some(ShowWhat::Warnings { count: false })),
            "ERRORS" => Ok(Some(ShowWhat::Errors { count: false })),
            "TOPOLOGY" => Ok(Some(ShowWhat::Topology(self.of_table()?))),
            "NODE" => Ok(Some(ShowWhat::Node)),
            "TRANS" => Ok(Some(ShowWhat::Trans)),
            "IN" if self.eat_all(&["DOUBT", "TRANSACTIONS"]) => Ok(Some(ShowWhat::InDoubt)),
            "DATASOURCES" => Ok(Some(ShowWhat::Datasources)),
            "BROADCASTS" => Ok(Some(ShowWhat::Broadcasts)),
            "SEQUENCES" => Ok(Some(ShowWhat::Sequences)),
            "ENGINES" | "CHARSET" | "COLLATION" | "PLUGINS" | "PRIVILEGES" | "GRANTS" | "PROFILES" => {
                Ok(Some(ShowWhat::Backend(word)))
            }
            "STORAGE" if self.eat("ENGINES") => Ok(Some(ShowWhat::Backend("ENGINES".to_owned()))),
            "CHARACTER" if self.eat("SET") => Ok(Some(ShowWhat::Backend("CHARSET".to_owned()))),
            _ => self.show_listing(&word, false),
        }
    }

    /// What may stand behind FULL.
    fn show_plain(&mut self, full: bool) -> Parsed<Option<ShowWhat>> {
        let word = self.bump_upper();
        self.show_listing(&word, full)
    }

    fn show_listing(&mut self, word: &str, full: bool) -> Parsed<Option<ShowWhat>> {
        Ok(match word {
            "TABLES" => Some(ShowWhat::Tables { full, schema: self.of_schema()? }),
            "COLUMNS" | "FIELDS" => Some(ShowWhat::Columns { full, table: self.of_table()? }),
            "PROCESSLIST" => Some(ShowWhat::Processlist { full }),
            "RULE" => {
                let table = if self.eat("FROM") { Some(self.table_name()?) } else { None };
                Some(ShowWhat::Rule { full, table })
            }
            _ => None,
        })
    }

    fn show_create(&mut self) -> Parsed<Option<ShowWhat>> {
        if self.eat("TABLE") {
            return Ok(Some(ShowWhat::CreateTable(self.table_name()?)));
        }
        if self.eat_any(&["DATABASE", "SCHEMA"]) {
            self.eat_all(&["IF", "NOT", "EXISTS"]);
            return Ok(Some(ShowWhat::CreateDatabase(self.name()?)));
        }
        Ok(None)
    }

    /// `[FROM | IN s]`.
    fn of_schema(&mut self) -> Parsed<Option<Ident>> {
        if self.eat_any(&["FROM", "IN"]) { self.name().map(Some) } else { Ok(None) }
    }

    /// `FROM | IN t [FROM | IN s]`.
    fn of_table(&mut self) -> Parsed<TableName> {
        if !self.eat_any(&["FROM", "IN"]) {
            return Err(self.syntax());
        }
        let start = self.start();
        let mut table = self.table_name()?;
        if let Some(schema) = self.of_schema()? {
            table = TableName { schema: Some(schema), name: table.name, span: self.span_from(start) };
        }
        Ok(table)
    }
}
