//! EXECUTE … USING: a server itself prepares a physical statement and executes it with the values of user variables,
//! which its connection has like every variable of the session.
//!
//! So their types, charsets and collations are those that one server gives them. All goes out in one flight. Always
//! holds: a statement is executed only if it has been prepared in the same flight, because no name is used twice on a
//! connection.

use super::Request;
use super::hold::Hold;
use crate::backend::{BackendError, SessionState};
use crate::error::{Code, SqlError};
use crate::wire::ResponseKind;

/// Where a text lies that would not survive as a literal.
const TEXT: &str = "@`weir text`";
/// A variable that no session sets: servers tell one that was never set from one that is NULL.
const UNSET: &str = "@`weir unset`";
/// Character sets whose strings a server takes for the text of a statement as they are.
const UNICODE: [&str; 3] = ["utf8mb4", "utf8mb3", "utf8"];

/// A command in front of EXECUTE.
pub(super) struct Before {
    pub(super) sql: Vec<u8>,
    /// Whether EXECUTE needs it.
    pub(super) must: bool,
}

/// What is sent to have a statement executed with the values of variables.
pub(super) struct Named {
    pub(super) before: Vec<Before>,
    pub(super) execute: Vec<u8>,
}

// === impl Named ===

impl Named {
    /// Of a physical statement, for a connection on which it will be the statement of this number.
    pub(super) fn new(sql: &[u8], variables: &[String], state: &SessionState, number: u64) -> Self {
        let mut before = Vec::with_capacity(3);
        if let Some(last) = number.checked_sub(1).filter(|last| *last > 0) {
            // It may have gone with what was reset.
            before.push(Before { sql: format!("DEALLOCATE PREPARE {}", name(last)).into_bytes(), must: false });
        }
        let mut prepare = format!("PREPARE {} FROM ", name(number)).into_bytes();
        if survives(sql, state) {
            quote(sql, has_backslash_escapes(state), &mut prepare);
        } else {
            let mut set = format!("SET {TEXT} = x'").into_bytes();
            sql.iter().for_each(|byte| set.extend_from_slice(format!("{byte:02x}").as_bytes()));
            set.push(b'\'');
            before.push(Before { sql: set, must: true });
            prepare.extend_from_slice(TEXT.as_bytes());
        }
        before.push(Before { sql: prepare, must: true });
        let mut execute = format!("EXECUTE {}", name(number));
        for (at, variable) in variables.iter().enumerate() {
            execute.push_str(if at == 0 { " USING " } else { ", " });
            match state.get(&format!("@{variable}")) {
                Some(_) => execute.push_str(&format!("@`{}`", variable.replace('`', "``"))),
                None => execute.push_str(UNSET),
            }
        }
        Self { before, execute: execute.into_bytes() }
    }

    /// Sends it; when this ends well, the answer to EXECUTE is due, and nothing else.
    ///
    /// # Errors
    /// The backend refuses the text (the connection is well), or the connection is lost.
    pub(super) async fn send(hold: &mut Hold, sql: &[u8], variables: &[String]) -> Result<(), BackendError> {
        loop {
            let number = hold.next_named();
            let named = Self::new(sql, variables, hold.state(), number);
            named.queue(hold);
            hold.flush().await?;
            let mut failed = None;
            for before in &named.before {
                match hold.answer(ResponseKind::Results).await {
                    Err(BackendError::Server(error)) => failed = failed.or(before.must.then_some(error)),
                    other => drop(other?),
                }
            }
            let Some(error) = failed else { return Ok(()) };
            match hold.answer(ResponseKind::Results).await {
                Err(BackendError::Server(_)) | Ok(_) => {}
                Err(lost) => return Err(lost),
            }
            if !(error.is(Code::PreparedLimit) && hold.close_oldest_prepared()) {
                return Err(BackendError::Server(error));
            }
        }
    }

    /// Queues all of it.
    pub(super) fn queue(&self, hold: &mut Hold) {
        for sql in self.before.iter().map(|before| &before.sql).chain([&self.execute]) {
            hold.queue_query(|out| out.extend_from_slice(sql));
        }
    }

