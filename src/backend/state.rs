//! Session variables: those that a client has set, and those that a connection has.
//!
//! A state holds only what differs from a fresh connection. Values are SQL literals that read the same under every
//! `sql_mode` and character set (numbers, plain ASCII strings without quotes or backslashes, hexadecimal with an
//! introducer); making them so is the setter's duty. Names are lower case; user variables begin with `@`. Isolation and
//! read-only are kept under MySQL's names and written as the server at hand knows them. `autocommit` is not kept here:
//! backends always have it on, and Weir opens transactions with BEGIN.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::ServerKind;

/// The variables that are not at their default.
#[derive(Clone, Debug, Default)]
pub struct SessionState {
    /// Sorted by name, so that `character_set_connection` comes before the `collation_connection` it would reset.
    entries: Vec<(Box<str>, Box<str>)>,
    settings: u64,
    user_variables: u64,
    /// Of user variables, their types alone.
    types: u64,
    /// CLIENT_FOUND_ROWS: a connection is opened with it or without, and never changes.
    found_rows: bool,
}

/// Between the charset of results and the collation by which a server calls them, where a client has said one.
const COLLATE: &str = " COLLATE ";

/// What literals are taken to be.
const CONNECTION: [&str; 2] = ["character_set_connection", "collation_connection"];

/// Fresh for each process: states are compared by hash, and nobody outside may choose two that collide.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

// === impl SessionState ===

impl SessionState {
    /// Remembers a variable's value. `name` is lower case.
    pub fn set(&mut self, name: &str, literal: &str) {
        let name = canonical(name);
        match self.find(name) {
            Ok(at) => {
                if let Some((_, value)) = self.entries.get_mut(at) {
                    let before = std::mem::replace(value, literal.into());
                    self.toggle(name, &before);
                }
            }
            Err(at) => self.entries.insert(at, (name.into(), literal.into())),
        }
        self.toggle(name, literal);
    }

    /// Remembers the charset of results with the collation by which a server calls them.
    pub fn set_results(&mut self, charset: &str, collation: &str) {
        self.set("character_set_results", &format!("{charset}{COLLATE}{collation}"));
    }

    /// Whether the charset of results was said with a collation.
    pub fn calls_results(&self) -> bool {
        self.get("character_set_results").is_some_and(|value| value.contains(COLLATE))
    }

    /// Forgets a variable: it is at its default again.
    pub fn unset(&mut self, name: &str) {
        let name = canonical(name);
        if let Ok(at) = self.find(name) {
            let (name, value) = self.entries.remove(at);
            self.toggle(&name, &value);
        }
    }

    /// The literal that a variable was set to.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.find(canonical(name)).ok()?;
        self.entries.get(at).map(|(_, value)| &**value)
    }

    /// All variables that are set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, value)| (&**name, &**value))
    }

    /// How many bytes names and values take.
    pub fn size(&self) -> usize {
        self.entries.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// A fresh state whose UPDATE counts matched rows (CLIENT_FOUND_ROWS) instead of changed ones.
    pub fn counting_found_rows(found_rows: bool) -> Self {
        Self { found_rows, ..Self::default() }
    }

    /// Becomes `target`, but for what a connection was opened with.
    pub(super) fn follow(&mut self, target: &Self) {
        let found_rows = self.found_rows;
        self.clone_from(target);
        self.found_rows = found_rows;
    }

    /// Whether UPDATE counts matched rows.
    pub fn found_rows(&self) -> bool {
        self.found_rows
    }

    /// One number for the whole state; equal numbers mean equal states.
    pub fn digest(&self) -> u64 {
        self.settings ^ self.user_variables.rotate_left(1)
    }

    /// One number for all but user variables and the time: what decides how a text is read.
    pub fn settings_digest(&self) -> u64 {
        self.settings
    }

    /// One number for the types of all user variables: what else decides how a text that reads them is prepared.
    pub fn types_digest(&self) -> u64 {
        self.types.rotate_left(1)
    }

    /// The one SET statement that leads from this state to `target`; None when they are equal.
    pub fn diff(&self, target: &Self, kind: ServerKind) -> Option<String> {
        if self.digest() == target.digest() {
            return None;
        }
        let mut sql = String::new();
        // A charset with a collation of its own can be said in SET NAMES only, which sets the others, too.
        let results = target.get("character_set_results");
        let named = results.filter(|value| value.contains(COLLATE) && self.get("character_set_results") != Some(value));
        if let Some(value) = named {
            sql.push_str(&format!("SET NAMES {value}"));
        }
        let mut assign = |name: &str, value: &str| {
            sql.push_str(if sql.is_empty() { "SET " } else { ", " });
            let name = written(name_for(name, kind));
            match null_of(value) {
                Some(typed) => sql.push_str(&format!("{name} = {typed}, {name} = NULL")),
                None => sql.push_str(&format!("{name} = {value}")),
            }
        };
        let mut names: Vec<&str> = self.iter().chain(target.iter()).map(|(name, _)| name).collect();
        names.extend(CONNECTION);
        if named.is_some() {
            names.push("character_set_client");
            names.retain(|name| *name != "character_set_results");
        }
        names.sort_unstable();
        names.dedup();
        // The charset of a connection and its collation set each other: the charset comes first, and without a collation of
        // its own it has the one that a server gives it.
        let connection_changes = named.is_some() || CONNECTION.iter().any(|name| self.get(name) != target.get(name));
        for name in names {
            let (before, after) = (self.get(name), target.get(name));
            let must = match name {
                "character_set_connection" => connection_changes,
                "collation_connection" => {
                    connection_changes && (after.is_some() || target.get("character_set_connection").is_none())
                }
                "character_set_client" => named.is_some() || before != after,
                _ => before != after,
            };
            if must {
                assign(name, after.unwrap_or_else(|| default_of(name)));
            }
        }
        (!sql.is_empty()).then_some(sql)
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(entry, _)| (**entry).cmp(name))
    }

    /// Adds an entry to the digest, or takes it out: XOR does both.
    fn toggle(&mut self, name: &str, literal: &str) {
        let hash = HASHER.hash_one((name, literal));
        if name.starts_with('@') {
            self.types ^= HASHER.hash_one((name, type_of(literal)));
        }
        // The time changes from statement to statement, and decides nothing about how a text is prepared.
        if name.starts_with('@') || name == "timestamp" {
            self.user_variables ^= hash;
        } else {
            self.settings ^= hash;
        }
    }
}

