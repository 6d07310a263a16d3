//! What an OK packet tells of session state that a statement has changed (CLIENT_SESSION_TRACK).
//!
//! Told are the schema, and the variables that `session_track_system_variables` names by default. Drivers follow these
//! instead of asking: which schema is used, in which charset strings are escaped. Nothing is told of a login.

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
pub(super) struct Tracked(Vec<u8>);

// === impl Tracked ===

impl Tracked {
    /// Another schema is used.
    pub(super) fn schema(&mut self, name: &str) {
        self.section(SCHEMA, &[name]);
    }

    /// A variable has been set; `autocommit` is told as the session has it.
    pub(super) fn variable(&mut self, name: &str, state: &SessionState, autocommit: bool) {
        if !VARIABLES.contains(&name) {
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

    /// What has gathered; nothing is left.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn section(&mut self, kind: u8, strings: &[&str]) {
        let mut content = Vec::new();
        for string in strings {
            put_lenenc_bytes(&mut content, string.as_bytes());
        }
        self.0.push(kind);
        put_lenenc_bytes(&mut self.0, &content);
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
mod tests {
    use super::*;

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