    /// How many bytes it has of a text, but for the variables' names.
    pub(super) fn most_bytes(sql: &[u8]) -> usize {
        sql.len().saturating_mul(2) + 256
    }
}

// === impl Request ===

impl Request<'_> {
    /// The variables that a physical statement takes, in its order.
    pub(super) fn variables(&self, names: &[String], numbers: &[u16]) -> Result<Vec<String>, SqlError> {
        let missing = || SqlError::new(Code::WrongArguments, "a parameter of the statement has no value");
        numbers.iter().map(|number| names.get(usize::from(*number)).cloned().ok_or_else(missing)).collect()
    }
}

fn name(number: u64) -> String {
    format!("`weir {number}`")
}

/// Whether a text means the same to a server that reads it out of a literal. MySQL keeps those in three bytes a character.
fn survives(text: &[u8], state: &SessionState) -> bool {
    let unicode = ["character_set_client", "character_set_connection"]
        .iter()
        .all(|name| state.get(name).is_none_or(|charset| UNICODE.contains(&charset.trim_matches('\''))));
    text.is_ascii() || unicode && text.iter().all(|byte| *byte < 0xF0) && std::str::from_utf8(text).is_ok()
}

fn has_backslash_escapes(state: &SessionState) -> bool {
    !state.get("sql_mode").unwrap_or_default().to_ascii_uppercase().contains("NO_BACKSLASH_ESCAPES")
}

/// Appends a text as a literal.
fn quote(text: &[u8], escapes: bool, out: &mut Vec<u8>) {
    out.push(b'\'');
    for &byte in text {
        if byte == b'\'' || byte == b'\\' && escapes {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(entries: &[(&str, &str)]) -> SessionState {
        let mut state = SessionState::default();
        entries.iter().for_each(|(name, value)| state.set(name, value));
        state
    }

    fn check(sql: &[u8], settings: &[(&str, &str)], number: u64, expected: &[&str]) {
        let named = Named::new(sql, &["a".to_owned(), "b`c".to_owned()], &state(settings), number);
        let commands = named.before.iter().map(|before| &before.sql).chain([&named.execute]);
        let commands: Vec<_> = commands.map(|sql| String::from_utf8_lossy(sql).into_owned()).collect();
        assert_eq!(commands, expected);
    }

    #[test]
    fn commands() {
        let execute = "EXECUTE `weir 1` USING @`weir unset`, @`weir unset`";
        check(b"DO ?, 'a\\n'", &[], 1, &["PREPARE `weir 1` FROM 'DO ?, ''a\\\\n'''", execute]);
        let mode = ("sql_mode", "'STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES'");
        check(b"DO ?, '\\'", &[mode], 1, &["PREPARE `weir 1` FROM 'DO ?, ''\\'''", execute]);
        let of_a = "EXECUTE `weir 8` USING @`a`, @`weir unset`";
        let again = ["DEALLOCATE PREPARE `weir 7`", "PREPARE `weir 8` FROM 'DO ?'", of_a];
        check(b"DO ?", &[("@a", "1")], 8, &again);
        let both = "EXECUTE `weir 1` USING @`weir unset`, @`b``c`";
        check(b"?", &[("@b`c", "NULL 0")], 1, &["PREPARE `weir 1` FROM '?'", both]);
    }

    #[test]
    fn a_text_that_would_not_survive_lies_in_a_variable() {
        let latin1 = ("character_set_client", "'latin1'");
        let execute = "EXECUTE `weir 1` USING @`weir unset`, @`weir unset`";
        check("'é'".as_bytes(), &[], 1, &["PREPARE `weir 1` FROM '''é'''", execute]);
        let set = |hex: &str| format!("SET @`weir text` = x'{hex}'");
        let from = "PREPARE `weir 1` FROM @`weir text`";
        check("'é'".as_bytes(), &[latin1], 1, &[&set("27c3a927"), from, execute]);
        check("😀".as_bytes(), &[], 1, &[&set("f09f9880"), from, execute]);
        check(b"\xff", &[], 1, &[&set("ff"), from, execute]);
        check(b"?", &[latin1], 1, &["PREPARE `weir 1` FROM '?'", execute]);
    }
}
