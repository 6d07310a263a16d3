//! Which statement it is, and the small ones: transactions, USE, KILL, PREPARE, EXPLAIN, maintenance, ….

use super::super::ast::{ExplainKind, LiteralKind, PrepareSource, Statement};
use super::super::literal;
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};

/// Statements that are known by their first word and not served.
const UNSERVED: &[&str] = &[
    "XA",
    "HANDLER",
    "GRANT",
    "REVOKE",
    "FLUSH",
    "RESET",
    "PURGE",
    "CHANGE",
    "STOP",
    "INSTALL",
    "UNINSTALL",
    "CACHE",
    "BINLOG",
    "CLONE",
    "SHUTDOWN",
    "RESTART",
    "HELP",
    "SIGNAL",
    "RESIGNAL",
    "GET",
    "IMPORT",
    "BACKUP",
    "TRACE",
    "PREVIEW",
    "CLEAR",
    "RECOVER",
    "CANCEL",
    "INSPECT",
    "EXPORT",
];

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        if self.at_end() && self.conditional.is_none() {
            return Err(self.syntax());
        }
        let word = self.upper();
        match word.as_str() {
            "SELECT" | "VALUES" | "TABLE" => self.query_statement(),
            "WITH" => self.with_statement(),
            "INSERT" | "REPLACE" => self.insert(),
            "UPDATE" => self.update(),
            "DELETE" => self.delete(),
            "SET" => self.set(),
            "SHOW" => self.show(),
            "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => self.transaction(&word),
            "CREATE" | "ALTER" | "DROP" | "TRUNCATE" | "RENAME" => self.ddl(&word),
            "DESC" | "DESCRIBE" | "EXPLAIN" => self.explain(),
            "ANALYZE" | "CHECK" | "OPTIMIZE" | "REPAIR" | "CHECKSUM" => self.maintenance(word),
            "PREPARE" | "EXECUTE" | "DEALLOCATE" => self.prepared(&word),
            "USE" => {
                self.bump();
                self.name().map(Statement::Use)
            }
            "KILL" => self.kill(),
            "DO" => {
                self.bump();
                self.exprs().map(Statement::Do)
            }
            "CALL" => {
                self.bump();
                let name = self.table_name()?;
                self.eat_rest()?;
                Ok(Statement::Call { name })
            }
            "LOAD" => self.load(),
            "LOCK" | "UNLOCK" => self.lock_tables(),
            _ if self.is_query_in_parentheses() => self.query_statement(),
            _ if UNSERVED.contains(&word.as_str()) => self.unserved(1),
            _ => Err(self.syntax()),
        }
    }

    fn query_statement(&mut self) -> Parsed<Statement> {
        Ok(Statement::Query(Box::new(self.query()?)))
    }

    fn with_statement(&mut self) -> Parsed<Statement> {
        let position = self.position();
        self.with()?;
        if self.is_any(&["UPDATE", "DELETE", "INSERT", "REPLACE"]) {
            return Err(self.refused("WITH before UPDATE or DELETE"));
        }
        self.back_to(position);
        self.params = 0;
        self.query_statement()
    }

    /// The next words up to a number of them as a name; the rest is not looked at.
    pub(super) fn unserved(&mut self, words: usize) -> Parsed<Statement> {
        let named = ["LOAD", "XA", "CHANGE", "FLUSH", "STOP", "INSTALL", "UNINSTALL", "START"];
        let words = if words == 1 && self.is_any(&named) { 2 } else { words };
        let name: Vec<String> = (0..words).map(|ahead| self.upper_at(ahead)).filter(|word| !word.is_empty()).collect();
        while self.kind() != TokenKind::End {
            self.bump();
        }
        Ok(Statement::Unsupported { name: name.join(" ") })
    }

    fn transaction(&mut self, word: &str) -> Parsed<Statement> {
        let position = self.position();
        self.bump();
        match word {
            "BEGIN" => {
                self.eat("WORK");
                if !self.at_end() && !self.is_punct(b';') {
                    return Err(self.refused("BEGIN with anything but WORK"));
                }
                Ok(Statement::Begin { consistent_snapshot: false, read_only: None })
            }
            "START" if self.eat("TRANSACTION") => self.start_transaction(),
            "START" => {
                self.back_to(position);
                self.unserved(2)
            }
            "COMMIT" => {
                let (chain, release) = self.completion()?;
                Ok(Statement::Commit { chain, release })
            }
            "ROLLBACK" => {
                self.eat("WORK");
                if self.eat("TO") {
                    self.eat("SAVEPOINT");
                    return self.name().map(Statement::RollbackTo);
                }
                let (chain, release) = self.completion()?;
                Ok(Statement::Rollback { chain, release })
            }
            "SAVEPOINT" => self.name().map(Statement::Savepoint),
            _ => {
                self.expect("SAVEPOINT")?;
                self.name().map(Statement::ReleaseSavepoint)
            }
        }
    }

    fn start_transaction(&mut self) -> Parsed<Statement> {
        let (mut consistent_snapshot, mut read_only) = (false, None);
        while !self.at_end() {
            if self.eat_all(&["WITH", "CONSISTENT", "SNAPSHOT"]) && !consistent_snapshot {
                consistent_snapshot = true;
            } else if read_only.is_none() && self.eat_all(&["READ", "ONLY"]) {
                read_only = Some(true);
            } else if read_only.is_none() && self.eat_all(&["READ", "WRITE"]) {
                read_only = Some(false);
            } else {
                return Err(self.syntax());
            }
            if !self.eat_punct(b',') {
                break;
            }
        }
        Ok(Statement::Begin { consistent_snapshot, read_only })
    }

    /// `[WORK] [AND [NO] CHAIN] [[NO] RELEASE]`.
    fn completion(&mut self) -> Parsed<(bool, bool)> {
        self.eat("WORK");
        let mut chain = false;
        if self.eat("AND") {
            chain = !self.eat("NO");
            self.expect("CHAIN")?;
        }
        let mut release = false;
        if self.eat_all(&["NO", "RELEASE"]) {
        } else {
            release = self.eat("RELEASE");
        }
        if chain && release {
            return Err(self.syntax());
        }
        Ok((chain, release))
    }

    /// EXPLAIN and DESCRIBE, of a table or of a statement.
    fn explain(&mut self) -> Parsed<Statement> {
        self.bump();
        let mut kind = ExplainKind::Physical;
        if self.is("SHARDING") && self.statement_starts_at(1) {
            self.bump();
            kind = ExplainKind::Sharding;
        } else if self.is("EXECUTE") && self.statement_starts_at(1) {
            self.bump();
            kind = ExplainKind::Backend;
        } else {
            while let Some(words) = self.explain_option() {
                kind = ExplainKind::Backend;
                for _ in 0..words {
                    self.bump();
                }
            }
        }
        if self.is("FOR") {
            return Err(self.refused("EXPLAIN FOR CONNECTION"));
        }
        if self.statement_starts_at(0) {
            let start = self.start();
            let statement = Box::new(self.deeper(Self::statement)?);
            return Ok(Statement::Explain { kind, statement, start });
        }
        if kind != ExplainKind::Physical {
            return Err(self.syntax());
        }
        let table = self.table_name()?;
        let column = match self.kind() {
            TokenKind::Literal(LiteralKind::String) => Some(self.string_name()?),
            _ if self.at_end() || self.is_punct(b';') => None,
            _ => Some(self.any_name()?.text),
        };
        Ok(Statement::Describe { table, column })
    }

    /// How many tokens an option of the backends' own EXPLAIN has.
    fn explain_option(&self) -> Option<usize> {
        match self.upper().as_str() {
            "ANALYZE" | "EXTENDED" | "PARTITIONS" => Some(1),
            "FORMAT" if self.is_punct_at(1, b'=') => Some(3),
            _ => None,
        }
    }

    fn statement_starts_at(&self, ahead: usize) -> bool {
        self.is_punct_at(ahead, b'(')
            || ["SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "TABLE", "VALUES"]
                .iter()
                .any(|word| self.is_at(ahead, word))
    }

    /// ANALYZE, CHECK, OPTIMIZE, REPAIR, CHECKSUM TABLE.
    fn maintenance(&mut self, verb: String) -> Parsed<Statement> {
        self.bump();
        self.eat_any(&["NO_WRITE_TO_BINLOG", "LOCAL"]);
        if !self.eat_any(&["TABLE", "TABLES"]) {
            return Err(self.refused("ANALYZE, CHECK, OPTIMIZE, REPAIR or CHECKSUM of anything but tables"));
        }
        let tables = self.list(Self::table_name)?;
        // Options as QUICK, EXTENDED, FOR UPGRADE, UPDATE HISTOGRAM ON c hold no names of tables.
        self.eat_rest()?;
        Ok(Statement::TableMaintenance { verb, tables })
    }

    fn kill(&mut self) -> Parsed<Statement> {
        self.bump();
        let query_only = self.eat("QUERY");
        if !query_only {
            self.eat("CONNECTION");
        }
        if self.kind() != TokenKind::Literal(LiteralKind::Int) {
            return Err(self.refused("KILL of anything but a connection's number"));
        }
        let token = self.token();
        let digits = std::str::from_utf8(self.bytes(token.span)).unwrap_or_default();
        let id = digits.parse().map_err(|_| self.syntax())?;
        self.bump();
        Ok(Statement::Kill { query_only, id })
    }

    /// PREPARE, EXECUTE, DEALLOCATE PREPARE.
    fn prepared(&mut self, word: &str) -> Parsed<Statement> {
        self.bump();
        match word {
            "PREPARE" => {
                let name = self.name()?;
                self.expect("FROM")?;
                Ok(Statement::Prepare { name, from: self.prepare_source()? })
            }
            "EXECUTE" => {
                let name = self.name()?;
                // A statement may have this name; behind it comes its end then, or USING.
                if name.text.eq_ignore_ascii_case("IMMEDIATE") && !self.at_end() && !self.is("USING") {
                    let from = self.prepare_source()?;
                    return Ok(Statement::ExecuteImmediate { from, using: self.using()? });
                }
                Ok(Statement::Execute { name, using: self.using()? })
            }
            _ => self.deallocate(),
        }
    }

    fn prepare_source(&mut self) -> Parsed<PrepareSource> {
        match self.kind() {
            TokenKind::Literal(LiteralKind::String) => self.string_value().map(PrepareSource::Text),
            _ => self.user_variable_name().map(PrepareSource::Variable),
        }
    }

    fn using(&mut self) -> Parsed<Vec<String>> {
        if self.eat("USING") { self.list(Self::user_variable_name) } else { Ok(Vec::new()) }
    }

    /// What follows DEALLOCATE or DROP.
    pub(super) fn deallocate(&mut self) -> Parsed<Statement> {
        self.expect("PREPARE")?;
        self.name().map(Statement::Deallocate)
    }

    /// The bytes of the string ahead, unescaped.
    pub(super) fn string_value(&mut self) -> Parsed<Vec<u8>> {
        let token = self.token();
        if token.kind != TokenKind::Literal(LiteralKind::String) {
            return Err(self.syntax());
        }
        self.bump();
        Ok(literal::unescape(self.bytes(token.span), self.mode).into_owned())
    }

    fn lock_tables(&mut self) -> Parsed<Statement> {
        let unlock = self.bump_upper() == "UNLOCK";
        if !self.eat_any(&["TABLES", "TABLE"]) {
            return Err(self.refused("LOCK of anything but tables"));
        }
        if unlock {
            return Ok(Statement::UnlockTables);
        }
        self.eat_rest()?;
        Ok(Statement::LockTables)
    }
}
