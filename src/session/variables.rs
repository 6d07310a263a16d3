//! SET: what a client sets is tried on a backend, read back, and remembered as literals.
//!
//! So an impossible value gives the server's own error at once, an expression is evaluated by the server, and any
//! other connection can be brought to the same state later ([`SessionState`]). What Weir itself depends on (sql_mode
//! for the lexer, the charset for routing, autocommit) is noted from the same read-back.

use super::Session;
use crate::backend::{Lease, SessionState};
use crate::error::{Code, SqlError};
use crate::exec::control::text;
use crate::id::InstanceId;
use crate::sql::ast::{Expr, ExprKind, SetItem, Span, VariableScope};
use crate::txn::Characteristics;
use crate::value::CollationId;
use crate::wire::{ColumnDefinition41, ColumnType};

/// Character sets whose second bytes can look like a quote or a backslash: a lexer that reads bytes would misread them.
const UNSAFE_CHARSETS: [&str; 8] = ["gbk", "big5", "sjis", "cp932", "gb18030", "ucs2", "utf16", "utf32"];
/// Character sets in which ASCII is ASCII and the rest is UTF-8.
const UTF8_CHARSETS: [&str; 4] = ["utf8mb4", "utf8mb3", "utf8", "ascii"];
/// What SET NAMES sets.
const NAMES: [&str; 4] =
    ["character_set_client", "character_set_connection", "character_set_results", "collation_connection"];

/// What one item of SET does to the session.
enum Effect {
    /// These variables have to be read back after the statement has run.
    Read(Vec<String>),
    /// SET TRANSACTION for the next transaction only.
    Next(Characteristics),
}

// === impl Session ===

impl Session {
    /// SET; gives the number of warnings.
    pub(super) async fn set(&mut self, items: &[SetItem], statement: &[u8]) -> Result<u16, SqlError> {
        let mut assignments: Vec<Vec<u8>> = Vec::with_capacity(items.len());
        let mut effects = Vec::with_capacity(items.len());
        for item in items {
            let (assignment, effect) = self.effect(item, statement)?;
            assignments.extend(assignment);
            effects.push(effect);
        }
        let mut state = self.state.clone();
        let mut warnings = 0;
        if !assignments.is_empty() {
            let mut lease = self.lease_any().await?;
            for assignment in &assignments {
                let assignment = String::from_utf8_lossy(assignment).into_owned();
                let done = lease.query(&assignment).await;
                let done = match done {
                    Ok(answer) => answer,
                    Err(error) => return Err(error.into()),
                };
                warnings = done.end.warnings.max(warnings);
            }
            for effect in &effects {
                if let Effect::Read(names) = effect {
                    for name in names {
                        read_back(&mut lease, name, &mut state).await?;
                    }
                }
            }
            self.check_charset(&state)?;
            // What the connection has now is what the session is to have.
            lease.adopt_state(&state);
            lease.give_back();
        }
        let was_on = self.autocommit;
        self.state = state;
        self.note_state();
        if !was_on && self.autocommit {
            self.commit_open().await?;
        }
        for effect in effects {
            if let Effect::Next(next) = effect {
                if self.transaction.is_open() {
                    return Err(SqlError::new(
                        Code::TransactionInProgress,
                        "Transaction characteristics can't be changed while a transaction is in progress",
                    ));
                }
                self.next_transaction = Characteristics {
                    isolation: next.isolation.or(self.next_transaction.isolation.take()),
                    read_only: next.read_only.or(self.next_transaction.read_only),
                };
            }
        }
        Ok(warnings)
    }

