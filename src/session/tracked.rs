//! What an OK packet tells of session state that a statement has changed (CLIENT_SESSION_TRACK).
//!
//! Told are the schema, and the variables that `session_track_system_variables` names: those of servers by default, and
//! the isolation level where a client asks for it. Drivers follow these instead of asking: which schema is used, in which charset strings are escaped. Nothing is told of a login.

use crate::backend::SessionState;
use crate::wire::write::put_lenenc_bytes;

/// The variables that servers tell of by default.
const VARIABLES: [&str; 5] =
    ["autocommit", "character_set_client", "character_set_connection", "character_set_results", "time_zone"];
/// SESSION_TRACK_SYSTEM_VARIABLES.
const SYSTEM_VARIABLE: u8 = 0;
/// SESSION_TRACK_SCHEMA.
const SCHEMA: u8 = 1;

/// The changes that the next OK packet tells, as it has them.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    changes: Vec<u8>,
    /// What the client has said to be told of; None for the default.
    names: Option<Vec<String>>,
}

/// The names in a value for `session_track_system_variables`; None where a client that said so would not be told of all
/// of them. `isolation` is the server's name of the isolation level.
pub(super) fn names(value: &[u8], isolation: &str) -> Option<Vec<String>> {
    const DEFAULT: &str = "@@global.session_track_system_variables";
    let value = std::str::from_utf8(value).ok()?.trim().to_ascii_lowercase();
    let (mut names, list) = match value.strip_prefix("concat(").and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => {
            let list = inside.trim().strip_prefix(DEFAULT)?.trim_start().strip_prefix(',')?;
            (VARIABLES.map(str::to_owned).to_vec(), list.trim())
        }
        None => (Vec::new(), &*value),
    };
    let quote = list.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    for name in list.strip_prefix(quote)?.strip_suffix(quote)?.split(',').map(str::trim) {
        if !(name.is_empty() || VARIABLES.contains(&name) || name == isolation) {
            return None;
        }
        names.push(name.to_owned());
    }
    Some(names)
}

// === impl Tracked ===

impl Tracked {
    /// Another schema is used.
    pub(super) fn schema(&mut self, name: &str) {
        self.section(SCHEMA, &[name]);
    }

    /// A variable has been set; `autocommit` is told as the session has it.
    pub(super) fn variable(&mut self, name: &str, state: &SessionState, autocommit: bool) {
        let told = self.names.as_ref().map_or(VARIABLES.contains(&name), |names| names.iter().any(|told| told == name));
        if !told {
            return;
        }
        let value = match (name, state.get(name)) {
            ("autocommit", _) => Some(if autocommit { "ON" } else { "OFF" }),
            (_, Some(literal)) => shown(literal),
            (_, None) => None,
        };
        if let Some(value) = value {
            self.section(SYSTEM_VARIABLE, &[name, value]);
        }
    }

    /// From now on these variables are told.
    pub(super) fn follow(&mut self, names: Vec<String>) {
        self.names = Some(names);
    }

    /// A new session: nothing has changed, and the default is told.
    pub(super) fn begin(&mut self) {
        *self = Self::default();
    }

    /// What has gathered; nothing is left.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.changes)
    }

    fn section(&mut self, kind: u8, strings: &[&str]) {
        let mut content = Vec::new();
        for string in strings {
            put_lenenc_bytes(&mut content, string.as_bytes());
        }
        self.changes.push(kind);
        put_lenenc_bytes(&mut self.changes, &content);
    }
}

/// The value that a literal of [`SessionState`] is; None for one that is not plain ASCII.
fn shown(literal: &str) -> Option<&str> {
    match literal {
        "NULL" => Some(""),
        _ if literal.contains(" x'") => None,
        // A charset of results with its collation.
        _ => literal.split(" COLLATE ").next().map(|value| value.trim_matches('\'')),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_client_names_what_it_is_told_of() {
        let of = |value: &str| names(value.as_bytes(), "tx_isolation").map(|names| names.join(" "));
        let default = VARIABLES.join(" ");
        let with = "CONCAT(@@global.session_track_system_variables, ',tx_isolation')";
        assert_eq!(of(with), Some(format!("{default}  tx_isolation")));
        assert_eq!(of("'time_zone,autocommit'").as_deref(), Some("time_zone autocommit"));
        assert_eq!(of("''").as_deref(), Some(""));
        for other in
            ["'*'", "'time_zone,sql_mode'", "'transaction_isolation'", "@@session_track_system_variables", "'", ""]
        {
            assert_eq!(of(other), None, "{other}");
        }
        let mut state = SessionState::default();
        state.set("tx_isolation", "'READ-COMMITTED'");
        let mut tracked = Tracked::default();
        tracked.variable("tx_isolation", &state, true);
        tracked.follow(names(with.as_bytes(), "tx_isolation").unwrap());
        tracked.variable("tx_isolation", &state, true);
        assert_eq!(tracked.take(), b"\x00\x1c\x0ctx_isolation\x0eREAD-COMMITTED");
    }

    #[test]
    fn changes_are_told_as_servers_tell_them() {
        let mut state = SessionState::default();
        state.set("time_zone", "'+01:00'");
        state.set_results("latin1", "latin1_swedish_ci");
        state.set("sql_mode", "''");
        let mut tracked = Tracked::default();
        tracked.schema("lab");
        for name in ["autocommit", "time_zone", "character_set_results", "sql_mode", "character_set_client"] {
            tracked.variable(name, &state, false);
        }
        let expected = [
            &b"\x01\x04\x03lab"[..],
            b"\x00\x0f\x0aautocommit\x03OFF",
            b"\x00\x11\x09time_zone\x06+01:00",
            b"\x00\x1d\x15character_set_results\x06latin1",
        ];
        assert_eq!(tracked.take(), expected.concat());
        assert_eq!(tracked.take(), b"");
    }
}
