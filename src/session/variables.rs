//! SET: what a client sets is tried on a backend, read back, and remembered as literals.
//!
//! So an impossible value gives the server's own error at once, an expression is evaluated by the server, and any
//! other connection can be brought to the same state later ([`SessionState`]). What Weir itself depends on (sql_mode
//! for the lexer, the charset for routing, autocommit) is noted from the same read-back.

use super::{Session, tracked};
use crate::backend::{Lease, SessionState};
use crate::error::{Code, SqlError};
use crate::exec::control::text;
use crate::exec::{Warning, answers, user_variables};
use crate::id::InstanceId;
use crate::plan::Switch;
use crate::sql::ast::{Expr, ExprKind, SetItem, Span, VariableScope};
use crate::txn::Characteristics;
use crate::wire::{ColumnDefinition41, ColumnType};

/// Character sets whose second bytes can look like a quote or a backslash: a lexer that reads bytes would misread them.
pub(super) const UNSAFE_CHARSETS: [&str; 9] =
    ["gbk", "big5", "sjis", "cp932", "gb18030", "ucs2", "utf16", "utf16le", "utf32"];
/// Character sets in which ASCII is ASCII and the rest is UTF-8.
const UTF8_CHARSETS: [&str; 4] = ["utf8mb4", "utf8mb3", "utf8", "ascii"];
/// SQL modes under which a text means something else than Weir's parser reads in it: NOT binds tighter, '' is NULL,
/// other grammar.
const UNSAFE_MODES: [&str; 4] = ["HIGH_NOT_PRECEDENCE", "EMPTY_STRING_IS_NULL", "ORACLE", "MSSQL"];
/// Variables that Weir relies on, the one value that they may have, and why.
const FIXED: [(&str, &str, &str); 7] = [
    ("sql_select_limit", "18446744073709551615", "each shard would be limited by itself; write LIMIT in the statement"),
    ("sql_auto_is_null", "0", "the last AUTO_INCREMENT value is Weir's; use LAST_INSERT_ID()"),
    ("auto_increment_increment", "1", "AUTO_INCREMENT values of split tables come from a sequence"),
    ("auto_increment_offset", "1", "AUTO_INCREMENT values of split tables come from a sequence"),
    ("completion_type", "NO_CHAIN", "Weir commits on its own connections; write AND CHAIN or RELEASE"),
    ("sql_log_bin", "1", "each instance logs what it is told; set it on the instances themselves"),
    ("sql_quote_show_create", "1", "definitions are read by their quotes"),
];
/// Variables that have no meaning over shared connections; some of them no statement sets back.
const REFUSED: [&str; 13] = [
    "insert_id",
    "last_insert_id",
    "identity",
    "rand_seed1",
    "rand_seed2",
    "pseudo_thread_id",
    "session_track_gtids",
    "pseudo_slave_mode",
    "pseudo_replica_mode",
    "skip_replication",
    "gtid_next",
    "gtid_seq_no",
    "system_versioning_asof",
];
/// Variables that a server does not change inside a transaction, where a connection may have to be given them.
const OUTSIDE: [&str; 10] = [
    "binlog_direct_non_transactional_updates",
    "binlog_format",
    "binlog_row_value_options",
    "binlog_transaction_compression",
    "binlog_transaction_compression_level_zstd",
    "explicit_defaults_for_timestamp",
    "group_replication_consistency",
    "gtid_domain_id",
    "wsrep_on",
    "xa_detach_on_prepare",
];
/// Functions that the session answers: a connection would tell of what ran on it last.
const OF_SESSION: [&str; 10] = [
    "LAST_INSERT_ID",
    "FOUND_ROWS",
    "ROW_COUNT",
    "CONNECTION_ID",
    "DATABASE",
    "SCHEMA",
    "USER",
    "SESSION_USER",
    "SYSTEM_USER",
    "CURRENT_USER",
];
/// How many bytes the variables of one session may take: every connection it uses is sent them.
const MAX_STATE_BYTES: usize = 1 << 20;
/// What SET NAMES sets.
const NAMES: [&str; 4] =
    ["character_set_client", "character_set_connection", "character_set_results", "collation_connection"];

/// What literals are taken to be: each sets the other.
const CONNECTION: [&str; 2] = ["character_set_connection", "collation_connection"];