    /// What to run for an item, and what to read back.
    fn effect(&self, item: &SetItem, statement: &[u8]) -> Result<(Option<Vec<u8>>, Effect), SqlError> {
        match item {
            SetItem::Variable { scope: VariableScope::Global, name, .. } => Err(SqlError::new(
                Code::UnsupportedStatement,
                format!("SET GLOBAL {name} is not served: set it on the instances themselves"),
            )),
            SetItem::Variable { scope, name, value } => {
                plain(value, name)?;
                let given = slice(statement, value.span);
                if *scope == VariableScope::Next && matches!(name.as_str(), "transaction_isolation" | "tx_isolation") {
                    let level = String::from_utf8_lossy(given).trim_matches(['\'', '"']).to_ascii_uppercase();
                    let next = Characteristics { isolation: Some(isolation(&level)?), read_only: None };
                    return Ok((None, Effect::Next(next)));
                }
                let assignment = [b"SET SESSION ", self.backend_name(name).as_bytes(), b" = ", given].concat();
                let mut names = vec![name.clone()];
                if name.starts_with("character_set_") || name == "collation_connection" {
                    names = NAMES.iter().map(|name| (*name).to_owned()).collect();
                }
                Ok((Some(assignment), Effect::Read(names)))
            }
            SetItem::User { name, value } => {
                plain(value, name)?;
                let quoted = name.replace('`', "``");
                let assignment = [format!("SET @`{quoted}` = ").as_bytes(), slice(statement, value.span)].concat();
                Ok((Some(assignment), Effect::Read(vec![format!("@{name}")])))
            }
            SetItem::Names { charset, collation } => {
                let charset = charset.as_deref().unwrap_or("DEFAULT");
                let collation = collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
                self.charset_effect(format!("SET NAMES {charset}{collation}"), charset)
            }
            SetItem::CharacterSet(charset) => {
                let charset = charset.as_deref().unwrap_or("DEFAULT");
                self.charset_effect(format!("SET CHARACTER SET {charset}"), charset)
            }
            SetItem::Transaction { scope: VariableScope::Global, .. } => {
                Err(SqlError::new(Code::UnsupportedStatement, "SET GLOBAL TRANSACTION is not served"))
            }
            SetItem::Transaction { scope: VariableScope::Next, isolation: level, read_only } => {
                let isolation = level.as_deref().map(isolation).transpose()?;
                Ok((None, Effect::Next(Characteristics { isolation, read_only: *read_only })))
            }
            SetItem::Transaction { scope: VariableScope::Session, isolation: level, read_only } => {
                let mut parts = Vec::new();
                let mut names = Vec::new();
                if let Some(level) = level {
                    parts.push(format!("ISOLATION LEVEL {}", isolation(level)?.replace('-', " ")));
                    names.push("transaction_isolation".to_owned());
                }
                if let Some(read_only) = read_only {
                    parts.push(if *read_only { "READ ONLY" } else { "READ WRITE" }.to_owned());
                    names.push("transaction_read_only".to_owned());
                }
                Ok((Some(format!("SET SESSION TRANSACTION {}", parts.join(", ")).into_bytes()), Effect::Read(names)))
            }
            SetItem::Unsupported(name) => {
                Err(SqlError::new(Code::UnsupportedStatement, format!("SET {name} is not served")))
            }
        }
    }

    /// SET NAMES and SET CHARACTER SET: both set the same variables.
    fn charset_effect(&self, statement: String, charset: &str) -> Result<(Option<Vec<u8>>, Effect), SqlError> {
        if !charset.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(SqlError::new(Code::UnknownCharset, format!("Unknown character set: '{charset}'")));
        }
        Ok((Some(statement.into_bytes()), Effect::Read(NAMES.iter().map(|name| (*name).to_owned()).collect())))
    }

    /// MySQL's and MariaDB's names of the same variable: whichever a client uses, both kinds of server understand it.
    fn backend_name(&self, name: &str) -> String {
        let mariadb = self.service.speaks_mariadb();
        match (name, mariadb) {
            ("transaction_isolation", true) => "tx_isolation",
            ("tx_isolation", false) => "transaction_isolation",
            ("transaction_read_only", true) => "tx_read_only",
            ("tx_read_only", false) => "transaction_read_only",
            (name, _) => name,
        }
        .to_owned()
    }

    /// A connection to any instance, with the session's variables.
    pub(super) async fn lease_any(&self) -> Result<Lease, SqlError> {
        self.lease_on(self.anywhere()).await
    }

    /// A connection to an instance, with the session's variables, outside of the transaction.
    pub(super) async fn lease_on(&self, instance: InstanceId) -> Result<Lease, SqlError> {
        let Some(instance) = self.service.instances.get(instance) else {
            return Err(SqlError::new(Code::InstanceUnavailable, "no instance is configured"));
        };
        Ok(instance.lease_with(&self.state).await?)
    }

    /// Character sets that a byte lexer cannot read are refused.
    fn check_charset(&self, state: &SessionState) -> Result<(), SqlError> {
        let charset = state.get("character_set_client").unwrap_or_default().trim_matches('\'');
        if UNSAFE_CHARSETS.contains(&charset) {
            return Err(SqlError::new(
                Code::WrongVariableValue,
                format!("character set '{charset}' is not served for statements: use utf8mb4"),
            ));
        }
        Ok(())
    }

    /// Notes what Weir itself depends on.
    pub(super) fn note_state(&mut self) {
        let sql_mode = self.state.get("sql_mode").unwrap_or_default().to_ascii_uppercase();
        let has = |flag: &str| sql_mode.trim_matches('\'').split(',').any(|part| part == flag);
        self.mode.ansi_quotes = has("ANSI_QUOTES");
        self.mode.no_backslash_escapes = has("NO_BACKSLASH_ESCAPES");
        self.mode.pipes_as_concat = has("PIPES_AS_CONCAT");
        self.no_auto_value_on_zero = has("NO_AUTO_VALUE_ON_ZERO");
        self.autocommit = !matches!(self.state.get("autocommit"), Some("0"));
        let charset = self.state.get("character_set_client").unwrap_or("'utf8mb4'").trim_matches('\'');
        self.utf8 = UTF8_CHARSETS.contains(&charset);
    }

    /// The charset that a client names in its handshake, by the low byte of a collation.
    pub(super) async fn start_charset(&mut self, collation: u16) {
        let known = match self.service.instances.get(self.anywhere()) {
            Some(instance) => self.service.catalog.collations().known(instance).await.ok(),
            None => None,
        };
        let collation = known.as_ref().and_then(|known| known.numbered(CollationId(collation)));
        let Some(collation) = collation.filter(|collation| !UNSAFE_CHARSETS.contains(&collation.charset.as_str()))
        else {
            return;
        };
        for name in ["character_set_client", "character_set_connection", "character_set_results"] {
            self.state.set(name, &format!("'{}'", collation.charset));
        }
        self.state.set("collation_connection", &format!("'{}'", collation.name));
        self.note_state();
    }
}