impl PartialEq for SessionState {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest() && self.entries == other.entries
    }
}

impl Eq for SessionState {}

/// Both servers' names for one variable become MySQL's.
fn canonical(name: &str) -> &str {
    match name {
        "tx_isolation" => "transaction_isolation",
        "tx_read_only" => "transaction_read_only",
        other => other,
    }
}

/// What is kept of a user variable that is NULL: a literal of its type behind the word. A server leaves a variable the
/// type that it had when it is set to NULL, so it is given one first.
pub const NULL_STRING: &str = "NULL x''";

/// The literal behind the word, if this is what is kept of a NULL.
pub fn null_of(kept: &str) -> Option<&str> {
    kept.strip_prefix("NULL ")
}

/// What tells the type of a user variable's value: of a string, all but its bytes.
fn type_of(kept: &str) -> (&str, &str) {
    let literal = null_of(kept).unwrap_or(kept);
    let bytes = literal.split_once("x'").and_then(|(before, behind)| Some((before, behind.split_once('\'')?.1)));
    bytes.unwrap_or_else(|| match literal {
        number if number.contains(['e', 'E']) => ("double", ""),
        number if number.contains('.') => ("decimal", ""),
        number if number.parse::<i64>().is_err() && number.parse::<u64>().is_ok() => ("unsigned", ""),
        _ => ("integer", ""),
    })
}

/// MariaDB knew only the old names before 11.1 and still takes them.
fn name_for(name: &str, kind: ServerKind) -> &str {
    match (name, kind) {
        ("transaction_isolation", ServerKind::MariaDb) => "tx_isolation",
        ("transaction_read_only", ServerKind::MariaDb) => "tx_read_only",
        (other, _) => other,
    }
}

/// A variable's name as a statement has it: that of a user variable may have any letters.
fn written(name: &str) -> Cow<'_, str> {
    match name.strip_prefix('@') {
        Some(user) if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.')) => {
            format!("@`{}`", user.replace('`', "``")).into()
        }
        _ => name.into(),
    }
}