/// What one item of SET does to the session.
enum Effect {
    /// These variables have to be read back after the statement has run.
    Read(Vec<String>),
    /// SET TRANSACTION for the next transaction only.
    Next(Characteristics),
    /// One of Weir's own.
    Switch(Switch, bool),
    /// The variables whose changes are told.
    Track(Vec<String>),
}

// === impl Session ===

impl Session {
    /// SET; gives its warnings.
    pub(super) async fn set(&mut self, items: &[SetItem], statement: &[u8]) -> Result<Vec<Warning>, SqlError> {
        let asks =
            |item: &SetItem| matches!(item, SetItem::User { value, .. } if has_query(value) || asks_session(value));
        if items.iter().any(asks) {
            return Box::pin(self.set_from_queries(items, statement)).await;
        }
        let mut assignments: Vec<Vec<u8>> = Vec::with_capacity(items.len());
        let mut effects = Vec::with_capacity(items.len());
        for item in items {
            let (assignment, effect) = self.effect(item, statement)?;
            assignments.extend(assignment);
            effects.push(effect);
        }
        let mut state = self.state.clone();
        let mut warnings = Vec::new();
        if !assignments.is_empty() {
            let mut lease = self.lease_any().await?;
            let level = match changes_isolation(&effects) && self.transaction.is_open() {
                true => Some(self.isolation_until_now(&mut lease).await?),
                false => None,
            };
            for assignment in &assignments {
                let assignment = String::from_utf8_lossy(assignment).into_owned();
                let done = lease.query(&assignment).await;
                let done = match done {
                    Ok(answer) => answer,
                    Err(error) => return Err(error.into()),
                };
                if done.end.warnings > 0 {
                    warnings.extend(answers::warnings(&mut lease).await?);
                }
            }
            for effect in &effects {
                if let Effect::Read(names) = effect {
                    for name in names {
                        read_back(&mut lease, &self.backend_name(name), name, &mut state).await?;
                    }
                }
            }
            let said = |item: &SetItem| matches!(item, SetItem::Names { collation: Some(_), .. });
            if self.state.calls_results() || items.iter().any(said) {
                self.note_results(&mut lease, &mut state).await?;
            }
            check_state(&state)?;
            FIXED.iter().for_each(|(name, _, _)| state.unset(name));
            // What the connection has now is what the session is to have.
            lease.adopt_state(&state);
            lease.give_back();
            if let Some(level) = level {
                self.transaction.keep_isolation(&level);
            }
        }
        let was_on = self.autocommit;
        self.state = state;
        self.note_state();
        for effect in &effects {
            if let Effect::Read(names) = effect {
                for name in names {
                    let name = self.backend_name(name);
                    self.tracked.variable(&name, &self.state, self.autocommit);
                }
            }
        }
        if !was_on && self.autocommit {
            let next = self.outlasting();
            self.commit_open().await?;
            self.next_transaction = next;
        }
        if !self.transaction.is_open() {
            self.forget_spoken(&effects);
        }
        for effect in effects {
            if let Effect::Switch(switch, on) = effect {
                self.switches.turn(switch, on);
            }
            if let Effect::Track(names) = effect {
                self.tracked.follow(names);
                continue;
            }
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

    /// What the session says of its transactions is said of the next one too, whatever SET TRANSACTION had said.
    fn forget_spoken(&mut self, effects: &[Effect]) {
        if changes_isolation(effects) {
            self.next_transaction.isolation = None;
        }
        if sets(effects, &["transaction_read_only", "tx_read_only"]) {
            self.next_transaction.read_only = None;
        }
    }

    /// The session's level; where it has said none, the servers' own.
    async fn isolation_until_now(&self, lease: &mut Lease) -> Result<String, SqlError> {
        if let Some(level) = self.state.get("transaction_isolation") {
            return Ok(level.trim_matches('\'').to_owned());
        }
        let name = self.backend_name("transaction_isolation");
        let answer = lease.query(&format!("SELECT @@SESSION.{name}")).await?;
        Ok(isolation(answer.text(0, 0).unwrap_or_default())?.into())
    }

    /// SET of user variables to what queries find. All of them are set, or none.
    async fn set_from_queries(&mut self, items: &[SetItem], statement: &[u8]) -> Result<Vec<Warning>, SqlError> {
        let before = self.state.clone();
        let mut warnings = Vec::new();
        for item in items {
            let done = match item {
                SetItem::User { name, value } if has_query(value) || asks_session(value) => {
                    if has_query(value) && self.service.speaks_mariadb() {
                        // MariaDB counts the rows of such a query, MySQL does not.
                        self.found_rows = None;
                    }
                    let name = format!("@`{}`", name.replace('`', "``"));
                    let text = [b"SELECT ", slice(statement, value.span), b" INTO ", name.as_bytes()].concat();
                    self.run_silently(&text).await.map(|outcome| outcome.warning_list)
                }
                SetItem::User { .. } => self.set(std::slice::from_ref(item), statement).await,
                _ => Err(SqlError::new(
                    Code::UnsupportedStatement,
                    "SET of a system variable beside a query is not served; write two statements",
                )),
            };
            match done {
                Ok(more) => warnings.extend(more),
                Err(error) => {
                    self.state = before;
                    return Err(error);
                }
            }
        }
        if let Err(error) = check_state(&self.state) {
            self.state = before;
            return Err(error);
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
            SetItem::Variable { name, .. } if REFUSED.contains(&name.as_str()) => Err(SqlError::new(
                Code::UnsupportedStatement,
                format!("SET {name} is not served: connections are shared, so it would not reach the next statement"),
            )),
            SetItem::Variable { name, .. } if OUTSIDE.contains(&name.as_str()) => Err(SqlError::new(
                Code::UnsupportedStatement,
                format!(
                    "SET {name} is not served: no server changes it inside a transaction; set it on the instances \
                     themselves"
                ),
            )),
            SetItem::Variable { name, value, .. } if name == "session_track_system_variables" => {
                let given = slice(statement, value.span);
                let names = tracked::names(given, &self.backend_name("transaction_isolation"));
                let refusal = || {
                    let message = "SET session_track_system_variables is served for what servers name by default and the \
                                   isolation level";
                    SqlError::new(Code::UnsupportedStatement, message)
                };
                Ok((None, Effect::Track(names.ok_or_else(refusal)?)))
            }
            SetItem::Variable { scope, name, value } => {
                if let Some(switch) = Switch::named(name) {
                    return Ok((None, Effect::Switch(switch, on_or_off(name, slice(statement, value.span))?)));
                }
                plain(value, name)?;
                let given = slice(statement, value.span);
                if *scope == VariableScope::Next && matches!(name.as_str(), "transaction_isolation" | "tx_isolation") {
                    let level = String::from_utf8_lossy(given).trim_matches(['\'', '"']).to_ascii_uppercase();
                    let next = Characteristics { isolation: Some(isolation(&level)?), read_only: None };
                    return Ok((None, Effect::Next(next)));
                }
                if *scope == VariableScope::Next && matches!(name.as_str(), "transaction_read_only" | "tx_read_only") {
                    let next = Characteristics { isolation: None, read_only: Some(on_or_off(name, given)?) };
                    return Ok((None, Effect::Next(next)));
                }
                let assignment = [b"SET SESSION ", self.backend_name(name).as_bytes(), b" = ", given].concat();
                // These set each other. That of results stays alone: what the handshake has said of it is not said again.
                let names = match name.as_str() {
                    "character_set_connection" | "collation_connection" => CONNECTION.map(str::to_owned).to_vec(),
                    // It turns the other one on or off.
                    "max_join_size" => vec![name.clone(), "sql_big_selects".to_owned()],
                    _ => vec![name.clone()],
                };
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
        Ok(instance.lease_own(&self.state).await?)
    }

    /// Notes what Weir itself depends on.
    pub(super) fn note_state(&mut self) {
        let sql_mode = self.state.get("sql_mode").unwrap_or_default().to_ascii_uppercase();
        let has = |flag: &str| sql_mode.trim_matches('\'').split(',').any(|part| part == flag);
        self.mode.ansi_quotes = has("ANSI_QUOTES");
        self.mode.no_backslash_escapes = has("NO_BACKSLASH_ESCAPES");
        self.mode.pipes_as_concat = has("PIPES_AS_CONCAT");
        self.no_auto_value_on_zero = has("NO_AUTO_VALUE_ON_ZERO");
        let strict = has("STRICT_TRANS_TABLES") || has("STRICT_ALL_TABLES");
        self.lax = self.state.get("sql_mode").is_some() && !strict;
        self.bounds.selects = self.state.get("sql_big_selects") == Some("0");
        self.bounds.updates = self.state.get("sql_safe_updates") == Some("1");
        self.autocommit = !matches!(self.state.get("autocommit"), Some("0"));
        let charset = self.state.get("character_set_client").unwrap_or("'utf8mb4'").trim_matches('\'');
        self.utf8 = UTF8_CHARSETS.contains(&charset);
    }
}

/// Whether the session's isolation level is among what is set.
fn changes_isolation(effects: &[Effect]) -> bool {
    sets(effects, &["transaction_isolation", "tx_isolation"])
}

/// Whether one of these variables is among what is set.
fn sets(effects: &[Effect], variables: &[&str]) -> bool {
    let names = effects.iter().filter_map(|effect| if let Effect::Read(names) = effect { Some(names) } else { None });
    names.flatten().any(|name| variables.contains(&name.as_str()))
}

/// Character sets that a byte lexer cannot read are refused.
pub(super) fn unsafe_charset(charset: &str) -> SqlError {
    let message = format!("character set '{charset}' is not served for statements: use utf8mb4");
    SqlError::new(Code::WrongVariableValue, message)
}

/// What a session must not have, because Weir would then read statements otherwise than the backends.
fn check_state(state: &SessionState) -> Result<(), SqlError> {
    let value = |name| state.get(name).unwrap_or_default().trim_matches('\'');
    if UNSAFE_CHARSETS.contains(&value("character_set_client")) {
        return Err(unsafe_charset(value("character_set_client")));
    }
    let wrong = |message: String| Err(SqlError::new(Code::WrongVariableValue, message));
    let modes = value("sql_mode").to_ascii_uppercase();
    if let Some(mode) = modes.split(',').find(|mode| UNSAFE_MODES.contains(mode)) {
        return wrong(format!("sql_mode {mode} is not served: statements would mean something else; leave it out"));
    }
    for (name, only, why) in FIXED {
        let given = value(name);
        if !given.is_empty() && !given.eq_ignore_ascii_case(only) {
            return wrong(format!("Variable '{name}' can't be set to the value of '{given}': {why}"));
        }
    }
    if state.size() > MAX_STATE_BYTES {
        return wrong(format!(
            "the session's variables would take more than {MAX_STATE_BYTES} bytes: set some to NULL"
        ));
    }
    Ok(())
}

/// Only expressions that one server can evaluate without tables.
fn plain(value: &Expr, name: &str) -> Result<(), SqlError> {
    if has_query(value) || asks_session(value) {
        return Err(SqlError::new(
            Code::UnsupportedStatement,
            format!(
                "SET {name} from a subquery, or from what the session knows, is not served: set a user variable, then {name} from it"
            ),
        ));
    }
    Ok(())
}

/// Whether a query stands in an expression.
fn has_query(value: &Expr) -> bool {
    finds(value, |part| matches!(part.kind, ExprKind::Subquery(_) | ExprKind::Exists(_) | ExprKind::InQuery { .. }))
}

/// Whether an expression asks for what the session knows, and no connection.
fn asks_session(value: &Expr) -> bool {
    finds(value, |part| match &part.kind {
        ExprKind::Function(function) => OF_SESSION.contains(&function.name.as_str()),
        ExprKind::SystemVariable(name) => {
            matches!(name.as_str(), "last_insert_id" | "identity" | "warning_count" | "error_count")
        }
        _ => false,
    })
}

/// Whether an expression is of some kind, or one inside it; queries are not looked into.
fn finds(value: &Expr, is: fn(&Expr) -> bool) -> bool {
    let any = |parts: &[Expr]| parts.iter().any(|part| finds(part, is));
    is(value)
        || match &value.kind {
            ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Paren(inner) => finds(inner, is),
            ExprKind::IsNull { expr, .. } | ExprKind::InQuery { expr, .. } => finds(expr, is),
            ExprKind::Binary { left, right, .. } => finds(left, is) || finds(right, is),
            ExprKind::Between { expr, low, high, .. } => [expr, low, high].into_iter().any(|part| finds(part, is)),
            ExprKind::InList { expr, list, .. } => finds(expr, is) || any(list),
            ExprKind::Row(children) | ExprKind::Other { children, .. } => any(children),
            ExprKind::Function(function) => any(&function.args),
            ExprKind::Subquery(_)
            | ExprKind::Exists(_)
            | ExprKind::Column(_)
            | ExprKind::Literal(_)
            | ExprKind::Param(_)
            | ExprKind::UserVariable(_)
            | ExprKind::SystemVariable(_)
            | ExprKind::Default => false,
        }
}

/// What one of Weir's own is set to, as servers read such a variable.
fn on_or_off(name: &str, given: &[u8]) -> Result<bool, SqlError> {
    let given = String::from_utf8_lossy(given).into_owned();
    match given.trim_matches(['\'', '"']).to_ascii_uppercase().as_str() {
        "ON" | "1" | "TRUE" => Ok(true),
        "OFF" | "0" | "FALSE" | "DEFAULT" => Ok(false),
        _ => {
            let message = format!("Variable '{name}' can't be set to the value of '{given}'");
            Err(SqlError::new(Code::WrongVariableValue, message))
        }
    }
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

/// Reads a variable from a connection, where it is called `there`, and remembers it as a literal that means the same
/// everywhere.
async fn read_back(lease: &mut Lease, there: &str, name: &str, state: &mut SessionState) -> Result<(), SqlError> {
    if let Some(user) = there.strip_prefix('@') {
        state.set(name, &user_variables::literal(lease, user).await?);
        return Ok(());
    }
    let answer = lease.query(&format!("SELECT @@SESSION.{there}")).await?;
    let Some(row) = answer.rows.first() else { return Ok(()) };
    let value = text(row, 0);
    let null = row.first().is_none_or(Option::is_none);
    let definition = answer.definitions.first().and_then(|payload| ColumnDefinition41::decode(payload).ok());
    let literal = match definition.map(|column| column.kind) {
        _ if null => "NULL".to_owned(),
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
        _ if value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && !value.contains(['\'', '\\']) => {
            format!("'{value}'")
        }
        _ => format!("_utf8mb4 x'{}'", hex(value.as_bytes())),
    };
    // A fresh connection has it on: clients that say so once more need nothing done.
    if name == "autocommit" && literal == "1" {
        state.unset(name);
    } else {
        state.set(name, &literal);
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, literal: &str, refused: Option<&str>) {
        let mut state = SessionState::default();
        state.set(name, literal);
        let error = check_state(&state).err().map(|error| error.message);
        assert_eq!(error.is_some(), refused.is_some(), "{name} = {literal}: {error:?}");
        let (error, refused) = (error.unwrap_or_default(), refused.unwrap_or_default());
        assert!(error.contains(refused), "{error}");
    }

    #[test]
    fn what_changes_the_meaning_of_a_text_is_refused() {
        check("sql_mode", "'STRICT_TRANS_TABLES,ANSI_QUOTES'", None);
        check("sql_mode", "'HIGH_NOT_PRECEDENCE'", Some("HIGH_NOT_PRECEDENCE is not served"));
        check("sql_mode", "'ANSI_QUOTES,EMPTY_STRING_IS_NULL'", Some("EMPTY_STRING_IS_NULL"));
        check("character_set_client", "'gbk'", Some("use utf8mb4"));
        check("character_set_client", "'latin1'", None);
    }

    #[test]
    fn what_weir_relies_on_keeps_its_value() {
        check("sql_select_limit", "18446744073709551615", None);
        check("sql_select_limit", "10", Some("write LIMIT"));
        check("sql_log_bin", "1", None);
        check("sql_log_bin", "0", Some("on the instances"));
        check("sql_quote_show_create", "0", Some("quotes"));
        check("completion_type", "'NO_CHAIN'", None);
        check("completion_type", "'CHAIN'", Some("AND CHAIN"));
        check("sql_auto_is_null", "1", Some("LAST_INSERT_ID()"));
    }

    #[test]
    fn variables_are_bounded() {
        check("@a", &"1".repeat(MAX_STATE_BYTES), Some("more than"));
        check("@a", &"1".repeat(MAX_STATE_BYTES / 2), None);
    }
}