/// Only expressions that one server can evaluate without tables.
fn plain(value: &Expr, name: &str) -> Result<(), SqlError> {
    let subquery = match &value.kind {
        ExprKind::Subquery(_) | ExprKind::Exists(_) | ExprKind::InQuery { .. } => true,
        ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Paren(inner) => return plain(inner, name),
        ExprKind::Binary { left, right, .. } => {
            plain(left, name)?;
            return plain(right, name);
        }
        ExprKind::Row(children) | ExprKind::Other { children, .. } => {
            return children.iter().try_for_each(|child| plain(child, name));
        }
        ExprKind::Function(function) => return function.args.iter().try_for_each(|child| plain(child, name)),
        _ => false,
    };
    if subquery {
        return Err(SqlError::new(
            Code::UnsupportedStatement,
            format!("SET {name} from a subquery is not served: run the query, then set the value"),
        ));
    }
    Ok(())
}

fn isolation(level: &str) -> Result<Box<str>, SqlError> {
    let level = level.to_ascii_uppercase().replace(' ', "-");
    match level.as_str() {
        "READ-UNCOMMITTED" | "READ-COMMITTED" | "REPEATABLE-READ" | "SERIALIZABLE" => Ok(level.into()),
        _ => {
            let message = format!("Variable 'transaction_isolation' can't be set to the value of '{level}'");
            Err(SqlError::new(Code::WrongVariableValue, message))
        }
    }
}

fn slice(statement: &[u8], span: Span) -> &[u8] {
    let (start, end) = (usize::try_from(span.start), usize::try_from(span.end));
    match (start, end) {
        (Ok(start), Ok(end)) => statement.get(start..end).unwrap_or_default(),
        _ => &[],
    }
}

/// Reads a variable from a connection and remembers it as a literal that means the same everywhere.
async fn read_back(lease: &mut Lease, name: &str, state: &mut SessionState) -> Result<(), SqlError> {
    let (asked, user) = match name.strip_prefix('@') {
        Some(user) => (format!("@`{}`", user.replace('`', "``")), true),
        None => (format!("@@SESSION.{name}"), false),
    };
    let sql = if user {
        format!("SELECT {asked}, HEX({asked}), CHARSET({asked}), COLLATION({asked})")
    } else {
        format!("SELECT {asked}")
    };
    let answer = lease.query(&sql).await?;
    let Some(row) = answer.rows.first() else { return Ok(()) };
    let value = text(row, 0);
    let null = row.first().is_none_or(Option::is_none);
    let definition = answer.definitions.first().and_then(|payload| ColumnDefinition41::decode(payload).ok());
    let kind = definition.map(|column| column.kind);
    let literal = match kind {
        _ if null => "NULL".to_owned(),
        Some(ColumnType::DOUBLE | ColumnType::FLOAT) if user => format!("{value}e0"),
        Some(
            ColumnType::LONGLONG
            | ColumnType::LONG
            | ColumnType::TINY
            | ColumnType::SHORT
            | ColumnType::INT24
            | ColumnType::NEWDECIMAL
            | ColumnType::DOUBLE
            | ColumnType::FLOAT,
        ) => value,
        _ if user => user_string(&text(row, 1), &text(row, 2), &text(row, 3)),
        _ if value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && !value.contains(['\'', '\\']) => {
            format!("'{value}'")
        }
        _ => format!("_utf8mb4 x'{}'", hex(value.as_bytes())),
    };
    state.set(name, &literal);
    Ok(())
}

/// A string variable with its charset and collation.
fn user_string(hex: &str, charset: &str, collation: &str) -> String {
    if charset == "binary" { format!("x'{hex}'") } else { format!("_{charset} x'{hex}' COLLATE {collation}") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