/// What a fresh connection of ours has; for the character sets that is what its handshake said.
fn default_of(name: &str) -> &'static str {
    match name {
        "character_set_client" | "character_set_connection" | "character_set_results" => "utf8mb4",
        "collation_connection" => "utf8mb4_general_ci",
        name if name.starts_with('@') => NULL_STRING,
        // The server's own default may be 0; Weir opens transactions itself, and rows could be lost.
        "autocommit" | "unique_checks" => "1",
        // MySQL takes DEFAULT for the opposite of the global value.
        "foreign_key_checks" => "@@GLOBAL.foreign_key_checks",
        _ => "DEFAULT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(entries: &[(&str, &str)]) -> SessionState {
        let mut state = SessionState::default();
        for (name, value) in entries {
            state.set(name, value);
        }
        state
    }

    fn check(from: &[(&str, &str)], to: &[(&str, &str)], expected: Option<&str>) {
        assert_eq!(state(from).diff(&state(to), ServerKind::MariaDb).as_deref(), expected);
    }

    #[test]
    fn differences() {
        check(&[], &[], None);
        check(&[("sql_mode", "''")], &[("sql_mode", "''")], None);
        check(&[], &[("sql_mode", "''"), ("@a", "1")], Some("SET @a = 1, sql_mode = ''"));
        let unset = "SET @a = x'', @a = NULL, sql_mode = DEFAULT";
        check(&[("sql_mode", "''"), ("@a", "1")], &[], Some(unset));
        check(&[], &[("@a", "NULL 0e0"), ("@b", "2")], Some("SET @a = 0e0, @a = NULL, @b = 2"));
        check(&[("@a", "NULL 0e0")], &[("@a", "NULL x''")], Some("SET @a = x'', @a = NULL"));
        check(&[], &[("transaction_isolation", "'SERIALIZABLE'")], Some("SET tx_isolation = 'SERIALIZABLE'"));
        check(&[], &[("@a b", "1"), ("@c`d", "2")], Some("SET @`a b` = 1, @`c``d` = 2"));
        check(&[("tx_isolation", "1")], &[("transaction_isolation", "1")], None);
    }

    #[test]
    fn a_collation_is_set_again_after_its_charset() {
        check(
            &[("character_set_connection", "latin1"), ("collation_connection", "utf8mb4_bin")],
            &[("collation_connection", "utf8mb4_bin")],
            Some("SET character_set_connection = utf8mb4, collation_connection = utf8mb4_bin"),
        );
        check(
            &[("character_set_connection", "latin1")],
            &[],
            Some("SET character_set_connection = utf8mb4, collation_connection = utf8mb4_general_ci"),
        );
        check(
            &[],
            &[("collation_connection", "x")],
            Some("SET character_set_connection = utf8mb4, collation_connection = x"),
        );
    }

    #[test]
    fn a_charset_without_a_collation_is_not_given_the_default_one() {
        check(
            &[("character_set_connection", "'utf8mb4'"), ("collation_connection", "'utf8mb4_general_ci'")],
            &[("character_set_connection", "binary")],
            Some("SET character_set_connection = binary"),
        );
        check(
            &[("character_set_connection", "latin1"), ("collation_connection", "latin1_bin")],
            &[("character_set_connection", "latin1")],
            Some("SET character_set_connection = latin1"),
        );
    }

    #[test]
    fn the_collation_of_results_is_said_by_names() {
        let mut named = state(&[("character_set_client", "'latin1'"), ("collation_connection", "'utf8mb4_bin'")]);
        named.set_results("latin1", "latin1_bin");
        let all = "SET NAMES latin1 COLLATE latin1_bin, character_set_client = 'latin1', \
                   character_set_connection = utf8mb4, collation_connection = 'utf8mb4_bin'";
        assert_eq!(SessionState::default().diff(&named, ServerKind::MySql).as_deref(), Some(all));
        let mut timed = named.clone();
        timed.set("sql_mode", "''");
        assert_eq!(named.diff(&timed, ServerKind::MySql).as_deref(), Some("SET sql_mode = ''"));
        let back = "SET character_set_client = utf8mb4, character_set_connection = utf8mb4, character_set_results = utf8mb4, \
                    collation_connection = utf8mb4_general_ci";
        assert_eq!(named.diff(&SessionState::default(), ServerKind::MySql).as_deref(), Some(back));
    }

    #[test]
    fn a_digest_forgets_what_was_unset() {
        let mut changed = state(&[("sql_mode", "''")]);
        changed.set("time_zone", "'+08:00'");
        changed.set("sql_mode", "'ANSI'");
        changed.unset("time_zone");
        changed.unset("sql_mode");
        assert_eq!(changed.size(), 0);
        assert_eq!(changed, SessionState::default());
        assert_eq!(changed.digest(), SessionState::default().digest());
    }

    #[test]
    fn types_of_variables_are_known_apart_from_their_values() {
        let of = |literal: &str| state(&[("@a", literal)]).types_digest();
        let alike = [
            ["7", "-8"],
            ["1.5", "NULL 0.0"],
            ["1e0", "2.5e3"],
            ["x'41'", "NULL x''"],
            ["18446744073709551615", "9999999999999999999"],
        ];
        let mut seen = vec![0, of("_utf8mb4 x'41' COLLATE utf8mb4_bin"), of("_utf8mb4 x'' COLLATE utf8mb4_general_ci")];
        for [one, other] in alike {
            assert_eq!(of(one), of(other), "{one} {other}");
            seen.push(of(one));
        }
        assert_ne!(of("7"), state(&[("@b", "7")]).types_digest());
        assert_eq!(state(&[("sql_mode", "''")]).types_digest(), 0);
        assert!((0..seen.len()).all(|at| !seen[..at].contains(&seen[at])), "{seen:?}");
    }

    #[test]
    fn the_time_is_part_of_a_state_but_not_of_its_settings() {
        let timed = state(&[("timestamp", "1.5")]);
        assert_ne!(timed.digest(), SessionState::default().digest());
        assert_eq!(timed.settings_digest(), SessionState::default().settings_digest());
        check(&[("timestamp", "1.5")], &[], Some("SET timestamp = DEFAULT"));
        check(&[("autocommit", "0")], &[], Some("SET autocommit = 1"));
    }
}
